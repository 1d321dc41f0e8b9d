//! Damage on the way in: between a producer and its cluster.
//!
//! Records have no offsets yet; each partition's are counted as they pass, so that decisions can be kept as they are for
//! records that are fetched. Batches lose their producer's id, for the broker would miss the numbers of dropped records: while
//! such a proxy stands in the way, the broker cannot tell a retry from a new batch.

use super::{Decisions, Handling};
use crate::fault::batch;
use dataplane::batch::{BatchView, set_base_offset};

impl Decisions {
    /// The records of one partition as the broker is to have them.
    pub(in crate::fault) fn alter_produced(
        &mut self,
        topic: &str,
        partition: i32,
        run: &[u8],
        handling: &mut Handling,
    ) -> Vec<u8> {
        let mut counted = run.to_vec();
        let seen = self.partitions.entry((topic.to_owned(), partition)).or_default();
        let mut at = 0;
        while let Some((length, records)) =
            BatchView::parse(&counted[at..]).ok().map(|view| (view.bytes().len(), view.last_offset_delta()))
        {
            set_base_offset(&mut counted[at..], seen.produced);
            seen.produced += i64::from(records) + 1;
            at += length;
        }
        let altered = self.alter(topic, partition, &counted, handling).unwrap_or(counted);
        let (mut out, mut at) = (Vec::new(), 0);
        while let Ok(view) = BatchView::parse(&altered[at..]) {
            at += view.bytes().len();
            match batch::as_produced(&view) {
                Some(bytes) => out.extend_from_slice(&bytes),
                None => {
                    let start = out.len();
                    out.extend_from_slice(view.bytes());
                    set_base_offset(&mut out[start..], 0);
                }
            }
        }
        out.extend_from_slice(&altered[at..]);
        out
    }
}
