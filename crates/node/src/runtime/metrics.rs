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
    /// Worker time of those that were given back.
    held_ns: u64,
    /// Workers that are held now, and the sum of when they were taken, counted from `since_ns`.
    holding: u64,
    taken_ns: u64,
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
            holding: 0,
            taken_ns: 0,
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
        let (waiting, holding) = (self.waiting, self.holding);
        *self = Self::new(self.operations.iter().map(|(name, _)| name.clone()).collect());
        self.since_ns = now_ns;
        self.waiting = waiting;
        // Their time counts from now on.
        self.holding = holding;
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
    pub(super) fn took_worker(&mut self, at_ns: u64) {
        self.holding += 1;
        self.taken_ns += at_ns.saturating_sub(self.since_ns);
    }
    pub(super) fn gave_worker_back(&mut self, taken_ns: u64, now_ns: u64) {
        let taken_ns = taken_ns.saturating_sub(self.since_ns);
        self.holding -= 1;
        // A reset may fall between the moment and its record.
        self.taken_ns = self.taken_ns.saturating_sub(taken_ns);
        self.held_ns += now_ns.saturating_sub(self.since_ns).saturating_sub(taken_ns);
    }
    /// Worker time used until now, by those that are still held too.
    fn busy_ns(&self, now_ns: u64) -> u64 {
        let held_now_ns = (self.holding * now_ns.saturating_sub(self.since_ns)).saturating_sub(self.taken_ns);
        self.held_ns + held_now_ns
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
            busy_ns: self.busy_ns(now_ns),
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
    pages.unwrap_or(0) * page_bytes()
}

#[cfg(unix)]
fn page_bytes() -> u64 {
    rustix::param::page_size() as u64
}
#[cfg(not(unix))]
fn page_bytes() -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_busy_while_it_is_held() {
        let mut metrics = Metrics::new(vec!["read".to_owned()]);
        let from_ns = metrics.since_ns;
        let busy_ns = |metrics: &Metrics, at: u64| metrics.sample(from_ns + at, false).busy_ns;
        metrics.took_worker(from_ns + 100);
        assert_eq!(busy_ns(&metrics, 400), 300, "nobody gave it back yet");
        metrics.took_worker(from_ns + 500);
        metrics.gave_worker_back(from_ns + 100, from_ns + 700);
        assert_eq!((busy_ns(&metrics, 700), busy_ns(&metrics, 900)), (800, 1000));
        // Measuring begins while one is held: what it did before does not count.
        metrics.reset(from_ns + 1000);
        assert_eq!(busy_ns(&metrics, 1300), 300);
        metrics.gave_worker_back(from_ns + 500, from_ns + 1400);
        assert_eq!((busy_ns(&metrics, 1400), busy_ns(&metrics, 2000)), (400, 400));
    }
}
