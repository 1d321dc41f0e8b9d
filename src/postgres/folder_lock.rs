//! One process per folder, told apart by a lock that the kernel releases with the process.

use super::error::LaunchError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// Held as long as it lives. The file stays, as removing it would let two processes lock two files of one name.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock of a folder, which must exist.
    ///
    /// # Errors
    /// Another process holds it (named, when it left its id), or the file cannot be written.
    pub(crate) fn take(folder: &Path) -> Result<Self, LaunchError> {
        let path = folder.join("lock");
        let io = |doing| LaunchError::io(doing, &path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io("open the lock file"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = Some(holder.trim().to_owned()).filter(|text| !text.is_empty());
                return Err(LaunchError::InUse { folder: folder.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(io("lock")(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io("write the lock file"))?;
        Ok(Self { _file: file })
    }
}
