//! The lattice of [`GRID`] pixels that links are routed on: boxes, lines that trunks have taken, and what a step costs. It searches nothing.
//! It is the canvas's lattice, cost by cost (`ui/src/workbench/canvas/lattice.ts`): a test holds both to the same points.

use std::collections::BTreeMap;

use super::path::{DX, DY, Point, Side};
use super::{Box, Frame};
use crate::sketch::canvas::{BOX_HEIGHT, BOX_WIDTH, GRID, round};

/// More points than this are not searched: links of a drawing spread that far are drawn plainly.
const MOST_POINTS: i64 = 1_500_000;

pub(super) const COLUMNS: i32 = BOX_WIDTH / GRID;
pub(super) const ROWS: i32 = BOX_HEIGHT / GRID;
const MARGIN: i32 = 5;

pub(super) mod cost {
    //! What a step costs; a plain one costs 1.
    pub(crate) const STEP: f64 = 1.0;
    pub(crate) const SHARED: f64 = 0.4;
    pub(super) const BEND: f64 = 3.0;
    pub(super) const CROSSING: f64 = 5.0;
    pub(super) const TOUCH: f64 = 40.0;
    pub(super) const HUG: f64 = 1.5;
    pub(super) const PIN_NEAR: f64 = 5.0;
    pub(super) const PIN_OFF: f64 = 0.35;
    pub(super) const SECOND_PIN: f64 = 14.0;
    pub(crate) const ASIDE: f64 = 5.0;
    /// On a group's name, and along its frame.
    pub(super) const WORDS: u8 = 3;
    pub(super) const FRAME: u8 = 2;
}

/// A place on a box's border where a link may begin or end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pin {
    pub(super) i: i32,
    pub(super) j: i32,
    pub(super) side: Side,
    off: f64,
}

/// Pins of the box whose corner is (i, j).
pub(super) fn pins_of(i: i32, j: i32) -> Vec<Pin> {
    let mut pins = Vec::with_capacity(28);
    for k in 2..=COLUMNS - 2 {
        let off = (f64::from(k) - f64::from(COLUMNS) / 2.0).abs();
        pins.push(Pin { i: i + k, j, side: Side::Top, off });
        pins.push(Pin { i: i + k, j: j + ROWS, side: Side::Bottom, off });
    }
    for k in 1..ROWS {
        let off = (f64::from(k) - f64::from(ROWS) / 2.0).abs() * 1.5;
        pins.push(Pin { i, j: j + k, side: Side::Left, off });
        pins.push(Pin { i: i + COLUMNS, j: j + k, side: Side::Right, off });
    }
    pins
}

/// What a point holds of trunks; 0 is none.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    /// On the line to the right of the point, and below it.
    across: u32,
    down: u32,
    /// What passes the point level, upright, and bends there.
    level: u32,
    upright: u32,
    corner: u32,
    /// What begins or ends there.
    pinned: u32,
}

/// The lattice with what lies on it so far.
pub(super) struct Lattice {
    pub(super) width: i32,
    height: i32,
    i0: i32,
    j0: i32,
    boxes: BTreeMap<String, (i32, i32)>,
    /// 1: inside or on the border of a box; 2: right beside one.
    ground: Vec<u8>,
    /// What a step onto a point costs more, because words or a frame are there.
    dear: Vec<u8>,
    /// True when it is too large to search.
    pub(super) too_large: bool,
    lines: Vec<Lines>,
    /// Neighbours on laid ways, by trunk and point.
    ways: BTreeMap<u32, BTreeMap<usize, Vec<usize>>>,
}

impl Lattice {
    /// `boxes` is not empty.
    pub(super) fn new(boxes: &[Box], frames: &[Frame]) -> Self {
        let cells: Vec<(&str, i32, i32)> = boxes.iter().map(|b| (b.id.as_str(), b.x.div_euclid(GRID), b.y.div_euclid(GRID))).collect();
        let least = |pick: fn(&(&str, i32, i32)) -> i32| cells.iter().map(pick).min().unwrap_or(0);
        let most = |pick: fn(&(&str, i32, i32)) -> i32| cells.iter().map(pick).max().unwrap_or(0);
        let (i0, j0) = (least(|c| c.1) - MARGIN, least(|c| c.2) - MARGIN);
        let (width, height) = (most(|c| c.1) + COLUMNS + MARGIN - i0 + 1, most(|c| c.2) + ROWS + MARGIN - j0 + 1);
        let points = i64::from(width) * i64::from(height);
        let too_large = points > MOST_POINTS;
        let size = if too_large { 0 } else { usize::try_from(points).unwrap_or(0) };
        let mut lattice = Self {
            width,
            height,
            i0,
            j0,
            boxes: BTreeMap::new(),
            ground: vec![0; size],
            dear: vec![0; size],
            too_large,
            lines: vec![Lines::default(); size],
            ways: BTreeMap::new(),
        };
        if too_large {
            return lattice;
        }
        for frame in frames {
            lattice.frame(frame);
        }
        for (id, i, j) in cells {
            lattice.stand(id, i - i0, j - j0);
        }
        lattice
    }

    fn stand(&mut self, id: &str, i: i32, j: i32) {
        self.boxes.insert(id.to_owned(), (i, j));
        for b in j - 1..=j + ROWS + 1 {
            for a in i - 1..=i + COLUMNS + 1 {
                let inside = a >= i && a <= i + COLUMNS && b >= j && b <= j + ROWS;
                let at = self.at(a, b);
                if inside {
                    self.ground[at] = 1;
                } else if self.ground[at] == 0 {
                    self.ground[at] = 2;
                }
            }
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let (i0, j0) = (i64::from(frame.x.div_euclid(GRID)) - i64::from(self.i0), i64::from(frame.y.div_euclid(GRID)) - i64::from(self.j0));
        let cells = |side: i32| round(f64::from(side) / f64::from(GRID));
        let (i1, j1) = (i0 + cells(frame.width), j0 + cells(frame.height));
        let words = i0 + (f64::from(frame.name) / f64::from(GRID)).ceil() as i64;
        // Only what lies on the lattice is walked: a frame may be as long as a file says.
        let (columns, rows) = (0..i64::from(self.width), 0..i64::from(self.height));
        let along = |from: i64, to: i64, most: i64| from.max(0)..=to.min(most - 1);
        let mut mark = |i: i64, j: i64, cost: u8| {
            if columns.contains(&i) && rows.contains(&j) {
                let at = self.at(i as i32, j as i32);
                self.dear[at] = cost;
            }
        };
        for i in along(i0, i1, columns.end) {
            mark(i, j0, cost::FRAME);
            mark(i, j1, cost::FRAME);
        }
        for j in along(j0, j1, rows.end) {
            mark(i0, j, cost::FRAME);
            mark(i1, j, cost::FRAME);
        }
        for i in along(i0, words, columns.end) {
            mark(i, j0 + 1, cost::WORDS);
        }
    }

    /// Number of a point that lies on the lattice.
    pub(super) fn at(&self, i: i32, j: i32) -> usize {
        (j * self.width + i) as usize
    }

    /// Column and row of a point.
    pub(super) fn cell(&self, at: usize) -> (i32, i32) {
        let at = at as i32;
        (at % self.width, at / self.width)
    }

    /// How many points there are.
    pub(super) fn size(&self) -> usize {
        self.ground.len()
    }

    /// The neighbour in a direction; none past the border.
    pub(super) fn next(&self, at: usize, direction: usize) -> Option<usize> {
        let (i, j) = self.cell(at);
        let (i, j) = (i + DX[direction], j + DY[direction]);
        (i >= 0 && j >= 0 && i < self.width && j < self.height).then(|| self.at(i, j))
    }

    pub(super) fn pixel(&self, at: usize) -> Point {
        let (i, j) = self.cell(at);
        ((i + self.i0) * GRID, (j + self.j0) * GRID)
    }

    pub(super) fn corner_of(&self, id: &str) -> Option<(i32, i32)> {
        self.boxes.get(id).copied()
    }

    fn pinned(&self, i: i32, j: i32) -> u32 {
        let at = i64::from(j) * i64::from(self.width) + i64::from(i);
        usize::try_from(at).ok().and_then(|at| self.lines.get(at)).map_or(0, |lines| lines.pinned)
    }

    /// Cost of beginning or ending on a pin; none when another trunk has it.
    pub(super) fn pin_cost(&self, pin: &Pin, trunk: u32, tail: bool) -> Option<f64> {
        let holder = self.pinned(pin.i, pin.j);
        if holder != 0 && holder != trunk {
            return None;
        }
        let level = matches!(pin.side, Side::Top | Side::Bottom);
        let mut cost = pin.off * cost::PIN_OFF;
        // The links of one port leave together, unless that is a long way round.
        if tail && holder == 0 && self.has_way(trunk) {
            cost += cost::SECOND_PIN;
        }
        for step in [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5_i32] {
            let beside = if level { self.pinned(pin.i + step, pin.j) } else { self.pinned(pin.i, pin.j + step) };
            if beside != 0 && beside != trunk && (tail || step.abs() <= 2) {
                cost += cost::PIN_NEAR / f64::from(step.abs());
            }
        }
        Some(cost)
    }

    /// Trunk on the line between a point and its neighbour.
    fn line(&self, at: usize, direction: usize) -> u32 {
        let lines = |at: usize| self.lines.get(at).copied().unwrap_or_default();
        match direction {
            0 => lines(at).across,
            2 => at.checked_sub(1).map_or(0, |at| lines(at).across),
            1 => lines(at).down,
            _ => at.checked_sub(self.width as usize).map_or(0, |at| lines(at).down),
        }
    }

    /// Cost of a step from a point that was reached by `came`; none when it is shut.
    pub(super) fn step_cost(&self, at: usize, came: usize, direction: usize, next: usize, trunk: u32, last: bool) -> Option<f64> {
        let ground = self.ground[next];
        if ground == 1 && !last {
            return None;
        }
        let user = self.line(at, direction);
        if user != 0 && user != trunk {
            return None;
        }
        let other = |one: u32| one != 0 && one != trunk;
        let mut cost = if user == trunk { cost::SHARED } else { cost::STEP };
        if ground == 2 {
            cost += cost::HUG;
        }
        cost += f64::from(self.dear[next]);
        if came != direction {
            cost += cost::BEND;
            let here = &self.lines[at];
            if other(here.level) || other(here.upright) || other(here.corner) {
                cost += cost::TOUCH;
            }
        }
        let there = &self.lines[next];
        let level = direction.is_multiple_of(2);
        let (crossed, along) = if level { (there.upright, there.level) } else { (there.level, there.upright) };
        if other(crossed) {
            cost += cost::CROSSING;
        }
        if other(there.corner) {
            cost += cost::TOUCH;
        }
        if other(along) {
            cost += cost::TOUCH;
        }
        Some(cost)
    }

    /// Whether the links of a trunk have something to share.
    pub(super) fn has_way(&self, trunk: u32) -> bool {
        self.ways.contains_key(&trunk)
    }

    /// Lays a found way down, so that later links go around it.
    pub(super) fn lay(&mut self, way: &[usize], trunk: u32) {
        for end in [way.first(), way.last()].into_iter().flatten() {
            self.lines[*end].pinned = trunk;
        }
        let net = self.ways.entry(trunk).or_default();
        let mut before = None;
        for step in way.windows(2) {
            let [a, b] = *step else { continue };
            let level = a.abs_diff(b) == 1;
            let low = a.min(b);
            if level {
                self.lines[low].across = trunk;
            } else {
                self.lines[low].down = trunk;
            }
            if before.is_some_and(|before| before != level) {
                self.lines[a].corner = trunk;
            }
            for end in [a, b] {
                if level {
                    self.lines[end].level = trunk;
                } else {
                    self.lines[end].upright = trunk;
                }
            }
            before = Some(level);
            for (from, to) in [(a, b), (b, a)] {
                let neighbours = net.entry(from).or_default();
                if !neighbours.contains(&to) {
                    neighbours.push(to);
                }
            }
        }
    }

    /// Points where three or more lines of one trunk meet, top to bottom within a trunk.
    pub(super) fn joins(&self) -> Vec<Point> {
        let meet = self.ways.values().flat_map(|net| net.iter().filter(|(_, neighbours)| neighbours.len() >= 3));
        meet.map(|(at, _)| self.pixel(*at)).collect()
    }
}
