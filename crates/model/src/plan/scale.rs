//! How much slower than life a run must be for this laptop to be honest (DieCast: Gupta, Vishwanath, Vahdat, NSDI 2008). The figures were
//! tried on two cores; the run watches itself and says so when they did not hold.

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScaleWish {
    /// Every instance that was drawn, however slow.
    #[default]
    AllInstances,
    /// As close to life speed as slicing allows.
    LifeSpeed,
}

/// The smallest dilation that keeps the rules for `scenario` at `factor` times its rates. `plan` is compiled at slice 1. Slicing is only
/// possible where every component's number of instances shares a divisor.
pub fn choose_scale(plan: &Plan, scenario: &Scenario, factor: f64, fanout: FanoutAt<'_>, host: Host, wish: ScaleWish) -> Scale {
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
    let slice = match wish {
        ScaleWish::AllInstances => 1,
        ScaleWish::LifeSpeed => {
            let counts = plan.components().into_iter().filter_map(|id| plan.component(id)).map(|node| node.instances);
            counts.reduce(gcd).unwrap_or(1).max(1)
        }
    };
    // Slice before dilating: what slicing takes from the CPU, dilation need not.
    let dilation = dilation.max(cpu_cores(plan, scenario, factor, fanout) / (CPU_SHARE * host.cores * f64::from(slice)));
    Scale { slice: f64::from(slice), dilation: if dilation <= 1.0 { 1.0 } else { dilation.ceil() } }
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
