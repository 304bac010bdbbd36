//! How many files the process may have open; each connection is one. It opens none.

/// Raises the system's limit to `wanted`, or as far as it goes; the usual one of 1,024 is less than the connections that a node takes. What
/// the system does not give is felt as connections that wait.
pub fn allow(wanted: u64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        if limit.current.is_some_and(|current| current < wanted) {
            let current = limit.maximum.map_or(wanted, |most| most.min(wanted));
            let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
        }
    }
    #[cfg(not(unix))]
    let _ = wanted;
}
