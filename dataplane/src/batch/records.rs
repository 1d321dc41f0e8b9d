//! The records of a batch, walked in place.

use super::varint::{take_int, take_long};
use super::{BatchError, BatchView, TimestampType};

/// A record is never shorter: length, attributes, two deltas, two lengths and a header count, one byte each.
const SHORTEST_RECORD: usize = 7;

/// The records of one batch in order. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
    base_offset: i64,
    base_timestamp: i64,
    append_time: Option<i64>,
    count: i32,
    next: i32,
}

/// One record, borrowed.
#[derive(Clone, Debug)]
pub struct RecordView<'a> {
    /// Where it stands in its partition.
    pub offset: i64,
    /// Its time in ms, -1 for none; the append time for a batch so stamped.
    pub timestamp: i64,
    /// The key, `None` for null.
    pub key: Option<&'a [u8]>,
    /// The value, `None` for null.
    pub value: Option<&'a [u8]>,
    /// The headers.
    pub headers: Headers<'a>,
}

/// The headers of a record in order, duplicates of a key kept. They are checked as they are walked.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    rest: &'a [u8],
    left: i32,
}

/// One header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderView<'a> {
    /// The key, which should be UTF-8.
    pub key: &'a [u8],
    /// The value, `None` for null.
    pub value: Option<&'a [u8]>,
}

impl<'a> Records<'a> {
    pub(super) fn new(batch: &BatchView<'_>, data: &'a [u8]) -> Result<Self, BatchError> {
        let count = batch.count();
        let claimed = usize::try_from(count).map_err(|_| BatchError::Count { claimed: count })?;
        if claimed.saturating_mul(SHORTEST_RECORD) > data.len() {
            return Err(BatchError::Count { claimed: count });
        }
        Ok(Self {
            rest: data,
            base_offset: batch.base_offset(),
            base_timestamp: batch.base_timestamp(),
            append_time: (batch.timestamp_type() == TimestampType::LogAppendTime).then(|| batch.max_timestamp()),
            count,
            next: 0,
        })
    }

    #[inline]
    fn record(&mut self) -> Result<RecordView<'a>, &'static str> {
        let mut body = take_bytes(&mut self.rest).flatten().ok_or("length")?;
        // The attributes of a record are unused: whatever stands there is passed over, as Kafka does.
        body = body.get(1..).ok_or("length")?;
        let timestamp = take_long(&mut body).ok_or("timestamp")?;
        let offset = take_int(&mut body).ok_or("offset")?;
        let key = take_bytes(&mut body).ok_or("key")?;
        let value = take_bytes(&mut body).ok_or("value")?;
        let headers = take_int(&mut body).filter(|&headers| headers >= 0).ok_or("header count")?;
        // A header takes two bytes at least; without headers nothing may follow.
        let claimed = usize::try_from(headers).map_err(|_| "header count")?;
        if claimed.saturating_mul(2) > body.len() || (headers == 0 && !body.is_empty()) {
            return Err("header count");
        }
        Ok(RecordView {
            offset: self.base_offset.wrapping_add(i64::from(offset)),
            timestamp: self.append_time.unwrap_or_else(|| self.base_timestamp.wrapping_add(timestamp)),
            key,
            value,
            headers: Headers { rest: body, left: headers },
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<RecordView<'a>, BatchError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.count {
            if self.rest.is_empty() {
                return None;
            }
            self.rest = &[];
            return Some(Err(BatchError::Count { claimed: self.count }));
        }
        let index = self.next;
        self.next += 1;
        let record = self.record();
        if record.is_err() {
            (self.next, self.rest) = (self.count, &[]);
        }
        Some(record.map_err(|part| BatchError::Record { index, part }))
    }
}

impl Headers<'_> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.left).unwrap_or(0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Result<HeaderView<'a>, BatchError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let header = self.header();
        if header.is_err() {
            self.left = 0;
        }
        Some(header.map_err(BatchError::Header))
    }
}

impl<'a> Headers<'a> {
    #[inline]
    fn header(&mut self) -> Result<HeaderView<'a>, &'static str> {
        let key = take_bytes(&mut self.rest).flatten().ok_or("key")?;
        let value = take_bytes(&mut self.rest).ok_or("value")?;
        if self.left == 0 && !self.rest.is_empty() {
            return Err("end");
        }
        Ok(HeaderView { key, value })
    }
}

/// Takes a length and that many bytes: `Some(None)` for the length -1, `None` when they are not there.
#[inline]
fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let length = take_int(rest)?;
    if length == -1 {
        return Some(None);
    }
    let (bytes, tail) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = tail;
    Some(Some(bytes))
}
