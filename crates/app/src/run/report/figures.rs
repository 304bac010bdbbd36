//! Everything that has a name, a unit and an origin. A figure that was not measured here is absent or unknown, never 0.

use loadline_analysis::Modelled;
use loadline_model::arrivals::Process;
use loadline_model::load::LoadFailure;
use loadline_model::report::{Figure, Tag};
use loadline_model::wire::Histogram;
use loadline_model::words::grouped;

use super::{Components, Facts, Operations, busy, components::name};
use crate::run::stand_in::stand_in;

/// Why the generator gave up what was still out when it was stopped by hand.
const CUT_OFF: &str = "stopped";

pub(super) fn figures(facts: &Facts<'_>, operations: &Operations, components: &Components, modelled: &Modelled) -> Vec<Figure> {
    let mut figures = Vec::new();
    let measured = format!("this run, seed {}", facts.spec.seed);
    for (name, op) in operations {
        let source = format!("{measured}: {} answers, from the scheduled time", grouped(op.count));
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
            match facts.spec.scenario.run.arrivals {
                Process::Poisson => "sum over its visits of the M/M/c response time (Erlang C), calls at the same time counted once",
                Process::Constant => "not known: the closed forms hold for Poisson arrivals, and these come at equal gaps",
            },
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
            if facts.prepared.plan.component(id).is_some_and(|node| node.envelope.held_while_calling) {
                "asked per second × (mean service time + what its calls take) ÷ workers"
            } else {
                "asked per second × mean service time ÷ workers"
            },
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
    figures.push(failed_share(facts, &measured));
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

/// Requests that failed or were dropped. Those that a stop by hand cut off say nothing about the design.
fn failed_share(facts: &Facts<'_>, measured: &str) -> Figure {
    let counts = facts.result.counts;
    let cut_off = |failure: &&LoadFailure| facts.result.stopped && failure.reason == CUT_OFF;
    let cut_off: u64 = facts.result.failures.iter().filter(cut_off).map(|failure| failure.count).sum();
    let scheduled = counts.scheduled.saturating_sub(cut_off);
    let failed = (counts.failed + counts.dropped).saturating_sub(cut_off);
    let share = (scheduled > 0).then(|| failed as f64 / scheduled as f64 * 100.0);
    let mut source = format!("{measured}: (failed + dropped) ÷ scheduled");
    if cut_off > 0 {
        source.push_str(&format!(", without {} that the stop cut off", grouped(cut_off)));
    }
    figure("failed_share".into(), share, "%", Tag::Measured, &source)
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
    let unwritten = sum("tweet", "tweets_announced").saturating_sub(tweets);
    let source = if runs_workers {
        let rest = if unwritten > 0 { format!("; {} more were not written when the run ended", grouped(unwritten)) } else { String::new() };
        format!("{measured}: {} timeline writes ÷ {} tweets{rest}", grouped(writes), grouped(tweets))
    } else {
        "no fan-out worker is drawn, so nothing writes into timelines".to_owned()
    };
    let mut figures = vec![figure("fanout_writes_per_tweet".into(), per_tweet, "per tweet", Tag::Measured, &source)];
    let arrival = if runs_workers {
        written(facts, sum("tweet", "tweets_announced"), measured)
    } else if plan.nodes.iter().any(|node| node.role == "sql_replica") {
        let what = "the replicas' lag: a tweet is read as soon as it is copied";
        let delays = delays(facts, "sql_replica", "replication_lag_us");
        Arrival { of: delays.count(), delays, tag: Tag::Measured, source: format!("{measured}: {what}") }
    } else {
        // One value, 0, whatever the quantile.
        let delays = Histogram { pairs: if anything { vec![(0.0, 1)] } else { Vec::new() } };
        let source = "timelines are read from where tweets are written, so each is there when it is accepted".to_owned();
        Arrival { delays, of: 1, tag: Tag::Modelled, source }
    };
    for (name, quantile) in [("tweet_to_timeline_p50_ms", 0.5), ("tweet_to_timeline_p95_ms", 0.95), ("tweet_to_timeline_p99_ms", 0.99)] {
        let value = arrival.quantile(quantile).map(|us| us / 1000.0 / plan.scale.dilation);
        figures.push(figure(name.into(), value, "ms", arrival.tag, &arrival.source));
    }
    figures
}

/// How long tweets took to reach their readers.
struct Arrival {
    /// Of those that did, wall us.
    delays: Histogram,
    /// How many there were, also those that had not arrived when the run ended.
    of: u64,
    tag: Tag,
    source: String,
}

impl Arrival {
    /// The delay that `quantile` of all tweets had at most, wall us; `None` where that many had not arrived.
    fn quantile(&self, quantile: f64) -> Option<f64> {
        let arrived = self.delays.count();
        if arrived == 0 {
            return None;
        }
        self.delays.quantile(quantile * self.of.max(arrived) as f64 / arrived as f64)
    }
}

/// What the workers wrote of the tweets that the log had accepted.
fn written(facts: &Facts<'_>, announced: u64, measured: &str) -> Arrival {
    let delays = delays(facts, "fanout", "tweet_to_timeline_us");
    let arrived = delays.count();
    let mut source = format!("{measured}: from the tweet's acceptance to its last timeline write");
    if announced > arrived {
        // With a worker that was killed go the delays that it had measured.
        let life_s = facts.result.elapsed_s / facts.prepared.plan.scale.dilation;
        let missing = grouped(announced - arrived);
        let all = grouped(announced);
        source.push_str(&format!(
            "; {missing} of {all} tweets were not seen to reach every reader before the run ended, after {life_s:.1} s of life"
        ));
    }
    Arrival { delays, of: announced, tag: Tag::Measured, source }
}

/// A histogram of all instances of a role together.
fn delays(facts: &Facts<'_>, role: &str, histogram: &str) -> Histogram {
    let mut delays = Histogram::default();
    for node in facts.prepared.plan.nodes.iter().filter(|node| node.role == role) {
        if let Some(more) = facts.finals.get(&node.id).and_then(|sample| sample.histograms.get(histogram)) {
            delays.merge(more);
        }
    }
    delays
}

fn figure(name: String, value: Option<f64>, unit: &str, tag: Tag, source: &str) -> Figure {
    Figure { name, value, unit: unit.to_owned(), tag, source: source.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use loadline_model::load::{LoadCounts, LoadResult, LoadTick};
    use loadline_model::plan::Host;
    use loadline_model::report::ComponentReport;
    use loadline_model::sketch::Sketch;
    use loadline_model::wire::Sample;

    use super::*;
    use crate::contract::{Predictions, RunWish};
    use crate::library::Library;
    use crate::run::watch::{History, Moment};
    use crate::run::{RunSpec, prepare::prepare};

    /// The knee's figures for plain services of these ids and utilisations, called one after the other.
    fn knee(services: &[(&str, f64)]) -> Vec<Figure> {
        let mut components = vec![r#"{"id":"client","role":"client","name":"Client","at":[0,0]}"#.to_owned()];
        let mut links = Vec::new();
        let mut before = ("client", "entry");
        for (id, _) in services {
            components.push(format!(r#"{{"id":"{id}","role":"work","name":"The {id}","at":[0,0]}}"#));
            links.push(format!(r#"{{"from":"{}","to":"{id}","port":"{}"}}"#, before.0, before.1));
            before = (id, "next");
        }
        let json = format!(r#"{{"format":1,"title":"t","components":[{}],"links":[{}]}}"#, components.join(","), links.join(","));
        let library = Library::open();
        let scenario = library.exercise("knee").unwrap().scenarios["reference"].clone();
        let wish = wish(&scenario.name);
        let spec = RunSpec::new("knee", "mine", Sketch::from_json(&json).unwrap(), scenario, &wish, Predictions::default()).unwrap();
        let prepared = prepare(&spec, Host { cores: 2.0 }).unwrap();
        let mut history = History::default();
        history.moments.push(Moment { t_s: 1.0, load: LoadTick::default(), nodes: BTreeMap::new(), samples: None });
        let facts = Facts {
            spec: &spec,
            prepared: &prepared,
            result: LoadResult::default(),
            history,
            finals: BTreeMap::new(),
            notes: Vec::new(),
            undone: Vec::new(),
            healthy_s: 0.0,
            seeding_s: 0.0,
            host_cpu: 0.0,
        };
        let report = |utilisation: f64| ComponentReport { utilisation, ..ComponentReport::default() };
        let components: Components = services.iter().map(|(id, busy)| ((*id).to_owned(), report(*busy))).collect();
        figures(&facts, &Operations::new(), &components, &Modelled::default())
    }

    fn wish(scenario: &str) -> RunWish {
        RunWish { scenario: scenario.to_owned(), shape: None, rate_per_s: None, duration_s: None, seed: None, prefer: Default::default() }
    }

    /// The figures of a bundled design of Twitter whose nodes ended with these counts.
    fn twitter(design: &str, finals: BTreeMap<String, Sample>, result: LoadResult) -> Vec<Figure> {
        let library = Library::open();
        let exercise = library.exercise("twitter").unwrap();
        let scenario = exercise.scenarios["reference"].clone();
        let sketch = crate::library::bundled(exercise, design).unwrap().clone();
        let spec = RunSpec::new("twitter", design, sketch, scenario, &wish("reference"), Predictions::default()).unwrap();
        let prepared = prepare(&spec, Host { cores: 2.0 }).unwrap();
        let facts = Facts {
            spec: &spec,
            prepared: &prepared,
            result,
            history: History::default(),
            finals,
            notes: Vec::new(),
            undone: Vec::new(),
            healthy_s: 0.0,
            seeding_s: 0.0,
            host_cpu: 0.0,
        };
        let modelled = Modelled::default();
        let components = super::super::components::components(&facts, &modelled);
        figures(&facts, &Operations::new(), &components, &modelled)
    }

    fn named<'a>(figures: &'a [Figure], name: &str) -> &'a Figure {
        figures.iter().find(|figure| figure.name == name).unwrap_or_else(|| panic!("no figure {name}"))
    }

    /// A fan-out worker that wrote `written` of `announced` tweets, each in 26 ms of wall time.
    fn fanned_out(announced: u64, written: u64) -> Vec<Figure> {
        let counters = |name: &str, n: u64| BTreeMap::from([(name.to_owned(), n)]);
        let tweets = Sample { counters: counters("tweets_announced", announced), ..Sample::default() };
        let worker = Sample {
            counters: BTreeMap::from([("tweets_fanned_out".to_owned(), written), ("fanout_writes".to_owned(), written * 75)]),
            histograms: BTreeMap::from([("tweet_to_timeline_us".to_owned(), Histogram { pairs: vec![(26_000.0, written)] })]),
            ..Sample::default()
        };
        twitter("good", BTreeMap::from([("tweet-1".to_owned(), tweets), ("fanout-1".to_owned(), worker)]), LoadResult::default())
    }

    #[test]
    fn a_tweet_that_never_arrived_counts_among_the_slowest() {
        let all = fanned_out(100, 100);
        assert!(["p50", "p95", "p99"].iter().all(|p| named(&all, &format!("tweet_to_timeline_{p}_ms")).value.is_some()));
        let most = fanned_out(100, 96);
        assert!(named(&most, "tweet_to_timeline_p95_ms").value.is_some(), "95 of 100 had arrived by then");
        let p99 = named(&most, "tweet_to_timeline_p99_ms");
        assert_eq!(p99.value, None);
        assert!(p99.source.contains("4 of 100 tweets were not seen to reach every reader"), "{}", p99.source);
        let few = fanned_out(100, 30);
        assert_eq!(named(&few, "tweet_to_timeline_p50_ms").value, None);
        assert!(named(&few, "fanout_writes_per_tweet").source.contains("70 more were not written"));
        // One that was written twice, by a worker that died in between, takes nobody's place.
        assert!(named(&fanned_out(100, 101), "tweet_to_timeline_p99_ms").value.is_some());
    }

    #[test]
    fn what_a_stop_by_hand_cut_off_did_not_fail() {
        let failure = |reason: &str, count| LoadFailure { component: "client".to_owned(), reason: reason.to_owned(), count };
        let counts = LoadCounts { scheduled: 1000, sent: 1000, ok: 880, failed: 120, ..LoadCounts::default() };
        let share = |stopped| {
            let failures = vec![failure("stopped", 100), failure("timeout", 20)];
            let figures = twitter("good", BTreeMap::new(), LoadResult { counts, failures, stopped, ..LoadResult::default() });
            let found = named(&figures, "failed_share");
            (found.value, found.source.ends_with("without 100 that the stop cut off"))
        };
        assert_eq!(share(true), (Some(20.0 / 900.0 * 100.0), true));
        assert_eq!(share(false), (Some(12.0), false));
    }

    #[track_caller]
    fn check(services: &[(&str, f64)], value: f64, source_ends: &str) {
        let figures = knee(services);
        let found: Vec<&Figure> = figures.iter().filter(|figure| figure.name == "service.utilisation").collect();
        assert_eq!(found.len(), 1, "one figure of the name that the scenario asks for");
        assert_eq!((found[0].value, found[0].unit.as_str(), found[0].tag), (Some(value), "%", Tag::Measured));
        assert!(found[0].source.ends_with(source_ends), "{}", found[0].source);
    }

    #[test]
    fn a_component_of_that_id_is_meant() {
        check(&[("service", 0.25), ("other", 0.75)], 25.0, "busy time of all workers");
    }

    #[test]
    fn the_only_one_of_its_role_stands_in() {
        check(&[("mine", 0.25)], 25.0, "busy time of all workers, of The mine");
    }

    #[test]
    fn of_several_the_busiest_stands_in_and_is_named() {
        check(&[("a", 0.25), ("b", 0.75), ("c", 0.5)], 75.0, "busy time of all workers, of The b, the busiest of 3 of its role");
    }
}
