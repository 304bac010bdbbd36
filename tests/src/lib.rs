//! What the journeys share: where the built programs are, the real window, a node alone, and what a process leaves behind. Journeys themselves are in `tests/`.

pub mod node;
pub mod processes;
pub mod stage;
pub mod window;

use std::path::PathBuf;

/// The `loadline` binary that the workspace built. `scripts/test` builds it before the journeys run.
pub fn loadline() -> PathBuf {
    program("loadline")
}

/// A program of the workspace: in the folder that `LOADLINE_PROGRAMS` names, else in the target folder that this test was built into.
pub fn program(name: &str) -> PathBuf {
    let folder = std::env::var_os("LOADLINE_PROGRAMS").map_or_else(target_folder, PathBuf::from);
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let package = if name == "loadline" { "loadline-cli" } else { name };
    assert!(program.exists(), "{} is missing: build it first (cargo build -p {package}), or run scripts/test", program.display());
    program
}

/// Where pictures go: `LOADLINE_SHOTS`, else `test-results/` of the target folder. It is made if need be.
pub fn results_folder() -> PathBuf {
    let folder = std::env::var_os("LOADLINE_SHOTS").map_or_else(|| target_folder().join("test-results"), PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap_or_else(|reason| panic!("{} cannot be made: {reason}", folder.display()));
    folder
}

/// The folder of the profile that this test was built with.
fn target_folder() -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test knows its own file");
    folder.pop();
    if folder.ends_with("deps") || folder.ends_with("examples") {
        folder.pop();
    }
    folder
}
