//! Routes of links: right angles, own lanes, trunks for the links of one port, round corners. Pure: boxes and links in, points out; it draws
//! nothing. It searches a lattice of [`GRID`](super::canvas::GRID) pixels (a* over point and direction), as the canvas does, and never lets two
//! links share a line unless one port owns both.

use std::collections::BTreeMap;

mod heap;
mod lattice;
pub(crate) mod path;
#[cfg(test)]
pub(crate) mod tests;

use super::canvas::{BOX_HEIGHT, BOX_WIDTH, GRID};
use heap::Heap;
use lattice::{COLUMNS, Lattice, ROWS, cost, pins_of};
use path::corners;
pub use path::{End, Point, Side};

/// A component on the lattice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Box {
    /// Component id.
    pub id: String,
    /// Left edge, a multiple of the grid.
    pub x: i32,
    /// Top edge, a multiple of the grid.
    pub y: i32,
}

/// A link to be routed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    /// `from>to:port`.
    pub id: String,
    /// Component at the tail.
    pub from: String,
    /// Component at the head.
    pub to: String,
    /// Links of one trunk have one word here: they may share lines.
    pub trunk: String,
}

/// A group: links keep off its name and do not run along its frame, where they can.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "canvas pixels; the names say it")]
pub struct Frame {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
    /// How far the name reaches from the left.
    pub name: i32,
}

/// A link with its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Corners, from tail to head.
    pub points: Vec<Point>,
    /// Where it leaves.
    pub tail: End,
    /// Where it arrives.
    pub tip: End,
    /// True when no lane was free or it was not searched: a plain line.
    pub plain: bool,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes {
    /// By the wire's id.
    pub routes: BTreeMap<String, Route>,
    /// Where the links of a trunk part.
    pub dots: Vec<Point>,
}

/// How much may be looked for; what is past it is drawn plainly. Counts, so that every machine draws the same.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Links that are searched for.
    pub searches: usize,
    /// States of the lattice that are looked at, over all links.
    pub states: usize,
}

impl Effort {
    /// Every link, however long it takes.
    pub const ALL: Self = Self { searches: usize::MAX, states: usize::MAX };
    /// A few seconds at most, whatever the drawing: some 5,000 links of an ordinary one.
    pub const BOUNDED: Self = Self { searches: usize::MAX, states: 20_000_000 };
}

/// Room for a search, kept from link to link: what the last one touched is wiped, not the whole lattice.
struct Room {
    best: Vec<f64>,
    parent: Vec<u32>,
    touched: Vec<u32>,
    heap: Heap,
}

const NONE: u32 = u32::MAX;

impl Room {
    fn new(points: usize) -> Self {
        let states = points * 4;
        Self { best: vec![f64::INFINITY; states], parent: vec![NONE; states], touched: Vec::new(), heap: Heap::default() }
    }

    fn wipe(&mut self) {
        for state in self.touched.drain(..) {
            self.best[state as usize] = f64::INFINITY;
            self.parent[state as usize] = NONE;
        }
        self.heap.clear();
    }

    fn reach(&mut self, state: u32, cost: f64, from: u32, left: f64) {
        let n = state as usize;
        if cost >= self.best[n] {
            return;
        }
        if self.best[n] == f64::INFINITY {
            self.touched.push(state);
        }
        self.best[n] = cost;
        self.parent[n] = from;
        self.heap.push(state, cost + left);
    }
}

struct Found {
    way: Vec<usize>,
    tail: Side,
    tip: Side,
}

struct Trunk {
    number: u32,
    wires: usize,
}

fn search(lattice: &Lattice, room: &mut Room, wire: &Wire, trunk: &Trunk) -> Option<Found> {
    let source = lattice.corner_of(&wire.from)?;
    let target = lattice.corner_of(&wire.to)?;
    // Rows above each other are joined through tops and bottoms.
    let upright = (target.1 - source.1).abs() > ROWS;
    let aside = |side: Side| if upright && matches!(side, Side::Left | Side::Right) { cost::ASIDE } else { 0.0 };
    let mut goals: BTreeMap<usize, (f64, Side)> = BTreeMap::new();
    for pin in pins_of(target.0, target.1) {
        if let Some(cost) = lattice.pin_cost(&pin, trunk.number, false) {
            goals.insert(lattice.at(pin.i, pin.j), (cost + aside(pin.side), pin.side));
        }
    }
    room.wipe();
    // Only a line that is laid already can be shared.
    let pull = if trunk.wires > 1 && lattice.has_way(trunk.number) { cost::SHARED } else { cost::STEP };
    let distance = |at: usize| {
        let (i, j) = lattice.cell(at);
        let dx = (target.0 - i).max(0).max(i - target.0 - COLUMNS);
        let dy = (target.1 - j).max(0).max(j - target.1 - ROWS);
        f64::from(dx + dy) * pull
    };
    for pin in pins_of(source.0, source.1) {
        if let Some(cost) = lattice.pin_cost(&pin, trunk.number, true) {
            let at = lattice.at(pin.i, pin.j);
            room.reach((at * 4 + pin.side.out()) as u32, cost + aside(pin.side), NONE, distance(at));
        }
    }
    // The last step ends on a pin; its cost is added to a virtual final state.
    let mut goal = None;
    let mut goal_cost = f64::INFINITY;
    while let Some(state) = room.heap.pop() {
        let (cost, at) = (room.best[state as usize], (state >> 2) as usize);
        if cost + distance(at) >= goal_cost {
            break;
        }
        let came = (state & 3) as usize;
        let start = room.parent[state as usize] == NONE;
        for direction in 0..4 {
            if direction == (came + 2) % 4 || (start && direction != came) {
                continue;
            }
            let Some(next) = lattice.next(at, direction) else { continue };
            let pin = goals.get(&next);
            let enters = pin.is_some_and(|(_, side)| side.out() == (direction + 2) % 4);
            let Some(step) = lattice.step_cost(at, came, direction, next, trunk.number, enters) else { continue };
            let there = (next * 4 + direction) as u32;
            room.reach(there, cost + step, state, distance(next));
            if let (true, Some((pin_cost, _))) = (enters, pin)
                && cost + step + pin_cost < goal_cost
                && room.best[there as usize] == cost + step
            {
                goal_cost = cost + step + pin_cost;
                goal = Some(there);
            }
        }
    }
    let goal = goal?;
    let (mut way, mut tail, mut state) = (Vec::new(), Side::Right, goal);
    while state != NONE {
        way.push((state >> 2) as usize);
        tail = Side::left_by((state & 3) as usize);
        state = room.parent[state as usize];
    }
    way.reverse();
    Some(Found { way, tail, tip: Side::left_by(((goal & 3) as usize + 2) % 4) })
}

fn build(lattice: &Lattice, found: &Found) -> Option<Route> {
    let pixels: Vec<Point> = found.way.iter().map(|at| lattice.pixel(*at)).collect();
    let points = corners(&pixels);
    let (first, last) = (*points.first()?, *points.last()?);
    Some(Route { points, tail: End { at: first, side: found.tail }, tip: End { at: last, side: found.tip }, plain: false })
}

/// A plain line for a link that has no free lane (boxes on top of each other): seen, so that nothing is hidden.
fn straight(from: &Box, to: &Box) -> Route {
    let a = (from.x + BOX_WIDTH / 2, from.y + BOX_HEIGHT);
    let b = (to.x + BOX_WIDTH / 2, to.y);
    let middle = (a.1 + b.1) / 2;
    let points = vec![a, (a.0, middle), (b.0, middle), b];
    Route { points, tail: End { at: a, side: Side::Bottom }, tip: End { at: b, side: Side::Top }, plain: true }
}

/// Routes links one at a time, short ones first: what can go straight does. The same input gives the same output.
pub fn route(boxes: &[Box], wires: &[Wire], frames: &[Frame], effort: Effort) -> Routes {
    let mut routes: BTreeMap<String, Route> = BTreeMap::new();
    if boxes.is_empty() {
        return Routes::default();
    }
    let by_id: BTreeMap<&str, &Box> = boxes.iter().map(|b| (b.id.as_str(), b)).collect();
    let mut lattice = Lattice::new(boxes, frames);
    let mut room = Room::new(lattice.size());
    let mut trunks: BTreeMap<&str, Trunk> = BTreeMap::new();
    for wire in wires {
        let number = u32::try_from(trunks.len()).unwrap_or(u32::MAX - 1) + 1;
        trunks.entry(&wire.trunk).or_insert(Trunk { number, wires: 0 }).wires += 1;
    }
    let ends = |wire: &Wire| Some((*by_id.get(wire.from.as_str())?, *by_id.get(wire.to.as_str())?));
    let length = |wire: &Wire| {
        ends(wire).map_or(i32::MAX, |(a, b)| {
            let (dx, dy) = ((a.x - b.x).abs(), (a.y - b.y).abs());
            dx + dy + if dx > 0 && dy > 0 { BOX_WIDTH } else { 0 }
        })
    };
    let mut ordered: Vec<&Wire> = wires.iter().collect();
    ordered.sort_by_key(|wire| length(wire));
    let (mut searches, mut states) = (0, 0);
    for wire in ordered {
        let (Some((from, to)), Some(trunk)) = (ends(wire), trunks.get(wire.trunk.as_str())) else { continue };
        if routes.contains_key(&wire.id) {
            continue;
        }
        searches += 1;
        let may = !lattice.too_large && searches <= effort.searches && states < effort.states;
        let found = if may { search(&lattice, &mut room, wire, trunk) } else { None };
        states += if may { room.touched.len() } else { 0 };
        let built = found.and_then(|found| Some((build(&lattice, &found)?, found)));
        let drawn = match built {
            Some((route, found)) => {
                lattice.lay(&found.way, trunk.number);
                route
            }
            None => straight(from, to),
        };
        routes.insert(wire.id.clone(), drawn);
    }
    let dots = if lattice.too_large { Vec::new() } else { lattice.joins() };
    Routes { routes, dots }
}

/// How often lines of different trunks cross. For routes of the lattice: a plain one is passed by.
pub fn crossings(wires: &[Wire], routes: &Routes) -> usize {
    // Trunks that pass a point level; those that pass it upright are met afterwards.
    let mut level: BTreeMap<Point, Vec<&str>> = BTreeMap::new();
    let mut upright: BTreeMap<Point, Vec<&str>> = BTreeMap::new();
    for wire in wires {
        let Some(found) = routes.routes.get(&wire.id).filter(|found| !found.plain) else { continue };
        for step in found.points.windows(2) {
            let [a, b] = *step else { continue };
            let cells = |from: i32, to: i32| (from.min(to) + GRID..from.max(to)).step_by(GRID as usize);
            let mut pass = |lines: bool, point: Point| {
                let trunks = if lines { &mut level } else { &mut upright }.entry(point).or_default();
                if !trunks.contains(&wire.trunk.as_str()) {
                    trunks.push(&wire.trunk);
                }
            };
            if a.1 == b.1 {
                cells(a.0, b.0).for_each(|x| pass(true, (x, a.1)));
            } else {
                cells(a.1, b.1).for_each(|y| pass(false, (a.0, y)));
            }
        }
    }
    let met = |(at, trunks): (&Point, &Vec<&str>)| -> usize {
        let others = upright.get(at).map(Vec::as_slice).unwrap_or_default();
        trunks.iter().map(|trunk| others.iter().filter(|other| other != &trunk).count()).sum()
    };
    level.iter().map(met).sum()
}
