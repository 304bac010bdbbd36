//! What the routes of links promise: right angles, no shared lines, no box crossed; and that they are the canvas's, point by point.

use super::*;

fn place(id: &str, x: i32, y: i32) -> Box {
    Box { id: id.to_owned(), x, y }
}

fn wire(from: &str, to: &str, port: &str) -> Wire {
    Wire { id: format!("{from}>{to}"), from: from.into(), to: to.into(), trunk: format!("{from}:{port}") }
}

/// The worked case: twelve components, seventeen links.
fn worked() -> (Vec<Box>, Vec<Wire>) {
    let boxes = [
        ("client", 0, 0),
        ("lb", 192, 0),
        ("gateway", 576, 0),
        ("user", 0, 108),
        ("feed", 192, 108),
        ("tweet", 384, 108),
        ("search", 576, 108),
        ("replica", 0, 264),
        ("kv", 192, 264),
        ("primary", 384, 264),
        ("log", 576, 264),
        ("fanout", 384, 396),
    ];
    let wires = [
        ("client", "lb", "lb"),
        ("lb", "gateway", "gateway"),
        ("gateway", "user", "routes"),
        ("gateway", "feed", "routes"),
        ("gateway", "tweet", "routes"),
        ("user", "replica", "replica"),
        ("user", "primary", "primary"),
        ("feed", "replica", "replica"),
        ("feed", "kv", "kv"),
        ("tweet", "primary", "primary"),
        ("tweet", "kv", "kv"),
        ("tweet", "log", "log"),
        ("log", "search", "search"),
        ("log", "fanout", "fanout"),
        ("primary", "replica", "replica"),
        ("fanout", "kv", "kv"),
        ("fanout", "replica", "replica"),
    ];
    (
        boxes.into_iter().map(|(id, x, y)| place(id, x, y)).collect(),
        wires.into_iter().map(|(from, to, port)| wire(from, to, port)).collect(),
    )
}

fn all(boxes: &[Box], wires: &[Wire]) -> Routes {
    route(boxes, wires, &[], Effort::ALL)
}

struct Line<'a> {
    trunk: &'a str,
    level: bool,
    at: i32,
    from: i32,
    to: i32,
}

/// What breaks a promise: slanted or shared lines, lanes less than 8 px apart, links through boxes, links without a lane.
pub(crate) fn broken(boxes: &[Box], wires: &[Wire], routes: &Routes) -> Vec<String> {
    let mut bad = Vec::new();
    let mut lines: Vec<Line<'_>> = Vec::new();
    for wire in wires {
        let Some(found) = routes.routes.get(&wire.id) else {
            bad.push(format!("{} has no route", wire.id));
            continue;
        };
        if found.plain {
            bad.push(format!("{} has no lane", wire.id));
        }
        for step in found.points.windows(2) {
            let (a, b) = (step[0], step[1]);
            let level = a.1 == b.1;
            if !level && a.0 != b.0 {
                bad.push(format!("{} has a slanted line", wire.id));
            }
            let (at, from, to) = if level { (a.1, a.0.min(b.0), a.0.max(b.0)) } else { (a.0, a.1.min(b.1), a.1.max(b.1)) };
            for one in boxes {
                let (low, high) = if level { (one.y, one.y + BOX_HEIGHT) } else { (one.x, one.x + BOX_WIDTH) };
                let (start, end) = if level { (one.x, one.x + BOX_WIDTH) } else { (one.y, one.y + BOX_HEIGHT) };
                if at > low && at < high && from < end && to > start {
                    bad.push(format!("{} runs through {}", wire.id, one.id));
                }
            }
            lines.push(Line { trunk: &wire.trunk, level, at, from, to });
        }
    }
    for (n, a) in lines.iter().enumerate() {
        for b in &lines[n + 1..] {
            let beside = a.level == b.level && (a.at - b.at).abs() < 8 && a.to.min(b.to) > a.from.max(b.from);
            if a.trunk != b.trunk && beside {
                bad.push(format!("{} and {} share {} = {}", a.trunk, b.trunk, if a.level { "y" } else { "x" }, a.at));
            }
        }
    }
    bad
}

#[test]
fn the_worked_case_breaks_no_promise() {
    let (boxes, wires) = worked();
    let routed = all(&boxes, &wires);
    assert_eq!(routed.routes.len(), wires.len());
    assert_eq!(broken(&boxes, &wires, &routed), Vec::<String>::new());
    assert_eq!(routed.routes["client>lb"].points, [(144, 36), (192, 36)]);
    assert_eq!(routed.dots.len(), 2);
    assert_eq!(all(&boxes, &wires), routed);
}

#[test]
fn dots_are_only_where_links_of_one_port_part() {
    let (boxes, _) = worked();
    assert_eq!(all(&boxes, &[wire("client", "lb", "lb"), wire("feed", "kv", "kv")]).dots, []);
}

#[test]
fn a_link_goes_round_the_name_of_a_group() {
    let boxes = [place("a", 0, 0), place("b", 0, 240)];
    let frame = Frame { x: -24, y: 120, width: 192, height: 216, name: 120 };
    let routed = route(&boxes, &[wire("a", "b", "b")], &[frame], Effort::ALL);
    assert!(routed.routes["a>b"].points[0].0 > -24 + 120);
}

#[test]
fn what_has_no_lane_or_no_time_is_drawn_plainly() {
    let on_each_other = [place("a", 0, 0), place("b", 12, 12)];
    assert!(all(&on_each_other, &[wire("a", "b", "b")]).routes.contains_key("a>b"));
    let far = [place("a", -60_000, -60_000), place("b", 60_000, 60_000)];
    let routed = all(&far, &[wire("a", "b", "b")]);
    assert!(routed.routes["a>b"].plain && routed.dots.is_empty());
    let (boxes, wires) = worked();
    let few = route(&boxes, &wires, &[], Effort { searches: 5, states: usize::MAX });
    assert_eq!(few.routes.values().filter(|route| !route.plain).count(), 5);
    assert!(route(&boxes, &wires, &[], Effort { searches: usize::MAX, states: 1 }).routes.values().filter(|r| !r.plain).count() == 1);
    assert_eq!(all(&[], &wires), Routes::default());
    assert!(all(&boxes, &[wire("nobody", "lb", "x")]).routes.is_empty());
}

/// A case of the file that the canvas's own test keeps.
struct Kept {
    name: String,
    boxes: Vec<Box>,
    wires: Vec<Wire>,
    frames: Vec<Frame>,
    routes: BTreeMap<String, Vec<Point>>,
    dots: Vec<Point>,
}

fn kept() -> Vec<Kept> {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(top.join("tests/routes.json")).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let word = |value: &serde_json::Value, key: &str| value[key].as_str().unwrap().to_owned();
    let whole = |value: &serde_json::Value| i32::try_from(value.as_i64().unwrap()).unwrap();
    let points = |value: &serde_json::Value| -> Vec<Point> {
        value.as_array().unwrap().iter().map(|point| (whole(&point[0]), whole(&point[1]))).collect()
    };
    let read = |case: &serde_json::Value| {
        let name = word(case, "name");
        let (boxes, wires, frames) = if case["boxes"].is_null() {
            let design = std::fs::read_to_string(top.join("../../content/core").join(&name)).unwrap();
            let wired = crate::sketch::canvas::wiring(&loadline_model::sketch::Sketch::from_json(&design).unwrap());
            (wired.boxes, wired.wires, wired.frames)
        } else {
            let boxes = case["boxes"].as_array().unwrap().iter();
            let wires = case["wires"].as_array().unwrap().iter();
            let boxes = boxes.map(|b| Box { id: word(b, "id"), x: whole(&b["x"]), y: whole(&b["y"]) });
            let wires = wires.map(|w| Wire { id: word(w, "id"), from: word(w, "from"), to: word(w, "to"), trunk: word(w, "trunk") });
            (boxes.collect(), wires.collect(), Vec::new())
        };
        let routes = case["routes"].as_object().unwrap().iter().map(|(id, way)| (id.clone(), points(way))).collect();
        Kept { name, boxes, wires, frames, routes, dots: points(&case["dots"]) }
    };
    cases.iter().map(read).collect()
}

#[test]
fn the_canvas_draws_the_same_lanes() {
    let cases = kept();
    assert!(cases.len() > 10);
    for case in cases {
        let routed = route(&case.boxes, &case.wires, &case.frames, Effort::ALL);
        let mut dots = routed.dots;
        dots.sort_by_key(|dot| (dot.1, dot.0));
        let found: BTreeMap<String, Vec<Point>> = routed.routes.into_iter().map(|(id, found)| (id, found.points)).collect();
        assert_eq!((found, dots), (case.routes, case.dots), "{}", case.name);
    }
}
