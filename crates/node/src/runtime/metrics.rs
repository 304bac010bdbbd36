//! The counters of one node. Everything is cumulative since measuring began.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hdrhistogram::Histogram as Hdr;
use loadline_model::wire::{Histogram, Sample};

use super::clock;

pub(super) struct Metrics {
    since_ns: u64,
    cpu_since_ns: u64,
    operations: Vec<(String, u64)>,
    refused: u64,
    failed: BTreeMap<String, u64>,
    held_ns: u64,
    waiting: i64,
    overrun_ns: u64,
    answered: u64,
    counters: BTreeMap<&'static str, u64>,
    gauges: BTreeMap<Cow<'static, str>, f64>,
    histograms: BTreeMap<&'static str, Hdr<u64>>,
    queue_wait_us: Hdr<u64>,
}

impl Metrics {
    pub(super) fn new(operations: Vec<String>) -> Self {
        Self {
            since_ns: clock::now_ns(),
            cpu_since_ns: cpu_ns(),
            operations: operations.into_iter().map(|name| (name, 0)).collect(),
            refused: 0,
            failed: BTreeMap::new(),
            held_ns: 0,
            waiting: 0,
            overrun_ns: 0,
            answered: 0,
            counters: BTreeMap::new(),
            gauges: BTreeMap::new(),
            histograms: BTreeMap::new(),
            queue_wait_us: histogram(),
        }
    }

    pub(super) fn reset(&mut self, now_ns: u64) {
        let waiting = self.waiting;
        *self = Self::new(self.operations.iter().map(|(name, _)| name.clone()).collect());
        self.since_ns = now_ns;
        self.waiting = waiting;
    }

    pub(super) fn admitted(&mut self, operation: usize) {
        self.operations[operation].1 += 1;
    }
    pub(super) fn waited(&mut self, wait_ns: u64) {
        self.queue_wait_us.saturating_record(wait_ns / 1000);
    }
    pub(super) fn refused(&mut self) {
        self.refused += 1;
    }
    pub(super) fn failed(&mut self, reason: &str) {
        *self.failed.entry(reason.to_owned()).or_default() += 1;
    }
    pub(super) fn answered(&mut self, overrun_ns: u64) {
        self.answered += 1;
        self.overrun_ns += overrun_ns;
    }
    pub(super) fn held(&mut self, ns: u64) {
        self.held_ns += ns;
    }
    pub(super) fn enqueue(&mut self, by: i64) {
        self.waiting += by;
    }
    pub(super) fn waiting(&self) -> u32 {
        self.waiting.max(0) as u32
    }
    pub(super) fn count(&mut self, name: &'static str, n: u64) {
        *self.counters.entry(name).or_default() += n;
    }
    pub(super) fn gauge(&mut self, name: Cow<'static, str>, value: f64) {
        self.gauges.insert(name, value);
    }
    pub(super) fn drop_gauge(&mut self, name: &str) {
        self.gauges.remove(name);
    }
    pub(super) fn record(&mut self, name: &'static str, value: u64) {
        self.histograms.entry(name).or_insert_with(histogram).saturating_record(value);
    }

    pub(super) fn sample(&self, now_ns: u64, whole: bool) -> Sample {
        let mut histograms = BTreeMap::new();
        if whole {
            histograms.insert("queue_wait_us".to_owned(), pairs(&self.queue_wait_us));
            histograms.extend(self.histograms.iter().map(|(name, h)| ((*name).to_owned(), pairs(h))));
        }
        Sample {
            elapsed_ns: now_ns.saturating_sub(self.since_ns),
            admitted: self.operations.iter().cloned().collect(),
            refused: self.refused,
            failed: self.failed.clone(),
            busy_ns: self.held_ns,
            queue: self.waiting(),
            overrun_ns: self.overrun_ns,
            answered: self.answered,
            cpu_ns: cpu_ns().saturating_sub(self.cpu_since_ns),
            rss_bytes: rss_bytes(),
            calls: BTreeMap::new(),
            counters: self.counters.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
            gauges: self.gauges.iter().map(|(name, v)| (name.to_string(), *v)).collect(),
            histograms,
        }
    }
}

/// 1 to 10^10 units with three significant digits: 0.1% at every size.
fn histogram() -> Hdr<u64> {
    // The arguments are constants that hdrhistogram accepts, so this cannot fail.
    #[expect(clippy::unwrap_used, reason = "constant arguments")]
    Hdr::new_with_bounds(1, 10_000_000_000, 3).unwrap()
}

fn pairs(hdr: &Hdr<u64>) -> Histogram {
    Histogram { pairs: hdr.iter_recorded().map(|v| (hdr.median_equivalent(v.value_iterated_to()) as f64, v.count_at_value())).collect() }
}

/// CPU time of this process, user and system.
#[cfg(unix)]
fn cpu_ns() -> u64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as u64 * 1_000_000_000 + used.tv_nsec as u64
}
#[cfg(not(unix))]
fn cpu_ns() -> u64 {
    0
}

/// Resident memory of this process; 0 where the system does not say.
fn rss_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
