//! Shapes of a routed link: round corners, arrowheads, sides and directions. Pure geometry; it finds no way.

use std::fmt::Write;

/// A point, canvas pixels.
pub type Point = (i32, i32);

/// Side of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Side {
    Top,
    Right,
    Bottom,
    Left,
}

/// Directions: right, down, left, up.
pub(super) const DX: [i32; 4] = [1, 0, -1, 0];
pub(super) const DY: [i32; 4] = [0, 1, 0, -1];

impl Side {
    /// Direction that leaves a box here.
    pub(super) fn out(self) -> usize {
        match self {
            Self::Right => 0,
            Self::Bottom => 1,
            Self::Left => 2,
            Self::Top => 3,
        }
    }

    /// The side that a direction leaves.
    pub(super) fn left_by(direction: usize) -> Self {
        match direction & 3 {
            0 => Self::Right,
            1 => Self::Bottom,
            2 => Self::Left,
            _ => Self::Top,
        }
    }
}

/// Where a link meets a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The point on the box's border.
    pub at: Point,
    /// Which border.
    pub side: Side,
}

/// Length of an arrowhead, canvas pixels.
const ARROW: f64 = 7.0;
/// Half of its width.
const ARROW_HALF: f64 = 3.5;
/// Radius of a corner.
const CORNER: f64 = 6.0;

/// The points where a way bends, with both ends.
pub(super) fn corners(points: &[Point]) -> Vec<Point> {
    let between = |a: Point, b: Point, c: Point| (a.0 == b.0 && b.0 == c.0) || (a.1 == b.1 && b.1 == c.1);
    let kept = points.iter().enumerate().filter(|(n, point)| {
        let before = n.checked_sub(1).and_then(|n| points.get(n));
        match (before, points.get(n + 1)) {
            (Some(before), Some(after)) => !between(*before, **point, *after),
            _ => true,
        }
    });
    kept.map(|(_, point)| *point).collect()
}

type Exact = (f64, f64);

fn exact(point: Point) -> Exact {
    (f64::from(point.0), f64::from(point.1))
}

fn toward(from: Exact, to: Exact, length: f64, most: f64) -> Exact {
    let span = (to.0 - from.0).abs() + (to.1 - from.1).abs();
    let share = if span == 0.0 { 0.0 } else { (length / span).min(most) };
    (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
}

/// A number of a path: at most two decimals, and no trailing zeros.
pub(crate) fn short(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    // No minus before nothing.
    if rounded == 0.0 { "0".to_owned() } else { format!("{rounded}") }
}

/// SVG path through corners, rounded, that stops short of the arrowhead.
pub(crate) fn through(points: &[Point]) -> String {
    let (Some(first), [.., before, last]) = (points.first(), points) else { return String::new() };
    let end = toward(exact(*last), exact(*before), ARROW - 1.0, 1.0);
    let mut line: Vec<Exact> = points.iter().map(|point| exact(*point)).collect();
    line.pop();
    line.push(end);
    let mut path = format!("M{} {}", first.0, first.1);
    for window in line.windows(3) {
        let [previous, here, after] = window else { continue };
        let into = toward(*here, *previous, CORNER, 0.5);
        let out = toward(*here, *after, CORNER, 0.5);
        let n = short;
        let _ = write!(path, "L{} {}Q{} {} {} {}", n(into.0), n(into.1), n(here.0), n(here.1), n(out.0), n(out.1));
    }
    let _ = write!(path, "L{} {}", short(end.0), short(end.1));
    path
}

/// Arrowhead that touches the box and points into it.
pub(crate) fn head(end: End) -> String {
    let out = end.side.out();
    let (dx, dy) = (f64::from(DX[out]), f64::from(DY[out]));
    let (x, y) = exact(end.at);
    let (bx, by) = (x + dx * ARROW, y + dy * ARROW);
    let n = short;
    let (ax, ay) = (bx + dy * ARROW_HALF, by + dx * ARROW_HALF);
    let (cx, cy) = (bx - dy * ARROW_HALF, by - dx * ARROW_HALF);
    format!("M{} {}L{} {}L{} {}Z", n(x), n(y), n(ax), n(ay), n(cx), n(cy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_where_a_way_bends() {
        assert_eq!(corners(&[(0, 0), (12, 0), (24, 0), (24, 12), (24, 24)]), [(0, 0), (24, 0), (24, 24)]);
        assert_eq!(corners(&[(0, 0)]), [(0, 0)]);
    }

    #[test]
    fn a_path_is_round_and_stops_before_its_head() {
        assert_eq!(through(&[(0, 0), (48, 0), (48, 48)]), "M0 0L42 0Q48 0 48 6L48 42");
        assert_eq!(through(&[(0, 0), (48, 0)]), "M0 0L42 0");
        assert_eq!(through(&[(0, 0)]), "");
        assert_eq!(head(End { at: (48, 48), side: Side::Top }), "M48 48L44.5 41L51.5 41Z");
    }
}
