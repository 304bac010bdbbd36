//! The language that the web view starts with. WebKitGTK takes it from the environment and takes `C` for a language: then every
//! `Intl` object of the page throws. A machine without a language (a container, a bare server) gets English. It translates nothing.

/// Starts this program again, as the same process, with a language, when the environment names none. It returns when there is one.
#[cfg(target_os = "linux")]
pub(crate) fn make_sure() -> std::io::Result<()> {
    use std::os::unix::process::CommandExt;

    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let language = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    if !is_none(language.as_deref()) {
        return Ok(());
    }
    let mut again = std::process::Command::new(std::env::current_exe()?);
    again.args(std::env::args_os().skip(1)).env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", "en_US.UTF-8");
    Err(again.exec())
}

/// Elsewhere the system always has a language.
#[cfg(not(target_os = "linux"))]
pub(crate) fn make_sure() -> std::io::Result<()> {
    Ok(())
}

/// Whether a value of `LANG` and its like stands for no language.
#[cfg(target_os = "linux")]
fn is_none(value: Option<&str>) -> bool {
    value.is_none_or(|value| matches!(value.split(['.', '@']).next(), None | Some("" | "C" | "POSIX")))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::is_none;

    #[test]
    fn a_language_is_told_from_none() {
        for none in [None, Some("C"), Some("C.UTF-8"), Some("POSIX"), Some("")] {
            assert!(is_none(none), "{none:?}");
        }
        for some in ["en_US.UTF-8", "de_DE", "ca_ES@valencia", "eo"] {
            assert!(!is_none(Some(some)), "{some}");
        }
    }
}
