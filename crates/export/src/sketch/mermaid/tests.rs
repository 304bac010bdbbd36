//! Flowcharts in and out: what is read, what is refused where, and that the designs that ship come back as they went.

use std::collections::BTreeMap;

use loadline_model::catalog;
use loadline_model::sketch::{Comment, Component, Group, Link, Sketch};

use super::read::{Edge, MAX_BYTES};
use super::*;

/// `A>B` and `A>B:label`, by ids.
fn edges(chart: &Flowchart) -> Vec<String> {
    let id = |n: usize| chart.nodes[n].id.as_str();
    let word = |edge: &Edge| if edge.label.is_empty() { String::new() } else { format!(":{}", edge.label) };
    chart.edges.iter().map(|edge| format!("{}>{}{}", id(edge.from), id(edge.to), word(edge))).collect()
}

#[track_caller]
fn check_edges(line: &str, expected: &[&str]) {
    let chart = read(&format!("flowchart TD\n  {line}\n")).unwrap_or_else(|errors| panic!("{line}: {errors:?}"));
    assert_eq!(edges(&chart), expected, "{line}");
}

#[test]
fn arrows_are_read() {
    check_edges("A --> B", &["A>B"]);
    check_edges("A-->B-->C", &["A>B", "B>C"]);
    check_edges("A & B --> C & D", &["A>C", "A>D", "B>C", "B>D"]);
    check_edges("A -->|reads| B", &["A>B:reads"]);
    check_edges("A -- reads rows --> B", &["A>B:reads rows"]);
    check_edges("A -- \"reads --> rows\" --> B", &["A>B:reads --> rows"]);
    check_edges("A -. later .-> B", &["A>B:later"]);
    check_edges("A == copies ==> B", &["A>B:copies"]);
    check_edges("A ---> B; B ==> C; C -.-> D", &["A>B", "B>C", "C>D"]);
    check_edges("A --- B", &["A>B"]);
    check_edges("A <-- B", &["B>A"]);
    check_edges("A <--> B", &["A>B"]);
    check_edges("A --x B", &["A>B"]);
    check_edges("A --o B", &["A>B"]);
    check_edges("A --- oB", &["A>oB"]);
    check_edges("A ~~~ B", &[]);
    check_edges("A[\"a | b\"] -->|\"x | y\"| B", &["A>B:x | y"]);
    check_edges("load-balancer --> api.v2", &["load-balancer>api.v2"]);
    check_edges("A[One]:::kv --> B(Two):::a:::b", &["A>B"]);
    check_edges("名前[データ] --> B", &["名前>B"]);
}

#[test]
fn the_rest_of_a_flowchart_is_read() {
    let chart = read(
        "\u{FEFF}---\ntitle: \"A: \\\"b\\\"\"\n---\n%% a comment\ngraph LR;\nsubgraph one[\"First one\"]\n direction TB\n A[(Orders)]\n subgraph two\n  B\n end\nend\nC[\"x<br/>×3\"] --> A\nstyle A fill:#f9f,stroke:#333;\nclassDef red fill:#f00\nclass A,B red\nclick A \"javascript:alert(1)\"\nlinkStyle 0 stroke:#ff3\n",
    )
    .unwrap();
    assert_eq!(chart.title, "A: \"b\"");
    let nodes: Vec<(&str, &str, Option<usize>)> = chart.nodes.iter().map(|n| (n.id.as_str(), n.text.as_str(), n.group)).collect();
    assert_eq!(nodes, [("A", "Orders", Some(0)), ("B", "B", Some(1)), ("C", "x\n×3", None)]);
    let groups: Vec<(&str, Option<usize>)> = chart.groups.iter().map(|g| (g.title.as_str(), g.inside)).collect();
    assert_eq!(groups, [("First one", None), ("two", Some(0))]);
    let lines: Vec<usize> = chart.notes.iter().map(|note| note.line).collect();
    assert_eq!(lines, [14, 15, 17, 18]);
    assert_eq!(chart.nodes[0].classes, ["red"]);
}

#[track_caller]
fn check_error(source: &str, expected: &str) {
    let errors = read(source).map(|chart| format!("{chart:?}")).unwrap_err();
    assert!(errors[0].to_string().starts_with(expected), "{}", errors[0]);
    assert!(errors[0].to_string().ends_with('.'), "{}", errors[0]);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    check_error("", "line 1, column 1: there is no flowchart");
    check_error("sequenceDiagram\nA->>B: hi", "line 1, column 1: `sequenceDiagram` begins no flowchart");
    check_error("flowchart sideways", "line 1, column 1: `sideways` is no direction");
    check_error("flowchart TD --> B", "line 1, column 1: `-->` is not understood after the direction");
    check_error("flowchart TD\n  A[/] --> B[x]", "line 2, column 4: `[/` is not closed");
    check_error("flowchart TD\n\n é --> B[one", "line 3, column 9: `[` is not closed");
    check_error("flowchart TD\nA -->", "line 2, column 6: an arrow that leads to nothing");
    check_error("flowchart TD\nA -- text B", "line 2, column 3: an arrow without an end");
    check_error("flowchart TD\nA -->|text B", "line 2, column 7: a text of an arrow without its end");
    check_error("flowchart TD\nA B", "line 2, column 3: `B` is not understood here");
    check_error("flowchart TD\n--> B", "line 2, column 1: `--> B` is not understood here");
    check_error("flowchart TD\nend", "line 2, column 1: this `end` closes nothing");
    check_error("flowchart TD\nsubgraph x\nA", "line 2, column 1: the subgraph x has no end");
    check_error("---\ntitle: x\n", "line 1, column 1: the front matter has no end");
    let deep = format!("flowchart TD\n{}", "subgraph x\n".repeat(40));
    check_error(&deep, "line 34, column 1: more than 500 subgraphs");
    check_error(&"x".repeat(MAX_BYTES + 1), "line 1, column 1: the flowchart has 524289 bytes");
    let many: String = (0..2001).map(|n| format!("n{n}\n")).collect();
    check_error(&format!("flowchart TD\n{many}"), "line 2002, column 1: more than 2000 nodes");
    let set: String = (0..200).map(|n| format!("n{n}")).collect::<Vec<_>>().join(" & ");
    check_error(&format!("flowchart TD\n{set} --> {set}"), "line 2, column 1: more than 10000 links");
    check_error(&format!("flowchart TD\nA[{}]", "x".repeat(4001)), "line 2, column 1: a text of more than 4000 characters");
    assert_eq!(read(&format!("flowchart TD\n{}", "A[\n".repeat(100))).unwrap_err().len(), 20);
}

/// A drawing through a flowchart and back, with every guess taken.
fn through(sketch: &Sketch) -> Brought {
    let text = write(sketch);
    let chart = read(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    let roles = guess(&chart).into_iter().filter_map(|g| Some((g.node, g.role?.to_owned()))).collect();
    bring(&chart, &roles).unwrap_or_else(|missing| panic!("{missing:?}\n{text}"))
}

fn parts(sketch: &Sketch) -> Vec<(String, String, String, u32)> {
    let mut parts: Vec<_> = sketch.components.iter().map(|c| (c.id.clone(), c.role.clone(), c.name.clone(), c.instances)).collect();
    parts.sort();
    parts
}

fn links(sketch: &Sketch) -> Vec<Link> {
    let mut links = sketch.links.clone();
    links.sort();
    links
}

#[test]
fn the_designs_that_ship_come_back_as_they_went() {
    let core = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/core");
    let mut seen = 0;
    for exercise in std::fs::read_dir(core).unwrap().filter_map(|entry| std::fs::read_dir(entry.unwrap().path().join("designs")).ok()) {
        for file in exercise {
            let sketch = Sketch::from_json(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
            let Brought { sketch: back, notes } = through(&sketch);
            assert_eq!((parts(&back), links(&back), back.title.as_str()), (parts(&sketch), links(&sketch), sketch.title.as_str()));
            assert_eq!(notes, []);
            seen += 1;
        }
    }
    assert!(seen >= 4);
}

fn component(id: &str, role: &str, name: &str, x: f64) -> Component {
    Component { id: id.into(), role: role.into(), name: name.into(), instances: 3, settings: BTreeMap::new(), at: (x, 0.0) }
}

#[test]
fn hostile_names_come_back_as_they_went() {
    for name in [
        "\"]; click a href \"javascript:alert(1)\"",
        "a --> b | c & d ;",
        "<script>alert(1)</script>",
        "1. first",
        "- item",
        " spaced ",
        "end",
        "#quot; &amp; #35;",
        "`md`",
        "خدمة 👨‍👩‍👧‍👦 e\u{301}",
        "%% no comment",
        "\u{202E}x\u{7}",
    ] {
        let mut sketch = Sketch {
            title: name.to_owned(),
            components: vec![component("end", "feed", name, 0.0), component("a--b", "kv", name, 200.0), component("Ü", "kv", "", 900.0)],
            links: vec![Link { from: "end".into(), to: "a--b".into(), port: "timeline".into() }],
            ..Sketch::empty("")
        };
        sketch.groups.push(Group { id: "g".into(), name: name.into(), note: name.into(), at: (-12.0, -36.0), size: (180.0, 120.0) });
        sketch.comments.push(Comment { id: "c".into(), text: name.into(), at: (500.0, 0.0), size: (96.0, 60.0) });
        let back = through(&sketch).sketch;
        assert_eq!((back.title.as_str(), back.components[0].instances), (name, 3));
        let named: Vec<&str> = back.components.iter().map(|c| c.name.as_str()).filter(|found| *found == name).collect();
        assert_eq!(named.len(), 2, "{name}: {:?}", back.components);
        assert_eq!((back.links.len(), back.links[0].port.as_str()), (1, "timeline"));
        assert_eq!((back.groups[0].name.as_str(), back.groups[0].note.as_str(), back.comments[0].text.as_str()), (name, name, name));
    }
}

#[test]
fn what_does_not_fit_is_said_and_kept() {
    let chart = read("flowchart LR\nKV[Redis] --> F[Feed]\nF --> F\nF --> K[Kafka]\nF --> KV\nU[Quux]").unwrap();
    let mut roles: BTreeMap<String, String> = guess(&chart).into_iter().filter_map(|g| Some((g.node, g.role?.to_owned()))).collect();
    assert_eq!(bring(&chart, &roles).unwrap_err(), ["U"]);
    roles.insert("U".into(), "no such role".into());
    assert_eq!(bring(&chart, &roles).unwrap_err(), ["U"]);
    roles.insert("U".into(), "work".into());
    let Brought { sketch, notes } = bring(&chart, &roles).unwrap();
    let found: Vec<String> = sketch.links.iter().map(|l| format!("{}>{}:{}", l.from, l.to, l.port)).collect();
    assert_eq!(found, ["f>kv:timeline", "f>k:calls"]);
    let lines: Vec<usize> = notes.iter().map(|note| note.line).collect();
    assert_eq!(lines, [2, 3, 4, 5]);
    assert!(sketch.components.iter().all(|c| catalog::role(&c.role).is_some()));
    let mut places: Vec<_> = sketch.components.iter().map(|c| (c.at.0 as i64, c.at.1 as i64)).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), sketch.components.len());
}

/// Pieces that a flowchart is made of, for texts by lot.
const PIECES: [&str; 44] = [
    "A",
    "B",
    "lb-1",
    "end",
    "x",
    "o",
    " ",
    " ",
    "\n",
    "\n",
    ";",
    "-->",
    "---",
    "-.->",
    "==>",
    "~~~",
    "<-->",
    "--",
    "-.",
    "==",
    "|",
    "|t|",
    "&",
    "[",
    "]",
    "(",
    ")",
    "[(",
    ")]",
    "{{",
    "}}",
    "\"",
    "\\",
    "/",
    ":::kv",
    ":::comment",
    "subgraph s",
    "\nend\n",
    "class A kv",
    "@{ shape: cyl }",
    "<br/>",
    "#quot;",
    "é👩‍👩‍👧\u{202E}",
    "%%",
];

#[test]
fn texts_by_lot_are_read_or_refused_and_what_is_read_comes_back() {
    let mut lot = loadline_model::seed::Stream::new(11, "mermaid", 0);
    let (mut read_in, mut refused) = (0, 0);
    for _ in 0..5_000 {
        let mut text = String::from("flowchart TD\n");
        for _ in 0..lot.below(14) {
            text.push_str(PIECES[lot.below(PIECES.len() as u64) as usize]);
        }
        match read(&text) {
            Ok(chart) => {
                read_in += 1;
                let roles = guess(&chart).into_iter().map(|g| (g.node, g.role.unwrap_or("work").to_owned())).collect();
                let sketch = bring(&chart, &roles).unwrap_or_else(|missing| panic!("{missing:?}\n{text}")).sketch;
                assert_eq!(Sketch::from_json(&sketch.to_json()).as_ref(), Ok(&sketch), "{text}");
                let back = through(&sketch).sketch;
                // An id that means something in Mermaid is written as another.
                let known = |sketch: &Sketch| {
                    let mut known: Vec<_> = parts(sketch).into_iter().map(|(_, role, name, instances)| (role, name, instances)).collect();
                    known.sort();
                    (known, sketch.links.len())
                };
                assert_eq!(known(&back), known(&sketch), "{text}\n{}", write(&sketch));
            }
            Err(errors) => {
                refused += 1;
                assert!(errors.iter().all(|e| e.line > 0 && e.column > 0 && !e.remedy.is_empty()), "{text}: {errors:?}");
            }
        }
    }
    assert!(read_in > 200 && refused > 200, "{read_in} read, {refused} refused");
}
