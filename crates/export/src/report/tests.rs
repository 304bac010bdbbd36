//! A whole report in both forms: what must be in it, what a hostile one may not do, and that each file is well formed.

use loadline_model::report::Report;

use super::{About, html, markdown};

const ABOUT: About = About { run: Some(14), started_ms: Some(1_795_320_300_000) };

fn report(name: &str) -> Report {
    let quoted = serde_json::to_string(name).unwrap();
    let text = REPORT.replace("\"NAME\"", &quoted);
    serde_json::from_str(&text).unwrap()
}

const REPORT: &str = r#"{
  "format": 1, "exercise": "twitter", "design": "NAME", "scenario": "peak", "shape": "baseline", "seed": 7, "verdict": "fail",
  "reasons": ["The replicas were asked for more than they can do."], "interrupted": false,
  "load": {"scheduled": 944435, "sent": 944435, "dropped": 0, "ok": 876273, "late": 62, "failed": 68100,
           "failures": [{"component": "replicas", "reason": "queue_full", "count": 68100}]},
  "operations": {"read": {"label": "NAME", "count": 90000,
    "latency_ms": {"mean": 31.2, "p50": 8.1, "p95": 120, "p99": 262.4, "max": 1900}, "curve": [[50, 8.1], [95, 120], [99, 262.4], [99.9, 1200]]}},
  "components": {"replicas": {"name": "NAME", "role": "sql_replica", "instances": 2, "utilisation": 1, "utilisation_modelled": 1.23,
    "queue_p99": 1024, "wait_ms_p50": 100, "wait_ms_p99": 204, "served_per_s": 4913, "asked_per_s": 6048, "refused": 68100, "cpu_s": 3.2,
    "rss_mb": 41, "hit_ratio": null, "replication_lag_ms_p99": null, "overrun_ms": 0.1, "counters": {}, "each": []}},
  "figures": [{"name": "read.p99_ms", "value": 262.4, "unit": "ms", "tag": "measured", "source": "NAME"},
              {"name": "replicas.utilisation_modelled", "value": 123, "unit": "%", "tag": "modelled", "source": "asked ÷ able"},
              {"name": "read.rate_per_s", "value": null, "unit": "/s", "tag": "assumed", "source": "a paper"}],
  "predictions": [{"name": "read.p99_ms", "predicted": 80, "measured": 262.4, "ratio": 3.28, "unit": "ms"},
                  {"name": "replicas.utilisation", "predicted": 60, "measured": null, "ratio": null, "unit": "%"}],
  "because": "NAME", "targets": [{"figure": "read.p99_ms", "label": "NAME", "at_most": 200, "unit": "ms", "measured": 262.4, "met": false}],
  "saturated": [{"component": "replicas", "lines": [{"label": "asked", "text": "16.8K/s × 36% = 6,048/s", "tag": "measured"}]}],
  "steps": [], "series": {"t_s": [], "ok_per_s": [], "failed_per_s": [], "latency_ms": {}, "utilisation": {}},
  "events": [{"t_s": 31, "level": "bad", "text": "NAME"}],
  "scale": {"slice": 1, "dilation": 12, "host_cpu": 0.4, "overrun": 0.01, "chain_error": 0.002, "generator_late_ms": 0.02, "processes": 45,
            "healthy_s": 0.1, "seeding_s": 2, "wall_s": 60, "life_s": 5},
  "learner": {"name": "NAME", "note": "", "why": "NAME", "change": "a third replica"},
  "sketch": {"format": 1, "title": "NAME", "components": [{"id": "replicas", "role": "sql_replica", "name": "NAME", "instances": 2, "at": [0, 1e300]}],
             "links": [{"from": "replicas", "to": "nowhere", "port": "NAME"}]}
}"#;

/// What both forms say.
#[track_caller]
fn check_says(text: &str) {
    for words in [
        "Run 14",
        "1 of 1 target missed",
        "2026-11-22 04:05 UTC",
        "seed 7",
        "262 ms",
        "at most 200 ms",
        "● measured",
        "○ modelled",
        "◌ assumed",
        "3.3 ×",
        "0 of 1 figure within a factor of 2",
        "68,100",
        "944,435 = 944,435 + 0",
        "holds",
        "16.8K/s × 36% = 6,048/s",
        "a third replica",
        "Why it came out so",
        "unknown",
        "12 × slower than life",
        "60 s here, 5 s of life",
        "queue full",
    ] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
}

#[test]
fn both_forms_say_what_the_report_says() {
    let report = report("Design B");
    check_says(&markdown(&report, ABOUT));
    check_says(&html(&report, ABOUT));
    assert!(markdown(&report, ABOUT).starts_with("# Run 14, Design B: 1 of 1 target missed\n"));
    // Without a number and a date, none is made up.
    let bare = markdown(&Report { learner: None, sketch: None, ..report }, About::default());
    assert!(bare.starts_with("# Run: 1 of 1 target missed\n") && !bare.contains("Run at") && !bare.contains("Explained"));
}

/// Tags of the file in order; an error when one does not close.
fn tags(html: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("a tag that ends");
        let (tag, after) = rest.split_at(end);
        rest = after;
        let name: String = tag.trim_start_matches('/').chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        if tag.starts_with('!') || tag.ends_with('/') || name == "meta" {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "closes what is open");
        } else {
            open.push(name.clone());
            all.push(name);
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    all
}

#[test]
fn hostile_names_show_as_they_are_and_do_nothing() {
    let hostile = "</title></style><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload='x' | **b** [l](javascript:z) `c`\u{202e}\u{1b}[31m\n# h";
    let report = report(hostile);
    let page = html(&report, ABOUT);
    let allowed = [
        "html",
        "head",
        "title",
        "style",
        "body",
        "main",
        "h1",
        "dl",
        "div",
        "dt",
        "dd",
        "section",
        "h2",
        "h3",
        "p",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "svg",
        "path",
        "rect",
        "text",
        "footer",
    ];
    for tag in tags(&page) {
        assert!(allowed.contains(&tag.as_str()), "<{tag}> came out of a name");
    }
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(!page.contains("http:") && !page.contains("https:"), "nothing is fetched");
    let text = markdown(&report, ABOUT);
    assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text}");
    // Whatever begins a tag, a link, code or emphasis is escaped; the rows of tables are ours.
    for mark in ['<', '[', '`', '_'] {
        assert_eq!(text.matches(mark).count(), text.matches(&format!("\\{mark}")).count(), "a {mark} that is not escaped in\n{text}");
    }
    // Every row of every table has the cells of its head: a bar in a name parts nothing.
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    for rows in text.split("\n\n").filter(|block| block.starts_with('|')) {
        let counts: Vec<usize> = rows.lines().map(bars).collect();
        assert!(counts.iter().all(|count| *count == counts[0]), "{rows}");
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 1, "a name makes no heading");
}

#[test]
fn a_report_of_nothing_is_a_report() {
    let empty = Report {
        operations: Default::default(),
        components: Default::default(),
        figures: Vec::new(),
        predictions: Vec::new(),
        targets: Vec::new(),
        saturated: Vec::new(),
        events: Vec::new(),
        sketch: None,
        learner: None,
        reasons: Vec::new(),
        ..report("x")
    };
    tags(&html(&empty, About::default()));
    assert!(markdown(&empty, About::default()).contains("Nothing was predicted"));
}

#[test]
fn counts_that_do_not_add_up_are_told() {
    let mut broken = report("x");
    broken.load.dropped = u64::MAX;
    assert!(markdown(&broken, ABOUT).contains("**does not add up**"));
    assert!(html(&broken, ABOUT).contains("does not add up"));
}
