//! The folder of one run: private, named after its process, and swept away when that process was killed before it could do so itself.

use std::path::{Path, PathBuf};

use loadline_cluster::ClusterError;

use crate::contract::RpcError;

const PREFIX: &str = "loadline-run-";

/// Makes the folder of a new run in `scratch_dir`. The cluster removes it again.
pub(super) fn make(scratch_dir: &Path, token: &str) -> Result<PathBuf, RpcError> {
    let name: String = token.chars().take(12).collect();
    let folder = scratch_dir.join(format!("{PREFIX}{}-{name}", std::process::id()));
    let failed = |reason| ClusterError::Folder { folder: folder.clone(), reason };
    std::fs::create_dir_all(scratch_dir).map_err(failed)?;
    create_private(&folder).map_err(failed)?;
    Ok(folder)
}

#[cfg(unix)]
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir(folder)
}

/// Removes the folders of runs whose process is gone. Only where /proc says who lives; elsewhere nothing is touched.
pub(super) fn sweep(scratch_dir: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    let Ok(entries) = std::fs::read_dir(scratch_dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split_once('-')?.0.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            // Another user's folder stays: it is theirs to sweep.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
