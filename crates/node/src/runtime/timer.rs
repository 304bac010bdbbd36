//! One precise timer a process: a heap of finish times and, on Linux, one timerfd armed to the earliest (overshoots by some 0.03 ms, where
//! the async runtime's own sleep overshoots by 1 ms). Elsewhere a thread with a condition variable stands in.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

use super::clock;

struct Due {
    at_ns: u64,
    wake: oneshot::Sender<()>,
}
impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.at_ns == other.at_ns
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    /// Reversed: the heap's top is the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.at_ns.cmp(&self.at_ns)
    }
}

type Heap = Arc<Mutex<BinaryHeap<Due>>>;

/// Wakes everything that is due and gives the next time to be woken at.
fn wake_due(heap: &Mutex<BinaryHeap<Due>>) -> Option<u64> {
    let mut heap = super::lock(heap);
    let now_ns = clock::now_ns();
    while heap.peek().is_some_and(|due| due.at_ns <= now_ns) {
        if let Some(due) = heap.pop() {
            // Nobody waits any more when its request was given up.
            let _ = due.wake.send(());
        }
    }
    heap.peek().map(|due| due.at_ns)
}

#[cfg(target_os = "linux")]
pub(super) struct Timer {
    heap: Heap,
    fd: Arc<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>>,
}

#[cfg(target_os = "linux")]
impl Timer {
    pub(super) fn new() -> std::io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        let fd = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        // SAFETY: the descriptor is owned by the AsyncFd, so it stays open for as long as it is registered.
        #[expect(unsafe_code, reason = "AsyncFd has no safe constructor")]
        let fd = Arc::new(unsafe { tokio::io::unix::AsyncFd::register(fd) }.map_err(std::io::Error::from)?);
        let heap: Heap = Heap::default();
        let (driver_fd, driver_heap) = (fd.clone(), heap.clone());
        tokio::spawn(async move {
            while let Ok(mut ready) = driver_fd.readable().await {
                let mut expirations = [0_u8; 8];
                // A read that would block only means that the timer was armed anew meanwhile.
                let _ = rustix::io::read(driver_fd.get_ref(), &mut expirations);
                ready.clear_ready();
                if let Some(next_ns) = wake_due(&driver_heap) {
                    arm(driver_fd.get_ref(), next_ns);
                }
            }
        });
        Ok(Self { heap, fd })
    }

    pub(super) async fn until(&self, at_ns: u64) {
        if at_ns <= clock::now_ns() {
            return;
        }
        let (wake, woken) = oneshot::channel();
        let earliest = {
            let mut heap = super::lock(&self.heap);
            heap.push(Due { at_ns, wake });
            heap.peek().is_some_and(|due| due.at_ns == at_ns)
        };
        if earliest {
            arm(self.fd.get_ref(), at_ns);
        }
        let _ = woken.await;
    }
}

#[cfg(target_os = "linux")]
fn arm(fd: &std::os::fd::OwnedFd, at_ns: u64) {
    use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
    let at = Timespec { tv_sec: (at_ns / 1_000_000_000) as i64, tv_nsec: (at_ns % 1_000_000_000) as _ };
    let spec = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: at };
    if let Err(error) = timerfd_settime(fd, TimerfdTimerFlags::ABSTIME, &spec) {
        crate::process::say(&loadline_model::wire::FromNode::Event { message: format!("the precise timer could not be set: {error}") });
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) struct Timer {
    heap: Heap,
    thread: std::thread::Thread,
}

#[cfg(not(target_os = "linux"))]
impl Timer {
    pub(super) fn new() -> std::io::Result<Self> {
        let heap: Heap = Heap::default();
        let driver_heap = heap.clone();
        let thread = std::thread::Builder::new().name("timer".into()).spawn(move || {
            loop {
                match wake_due(&driver_heap) {
                    Some(next_ns) => std::thread::park_timeout(std::time::Duration::from_nanos(next_ns.saturating_sub(clock::now_ns()))),
                    None => std::thread::park(),
                }
            }
        })?;
        Ok(Self { heap, thread: thread.thread().clone() })
    }

    pub(super) async fn until(&self, at_ns: u64) {
        if at_ns <= clock::now_ns() {
            return;
        }
        let (wake, woken) = oneshot::channel();
        super::lock(&self.heap).push(Due { at_ns, wake });
        self.thread.unpark();
        let _ = woken.await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn wakes_in_order_and_never_early() {
        let timer = Arc::new(Timer::new().unwrap());
        let start_ns = clock::now_ns();
        let order = Arc::new(Mutex::new(Vec::new()));
        let waits: Vec<_> = [9_u64, 3, 6, 1]
            .into_iter()
            .map(|ms| {
                let (timer, order) = (timer.clone(), order.clone());
                tokio::spawn(async move {
                    let at_ns = start_ns + ms * 1_000_000;
                    timer.until(at_ns).await;
                    assert!(clock::now_ns() >= at_ns);
                    order.lock().unwrap().push(ms);
                })
            })
            .collect();
        for wait in waits {
            wait.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [1, 3, 6, 9]);
    }
}
