//! Reading: whole batches, from the one that contains an offset, never past what is durable.

use super::frame::{ENTRY_PREFIX_BYTES, Frame};
use super::partition::Partition;
use super::segment::{EntryHead, Segment};
use super::{BatchOrigin, Entry, ReadError};
use crate::batch::{BatchView, HEADER_BYTES};
use bytes::Bytes;
use model::Timestamp;
use std::sync::Arc;

/// A place in a segment, with the group it is in.
#[derive(Clone, Debug)]
struct Place {
    position: u64,
    /// Bytes of the batch there.
    size: usize,
    group: Option<Group>,
}

/// The group that a walk is in: the frame and how many of its batches are behind.
#[derive(Clone, Debug)]
struct Group {
    frame: Arc<Frame>,
    passed: usize,
}

impl Group {
    /// The origin of the next batch of the group, which is passed then.
    fn pass(group: &mut Option<Self>) -> Option<BatchOrigin> {
        let inside = group.as_mut()?;
        let base_offset = inside.frame.base_offsets.get(inside.passed).copied();
        let origin =
            base_offset.map(|base_offset| BatchOrigin { source: Arc::clone(&inside.frame.source), base_offset });
        inside.passed += 1;
        if inside.passed >= inside.frame.base_offsets.len() {
            *group = None;
        }
        origin
    }

    fn enter(frame: Frame) -> Option<Self> {
        (!frame.base_offsets.is_empty()).then(|| Self { frame: Arc::new(frame), passed: 0 })
    }
}

impl Partition {
    /// Whole batches in order, the first of which contains `offset`: at most `max_bytes` of them, but one at least;
    /// none at the durable end.
    ///
    /// # Errors
    /// When the offset is outside of the log, or the segment cannot be read.
    pub async fn read(self: &Arc<Self>, offset: i64, max_bytes: usize) -> Result<Bytes, ReadError> {
        if !self.has(offset)? {
            return Ok(Bytes::new());
        }
        self.aside(move |log| {
            let mut kept = Vec::new();
            let mut whole = true;
            let bytes = log.read_from(offset, max_bytes, |part, _, alone| {
                whole &= alone;
                kept.push(part);
            })?;
            // Without a frame between them the batches lie side by side already.
            match (kept.first(), kept.last()) {
                (Some(first), Some(last)) if whole => Ok(bytes.slice(first.start..last.end)),
                _ => Ok(kept.into_iter().flat_map(|part| bytes[part].iter().copied()).collect::<Vec<u8>>().into()),
            }
        })
        .await
    }

    /// As [`Partition::read`], with the origin of each batch.
    ///
    /// # Errors
    /// When the offset is outside of the log, or the segment cannot be read.
    pub async fn read_entries(self: &Arc<Self>, offset: i64, max_bytes: usize) -> Result<Vec<Entry>, ReadError> {
        if !self.has(offset)? {
            return Ok(Vec::new());
        }
        self.aside(move |log| {
            let mut found = Vec::new();
            let bytes = log.read_from(offset, max_bytes, |part, origin, _| found.push((part, origin)))?;
            Ok(found.into_iter().map(|(part, origin)| Entry { batch: bytes.slice(part), origin }).collect())
        })
        .await
    }

    /// The first record at `at` or later, with its time; `None` when there is none.
    ///
    /// # Errors
    /// When a segment cannot be read or a batch cannot be walked.
    pub async fn offset_for_timestamp(self: &Arc<Self>, at: Timestamp) -> Result<Option<(i64, Timestamp)>, ReadError> {
        self.aside(move |log| log.find_timestamp(at.0)).await
    }

    /// The record with the greatest time; the first of them. `None` for an empty log.
    ///
    /// # Errors
    /// When a segment cannot be read or a batch cannot be walked.
    pub async fn latest_timestamp(self: &Arc<Self>) -> Result<Option<(i64, Timestamp)>, ReadError> {
        self.aside(|log| {
            let segments = log.shared().segments.clone();
            let latest = segments.iter().filter_map(|segment| segment.with_index(super::index::Index::latest));
            // The first of equals, so the search goes from the newest.
            let Some((timestamp, base_offset)) = latest.rev().max_by_key(|(timestamp, _)| *timestamp) else {
                return Ok(None);
            };
            let segment = log.segment_of(base_offset);
            let place = log.locate(&segment, base_offset)?;
            let bytes = log.load(&segment, place.position, place.size)?;
            let record = log.first_record(&segment, place.position, &bytes, |time| time >= timestamp)?;
            Ok(Some(record.unwrap_or((base_offset, Timestamp(timestamp)))))
        })
        .await
    }

    /// Runs `read` where it may wait for the disk.
    async fn aside<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Self) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let log = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || read(&log)).await;
        done.unwrap_or_else(|error| Err(ReadError::Io { partition: self.name.clone(), source: error.into() }))
    }

    /// Whether a durable batch contains `offset`.
    fn has(&self, offset: i64) -> Result<bool, ReadError> {
        let (start, end) = (self.log_start_offset(), self.durable_end());
        if (start..=end).contains(&offset) {
            Ok(offset < end)
        } else {
            Err(ReadError::OutOfRange { offset, start, end })
        }
    }

    /// Reads the batches from the one with `offset` on, all of one segment. Says for each where it lies in the bytes,
    /// its origin, and whether it follows the one before it without a gap.
    fn read_from(
        &self,
        offset: i64,
        max_bytes: usize,
        mut found: impl FnMut(std::ops::Range<usize>, Option<BatchOrigin>, bool),
    ) -> Result<Bytes, ReadError> {
        let segment = self.segment_of(offset);
        let Place { position, size, mut group } = self.locate(&segment, offset)?;
        let left = usize::try_from(segment.durable_bytes() - position).unwrap_or(usize::MAX);
        let wanted = max_bytes.min(self.limits.read_bytes).max(size).min(left);
        let bytes = Bytes::from(self.load(&segment, position, wanted)?);
        let (mut at, mut end_before) = (0, 0);
        while let Some(prefix) = bytes.get(at..at + ENTRY_PREFIX_BYTES) {
            let damaged = || self.damaged(&segment, position + at as u64);
            let head = EntryHead::parse(prefix).ok_or_else(damaged)?;
            let Some(entry) = bytes.get(at..at + head.size) else { break };
            if head.is_frame {
                group = Group::enter(Frame::decode(entry).ok_or_else(damaged)?);
            } else {
                found(at..at + head.size, Group::pass(&mut group), at == end_before);
                end_before = at + head.size;
            }
            at += head.size;
        }
        Ok(bytes)
    }

    /// The segment whose offsets include `offset`.
    fn segment_of(&self, offset: i64) -> Arc<Segment> {
        let shared = self.shared();
        let after = shared.segments.partition_point(|segment| segment.base <= offset);
        Arc::clone(&shared.segments[after.saturating_sub(1)])
    }

    /// Finds the batch that contains `offset`.
    fn locate(&self, segment: &Segment, offset: i64) -> Result<Place, ReadError> {
        let from = segment.with_index(|index| index.position_of_offset(offset));
        let place = self.walk(segment, from, |_, last_offset, _| last_offset >= offset)?;
        place.ok_or_else(|| self.damaged(segment, segment.durable_bytes()))
    }

    /// Walks the headers from `position` on to the first batch whose position, last offset and greatest timestamp
    /// `wanted` accepts. `position` must be outside of a group.
    fn walk(
        &self,
        segment: &Segment,
        mut position: u64,
        mut wanted: impl FnMut(u64, i64, i64) -> bool,
    ) -> Result<Option<Place>, ReadError> {
        let (end, mut group) = (segment.durable_bytes(), None);
        while position < end {
            let damaged = || self.damaged(segment, position);
            let left = usize::try_from(end - position).unwrap_or(usize::MAX);
            let header = self.load(segment, position, HEADER_BYTES.min(left))?;
            let head = EntryHead::parse(&header).filter(|head| head.size <= left).ok_or_else(damaged)?;
            if head.is_frame {
                let frame = self.load(segment, position, head.size)?;
                group = Group::enter(Frame::decode(&frame).ok_or_else(damaged)?);
            } else {
                let (last_offset, max_timestamp) = header_ends(&header).ok_or_else(damaged)?;
                if wanted(position, last_offset, max_timestamp) {
                    return Ok(Some(Place { position, size: head.size, group }));
                }
                Group::pass(&mut group);
            }
            position += head.size as u64;
        }
        Ok(None)
    }

    fn find_timestamp(&self, at: i64) -> Result<Option<(i64, Timestamp)>, ReadError> {
        let segments = self.shared().segments.clone();
        let may_have =
            |segment: &&Arc<Segment>| segment.with_index(|index| index.latest()).is_some_and(|(t, _)| t >= at);
        for segment in segments.iter().filter(may_have) {
            let mut from = segment.with_index(|index| index.position_of_timestamp(at));
            // A batch's header may claim more than its records have: then the search goes on behind it.
            let mut behind = from;
            loop {
                let claims = |position, _, max_timestamp| position >= behind && max_timestamp >= at;
                let Some(place) = self.walk(segment, from, claims)? else { break };
                let bytes = self.load(segment, place.position, place.size)?;
                if let Some(found) = self.first_record(segment, place.position, &bytes, |time| time >= at)? {
                    return Ok(Some(found));
                }
                behind = place.position + place.size as u64;
                if place.group.is_none() {
                    from = behind;
                }
            }
        }
        Ok(None)
    }

    /// The first record of a batch whose time is `wanted`.
    fn first_record(
        &self,
        segment: &Segment,
        position: u64,
        bytes: &[u8],
        wanted: impl Fn(i64) -> bool,
    ) -> Result<Option<(i64, Timestamp)>, ReadError> {
        let batch = BatchView::parse(bytes).map_err(|_| self.damaged(segment, position))?;
        let mut scratch = Vec::new();
        // Records that a producer made badly are kept as they came; they have no time.
        let records = batch.records(self.limits.decompressed_bytes, &mut scratch);
        let mut sound = records.into_iter().flatten().map_while(Result::ok);
        Ok(sound.find(|record| wanted(record.timestamp)).map(|record| (record.offset, Timestamp(record.timestamp))))
    }

    fn load(&self, segment: &Segment, position: u64, size: usize) -> Result<Vec<u8>, ReadError> {
        let mut bytes = vec![0; size];
        let read = segment.file.read_at(&mut bytes, position);
        read.map_err(|source| ReadError::Io { partition: self.name.clone(), source })?;
        Ok(bytes)
    }

    fn damaged(&self, segment: &Segment, position: u64) -> ReadError {
        ReadError::Corrupt { partition: self.name.clone(), segment: segment.base, position }
    }
}

/// The last offset and the greatest timestamp that a batch's header speaks of.
fn header_ends(header: &[u8]) -> Option<(i64, i64)> {
    let field = |from: usize, to: usize| header.get(from..to);
    let base_offset = i64::from_be_bytes(field(0, 8)?.try_into().ok()?);
    let delta = i32::from_be_bytes(field(23, 27)?.try_into().ok()?);
    let max_timestamp = i64::from_be_bytes(field(35, 43)?.try_into().ok()?);
    Some((base_offset.checked_add(i64::from(delta))?, max_timestamp))
}
