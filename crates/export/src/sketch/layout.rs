//! Tidy positions: rows by how far a request has come, few crossings, and room between for the lanes of the links. Pure and the same twice, so
//! that window and exports agree. What lies in a group is arranged by itself and stays together; comments stay beside what they were nearest to.
//! It routes nothing.

use std::collections::BTreeMap;

use loadline_model::sketch::Sketch;

mod layers;
mod order;
mod place;
#[cfg(test)]
mod tests;

use super::canvas::{BOX_HEIGHT, BOX_WIDTH, GRID, HEADER, Homes, PADDING, Rect, box_of, frame_of, place_of, wiring};
use super::route::{Effort, crossings, route};

/// Room between parts that have nothing to do with each other, canvas pixels.
const APART: i32 = 72;
/// A comment stands this far from its component, canvas pixels.
const BESIDE: i32 = 24;
/// Parts are packed into rows about this wide, canvas pixels.
const WIDE: i32 = 1536;

/// Where everything goes, canvas pixels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// Top left corner by component id.
    pub at: BTreeMap<String, (f64, f64)>,
    /// Frame by group id.
    pub groups: BTreeMap<String, Rect>,
    /// Place by comment id.
    pub comments: BTreeMap<String, Rect>,
}

/// Something that is arranged as a whole: a component with its comments, a group, or a comment that stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Component(usize),
    Group(usize),
    Comment(usize),
}

/// A link between two items of one container; links of one trunk share a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Tie {
    from: usize,
    to: usize,
    trunk: usize,
}

/// Width and height, canvas pixels; multiples of the grid.
type Size = (i32, i32);

/// What is in a container: the drawing (the last one), or a group.
#[derive(Default)]
struct Container {
    parts: Vec<Part>,
    ties: Vec<(Part, Part, usize)>,
}

impl Layout {
    /// Puts a drawing where the layout says.
    pub fn apply(&self, sketch: &mut Sketch) {
        for component in &mut sketch.components {
            component.at = self.at.get(&component.id).copied().unwrap_or(component.at);
        }
        let put = |rect: Option<&Rect>, at: &mut (f64, f64), size: &mut (f64, f64)| {
            if let Some(Rect { x, y, width, height }) = rect {
                (*at, *size) = ((f64::from(*x), f64::from(*y)), (f64::from(*width), f64::from(*height)));
            }
        };
        for group in &mut sketch.groups {
            put(self.groups.get(&group.id), &mut group.at, &mut group.size);
        }
        for comment in &mut sketch.comments {
            put(self.comments.get(&comment.id), &mut comment.at, &mut comment.size);
        }
    }
}

/// Arranges a drawing. Its top left corner comes to (0, 0).
pub fn layout(sketch: &Sketch) -> Layout {
    arrange(sketch, &Homes::of(sketch))
}

/// Drawings with more links than this are arranged in one way only.
const MOST_TRIED: usize = 60;

/// In which order the parts of a row begin; sweeps go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// As a walk along the links meets them.
    Met,
    /// The other way round.
    Mirrored,
    /// As they were drawn.
    Drawn,
    /// Shuffled, the same way each time.
    Shuffled(usize),
}

/// How many shuffled beginnings are tried.
const SHUFFLES: usize = 12;

/// Arranges a drawing whose parts lie in these groups, wherever they stand. An ordinary drawing is arranged in several ways and routed: the way
/// with the fewest crossings of lines, then the fewest bends, is taken.
pub fn arrange(sketch: &Sketch, homes: &Homes) -> Layout {
    let plan = Plan::of(sketch, homes);
    let first = plan.arranged(sketch, Start::Met);
    if sketch.links.len() > MOST_TRIED || sketch.components.len() > MOST_TRIED {
        return first;
    }
    let starts = [Start::Mirrored, Start::Drawn].into_iter().chain((1..=SHUFFLES).map(Start::Shuffled));
    let others = starts.map(|start| plan.arranged(sketch, start));
    let cost = |layout: &Layout| {
        let mut placed = sketch.clone();
        layout.apply(&mut placed);
        let wired = wiring(&placed);
        let routed = route(&wired.boxes, &wired.wires, &wired.frames, Effort::BOUNDED);
        let bends: usize = routed.routes.values().map(|found| found.points.len()).sum();
        (crossings(&wired.wires, &routed), bends)
    };
    // Of equals the first stays.
    [first].into_iter().chain(others).min_by_key(cost).unwrap_or_default()
}

/// A drawing as containers in containers.
struct Plan {
    /// By group, and the drawing itself last.
    containers: Vec<Container>,
    /// Groups from the smallest to the largest: what a group holds comes before it.
    inside_out: Vec<usize>,
    /// Comments that stand beside a component.
    beside: BTreeMap<usize, Vec<usize>>,
    comment_sizes: Vec<Size>,
    empty_frames: Vec<Size>,
}

fn whole(side: i32) -> i32 {
    (side + GRID - 1).div_euclid(GRID) * GRID
}

impl Plan {
    fn of(sketch: &Sketch, homes: &Homes) -> Self {
        let frames: Vec<Rect> = sketch.groups.iter().map(frame_of).collect();
        let root = frames.len();
        // What is no group of the drawing is the drawing itself.
        let home = |group: Option<&Option<usize>>| group.copied().flatten().filter(|g| *g < root).unwrap_or(root);
        let parents: Vec<usize> = (0..root).map(|g| home(homes.groups.get(g))).collect();
        let depth = |group: usize| std::iter::successors(Some(group), |g| parents.get(*g).copied()).take(root + 2).count();
        let mut inside_out: Vec<usize> = (0..root).collect();
        inside_out.sort_by_key(|g| (std::cmp::Reverse(depth(*g)), *g));
        let boxes: Vec<Rect> = sketch.components.iter().map(box_of).collect();
        let said = homes;
        let homes: Vec<usize> = (0..boxes.len()).map(|n| home(said.components.get(n))).collect();
        let mut containers: Vec<Container> = (0..=root).map(|_| Container::default()).collect();
        for (n, home) in homes.iter().enumerate() {
            containers[*home].parts.push(Part::Component(n));
        }
        for (g, parent) in parents.iter().enumerate() {
            containers[*parent].parts.push(Part::Group(g));
        }
        let mut beside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let comments: Vec<Rect> = sketch.comments.iter().map(place_of).collect();
        for (n, comment) in comments.iter().enumerate() {
            let home = home(said.comments.get(n));
            let middle = |r: &Rect| (i64::from(r.x * 2 + r.width), i64::from(r.y * 2 + r.height));
            let (x, y) = middle(comment);
            let mates = homes.iter().enumerate().filter(|(_, other)| **other == home).map(|(c, _)| c);
            let far = |c: &usize| {
                let (a, b) = middle(&boxes[*c]);
                ((a - x).abs() + (b - y).abs(), *c)
            };
            match mates.min_by_key(far) {
                Some(component) => beside.entry(component).or_default().push(n),
                None => containers[home].parts.push(Part::Comment(n)),
            }
        }
        for container in &mut containers {
            container.parts.sort_unstable();
        }
        let mut plan = Self {
            containers,
            inside_out,
            beside,
            comment_sizes: comments.iter().map(|c| (whole(c.width), whole(c.height))).collect(),
            empty_frames: frames.iter().map(|f| (whole(f.width), whole(f.height))).collect(),
        };
        plan.tie(sketch, &homes, &parents);
        plan
    }

    /// Gives each link to the innermost container that holds both of its ends.
    fn tie(&mut self, sketch: &Sketch, homes: &[usize], parents: &[usize]) {
        let root = parents.len();
        // The last component with an id, as for the routes.
        let index: BTreeMap<&str, usize> = sketch.components.iter().enumerate().map(|(n, c)| (c.id.as_str(), n)).collect();
        // From a component outwards: the containers, each with the part of it that the component lies in.
        let chain = |component: usize| {
            let mut steps = vec![(homes[component], Part::Component(component))];
            while let Some((container, _)) = steps.last().copied()
                && container != root
                && steps.len() <= root + 1
            {
                steps.push((parents[container], Part::Group(container)));
            }
            steps
        };
        let mut trunks: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for link in &sketch.links {
            let (Some(from), Some(to)) = (index.get(link.from.as_str()), index.get(link.to.as_str())) else { continue };
            let next = trunks.len();
            let trunk = *trunks.entry((&link.from, &link.port)).or_insert(next);
            let heads: BTreeMap<usize, Part> = chain(*to).into_iter().collect();
            let meeting = chain(*from).into_iter().find_map(|(container, a)| Some((container, a, *heads.get(&container)?)));
            if let Some((container, a, b)) = meeting
                && a != b
            {
                self.containers[container].ties.push((a, b, trunk));
            }
        }
    }

    fn size(&self, part: Part, frames: &[Size]) -> Size {
        match part {
            Part::Group(g) => frames[g],
            Part::Comment(c) => self.comment_sizes[c],
            Part::Component(c) => {
                let mut size = (BOX_WIDTH, BOX_HEIGHT);
                let mut down = 0;
                for (n, comment) in self.beside.get(&c).into_iter().flatten().enumerate() {
                    let (width, height) = self.comment_sizes[*comment];
                    size.0 = size.0.max(BOX_WIDTH + BESIDE + width);
                    down += height + if n > 0 { GRID } else { 0 };
                }
                (size.0, size.1.max(down))
            }
        }
    }

    fn arranged(&self, sketch: &Sketch, start: Start) -> Layout {
        let root = self.containers.len() - 1;
        let mut frames = self.empty_frames.clone();
        // Corners of the parts of each container, from its own corner.
        let mut corners: Vec<Vec<(Part, (i32, i32))>> = vec![Vec::new(); self.containers.len()];
        for container in self.inside_out.iter().copied().chain([root]) {
            let Container { parts, ties } = &self.containers[container];
            let sizes: Vec<Size> = parts.iter().map(|part| self.size(*part, &frames)).collect();
            let place: BTreeMap<Part, usize> = parts.iter().enumerate().map(|(n, part)| (*part, n)).collect();
            let ties: Vec<Tie> =
                ties.iter().filter_map(|(a, b, trunk)| Some(Tie { from: *place.get(a)?, to: *place.get(b)?, trunk: *trunk })).collect();
            let (at, size) = pack(&sizes, &ties, start);
            let shift = if container == root { (0, 0) } else { (PADDING, HEADER) };
            corners[container] = parts.iter().zip(&at).map(|(part, (x, y))| (*part, (x + shift.0, y + shift.1))).collect();
            if container != root && !parts.is_empty() {
                let least = (168, 108);
                frames[container] = ((size.0 + 2 * PADDING).max(least.0), (size.1 + HEADER + PADDING).max(least.1));
            }
        }
        let mut layout = Layout::default();
        // Outside in: where a container stands is known before what it holds.
        let mut from = vec![(0, 0); self.containers.len()];
        for container in [root].into_iter().chain(self.inside_out.iter().rev().copied()) {
            let (x0, y0) = from[container];
            for (part, (x, y)) in &corners[container] {
                let at = (x0 + x, y0 + y);
                self.put(sketch, *part, at, &frames, &mut layout);
                if let Part::Group(g) = part {
                    from[*g] = at;
                }
            }
        }
        layout
    }

    fn put(&self, sketch: &Sketch, part: Part, (x, y): (i32, i32), frames: &[Size], layout: &mut Layout) {
        let comment = |c: usize, x: i32, y: i32, layout: &mut Layout| {
            let (width, height) = self.comment_sizes[c];
            layout.comments.insert(sketch.comments[c].id.clone(), Rect { x, y, width, height });
            height
        };
        match part {
            Part::Group(g) => {
                let (width, height) = frames[g];
                layout.groups.insert(sketch.groups[g].id.clone(), Rect { x, y, width, height });
            }
            Part::Comment(c) => {
                comment(c, x, y, layout);
            }
            Part::Component(c) => {
                layout.at.insert(sketch.components[c].id.clone(), (f64::from(x), f64::from(y)));
                let mut down = y;
                for one in self.beside.get(&c).into_iter().flatten() {
                    down += comment(*one, x + BOX_WIDTH + BESIDE, down, layout) + GRID;
                }
            }
        }
    }
}

/// Arranges the parts of one container: what is linked by layers, what is linked to nothing in rows below. Corners, and the size of it all.
fn pack(sizes: &[Size], ties: &[Tie], start: Start) -> (Vec<(i32, i32)>, Size) {
    let islands = layers::islands(sizes.len(), ties);
    let (alone, linked): (Vec<_>, Vec<_>) = islands.into_iter().partition(|island| island.len() == 1);
    let mut at = vec![(0, 0); sizes.len()];
    let mut packer = Packer { x: 0, y: 0, high: 0, widest: 0 };
    for island in linked {
        let local: BTreeMap<usize, usize> = island.iter().enumerate().map(|(n, part)| (*part, n)).collect();
        let own: Vec<Tie> =
            ties.iter().filter_map(|tie| Some(Tie { from: *local.get(&tie.from)?, to: *local.get(&tie.to)?, trunk: tie.trunk })).collect();
        let own_sizes: Vec<Size> = island.iter().map(|part| sizes[*part]).collect();
        let (corners, size) = place::by_layers(&own_sizes, &own, start);
        let (x, y) = packer.room(size, APART);
        for (part, corner) in island.iter().zip(corners) {
            at[*part] = (x + corner.0, y + corner.1);
        }
    }
    packer.line(APART);
    for island in alone {
        for part in island {
            at[part] = packer.room(sizes[part], 48);
        }
    }
    (at, (packer.widest, packer.y + packer.high))
}

/// Rows of things, from left to right.
struct Packer {
    x: i32,
    y: i32,
    high: i32,
    widest: i32,
}

impl Packer {
    fn line(&mut self, gap: i32) {
        if self.high > 0 {
            self.y += self.high + gap;
        }
        (self.x, self.high) = (0, 0);
    }

    fn room(&mut self, (width, height): Size, gap: i32) -> (i32, i32) {
        if self.x > 0 && self.x + width > WIDE.max(self.widest) {
            self.line(gap);
        }
        let at = (self.x, self.y);
        self.x += width + gap;
        self.high = self.high.max(height);
        self.widest = self.widest.max(at.0 + width);
        at
    }
}
