//! Work on files that takes its time, off the threads that answer.

use std::path::Path;

use crate::StoreError;

/// Copies a file. The error names the one that was to be written.
pub(crate) async fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let done = tokio::fs::copy(from, to).await;
    done.map(|_| ()).map_err(|source| StoreError::Io { path: to.to_owned(), source })
}
