//! Where things of a drawing stand: the grid, boxes, frames, what lies in a group, and which port a link fills. It draws and routes nothing.

use std::collections::BTreeMap;

use loadline_model::catalog::{self, Flow, Port, Role};
use loadline_model::sketch::{Comment, Component, Group, Link, Sketch};

use super::route::{Box, Frame, Wire};

/// Everything stands on this grid, canvas pixels.
pub const GRID: i32 = 12;
/// Width of a component's box, canvas pixels.
pub const BOX_WIDTH: i32 = 144;
/// Height of a component's box, canvas pixels.
pub const BOX_HEIGHT: i32 = 72;
/// Room between a frame and what it holds, canvas pixels.
pub const PADDING: i32 = 24;
/// The same above, where the name is.
pub const HEADER: i32 = 36;

/// Farther out than this nothing is drawn: a file may say any number. Canvas pixels.
const FAR: f64 = 60_000.0;
/// The longest side of a group or comment, canvas pixels.
const MOST_SIDE: i32 = 20_000;
const LEAST_GROUP: (i32, i32) = (168, 108);
const LEAST_COMMENT: (i32, i32) = (96, 36);
/// A letter of a group's name, canvas pixels.
const LETTER: i64 = 6;

/// A rectangle on the canvas, canvas pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Rect {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

impl Rect {
    /// Whether the middle of `inner` lies in it.
    pub fn holds(&self, inner: &Self) -> bool {
        let (x, y) = (inner.x * 2 + inner.width, inner.y * 2 + inner.height);
        x >= self.x * 2 && x <= (self.x + self.width) * 2 && y >= self.y * 2 && y <= (self.y + self.height) * 2
    }

    /// The area, square canvas pixels.
    pub fn area(&self) -> i64 {
        i64::from(self.width) * i64::from(self.height)
    }

    /// The smallest rectangle round both.
    pub fn with(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }
}

/// Half up, as the canvas rounds. What is no number is 0.
pub(crate) fn round(value: f64) -> i64 {
    (value + 0.5).floor() as i64
}

fn snap(value: f64) -> i32 {
    // Within bounds, so that nothing wraps.
    let cells = round(value.clamp(-FAR, FAR) / f64::from(GRID));
    i32::try_from(cells).unwrap_or(0) * GRID
}

/// The box of a component.
pub fn box_of(component: &Component) -> Rect {
    Rect { x: snap(component.at.0), y: snap(component.at.1), width: BOX_WIDTH, height: BOX_HEIGHT }
}

fn rect(at: (f64, f64), size: (f64, f64), least: (i32, i32)) -> Rect {
    let side = |value: f64, least: i32| snap(value.min(f64::from(MOST_SIDE))).clamp(least, MOST_SIDE);
    Rect { x: snap(at.0), y: snap(at.1), width: side(size.0, least.0), height: side(size.1, least.1) }
}

/// The frame of a group.
pub fn frame_of(group: &Group) -> Rect {
    rect(group.at, group.size, LEAST_GROUP)
}

/// The place of a comment.
pub fn place_of(comment: &Comment) -> Rect {
    rect(comment.at, comment.size, LEAST_COMMENT)
}

/// Which group everything lies in, by its place in the drawing's list of groups: the smallest whose frame holds its middle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Homes {
    /// By component.
    pub components: Vec<Option<usize>>,
    /// By group; a group lies only in a larger one.
    pub groups: Vec<Option<usize>>,
    /// By comment.
    pub comments: Vec<Option<usize>>,
}

impl Homes {
    /// Where things lie as they stand.
    pub fn of(sketch: &Sketch) -> Self {
        let frames: Vec<Rect> = sketch.groups.iter().map(frame_of).collect();
        let mut by_area: Vec<usize> = (0..frames.len()).collect();
        by_area.sort_by_key(|g| (frames[*g].area(), *g));
        let holder = |rect: Rect, than: i64| by_area.iter().copied().find(|g| frames[*g].area() > than && frames[*g].holds(&rect));
        Self {
            groups: frames.iter().map(|frame| holder(*frame, frame.area())).collect(),
            components: sketch.components.iter().map(|c| holder(box_of(c), -1)).collect(),
            comments: sketch.comments.iter().map(|c| holder(place_of(c), -1)).collect(),
        }
    }
}

/// The port that a link fills, and whose it is: the tail's unless only the head has such a port that comes in.
pub struct Owned {
    /// Component whose port it is.
    pub owner: String,
    /// The port.
    pub port: &'static Port,
}

/// Components by id: the first one with an id is the one that links mean.
pub fn by_id(sketch: &Sketch) -> BTreeMap<&str, &Component> {
    let mut index = BTreeMap::new();
    for component in &sketch.components {
        index.entry(component.id.as_str()).or_insert(component);
    }
    index
}

/// Which port a link fills; none when it fits no port.
pub fn owner_of(link: &Link, index: &BTreeMap<&str, &Component>) -> Option<Owned> {
    let (tail, head) = (index.get(link.from.as_str())?, index.get(link.to.as_str())?);
    let port = |role: &str, incoming: bool, other: &str| -> Option<&'static Port> {
        let ports = catalog::role(role).map(|role: &'static Role| role.ports.iter());
        ports?.find(|port| port.incoming == incoming && port.name == link.port && port.accepts.contains(&other))
    };
    if let Some(port) = port(&tail.role, false, &head.role) {
        return Some(Owned { owner: tail.id.clone(), port });
    }
    port(&head.role, true, &tail.role).map(|port| Owned { owner: head.id.clone(), port })
}

/// One word for a link.
pub fn link_id(link: &Link) -> String {
    format!("{}>{}:{}", link.from, link.to, link.port)
}

fn flow_word(flow: Flow) -> &'static str {
    match flow {
        Flow::Call => "call",
        Flow::Queue => "queue",
        Flow::Copy => "copy",
    }
}

/// A drawing as the router takes it.
pub struct Wiring {
    /// Components, drawing order.
    pub boxes: Vec<Box>,
    /// Links, drawing order.
    pub wires: Vec<Wire>,
    /// Groups, drawing order.
    pub frames: Vec<Frame>,
    /// How each link of `wires` is drawn; one that fits no port is drawn as a call.
    pub flows: Vec<Flow>,
}

/// A drawing as the router takes it, where it stands.
pub fn wiring(sketch: &Sketch) -> Wiring {
    let index = by_id(sketch);
    let boxes = sketch.components.iter().map(|component| {
        let Rect { x, y, .. } = box_of(component);
        Box { id: component.id.clone(), x, y }
    });
    let flows: Vec<Flow> = sketch.links.iter().map(|link| owner_of(link, &index).map_or(Flow::Call, |owned| owned.port.flow)).collect();
    let wires = sketch.links.iter().zip(&flows).map(|(link, flow)| Wire {
        id: link_id(link),
        from: link.from.clone(),
        to: link.to.clone(),
        trunk: format!("{}:{}:{}", link.from, link.port, flow_word(*flow)),
    });
    let frames = sketch.groups.iter().map(|group| {
        let Rect { x, y, width, height } = frame_of(group);
        let letters = (group.name.encode_utf16().count() + group.note.encode_utf16().count()) as i64;
        let name = (letters * LETTER + 24).min(group.size.0.clamp(0.0, FAR) as i64);
        Frame { x, y, width, height, name: i32::try_from(name).unwrap_or(width) }
    });
    Wiring { boxes: boxes.collect(), wires: wires.collect(), frames: frames.collect(), flows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_stands_on_the_grid_and_not_too_far() {
        let component =
            |at| Component { id: "a".into(), role: "work".into(), name: "A".into(), instances: 1, settings: BTreeMap::new(), at };
        let at = |x, y| (box_of(&component((x, y))).x, box_of(&component((x, y))).y);
        assert_eq!(at(5.9, 6.0), (0, 12));
        assert_eq!(at(-6.0, -6.1), (0, -12));
        assert_eq!(at(1e300, -1e300), (60_000, -60_000));
        let group = |size| Group { id: "g".into(), name: "G".into(), note: String::new(), at: (0.0, 0.0), size };
        assert_eq!((frame_of(&group((1.0, 1e9))).width, frame_of(&group((1.0, 1e9))).height), (168, 20_000));
    }

    #[test]
    fn a_link_fills_a_port_of_its_tail_or_of_its_head() {
        let component = |id: &str, role: &str| Component {
            id: id.into(),
            role: role.into(),
            name: id.into(),
            instances: 1,
            settings: BTreeMap::new(),
            at: (0.0, 0.0),
        };
        let link = |from: &str, to: &str, port: &str| Link { from: from.into(), to: to.into(), port: port.into() };
        let sketch = Sketch {
            components: vec![component("log", "log"), component("fanout", "fanout"), component("feed", "feed"), component("kv", "kv")],
            links: vec![link("log", "fanout", "events"), link("feed", "kv", "timeline"), link("kv", "feed", "x")],
            ..Sketch::empty("t")
        };
        let index = by_id(&sketch);
        let owners: Vec<Option<String>> = sketch.links.iter().map(|link| owner_of(link, &index).map(|owned| owned.owner)).collect();
        assert_eq!(owners, [Some("fanout".to_owned()), Some("feed".to_owned()), None]);
        assert_eq!(wiring(&sketch).flows, [Flow::Queue, Flow::Call, Flow::Call]);
    }
}
