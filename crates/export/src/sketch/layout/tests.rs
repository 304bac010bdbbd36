//! What a layout promises, on drawings made by lot and on worked ones: nothing overlaps, no link runs through a box, lanes stay apart, the same
//! twice.

#![expect(clippy::print_stdout, reason = "crossings are shown with --nocapture")]

use std::collections::BTreeMap;

use loadline_model::seed::Stream;
use loadline_model::sketch::{Comment, Component, Group, Link, Sketch};

use super::*;
use crate::sketch::canvas::{Rect, box_of, wiring};
use crate::sketch::route::{Effort, crossings, route, tests::broken};

pub(crate) fn drawing(count: usize, links: &[(usize, usize)]) -> Sketch {
    let component = |n: usize| Component {
        id: format!("n{n}"),
        role: "work".into(),
        name: format!("Part {n}"),
        instances: 1,
        settings: BTreeMap::new(),
        at: ((n % 5) as f64 * 200.0, (n / 5) as f64 * 150.0),
    };
    Sketch {
        components: (0..count).map(component).collect(),
        links: links.iter().map(|(a, b)| Link { from: format!("n{a}"), to: format!("n{b}"), port: format!("p{b}") }).collect(),
        ..Sketch::empty("by lot")
    }
}

/// The drawing where the layout puts it.
fn tidied(sketch: &Sketch) -> Sketch {
    let mut tidy = sketch.clone();
    layout(sketch).apply(&mut tidy);
    tidy
}

#[test]
fn the_designs_that_ship_are_sound_and_cross_less_than_by_rows() {
    let core = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/core");
    let crossings = |sketch: &Sketch| {
        let wired = wiring(sketch);
        crossings(&wired.wires, &route(&wired.boxes, &wired.wires, &wired.frames, Effort::ALL))
    };
    // Most crossings of lines that each may have. As they ship they have 3, 7, 7 and 0; by the rows of before, far taller, they had 1, 3, 3 and 0.
    let designs = [("naive", 1), ("good", 4), ("better", 4)].map(|(name, most)| (format!("twitter/designs/{name}.json"), most));
    for (name, most) in designs.into_iter().chain([("knee/designs/one.json".to_owned(), 0)]) {
        let sketch = Sketch::from_json(&std::fs::read_to_string(core.join(&name)).unwrap()).unwrap();
        check(&sketch);
        let found = crossings(&tidied(&sketch));
        println!("{name}: {found} crossings, {} as it ships", crossings(&sketch));
        assert!(found <= most, "{name}: {found} crossings");
    }
}

fn meet(a: &Rect, b: &Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

#[track_caller]
fn check(sketch: &Sketch) {
    let tidy = tidied(sketch);
    let boxes: Vec<Rect> = tidy.components.iter().map(box_of).collect();
    let comments: Vec<Rect> = tidy.comments.iter().map(place_of).collect();
    let all: Vec<Rect> = boxes.iter().chain(&comments).copied().collect();
    for (n, a) in all.iter().enumerate() {
        for b in &all[n + 1..] {
            assert!(!meet(a, b), "{a:?} lies on {b:?}");
        }
    }
    let wired = wiring(&tidy);
    let routed = route(&wired.boxes, &wired.wires, &wired.frames, Effort::ALL);
    assert_eq!(broken(&wired.boxes, &wired.wires, &routed), Vec::<String>::new());
    assert_eq!(layout(sketch), layout(sketch));
    // Arranging what is arranged keeps it sound.
    assert_eq!(tidied(&tidy).components.len(), tidy.components.len());
}

fn by_lot(seed: u64, count: usize, links: usize) -> Sketch {
    let mut lot = Stream::new(seed, "layout", 0);
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for _ in 0..links {
        let (a, b) = (lot.below(count as u64) as usize, lot.below(count as u64) as usize);
        if a != b && !pairs.contains(&(a, b)) {
            pairs.push((a, b));
        }
    }
    drawing(count, &pairs)
}

#[test]
fn drawings_by_lot_are_sound() {
    for seed in 0..40 {
        let count = 2 + (seed as usize % 14);
        check(&by_lot(seed, count, count * 3 / 2));
    }
}

#[test]
fn a_large_drawing_is_sound() {
    check(&by_lot(7, 40, 60));
}

#[test]
fn cycles_and_loose_parts_are_sound() {
    check(&drawing(3, &[(0, 1), (1, 2), (2, 0)]));
    check(&drawing(9, &[(0, 1), (3, 4)]));
    check(&drawing(1, &[]));
    check(&drawing(0, &[]));
}

#[test]
fn callers_stand_above_and_chains_side_by_side() {
    let at = layout(&drawing(6, &[(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (5, 4)])).at;
    assert_eq!(at["n0"].1, at["n1"].1);
    assert!(at["n0"].0 < at["n1"].0 && at["n1"].1 < at["n2"].1 && at["n2"].1 == at["n3"].1 && at["n3"].1 < at["n4"].1);
    assert_eq!(at["n5"].1, at["n3"].1);
}

#[test]
fn a_group_holds_what_it_held_and_nothing_else() {
    let mut sketch = drawing(10, &[(0, 1), (0, 2), (1, 5), (2, 6), (5, 6), (6, 7), (3, 7), (8, 9)]);
    let group = |id: &str, at, size| Group { id: id.into(), name: id.into(), note: String::new(), at, size };
    sketch.groups = vec![group("outer", (-24.0, 110.0), (800.0, 160.0)), group("inner", (-12.0, 120.0), (380.0, 130.0))];
    sketch.comments = vec![
        Comment { id: "why".into(), text: "why?".into(), at: (10.0, 80.0), size: (168.0, 60.0) },
        Comment { id: "far".into(), text: "far".into(), at: (4000.0, 0.0), size: (96.0, 240.0) },
    ];
    let held = |sketch: &Sketch, group: usize| -> Vec<String> {
        let frame = frame_of(&sketch.groups[group]);
        sketch.components.iter().filter(|c| frame.holds(&box_of(c))).map(|c| c.id.clone()).collect()
    };
    let tidy = tidied(&sketch);
    assert_eq!((held(&sketch, 0), held(&sketch, 1)), (held(&tidy, 0), held(&tidy, 1)));
    assert_eq!(held(&tidy, 1), ["n5", "n6"]);
    let (outer, inner) = (frame_of(&tidy.groups[0]), frame_of(&tidy.groups[1]));
    assert_eq!(outer.with(&inner), outer);
    check(&sketch);
}

#[test]
fn a_wide_row_is_wrapped_and_an_enormous_drawing_ends() {
    let fan: Vec<(usize, usize)> = (1..30).map(|n| (0, n)).collect();
    let widest = layout(&drawing(30, &fan)).at.values().map(|at| at.0 as i32).max().unwrap_or(0);
    // Nine and twenty in one row would be 5,900 px wide; the lanes that pass take some room.
    assert!(widest <= 2 * WIDE, "{widest} px wide");
    // Long links over many rows: the points where they pass are left out, and it ends.
    let path = (0..1999).map(|n| (n, n + 1));
    let long: Vec<(usize, usize)> = path.chain((0..1000).map(|n| (n, n + 900))).collect();
    assert_eq!(layout(&drawing(2000, &long)).at.len(), 2000);
}
