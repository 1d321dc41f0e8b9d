//! Producer ids: drawn from blocks, each of which is taken durably before its first id is given out.

use crate::log::OpenError;
use crate::log::files::{Files, read_whole, replace};
use std::path::Path;

const NAME: &str = "producer-ids";
const BLOCK: i64 = 1000;

#[derive(Debug)]
pub(super) struct ProducerIds {
    next: i64,
    /// The end of the block that was taken.
    taken: i64,
}

impl ProducerIds {
    pub(super) fn load(files: &dyn Files, folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(NAME);
        let bytes = read_whole(files, &path).map_err(OpenError::io("read", &path))?;
        let parse = |bytes: Vec<u8>| String::from_utf8(bytes).ok()?.trim().parse::<i64>().ok();
        let taken = match bytes {
            None => 0,
            Some(bytes) => parse(bytes).ok_or_else(|| OpenError::corrupt(&path, "it holds no number"))?,
        };
        Ok(Self { next: taken, taken })
    }

    pub(super) fn allocate(&mut self, files: &dyn Files, folder: &Path) -> Result<i64, OpenError> {
        if self.next == self.taken {
            let taken = self.taken + BLOCK;
            let written = replace(files, folder, NAME, format!("{taken}\n").as_bytes());
            written.map_err(OpenError::io("write", folder.join(NAME)))?;
            self.taken = taken;
        }
        self.next += 1;
        Ok(self.next - 1)
    }
}
