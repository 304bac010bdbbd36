//! PostgreSQL's functions that SQLite has not, or has otherwise: registered on every connection under names that rewriting puts in their
//! place. Each family is a file; this one holds what depends on the moment and the node.

use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use loadline_model::seed::splitmix;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};

use super::error::SqlError;
use super::store::{Moment, Shared};
use super::types::{self, NUMERIC_ORDER, PgType, input};
use super::{catalog, decimal, time};

mod documents;
mod moments;
mod numbers;
mod texts;

type Answer = Result<Value, SqlError>;

/// The error of a function on its way through SQLite: `error.rs` reads it back.
fn carried(error: &SqlError) -> rusqlite::Error {
    let detail = error.detail.as_deref().unwrap_or_default();
    rusqlite::Error::UserFunctionError(format!("pg:{}:{}\u{1}{detail}", error.code, error.message).into())
}

/// The arguments of a call; what is not there is NULL.
pub(super) struct Args<'a>(&'a Context<'a>);

impl Args<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn raw(&self, at: usize) -> ValueRef<'_> {
        if at < self.0.len() { self.0.get_raw(at) } else { ValueRef::Null }
    }

    /// The argument as text; bytes that are no UTF-8 are replaced.
    fn text(&self, at: usize) -> Option<String> {
        match self.raw(at) {
            ValueRef::Null => None,
            ValueRef::Integer(n) => Some(n.to_string()),
            ValueRef::Real(x) => types::output::shown(PgType::Float8, ValueRef::Real(x)).ok(),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    fn int(&self, at: usize) -> Option<i64> {
        match self.raw(at) {
            ValueRef::Integer(n) => Some(n),
            ValueRef::Real(x) => Some(x as i64),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
            _ => None,
        }
    }

    fn float(&self, at: usize) -> Option<f64> {
        match self.raw(at) {
            ValueRef::Integer(n) => Some(n as f64),
            ValueRef::Real(x) => Some(x),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
            _ => None,
        }
    }

    /// The type whose object id is argument `at`.
    fn ty(&self, at: usize) -> PgType {
        self.int(at).and_then(|oid| u32::try_from(oid).ok()).and_then(|oid| PgType::from_oid(oid).ok()).unwrap_or(PgType::Text)
    }
}

/// Registers a function of its arguments alone.
fn pure(conn: &Connection, name: &str, args: i32, run: impl Fn(&Args<'_>) -> Answer + Send + 'static) -> Result<(), SqlError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    Ok(conn.create_scalar_function(name, args, flags, move |context| run(&Args(context)).map_err(|error| carried(&error)))?)
}

/// Registers one that is NULL as soon as an argument is.
fn strict(conn: &Connection, name: &str, args: i32, run: impl Fn(&Args<'_>) -> Answer + Send + 'static) -> Result<(), SqlError> {
    pure(conn, name, args, move |args| if (0..args.len()).any(|at| args.raw(at) == ValueRef::Null) { Ok(Value::Null) } else { run(args) })
}

fn text(text: impl Into<String>) -> Answer {
    Ok(Value::Text(text.into()))
}

fn int(n: impl Into<i64>) -> Answer {
    Ok(Value::Integer(n.into()))
}

fn rank(a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    match (a, b) {
        (ValueRef::Integer(a), ValueRef::Integer(b)) => a.cmp(&b),
        (ValueRef::Real(_) | ValueRef::Integer(_), ValueRef::Real(_) | ValueRef::Integer(_)) => {
            let of = |value| match value {
                ValueRef::Integer(n) => n as f64,
                ValueRef::Real(x) => x,
                _ => 0.0,
            };
            of(a).total_cmp(&of(b))
        }
        (ValueRef::Text(a), ValueRef::Text(b)) | (ValueRef::Blob(a), ValueRef::Blob(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

/// A value that outlives its call; bytes that are no UTF-8 are replaced in a text.
fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Integer(n),
        ValueRef::Real(x) => Value::Real(x),
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

fn extreme(args: &Args<'_>, wanted: Ordering) -> Answer {
    let mut best: Option<ValueRef<'_>> = None;
    for at in 0..args.len() {
        let value = args.raw(at);
        if value != ValueRef::Null && best.is_none_or(|best| rank(value, best) == wanted) {
            best = Some(value);
        }
    }
    Ok(best.map_or(Value::Null, owned))
}

fn general(conn: &Connection) -> Result<(), SqlError> {
    pure(conn, "pg_cast", 3, |args| input::cast(args.raw(0), args.ty(1), args.ty(2)))?;
    pure(conn, "pg_shape", 4, |args| {
        let modifier = args.int(2).and_then(|n| i32::try_from(n).ok()).unwrap_or(types::NO_MODIFIER);
        input::shaped(owned(args.raw(0)), args.ty(1), modifier, args.int(3) == Some(1))
    })?;
    pure(conn, "pg_limit", 1, |args| match args.int(0) {
        None => int(-1),
        Some(n) if n < 0 => Err(SqlError::new("2201W", "LIMIT must not be negative")),
        Some(n) => int(n),
    })?;
    pure(conn, "pg_greatest", -1, |args| extreme(args, Ordering::Greater))?;
    pure(conn, "pg_least", -1, |args| extreme(args, Ordering::Less))?;
    conn.create_collation(NUMERIC_ORDER, decimal::compare)?;
    Ok(())
}

/// Functions of the moment: the same again on a replica, which has the same moment and seed.
fn of_the_moment(conn: &Connection, moment: &Arc<Moment>) -> Result<(), SqlError> {
    let plain = FunctionFlags::SQLITE_UTF8;
    for (name, ty) in [("pg_now", PgType::Timestamptz), ("pg_local_now", PgType::Timestamp), ("pg_today", PgType::Date)] {
        let now = moment.clone();
        conn.create_scalar_function(name, 0, plain, move |_| Ok(time::stored(ty, now.now_us.load(Relaxed))))?;
    }
    let next = |moment: &Moment| {
        let seed = splitmix(moment.seed.load(Relaxed));
        moment.seed.store(seed, Relaxed);
        seed
    };
    let random = moment.clone();
    conn.create_scalar_function("pg_random", 0, plain, move |_| Ok((next(&random) >> 11) as f64 / (1_u64 << 53) as f64))?;
    let random = moment.clone();
    conn.create_scalar_function("pg_uuid", 0, plain, move |_| {
        let digits = format!("{:016x}{:016x}", next(&random), next(&random));
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        // Version 4, variant 1.
        Ok(format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32)))
    })?;
    let pid = moment.clone();
    conn.create_scalar_function("pg_backend_pid", 0, plain, move |_| Ok(pid.pid.load(Relaxed)))?;
    Ok(())
}

/// Functions of the node.
fn of_the_node(conn: &Connection, shared: &Arc<Shared>) -> Result<(), SqlError> {
    let plain = FunctionFlags::SQLITE_UTF8;
    for (name, value) in
        [("pg_version", catalog::VERSION), ("pg_user", "loadline"), ("pg_database_name", "loadline"), ("pg_schema_name", "public")]
    {
        conn.create_scalar_function(name, 0, plain, move |_| Ok(value))?;
    }
    let node = shared.clone();
    conn.create_scalar_function("pg_is_in_recovery", 0, plain, move |_| Ok(node.is_replica()))?;
    let position = |shared: &Shared| i64::try_from(*shared.position.borrow()).unwrap_or(i64::MAX);
    let node = shared.clone();
    conn.create_scalar_function("pg_current_wal_lsn", 0, plain, move |_| {
        if node.is_replica() {
            let error = SqlError::new("55000", "recovery is in progress").hint("WAL control functions cannot be executed during recovery.");
            return Err(carried(&error));
        }
        Ok(position(&node))
    })?;
    let node = shared.clone();
    conn.create_scalar_function("pg_last_wal_replay_lsn", 0, plain, move |_| Ok(node.is_replica().then(|| position(&node))))?;
    let node = shared.clone();
    conn.create_scalar_function("loadline_position", 0, plain, move |_| Ok(position(&node)))?;
    let node = shared.clone();
    conn.create_scalar_function("loadline_timeline", 0, plain, move |_| Ok(node.timeline.load(Relaxed).to_string()))?;
    let node = shared.clone();
    conn.create_scalar_function("loadline_acknowledged", 0, plain, move |_| Ok(node.acknowledged))?;
    catalog::functions::register(conn, shared)
}

/// Registers everything. `shared` is there on all connections but the one that only looks after the file.
pub(super) fn register(conn: &Connection, moment: &Arc<Moment>, shared: Option<&Arc<Shared>>) -> Result<(), SqlError> {
    general(conn)?;
    numbers::register(conn)?;
    texts::register(conn)?;
    moments::register(conn)?;
    documents::register(conn)?;
    of_the_moment(conn, moment)?;
    shared.map_or(Ok(()), |shared| of_the_node(conn, shared))
}
