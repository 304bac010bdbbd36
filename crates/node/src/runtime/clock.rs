//! The monotonic clock, which all processes of one machine share on Linux: a time can be passed along with a call.

/// Nanoseconds of CLOCK_MONOTONIC.
#[cfg(unix)]
pub fn now_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Nanoseconds since this process first asked; times are not comparable between processes here, so none that is passed along is believed.
#[cfg(not(unix))]
pub fn now_ns() -> u64 {
    static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    ORIGIN.get_or_init(std::time::Instant::now).elapsed().as_nanos() as u64 + 1
}

/// Milliseconds since 1970, for ids and for what people read.
pub fn unix_ms() -> u64 {
    unix_us() / 1000
}

/// Microseconds since 1970, for times that are passed to other nodes within a message.
pub fn unix_us() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_micros() as u64)
}

/// An arrival time that a caller passed along, if it is believable: of a clock that both share, in the past, by less than ten seconds.
pub fn believable_ns(passed_ns: u64, now_ns: u64) -> Option<u64> {
    (cfg!(unix) && passed_ns <= now_ns && now_ns - passed_ns < 10_000_000_000).then_some(passed_ns)
}
