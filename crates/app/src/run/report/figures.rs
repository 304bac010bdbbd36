//! Everything that has a name, a unit and an origin. A figure that was not measured here is absent or unknown, never 0.

use loadline_analysis::Modelled;
use loadline_model::report::{Figure, Tag};
use loadline_model::wire::Histogram;

use super::{Components, Facts, Operations, busy, components::name};
use crate::run::stand_in::stand_in;

pub(super) fn figures(facts: &Facts<'_>, operations: &Operations, components: &Components, modelled: &Modelled) -> Vec<Figure> {
    let mut figures = Vec::new();
    let measured = format!("this run, seed {}", facts.spec.seed);
    for (name, op) in operations {
        let source = format!("{measured}: {} answers, from the scheduled time", op.count);
        let values = op.latency_ms.map(|l| [l.mean, l.p50, l.p95, l.p99, l.max]);
        for (index, part) in ["mean", "p50", "p95", "p99", "max"].into_iter().enumerate() {
            let value = values.map(|values| values[index]);
            figures.push(figure(format!("{name}.{part}_ms"), value, "ms", Tag::Measured, &source));
        }
        let mean = modelled.operations.get(name).and_then(|op| op.mean_ms);
        figures.push(figure(
            format!("{name}.mean_ms_modelled"),
            mean,
            "ms",
            Tag::Modelled,
            "sum over its visits of the M/M/c response time (Erlang C)",
        ));
    }
    for op in &facts.spec.scenario.operations {
        let rate = op.per_s * facts.spec.factor();
        figures.push(figure(format!("{}.rate_per_s", op.name), Some(rate), "/s", Tag::Assumed, &op.source));
    }
    for (id, component) in components {
        figures.push(figure(
            format!("{id}.utilisation"),
            (!facts.history.moments.is_empty()).then_some(component.utilisation * 100.0),
            "%",
            Tag::Measured,
            &format!("{measured}: busy time of all workers"),
        ));
        let expected = component.utilisation_modelled.map(|share| share * 100.0);
        figures.push(figure(
            format!("{id}.utilisation_modelled"),
            expected,
            "%",
            Tag::Modelled,
            "asked per second × mean service time ÷ workers",
        ));
        if let Some(ratio) = component.hit_ratio {
            figures.push(figure(
                format!("{id}.hit_ratio"),
                Some(ratio * 100.0),
                "%",
                Tag::Measured,
                &format!("{measured}: hits ÷ (hits + misses)"),
            ));
        }
        if let Some(lag_ms) = component.replication_lag_ms_p99 {
            figures.push(figure(
                format!("{id}.replication_lag_p99_ms"),
                Some(lag_ms),
                "ms",
                Tag::Measured,
                &format!("{measured}: applied − committed"),
            ));
        }
    }
    let counts = facts.result.counts;
    let failed = (counts.scheduled > 0).then(|| (counts.failed + counts.dropped) as f64 / counts.scheduled as f64 * 100.0);
    figures.push(figure("failed_share".into(), failed, "%", Tag::Measured, &format!("{measured}: (failed + dropped) ÷ scheduled")));
    figures.extend(fanout(facts, components, &measured));
    figures.extend(standing_in(facts, components, &figures));
    figures
}

/// Figures that the scenario asks for by the id of a component that is not drawn: those of the component that stands in by its role.
fn standing_in(facts: &Facts<'_>, components: &Components, known: &[Figure]) -> Vec<Figure> {
    let scenario = &facts.spec.scenario;
    let asked = scenario.predict.iter().map(|p| &p.figure).chain(scenario.targets.iter().map(|t| &t.figure));
    let mut found: Vec<Figure> = Vec::new();
    for asked in asked.chain(facts.spec.predictions.values.keys()) {
        let Some((subject, part)) = asked.split_once('.') else { continue };
        if known.iter().chain(&found).any(|figure| &figure.name == asked) {
            continue;
        }
        let Some(other) = stand_in(&facts.prepared.plan, scenario, subject, &busy(components)) else { continue };
        let Some(figure) = known.iter().find(|figure| figure.name == format!("{}.{part}", other.component)) else { continue };
        let who = name(facts, &other.component);
        let who = if other.of == 1 { who } else { format!("{who}, the busiest of {} of its role", other.of) };
        found.push(Figure { name: asked.clone(), source: format!("{}, of {who}", figure.source), ..figure.clone() });
    }
    found
}

/// Timeline writes a tweet, and how long a tweet takes to reach its readers.
fn fanout(facts: &Facts<'_>, components: &Components, measured: &str) -> Vec<Figure> {
    let plan = &facts.prepared.plan;
    if !plan.nodes.iter().any(|node| node.role == "feed") {
        return Vec::new();
    }
    let sum =
        |role: &str, counter: &str| -> u64 { components.values().filter(|c| c.role == role).filter_map(|c| c.counters.get(counter)).sum() };
    let runs_workers = plan.nodes.iter().any(|node| node.role == "fanout");
    let (writes, tweets) = (sum("fanout", "fanout_writes"), sum("fanout", "tweets_fanned_out"));
    let anything = facts.result.counts.scheduled > 0;
    let per_tweet = if runs_workers { (tweets > 0).then(|| writes as f64 / tweets as f64) } else { anything.then_some(0.0) };
    let source = if runs_workers {
        format!("{measured}: {writes} timeline writes ÷ {tweets} tweets")
    } else {
        "no fan-out worker is drawn, so nothing writes into timelines".to_owned()
    };
    let mut figures = vec![figure("fanout_writes_per_tweet".into(), per_tweet, "per tweet", Tag::Measured, &source)];
    let (role, histogram, what) = if runs_workers {
        ("fanout", "tweet_to_timeline_us", "from the tweet's acceptance to its last timeline write")
    } else {
        ("sql_replica", "replication_lag_us", "the replicas' lag: a tweet is read as soon as it is copied")
    };
    let mut delays = Histogram::default();
    for node in plan.nodes.iter().filter(|node| node.role == role) {
        if let Some(more) = facts.finals.get(&node.id).and_then(|sample| sample.histograms.get(histogram)) {
            delays.merge(more);
        }
    }
    for (name, quantile) in [("tweet_to_timeline_p50_ms", 0.5), ("tweet_to_timeline_p95_ms", 0.95), ("tweet_to_timeline_p99_ms", 0.99)] {
        let value = delays.quantile(quantile).map(|us| us / 1000.0 / plan.scale.dilation);
        figures.push(figure(name.into(), value, "ms", Tag::Measured, &format!("{measured}: {what}")));
    }
    figures
}

fn figure(name: String, value: Option<f64>, unit: &str, tag: Tag, source: &str) -> Figure {
    Figure { name, value, unit: unit.to_owned(), tag, source: source.to_owned() }
}
