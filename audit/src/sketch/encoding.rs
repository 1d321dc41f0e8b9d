//! The binary form of a sketch: equal sketches have equal bytes.

use super::list::List;
use super::table::{Cell, Table};
use super::{Content, MAX_CELLS, MAX_LIST_LIMIT, SUB_TABLES, Shape, Sketch};
use crate::encoding::{DecodeError, Reader, Writer};
use crate::record::Identity;

const LIST: u8 = 0;
const TABLE: u8 = 1;

impl Sketch {
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.number(u64::from(self.shape.list_limit));
        writer.byte(self.shape.bits);
        match &self.content {
            Content::List(list) => {
                writer.byte(LIST);
                write_list(list, writer);
            }
            Content::Table(table) => {
                writer.byte(TABLE);
                write_table(table, writer);
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let list_limit = reader.size("the list limit of a sketch", MAX_LIST_LIMIT as usize)?;
        let bits = reader.byte()?;
        let smallest = Shape::new(0, 0).bits;
        let greatest = Shape::new(0, MAX_CELLS).bits;
        if !(smallest..=greatest).contains(&bits) {
            return Err(DecodeError::Limit {
                what: "the size of a table, as a power of two,",
                found: u64::from(bits),
                limit: u64::from(greatest),
            });
        }
        let list_limit_32 = u32::try_from(list_limit).map_err(|_| DecodeError::Number)?;
        let content = match reader.byte()? {
            LIST => Content::List(read_list(reader, list_limit)?),
            TABLE => Content::Table(read_table(reader, bits)?),
            _ => return Err(DecodeError::Inconsistent("a sketch is neither list nor table")),
        };
        Ok(Self { shape: Shape { list_limit: list_limit_32, bits }, content })
    }
}

/// In order, each identity as its distance from the one before: event ids of one session take a byte or two.
fn write_list(list: &List, writer: &mut Writer) {
    let (events, contents): (Vec<_>, Vec<_>) = list.ordered().into_iter().partition(|each| each.identity.is_event());
    for group in [events, contents] {
        writer.number(group.len() as u64);
        let mut previous = 0;
        for element in group {
            let bits = element.identity.bits();
            writer.wide(bits - previous);
            previous = bits;
            if element.identity.is_event() {
                writer.bytes(&element.mark.to_le_bytes());
            }
            writer.number(element.copies.unsigned_abs());
        }
    }
}

fn read_list(reader: &mut Reader<'_>, limit: usize) -> Result<List, DecodeError> {
    let mut list = List::default();
    let mut room = limit as u64;
    for events in [true, false] {
        let length = reader.size("the length of a list", limit)?;
        let mut previous: Option<(u128, u32)> = None;
        for _ in 0..length {
            let before = previous.map_or(0, |(bits, _)| bits);
            let bits = before.checked_add(reader.wide()?).ok_or(DecodeError::Number)?;
            let mark = if events { u32::from_le_bytes(reader.array()?) } else { 0 };
            if previous >= Some((bits, mark)) {
                return Err(DecodeError::Inconsistent("a list is out of order"));
            }
            previous = Some((bits, mark));
            let copies = reader.number()?;
            room = room.checked_sub(copies).ok_or(DecodeError::Inconsistent("a list is longer than its limit"))?;
            if copies == 0 {
                return Err(DecodeError::Inconsistent("a list names a record without copies"));
            }
            let identity = if events { Identity::event(bits) } else { Identity::Content(bits) };
            (0..copies).for_each(|_| list.push(identity, mark));
        }
    }
    Ok(list)
}

/// How many copies, a bit for each cell that is not zero, then those cells.
fn write_table(table: &Table, writer: &mut Writer) {
    writer.number(table.copies().cast_unsigned());
    for eight in table.cells().chunks(8) {
        writer.byte(eight.iter().rev().fold(0, |bits, cell| (bits << 1) | u8::from(!cell.is_zero())));
    }
    for cell in table.cells().iter().filter(|cell| !cell.is_zero()) {
        writer.number(u64::from(cell.count));
        writer.bytes(&cell.marks.to_le_bytes());
        writer.bytes(&cell.check.to_le_bytes());
        writer.bytes(&cell.key().to_le_bytes());
    }
}

fn read_table(reader: &mut Reader<'_>, bits: u8) -> Result<Table, DecodeError> {
    let cells = SUB_TABLES << bits;
    let copies = reader.number()?;
    let present = reader.take(cells / 8)?;
    let mut read = Vec::with_capacity(cells);
    for place in 0..cells {
        if present[place / 8] >> (place % 8) & 1 == 0 {
            read.push(Cell::default());
            continue;
        }
        let count = u32::try_from(reader.number()?).map_err(|_| DecodeError::Number)?;
        let marks = u32::from_le_bytes(reader.array()?);
        let (check, key) = (u64::from_le_bytes(reader.array()?), u128::from_le_bytes(reader.array()?));
        let cell = Cell::new(count, marks, check, key);
        if cell.is_zero() {
            return Err(DecodeError::Inconsistent("a cell that should hold something is empty"));
        }
        read.push(cell);
    }
    let table = Table::from_cells(read, copies.cast_signed(), bits);
    let held = |cells: &[Cell]| cells.iter().fold(0_u32, |sum, cell| sum.wrapping_add(cell.count));
    #[expect(clippy::cast_possible_truncation, reason = "copies count modulo 2³² in a cell")]
    let copies = copies as u32;
    if table.sub_tables().any(|cells| held(cells) != copies) {
        return Err(DecodeError::Inconsistent("the sub-tables hold different numbers of records"));
    }
    Ok(table)
}
