//! The monotonic clock, which all processes of one machine share on Linux, and the CPU time of the calling thread.

/// Nanoseconds of CLOCK_MONOTONIC.
#[cfg(unix)]
pub(crate) fn now_ns() -> u64 {
    in_ns(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic))
}

/// Nanoseconds of CPU that the calling thread has used, user and system.
#[cfg(unix)]
pub(crate) fn thread_cpu_ns() -> u64 {
    in_ns(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime))
}

#[cfg(unix)]
fn in_ns(time: rustix::time::Timespec) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds since this process first asked; not comparable between processes here.
#[cfg(not(unix))]
pub(crate) fn now_ns() -> u64 {
    static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    ORIGIN.get_or_init(std::time::Instant::now).elapsed().as_nanos() as u64 + 1
}

/// Unknown here: 0.
#[cfg(not(unix))]
pub(crate) fn thread_cpu_ns() -> u64 {
    0
}
