//! What losing one instance costs: single points of failure, and what is held only once. More instances are not always more copies: each of
//! a cache or of a primary is a shard of its own, and a log keeps as many copies of a partition as it is told to.

use std::collections::{BTreeMap, BTreeSet};

use loadline_model::catalog::Flow;
use loadline_model::demand::visits;
use loadline_model::diagnostic::{Diagnostic, Severity};
use loadline_model::plan::{Plan, Scale, compile};
use loadline_model::population::Fanout;
use petgraph::algo::dominators::Dominators;
use petgraph::graph::NodeIndex;

use super::paths::Asked;
use super::{Drawing, and_list};

/// Adds what is lost with one instance, of each part whose loss somebody notices. `circles`: calls run in one somewhere.
pub(super) fn check(
    drawing: &Drawing<'_>,
    client: usize,
    operations: &[Asked<'_>],
    dominators: &Dominators<NodeIndex>,
    circles: bool,
    found: &mut Vec<Diagnostic>,
) {
    let plan = if circles || has_full_port(drawing) { None } else { compile(drawing.sketch, Scale { slice: 1.0, dilation: 1.0 }).ok() };
    let answered: Vec<(&Asked<'_>, BTreeSet<usize>)> =
        operations.iter().filter_map(|asked| Some((asked, needed(drawing, asked, dominators, plan.as_ref())?))).collect();
    for at in 0..drawing.sketch.components.len() {
        if at == client || !drawing.is_first(at) || !drawing.role(at).is_some_and(|role| role.runs) {
            continue;
        }
        uncovered_shards(drawing, at, found);
        never_in_sync(drawing, at, found);
        let Some(loss) = loss(drawing, at) else { continue };
        let stopped: Vec<&str> =
            answered.iter().filter(|(_, needed)| needed.contains(&at)).map(|(asked, _)| asked.label.as_str()).collect();
        let told = if loss.silences { told_by(drawing, at) } else { BTreeSet::new() };
        if let Some(what) = consequence(&stopped, answered.len(), &told) {
            let reason = format!("{}. {what} {}.", loss.of, loss.when);
            found.push(drawing.finding(loss.severity, loss.code, at, reason, loss.remedy));
        }
    }
}

/// A port that takes one part and has several: then nobody knows which of them is called.
fn has_full_port(drawing: &Drawing<'_>) -> bool {
    let mut fillers = BTreeMap::new();
    drawing
        .wires
        .iter()
        .filter(|wire| !wire.port.many)
        .any(|wire| *fillers.entry((wire.holder, wire.port.name)).or_insert(wire.filler) != wire.filler)
}

/// Components without which `asked` is not answered; `None` when it is not answered anyway.
fn needed(drawing: &Drawing<'_>, asked: &Asked<'_>, dominators: &Dominators<NodeIndex>, plan: Option<&Plan>) -> Option<BTreeSet<usize>> {
    let ways = drawing.with_role(asked.role).filter_map(|at| dominators.dominators(NodeIndex::new(at)));
    let ways = ways.map(|on_the_way| on_the_way.map(|node| node.index()).collect::<BTreeSet<_>>());
    let mut needed = ways.reduce(|a, b| a.intersection(&b).copied().collect())?;
    if let Some(plan) = plan {
        // A single request shows who is called; how many writes a tweet costs does not matter here.
        let one = |_: Option<f64>| Fanout { writes_per_tweet: 1.0, celebrity_share: 0.0, celebrities_followed: 1.0 };
        let walk = visits(plan, asked.role, asked.operation, &one).unwrap_or_default();
        // No service does without a part that it waits for: a cache or a log that is gone is an error too.
        let called = walk.iter().filter(|visit| visit.waits);
        needed.extend(called.filter_map(|visit| drawing.index.get(visit.component.as_str()).copied()));
    }
    Some(needed)
}

/// What is gone with one instance.
struct Loss {
    severity: Severity,
    code: &'static str,
    /// `single point of failure`, `3 shards, no copy`.
    of: String,
    /// What stops does so `if it goes`, or only `where the one that goes is needed`.
    when: &'static str,
    /// Those who hear of things from it hear nothing more.
    silences: bool,
    remedy: String,
}

impl Loss {
    /// Of the only instance.
    fn whole(remedy: &str) -> Self {
        let of = "single point of failure".to_owned();
        let (code, when) = ("single_point_of_failure", "if it goes");
        Self { severity: Severity::Warning, code, of, when, silences: true, remedy: remedy.to_owned() }
    }

    /// Of one instance among several, with what only that one held.
    fn part(of: String, remedy: &str) -> Self {
        let (code, when) = ("no_copy", "where the one that goes is needed");
        Self { severity: Severity::Warning, code, of, when, silences: true, remedy: remedy.to_owned() }
    }
}

/// `None`: another instance does the same.
fn loss(drawing: &Drawing<'_>, at: usize) -> Option<Loss> {
    match (drawing.part(at).role.as_str(), drawing.instances(at)) {
        ("kv", shards) => Some(cache(shards)),
        ("sql_primary", shards) => Some(primary(shards, drawing.wires.iter().any(|w| w.filler == at && w.port.flow == Flow::Copy))),
        ("sql_replica", instances) => replicas(instances, shards_behind(drawing, at)),
        ("log", brokers) => log(drawing, at, brokers),
        (_, 1) => Some(Loss::whole("Run two or more instances.")),
        _ => None,
    }
}

/// Its keys are spread over the instances and nowhere else. A note: that is how caches are drawn here, and no drawing mends it.
fn cache(shards: u32) -> Loss {
    let remedy = "Name the risk in the interview. In the field each shard has a copy that takes over, or the database answers for a while, \
                  limited; neither can be drawn here.";
    let of = if shards == 1 { "one shard, no copy".to_owned() } else { format!("{shards} shards, no copy") };
    let when = if shards == 1 { "if it goes" } else { "where the one that goes is needed" };
    Loss { severity: Severity::Note, when, ..Loss::part(of, remedy) }
}

/// Replicas have its rows, and take no writes.
fn primary(shards: u32, has_replicas: bool) -> Loss {
    let remedy = if has_replicas {
        "Say how a replica takes over, and what is lost meanwhile."
    } else {
        "Link SQL replicas to it, and say how one of them takes over."
    };
    match (shards, has_replicas) {
        (1, _) => Loss::whole(remedy),
        (_, true) => Loss::part(format!("{shards} shards, no copy that takes writes"), remedy),
        (_, false) => Loss::part(format!("{shards} shards, no copy"), remedy),
    }
}

/// Replica i copies shard i modulo their number, and reads of a shard go to its replicas only.
fn replicas(instances: u32, shards: u32) -> Option<Loss> {
    match instances / shards {
        // An error of its own.
        0 => None,
        1 if shards == 1 => Some(Loss::whole("Run two or more instances.")),
        1 => {
            let remedy = format!("Run {} instances, or name the risk in the interview.", 2 * shards);
            Some(Loss::part(format!("{instances} instances for {shards} shards, so that a shard may have only one"), &remedy))
        }
        _ => None,
    }
}

/// A write wants all replicas in sync, and so many of them at least.
fn log(drawing: &Drawing<'_>, at: usize, brokers: u32) -> Option<Loss> {
    if brokers == 1 {
        return Some(Loss::whole("Run two or more instances, and set \"Replicas of each partition\" to as many."));
    }
    if drawing.is_real(at) {
        // Its own settings hold there, and nobody here knows them.
        return None;
    }
    let (copies, in_sync) = kept(drawing, at, brokers);
    if copies == 1 {
        let remedy = "Set \"Replicas of each partition\" to 2 or more.";
        return Some(Loss::part(format!("{brokers} instances, one copy of each partition"), remedy));
    }
    (copies == in_sync).then(|| {
        let of = format!("{copies} copies of each partition, and all of them must be in sync");
        let remedy = format!(
            "Set \"In sync at least\" to {}: writes then go on without one broker, acknowledged by fewer copies. Or keep more copies.",
            copies - 1
        );
        Loss { silences: false, ..Loss::part(of, &remedy) }
    })
}

/// Copies that a log keeps of each partition, and how many of them must be in sync for a write.
fn kept(drawing: &Drawing<'_>, log: usize, brokers: u32) -> (u32, u32) {
    let number = |name: &str| drawing.number(log, name).unwrap_or(1.0).max(1.0) as u32;
    (number("replication").min(brokers), number("min_insync"))
}

/// A log that asks for more copies in sync than there are refuses every event.
fn never_in_sync(drawing: &Drawing<'_>, at: usize, found: &mut Vec<Diagnostic>) {
    let (copies, in_sync) = kept(drawing, at, drawing.instances(at));
    if drawing.part(at).role == "log" && !drawing.is_real(at) && copies < in_sync {
        let reason = format!("it takes no event: {in_sync} replicas must be in sync, and a partition has {copies}.");
        let remedy = format!("Set \"In sync at least\" to {copies}, or keep more replicas on more instances.");
        found.push(drawing.finding(Severity::Warning, "never_in_sync", at, reason, remedy));
    }
}

/// Shards of the primary that replicas copy; 1 where none is linked.
fn shards_behind(drawing: &Drawing<'_>, replicas: usize) -> u32 {
    drawing.fillers(replicas, "primary").next().map_or(1, |primary| drawing.instances(primary).max(1))
}

/// Replicas that are read, and do not copy every shard: there is nobody to ask for the rest.
fn uncovered_shards(drawing: &Drawing<'_>, at: usize, found: &mut Vec<Diagnostic>) {
    let is_read = || drawing.wires.iter().any(|wire| wire.filler == at && wire.port.flow == Flow::Call);
    let (instances, shards) = (drawing.instances(at), shards_behind(drawing, at));
    if drawing.part(at).role == "sql_replica" && instances < shards && is_read() {
        let missing = match shards - instances {
            1 => format!("shard {shards}"),
            _ => format!("shards {} to {shards}", instances + 1),
        };
        let reason = format!("{instances} for {shards} shards. Nothing holds {missing}, and reads there fail.");
        let remedy = format!("Run {shards} instances, as many as the primary has, or more.");
        found.push(drawing.finding(Severity::Error, "replicas_too_few", at, reason, remedy));
    }
}

/// Names of the parts that hear of things from a log.
fn told_by<'a>(drawing: &Drawing<'a>, log: usize) -> BTreeSet<&'a str> {
    let told = drawing.wires.iter().filter(|wire| wire.port.incoming && wire.port.flow == Flow::Queue && wire.filler == log);
    told.map(|wire| drawing.part(wire.holder).name.as_str()).collect()
}

/// `All operations stop`, `Follow and Tweet stop and Fanout hears of nothing more`; `None`: nobody notices.
fn consequence(stopped: &[&str], answered: usize, told: &BTreeSet<&str>) -> Option<String> {
    let stops = match stopped {
        [] => None,
        all if all.len() == answered => Some("All operations stop".to_owned()),
        [one] => Some(format!("The operation {one} stops")),
        several => Some(format!("{} stop", and_list(several))),
    };
    let told: Vec<&str> = told.iter().copied().collect();
    let silent = match told.as_slice() {
        [] => None,
        [one] => Some(format!("{one} hears of nothing more")),
        several => Some(format!("{} hear of nothing more", and_list(several))),
    };
    let both: Vec<String> = stops.into_iter().chain(silent).collect();
    (!both.is_empty()).then(|| both.join(" and "))
}
