//! The exact first-come-first-served queue of one instance, in virtual time. A node enforces its envelope with it, and the same code
//! fed with recorded arrivals and services IS the exact recursion that a measured run is held against.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// When an admitted request is served, in nanoseconds of the caller's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// A worker begins with it.
    pub start_ns: u64,
    /// The worker is done with it.
    pub finish_ns: u64,
}

/// The queue was full: `limit` requests were already waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueFull {
    /// The limit that was reached.
    pub limit: u32,
}

/// `workers` servers with one queue of bounded length. Finish times are fixed at arrival, so a late timer never shifts later requests.
#[derive(Debug, Clone)]
pub struct Station {
    free_at_ns: BinaryHeap<Reverse<u64>>,
    /// Start times of admitted requests that were in the future when last looked at; first in, first out, so sorted.
    waiting: VecDeque<u64>,
    queue_limit: u32,
    served_ns: u64,
}

impl Station {
    /// An idle station.
    pub fn new(workers: u32, queue_limit: u32) -> Self {
        Self { free_at_ns: (0..workers.max(1)).map(|_| Reverse(0)).collect(), waiting: VecDeque::new(), queue_limit, served_ns: 0 }
    }

    /// Requests waiting (not yet started) at `now_ns`.
    pub fn queue_len(&mut self, now_ns: u64) -> u32 {
        while self.waiting.front().is_some_and(|start| *start <= now_ns) {
            self.waiting.pop_front();
        }
        self.waiting.len() as u32
    }

    /// True when a request arriving at `arrival_ns` would be refused.
    pub fn is_full(&mut self, arrival_ns: u64) -> bool {
        let free = self.free_at_ns.peek().is_some_and(|free| free.0 <= arrival_ns);
        !free && self.queue_len(arrival_ns) >= self.queue_limit
    }

    /// Admits a request: start = the later of its arrival and the earliest free worker, finish = start + service.
    pub fn admit(&mut self, arrival_ns: u64, service_ns: u64) -> Result<Slot, QueueFull> {
        if self.is_full(arrival_ns) {
            return Err(QueueFull { limit: self.queue_limit });
        }
        let Some(Reverse(free)) = self.free_at_ns.pop() else { return Err(QueueFull { limit: 0 }) };
        let start_ns = free.max(arrival_ns);
        let finish_ns = start_ns + service_ns;
        self.free_at_ns.push(Reverse(finish_ns));
        self.served_ns += service_ns;
        if start_ns > arrival_ns {
            self.waiting.push_back(start_ns);
        }
        Ok(Slot { start_ns, finish_ns })
    }

    /// Worker time used up to `now_ns`, in nanoseconds: what was promised, less what lies in the future.
    pub fn busy_ns(&self, now_ns: u64) -> u64 {
        let ahead: u64 = self.free_at_ns.iter().map(|free| free.0.saturating_sub(now_ns)).sum();
        self.served_ns.saturating_sub(ahead)
    }

    /// Forgets all waiting work: every worker is free from `now_ns`. Used when the envelope is switched on after seeding.
    pub fn clear(&mut self, now_ns: u64) {
        let workers = self.free_at_ns.len();
        self.free_at_ns = (0..workers).map(|_| Reverse(now_ns)).collect();
        self.waiting.clear();
        self.served_ns = 0;
    }
}

/// The exact response times, in nanoseconds, of requests with these arrivals (sorted) and services at a station that refuses none.
pub fn response_times_ns(workers: u32, arrivals_ns: &[u64], services_ns: &[u64]) -> Vec<u64> {
    let mut station = Station::new(workers, u32::MAX);
    arrivals_ns
        .iter()
        .zip(services_ns)
        .map(|(&arrival, &service)| station.admit(arrival, service).map_or(0, |slot| slot.finish_ns - arrival))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Stream;

    #[test]
    fn one_worker_serves_in_order() {
        let mut station = Station::new(1, 10);
        assert_eq!(station.admit(0, 10), Ok(Slot { start_ns: 0, finish_ns: 10 }));
        assert_eq!(station.admit(1, 10), Ok(Slot { start_ns: 10, finish_ns: 20 }));
        assert_eq!(station.queue_len(5), 1);
        assert_eq!(station.queue_len(10), 0);
        assert_eq!(station.busy_ns(15), 15);
        assert_eq!(station.busy_ns(40), 20);
    }

    #[test]
    fn full_queue_refuses_in_virtual_time() {
        let mut station = Station::new(1, 1);
        assert!(station.admit(0, 10).is_ok());
        assert!(station.admit(0, 10).is_ok());
        assert_eq!(station.admit(0, 10), Err(QueueFull { limit: 1 }));
        assert!(station.admit(10, 10).is_ok(), "one has started by now");
    }

    /// Known answer: M/M/c mean response time by Erlang C (M/M/1 at 80%: 5 services; M/M/4 at 80%: 1.7455 services).
    #[test]
    fn agrees_with_erlang_c() {
        for (workers, rho, expected) in [(1, 0.5, 2.0), (1, 0.8, 5.0), (4, 0.8, 1.745_5)] {
            let mut stream = Stream::new(11, "mmc", u64::from(workers));
            let n = 2_000_000;
            let mut clock = 0.0;
            let (mut arrivals, mut services) = (Vec::new(), Vec::new());
            for _ in 0..n {
                clock += stream.exponential() / (rho * f64::from(workers));
                arrivals.push((clock * 1e6) as u64);
                services.push((stream.exponential() * 1e6) as u64);
            }
            let times = response_times_ns(workers, &arrivals, &services);
            let mean = times.iter().map(|t| *t as f64).sum::<f64>() / n as f64 / 1e6;
            assert!((mean / expected - 1.0).abs() < 0.02, "M/M/{workers} at {rho}: {mean} not {expected}");
        }
    }
}
