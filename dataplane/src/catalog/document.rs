//! The catalog on disk: one JSON document.

use crate::log::OpenError;
use crate::log::files::{Files, read_whole, replace};
use model::{TopicId, TopicName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

const NAME: &str = "catalog.json";

/// All that a catalog keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) topics: Vec<TopicRow>,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TopicRow {
    pub(super) id: TopicId,
    pub(super) name: TopicName,
    pub(super) partitions: i32,
    /// What differs from the defaults.
    pub(super) configs: BTreeMap<String, String>,
}

impl Document {
    /// Reads the document; an empty one when there is none.
    pub(super) fn load(files: &dyn Files, folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(NAME);
        let bytes = read_whole(files, &path).map_err(OpenError::io("read", &path))?;
        let Some(bytes) = bytes else { return Ok(Self::default()) };
        serde_json::from_slice(&bytes).map_err(|error| OpenError::corrupt(path, error.to_string()))
    }

    /// Puts the document in place of the one before, durably.
    pub(super) fn save(&self, files: &dyn Files, folder: &Path) -> Result<(), OpenError> {
        let bytes = serde_json::to_vec_pretty(self).expect("names, numbers and texts are JSON");
        replace(files, folder, NAME, &bytes).map_err(OpenError::io("write", folder.join(NAME)))
    }
}
