//! What CONFIG shows and sets: the settings that exist, and no others.

use super::eviction::Policy;
use super::fault::Fault;
use super::journal::{FileSettings, Fsync};

/// Clients at the same time, unless the setting `max_clients` says otherwise.
pub(super) const CLIENTS_MAX: f64 = 10_000.0;

/// Settings of a running server.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// 0: no limit.
    pub(super) memory_max_bytes: usize,
    pub(super) policy: Policy,
    pub(super) clients_max: usize,
    /// Wall ns that a client may be held up by a frame that does not end or by answers that it does not take.
    pub(super) stalled_most_ns: u64,
    /// Wall ns within which a client must show the password.
    pub(super) stranger_most_ns: u64,
}

impl Settings {
    /// Name and value of every setting.
    pub(super) fn all(&self, file: Option<FileSettings>) -> Vec<(&'static str, String)> {
        let rewrite_min = file.map_or(0, |file| file.rewrite_min_bytes);
        vec![
            ("appendfsync", file.map_or(Fsync::EverySecond, |file| file.fsync).name().to_owned()),
            ("appendonly", if file.is_some() { "yes" } else { "no" }.to_owned()),
            ("auto-aof-rewrite-min-size", rewrite_min.to_string()),
            ("auto-aof-rewrite-percentage", "100".to_owned()),
            ("bind", "127.0.0.1".to_owned()),
            ("client-output-buffer-limit", "normal 0 0 0 slave 0 0 0 pubsub 33554432 8388608 60".to_owned()),
            ("databases", "1".to_owned()),
            ("lfu-decay-time", "1".to_owned()),
            ("lfu-log-factor", "10".to_owned()),
            ("maxclients", self.clients_max.to_string()),
            ("maxmemory", self.memory_max_bytes.to_string()),
            ("maxmemory-policy", self.policy.name().to_owned()),
            ("maxmemory-samples", "10".to_owned()),
            ("proto-max-bulk-len", "67108864".to_owned()),
            ("save", String::new()),
            ("timeout", "0".to_owned()),
        ]
    }

    /// Sets one, here or of the append-only file; the refusal names what is wrong as Redis does.
    pub(super) fn set(&mut self, name: &str, value: &str, file: Option<&mut FileSettings>) -> Result<(), Fault> {
        let refuse = |why: &str| Fault::new(format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"));
        match (name, file) {
            ("maxmemory", _) => self.memory_max_bytes = memory(value).ok_or_else(|| refuse("argument must be a memory value"))?,
            ("maxmemory-policy", _) => {
                self.policy = Policy::from_name(value).ok_or_else(|| {
                    refuse(
                        "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction",
                    )
                })?;
            }
            ("maxclients", _) => {
                let wanted = value.parse().ok().filter(|n| (1..=100_000).contains(n));
                self.clients_max = wanted.ok_or_else(|| refuse("argument must be between 1 and 100000 inclusive"))?;
            }
            ("appendfsync", Some(file)) => {
                let fsync = Fsync::from_name(value);
                file.fsync = fsync.ok_or_else(|| refuse("argument(s) must be one of the following: everysec, always, no"))?;
            }
            ("auto-aof-rewrite-min-size", Some(file)) => {
                file.rewrite_min_bytes = memory(value).ok_or_else(|| refuse("argument must be a memory value"))? as u64;
            }
            (known, _) if self.all(None).iter().any(|(name, _)| *name == known) => return Err(refuse("can't set immutable config")),
            _ => return Err(Fault::new(format!("ERR Unknown option or number of arguments for CONFIG SET - '{name}'"))),
        }
        Ok(())
    }
}

/// `100`, `1k`, `1kb`, `1mb`, `1gb`: bytes.
fn memory(text: &str) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::memory;

    #[test]
    fn memory_has_units() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("100", Some(100)),
            ("1k", Some(1000)),
            ("1KB", Some(1024)),
            ("2mb", Some(2 << 20)),
            ("x", None),
            ("1tb", None),
            ("", None),
        ] {
            assert_eq!(memory(text), bytes, "{text}");
        }
    }
}
