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
    ("replicas", "sql_replica", 2),
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
    sketch(CLEAN_PARTS, CLEAN_LINKS)
}

fn part<'a>(sketch: &'a mut Sketch, id: &str) -> &'a mut Component {
    sketch.components.iter_mut().find(|c| c.id == id).unwrap()
}

/// Codes and components of all findings, in order.
#[track_caller]
fn check(sketch: &Sketch, expected: &[(&str, &str)]) -> Vec<Diagnostic> {
    let found = diagnose(sketch, None);
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
    assert_eq!(found[2].reason, "Log: single point of failure. Fanout hears of nothing more if it goes.");
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
