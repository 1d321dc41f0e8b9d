//! The data folder of a process: its lock, and the threads that commit.

use super::{Catalog, CatalogError};
use crate::log::files::{Files, OsFiles};
use crate::log::{Committer, Line, LogLimits, OpenError};
use model::{Clock, ClusterName};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const LOCK_NAME: &str = "dataplane.lock";

/// A folder with the clusters of one process, locked against others for as long as it is held.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    files: Arc<dyn Files>,
    clock: Arc<dyn Clock>,
    limits: Arc<LogLimits>,
    // Before the lock: what waits is committed first.
    committer: Committer,
    _lock: Option<File>,
}

impl DataFolder {
    /// Makes the folder if need be, locks it and starts the threads that commit. Blocks.
    ///
    /// # Errors
    /// When another process has the folder, or the system refuses.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, limits: LogLimits) -> Result<Arc<Self>, CatalogError> {
        std::fs::create_dir_all(path).map_err(OpenError::io("create", path))?;
        let lock_path = path.join(LOCK_NAME);
        let mut options = File::options();
        let lock = options.create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(OpenError::io("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => Self::start(path, Arc::new(OsFiles), clock, limits, Some(lock)),
            Err(TryLockError::WouldBlock) => Err(CatalogError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(OpenError::io("lock", lock_path)(error).into()),
        }
    }

    pub(super) fn start(
        path: &Path,
        files: Arc<dyn Files>,
        clock: Arc<dyn Clock>,
        limits: LogLimits,
        lock: Option<File>,
    ) -> Result<Arc<Self>, CatalogError> {
        let committer = Committer::start(limits.committer_threads).map_err(OpenError::io("start threads for", path))?;
        Ok(Arc::new(Self { path: path.to_owned(), files, clock, limits: Arc::new(limits), committer, _lock: lock }))
    }

    /// Opens and recovers a cluster of the folder. Once per cluster. Blocks.
    ///
    /// # Errors
    /// When the catalog is damaged or the system refuses. A single log that will not open is an error of its
    /// partition only.
    pub fn catalog(self: &Arc<Self>, cluster: &ClusterName) -> Result<Arc<Catalog>, CatalogError> {
        Catalog::open(self, cluster).map(Arc::new)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn files(&self) -> Arc<dyn Files> {
        Arc::clone(&self.files)
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    pub(super) fn limits(&self) -> Arc<LogLimits> {
        Arc::clone(&self.limits)
    }

    pub(super) fn line(&self) -> Arc<Line> {
        self.committer.line()
    }
}
