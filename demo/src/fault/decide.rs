//! Which records are damaged. A record is decided on when it is first seen, and is treated alike ever after.

mod produce;

use super::batch::{self, Record};
use super::plan::{Change, Copied, Entry, Mode, Plan};
use crate::mix;
use dataplane::batch::BatchView;
use model::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// What is done with one record, by its offset.
#[derive(Clone, Debug)]
enum Action {
    Become(Record),
    Vanish,
    Twice,
    Corrupt,
    /// The whole batch that begins here.
    Shuffle(u64),
}

/// What has been decided about one partition.
#[derive(Debug, Default)]
struct Seen {
    actions: BTreeMap<i64, Action>,
    /// Everything below is decided.
    decided: i64,
    /// How many records were sent to it, when producers are damaged.
    produced: i64,
    /// Records of the window that passed untouched and were copied to no place yet.
    spare: Vec<Record>,
}

/// What happens to one answer beside its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Handling {
    pub(super) delay_ms: u64,
    pub(super) cut: bool,
}

/// The plan, how far it has come, and all that was decided under it and under those before it.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    plan: Option<Plan>,
    done: u64,
    /// Of `done`, those that come twice in mode `both`.
    doubled: u64,
    window: Option<i64>,
    partitions: HashMap<(String, i32), Seen>,
    ledger: Vec<Entry>,
}

impl Decisions {
    /// Takes a new plan. What was damaged before stays damaged.
    pub(super) fn arm(&mut self, plan: Plan) {
        for seen in self.partitions.values_mut() {
            seen.spare.clear();
        }
        *self = Self { plan: Some(plan), partitions: std::mem::take(&mut self.partitions), ..Self::default() };
    }

    /// The plan, when all of it has been done.
    pub(super) fn finished(&self) -> Option<&Plan> {
        self.plan.as_ref().filter(|plan| self.done >= Self::wanted(plan))
    }

    fn wanted(plan: &Plan) -> u64 {
        if plan.mode == Mode::Both { plan.count + plan.count.div_ceil(2) } else { plan.count }
    }

    pub(super) fn take_ledger(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.ledger)
    }

    /// The records of one partition as they are to be sent, or `None` when nothing changes.
    pub(super) fn alter(
        &mut self,
        topic: &str,
        partition: i32,
        run: &[u8],
        handling: &mut Handling,
    ) -> Option<Vec<u8>> {
        let name = (topic.to_owned(), partition);
        let mut seen = self.partitions.remove(&name).unwrap_or_default();
        let mut out = Vec::new();
        let (mut at, mut changed) = (0, false);
        // A tail that is cut off, and what is no batch of format 2, goes on as it is.
        while let Ok(view) = BatchView::parse(&run[at..]) {
            let bytes = view.bytes();
            let rebuilt = self.alter_batch(topic, partition, &view, &mut seen, handling);
            changed |= rebuilt.is_some();
            out.extend_from_slice(rebuilt.as_deref().unwrap_or(bytes));
            at += bytes.len();
        }
        out.extend_from_slice(&run[at..]);
        self.partitions.insert(name, seen);
        changed.then_some(out)
    }

    fn alter_batch(
        &mut self,
        topic: &str,
        partition: i32,
        view: &BatchView<'_>,
        seen: &mut Seen,
        handling: &mut Handling,
    ) -> Option<Vec<u8>> {
        if view.is_control() || view.verify_crc().is_err() {
            return None;
        }
        let mut broken = None;
        if self.undecided(topic, partition, view, seen)
            && let Ok(records) = batch::records(view)
        {
            broken = self.decide(topic, partition, view, &records, seen, handling);
            seen.decided = view.next_offset();
        }
        let actions = seen.actions.range(view.base_offset()..view.next_offset());
        let rebuilt = if actions.clone().next().is_some() {
            let mut records = batch::records(view).ok()?;
            for (offset, action) in actions.rev() {
                apply(&mut records, *offset, action);
            }
            Some(batch::rebuilt(view, &records))
        } else {
            None
        };
        match broken {
            None => rebuilt,
            Some(drawn) => {
                let mut bytes = rebuilt.unwrap_or_else(|| view.bytes().to_vec());
                let places = u64::try_from(bytes.len() - batch::HEADER).ok().filter(|places| *places > 0)?;
                let place = usize::try_from(drawn % places).ok()?;
                bytes[batch::HEADER + place] ^= 0xff;
                Some(bytes)
            }
        }
    }

    fn undecided(&self, topic: &str, partition: i32, view: &BatchView<'_>, seen: &Seen) -> bool {
        let Some(plan) = &self.plan else { return false };
        self.finished().is_none() && plan.concerns(topic, partition) && view.base_offset() >= seen.decided
    }

    /// Decides on all records of a batch; gives a drawn number when its CRC is to be broken this once.
    fn decide(
        &mut self,
        topic: &str,
        partition: i32,
        view: &BatchView<'_>,
        records: &[Record],
        seen: &mut Seen,
        handling: &mut Handling,
    ) -> Option<u64> {
        let plan = self.plan.clone()?;
        let drawn = mix(plan.seed ^ view.base_offset().cast_unsigned());
        let mut left = records.len();
        for record in records {
            let window = plan.window_of(record.timestamp);
            if self.window.is_none() && plan.may_begin(window) {
                self.window = Some(window);
            }
            if self.window != Some(window) || self.finished().is_some() {
                continue;
            }
            let mut entry = Entry::of(topic, partition, record, window);
            if !plan.mode.lasts() || plan.mode == Mode::Reorder {
                entry.offset = view.base_offset();
                self.note(&plan, entry);
                match plan.mode {
                    Mode::Delay => handling.delay_ms = plan.delay_ms,
                    Mode::Cut => handling.cut = true,
                    Mode::Reorder => drop(seen.actions.insert(view.base_offset(), Action::Shuffle(drawn))),
                    _ => return Some(drawn),
                }
                return None;
            }
            if let Some((action, copy_of)) = self.choose(&plan, record, seen, &mut left) {
                entry.copy_of = copy_of;
                entry.change = action.change();
                self.note(&plan, entry);
                seen.actions.insert(record.offset, action);
            }
        }
        None
    }

    fn note(&mut self, plan: &Plan, mut entry: Entry) {
        self.done += 1;
        entry.change = match plan.mode {
            Mode::BreakCrc => Change::CrcBroken,
            Mode::Delay => Change::Delayed,
            Mode::Reorder => Change::Reordered,
            Mode::Cut => Change::Cut,
            _ => entry.change,
        };
        self.ledger.push(entry);
    }

    /// What becomes of a record of the window. `left` counts the records that remain in its batch: one always does, since an
    /// empty batch would tell no client how far to go on.
    fn choose(
        &mut self,
        plan: &Plan,
        record: &Record,
        seen: &mut Seen,
        left: &mut usize,
    ) -> Option<(Action, Option<Copied>)> {
        let vanish = |left: &mut usize| {
            (*left > 1).then(|| {
                *left -= 1;
                (Action::Vanish, None)
            })
        };
        match plan.mode {
            Mode::Overwrite => {
                let Some(source) = seen.spare.pop() else {
                    seen.spare.push(record.clone());
                    return None;
                };
                let copied = Copied { offset: source.offset, event_id: id_text(&source), key: key_text(&source) };
                Some((Action::Become(Record { offset: record.offset, ..source }), Some(copied)))
            }
            Mode::Drop => vanish(left),
            Mode::Duplicate => Some((Action::Twice, None)),
            Mode::Both if self.doubled < plan.count.div_ceil(2) && self.done >= 2 * self.doubled => {
                self.doubled += 1;
                Some((Action::Twice, None))
            }
            Mode::Both => vanish(left),
            Mode::Corrupt => record.value.as_ref().filter(|value| !value.is_empty()).map(|_| (Action::Corrupt, None)),
            Mode::BreakCrc | Mode::Delay | Mode::Reorder | Mode::Cut => None,
        }
    }
}

impl Action {
    fn change(&self) -> Change {
        match self {
            Self::Become(_) => Change::Overwritten,
            Self::Vanish => Change::Dropped,
            Self::Twice => Change::Duplicated,
            Self::Corrupt => Change::Corrupted,
            Self::Shuffle(_) => Change::Reordered,
        }
    }
}

impl Entry {
    fn of(topic: &str, partition: i32, record: &Record, window_start: i64) -> Self {
        Self {
            change: Change::Corrupted,
            topic: topic.to_owned(),
            partition,
            offset: record.offset,
            window_start,
            time: Timestamp(record.timestamp),
            event_id: id_text(record),
            key: key_text(record),
            copy_of: None,
        }
    }
}

fn id_text(record: &Record) -> Option<String> {
    record.event_id().map(|id| id.to_string())
}

fn key_text(record: &Record) -> Option<String> {
    record.key.as_deref().and_then(|key| std::str::from_utf8(key).ok()).map(str::to_owned)
}

/// Actions come from the last offset to the first, so that places stay right.
fn apply(records: &mut Vec<Record>, offset: i64, action: &Action) {
    if let Action::Shuffle(drawn) = action {
        return shuffle(records, *drawn);
    }
    let Some(place) = records.iter().position(|record| record.offset == offset) else { return };
    match action {
        Action::Become(copy) => records[place] = copy.clone(),
        Action::Vanish => drop(records.remove(place)),
        Action::Twice => records.insert(place, records[place].clone()),
        Action::Corrupt => {
            if let Some(byte) = records[place].value.as_mut().and_then(|value| value.last_mut()) {
                *byte ^= 0x5a;
            }
        }
        Action::Shuffle(_) => {}
    }
}

/// The records change places, the offsets stay.
fn shuffle(records: &mut [Record], mut drawn: u64) {
    let offsets: Vec<i64> = records.iter().map(|record| record.offset).collect();
    for place in (1..records.len()).rev() {
        drawn = mix(drawn);
        let other = usize::try_from(drawn % (place as u64 + 1)).expect("below the batch's count");
        records.swap(place, other);
    }
    for (record, offset) in records.iter_mut().zip(offsets) {
        record.offset = offset;
    }
}

#[cfg(test)]
mod tests;
