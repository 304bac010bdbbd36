//! What is let in: loopback addresses only, and specs whose every figure can be run. Nothing is corrected in silence.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use loadline_model::load::LoadSpec;

use crate::LoadError;

/// Most operations, phases, addresses and modelled users of a spec, and its longest run in seconds.
const OPERATIONS_MAX: usize = 256;
const PHASES_MAX: usize = 128;
const ADDRESSES_MAX: usize = 1024;
const USERS_MAX: u32 = 10_000_000;
const DURATION_S_MAX: f64 = 24.0 * 3600.0;
/// Highest rate of a phase, arrivals a second: far above what one generator can send.
const RATE_PER_S_MAX: f64 = 1e6;
/// Longest time that a request may be waited for, ms.
const TIMEOUT_MS_MAX: f64 = 3_600_000.0;

/// The socket address of `host:port`, if it is this machine's loopback. Nothing is looked up: `localhost` means 127.0.0.1.
pub fn loopback(address: &str) -> Result<SocketAddr, LoadError> {
    let refuse = |why| LoadError::NotLoopback { address: address.to_owned(), why };
    let parsed: SocketAddr = match address.strip_prefix("localhost:") {
        Some(port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().map_err(|_| refuse("the port is not a number"))?),
        None => address.parse().map_err(|_| refuse("not an IP address and a port"))?,
    };
    if !parsed.ip().is_loopback() {
        return Err(refuse("another machine's address"));
    }
    if parsed.port() == 0 {
        return Err(refuse("port 0 is nobody's"));
    }
    Ok(parsed)
}

/// Checks everything of `spec` but its templates; gives the addresses to send to.
pub(crate) fn admit(spec: &LoadSpec) -> Result<Vec<SocketAddr>, LoadError> {
    let must = |holds: bool, place: &str, remedy: &str| {
        if holds { Ok(()) } else { Err(LoadError::Spec { place: place.to_owned(), remedy: remedy.to_owned() }) }
    };
    let within = |value: f64, low: f64, high: f64| (low..=high).contains(&value);

    must((1..=ADDRESSES_MAX).contains(&spec.addresses.len()), "addresses", "give 1 to 1024")?;
    let addresses = spec.addresses.iter().map(|address| loopback(address)).collect::<Result<Vec<_>, _>>()?;
    if let Some(token) = &spec.token {
        must(!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()), "token", "it must be printable ASCII without spaces")?;
    }
    must(spec.operations.len() <= OPERATIONS_MAX, "operations", "give at most 256")?;
    for (i, operation) in spec.operations.iter().enumerate() {
        let place = |field: &str| format!("operation `{}`, {field}", operation.name);
        let method = &operation.method;
        must(spec.operations[..i].iter().all(|other| other.name != operation.name), &place("name"), "each name may be used once")?;
        let method_is_sound = !method.is_empty() && method.len() <= 16 && method.bytes().all(|b| b.is_ascii_uppercase());
        must(method_is_sound, &place("method"), "it must be a word in capitals, such as GET")?;
        must(method != "CONNECT", &place("method"), "CONNECT is no request to a service")?;
        let path_is_sound = operation.path.starts_with('/') && operation.path.bytes().all(|b| b.is_ascii_graphic());
        must(path_is_sound, &place("path"), "it must begin with / and be printable ASCII without spaces")?;
        must(within(operation.deadline_ms, 0.0, TIMEOUT_MS_MAX), &place("deadline_ms"), "it must be 0 to 3,600,000")?;
    }
    must(spec.variables.users <= USERS_MAX, "variables.users", "at most 10,000,000 can be modelled")?;
    must(within(spec.variables.popularity_exponent, -10.0, 10.0), "variables.popularity_exponent", "it must be -10 to 10")?;
    must(spec.phases.len() <= PHASES_MAX, "phases", "give at most 128")?;
    let mut reached_s = 0.0;
    for (i, phase) in spec.phases.iter().enumerate() {
        let place = format!("phase {}", i + 1);
        must(within(phase.start_s, reached_s, phase.end_s), &place, "phases must be in order of time and not overlap")?;
        must(within(phase.end_s, 0.0, DURATION_S_MAX), &place, "it must end within 24 hours")?;
        let rates_are_sound = within(phase.from_per_s, 0.0, RATE_PER_S_MAX) && within(phase.to_per_s, 0.0, RATE_PER_S_MAX);
        must(rates_are_sound, &place, "rates must be 0 to 1,000,000 a second")?;
        // Neighbours are computed from fractions of the same duration: their last digits may differ.
        reached_s = phase.end_s - 1e-9 * phase.end_s;
    }
    must(within(spec.duration_s, f64::MIN_POSITIVE, DURATION_S_MAX), "duration_s", "it must be above 0 and at most 24 hours")?;
    must(within(spec.warmup_s, 0.0, DURATION_S_MAX), "warmup_s", "it must be 0 to 24 hours")?;
    must(spec.max_connections >= 1, "max_connections", "allow at least 1")?;
    must(within(spec.timeout_ms, 1.0, TIMEOUT_MS_MAX), "timeout_ms", "it must be 1 to 3,600,000")?;
    must(within(spec.tick_ms as f64, 10.0, 3_600_000.0), "tick_ms", "it must be 10 to 3,600,000")?;
    must(spec.dilation.is_finite() && spec.dilation > 0.0, "dilation", "it must be above 0")?;
    Ok(addresses)
}

/// Makes room in the process's table of descriptors for `connections` more, before the run. On Linux a table that must grow while other
/// threads share it waits for all cores (some 10 ms each time it doubles), which would make the load late just when a server stalls.
#[cfg(target_os = "linux")]
pub(crate) fn reserve_descriptors(any: impl std::os::fd::AsFd, connections: usize) {
    // The highest descriptor that the run can reach, as far as the limit on open files lets it be asked for.
    let highest = i32::try_from(connections).unwrap_or(i32::MAX - 1);
    // Only speed is lost when it is refused.
    drop(rustix::io::fcntl_dupfd_cloexec(any, highest));
}

/// How many of `wanted` connections the system allows: raises the limit on open files as far as it may.
pub(crate) fn connection_limit(wanted: u32) -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        /// Descriptors left to everything else in the process.
        const HEADROOM: u64 = 64;
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        let current = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
        let allowed = current.unwrap_or(u64::MAX).saturating_sub(HEADROOM).max(1);
        u64::from(wanted).min(allowed) as usize
    }
    #[cfg(not(unix))]
    {
        wanted as usize
    }
}

#[cfg(test)]
mod tests {
    use loadline_model::arrivals::{Phase, Process, Shape, phases};
    use loadline_model::load::{LoadOperation, LoadVariables};

    use super::*;

    fn sound() -> LoadSpec {
        let operation =
            LoadOperation { name: "read".into(), weight: 1.0, method: "GET".into(), path: "/".into(), body: None, deadline_ms: 1.0 };
        LoadSpec {
            seed: 1,
            addresses: vec!["127.0.0.1:8080".into()],
            token: None,
            operations: vec![operation],
            variables: LoadVariables { users: 1, popularity_exponent: 1.0, tweets: 1 },
            process: Process::Poisson,
            phases: phases(Shape::Stress, 7.0, 0.7),
            duration_s: 0.7,
            warmup_s: 0.0,
            max_connections: 1,
            timeout_ms: 1.0,
            tick_ms: 10,
            dilation: 1.0,
            record_samples: false,
        }
    }

    #[test]
    fn only_loopback_passes() {
        for good in ["127.0.0.1:80", "127.9.8.7:1", "[::1]:8080", "localhost:3000"] {
            assert!(loopback(good).unwrap().ip().is_loopback(), "{good}");
        }
        for bad in ["10.0.0.1:80", "0.0.0.0:80", "[::]:80", "example.org:80", "localhost.example.org:80", "127.0.0.1", "127.0.0.1:0", ""] {
            let message = loopback(bad).unwrap_err().to_string();
            assert!(message.contains(&format!("`{bad}` is not this machine")), "{message}");
        }
    }

    #[test]
    fn what_cannot_be_run_is_refused_by_name() {
        assert!(admit(&sound()).is_ok());
        type Break = fn(&mut LoadSpec);
        let refusals: [(&str, Break); 11] = [
            ("addresses", |s| s.addresses.clear()),
            ("token", |s| s.token = Some("a\r\nX: y".into())),
            ("operation `read`, path", |s| s.operations[0].path = "/ HTTP/1.1\r\n".into()),
            ("operation `read`, method", |s| s.operations[0].method = "get".into()),
            ("operation `read`, name", |s| s.operations.push(s.operations[0].clone())),
            ("phase 1", |s| s.phases = vec![Phase { start_s: 1.0, end_s: 0.5, from_per_s: 1.0, to_per_s: 1.0 }]),
            ("phase 1", |s| s.phases = vec![Phase { start_s: 0.0, end_s: 0.5, from_per_s: -1.0, to_per_s: 1.0 }]),
            ("duration_s", |s| s.duration_s = f64::NAN),
            ("timeout_ms", |s| s.timeout_ms = f64::INFINITY),
            ("tick_ms", |s| s.tick_ms = 0),
            ("dilation", |s| s.dilation = 0.0),
        ];
        for (place, break_it) in refusals {
            let mut spec = sound();
            break_it(&mut spec);
            let message = admit(&spec).unwrap_err().to_string();
            assert!(message.contains(place), "{place}: {message}");
        }
    }
}
