//! Where things are on this machine: the learner's data, and the program that runs nodes. It makes no folder and opens no file.

use std::ffi::OsString;
use std::path::PathBuf;

use directories::ProjectDirs;
use loadline_app::Places;
use loadline_app::contract::RpcError;

/// `LOADLINE_DATA_DIR`, if it is set to something.
pub(crate) fn chosen_data_dir() -> Option<PathBuf> {
    chosen("LOADLINE_DATA_DIR")
}

/// The places of this process.
pub(crate) fn here() -> Result<Places, RpcError> {
    Ok(Places { data_dir: data_dir()?, node_program: node_program()? })
}

fn data_dir() -> Result<PathBuf, RpcError> {
    if let Some(folder) = chosen_data_dir() {
        return Ok(folder);
    }
    let folders = ProjectDirs::from("app", "loadline", "Loadline").ok_or_else(|| {
        RpcError::new("no_data_dir", "this account has no home folder to keep your work in", "Set LOADLINE_DATA_DIR to a folder that can be written.")
    })?;
    Ok(folders.data_dir().to_owned())
}

/// `LOADLINE_NODE_PROGRAM`, or the program `loadline` beside this one.
fn node_program() -> Result<PathBuf, RpcError> {
    if let Some(program) = chosen("LOADLINE_NODE_PROGRAM") {
        return Ok(program);
    }
    let this = std::env::current_exe().map_err(|reason| {
        RpcError::new(
            "no_node_program",
            format!("the program that runs nodes cannot be found: {reason}"),
            "Set LOADLINE_NODE_PROGRAM to the `loadline` program.",
        )
    })?;
    Ok(this.with_file_name(format!("loadline{}", std::env::consts::EXE_SUFFIX)))
}

fn chosen(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from)
}
