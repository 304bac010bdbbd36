//! Tests of the diagnostics: a drawing in a line, the findings it must give, word for word where a learner reads them.

use super::*;
use crate::fixtures::{scenario, sketch};

const CLEAN_PARTS: &[(&str, &str, u32)] = &[
    ("client", "client", 1),
    ("lb", "load_balancer", 2),
    ("gateway", "api_gateway", 2),
    ("user", "user", 2),
    ("tweet", "tweet", 2),
    ("feed", "feed", 2),
    ("kv", "kv", 2),
    ("sql", "sql_primary", 2),
    ("replicas", "sql_replica", 4),
    ("log", "log", 2),
    ("fanout", "fanout", 2),
];

const CLEAN_LINKS: &[(&str, &str, &str)] = &[
    ("client", "lb", "entry"),
    ("lb", "gateway", "targets"),
    ("gateway", "user", "routes"),
    ("gateway", "tweet", "routes"),
    ("gateway", "feed", "routes"),
    ("user", "sql", "accounts"),
    ("user", "replicas", "reads"),
    ("tweet", "sql", "tweets"),
    ("tweet", "replicas", "reads"),
    ("tweet", "kv", "cache"),
    ("tweet", "log", "events"),
    ("feed", "replicas", "tweets"),
    ("feed", "kv", "timeline"),
    ("sql", "replicas", "primary"),
    ("log", "fanout", "events"),
    ("fanout", "replicas", "follows"),
    ("fanout", "kv", "timeline"),
];

fn clean() -> Sketch {
    let mut clean = sketch(CLEAN_PARTS, CLEAN_LINKS);
    part(&mut clean, "log").settings.insert("replication".into(), 2.0.into());
    clean
}

/// What is said of every cache, and of every primary with several shards: nothing that can be drawn takes their place.
const HELD_ONCE: [&str; 2] = ["kv", "sql"];

fn part<'a>(sketch: &'a mut Sketch, id: &str) -> &'a mut Component {
    sketch.components.iter_mut().find(|c| c.id == id).unwrap()
}

/// Codes and components of all findings, in order, beside those of [`HELD_ONCE`].
#[track_caller]
fn check(sketch: &Sketch, expected: &[(&str, &str)]) -> Vec<Diagnostic> {
    let mut found = diagnose(sketch, None);
    found.retain(|d| d.code != "no_copy" || !d.component.as_deref().is_some_and(|id| HELD_ONCE.contains(&id)));
    let codes: Vec<(&str, &str)> = found.iter().map(|d| (d.code.as_str(), d.component.as_deref().unwrap_or(""))).collect();
    assert_eq!(codes, expected, "{found:#?}");
    for finding in &found {
        assert!(finding.reason.ends_with('.') && finding.remedy.ends_with('.'), "{finding:?}");
    }
    found
}

#[test]
fn nothing_wrong_nothing_said() {
    check(&clean(), &[]);
}

#[test]
fn an_empty_drawing_needs_a_client() {
    check(&Sketch::empty("x"), &[("no_client", "")]);
}

#[test]
fn parts_by_themselves() {
    let mut s = clean();
    part(&mut s, "user").instances = 33;
    part(&mut s, "kv").instances = 0;
    part(&mut s, "feed").settings.insert("workers".into(), 2.5.into());
    part(&mut s, "feed").settings.insert("colour".into(), "red".into());
    let found = check(
        &s,
        &[("instances_out_of_range", "user"), ("setting_unknown", "feed"), ("setting_invalid", "feed"), ("instances_out_of_range", "kv")],
    );
    assert_eq!(found[0].reason, "User: 33 instances; it runs with 1 to 32.");
    assert_eq!(found[2].reason, "Feed: Workers must be a whole number.");
}

#[test]
fn ids_and_roles() {
    let s = sketch(
        &[("client", "client", 1), ("work", "work", 2), ("work", "work", 2), ("B a", "teapot", 1), ("client-2", "client", 1)],
        &[("client", "work", "entry")],
    );
    // The namesake is reported under the id they share.
    let found = check(
        &s,
        &[
            ("id_twice", "work"),
            ("id_invalid", "B a"),
            ("role_unknown", "B a"),
            ("several_clients", "client-2"),
            ("port_empty", "client-2"),
        ],
    );
    assert_eq!(found[2].reason, "B a: role `teapot` is not known here.");
}

#[test]
fn empty_ports() {
    let mut s = clean();
    s.links.retain(|l| l.from != "feed");
    let found = check(&s, &[("port_empty", "feed"), ("port_unused", "feed")]);
    assert_eq!(found[0].reason, "Feed: port tweets is empty.");
    assert!(found[0].remedy.starts_with("Link SQL replicas or SQL primary to it."), "{}", found[0].remedy);
}

#[test]
fn links_that_do_not_fit() {
    let mut s = clean();
    let link = |from: &str, to: &str, port: &str| loadline_model::sketch::Link { from: from.into(), to: to.into(), port: port.into() };
    s.links.push(link("feed", "kv", "tweets"));
    s.links.push(link("user", "kv", "memory"));
    s.links.push(link("feed", "gone", "timeline"));
    s.links.push(link("client", "lb", "entry"));
    let found = check(&s, &[("port_unknown", "user"), ("port_does_not_fit", "feed"), ("link_dangling", "feed"), ("link_twice", "client")]);
    assert_eq!(found[0].remedy, "Delete the link: nothing goes from User service to KV cache.");
    assert_eq!(found[1].reason, "Feed: port tweets takes SQL replicas or SQL primary, not KV cache.");
    assert_eq!(found[1].remedy, "Between these two, use timeline.");
}

#[test]
fn one_link_where_one_fits() {
    let s = sketch(&[("client", "client", 1), ("a", "work", 2), ("b", "work", 2)], &[("client", "a", "entry"), ("client", "b", "entry")]);
    let found = check(&s, &[("port_full", "client"), ("port_unused", "a"), ("port_unused", "b")]);
    assert_eq!(found[0].reason, "Client: port entry has 2 links (A, B) and takes one.");
}

#[test]
fn circles_name_their_members() {
    let parts = [("client", "client", 1), ("a", "work", 2), ("b", "work", 2), ("c", "work", 2)];
    let s = sketch(&parts, &[("client", "a", "entry"), ("a", "b", "next"), ("b", "c", "next"), ("c", "a", "next")]);
    let found = check(&s, &[("call_cycle", "a")]);
    assert_eq!(found[0].reason, "A: A, B and C call each other in a circle. A request would never be answered.");
    let alone = sketch(&parts[..2], &[("client", "a", "entry"), ("a", "a", "next")]);
    check(&alone, &[("call_cycle", "a")]);
}

#[test]
fn single_points_of_failure() {
    let mut s = clean();
    part(&mut s, "lb").instances = 1;
    part(&mut s, "lb").name = "Load balancer".into();
    part(&mut s, "sql").instances = 1;
    part(&mut s, "kv").instances = 1;
    part(&mut s, "log").instances = 1;
    let found = check(&s, &[("single_point_of_failure", "lb"), ("single_point_of_failure", "sql"), ("single_point_of_failure", "log")]);
    assert_eq!(found[0].reason, "Load balancer: single point of failure. All operations stop if it goes.");
    assert_eq!(found[1].reason, "Sql: single point of failure. Follow and Tweet stop if it goes.");
    assert_eq!(found[1].remedy, "Say how a replica takes over, and what is lost meanwhile.");
    assert_eq!(found[2].reason, "Log: single point of failure. The operation Tweet stops and Fanout hears of nothing more if it goes.");
}

/// What is said of `component` when one of its instances is the only one with something: `None`, or severity, reason and remedy.
#[track_caller]
fn check_loss(sketch: &Sketch, component: &str, expected: Option<(Severity, &str, &str)>) {
    let found = diagnose(sketch, None);
    let losses: Vec<_> = found.iter().filter(|d| d.component.as_deref() == Some(component) && d.code == "no_copy").collect();
    let said: Vec<_> = losses.iter().map(|d| (d.severity, d.reason.as_str(), d.remedy.as_str())).collect();
    assert_eq!(said, expected.into_iter().collect::<Vec<_>>(), "{found:#?}");
}

#[test]
fn a_cache_has_shards_and_no_copies() {
    let remedy = "Name the risk in the interview. In the field each shard has a copy that takes over, or the database answers for a while, \
                  limited; neither can be drawn here.";
    let mut s = clean();
    let operations = "Tweet read, Tweet and Timeline read stop";
    let several = format!("Kv: 2 shards, no copy. {operations} where the one that goes is needed.");
    check_loss(&s, "kv", Some((Severity::Note, &several, remedy)));
    part(&mut s, "kv").instances = 1;
    let one = format!("Kv: one shard, no copy. {operations} if it goes.");
    check_loss(&s, "kv", Some((Severity::Note, &one, remedy)));
    // Two servers in its place are two shards.
    part(&mut s, "kv").settings.insert("engine".into(), "redis://127.0.0.1:6379/1,redis://127.0.0.1:6379/2".into());
    check_loss(&s, "kv", Some((Severity::Note, &several, remedy)));
    // Nobody asks a cache that only the worker writes.
    s.links.retain(|l| !(l.to == "kv" && l.from != "fanout"));
    check_loss(&s, "kv", None);
}

#[test]
fn a_shard_of_the_primary_has_no_copy_that_takes_writes() {
    let mut s = clean();
    let reason = "Sql: 2 shards, no copy that takes writes. Follow and Tweet stop where the one that goes is needed.";
    check_loss(&s, "sql", Some((Severity::Warning, reason, "Say how a replica takes over, and what is lost meanwhile.")));
    s.links.retain(|l| l.from != "replicas" && l.to != "replicas");
    s.components.retain(|c| c.id != "replicas");
    for (holder, port) in [("feed", "tweets"), ("fanout", "follows")] {
        s.links.push(loadline_model::sketch::Link { from: holder.into(), to: "sql".into(), port: port.into() });
    }
    let reason = "Sql: 2 shards, no copy. Profile read, Follow and Tweet stop where the one that goes is needed.";
    check_loss(&s, "sql", Some((Severity::Warning, reason, "Link SQL replicas to it, and say how one of them takes over.")));
}

#[test]
fn replicas_are_copies_of_their_own_shard_only() {
    let mut s = clean();
    check_loss(&s, "replicas", None);
    for instances in [2, 3] {
        part(&mut s, "replicas").instances = instances;
        let reason = format!(
            "Replicas: {instances} instances for 2 shards, so that a shard may have only one. \
             The operation Profile read stops where the one that goes is needed."
        );
        check_loss(&s, "replicas", Some((Severity::Warning, &reason, "Run 4 instances, or name the risk in the interview.")));
    }
    part(&mut s, "sql").instances = 1;
    check_loss(&s, "replicas", None);
}

#[test]
fn a_log_has_as_many_copies_as_it_is_told() {
    let mut s = clean();
    part(&mut s, "log").instances = 3;
    check_loss(&s, "log", None);
    part(&mut s, "log").settings.insert("min_insync".into(), 2.0.into());
    let reason = "Log: 2 copies of each partition, and all of them must be in sync. \
                  The operation Tweet stops where the one that goes is needed.";
    let remedy = "Set \"In sync at least\" to 1: writes then go on without one broker, acknowledged by fewer copies. Or keep more copies.";
    check_loss(&s, "log", Some((Severity::Warning, reason, remedy)));
    part(&mut s, "log").settings.clear();
    let reason = "Log: 3 instances, one copy of each partition. \
                  The operation Tweet stops and Fanout hears of nothing more where the one that goes is needed.";
    check_loss(&s, "log", Some((Severity::Warning, reason, "Set \"Replicas of each partition\" to 2 or more.")));
    part(&mut s, "log").settings.insert("min_insync".into(), 2.0.into());
    let found = check(&s, &[("never_in_sync", "log"), ("no_copy", "log")]);
    assert_eq!(found[0].reason, "Log: it takes no event: 2 replicas must be in sync, and a partition has 1.");
}

#[test]
fn every_shard_is_read_somewhere() {
    let mut s = clean();
    part(&mut s, "sql").instances = 4;
    for (instances, missing) in [(3, "shard 4"), (2, "shards 3 to 4")] {
        part(&mut s, "replicas").instances = instances;
        let found = check(&s, &[("replicas_too_few", "replicas")]);
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(found[0].reason, format!("Replicas: {instances} for 4 shards. Nothing holds {missing}, and reads there fail."));
        assert_eq!(found[0].remedy, "Run 4 instances, as many as the primary has, or more.");
    }
    // Nobody reads there.
    s.links.retain(|l| l.to != "replicas" || l.from == "sql");
    for (holder, port) in [("feed", "tweets"), ("fanout", "follows")] {
        s.links.push(loadline_model::sketch::Link { from: holder.into(), to: "sql".into(), port: port.into() });
    }
    check(&s, &[("port_unused", "user"), ("port_unused", "tweet")]);
}

#[test]
fn what_the_client_cannot_reach() {
    let mut s = clean();
    s.links.retain(|l| l.to != "user");
    let found = check(&s, &[("unreachable", "user")]);
    assert_eq!(found[0].reason, "User: nothing leads from the client to it. It would get no load.");
}

#[test]
fn operations_of_the_scenario() {
    let mut s = clean();
    s.links.retain(|l| l.to != "user");
    let asks = scenario(&[("profile_read", "user", "read", 1.0), ("work", "work", "work", 1.0), ("follow", "user", "write", 1.0)]);
    let found: Vec<_> = diagnose(&s, Some(&asks)).into_iter().filter(|d| d.code == "operation_unanswered").collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].reason, "work: no part that the client can reach answers.");
    assert_eq!(found[0].remedy, "Add Plain service and link it to what the client calls.");
    assert_eq!(found[1].component.as_deref(), Some("user"));
    assert_eq!(found[1].reason, "profile read, follow: no part that the client can reach answers.");
}

#[test]
fn drawn_only_is_a_note() {
    let mut s = clean();
    s.components.push(Component { id: "cdn".into(), role: "edge_cache".into(), name: "CDN".into(), ..s.components[0].clone() });
    let found = check(&s, &[("drawn_only", "cdn")]);
    assert_eq!((found[0].severity, found[0].reason.as_str()), (Severity::Note, "CDN: drawn only: does not run yet."));
}

#[test]
fn push_needs_a_writer() {
    let mut s = clean();
    s.links.retain(|l| !(l.from == "log" && l.to == "fanout"));
    let found = diagnose(&s, None);
    assert!(found.iter().any(|d| d.code == "timeline_never_written" && d.component.as_deref() == Some("feed")), "{found:#?}");
    let mut pull = clean();
    part(&mut pull, "feed").settings.insert("timeline_built".into(), "on_read".into());
    pull.links.retain(|l| l.from != "fanout" && l.to != "fanout" && l.to != "log");
    pull.components.retain(|c| c.role != "fanout" && c.role != "log");
    check(&pull, &[]);
}

#[test]
fn hybrid_needs_both_halves() {
    let mut s = clean();
    part(&mut s, "feed").settings.insert("timeline_built".into(), "hybrid".into());
    check(&s, &[("hybrid_half", "feed")]);
    part(&mut s, "fanout").settings.insert("celebrities".into(), "merged_on_read".into());
    check(&s, &[]);
    part(&mut s, "fanout").settings.insert("celebrity_threshold".into(), 300.0.into());
    let found = check(&s, &[("thresholds_differ", "feed")]);
    let reason = "Feed: celebrities begin at 400 followers here and at 300 in Fanout. Those in between begin in their followers' \
                  timelines, and are entered with every follower as celebrities in the middle of the run.";
    assert_eq!(found[0].reason, reason);
    part(&mut s, "fanout").settings.insert("celebrity_threshold".into(), 500.0.into());
    let found = check(&s, &[("thresholds_differ", "feed")]);
    let reason = "Feed: celebrities begin at 400 followers here and at 500 in Fanout. Those in between are looked up in every read of \
                  their followers, and what they post is written to all of these as well.";
    assert_eq!(found[0].reason, reason);
    part(&mut s, "feed").settings.remove("timeline_built");
    check(&s, &[("hybrid_half", "fanout")]);
}

#[test]
fn no_cache_no_choice() {
    let mut s = clean();
    s.links.retain(|l| !(l.from == "feed" && l.to == "kv"));
    part(&mut s, "feed").settings.insert("timeline_built".into(), "hybrid".into());
    check(&s, &[("setting_without_effect", "feed"), ("port_unused", "feed")]);
}

#[test]
fn the_largest_drawing_is_diagnosed() {
    // A hostile file: as many parts and links as a sketch may have, circles everywhere.
    let mut s = Sketch::empty("large");
    for i in 0..2000 {
        s.components.push(Component {
            id: format!("w{i}"),
            role: "work".into(),
            name: "W".into(),
            instances: 1,
            settings: Default::default(),
            at: (0.0, 0.0),
        });
    }
    for i in 0..10_000_usize {
        s.links.push(loadline_model::sketch::Link {
            from: format!("w{}", i % 2000),
            to: format!("w{}", i * 7 % 2000),
            port: "next".into(),
        });
    }
    let found = diagnose(&s, None);
    assert!(found.iter().any(|d| d.code == "no_client") && found.iter().any(|d| d.code == "call_cycle"));
}

#[test]
fn many_parts_that_lead_to_many_parts_are_diagnosed() {
    // Each of a thousand parts has an empty port, and nine hundred parts that would fit, and cannot, since they lead to it.
    let work =
        |id: String| Component { id, role: "work".into(), name: "W".into(), instances: 1, settings: Default::default(), at: (0.0, 0.0) };
    let link = |from: &str, to: &str| loadline_model::sketch::Link { from: from.into(), to: to.into(), port: "next".into() };
    let mut s = Sketch::empty("hub");
    s.components = (0..900).map(|i| work(format!("in{i}"))).collect();
    s.components.push(work("hub".into()));
    s.components.extend((0..1000).map(|i| work(format!("out{i}"))));
    s.links = (0..900).map(|i| link(&format!("in{i}"), "hub")).collect();
    s.links.extend((0..1000).map(|i| link("hub", &format!("out{i}"))));
    let found = diagnose(&s, None);
    let unused: Vec<_> = found.iter().filter(|d| d.code == "port_unused").collect();
    assert_eq!(unused.len(), 1000);
    assert!(unused.iter().all(|d| d.remedy == "Link W to it, if that is what you mean."));
}
