//! Percentile curves, small bars and the drawing that ran, as SVG within the HTML file. Coordinates from a file are bounded before they are used.

use std::fmt::Write;

use loadline_model::report::Report;
use loadline_model::sketch::{Component, Sketch};

use super::html::escaped;
use super::words::{figure, share};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 148.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;
/// Curves that are drawn; more than these nobody tells apart.
const CURVES: usize = 4;

/// Where a percentile stands: by its nines, so that p99 and p99.9 have room.
fn nines(percentile: f64) -> f64 {
    -(1.0 - percentile.clamp(0.0, 99.999) / 100.0).log10()
}

/// Latency by percentile, both axes logarithmic.
pub(super) fn curves(curves: &[(&str, &[(f64, f64)])], out: &mut String) {
    let usable = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().copied().filter(|(p, ms)| p.is_finite() && ms.is_finite() && *ms > 0.0 && *ms < 1e12).collect()
    };
    let drawn: Vec<(&str, Vec<(f64, f64)>)> =
        curves.iter().map(|(name, points)| (*name, usable(points))).filter(|(_, p)| p.len() > 1).take(CURVES).collect();
    let all = || drawn.iter().flat_map(|(_, points)| points.iter());
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for (_, ms) in all() {
        (least, most) = (least.min(*ms), most.max(*ms));
    }
    if drawn.is_empty() {
        return;
    }
    let (from, to) = (least.log10().floor(), most.log10().ceil().max(least.log10().floor() + 1.0));
    let widest = all().fold(1.0_f64, |widest, (p, _)| widest.max(nines(*p)));
    let x = |percentile: f64| LEFT + nines(percentile) / widest * (WIDTH - LEFT - RIGHT);
    let y = |ms: f64| TOP + (to - ms.log10()) / (to - from) * (HEIGHT - TOP - BOTTOM);
    let names: Vec<String> = drawn.iter().map(|(name, _)| escaped(name)).collect();
    // Writing into a String cannot fail.
    let _ = writeln!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"Latency by percentile, measured: {}\">",
        names.join(", ")
    );
    let mut decade = from;
    while decade <= to {
        let at = y(10_f64.powf(decade));
        let _ = write!(out, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{:.1}\"/>", WIDTH - RIGHT);
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            at + 4.0,
            figure(Some(10_f64.powf(decade)), "ms")
        );
        decade += 1.0;
    }
    for (percentile, name) in [(50.0, "p50"), (90.0, "p90"), (99.0, "p99"), (99.9, "p99.9"), (99.99, "p99.99")] {
        if nines(percentile) <= widest + 1e-9 {
            let _ = write!(out, "<path class=\"grid\" d=\"M{:.1} {TOP}V{:.1}\"/>", x(percentile), HEIGHT - BOTTOM);
            let _ = writeln!(out, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>", x(percentile), HEIGHT - 10.0);
        }
    }
    let mut taken: Vec<f64> = Vec::new();
    for (index, (name, points)) in drawn.iter().enumerate() {
        let line: Vec<String> = points.iter().map(|(p, ms)| format!("{:.1} {:.1}", x(*p), y(*ms))).collect();
        let _ = writeln!(out, "<path class=\"c{index}\" d=\"M{}\"/>", line.join("L"));
        let Some((percentile, ms)) = points.last() else { continue };
        // Names stand under one another where curves end together.
        let mut at = y(*ms) + 4.0;
        while taken.iter().any(|other| (other - at).abs() < 14.0) {
            at += 14.0;
        }
        taken.push(at);
        let _ = writeln!(out, "<text x=\"{:.1}\" y=\"{at:.1}\">{}</text>", x(*percentile) + 8.0, escaped(&cut(name, 20)));
    }
    out.push_str("</svg>\n");
}

/// A share of a whole, 0 to 1.
pub(super) fn bar(share: f64) -> String {
    let width = if share.is_finite() { share.clamp(0.0, 1.0) * 56.0 } else { 0.0 };
    format!(
        "<svg width=\"56\" height=\"8\" aria-hidden=\"true\"><rect class=\"rest\" width=\"56\" height=\"8\"/><rect class=\"bar\" width=\"{width:.1}\" height=\"8\"/></svg>"
    )
}

const BOX: (f64, f64) = (144.0, 72.0);

/// The drawing that ran, with a mark on what was busy or refused.
pub(super) fn drawing(sketch: &Sketch, report: &Report, out: &mut String) {
    let at = |component: &Component| {
        let bound = |value: f64| if value.is_finite() { value.clamp(-50_000.0, 50_000.0) } else { 0.0 };
        (bound(component.at.0), bound(component.at.1))
    };
    let (mut left, mut top, mut right, mut bottom) = (f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (x, y) in sketch.components.iter().map(at) {
        (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x + BOX.0), bottom.max(y + BOX.1));
    }
    if sketch.components.is_empty() {
        return;
    }
    let (left, top) = (left - 8.0, top - 8.0);
    let (width, height) = (right - left + 8.0, bottom - top + 8.0);
    let _ = writeln!(
        out,
        "<svg viewBox=\"{left:.0} {top:.0} {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"The drawing that ran\">"
    );
    for link in &sketch.links {
        let (Some(from), Some(to)) = (sketch.component(&link.from), sketch.component(&link.to)) else { continue };
        let _ = writeln!(out, "<path class=\"link\" d=\"{}\"/>", path(at(from), at(to)));
    }
    for component in &sketch.components {
        let (x, y) = at(component);
        let measured = report.components.get(&component.id);
        let state = match measured {
            Some(measured) if measured.refused > 0 || measured.utilisation >= 0.995 => " over",
            Some(measured) if measured.utilisation >= 0.7 => " busy",
            _ => "",
        };
        let load = measured.map_or(String::new(), |measured| format!(", {}", share(Some(measured.utilisation))));
        let _ = write!(out, "<rect class=\"box{state}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{}\" height=\"{}\" rx=\"4\"/>", BOX.0, BOX.1);
        let _ = write!(out, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", x + 10.0, y + 30.0, escaped(&cut(&component.name, 18)));
        let _ = writeln!(out, "<text class=\"dim\" x=\"{:.1}\" y=\"{:.1}\">×{}{load}</text>", x + 10.0, y + 52.0, component.instances);
    }
    out.push_str("</svg>\n");
}

/// At right angles: sideways within a row, else down or up.
fn path((fx, fy): (f64, f64), (tx, ty): (f64, f64)) -> String {
    let (from_x, to_x) = (fx + BOX.0 / 2.0, tx + BOX.0 / 2.0);
    if (fy - ty).abs() < BOX.1 {
        return format!("M{from_x:.1} {:.1}H{to_x:.1}", fy + BOX.1 / 2.0);
    }
    let (start, end) = if ty > fy { (fy + BOX.1, ty) } else { (fy, ty + BOX.1) };
    format!("M{from_x:.1} {start:.1}V{:.1}H{to_x:.1}V{end:.1}", (start + end) / 2.0)
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}
