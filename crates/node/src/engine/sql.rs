//! PostgreSQL over SQLite: one database in this process, spoken to by the PostgreSQL protocol, as a primary or as a replica that copies one.
//! `psql` and the ecosystem's clients work on it. It is not PostgreSQL: what it cannot do as PostgreSQL does, it refuses with 0A000.
//!
//! | module | what it holds |
//! |---|---|
//! | `wire`, `startup`, `session` | frames, the greeting, one client |
//! | `compile`, `bulk` | a statement's text made ready, quickly for many rows |
//! | `infer`, `signatures` | types that nobody wrote down |
//! | `rewrite`, `ddl`, `functions` | from PostgreSQL's text to SQLite's, and what SQLite lacks |
//! | `copy` | tables as text and CSV, in and out |
//! | `catalog`, `explain`, `violation` | the system's tables, plans, what a constraint refused |
//! | `execute`, `run`, `transaction`, `advisory`, `patience` | admission, threads, transactions, locks that clients name, waits |
//! | `activity` | what each session does now, as others see it |
//! | `store`, `schema`, `log` | the database, its tables, the log that replicas copy |
//! | `primary`, `replica` | the two ends of replication |
//! | `types`, `decimal`, `interval`, `json`, `time`, `md5`, `error` | values and SQLSTATEs |

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loadline_model::wire::FromNode;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::{Node, lock};

mod activity;
mod advisory;
mod bulk;
mod catalog;
mod compile;
mod copy;
mod ddl;
mod decimal;
mod error;
mod execute;
mod explain;
mod functions;
mod infer;
mod interval;
mod json;
mod log;
mod md5;
mod patience;
mod primary;
mod replica;
mod rewrite;
mod run;
mod schema;
mod session;
mod signatures;
mod startup;
mod store;
mod time;
mod transaction;
mod types;
mod violation;
mod wire;

use activity::{Backend, Wait};
use error::{SqlError, TOO_BUSY};
use primary::Synchronous;

/// Statements that may run off the async thread at the same time.
const THREADS: usize = 4;
/// Answers that may wait for one client.
const QUEUED_ANSWERS: usize = 1024;
/// Connections that may be about to prove the token at the same time.
const MAX_GREETING: usize = 256;
/// Silence after which the kernel asks whether a client is still there, and how often.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(10));
/// Wall time that a client has to prove the token.
const GREETING: Duration = Duration::from_secs(20);

/// What all sessions of this node share.
struct Engine {
    node: Arc<Node>,
    shared: Arc<store::Shared>,
    writer: Arc<tokio::sync::Mutex<store::Writer>>,
    /// Statements compiled before, by text.
    compiled: Mutex<HashMap<Box<str>, Arc<compile::Compiled>>>,
    threads: Semaphore,
    /// All connections by their number, also those that have not proven the token yet.
    backends: Mutex<BTreeMap<i32, Arc<Backend>>>,
    next_pid: AtomicI32,
    max_sessions: usize,
    /// Connections that have not proven the token yet, oldest first.
    greeting: Mutex<VecDeque<(i32, AbortHandle)>>,
    /// Shares of long messages and answers, in KiB.
    memory: Arc<Semaphore>,
    followers: primary::Followers,
    synchronous: Synchronous,
    promoted: tokio::sync::Notify,
    advisory: advisory::Advisory,
}

impl Engine {
    fn open(node: Arc<Node>, replica: bool) -> Result<Arc<Self>, NodeError> {
        let config = node.config();
        std::fs::create_dir_all(&config.data_dir)?;
        let synchronous = match config.spec.word("synchronous", "off") {
            "on" => Synchronous::All,
            "quorum" => Synchronous::Quorum(config.spec.number("quorum", 1.0).max(1.0) as usize),
            _ => Synchronous::Off,
        };
        let keeping = store::Keeping { replica, fsync: config.spec.switch("fsync", false), acknowledged: synchronous != Synchronous::Off };
        let (shared, writer) = store::open(&config.data_dir, keeping).map_err(|error| {
            NodeError::Other(format!("the database in {} cannot be opened: {}", config.data_dir.display(), error.message))
        })?;
        let max_sessions = config.spec.number("max_connections", 200.0).max(1.0) as usize;
        let engine = Arc::new(Self {
            shared,
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            compiled: Mutex::new(HashMap::new()),
            threads: Semaphore::new(THREADS),
            backends: Mutex::default(),
            next_pid: AtomicI32::new(1),
            max_sessions,
            greeting: Mutex::new(VecDeque::new()),
            memory: Arc::new(Semaphore::new(wire::MEMORY_KIB)),
            followers: primary::Followers::default(),
            synchronous,
            promoted: tokio::sync::Notify::new(),
            advisory: advisory::Advisory::default(),
            node,
        });
        engine.node.gauge("position", *engine.shared.position.borrow() as f64);
        Ok(engine)
    }

    /// The error when there is no room for this session.
    fn room(&self) -> Result<(), SqlError> {
        let sessions = lock(&self.backends).values().filter(|backend| backend.counts()).count();
        if sessions >= self.max_sessions {
            return Err(SqlError::new(TOO_BUSY, "sorry, too many clients already").fatal());
        }
        Ok(())
    }

    /// Interrupts what session `pid` is running, if `secret` is its own.
    fn cancel(&self, pid: i32, secret: i32) {
        let backend = lock(&self.backends).get(&pid).filter(|backend| backend.secret == secret).cloned();
        if let Some(backend) = backend {
            backend.interrupt.cancel();
        }
    }

    /// Returns once what `backend` committed up to `position` may be acknowledged.
    async fn confirmed(&self, position: u64, backend: &Backend) -> Result<(), SqlError> {
        let mut durable = self.shared.durable.subscribe();
        if *durable.borrow_and_update() < position {
            let _waiting = backend.waits_for(Wait::Disk);
            let _ = durable.wait_for(|durable| *durable >= position).await;
        }
        if self.shared.broken.load(Ordering::Relaxed) {
            return Err(SqlError::new("58030", "the log could not be flushed: nothing more can be acknowledged").fatal());
        }
        if self.synchronous != Synchronous::Off && !self.node.is_calm() {
            let _waiting = backend.waits_for(Wait::Replicas);
            self.followers.confirm(self.synchronous, position).await;
        }
        Ok(())
    }

    /// Waits until this node has what was committed up to `position`.
    async fn wait_for(&self, position: u64, timeout_ms: Option<u64>) -> Result<(), SqlError> {
        let mut reached = self.shared.position.subscribe();
        let waiting = reached.wait_for(|reached| *reached >= position);
        match timeout_ms {
            None => drop(waiting.await),
            Some(ms) => {
                let timed = tokio::time::timeout(Duration::from_millis(ms), waiting).await;
                drop(timed.map_err(|_| SqlError::new("57014", format!("position {position} was not reached within {ms} ms")))?);
            }
        }
        Ok(())
    }

    /// Fills what the catalogue says of this moment, if `compiled` asks for it: sessions, and replicas.
    fn show_itself(&self, compiled: &compile::Compiled, db: &store::Db) -> Result<(), SqlError> {
        let compile::Action::Read { sql, .. } = &compiled.action else { return Ok(()) };
        if catalog::MOMENTARY.iter().any(|name| sql.contains(name)) {
            let backends: Vec<_> = lock(&self.backends).values().filter_map(|backend| backend.shown()).collect();
            let replicas = self.followers.shown(self.synchronous);
            catalog::show(&db.conn, &backends, &replicas)?;
        }
        Ok(())
    }

    /// Makes this replica a primary.
    async fn promote(&self) -> Result<bool, SqlError> {
        if !self.shared.is_replica() {
            let mut error = SqlError::new("55000", "recovery is not in progress");
            error.hint = Some("Recovery control functions can only be executed during recovery.".to_owned());
            return Err(error);
        }
        self.writer.lock().await.promote()?;
        self.promoted.notify_one();
        self.node.gauge("replicas", 0.0);
        self.node.gauge("replication_lag_ms", 0.0);
        Ok(true)
    }

    /// Says the new position, and moves SQLite's write-ahead log along when it has grown.
    fn after_commit(self: &Arc<Self>) {
        self.node.gauge("position", *self.shared.position.borrow() as f64);
        let due = self.writer.try_lock().is_ok_and(|mut writer| writer.checkpoint_due());
        if due {
            let shared = self.shared.clone();
            tokio::task::spawn_blocking(move || {
                if let Err(error) = store::checkpoint(&shared) {
                    let message = format!("the database could not be checkpointed ({}): is its disk full?", error.message);
                    crate::process::say(&FromNode::Event { message });
                }
            });
        }
    }
}

/// A connection in the list of those that can be cancelled, counted and looked at.
struct Listed {
    engine: Arc<Engine>,
    pid: i32,
}

impl Listed {
    /// It has proven the token: it is a session, and nobody takes its place among those that have not.
    fn greeted(&self) {
        lock(&self.engine.greeting).retain(|(pid, _)| *pid != self.pid);
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&self.engine.backends).remove(&self.pid);
        self.greeted();
    }
}

/// Makes the node ready and gives what serves. A replica is ready once it has what its primary had when it connected.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    if node.config().spec.role != "sql_replica" {
        let engine = Engine::open(node, false)?;
        engine.node.gauge("replicas", 0.0);
        return Ok(Box::pin(accept(engine, listener)));
    }
    let primaries = peers.remove("primary").unwrap_or_default();
    if primaries.is_empty() {
        return Err(NodeError::EmptyPort("primary"));
    }
    let engine = Engine::open(node, true)?;
    let mine = engine.node.config().spec.instance as usize % primaries.len();
    let primary = primaries[mine].clone();
    engine.node.gauge("replication_lag_ms", 0.0);
    let (tell, caught_up) = oneshot::channel();
    let mut following = Box::pin(replica::follow(engine.clone(), primary, tell));
    tokio::select! {
        ended = &mut following => ended?,
        told = caught_up => told.map_err(|_| NodeError::Other("replication stopped before it had caught up".to_owned()))?,
    }
    Ok(Box::pin(async move {
        let serving = accept(engine.clone(), listener);
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            ended = following => return ended,
            ended = &mut serving => return ended,
            () = engine.promoted.notified() => {}
        }
        // A primary of its own from here on.
        serving.await
    }))
}

async fn accept(engine: Arc<Engine>, listener: TcpListener) -> Result<(), NodeError> {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                let pid = engine.next_pid.fetch_add(1, Ordering::Relaxed);
                let listed = Listed { engine: engine.clone(), pid };
                // A task of its own: whatever a client makes happen in it ends with it.
                let greeting = tokio::spawn(connection(listed, socket)).abort_handle();
                let mut waiting = lock(&engine.greeting);
                waiting.push_back((pid, greeting));
                // The oldest has had the longest time to say who it is.
                if waiting.len() > MAX_GREETING
                    && let Some((_, oldest)) = waiting.pop_front()
                {
                    oldest.abort();
                }
            }
            // Out of descriptors, or a client gone before it was taken: the next one may do.
            Err(_) => {
                engine.node.failed("accept");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

async fn connection(listed: Listed, socket: TcpStream) {
    let engine = listed.engine.clone();
    let keepalive = socket2::TcpKeepalive::new().with_time(KEEPALIVE.0).with_interval(KEEPALIVE.1);
    if socket.set_nodelay(true).is_err() || socket2::SockRef::from(&socket).set_tcp_keepalive(&keepalive).is_err() {
        return;
    }
    let client = socket.peer_addr().ok();
    let (reading, mut writing) = socket.into_split();
    let mut incoming = wire::Incoming::new(reading, engine.memory.clone());
    let secret = (store::fresh_seed() >> 33) as i32;
    let backend = Backend::new(listed.pid, secret, client);
    lock(&engine.backends).insert(listed.pid, backend.clone());
    let greeted = tokio::time::timeout(GREETING, startup::greet(&engine, &mut incoming, &mut writing, &backend)).await;
    let application = match greeted {
        Ok(Ok(Some(application))) => application,
        Ok(Ok(None)) | Err(_) => return,
        Ok(Err(error)) => {
            let mut out = bytes::BytesMut::new();
            wire::error(&mut out, &error);
            // The client may have gone already.
            let _ = writing.write_all(&out).await;
            return;
        }
    };
    listed.greeted();
    let (queue, answers) = mpsc::channel(QUEUED_ANSWERS);
    let worker = execute::Worker::new(engine.clone(), backend, &application);
    let mut delivery = tokio::spawn(session::deliver(engine.node.clone(), writing, answers));
    tokio::select! {
        () = session::Session::new(engine, worker, queue).serve(incoming) => {
            // What is left is delivered.
            let _ = delivery.await;
        }
        // A client that takes nothing any more is gone, whatever it sends.
        _ = &mut delivery => {}
    }
    drop(listed);
}
