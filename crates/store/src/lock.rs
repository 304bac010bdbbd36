//! The lock of a data folder. It is held for as long as the folder is open, so that two programs never work on one; it ends with its
//! process, however that ends. Beside it stands who holds it, for the other one to say.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};

use crate::StoreError;

/// Name of the lock in the data folder.
pub const LOCK_FILE: &str = "loadline.lock";
/// Beside the lock: the process that holds it. A file of its own, because a locked file cannot be read everywhere.
pub const HOLDER_FILE: &str = "loadline.holder";
/// No number of a process is longer.
const MAX_HOLDER_BYTES: usize = 32;

/// Held until it is dropped.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Waits for the lock at most so long, looking again from time to time: a blocking wait could not be given up.
    pub(crate) async fn take(folder: &Path, wait: Duration) -> Result<Self, StoreError> {
        let path = folder.join(LOCK_FILE);
        let io = |source: std::io::Error| StoreError::Io { path: path.clone(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(io)?;
        let began = Instant::now();
        loop {
            match FileExt::try_lock(&file) {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(io(source)),
                Err(TryLockError::WouldBlock) if began.elapsed() >= wait => {
                    return Err(StoreError::Locked { folder: folder.to_owned(), pid: holder(folder) });
                }
                Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        let holder = folder.join(HOLDER_FILE);
        std::fs::write(&holder, std::process::id().to_string()).map_err(|source| StoreError::Io { path: holder, source })?;
        Ok(Self { _file: file })
    }
}

/// The process that holds the lock, as far as it has said so.
fn holder(folder: &Path) -> Option<u32> {
    let text = std::fs::read(folder.join(HOLDER_FILE)).ok()?;
    if text.len() > MAX_HOLDER_BYTES {
        return None;
    }
    std::str::from_utf8(&text).ok()?.trim().parse().ok()
}
