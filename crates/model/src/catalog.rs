//! What can be drawn: kinds and roles, their ports, settings and operations, and where each default comes from. One role a file.
//!
//! To add a component to the palette: copy a neighbour in `catalog/`, name it in [`roles`], and (if it runs) give the node a service or an
//! engine of the same id. Whoever may call it names it in the `accepts` of a port. ARCHITECTURE.md has the steps.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;
use ts_rs::TS;

use crate::demand::{Ask, Asking};
use crate::engine;
use crate::envelope::{Distribution, Envelope, ServiceTime};
use crate::report::Tag;
use crate::sketch::SettingValue;

mod api_gateway;
mod client;
mod drawn;
mod fanout;
mod feed;
mod kv;
mod load_balancer;
mod log;
mod sql;
mod tweet;
mod user;
mod work;

/// The sort of box: decides its icon and where it stands in the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Client,
    LoadBalancer,
    ApiGateway,
    Service,
    Worker,
    Kv,
    Sql,
    Log,
    EdgeCache,
    ObjectStore,
    Search,
    WebsocketGateway,
}

/// One entry of the palette.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Role {
    /// Name in sketches and in a node's configuration.
    pub id: &'static str,
    /// Its sort.
    pub kind: Kind,
    /// What the box is called at first.
    pub name: &'static str,
    /// One or two sentences for the inspector.
    pub summary: &'static str,
    /// False: can be drawn, does not run yet.
    pub runs: bool,
    /// The most instances that one box may have.
    pub max_instances: u32,
    /// What it needs and what it can use.
    pub ports: Vec<Port>,
    /// What can be set, envelope first.
    pub settings: Vec<Setting>,
    /// What it does, each with a service time.
    pub operations: Vec<Operation>,
    /// HTTP path prefixes that a gateway routes to it.
    pub routes: Vec<&'static str>,
    /// Whom it calls for an operation; the closed forms' knowledge of what the live service does.
    #[serde(skip)]
    pub calls: fn(&Asking<'_>) -> Vec<Ask>,
}

/// A place that a link fills.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Port {
    /// Name on the link.
    pub name: &'static str,
    /// What it is for.
    pub summary: &'static str,
    /// Roles that fill it.
    pub accepts: Vec<&'static str>,
    /// False: the component works without it, differently.
    pub required: bool,
    /// More than one link may fill it.
    pub many: bool,
    /// True: the link ends here (a worker's `events` comes from the log, a replica's `primary` from the primary).
    pub incoming: bool,
    /// How it is drawn, and whether the caller waits.
    pub flow: Flow,
}

/// What goes over a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// The caller waits for the answer (solid).
    Call,
    /// Messages through a queue (dashed).
    Queue,
    /// Data copied (dotted).
    Copy,
}

/// One thing that can be set.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Setting {
    /// Name in the sketch's settings.
    pub name: &'static str,
    /// Label in the inspector.
    pub label: &'static str,
    /// Unit, empty when it has none.
    pub unit: &'static str,
    /// Heading in the inspector.
    pub group: &'static str,
    /// What values it takes.
    pub range: Range,
    /// Value when the sketch does not say.
    pub default: SettingValue,
    /// Measured, modelled or assumed.
    pub tag: Tag,
    /// Where the default comes from.
    pub source: &'static str,
}

/// The values that a setting takes.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Range {
    /// A number from `min` to `max`, both included; whole if `whole`.
    Number {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
        /// Only whole numbers.
        whole: bool,
    },
    /// One of these words.
    Choice {
        /// `(word, label)`.
        words: Vec<(&'static str, &'static str)>,
    },
    /// On or off.
    Switch,
    /// `embedded`, or addresses of this scheme separated by commas.
    Addresses {
        /// `redis`, `postgres` or `kafka`.
        scheme: &'static str,
    },
}

/// Something a component does, with its service time in the setting `<name>_ms`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Operation {
    /// Name in the envelope.
    pub name: &'static str,
    /// Name for people.
    pub label: &'static str,
}

/// Every role, in palette order.
pub fn roles() -> &'static [Role] {
    static ROLES: LazyLock<Vec<Role>> = LazyLock::new(|| {
        let mut roles = vec![
            client::role(),
            load_balancer::role(),
            api_gateway::role(),
            work::role(),
            user::role(),
            tweet::role(),
            feed::role(),
            fanout::role(),
            kv::role(),
            sql::primary(),
            sql::replica(),
            log::role(),
        ];
        roles.extend(drawn::roles());
        roles
    });
    &ROLES
}

/// The role with this id.
pub fn role(id: &str) -> Option<&'static Role> {
    roles().iter().find(|role| role.id == id)
}

impl Role {
    /// The port with this name.
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|port| port.name == name)
    }

    /// The setting with this name.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// Every setting, with the sketch's values over the defaults. Values that do not fit are left at the default: the diagnostics say so.
    pub fn resolve(&self, given: &BTreeMap<String, SettingValue>) -> BTreeMap<String, SettingValue> {
        self.settings
            .iter()
            .map(|setting| {
                let value = given.get(setting.name).filter(|value| setting.check(value).is_ok()).unwrap_or(&setting.default);
                (setting.name.to_owned(), value.clone())
            })
            .collect()
    }

    /// Addresses of real servers that stand in for the instances, under resolved settings; none: the instances are processes of the run.
    pub fn engines(&self, settings: &BTreeMap<String, SettingValue>) -> Vec<String> {
        let Some(Setting { range: Range::Addresses { scheme }, .. }) = self.setting(engine::SETTING) else { return Vec::new() };
        let word = settings.get(engine::SETTING).and_then(SettingValue::as_word).unwrap_or(engine::EMBEDDED);
        // Resolved settings have been checked.
        engine::addresses(word, scheme).unwrap_or_default()
    }

    /// The envelope of one instance under resolved settings.
    pub fn envelope(&self, settings: &BTreeMap<String, SettingValue>) -> Envelope {
        let number = |name: &str| settings.get(name).and_then(SettingValue::as_number);
        let distribution = settings.get("distribution").and_then(SettingValue::as_word).and_then(Distribution::from_word);
        let distribution = distribution.unwrap_or(Distribution::Exponential);
        Envelope {
            workers: number("workers").unwrap_or(1.0) as u32,
            queue_limit: number("queue_limit").unwrap_or(1024.0) as u32,
            // A consumer's place is taken until its event is written; of a service the learner decides.
            held_while_calling: self.kind == Kind::Worker || settings.get("worker_held").and_then(SettingValue::as_switch).unwrap_or(false),
            service: self
                .operations
                .iter()
                .filter_map(|op| Some((op.name.to_owned(), ServiceTime { mean_ms: number(&format!("{}_ms", op.name))?, distribution })))
                .collect(),
        }
    }
}

impl Setting {
    /// Says why `value` does not fit, with the remedy.
    pub fn check(&self, value: &SettingValue) -> Result<(), String> {
        match (&self.range, value) {
            (Range::Number { min, max, whole }, SettingValue::Number(n)) => {
                if !(n.is_finite() && *n >= *min && *n <= *max) {
                    return Err(format!("{} must be from {min} to {max} {}", self.label, self.unit).trim_end().to_owned());
                }
                if *whole && n.fract() != 0.0 {
                    return Err(format!("{} must be a whole number", self.label));
                }
                Ok(())
            }
            (Range::Choice { words }, SettingValue::Word(word)) => {
                if words.iter().any(|(known, _)| known == word) {
                    return Ok(());
                }
                let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                Err(format!("{} must be one of {}", self.label, known.join(", ")))
            }
            (Range::Switch, SettingValue::Switch(_)) => Ok(()),
            (Range::Addresses { scheme }, SettingValue::Word(word)) => engine::addresses(word, scheme).map(drop),
            (Range::Number { .. }, _) => Err(format!("{} must be a number", self.label)),
            (Range::Choice { .. } | Range::Addresses { .. }, _) => Err(format!("{} must be a word", self.label)),
            (Range::Switch, _) => Err(format!("{} must be true or false", self.label)),
        }
    }
}

// -- how roles are written down ---------------------------------------------------------------------------------------------------

/// A port that a link from this component fills.
fn port(name: &'static str, accepts: &[&'static str], required: bool, flow: Flow, summary: &'static str) -> Port {
    Port { name, summary, accepts: accepts.to_vec(), required, many: false, incoming: false, flow }
}

/// A number with a default that is assumed for the given reason.
#[expect(clippy::too_many_arguments, reason = "a table row")]
fn number(
    group: &'static str,
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    range: (f64, f64),
    whole: bool,
    default: f64,
    source: &'static str,
) -> Setting {
    let range = Range::Number { min: range.0, max: range.1, whole };
    Setting { name, label, unit, group, range, default: default.into(), tag: Tag::Assumed, source }
}

/// Heading of the settings that make the envelope.
const EACH: &str = "Each instance";

/// Workers, service time of each operation, distribution and queue limit: `times` is `(setting, label, default ms, source)`.
fn envelope(workers: (u32, &'static str), queue_limit: u32, times: &[(&'static str, &'static str, f64, &'static str)]) -> Vec<Setting> {
    let mut settings = vec![number(EACH, "workers", "Workers", "", (1.0, 1024.0), true, f64::from(workers.0), workers.1)];
    for (name, label, default, source) in times {
        settings.push(number(EACH, name, label, "ms", (0.001, 60_000.0), false, *default, source));
    }
    let words = vec![("exponential", "exponential"), ("fixed", "fixed"), ("lognormal", "log-normal")];
    settings.push(Setting {
        name: "distribution",
        label: "Distribution",
        unit: "",
        group: EACH,
        range: Range::Choice { words },
        default: "exponential".into(),
        tag: Tag::Assumed,
        source: "Assumed: exponential service times are the M of M/M/c; real ones are often less regular, so try log-normal too.",
    });
    settings.push(number(
        EACH,
        "queue_limit",
        "Queue limit",
        "requests",
        (0.0, 1_000_000.0),
        true,
        f64::from(queue_limit),
        "Assumed: a bounded queue, so that overload is refused and not hidden in waiting.",
    ));
    settings
}

/// Why an engine is embedded unless somebody says otherwise.
const EMBEDDED: &str =
    "Assumed: the embedded engine, which holds to the envelope. A real server answers as fast as it can, and only it knows how busy it is.";

/// Which server stands behind the component. Addresses are one for each instance.
fn engine_at(scheme: &'static str, source: &'static str) -> Setting {
    Setting {
        name: engine::SETTING,
        label: "Engine",
        unit: "",
        group: "Engine",
        range: Range::Addresses { scheme },
        default: engine::EMBEDDED.into(),
        tag: Tag::Assumed,
        source,
    }
}

/// A caller's timeout.
fn timeout(default_ms: f64) -> Setting {
    number(
        "Calls",
        "timeout_ms",
        "Timeout",
        "ms",
        (1.0, 600_000.0),
        false,
        default_ms,
        "Assumed: several times the slowest answer that is still useful.",
    )
}

/// Whether a worker is held while its request waits for a call.
fn worker_held() -> Setting {
    Setting {
        name: "worker_held",
        label: "A thread for each request",
        unit: "",
        group: EACH,
        range: Range::Switch,
        default: false.into(),
        tag: Tag::Assumed,
        source: "Assumed: asynchronous, a worker is free while its request waits for a call. Switch it on to meet pool exhaustion.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_consistent() {
        for role in roles() {
            assert_eq!(roles().iter().filter(|r| r.id == role.id).count(), 1, "{} twice", role.id);
            for op in &role.operations {
                assert!(role.setting(&format!("{}_ms", op.name)).is_some(), "{}: no service time for {}", role.id, op.name);
            }
            for setting in &role.settings {
                assert_eq!(setting.check(&setting.default), Ok(()), "{}.{}", role.id, setting.name);
                assert!(setting.source.ends_with('.'), "{}.{} has no source", role.id, setting.name);
            }
            for port in &role.ports {
                assert!(!port.accepts.is_empty(), "{}.{}", role.id, port.name);
                for id in &port.accepts {
                    assert!(super::role(id).is_some(), "{}.{} accepts unknown {id}", role.id, port.name);
                }
            }
        }
    }
}
