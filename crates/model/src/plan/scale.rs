//! How much slower than life a run must be for this laptop to be honest (DieCast: Gupta, Vishwanath, Vahdat, NSDI 2008). The figures were
//! tried on two cores; the run watches itself and says so when they did not hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Plan, Scale};
use crate::catalog::{self, Kind, Role};
use crate::demand::{FanoutAt, visits};
use crate::scenario::Scenario;

/// Bias that one hop adds, whatever the service time, ms of wall time (measured on two cores; `tests/tests/envelope.rs` looks at it
/// again with a chain of four).
const HOP_BIAS_MS: f64 = 0.15;
/// The bias of all hops together stays under this share of the end-to-end time.
const MAX_BIAS_SHARE: f64 = 0.03;
/// A component whose own latency is a figure of the verdict gets at least this service time, ms of wall time.
const MIN_SERVICE_MS: f64 = 5.0;
/// The run uses at most this share of the cores by design, so that it leaves the laptop usable.
const CPU_SHARE: f64 = 0.45;
/// CPU that one visit costs, microseconds, both ends of the call: read off `cpu_s` ÷ visits in the reports of the Twitter designs on two
/// cores (HTTP 45 to 150, kv 17 to 22, sql and log 100 to 300).
fn cpu_us(role: &Role) -> f64 {
    match role.kind {
        Kind::Kv => 20.0,
        Kind::Sql | Kind::Log => 200.0,
        _ => 90.0,
    }
}

/// The machine that the run shares with its user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Host {
    /// Cores.
    pub cores: f64,
}

/// What the learner would rather have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScaleWish {
    /// Every instance that was drawn, however slow.
    #[default]
    Instances,
    /// As close to life speed as slicing allows.
    Speed,
}

/// Why a wish for life speed leaves every instance running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsliced {
    /// It runs at life speed with all instances.
    AtLifeSpeed,
    /// No number above 1 divides the instances of both components; the second is absent where the first has one instance.
    NoDivisor(String, Option<String>),
    /// The dilation comes from service times, which a slice does not change.
    ServiceTimes,
    /// A real server stands in for this component, and no part of a server can be left out.
    RealServer(String),
}

/// The smallest dilation that keeps the rules for `scenario` at `factor` times its rates. `plan` is compiled at slice 1.
///
/// A slice is exact or there is none: 1/s of the traffic on 1/s of the instances of every component, so `s` divides each number of
/// instances. Of the slices that bring the run as near to life as any can, the smallest is taken.
pub fn choose_scale(plan: &Plan, scenario: &Scenario, factor: f64, fanout: FanoutAt<'_>, host: Host, wish: ScaleWish) -> Scale {
    let floor = service_dilation(plan, scenario, fanout);
    let cores = cpu_cores(plan, scenario, factor, fanout);
    // Slice before dilating: what slicing takes from the CPU, dilation need not.
    let at = |slice: u32| floor.max(cores / (CPU_SHARE * host.cores * f64::from(slice))).ceil().max(1.0);
    let most = match wish {
        ScaleWish::Instances => 1,
        ScaleWish::Speed => common_divisor(plan),
    };
    let slice = (1..=most).find(|slice| most.is_multiple_of(*slice) && at(*slice) <= at(most)).unwrap_or(1);
    Scale { slice: f64::from(slice), dilation: at(slice) }
}

/// Why `scale`, chosen for life speed, slices nothing; `None` when it does.
pub fn unsliced(plan: &Plan, scale: Scale) -> Option<Unsliced> {
    if scale.slice > 1.0 {
        return None;
    }
    if scale.dilation <= 1.0 {
        return Some(Unsliced::AtLifeSpeed);
    }
    if common_divisor(plan) > 1 {
        return Some(Unsliced::ServiceTimes);
    }
    if let Some((node, _)) = plan.real_engines().next() {
        return Some(Unsliced::RealServer(node.component.clone()));
    }
    let parts: Vec<(&str, u32)> = plan.components().into_iter().filter_map(|id| Some((id, plan.component(id)?.instances))).collect();
    let (fewest, least) = parts.iter().min_by_key(|(_, instances)| *instances)?;
    let other = parts.iter().find(|(_, instances)| gcd(*instances, *least) == 1 && *least > 1);
    Some(Unsliced::NoDivisor((*fewest).to_owned(), other.map(|(id, _)| (*id).to_owned())))
}

/// The largest number that divides every component's instances; 1 where a real server stands in.
fn common_divisor(plan: &Plan) -> u32 {
    if plan.real_engines().next().is_some() {
        return 1;
    }
    let counts = plan.components().into_iter().filter_map(|id| plan.component(id)).map(|node| node.instances);
    counts.reduce(gcd).unwrap_or(1).max(1)
}

/// The dilation that service times and hops ask for, whatever the rate.
fn service_dilation(plan: &Plan, scenario: &Scenario, fanout: FanoutAt<'_>) -> f64 {
    let mut dilation: f64 = 1.0;
    for op in &scenario.operations {
        let Ok(visits) = visits(plan, &op.role, &op.operation, fanout) else { continue };
        let (mut hops, mut end_to_end_ms) = (0.0, 0.0);
        for visit in &visits {
            let Some(node) = plan.component(&visit.component) else { continue };
            let mean_ms = node.envelope.mean_ms(&visit.operation).unwrap_or(0.0);
            if visit.waits {
                hops += visit.times.min(1.0);
                end_to_end_ms += visit.times * mean_ms;
            }
            let judged = scenario.targets.iter().any(|target| target.figure.starts_with(&format!("{}.", op.name)));
            if judged && node.role == op.role && mean_ms > 0.0 {
                dilation = dilation.max(MIN_SERVICE_MS / mean_ms);
            }
        }
        if end_to_end_ms > 0.0 {
            dilation = dilation.max(hops * HOP_BIAS_MS / (MAX_BIAS_SHARE * end_to_end_ms));
        }
    }
    dilation
}

/// Cores that the scenario would keep busy at life speed on all instances, by the usual cost of each visit.
fn cpu_cores(plan: &Plan, scenario: &Scenario, factor: f64, fanout: FanoutAt<'_>) -> f64 {
    let mut cores = 0.0;
    for op in &scenario.operations {
        for visit in visits(plan, &op.role, &op.operation, fanout).unwrap_or_default() {
            let role = plan.component(&visit.component).and_then(|node| catalog::role(&node.role));
            cores += op.per_s * factor * visit.times * role.map_or(0.0, cpu_us) / 1e6;
        }
    }
    cores
}

/// Share of the machine's CPU that a run at `scale` is expected to use, 0 and up (modelled from assumed costs of a visit).
pub fn cpu_share(plan: &Plan, scenario: &Scenario, factor: f64, fanout: FanoutAt<'_>, host: Host, scale: Scale) -> f64 {
    cpu_cores(plan, scenario, factor, fanout) / (scale.dilation * scale.slice) / host.cores
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::compile;
    use crate::population::Fanout;
    use crate::scenario::{RunDefaults, ScenarioOperation};
    use crate::sketch::Sketch;

    /// A load balancer and a plain service behind it, and a load of `per_s` on both.
    fn world(balancers: u32, services: u32, work_ms: f64, per_s: f64) -> (Plan, Scenario) {
        let json = format!(
            r#"{{"format":1,"title":"t","components":[
            {{"id":"client","role":"client","name":"Client","at":[0,0]}},
            {{"id":"lb","role":"load_balancer","name":"Balancer","instances":{balancers},"at":[0,0]}},
            {{"id":"service","role":"work","name":"Service","instances":{services},"settings":{{"work_ms":{work_ms},"workers":256}},"at":[0,0]}}],
            "links":[{{"from":"client","to":"lb","port":"entry"}},{{"from":"lb","to":"service","port":"targets"}}]}}"#
        );
        let plan = compile(&Sketch::from_json(&json).unwrap(), Scale { slice: 1.0, dilation: 1.0 }).unwrap();
        let operation = ScenarioOperation {
            name: "work".into(),
            label: "Work".into(),
            role: "work".into(),
            operation: "work".into(),
            method: "GET".into(),
            path: "/work".into(),
            body: None,
            per_s,
            deadline_ms: 1000.0,
            source: "Assumed.".into(),
        };
        let population = crate::population::PopulationSpec {
            users: 100,
            modelled_users: 100,
            follows_mean: 1.0,
            popularity_exponent: 0.0,
            tweets_each: 0,
            seed: 0,
            source: String::new(),
        };
        let run =
            RunDefaults { shape: crate::arrivals::Shape::Baseline, arrivals: Default::default(), duration_s: 10.0, warmup_s: 1.0, seed: 1 };
        let scenario = Scenario {
            conditions: Vec::new(),
            faults: Vec::new(),
            name: "s".into(),
            title: "S".into(),
            summary: String::new(),
            population,
            operations: vec![operation],
            targets: vec![],
            predict: vec![],
            run,
        };
        (plan, scenario)
    }

    #[track_caller]
    fn check(balancers: u32, services: u32, work_ms: f64, per_s: f64, wish: ScaleWish, expected: (f64, f64, Option<Unsliced>)) {
        let (plan, scenario) = world(balancers, services, work_ms, per_s);
        let none = |_: Option<f64>| Fanout { writes_per_tweet: 0.0, celebrity_share: 0.0, celebrities_followed: 0.0 };
        let scale = choose_scale(&plan, &scenario, 1.0, &none, Host { cores: 2.0 }, wish);
        assert_eq!((scale.slice, scale.dilation, unsliced(&plan, scale)), expected);
    }

    #[test]
    fn a_slice_is_exact_and_no_larger_than_it_need_be() {
        // 40,000/s on a balancer and a service, 90 us each: 7.2 cores, of which 0.9 may be used.
        let none = |one: &str, other: Option<&str>| Some(Unsliced::NoDivisor(one.into(), other.map(Into::into)));
        check(4, 8, 200.0, 40_000.0, ScaleWish::Instances, (1.0, 8.0, Some(Unsliced::ServiceTimes)));
        check(4, 8, 200.0, 40_000.0, ScaleWish::Speed, (4.0, 2.0, None));
        check(8, 16, 200.0, 40_000.0, ScaleWish::Speed, (8.0, 1.0, None));
        check(16, 32, 200.0, 40_000.0, ScaleWish::Speed, (8.0, 1.0, None));
        check(2, 9, 200.0, 40_000.0, ScaleWish::Speed, (1.0, 8.0, none("lb", Some("service"))));
        check(1, 8, 200.0, 40_000.0, ScaleWish::Speed, (1.0, 8.0, none("lb", None)));
        check(4, 8, 200.0, 100.0, ScaleWish::Speed, (1.0, 1.0, Some(Unsliced::AtLifeSpeed)));
    }

    #[test]
    fn short_service_times_are_not_sliced_away() {
        // Two hops of 0.15 ms are 3% of 10 ms; a service of 1 ms must be 10 times slower.
        let (plan, scenario) = world(4, 8, 1.0, 100.0);
        let none = |_: Option<f64>| Fanout { writes_per_tweet: 0.0, celebrity_share: 0.0, celebrities_followed: 0.0 };
        let [all, speed] =
            [ScaleWish::Instances, ScaleWish::Speed].map(|wish| choose_scale(&plan, &scenario, 1.0, &none, Host { cores: 2.0 }, wish));
        assert_eq!(all, speed);
        assert!(all.dilation > 2.0, "{all:?}");
        assert_eq!(unsliced(&plan, speed), Some(Unsliced::ServiceTimes));
    }
}
