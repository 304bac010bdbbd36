//! Where things are on this machine: the learner's data, and the program that runs nodes. It makes no folder and opens no file.

use std::path::PathBuf;

use loadline_app::Places;
use loadline_app::contract::RpcError;

/// Whether the learner's data is where `LOADLINE_DATA_DIR` says.
pub(crate) fn data_dir_is_chosen() -> bool {
    chosen("LOADLINE_DATA_DIR").is_some()
}

/// The places of this process.
pub(crate) fn here() -> Result<Places, RpcError> {
    Ok(Places { data_dir: loadline_app::data_dir()?, node_program: node_program()? })
}

/// `LOADLINE_NODE_PROGRAM`, or the program `loadline` beside this one.
pub(crate) fn node_program() -> Result<PathBuf, RpcError> {
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
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
