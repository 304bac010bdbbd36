//! What every node has, whatever its role: a clock, an envelope that is kept to the microsecond, counters, and HTTP in and out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use loadline_model::envelope::{Distribution, Envelope};
use loadline_model::seed::Stream;
use loadline_model::station::{QueueFull, Station};
use loadline_model::wire::{NodeConfig, Sample};

use crate::roles::NodeError;

pub mod clock;
pub mod files;
pub mod http;
mod metrics;
mod timer;
pub mod trace;

use metrics::Metrics;
use timer::Timer;

/// One instance at work: the handle that engines and services hold.
pub struct Node {
    config: NodeConfig,
    envelope: Envelope,
    operations: Vec<Operation>,
    gate: Mutex<Gate>,
    /// Real workers, only where a worker is held while it waits for a call.
    held: Option<std::sync::Arc<tokio::sync::Semaphore>>,
    timer: Timer,
    metrics: Mutex<Metrics>,
    /// By component that is called.
    calls: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    calm: AtomicBool,
}

struct Operation {
    name: String,
    mean_ns: f64,
    distribution: Distribution,
}

struct Gate {
    station: Station,
    /// One stream an operation, so that the mix of operations does not shift another's services.
    streams: Vec<Stream>,
}

/// A request was turned away; `reason` is what the report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// `queue_full`.
    pub reason: &'static str,
}

/// An admitted request: when it is finished is already known.
#[derive(Debug)]
pub struct Ticket {
    /// When its answer is due, on [`clock::now_ns`]; pass it along as the arrival time of the calls that follow.
    pub due_ns: u64,
    hold: Hold,
}

impl Ticket {
    /// True when there is nothing to wait for and nothing to count at its finish, as with an envelope that is off.
    pub fn is_free(&self) -> bool {
        matches!(self.hold, Hold::Calm)
    }

    /// True when there is nothing left to wait for or to count at its finish.
    pub fn is_due(&self, now_ns: u64) -> bool {
        matches!(self.hold, Hold::Calm) && self.due_ns <= now_ns
    }
}

#[derive(Debug)]
enum Hold {
    /// Answered when the promised finish time comes.
    Promised,
    /// The worker itself is held until the ticket is dropped.
    Worker { _permit: tokio::sync::OwnedSemaphorePermit, since_ns: u64 },
    /// The envelope is off.
    Calm,
}

/// A place in the queue for a held worker. It is given back also when its request is cancelled there: a client that gives up closes its
/// connection, and the request is dropped where it waits.
struct Place<'a>(&'a Mutex<Metrics>);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(self.0).enqueue(-1);
    }
}

impl Node {
    /// A node at rest. Times in the configuration are life times; here they are dilated.
    pub fn new(config: NodeConfig) -> Result<Self, NodeError> {
        let envelope = config.spec.envelope.clone();
        let operations: Vec<Operation> = envelope
            .service
            .iter()
            .map(|(name, time)| Operation {
                name: name.clone(),
                mean_ns: time.mean_ms * 1e6 * config.dilation,
                distribution: time.distribution,
            })
            .collect();
        let streams = operations.iter().map(|op| service_stream(config.seed, &config.spec.id, &op.name)).collect();
        let station = Station::new(envelope.workers, envelope.queue_limit);
        let metrics = Metrics::new(operations.iter().map(|op| op.name.clone()).collect());
        let held = envelope.held_while_calling.then(|| std::sync::Arc::new(tokio::sync::Semaphore::new(envelope.workers as usize)));
        Ok(Self {
            envelope,
            operations,
            gate: Mutex::new(Gate { station, streams }),
            held,
            timer: Timer::new()?,
            metrics: Mutex::new(metrics),
            calls: Mutex::default(),
            calm: AtomicBool::new(false),
            config,
        })
    }

    /// Who this node is.
    pub fn config(&self) -> &NodeConfig {
        &self.config
    }

    /// A life time in ms as a duration of this run's wall time.
    pub fn dilated_ms(&self, life_ms: f64) -> std::time::Duration {
        std::time::Duration::from_nanos((life_ms * 1e6 * self.config.dilation) as u64)
    }

    /// Admits a request of `operation` that arrived at `arrival_ns`, or refuses it because the queue is full.
    ///
    /// An operation that the envelope does not name costs nothing: say so in the catalog by leaving it out (health checks, handshakes).
    pub async fn admit(&self, operation: &str, arrival_ns: u64) -> Result<Ticket, Refusal> {
        let calm = self.calm.load(Ordering::Relaxed);
        let Some(index) = self.operations.iter().position(|op| op.name == operation) else {
            return Ok(Ticket { due_ns: arrival_ns, hold: Hold::Calm });
        };
        if calm {
            lock(&self.metrics).admitted(index);
            return Ok(Ticket { due_ns: clock::now_ns(), hold: Hold::Calm });
        }
        match &self.held {
            None => self.promise(index, arrival_ns),
            Some(workers) => self.take_worker(index, workers).await,
        }
    }

    /// Admission for engines whose workers never wait for a call: decided at once, without an await.
    pub fn admit_now(&self, operation: &str, arrival_ns: u64) -> Result<Ticket, Refusal> {
        match self.operations.iter().position(|op| op.name == operation) {
            Some(index) if !self.calm.load(Ordering::Relaxed) => self.promise(index, arrival_ns),
            Some(index) => {
                lock(&self.metrics).admitted(index);
                Ok(Ticket { due_ns: clock::now_ns(), hold: Hold::Calm })
            }
            None => Ok(Ticket { due_ns: arrival_ns, hold: Hold::Calm }),
        }
    }

    fn promise(&self, index: usize, arrival_ns: u64) -> Result<Ticket, Refusal> {
        let op = &self.operations[index];
        let slot = {
            let mut gate = lock(&self.gate);
            if gate.station.is_full(arrival_ns) {
                Err(QueueFull { limit: self.envelope.queue_limit })
            } else {
                let service_ns = (op.distribution.sample(&mut gate.streams[index]) * op.mean_ns) as u64;
                gate.station.admit(arrival_ns, service_ns)
            }
        };
        let mut metrics = lock(&self.metrics);
        match slot {
            Ok(slot) => {
                metrics.admitted(index);
                metrics.waited(slot.start_ns - arrival_ns);
                Ok(Ticket { due_ns: slot.finish_ns, hold: Hold::Promised })
            }
            Err(_) => {
                metrics.refused();
                Err(Refusal { reason: "queue_full" })
            }
        }
    }

    async fn take_worker(&self, index: usize, workers: &std::sync::Arc<tokio::sync::Semaphore>) -> Result<Ticket, Refusal> {
        let asked_ns = clock::now_ns();
        let place = {
            let mut metrics = lock(&self.metrics);
            if workers.available_permits() == 0 && metrics.waiting() >= self.envelope.queue_limit {
                metrics.refused();
                return Err(Refusal { reason: "queue_full" });
            }
            metrics.enqueue(1);
            Place(&self.metrics)
        };
        let permit = workers.clone().acquire_owned().await;
        drop(place);
        let now_ns = clock::now_ns();
        let mut metrics = lock(&self.metrics);
        let Ok(permit) = permit else { return Err(Refusal { reason: "stopping" }) };
        metrics.admitted(index);
        metrics.waited(now_ns - asked_ns);
        metrics.took_worker(now_ns);
        drop(metrics);
        let op = &self.operations[index];
        let service_ns = (op.distribution.sample(&mut lock(&self.gate).streams[index]) * op.mean_ns) as u64;
        Ok(Ticket { due_ns: now_ns + service_ns, hold: Hold::Worker { _permit: permit, since_ns: now_ns } })
    }

    /// Waits until the ticket's promised finish time. The ticket comes back because a held worker is free only when it is dropped
    /// through [`Node::release`].
    pub async fn finish(&self, ticket: &Ticket) {
        if matches!(ticket.hold, Hold::Calm) {
            return;
        }
        self.until(ticket.due_ns).await;
        lock(&self.metrics).answered(clock::now_ns().saturating_sub(ticket.due_ns));
    }

    /// As [`Node::finish`], for a ticket whose finish time has come already: false when it has not, and then nothing was done.
    pub fn finish_now(&self, ticket: &Ticket) -> bool {
        if matches!(ticket.hold, Hold::Calm) {
            return true;
        }
        let now_ns = clock::now_ns();
        if now_ns < ticket.due_ns {
            return false;
        }
        lock(&self.metrics).answered(now_ns - ticket.due_ns);
        true
    }

    /// Gives a held worker back; nothing to do for the others.
    pub fn release(&self, ticket: Ticket) {
        if let Hold::Worker { since_ns, .. } = ticket.hold {
            lock(&self.metrics).gave_worker_back(since_ns, clock::now_ns());
        }
    }

    /// Waits until `at_ns` on [`clock::now_ns`], to within some tens of microseconds.
    pub async fn until(&self, at_ns: u64) {
        self.timer.until(at_ns).await;
    }

    /// Adds to a counter of the role's own (`hits`, `fanout_writes` ...).
    pub fn count(&self, name: &'static str, n: u64) {
        lock(&self.metrics).count(name, n);
    }

    /// The count of calls to `component`, for the client that makes them: one for every instance of it.
    pub fn calls_to(&self, component: &str) -> Arc<AtomicU64> {
        lock(&self.calls).entry(component.to_owned()).or_default().clone()
    }

    /// Sets a gauge of the role's own (`replication_lag_ms` in wall ms, `consumer_lag` ...).
    pub fn gauge(&self, name: impl Into<Cow<'static, str>>, value: f64) {
        lock(&self.metrics).gauge(name.into(), value);
    }

    /// Takes a gauge away whose subject is gone (a group of consumers).
    pub fn drop_gauge(&self, name: &str) {
        lock(&self.metrics).drop_gauge(name);
    }

    /// Records a value into a histogram of the role's own (`tweet_to_timeline_us` ...): whole units, named last in `name`.
    pub fn record(&self, name: &'static str, value: u64) {
        lock(&self.metrics).record(name, value);
    }

    /// Counts a request that failed here for `reason`.
    pub fn failed(&self, reason: &str) {
        lock(&self.metrics).failed(reason);
    }

    /// Whether the envelope is off, as while data is seeded.
    pub fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// Switches the envelope off while data is seeded, and on again with every worker free.
    pub fn set_calm(&self, calm: bool) {
        self.calm.store(calm, Ordering::Relaxed);
        if !calm {
            lock(&self.gate).station.clear(clock::now_ns());
        }
    }

    /// Forgets what was counted: measuring begins now.
    pub fn measure(&self) {
        let now_ns = clock::now_ns();
        lock(&self.gate).station.clear(now_ns);
        lock(&self.metrics).reset(now_ns);
        lock(&self.calls).values().for_each(|calls| calls.store(0, Ordering::Relaxed));
    }

    /// What was counted since measuring began; with histograms when `whole`.
    pub fn sample(&self, whole: bool) -> Sample {
        let now_ns = clock::now_ns();
        let (busy_ns, queue) = {
            let mut gate = lock(&self.gate);
            (gate.station.busy_ns(now_ns), gate.station.queue_len(now_ns))
        };
        let mut sample = lock(&self.metrics).sample(now_ns, whole);
        sample.calls = lock(&self.calls).iter().map(|(component, calls)| (component.clone(), calls.load(Ordering::Relaxed))).collect();
        if self.held.is_none() {
            sample.busy_ns = busy_ns;
            sample.queue = queue;
        }
        sample
    }
}

/// The stream that the services of `operation` at instance `node` are drawn from; public so that a run can be recomputed exactly.
pub fn service_stream(seed: u64, node: &str, operation: &str) -> Stream {
    Stream::new(seed, &format!("service/{node}/{operation}"), 0)
}

/// Locks; a poisoned lock means that a panic of ours is already on its way out, and counters stay usable meanwhile.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use loadline_model::plan::NodeSpec;

    use super::*;

    /// One worker that is held, and room for one request behind it.
    fn node() -> Node {
        let mut envelope = Envelope::single("work", 1, 1.0, Distribution::Fixed);
        (envelope.queue_limit, envelope.held_while_calling) = (1, true);
        let spec = NodeSpec {
            id: "work-1".to_owned(),
            component: "work".to_owned(),
            role: "work".to_owned(),
            instance: 0,
            instances: 1,
            envelope,
            settings: BTreeMap::new(),
            ports: BTreeMap::new(),
        };
        let config = NodeConfig {
            spec,
            dilation: 1.0,
            token: String::new(),
            seed: 7,
            data_dir: std::env::temp_dir(),
            population: None,
            sample_every_ms: 250,
            port: None,
        };
        Node::new(config).unwrap()
    }

    #[tokio::test]
    async fn a_request_that_is_cancelled_while_it_waits_gives_its_place_back() {
        let node = node();
        let first = node.admit("work", clock::now_ns()).await.unwrap();
        for _ in 0..3 {
            let mut waiting = Box::pin(node.admit("work", clock::now_ns()));
            let waits = std::future::poll_fn(|task| Poll::Ready(waiting.as_mut().poll(task).is_pending()));
            assert!(waits.await, "the worker is held");
            assert_eq!(node.sample(false).queue, 1);
            let refused = node.admit("work", clock::now_ns()).await;
            assert_eq!(refused.unwrap_err().reason, "queue_full");
            drop(waiting);
            assert_eq!(node.sample(false).queue, 0);
        }
        node.release(first);
        node.release(node.admit("work", clock::now_ns()).await.unwrap());
        assert_eq!(node.sample(false).queue, 0);
    }
}
