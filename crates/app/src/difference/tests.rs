//! Known drawings, known words.

use loadline_model::sketch::{Comment, Component, Link, Sketch};

use super::difference;

fn component(id: &str, role: &str, name: &str) -> Component {
    Component { id: id.into(), role: role.into(), name: name.into(), instances: 1, settings: Default::default(), at: (0.0, 0.0) }
}

fn link(from: &str, to: &str, port: &str) -> Link {
    Link { from: from.into(), to: to.into(), port: port.into() }
}

fn feed() -> Sketch {
    Sketch {
        components: vec![
            component("client", "client", "Client"),
            component("feed", "feed", "Feed service"),
            component("sql", "sql_primary", "SQL primary"),
        ],
        links: vec![link("client", "feed", "entry"), link("feed", "sql", "tweets")],
        ..Sketch::empty("Feed")
    }
}

#[track_caller]
fn check(before: &Sketch, after: &Sketch, expected: &[&str]) {
    let words: Vec<String> = difference(before, after).into_iter().map(|change| change.text).collect();
    assert_eq!(words, expected);
}

#[test]
fn the_same_drawing_has_no_difference() {
    check(&feed(), &feed(), &[]);
    // A setting that says what the default says changes nothing.
    let mut said = feed();
    said.components[1].settings.insert("workers".into(), 4.0.into());
    check(&feed(), &said, &[]);
}

#[test]
fn parts_instances_settings_and_links_are_told_in_words() {
    let mut after = feed();
    after.components[1].instances = 7;
    after.components[1].settings.insert("timeline_built".into(), "hybrid".into());
    after.components[1].settings.insert("timeline_ms".into(), 2.5.into());
    after.components[1].settings.insert("worker_held".into(), true.into());
    after.components.push(Component { instances: 3, ..component("kv", "kv", "Timelines") });
    after.links.push(link("feed", "kv", "timeline"));
    check(
        &feed(),
        &after,
        &[
            "Added Timelines (KV cache), 3 instances",
            "Feed service: 1 → 7 instances",
            "Feed service: Timeline is built On write → Hybrid",
            "Feed service: Timeline read 1.25 ms → 2.5 ms",
            "Feed service: A thread for each request off → on",
            "Linked Feed service → Timelines (timeline)",
        ],
    );
    check(
        &after,
        &feed(),
        &[
            "Removed Timelines (KV cache), 3 instances",
            "Feed service: 7 → 1 instance",
            "Feed service: Timeline is built Hybrid → On write",
            "Feed service: Timeline read 2.5 ms → 1.25 ms",
            "Feed service: A thread for each request on → off",
            "Unlinked Feed service → Timelines (timeline)",
        ],
    );
}

#[test]
fn what_only_looks_different_is_told_apart() {
    let mut after = feed();
    after.components[1].name = "Timelines".into();
    after.components[0].at = (24.0, 0.0);
    after.comments.push(Comment { id: "c".into(), text: "why?".into(), at: (0.0, 0.0), size: (9.0, 9.0) });
    let changes = difference(&feed(), &after);
    assert!(changes.iter().all(|change| !change.runs));
    check(&feed(), &after, &["Renamed Feed service to Timelines", "Moved 1 component", "Added 1 comment"]);
}

#[test]
fn drawings_made_apart_are_paired_by_role() {
    let mut other = feed();
    for (index, component) in other.components.iter_mut().enumerate() {
        component.id = format!("box-{index}");
    }
    other.links = vec![link("box-0", "box-1", "entry"), link("box-1", "box-2", "tweets")];
    check(&feed(), &other, &[]);
    // Two of a role that are called otherwise cannot be told apart: they are other components.
    let two = Sketch { components: vec![component("a", "kv", "A"), component("b", "kv", "B")], ..Sketch::empty("") };
    let others = Sketch { components: vec![component("x", "kv", "X"), component("y", "kv", "Y")], ..Sketch::empty("") };
    assert_eq!(difference(&two, &others).len(), 4);
    // A box of the same id in another role is another component.
    let kv = Sketch { components: vec![component("a", "kv", "A")], ..Sketch::empty("") };
    let log = Sketch { components: vec![component("a", "log", "A")], ..Sketch::empty("") };
    check(&kv, &log, &["Added A (Log), 1 instance", "Removed A (KV cache), 1 instance"]);
}

#[test]
fn hostile_drawings_do_no_harm() {
    let mut odd = feed();
    odd.links.push(link("nobody", "nothing", "no_port"));
    odd.components.push(component("x", "no_such_role", "?"));
    odd.components.push(component("x", "no_such_role", "?"));
    odd.components[1].settings.insert("no_such_setting".into(), f64::NAN.into());
    let words: Vec<String> = difference(&feed(), &odd).into_iter().map(|change| change.text).collect();
    assert!(words.contains(&"Linked nobody → nothing (no port)".to_owned()), "{words:?}");
    assert!(words.contains(&"Feed service: no such setting not set → NaN".to_owned()), "{words:?}");
}
