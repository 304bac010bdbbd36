//! The run-time settings that SHOW tells and SET takes. Few of them change anything: most are what clients ask for before they begin.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::error::SqlError;
use super::SERVER_VERSION;

/// The setting by which a session names itself.
pub(crate) const APPLICATION: &str = "application_name";

/// Name as PostgreSQL writes it, value, whether SET may change it.
const ALL: &[(&str, &str, bool)] = &[
    (APPLICATION, "", true),
    ("bytea_output", "hex", true),
    ("client_encoding", "UTF8", true),
    ("client_min_messages", "notice", true),
    ("DateStyle", "ISO, MDY", true),
    ("default_transaction_isolation", "read committed", true),
    ("default_transaction_read_only", "off", true),
    ("enable_bitmapscan", "on", true),
    ("enable_hashagg", "on", true),
    ("enable_indexscan", "on", true),
    ("enable_seqscan", "on", true),
    ("enable_sort", "on", true),
    ("extra_float_digits", "1", true),
    ("idle_in_transaction_session_timeout", "0", true),
    ("in_hot_standby", "off", false),
    ("integer_datetimes", "on", false),
    ("IntervalStyle", "postgres", true),
    ("is_superuser", "on", false),
    ("jit", "off", true),
    ("lc_collate", "C", false),
    ("lc_ctype", "C", false),
    ("lock_timeout", "0", true),
    ("max_identifier_length", "63", false),
    ("row_security", "on", true),
    ("search_path", "public", true),
    ("server_encoding", "UTF8", false),
    ("server_version", SERVER_VERSION, false),
    ("server_version_num", "150000", false),
    ("session_authorization", "loadline", false),
    ("standard_conforming_strings", "on", true),
    ("statement_timeout", "0", true),
    ("synchronous_commit", "on", true),
    ("synchronize_seqscans", "on", true),
    ("TimeZone", "UTC", true),
    ("transaction_isolation", "read committed", true),
    ("transaction_read_only", "off", true),
    ("work_mem", "4MB", true),
];

/// Names and values before anybody changed them.
pub(super) fn defaults() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().map(|(name, value, _)| (*name, *value))
}

fn known(name: &str) -> Result<&'static (&'static str, &'static str, bool), SqlError> {
    let alias = match name.to_ascii_lowercase().as_str() {
        "time zone" | "timezone" => "TimeZone".to_owned(),
        "transaction isolation level" => "transaction_isolation".to_owned(),
        other => other.to_owned(),
    };
    ALL.iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(&alias))
        .ok_or_else(|| SqlError::new("42704", format!("unrecognized configuration parameter \"{name}\"")))
}

/// A setting's value before anybody changed it.
pub(super) fn default(name: &str) -> Option<&'static str> {
    known(name).ok().map(|(_, value, _)| *value)
}

/// What one session has set.
#[derive(Debug, Default, Clone)]
pub(crate) struct Settings {
    changed: BTreeMap<&'static str, String>,
    /// The name that it gave itself as it began.
    application: String,
}

/// Milliseconds that `5s`, `100ms`, `1min` or a bare number of milliseconds write.
fn milliseconds(text: &str) -> Option<u64> {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(at)?;
    let factor = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// A time in its largest whole unit, as SHOW writes it.
fn shown_time(ms: u64) -> String {
    [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")]
        .into_iter()
        .find(|(factor, _)| ms > 0 && ms.is_multiple_of(*factor))
        .map_or_else(|| if ms == 0 { "0".to_owned() } else { format!("{ms}ms") }, |(factor, unit)| format!("{}{unit}", ms / factor))
}

impl Settings {
    /// Those of a session that called itself `application` as it began; that name also comes back when it is reset.
    pub(crate) fn named(application: &str) -> Self {
        Self { changed: BTreeMap::new(), application: application.to_owned() }
    }

    /// Name as PostgreSQL writes it, and value.
    pub(crate) fn show(&self, name: &str) -> Result<(&'static str, String), SqlError> {
        let (known, default, _) = known(name)?;
        let first = if *known == APPLICATION { &self.application } else { *default };
        Ok((known, self.changed.get(known).cloned().unwrap_or_else(|| first.to_owned())))
    }

    /// `SET name = value`; no value, or `DEFAULT`, sets it back.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), SqlError> {
        let (known, _, free) = known(name)?;
        let Some(value) = value.filter(|value| !value.eq_ignore_ascii_case("default")) else {
            self.changed.remove(known);
            return Ok(());
        };
        if !free {
            return Err(SqlError::new("55P02", format!("parameter \"{known}\" cannot be changed")));
        }
        let invalid = || SqlError::new("22023", format!("invalid value for parameter \"{known}\": \"{value}\""));
        let kept = match *known {
            "statement_timeout" | "lock_timeout" | "idle_in_transaction_session_timeout" => {
                shown_time(milliseconds(value).ok_or_else(invalid)?)
            }
            "client_encoding" if !matches!(value.to_ascii_lowercase().as_str(), "utf8" | "utf-8" | "unicode" | "sql_ascii") => {
                return Err(invalid());
            }
            "client_encoding" => "UTF8".to_owned(),
            "TimeZone" if !matches!(value.to_ascii_uppercase().as_str(), "UTC" | "GMT" | "ETC/UTC" | "ZULU") => {
                return Err(SqlError::unsupported(format_args!("the time zone {value}")).hint("This engine keeps UTC."));
            }
            "standard_conforming_strings" if !truth(value) => return Err(SqlError::unsupported("standard_conforming_strings off")),
            "default_transaction_read_only" | "enable_seqscan" | "enable_indexscan" | "enable_bitmapscan" | "jit" | "row_security" => {
                if truth(value) {
                    "on".to_owned()
                } else {
                    "off".to_owned()
                }
            }
            _ => value.to_owned(),
        };
        self.changed.insert(known, kept);
        Ok(())
    }

    /// `RESET ALL`.
    pub(crate) fn reset(&mut self) {
        self.changed.clear();
    }

    /// Wall time that a statement may take; `None`: any.
    pub(crate) fn statement_timeout(&self) -> Option<Duration> {
        let ms = milliseconds(self.changed.get("statement_timeout")?)?;
        (ms > 0).then(|| Duration::from_millis(ms))
    }

    /// Wall time that a statement may wait for others; `None`: any.
    pub(crate) fn lock_timeout(&self) -> Option<Duration> {
        let ms = milliseconds(self.changed.get("lock_timeout")?)?;
        (ms > 0).then(|| Duration::from_millis(ms))
    }

    /// Whether transactions begin as READ ONLY.
    pub(crate) fn read_only(&self) -> bool {
        self.changed.get("default_transaction_read_only").is_some_and(|value| value == "on")
    }
}

fn truth(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "on" | "true" | "yes" | "1" | "t")
}
