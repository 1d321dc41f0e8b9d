//! Idempotent producers: which batches were taken already. The rules are those of Kafka's `ProducerAppendInfo` and
//! `ProducerStateEntry`.

use super::AppendError;
use crate::batch::BatchView;
use bytes::{Buf, BufMut};
use std::collections::{HashMap, VecDeque};

/// Batches remembered per producer, as many as a Kafka producer may have in flight.
const REMEMBERED_BATCHES: usize = 5;

/// A batch that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    base_sequence: i32,
    last_sequence: i32,
    /// The offset its first record was given.
    pub(super) base_offset: i64,
    /// The offset its last record was given.
    pub(super) last_offset: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Producer {
    epoch: i16,
    /// When it was last heard of, in ms of the log's clock.
    last_seen: i64,
    /// The newest last.
    taken: VecDeque<Taken>,
}

/// The idempotent producers of one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Producers {
    by_id: HashMap<i64, Producer>,
}

impl Producers {
    /// Whether a batch may be appended: `Some` when it was taken before, an error when it must not be taken.
    /// A producer that is not known, or no longer, may begin with any sequence.
    pub(super) fn check(&self, batch: &BatchView<'_>) -> Result<Option<Taken>, AppendError> {
        let Some(producer) = self.by_id.get(&batch.producer_id()) else { return Ok(None) };
        let (producer_id, epoch, sequence) = (batch.producer_id(), batch.producer_epoch(), batch.base_sequence());
        if epoch < producer.epoch {
            return Err(AppendError::InvalidProducerEpoch { producer_id, epoch, newest: producer.epoch });
        }
        let out_of_order = |expected| AppendError::OutOfOrderSequence { producer_id, sequence, expected };
        if epoch > producer.epoch {
            return if sequence == 0 { Ok(None) } else { Err(out_of_order(0)) };
        }
        let same = |taken: &&Taken| taken.base_sequence == sequence && taken.last_sequence == batch.last_sequence();
        if let Some(taken) = producer.taken.iter().find(same) {
            return Ok(Some(*taken));
        }
        let expected = producer.taken.back().map_or(sequence, |last| last.last_sequence.wrapping_add(1) & i32::MAX);
        if sequence == expected { Ok(None) } else { Err(out_of_order(expected)) }
    }

    /// Remembers a batch that is appended at `base_offset`.
    pub(super) fn take(&mut self, batch: &BatchView<'_>, base_offset: i64, now: i64) {
        let fresh = || Producer { epoch: batch.producer_epoch(), last_seen: now, taken: VecDeque::new() };
        let producer = self.by_id.entry(batch.producer_id()).or_insert_with(fresh);
        producer.last_seen = now;
        if producer.epoch != batch.producer_epoch() {
            producer.epoch = batch.producer_epoch();
            producer.taken.clear();
        }
        if producer.taken.len() == REMEMBERED_BATCHES {
            producer.taken.pop_front();
        }
        producer.taken.push_back(Taken {
            base_sequence: batch.base_sequence(),
            last_sequence: batch.last_sequence(),
            base_offset,
            last_offset: base_offset + i64::from(batch.last_offset_delta()),
        });
    }

    /// Forgets who was silent since `before`, and beyond `limit` those silent longest.
    pub(super) fn forget(&mut self, before: i64, limit: usize) {
        self.by_id.retain(|_, producer| producer.last_seen >= before);
        if self.by_id.len() > limit {
            let mut seen: Vec<i64> = self.by_id.values().map(|producer| producer.last_seen).collect();
            let excess = seen.len() - limit;
            let (_, newest_forgotten, _) = seen.select_nth_unstable(excess - 1);
            let newest_forgotten = *newest_forgotten;
            self.by_id.retain(|_, producer| producer.last_seen > newest_forgotten);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.put_u32(u32::try_from(self.by_id.len()).expect("their number is limited"));
        for (id, producer) in &self.by_id {
            out.put_i64(*id);
            out.put_i16(producer.epoch);
            out.put_i64(producer.last_seen);
            out.put_u8(u8::try_from(producer.taken.len()).expect("at most five"));
            for taken in &producer.taken {
                out.put_i32(taken.base_sequence);
                out.put_i32(taken.last_sequence);
                out.put_i64(taken.base_offset);
                out.put_i64(taken.last_offset);
            }
        }
    }

    pub(super) fn decode(rest: &mut &[u8]) -> Option<Self> {
        let mut by_id = HashMap::new();
        for _ in 0..rest.try_get_u32().ok()? {
            let id = rest.try_get_i64().ok()?;
            let epoch = rest.try_get_i16().ok()?;
            let last_seen = rest.try_get_i64().ok()?;
            let mut taken = VecDeque::new();
            for _ in 0..rest.try_get_u8().ok()? {
                taken.push_back(Taken {
                    base_sequence: rest.try_get_i32().ok()?,
                    last_sequence: rest.try_get_i32().ok()?,
                    base_offset: rest.try_get_i64().ok()?,
                    last_offset: rest.try_get_i64().ok()?,
                });
            }
            by_id.insert(id, Producer { epoch, last_seen, taken });
        }
        Some(Self { by_id })
    }
}
