//! The report of an error as text: which program, where, what, and the last lines of the diary. It sends nothing: the learner copies it.

use std::path::Path;

use crate::contract::{About, ErrorSeen};

/// The longest part that the window gives, characters.
const MAX_PART: usize = 2_000;

/// The report. Paths below `home` are written with `~`, so that it does not say whose machine it was.
pub fn error_report(about: &About, seen: &ErrorSeen, log: &[String], home: Option<&Path>) -> String {
    let part = |text: &str| text.chars().take(MAX_PART).collect::<String>();
    let mut text = format!(
        "Loadline {} ({})\nSystem: {}\nWindow: {}\n\nWhere: {}\nCode: {}\nWhat: {}\nRemedy: {}\n\nLast lines of the log (UTC):\n",
        about.version,
        about.build,
        about.system,
        about.webview,
        part(&seen.place),
        part(&seen.code),
        part(&seen.message),
        part(&seen.hint),
    );
    if log.is_empty() {
        text.push_str("  none\n");
    }
    for line in log {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    }
    match home.and_then(Path::to_str).filter(|home| home.len() > 1) {
        Some(home) => text.replace(home, "~"),
        None => text,
    }
}

/// This system: its name, where it says one, and the processor.
pub fn system() -> String {
    let name = std::fs::read_to_string("/etc/os-release").ok().and_then(|text| os_name(&text));
    format!("{}, {}", name.unwrap_or_else(|| std::env::consts::OS.to_owned()), std::env::consts::ARCH)
}

/// `PRETTY_NAME="..."` of an os-release file.
fn os_name(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    let name: String = line.trim_matches('"').chars().filter(|c| !c.is_control()).take(80).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_all_that_is_needed_and_no_home() {
        let about =
            About { version: "0.1.0".into(), build: "abc".into(), system: "Linux".into(), webview: "WebKitGTK 2.48".into(), cores: 2.0 };
        let seen = ErrorSeen {
            place: "design_save".into(),
            code: "disk_full".into(),
            message: "/home/ada/data/loadline.db: no space".into(),
            hint: "Free some.".into(),
        };
        let log = ["2026-11-22T03:50:12Z design_save failed: disk_full in /home/ada/x".to_owned()];
        let text = error_report(&about, &seen, &log, Some(Path::new("/home/ada")));
        for part in [
            "Loadline 0.1.0 (abc)",
            "Linux",
            "WebKitGTK",
            "Where: design_save",
            "Code: disk_full",
            "~/data/loadline.db",
            "Free some.",
            "03:50:12Z",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("ada"), "{text}");
    }

    #[test]
    fn the_systems_name_is_read() {
        assert_eq!(
            os_name("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n").as_deref(),
            Some("Debian GNU/Linux 12 (bookworm)")
        );
        assert_eq!(os_name("ID=x"), None);
        assert!(system().ends_with(std::env::consts::ARCH));
    }
}
