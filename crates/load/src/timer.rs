//! Waking the event loop at a precise time. On Linux a timerfd in the same poll (overshoots by some tens of microseconds); elsewhere the
//! poll's own timeout, cut short, and a spin over the last 50 microseconds.

use std::io;
use std::time::Duration;

use mio::{Events, Poll, Token};

use crate::clock;

/// The token that the timer's own events carry.
pub(crate) const TIMER: Token = Token(usize::MAX);

#[cfg(target_os = "linux")]
pub(crate) struct Timer {
    fd: std::os::fd::OwnedFd,
    /// What the descriptor is armed to; `None` once it went off.
    armed_ns: Option<u64>,
}

#[cfg(target_os = "linux")]
impl Timer {
    pub(crate) fn new(poll: &Poll) -> io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        use std::os::fd::AsRawFd;
        let fd = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        poll.registry().register(&mut mio::unix::SourceFd(&fd.as_raw_fd()), TIMER, mio::Interest::READABLE)?;
        Ok(Self { fd, armed_ns: None })
    }

    /// Any open descriptor of this process will do where this is used.
    pub(crate) fn descriptor(&self) -> &std::os::fd::OwnedFd {
        &self.fd
    }

    /// Waits for an event, at the longest until `wake_ns`.
    pub(crate) fn wait(&mut self, poll: &mut Poll, events: &mut Events, wake_ns: u64) -> io::Result<()> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        let timeout = if wake_ns <= clock::now_ns() {
            Some(Duration::ZERO)
        } else {
            if self.armed_ns != Some(wake_ns) {
                let at = Timespec { tv_sec: (wake_ns / 1_000_000_000) as i64, tv_nsec: (wake_ns % 1_000_000_000) as _ };
                let spec = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: at };
                // Arming anew also clears an expiry that was not read, so the descriptor is never read.
                timerfd_settime(&self.fd, TimerfdTimerFlags::ABSTIME, &spec)?;
                self.armed_ns = Some(wake_ns);
            }
            None
        };
        poll_once(poll, events, timeout)?;
        if events.iter().any(|event| event.token() == TIMER) {
            self.armed_ns = None;
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) struct Timer;

#[cfg(not(target_os = "linux"))]
impl Timer {
    pub(crate) fn new(_: &Poll) -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for an event, at the longest until `wake_ns` (to the millisecond where the system's poll is no finer).
    pub(crate) fn wait(&mut self, poll: &mut Poll, events: &mut Events, wake_ns: u64) -> io::Result<()> {
        const SPIN: Duration = Duration::from_micros(50);
        let gap = Duration::from_nanos(wake_ns.saturating_sub(clock::now_ns()));
        poll_once(poll, events, Some(gap.saturating_sub(SPIN)))?;
        while events.is_empty() && clock::now_ns() < wake_ns {
            poll_once(poll, events, Some(Duration::ZERO))?;
        }
        Ok(())
    }
}

/// One poll; a signal in between only means no events.
fn poll_once(poll: &mut Poll, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
    match poll.poll(events, timeout) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            events.clear();
            Ok(())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wakes_at_the_time_and_never_sooner() {
        let mut poll = Poll::new().unwrap();
        let mut events = Events::with_capacity(8);
        let mut timer = Timer::new(&poll).unwrap();
        for gap_us in [0, 40, 300, 2000, 20] {
            let wake_ns = clock::now_ns() + gap_us * 1000;
            // A wait may also end for nothing (a signal); then it is simply repeated, as the event loop does.
            while clock::now_ns() < wake_ns {
                timer.wait(&mut poll, &mut events, wake_ns).unwrap();
                let woken_by_timer = events.iter().any(|event| event.token() == TIMER);
                assert!(!woken_by_timer || clock::now_ns() >= wake_ns, "{gap_us}");
            }
        }
    }
}
