//! A drawing as SVG, as the canvas shows it: boxes, routed links with the names of their ports, groups, comments, the title. It holds no script,
//! no style sheet and no reference to anything outside. It measures letters roughly, since it knows no font.

use std::collections::BTreeMap;
use std::fmt::Write;

use loadline_model::catalog::{self, Flow};
use loadline_model::sketch::{Component, Sketch};

mod paint;
#[cfg(test)]
mod tests;
mod words;

use super::canvas::{BOX_HEIGHT, BOX_WIDTH, Owned, Rect, box_of, by_id, frame_of, link_id, owner_of, place_of, wiring};
use super::route::{Effort, End, Point, Route, Routes, Side, path, route};
pub use paint::Theme;
use paint::{Paint, icon};
use words::{safe, shortened, width, wrapped};

/// Room round the drawing, canvas pixels.
const MARGIN: i32 = 24;
/// The same above, where the title is, and below, where it says what the lines mean.
const TITLE: i32 = 60;
const LEGEND: i32 = 44;
/// Bars of the comb of instances; more are counted.
const MOST_BARS: u32 = 10;

/// The two lines under a component's name, by id: what one instance can do. A component without them shows its instances only.
pub type Says = BTreeMap<String, [String; 2]>;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The SVG document.
    pub svg: String,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Links without a lane of their own (boxes on each other, or too far apart): drawn as plain lines.
    pub plain: usize,
}

/// Draws a drawing.
pub fn draw(sketch: &Sketch, says: &Says, theme: Theme) -> Picture {
    let wired = wiring(sketch);
    let routes = route(&wired.boxes, &wired.wires, &wired.frames, Effort::BOUNDED);
    let mut pen = Pen { out: String::new(), paint: theme.paint(), labels: Vec::new() };
    pen.groups(sketch);
    for (link, flow) in wired.wires.iter().zip(&wired.flows) {
        if let Some(found) = routes.routes.get(&link.id) {
            pen.link(found, *flow);
        }
    }
    for (x, y) in &routes.dots {
        let _ = write!(pen.out, r#"<circle cx="{x}" cy="{y}" r="2.5" fill="{}"/>"#, pen.paint.edge);
    }
    for component in &sketch.components {
        pen.component(component, says.get(&component.id));
    }
    pen.comments(sketch);
    pen.ports(sketch, &routes);
    let bounds = bounds(sketch, &routes);
    let legend = legend(&wired.flows);
    let title_width = width(&sketch.title, 16.0).min(720.0) as i32;
    let least = title_width.max(if legend.is_empty() { 240 } else { 460 }) + 2 * MARGIN;
    let (wide, high) = ((bounds.width + 2 * MARGIN).max(least), bounds.height + TITLE + if legend.is_empty() { MARGIN } else { LEGEND });
    let (x0, y0) = (bounds.x - MARGIN, bounds.y - TITLE);
    let Paint { canvas, ink, .. } = *pen.paint;
    let title = safe(&sketch.title);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="{x0} {y0} {wide} {high}" role="img" aria-label="{title}" font-family="sans-serif"><title>{title}</title><rect x="{x0}" y="{y0}" width="{wide}" height="{high}" fill="{canvas}"/>"#
    );
    let shown = safe(&shortened(&sketch.title, 16.0, 720.0));
    let _ = write!(svg, r#"<text x="{}" y="{}" font-size="16" font-weight="600" fill="{ink}">{shown}</text>"#, x0 + MARGIN, y0 + 32);
    svg.push_str(&pen.out);
    pen.out.clear();
    pen.legend(&legend, (x0 + MARGIN, y0 + high - 16));
    svg.push_str(&pen.out);
    svg.push_str("</svg>\n");
    Picture {
        svg,
        width: u32::try_from(wide).unwrap_or(1),
        height: u32::try_from(high).unwrap_or(1),
        plain: routes.routes.values().filter(|found| found.plain).count(),
    }
}

/// What encloses everything that is drawn.
fn bounds(sketch: &Sketch, routes: &Routes) -> Rect {
    let points = routes.routes.values().flat_map(|found| &found.points).map(|(x, y)| Rect { x: *x, y: *y, width: 0, height: 0 });
    let rects = sketch.components.iter().map(box_of).chain(sketch.groups.iter().map(frame_of)).chain(sketch.comments.iter().map(place_of));
    rects.chain(points).reduce(|a, b| a.with(&b)).unwrap_or(Rect { x: 0, y: 0, width: 1, height: 1 })
}

/// Kinds of line that need a word; a drawing of calls only explains itself.
fn legend(flows: &[Flow]) -> Vec<(Flow, &'static str)> {
    let said = [(Flow::Call, "the caller waits"), (Flow::Queue, "messages through a queue"), (Flow::Copy, "data copied")];
    if flows.iter().all(|flow| *flow == Flow::Call) {
        return Vec::new();
    }
    said.into_iter().filter(|(flow, _)| flows.contains(flow)).collect()
}

/// How a line of a flow is stroked.
fn dashes(flow: Flow) -> &'static str {
    match flow {
        Flow::Call => r#"stroke-width="1.25""#,
        Flow::Queue => r#"stroke-width="1.25" stroke-dasharray="5 3""#,
        Flow::Copy => r#"stroke-width="1.75" stroke-dasharray="1.5 3""#,
    }
}

struct Pen {
    out: String,
    paint: &'static Paint,
    /// Where names of ports stand already.
    labels: Vec<Rect>,
}

impl Pen {
    fn text(&mut self, (x, y): (f64, f64), look: &str, fill: &str, text: &str) {
        let (x, y) = (path::short(x), path::short(y));
        let _ = write!(self.out, r#"<text x="{x}" y="{y}" {look} fill="{fill}">{}</text>"#, safe(text));
    }

    fn groups(&mut self, sketch: &Sketch) {
        let paint = self.paint;
        for group in &sketch.groups {
            let Rect { x, y, width: wide, height } = frame_of(group);
            let _ = write!(
                self.out,
                r#"<rect x="{x}.5" y="{y}.5" width="{}" height="{}" rx="6" fill="none" stroke="{}"/>"#,
                wide - 1,
                height - 1,
                paint.line_strong
            );
            let room = f64::from(wide - 24);
            let name = shortened(&group.name, 12.0, room);
            let at = (f64::from(x + 9), f64::from(y + 18));
            self.text(at, r#"font-size="12" font-weight="600""#, paint.ink_2, &name);
            let taken = width(&name, 12.0) * 1.05 + 10.0;
            let note = group.note.lines().next().unwrap_or_default();
            if !note.is_empty() && room - taken > 40.0 {
                self.text((at.0 + taken, at.1), r#"font-size="12""#, paint.ink_3, &shortened(note, 12.0, room - taken));
            }
        }
    }

    fn link(&mut self, found: &Route, flow: Flow) {
        let Paint { edge, canvas, .. } = *self.paint;
        let line = path::through(&found.points);
        let head = path::head(found.tip);
        let fill = if flow == Flow::Call { edge } else { canvas };
        let _ = write!(
            self.out,
            r#"<path d="{line}" fill="none" stroke="{edge}" {}/><path d="{head}" fill="{fill}" stroke="{edge}" stroke-width="1"/>"#,
            dashes(flow)
        );
    }

    fn component(&mut self, component: &Component, says: Option<&[String; 2]>) {
        let paint = self.paint;
        let role = catalog::role(&component.role);
        let Rect { x, y, .. } = box_of(component);
        let drawn_only = role.is_some_and(|role| !role.runs);
        let (fill, dash) = if drawn_only { ("none", r#" stroke-dasharray="3 3""#) } else { (paint.surface, "") };
        let _ = write!(
            self.out,
            r#"<g><title>{}</title><rect x="{x}.5" y="{y}.5" width="{}" height="{}" rx="4" fill="{fill}" stroke="{}"{dash}/>"#,
            safe(&component.name),
            BOX_WIDTH - 1,
            BOX_HEIGHT - 1,
            paint.line_control
        );
        let _ = write!(
            self.out,
            r#"<g transform="translate({} {})" fill="none" stroke="{}" stroke-width="1.4" stroke-linejoin="round" stroke-linecap="round">{}</g>"#,
            x + 8,
            y + 8,
            paint.ink_2,
            icon(role.map(|role| role.kind), &component.role)
        );
        let (left, right) = (f64::from(x), f64::from(x + BOX_WIDTH - 8));
        let mut room = f64::from(BOX_WIDTH - 8 - 28);
        if role.is_none_or(|role| role.max_instances != 1) {
            let times = format!("×{}", component.instances);
            room -= width(&times, 11.0) + 4.0;
            self.text((right, f64::from(y + 20)), r#"font-size="11" text-anchor="end""#, paint.ink_2, &times);
        }
        let name = shortened(&component.name, 12.0, room);
        self.text((left + 28.0, f64::from(y + 20)), r#"font-size="12" font-weight="600""#, paint.ink, &name);
        let small = r#"font-size="11""#;
        let (second, third) = (f64::from(y + 40), f64::from(y + 60));
        let is_client = role.is_some_and(|role| role.id == "client");
        let wide = f64::from(BOX_WIDTH - 16);
        match says {
            Some([one, two]) => {
                self.text((left + 8.0, second), small, paint.ink_2, &shortened(one, 11.0, wide));
                if drawn_only || is_client {
                    self.text((left + 8.0, third), small, paint.ink_2, &shortened(two, 11.0, wide));
                } else {
                    let room = wide - width(two, 11.0) - 6.0;
                    let taken = self.comb((x + 8, y + 52), component.instances, room);
                    let anchored = r#"font-size="11" text-anchor="end""#;
                    self.text((right, third), anchored, paint.ink_2, &shortened(two, 11.0, wide - taken - 4.0));
                }
            }
            None if drawn_only => {
                self.text((left + 8.0, second), small, paint.ink_2, "drawn only:");
                self.text((left + 8.0, third), small, paint.ink_2, "does not run yet");
            }
            None if is_client => {}
            None => {
                self.comb((x + 8, y + 52), component.instances, wide);
            }
        }
        self.out.push_str("</g>");
    }

    /// One small bar an instance, as many as there is room for; the others are counted. Gives how wide it is, pixels.
    fn comb(&mut self, (x, y): (i32, i32), instances: u32, room: f64) -> f64 {
        let fit = |room: f64| (room / 6.0).max(0.0) as u32;
        let more = |bars: u32| format!("+{}", instances - bars);
        let bars = match instances.min(MOST_BARS) {
            all if all == instances && fit(room) >= all => all,
            most => most.min(fit(room - width(&more(0), 11.0) - 1.0)).max(1),
        };
        for n in 0..i32::try_from(bars).unwrap_or(0) {
            let _ = write!(self.out, r#"<rect x="{}" y="{y}" width="4" height="10" fill="{}"/>"#, x + n * 6, self.paint.line_strong);
        }
        let mut wide = f64::from(bars * 6);
        if instances > bars {
            self.text((f64::from(x) + wide + 1.0, f64::from(y + 8)), r#"font-size="11""#, self.paint.ink_2, &more(bars));
            wide += width(&more(bars), 11.0) + 1.0;
        }
        wide
    }

    fn comments(&mut self, sketch: &Sketch) {
        let paint = self.paint;
        for comment in &sketch.comments {
            let Rect { x, y, width: wide, height } = place_of(comment);
            let _ = write!(
                self.out,
                r#"<rect x="{x}" y="{y}" width="{wide}" height="{height}" fill="{}"/><rect x="{x}" y="{y}" width="2" height="{height}" fill="{}"/>"#,
                paint.canvas, paint.line_strong
            );
            let lines = usize::try_from((height - 10) / 16).unwrap_or(0).max(1);
            for (n, line) in wrapped(&comment.text, 12.0, f64::from(wide - 18), lines).iter().enumerate() {
                let down = 17.0 + 16.0 * n as f64;
                self.text((f64::from(x + 9), f64::from(y) + down), r#"font-size="12""#, paint.ink_2, line);
            }
        }
    }

    /// The name of each link's port, at the end of the component whose port it is; links of one port that leave together have it once.
    fn ports(&mut self, sketch: &Sketch, routes: &Routes) {
        let index = by_id(sketch);
        self.labels = sketch.components.iter().map(box_of).collect();
        let mut named: std::collections::BTreeSet<(Point, &str)> = std::collections::BTreeSet::new();
        for link in &sketch.links {
            let (Some(found), Some(Owned { owner, .. })) = (routes.routes.get(&link_id(link)), owner_of(link, &index)) else { continue };
            let end = if owner == link.from { found.tail } else { found.tip };
            if named.insert((end.at, &link.port)) {
                self.port(end, owner == link.from, &link.port);
            }
        }
    }

    fn port(&mut self, end: End, tail: bool, name: &str) {
        const SIZE: f64 = 10.0;
        let wide = (name.chars().count() as f64 * SIZE * 0.61).ceil() as i32;
        let (x, y) = end.at;
        // Past an arrowhead where the link arrives.
        let out = if tail { 12 } else { 18 };
        let centres = |step: i32| match end.side {
            Side::Bottom => (x, y + out + step * 11),
            Side::Top => (x, y - out - step * 11),
            Side::Right => (x + wide / 2 + out - 6, y - 7 - step * 11),
            Side::Left => (x - wide / 2 - out + 6, y - 7 - step * 11),
        };
        let place = |step| {
            let (cx, cy) = centres(step);
            Rect { x: cx - wide / 2 - 1, y: cy - 5, width: wide + 2, height: 10 }
        };
        let free = |rect: &Rect| {
            self.labels
                .iter()
                .all(|b| rect.x >= b.x + b.width || b.x >= rect.x + rect.width || rect.y >= b.y + b.height || b.y >= rect.y + rect.height)
        };
        let step = (0..4).find(|step| free(&place(*step))).unwrap_or(0);
        let Rect { x: left, y: top, width: w, height: h } = place(step);
        self.labels.push(place(step));
        let paint = self.paint;
        let _ = write!(self.out, r#"<rect x="{left}" y="{top}" width="{w}" height="{h}" fill="{}" fill-opacity="0.85"/>"#, paint.canvas);
        let (cx, cy) = centres(step);
        let look = r#"font-size="10" font-family="monospace" text-anchor="middle""#;
        self.text((f64::from(cx), f64::from(cy) + 3.5), look, paint.ink_3, name);
    }

    fn legend(&mut self, legend: &[(Flow, &'static str)], (mut x, y): (i32, i32)) {
        let Paint { edge, ink_3, .. } = *self.paint;
        for (flow, said) in legend {
            let _ = write!(self.out, r#"<path d="M{x} {}h28" fill="none" stroke="{edge}" {}/>"#, y - 4, dashes(*flow));
            self.text((f64::from(x + 34), f64::from(y)), r#"font-size="11""#, ink_3, said);
            x += 34 + width(said, 11.0) as i32 + 20;
        }
    }
}
