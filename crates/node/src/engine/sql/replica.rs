//! The replica's side of replication: copies one primary's log in order, no sooner than its delay allows, and says how far behind it is.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use futures_util::StreamExt;
use loadline_model::wire::{FromNode, Peer};
use tokio::sync::{oneshot, watch};
use tokio_postgres::NoTls;

use super::error::SqlError;
use super::log::{self, HEAD, MAX_TRANSACTION};
use super::startup::REPLICA;
use super::store::{fresh_seed, unix_us};
use super::transaction::Hold;
use super::{Engine, run};
use crate::roles::NodeError;

/// Wall time between two words on how far a replica is, to a primary that does not wait for them.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// Wall time between two tries to reach the primary.
const RETRY: Duration = Duration::from_millis(100);
/// Most transactions, and bytes, that are made visible together when they are due together.
const MAX_TOGETHER: usize = 256;
const MAX_TOGETHER_BYTES: usize = 1 << 20;
/// Batches of at least this many bytes are applied on a thread of their own.
const HEAVY_BYTES: usize = 32 << 10;

enum Broken {
    /// The connection: try again.
    Connection(String),
    /// What was copied is not this primary's: nothing to be done here.
    Fatal(NodeError),
}

impl From<tokio_postgres::Error> for Broken {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code().map(tokio_postgres::error::SqlState::code) {
            Some("58P01") => Self::Fatal(NodeError::Other(format!(
                "the primary no longer has what this replica copied ({error}): start the replica with an empty folder"
            ))),
            _ => Self::Connection(error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)),
        }
    }
}

impl From<SqlError> for Broken {
    fn from(error: SqlError) -> Self {
        Self::Fatal(NodeError::Other(format!("the replica cannot apply the primary's log: {} ({})", error.message, error.code)))
    }
}

/// Copies `primary` for ever; `caught_up` is told once the position that the primary had at the first connection is reached.
pub(super) async fn follow(engine: Arc<Engine>, primary: Peer, caught_up: oneshot::Sender<()>) -> Result<(), NodeError> {
    let mut caught_up = Some(caught_up);
    let mut told = false;
    loop {
        match copy(&engine, &primary, &mut caught_up).await {
            Broken::Fatal(error) => return Err(error),
            Broken::Connection(reason) => {
                if !std::mem::replace(&mut told, true) {
                    let message = format!("replication from {} stopped ({reason}): trying again", primary.node);
                    crate::process::say(&FromNode::Event { message });
                }
                engine.node.count("replication_reconnects", 1);
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

async fn copy(engine: &Arc<Engine>, primary: &Peer, caught_up: &mut Option<oneshot::Sender<()>>) -> Broken {
    match try_copy(engine, primary, caught_up).await {
        Ok(()) => Broken::Connection("the stream ended".to_owned()),
        Err(broken) => broken,
    }
}

async fn try_copy(engine: &Arc<Engine>, primary: &Peer, caught_up: &mut Option<oneshot::Sender<()>>) -> Result<(), Broken> {
    let (client, connection) = named(engine, primary)?.connect(NoTls).await?;
    let driver = tokio::spawn(connection);
    let _driver = AbortOnDrop(driver.abort_handle());
    let row = client.query_one("SELECT loadline_position(), loadline_timeline(), loadline_acknowledged()", &[]).await?;
    let odd = || Broken::Connection(format!("{} does not speak of positions: is it a sql_primary?", primary.node));
    let (target, timeline): (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
    let (target, timeline): (u64, u64) = (target.try_into().map_err(|_| odd())?, timeline.parse().map_err(|_| odd())?);
    let replica = fresh_seed();
    let shared = &engine.shared;
    let acknowledged: bool = row.try_get(2)?;
    let known = shared.timeline.load(Ordering::Relaxed);
    let mut position = *shared.position.borrow();
    let stream = client.copy_out(&format!("START_REPLICATION FROM {position} TIMELINE {known} REPLICA {replica}")).await?;
    // What is on this disk: a primary that waits for replicas waits for no less.
    let positions = shared.durable.subscribe();
    let pace = if acknowledged { Duration::ZERO } else { TELL_EVERY };
    let mut teller = Some(tokio::spawn(tell_applied(named(engine, primary)?, replica, positions, pace)));
    let _teller = teller.as_ref().map(|teller| AbortOnDrop(teller.abort_handle()));
    let mut stream = std::pin::pin!(stream);
    let mut tell = |position: u64| {
        if position >= target
            && let Some(caught_up) = caught_up.take()
        {
            // Nobody waits any more when the node is on its way out.
            let _ = caught_up.send(());
        }
    };
    tell(position);
    let mut buffer = BytesMut::new();
    loop {
        let chunk = tokio::select! {
            chunk = stream.next() => chunk,
            // Copying on without saying so would hold up every commit of the primary.
            ended = gone(&mut teller) => return Err(ended),
        };
        let Some(chunk) = chunk else { return Ok(()) };
        buffer.extend_from_slice(&chunk?);
        while let Some(batch) = take_batch(&mut buffer)? {
            let delay = engine.node.dilated_ms(engine.node.config().spec.number("apply_delay_ms", 0.0));
            let last_us = batch.last().map_or(0, |t| t.commit_us);
            wait_until(last_us + i64::try_from(delay.as_micros()).unwrap_or(i64::MAX / 2), delay).await;
            position += batch.iter().map(|t| t.len as u64).sum::<u64>();
            apply(engine, batch, position, timeline, buffer.is_empty()).await?;
            tell(position);
        }
    }
}

/// Why it can no longer be said how far this replica is; never, where nobody asks.
async fn gone(teller: &mut Option<tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>>) -> Broken {
    let Some(teller) = teller else { return std::future::pending().await };
    match teller.await {
        Ok(Err(error)) => error.into(),
        Ok(Ok(())) => Broken::Connection("this replica is ending".to_owned()),
        Err(error) => Broken::Connection(error.to_string()),
    }
}

/// How `primary` is reached by a connection that says whose it is.
fn named(engine: &Engine, primary: &Peer) -> Result<tokio_postgres::Config, tokio_postgres::Error> {
    let mut config: tokio_postgres::Config = primary.url.parse()?;
    config.application_name(engine.node.config().spec.id.clone()).options(REPLICA);
    Ok(config)
}

/// Tells the primary, over a connection of its own, how far the replica is and since when: always the latest, one at a time, no two closer
/// together than `pace`.
async fn tell_applied(
    primary: tokio_postgres::Config,
    replica: u64,
    mut positions: watch::Receiver<u64>,
    pace: Duration,
) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = primary.connect(NoTls).await?;
    let driver = tokio::spawn(connection);
    let _driver = AbortOnDrop(driver.abort_handle());
    let mut next = tokio::time::Instant::now();
    loop {
        let (position, since) = (*positions.borrow_and_update(), tokio::time::Instant::now());
        tokio::time::sleep_until(next).await;
        let ago_us = since.elapsed().as_micros();
        client.batch_execute(&format!("REPLICA {replica} APPLIED {position} AGO {ago_us}")).await?;
        next = tokio::time::Instant::now() + pace;
        if positions.changed().await.is_err() {
            return Ok(());
        }
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A transaction of the primary.
struct Taken {
    commit_us: i64,
    len: usize,
    /// All of its bytes, as they stand in the log.
    bytes: BytesMut,
}

/// The next transactions that are made visible together; `None` when the next one is not whole yet.
fn take_batch(buffer: &mut BytesMut) -> Result<Option<Vec<Taken>>, Broken> {
    let mut batch: Vec<Taken> = Vec::new();
    let mut bytes = 0;
    while let Some(head) = buffer.get(..HEAD) {
        let (mut head, whole) = (head, buffer.len());
        let len = head.get_u32() as usize + 4;
        head.advance(4);
        let commit_us = head.get_i64();
        if !(HEAD..=MAX_TRANSACTION + 4).contains(&len) {
            return Err(SqlError::new("XX001", format!("a transaction of {len} bytes in the log")).into());
        }
        // One that came much later than the first has a delay of its own to wait.
        let apart = batch.first().is_some_and(|first| commit_us - first.commit_us > 1000);
        if whole < len || apart || batch.len() >= MAX_TOGETHER || bytes > MAX_TOGETHER_BYTES {
            break;
        }
        bytes += len;
        batch.push(Taken { commit_us, len, bytes: buffer.split_to(len) });
    }
    Ok((!batch.is_empty()).then_some(batch))
}

/// Waits until `at_us` since 1970, but never longer than `most`: clocks of other machines may be ahead.
async fn wait_until(at_us: i64, most: Duration) {
    let missing = u64::try_from(at_us - unix_us()).map_or(Duration::ZERO, Duration::from_micros);
    if !missing.is_zero() {
        tokio::time::sleep(missing.min(most)).await;
    }
}

async fn apply(engine: &Arc<Engine>, batch: Vec<Taken>, position: u64, timeline: u64, last: bool) -> Result<(), Broken> {
    let mut hold = Hold(engine.writer.clone().lock_owned().await);
    let commits: Vec<i64> = batch.iter().map(|t| t.commit_us).collect();
    let bytes: usize = batch.iter().map(|t| t.len).sum();
    let mut work = move || -> Result<(), SqlError> {
        let writer = &mut *hold.0;
        writer.begin()?;
        let mut whole = Vec::with_capacity(bytes);
        for taken in &batch {
            let records = log::transaction(&taken.bytes).and_then(|(_, body)| log::records(body));
            for record in &records.ok_or_else(|| SqlError::new("XX001", "a record of the log cannot be read"))? {
                run::again(writer, record)?;
            }
            whole.extend_from_slice(&taken.bytes);
        }
        writer.commit_copy(&whole, position, timeline)
    };
    if bytes >= HEAVY_BYTES {
        tokio::task::spawn_blocking(work).await.map_err(|error| SqlError::new("XX000", error.to_string()))??;
    } else {
        work()?;
    }
    engine.after_commit();
    let now_us = unix_us();
    for commit_us in &commits {
        engine.node.record("replication_lag_us", u64::try_from(now_us - commit_us).unwrap_or(0));
    }
    let lag_us = commits.last().map_or(0, |commit_us| (now_us - commit_us).max(0));
    engine.node.gauge("replication_lag_ms", if last { 0.0 } else { lag_us as f64 / 1000.0 });
    Ok(())
}
