//! The event loop, on one thread: sends each arrival at its due time, reads answers, gives up on what is overdue, ticks, stops. The next
//! request is always made ahead of its due time. What it never does: wait for an answer before it sends.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use loadline_model::load::{LoadResult, LoadSpec, LoadTick};
use loadline_model::requests::{Request, RequestStream};
use mio::{Events, Interest, Poll, Token};

use crate::connection::{Connection, Step, reason};
use crate::render::Renderer;
use crate::tally::{Arrival, Tally};
use crate::timer::{TIMER, Timer};
use crate::{LoadError, clock, guard};

/// Events taken from the system at once.
const EVENTS_MAX: usize = 1024;
/// Arrivals sent, and events handled, before the other is looked at again.
const SENDS_IN_A_ROW: usize = 64;
const EVENTS_IN_A_ROW: usize = 16;
/// How often a stop is looked for at the least.
const LOOK_NS: u64 = 20_000_000;
/// How long answers are waited for after a stop.
const DRAIN_NS: u64 = 250_000_000;
/// The component that failures are put down to when the answer names none.
const CLIENT: &str = "client";

pub(crate) struct Generator {
    duration_ns: u64,
    timeout_ns: u64,
    tick_ns: u64,
    poll: Poll,
    timer: Timer,
    targets: Vec<Target>,
    connections: Vec<Option<Connection>>,
    /// Free places in `connections`.
    free: Vec<usize>,
    open: usize,
    open_max: usize,
    opened: u64,
    requests: RequestStream,
    /// The next request, when there is one.
    next: Request,
    has_next: bool,
    renderer: Renderer,
    /// When requests under way are given up: time, place, arrival number. In order of time, as arrivals are.
    deadlines: VecDeque<(u64, usize, u64)>,
    tally: Tally,
    scratch: Vec<u8>,
    start_ns: u64,
}

/// One address and its connections at rest, the one used last on top.
struct Target {
    address: SocketAddr,
    idle: Vec<usize>,
}

fn system(what: &'static str) -> impl Fn(io::Error) -> LoadError {
    move |source| LoadError::System { what, source }
}

impl Generator {
    pub(crate) fn new(spec: LoadSpec) -> Result<Self, LoadError> {
        let addresses = guard::admit(&spec)?;
        let mut requests = RequestStream::new(&spec)?;
        let poll = Poll::new().map_err(system("no event poll"))?;
        let timer = Timer::new(&poll).map_err(system("no precise timer"))?;
        let open_max = guard::connection_limit(spec.max_connections);
        #[cfg(target_os = "linux")]
        guard::reserve_descriptors(timer.descriptor(), open_max);
        let mut next = Request::default();
        let has_next = requests.fill(&mut next);
        Ok(Self {
            duration_ns: (spec.duration_s * 1e9) as u64,
            timeout_ns: (spec.timeout_ms * 1e6) as u64,
            tick_ns: spec.tick_ms * 1_000_000,
            poll,
            timer,
            targets: addresses.into_iter().map(|address| Target { address, idle: Vec::new() }).collect(),
            connections: Vec::new(),
            free: Vec::new(),
            open: 0,
            open_max,
            opened: 0,
            requests,
            next,
            has_next,
            renderer: Renderer::new(&spec),
            deadlines: VecDeque::new(),
            tally: Tally::new(&spec),
            scratch: vec![0; 64 * 1024],
            start_ns: 0,
        })
    }

    /// The run, from `start_ns` of CLOCK_MONOTONIC, or from now when that is absent or past.
    pub(crate) fn run(
        mut self,
        start_ns: Option<u64>,
        mut on_tick: impl FnMut(LoadTick),
        stop: &AtomicBool,
    ) -> Result<LoadResult, LoadError> {
        let cpu_before_ns = clock::thread_cpu_ns();
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut now_ns = clock::now_ns();
        self.start_ns = start_ns.unwrap_or(now_ns).max(now_ns);
        let end_ns = self.start_ns + self.duration_ns;
        let mut next_tick_ns = self.start_ns + self.tick_ns;
        let mut look_ns = now_ns + LOOK_NS;
        let mut drained_ns = None;
        loop {
            let waiting = self.send_due(now_ns, SENDS_IN_A_ROW);
            now_ns = clock::now_ns();
            self.give_up_overdue(now_ns);
            if drained_ns.is_none() && stop.load(Ordering::Relaxed) {
                now_ns = self.start_ns.max(clock::now_ns());
                // What came due before the stop still counts, and goes.
                self.send_due(now_ns, usize::MAX);
                self.has_next = false;
                drained_ns = Some(now_ns + DRAIN_NS);
            }
            if now_ns >= next_tick_ns {
                on_tick(self.tally.tick(seconds(now_ns - self.start_ns)));
                next_tick_ns += self.tick_ns * (1 + (now_ns - next_tick_ns) / self.tick_ns);
            }
            let in_flight = self.tally.counts().in_flight();
            if !self.has_next && in_flight == 0 && (now_ns >= end_ns || drained_ns.is_some()) {
                break;
            }
            if drained_ns.is_some_and(|drained_ns| now_ns >= drained_ns) {
                self.give_up_all("stopped");
                break;
            }
            if now_ns >= look_ns {
                look_ns = now_ns + LOOK_NS;
            }
            let mut wake_ns = look_ns.min(next_tick_ns);
            if waiting {
                wake_ns = now_ns;
            } else if self.has_next {
                wake_ns = wake_ns.min(self.start_ns + self.next.due_ns);
            }
            if let Some((deadline_ns, ..)) = self.deadlines.front() {
                wake_ns = wake_ns.min(*deadline_ns);
            }
            self.timer.wait(&mut self.poll, &mut events, wake_ns).map_err(system("waiting for events"))?;
            for (i, event) in events.iter().enumerate() {
                if event.token() != TIMER {
                    self.handle(event.token().0, event.is_read_closed() || event.is_error());
                }
                if i % EVENTS_IN_A_ROW == EVENTS_IN_A_ROW - 1 {
                    self.send_due(clock::now_ns(), SENDS_IN_A_ROW);
                }
            }
            now_ns = clock::now_ns();
        }
        let ended_ns = clock::now_ns().max(self.start_ns);
        on_tick(self.tally.tick(seconds(ended_ns - self.start_ns)));
        Ok(LoadResult {
            cpu_s: seconds(clock::thread_cpu_ns() - cpu_before_ns),
            connections_opened: self.opened,
            started_ns: self.start_ns,
            elapsed_s: seconds(ended_ns - self.start_ns),
            stopped: drained_ns.is_some(),
            ..self.tally.result()
        })
    }

    /// Sends what is due, at most `most` arrivals; true when more is due already.
    fn send_due(&mut self, now_ns: u64, most: usize) -> bool {
        let mut now_ns = now_ns;
        for _ in 0..most {
            if !self.has_next || self.start_ns + self.next.due_ns > now_ns {
                return false;
            }
            self.send(now_ns);
            self.has_next = self.requests.fill(&mut self.next);
            if most != usize::MAX {
                now_ns = clock::now_ns();
            }
        }
        true
    }

    /// Gives the next request to a connection: one at rest, else a new one, else it is dropped.
    fn send(&mut self, now_ns: u64) {
        let arrival = Arrival::of(&self.next);
        let due_ns = self.start_ns + arrival.due_ns;
        let wanted = (arrival.number % self.targets.len() as u64) as usize;
        let mut reused = self.targets[wanted].idle.pop();
        if reused.is_none() && self.open >= self.open_max {
            // No more connections are allowed: any address will do.
            reused = self.targets.iter_mut().find_map(|target| target.idle.pop());
            if reused.is_none() {
                self.tally.dropped(arrival);
                return;
            }
        }
        let mut opened = None;
        let place = match reused {
            Some(place) => place,
            None => match self.open(wanted) {
                Ok(place) => {
                    opened = Some(place);
                    place
                }
                Err(error) if out_of_descriptors(&error) => {
                    self.tally.dropped(arrival);
                    return;
                }
                Err(error) => {
                    self.tally.sent(arrival, now_ns - due_ns);
                    self.tally.failed(arrival, CLIENT, reason(&error));
                    return;
                }
            },
        };
        self.tally.sent(arrival, now_ns - due_ns);
        let Err(error) = self.begin(place, arrival, due_ns) else { return };
        let address = self.connections[place].as_ref().map_or(wanted, |connection| connection.address);
        self.close(place);
        if opened.is_some() {
            self.tally.failed(arrival, CLIENT, reason(&error));
            return;
        }
        // The server closed it while it was at rest and took not one byte: once more, on a new one.
        match self.open(address).map(|place| (place, self.begin(place, arrival, due_ns))) {
            Ok((_, Ok(()))) => {}
            Ok((place, Err(error))) => {
                self.close(place);
                self.tally.failed(arrival, CLIENT, reason(&error));
            }
            Err(error) => self.tally.failed(arrival, CLIENT, reason(&error)),
        }
    }

    /// Writes the next request to the connection at `place`.
    fn begin(&mut self, place: usize, arrival: Arrival, due_ns: u64) -> io::Result<()> {
        let connection = self.connections[place].as_mut().expect("the place was just taken from the idle list or opened");
        self.renderer.render(&self.next, connection.address, due_ns);
        connection.begin(arrival, self.renderer.method(arrival.operation), self.renderer.last())?;
        self.deadlines.push_back((due_ns + self.timeout_ns, place, arrival.number));
        Ok(())
    }

    /// Opens a connection to an address and gives its place.
    fn open(&mut self, address: usize) -> io::Result<usize> {
        let mut connection = Connection::open(self.targets[address].address, address)?;
        let place = self.free.last().copied().unwrap_or(self.connections.len());
        self.poll.registry().register(&mut connection.stream, Token(place), Interest::READABLE | Interest::WRITABLE)?;
        if self.free.pop().is_some() {
            self.connections[place] = Some(connection);
        } else {
            self.connections.push(Some(connection));
        }
        self.open += 1;
        self.opened += 1;
        Ok(place)
    }

    /// Closes the connection at `place`, which is at rest no more.
    fn close(&mut self, place: usize) {
        if self.connections.get_mut(place).and_then(Option::take).is_some() {
            self.free.push(place);
            self.open -= 1;
        }
    }

    /// Something happened at the connection at `place`, or at one that had its place before: a hint, nothing more.
    fn handle(&mut self, place: usize, to_the_end: bool) {
        loop {
            let Some(connection) = self.connections.get_mut(place).and_then(Option::as_mut) else { return };
            let step = match connection.flush() {
                Step::Wait => connection.read(&mut self.scratch, to_the_end),
                broken => broken,
            };
            match step {
                Step::Wait => return,
                Step::Answered { keep } => {
                    let now_ns = clock::now_ns();
                    let address = connection.address;
                    if let Some(arrival) = connection.arrival.take() {
                        let status = connection.answer.status();
                        if status < 400 {
                            self.tally.answered(arrival, now_ns - (self.start_ns + arrival.due_ns));
                        } else if let Some((component, reason)) = connection.answer.fault() {
                            self.tally.failed(arrival, component, reason);
                        } else {
                            self.tally.failed(arrival, CLIENT, &format!("status_{status}"));
                        }
                    }
                    if !keep {
                        self.close(place);
                        return;
                    }
                    self.targets[address].idle.push(place);
                    if !to_the_end {
                        return;
                    }
                }
                Step::Broken(reason) => {
                    match connection.arrival.take() {
                        Some(arrival) => self.tally.failed(arrival, CLIENT, reason),
                        None => {
                            let idle = &mut self.targets[connection.address].idle;
                            idle.retain(|other| *other != place);
                        }
                    }
                    self.close(place);
                    return;
                }
            }
        }
    }

    /// Gives up on every request whose time is over, and forgets the deadlines of those that ended before.
    fn give_up_overdue(&mut self, now_ns: u64) {
        while let Some((deadline_ns, place, number)) = self.deadlines.front().copied() {
            let arrival = self.connections.get(place).and_then(Option::as_ref).and_then(|connection| connection.arrival);
            let under_way = arrival.filter(|arrival| arrival.number == number);
            match under_way {
                Some(_) if deadline_ns > now_ns => return,
                Some(arrival) => {
                    self.tally.failed(arrival, CLIENT, "timeout");
                    self.close(place);
                }
                None => {}
            }
            self.deadlines.pop_front();
        }
    }

    /// Gives up on every request under way.
    fn give_up_all(&mut self, reason: &str) {
        for connection in self.connections.iter_mut().flatten() {
            if let Some(arrival) = connection.arrival.take() {
                self.tally.failed(arrival, CLIENT, reason);
            }
        }
    }
}

fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

/// The process or the system has no file descriptor left: as good as no connection allowed.
fn out_of_descriptors(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let code = error.raw_os_error();
        code == Some(Errno::MFILE.raw_os_error()) || code == Some(Errno::NFILE.raw_os_error())
    }
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

#[cfg(test)]
mod tests;
