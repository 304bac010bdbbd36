//! What the journeys share: where the built binaries are. Journeys themselves are in `tests/`.

use std::path::PathBuf;

/// The `loadline` binary that the workspace built. `scripts/test` builds it before the journeys run.
pub fn loadline() -> PathBuf {
    beside_this_test("loadline")
}

/// A binary in the target folder that this test was built into.
pub fn beside_this_test(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().unwrap_or_default();
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let binary = folder.join(name);
    assert!(binary.exists(), "{} is missing: build it first (cargo build -p loadline-cli), or run scripts/test", binary.display());
    binary
}
