//! Advisory locks of sessions: numbers that a client locks for a meaning of its own, as migration tools do. A lock ends with its session. There is
//! no table of them, no lock of a transaction and no detection of deadlocks: `statement_timeout` and cancel requests end a wait.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::Notify;

use super::error::SqlError;
use super::types::PgType;
use crate::runtime::lock;

/// Locks that all sessions may hold at once: no client fills the memory with them.
const MAX_HELD: usize = 10_000;

/// What is asked of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Lock,
    TryLock,
    Unlock,
    UnlockAll,
}

/// The number of the lock: written out, or the first parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Number(i64),
    Parameter,
}

impl Call {
    /// The function's name and the type of its result.
    pub(super) fn column(self) -> (&'static str, PgType) {
        match self {
            Self::Lock => ("pg_advisory_lock", PgType::Void),
            Self::TryLock => ("pg_try_advisory_lock", PgType::Bool),
            Self::Unlock => ("pg_advisory_unlock", PgType::Bool),
            Self::UnlockAll => ("pg_advisory_unlock_all", PgType::Void),
        }
    }
}

/// `SELECT pg_advisory_lock(42)` and its kin, with one number or `$1`; `None` for everything else.
pub(super) fn parse(text: &str) -> Option<(Call, Key)> {
    let text = text.trim().trim_end_matches(';').trim_end();
    let (select, call) = text.split_once(char::is_whitespace)?;
    let (name, rest) = call.trim_start().split_once('(')?;
    let argument = rest.strip_suffix(')')?.trim();
    if !select.eq_ignore_ascii_case("select") {
        return None;
    }
    let calls = [Call::Lock, Call::TryLock, Call::Unlock, Call::UnlockAll];
    let call = calls.into_iter().find(|call| name.trim().eq_ignore_ascii_case(call.column().0))?;
    let key = match (call, argument) {
        (Call::UnlockAll, "") => Key::Number(0),
        (Call::UnlockAll, _) => return None,
        (_, "$1") => Key::Parameter,
        (_, number) => Key::Number(number.parse().ok()?),
    };
    Some((call, key))
}

/// The locks of a node.
#[derive(Default)]
pub(super) struct Advisory {
    inside: Mutex<Inside>,
    freed: Notify,
}

#[derive(Default)]
struct Inside {
    /// By number: the session, and how often it has locked it.
    held: HashMap<i64, (i32, u32)>,
}

impl Advisory {
    /// Locks `key` for `session` if nobody else has it.
    pub(super) fn take(&self, key: i64, session: i32) -> Result<bool, SqlError> {
        let mut inside = lock(&self.inside);
        if inside.held.len() >= MAX_HELD && !inside.held.contains_key(&key) {
            return Err(SqlError::new("53200", format!("more than {MAX_HELD} advisory locks are held")).hint("Unlock some of them."));
        }
        let (holder, times) = inside.held.entry(key).or_insert((session, 0));
        if *holder != session {
            return Ok(false);
        }
        *times = times.saturating_add(1);
        Ok(true)
    }

    /// The same, waiting for who has it.
    pub(super) async fn wait(&self, key: i64, session: i32) -> Result<(), SqlError> {
        loop {
            // Asked for before looking: a lock that is freed in between wakes this.
            let freed = self.freed.notified();
            if self.take(key, session)? {
                return Ok(());
            }
            freed.await;
        }
    }

    /// Gives one lock of `session` back; false when it has none.
    pub(super) fn give(&self, key: i64, session: i32) -> bool {
        let mut inside = lock(&self.inside);
        let Some((holder, times)) = inside.held.get_mut(&key) else { return false };
        if *holder != session {
            return false;
        }
        *times -= 1;
        if *times == 0 {
            inside.held.remove(&key);
            self.freed.notify_waiters();
        }
        true
    }

    /// Gives back all that `session` has.
    pub(super) fn give_all(&self, session: i32) {
        let mut inside = lock(&self.inside);
        let before = inside.held.len();
        inside.held.retain(|_, (holder, _)| *holder != session);
        if inside.held.len() < before {
            self.freed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_known_by_their_text() {
        for (text, expected) in [
            ("SELECT pg_advisory_lock(42)", Some((Call::Lock, Key::Number(42)))),
            (" select PG_TRY_ADVISORY_LOCK( $1 ) ; ", Some((Call::TryLock, Key::Parameter))),
            ("SELECT pg_advisory_unlock(-9223372036854775808)", Some((Call::Unlock, Key::Number(i64::MIN)))),
            ("SELECT pg_advisory_unlock_all()", Some((Call::UnlockAll, Key::Number(0)))),
            ("SELECT pg_advisory_unlock_all(1)", None),
            ("SELECT pg_advisory_lock(1, 2)", None),
            ("SELECT pg_advisory_lock(99999999999999999999)", None),
            ("SELECT pg_advisory_lock(1) FROM t", None),
            ("DELETE pg_advisory_lock(1)", None),
            ("SELECT", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_lock_is_one_sessions_as_often_as_it_took_it() {
        let locks = Advisory::default();
        assert!(locks.take(1, 7).unwrap() && locks.take(1, 7).unwrap());
        assert!(!locks.take(1, 8).unwrap() && !locks.give(1, 8));
        assert!(locks.give(1, 7) && !locks.take(1, 8).unwrap());
        assert!(locks.give(1, 7) && !locks.give(1, 7));
        assert!(locks.take(1, 8).unwrap() && locks.take(2, 8).unwrap());
        locks.give_all(8);
        assert!(locks.take(1, 7).unwrap() && locks.take(2, 7).unwrap());
    }
}
