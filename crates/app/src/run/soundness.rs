//! Whether a run can be trusted: what the laptop itself took out of every service time. Thresholds were tried on two cores (68 runs; the
//! first caught 19 of 19 wrong ones with 3 false alarms, the second 18 with none).

use std::collections::BTreeMap;

use loadline_model::plan::Plan;

/// hops x (generator lateness + mean overrun) may be this share of the end-to-end time.
pub(super) const MAX_CHAIN_ERROR: f64 = 0.015;
/// Mean overrun may be this share of the service time at a component of [`SLOW_MS`] or more.
pub(super) const MAX_OVERRUN: f64 = 0.04;
/// Service time, wall ms, from which a component's own overrun counts.
pub(super) const SLOW_MS: f64 = 5.0;

/// What the laptop took out of the times of a run, as shares: 0.01 is 1%.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Taken {
    /// hops x (generator lateness + mean overrun) of the end-to-end time, worst operation.
    pub chain_error: f64,
    /// Mean overrun of the service time, worst component of [`SLOW_MS`] or more.
    pub overrun: f64,
}

impl Taken {
    /// True while both are within their limits.
    pub(super) fn is_sound(&self) -> bool {
        self.chain_error <= MAX_CHAIN_ERROR && self.overrun <= MAX_OVERRUN
    }
}

/// What a component answered late.
pub(super) struct Overrun<'a> {
    pub component: &'a str,
    /// Mean overrun, wall ms.
    pub mean_ms: f64,
    /// What it weighs among the others: answers, or answers a second.
    pub weight: f64,
}

/// Judges. `chains` holds hops and mean end-to-end time in wall ms, for each operation that was answered; `late_ms` is the median lateness
/// of the generator, wall ms.
pub(super) fn taken(plan: &Plan, late_ms: f64, overruns: &[Overrun<'_>], chains: &[(f64, f64)]) -> Taken {
    let weight: f64 = overruns.iter().map(|of| of.weight).sum();
    let mean_ms = overruns.iter().map(|of| of.mean_ms * of.weight).sum::<f64>() / weight.max(1e-9);
    let chain = |(hops, end_to_end_ms): &(f64, f64)| hops * (late_ms + mean_ms) / end_to_end_ms;
    let chain_error = chains.iter().filter(|(_, ms)| *ms > 0.0).map(chain).fold(0.0, f64::max);
    let mut overrun: f64 = 0.0;
    for of in overruns {
        let Some(node) = plan.component(of.component) else { continue };
        let slowest_ms = node.envelope.service.values().map(|s| s.mean_ms).fold(0.0, f64::max) * plan.scale.dilation;
        if slowest_ms >= SLOW_MS {
            overrun = overrun.max(of.mean_ms / slowest_ms);
        }
    }
    Taken { chain_error, overrun }
}

/// CPU of a run's processes as a share of the machine, by the operating system.
pub(super) struct CpuMeter {
    /// What each process had used when it was last seen, in clock ticks of 10 ms: one that is gone keeps what it used.
    ticks: BTreeMap<u32, u64>,
    cores: f64,
    began: Reading,
    before: Reading,
    last: Reading,
}

#[derive(Clone, Copy)]
struct Reading {
    at: std::time::Instant,
    cpu_s: f64,
}

impl CpuMeter {
    pub(super) fn new(pids: Vec<u32>, cores: f64) -> Self {
        let mut ticks = pids.into_iter().map(|pid| (pid, 0)).collect();
        let now = read(&mut ticks);
        Self { ticks, cores, began: now, before: now, last: now }
    }

    /// Looks at one process more.
    pub(super) fn add(&mut self, pid: u32) {
        self.ticks.insert(pid, 0);
    }

    pub(super) fn tick(&mut self) {
        self.before = self.last;
        self.last = read(&mut self.ticks);
    }

    /// Share between the last two ticks.
    pub(super) fn last_share(&self) -> f64 {
        self.share(self.before)
    }

    /// Share since the load began.
    pub(super) fn mean_share(&self) -> f64 {
        self.share(self.began)
    }

    fn share(&self, since: Reading) -> f64 {
        let wall_s = self.last.at.duration_since(since.at).as_secs_f64();
        if wall_s <= 0.0 { 0.0 } else { (self.last.cpu_s - since.cpu_s) / wall_s / self.cores }
    }
}

/// Looks at every process that is there.
fn read(ticks: &mut BTreeMap<u32, u64>) -> Reading {
    for (pid, seen) in ticks.iter_mut() {
        *seen = ticks_of(*pid).unwrap_or(*seen);
    }
    Reading { at: std::time::Instant::now(), cpu_s: ticks.values().sum::<u64>() as f64 / 100.0 }
}

/// What a process has used, user and system: fields 14 and 15 of /proc/PID/stat, in clock ticks of 10 ms. `None` when it is gone.
fn ticks_of(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit(") ").next()?.split(' ');
    let user: u64 = fields.nth(11)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}
