//! What a picture promises: it is XML that holds only what it says, whatever the names are.

use std::collections::BTreeMap;

use loadline_model::sketch::{Comment, Group, Link};

use super::*;
use crate::sketch::canvas::HEADER;

fn component(id: &str, role: &str, name: &str, at: (f64, f64)) -> Component {
    Component { id: id.into(), role: role.into(), name: name.into(), instances: 12, settings: BTreeMap::new(), at }
}

fn drawing(name: &str) -> Sketch {
    Sketch {
        title: name.to_owned(),
        components: vec![component("feed", "feed", name, (0.0, 0.0)), component("kv", "kv", "Cache", (0.0, 144.0))],
        links: vec![Link { from: "feed".into(), to: "kv".into(), port: "timeline".into() }],
        groups: vec![Group { id: "g".into(), name: name.into(), note: name.into(), at: (-24.0, f64::from(-HEADER)), size: (240.0, 300.0) }],
        comments: vec![Comment { id: "c".into(), text: name.into(), at: (240.0, 0.0), size: (168.0, 60.0) }],
        ..Sketch::empty("")
    }
}

/// Every element and attribute name of a document, after a strict parse.
fn names(svg: &str) -> Vec<String> {
    let tree = resvg::usvg::roxmltree::Document::parse(svg).unwrap();
    let elements = tree.descendants().filter(|node| node.is_element());
    elements
        .flat_map(|node| {
            let attributes = node.attributes().map(|attribute| attribute.name().to_owned()).collect::<Vec<_>>();
            [vec![node.tag_name().name().to_owned()], attributes].concat()
        })
        .collect()
}

#[test]
fn hostile_names_stay_text() {
    let long = "e\u{301}".repeat(5_000);
    for name in [
        "</text><script>alert(1)</script>",
        "\"><image href=\"file:///etc/passwd\"/>",
        "]]>&#0;&lt;<!--",
        "خدمة الجدول الزمني",
        "👨‍👩‍👧‍👦 🇩🇪 Z\u{35c}\u{321}a\u{327}\u{489}lgo",
        "\u{202E}gnp.exe",
        "\u{0}\u{1b}[31m\u{FFFF}",
        "",
        &long,
    ] {
        for theme in [Theme::Light, Theme::Dark] {
            let picture = draw(&drawing(name), &Says::new(), theme);
            let known = ["svg", "title", "rect", "g", "path", "circle", "ellipse", "text"];
            let attributes = [
                "width",
                "height",
                "viewBox",
                "role",
                "aria-label",
                "font-family",
                "x",
                "y",
                "rx",
                "fill",
                "fill-opacity",
                "font-size",
                "font-weight",
                "stroke",
                "stroke-width",
                "stroke-dasharray",
                "stroke-linejoin",
                "stroke-linecap",
                "d",
                "transform",
                "cx",
                "cy",
                "r",
                "ry",
                "text-anchor",
            ];
            for found in names(&picture.svg) {
                assert!(known.contains(&found.as_str()) || attributes.contains(&found.as_str()), "{found} for {name:?}");
            }
        }
    }
}

#[test]
fn an_empty_drawing_and_one_far_out_are_pictures() {
    let empty = draw(&Sketch::empty("Nothing yet"), &Says::new(), Theme::Light);
    assert!(empty.svg.contains("Nothing yet") && empty.width > 100);
    let far = Sketch {
        components: vec![component("a", "work", "A", (-1e300, 0.0)), component("b", "work", "B", (1e300, 1e300))],
        links: vec![Link { from: "a".into(), to: "b".into(), port: "next".into() }],
        ..Sketch::empty("far")
    };
    let picture = draw(&far, &Says::new(), Theme::Light);
    assert_eq!((picture.plain, picture.width > 100_000), (1, true));
    assert!(names(&picture.svg).len() > 10);
}

#[test]
fn it_says_what_the_box_can_do_and_names_each_port_once() {
    let says: Says = [("feed".to_owned(), ["4 workers, 1.25 ms".to_owned(), "3.2K/s each".to_owned()])].into();
    let picture = draw(&drawing("Feed service"), &says, Theme::Light);
    for text in ["4 workers, 1.25 ms", "3.2K/s each", "×12", "+7"] {
        assert!(picture.svg.contains(&format!(">{text}</text>")), "{text}");
    }
    assert_eq!(picture.svg.matches(">timeline</text>").count(), 1);
    assert!(!picture.svg.contains("a queue"), "calls only: no legend");
}
