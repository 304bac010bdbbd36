//! A report as text for the terminal: what happened, how far off you were, why, detail. Every figure with its unit and its origin.

use std::fmt::Write;

use loadline_model::report::{Report, Tag, Verdict};
use loadline_model::words::counted;

use crate::output::{number, pace};

/// The word for a verdict.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::HostLimited => "host-limited",
        Verdict::Inconclusive => "inconclusive",
    }
}

fn mark(tag: Tag) -> &'static str {
    match tag {
        Tag::Measured => "●",
        Tag::Modelled => "○",
        Tag::Assumed => "◌",
    }
}

/// The whole report; with `origins`, the source of each figure.
pub(crate) fn report(report: &Report, origins: bool) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(out, "\nVerdict: {}{}", verdict(report.verdict), if report.interrupted { " (stopped early)" } else { "" });
    for reason in &report.reasons {
        let _ = writeln!(out, "  {reason}");
    }
    if !report.targets.is_empty() {
        let _ = writeln!(out, "\nTargets");
        for t in &report.targets {
            let met = match t.met {
                Some(true) => "met",
                Some(false) => "missed",
                None => "unknown",
            };
            let _ = writeln!(out, "  {:<28} {:>12} ● at most {} {}  {met}", t.label, number(t.measured), t.at_most, t.unit);
        }
    }
    if !report.predictions.is_empty() {
        let _ = writeln!(out, "\nPredicted and measured{:>24} {:>12} {:>8}", "predicted", "measured", "ratio");
        for p in &report.predictions {
            let ratio = p.ratio.map_or("unknown".into(), |r| format!("{r:.2} ×"));
            let of = p.of.as_ref().map(|of| format!(", of {of}")).unwrap_or_default();
            let _ =
                writeln!(out, "  {:<32} {:>12} {:>12} {:>8} {}{of}", p.name, number(Some(p.predicted)), number(p.measured), ratio, p.unit);
        }
    }
    operations(report, &mut out);
    components(report, &mut out);
    steps(report, &mut out);
    if !report.saturated.is_empty() {
        let _ = writeln!(out, "\nWhat saturated");
        for saturation in &report.saturated {
            let _ = writeln!(out, "  {}", saturation.component);
            for line in &saturation.lines {
                let _ = writeln!(out, "    {:<28} {} {}", line.label, line.text, mark(line.tag));
            }
        }
    }
    scale(report, &mut out);
    let _ = writeln!(out, "\nFigures");
    for figure in report.figures.iter().filter(|figure| origins || !figure.name.contains('.')) {
        let _ = writeln!(out, "  {:<36} {:>12} {} {}", figure.name, number(figure.value), figure.unit, mark(figure.tag));
        if origins {
            let _ = writeln!(out, "      {}", figure.source);
        }
    }
    let _ =
        writeln!(out, "\n● measured  ○ modelled  ◌ assumed{}", if origins { "" } else { "   (--origins shows the source of each figure)" });
    out
}

fn operations(report: &Report, out: &mut String) {
    let _ = writeln!(out, "\nOperations, ms of life from the scheduled time ●");
    let _ = writeln!(out, "  {:<16} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}", "", "count", "mean", "p50", "p95", "p99", "max");
    for (name, op) in &report.operations {
        let _ = match op.latency_ms {
            Some(l) => {
                writeln!(out, "  {name:<16} {:>9} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>9.2}", op.count, l.mean, l.p50, l.p95, l.p99, l.max)
            }
            None => writeln!(out, "  {name:<16} {:>9} {:>9}", op.count, "unknown"),
        };
    }
}

fn components(report: &Report, out: &mut String) {
    let _ = writeln!(out, "\nComponents");
    let _ = writeln!(
        out,
        "  {:<12} {:>4} {:>8} {:>9} {:>10} {:>9} {:>9} {:>8} {:>8} {:>8}",
        "", "×", "busy ●", "expect ○", "served/s ●", "refused", "queue p99", "hits", "CPU s", "MB"
    );
    for (id, c) in &report.components {
        let percent = |share: Option<f64>| share.map_or("".to_owned(), |share| format!("{:.0}%", share * 100.0));
        let _ = writeln!(
            out,
            "  {id:<12} {:>4} {:>8} {:>9} {:>10.0} {:>9} {:>9} {:>8} {:>8.2} {:>8.0}",
            c.instances,
            percent(Some(c.utilisation)),
            percent(c.utilisation_modelled),
            c.served_per_s,
            c.refused,
            c.queue_p99,
            percent(c.hit_ratio),
            c.cpu_s,
            c.rss_mb
        );
    }
}

fn steps(report: &Report, out: &mut String) {
    if report.steps.len() < 2 {
        return;
    }
    let _ = writeln!(
        out,
        "\nSteps{:>14} {:>10} {:>10} {:>12} {:>12} {:>10}",
        "rate/s", "busy ●", "busy ○", "mean ms ●", "mean ms ○", "p99 ms ●"
    );
    for step in &report.steps {
        let percent = |share: Option<f64>| share.map_or("unknown".to_owned(), |share| format!("{:.0}%", share * 100.0));
        let ms = |ms: Option<f64>| ms.map_or("unknown".to_owned(), |ms| format!("{ms:.1}"));
        let _ = writeln!(
            out,
            "  {:>17.0} {:>10} {:>10} {:>12} {:>12} {:>10}",
            step.rate_per_s,
            percent(step.utilisation),
            percent(step.utilisation_modelled),
            ms(step.mean_ms),
            ms(step.mean_ms_modelled),
            ms(step.p99_ms)
        );
    }
}

fn scale(report: &Report, out: &mut String) {
    let (load, scale) = (&report.load, &report.scale);
    let _ = writeln!(out, "\nLoad and scale");
    let _ = writeln!(out, "  Scheduled = sent + dropped: {} = {} + {}", load.scheduled, load.sent, load.dropped);
    let _ = writeln!(out, "  Sent = ok + late + failed: {} = {} + {} + {}", load.sent, load.ok, load.late, load.failed);
    for failure in &load.failures {
        let _ = writeln!(out, "    failed at {}: {} ({})", failure.component, failure.count, failure.reason);
    }
    let _ = writeln!(
        out,
        "  {:.1} s here, {:.1} s of life: {}, {}",
        scale.wall_s,
        scale.life_s,
        pace(scale.dilation),
        if scale.slice == 1.0 {
            "all instances".to_owned()
        } else {
            format!("1/{0} of the traffic on 1/{0} of the instances", scale.slice)
        }
    );
    let _ = writeln!(
        out,
        "  {} healthy in {:.3} s, population written in {:.1} s",
        counted(scale.processes as usize, "process"),
        scale.healthy_s,
        scale.seeding_s
    );
    let _ = writeln!(
        out,
        "  laptop {:.0}%, its delays {:.2}% of a chain (limit 1.5%), worst overrun {:.2}% of a service time (limit 4%), generator late {:.3} ms (p50)",
        scale.host_cpu * 100.0,
        scale.chain_error * 100.0,
        scale.overrun * 100.0,
        scale.generator_late_ms
    );
}
