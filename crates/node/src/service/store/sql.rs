//! One database instance over the PostgreSQL protocol: a few connections, each request on one that is free, statements prepared on first
//! use. A broken connection fails the requests on it; the next request dials anew. A request that is given up leaves its connection taken
//! until its answer has come. It knows nothing of shards and tables.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loadline_model::wire::Peer;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

use super::Fault;
use super::schema::Sql;
use crate::roles::NodeError;
use crate::runtime::{Node, lock};

/// Connections to one instance: a connection answers in order, so a request that shares one waits for those before it.
const MAX_CONNECTIONS: usize = 8;

/// Parameters of a statement.
pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// One database instance.
pub struct SqlTarget {
    peer: Peer,
    config: Config,
    calls: Arc<AtomicU64>,
    timeout: Duration,
    connections: Mutex<Pool>,
    /// A connection was opened, or could not be.
    settled: Notify,
    /// False from the request that found nobody here until somebody answers again.
    up: AtomicBool,
    /// It is no longer up.
    fell: Notify,
}

#[derive(Default)]
struct Pool {
    open: Vec<Arc<Connection>>,
    /// Connections that are being opened now.
    opening: usize,
}

struct Connection {
    client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
    in_flight: AtomicUsize,
}

/// A connection while one request uses it.
struct Lease {
    connection: Arc<Connection>,
    /// Something was asked, and its answer has not come.
    waits: bool,
}

impl Lease {
    fn new(connection: &Arc<Connection>) -> Self {
        connection.in_flight.fetch_add(1, Ordering::Relaxed);
        Self { connection: connection.clone(), waits: false }
    }

    /// Waits for what was asked on the connection.
    async fn wait<T>(&mut self, answer: impl Future<Output = T>) -> T {
        self.waits = true;
        let answer = answer.await;
        self.waits = false;
        answer
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let in_use = self.waits && !self.connection.client.is_closed();
        if in_use && let Ok(runtime) = Handle::try_current() {
            // Given up: who came next on it would wait for that answer too. Answers come in order, so it has come when this one's has.
            let connection = self.connection.clone();
            runtime.spawn(async move {
                // A connection that breaks meanwhile has nothing more to answer.
                let _ = connection.client.check_connection().await;
                connection.in_flight.fetch_sub(1, Ordering::Relaxed);
            });
            return;
        }
        self.connection.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl SqlTarget {
    /// The instance at the peer's URL, for `node`, which counts its statements. Nothing is dialled yet. `timeout` bounds each request, in wall time.
    pub fn new(node: &Node, peer: Peer, timeout: Duration) -> Result<Self, NodeError> {
        let mut config: Config = peer.url.parse().map_err(|error| {
            NodeError::Other(format!("{}: its URL must be postgres://user:password@host:port/name: {error}", peer.node))
        })?;
        config.application_name("loadline").connect_timeout(timeout.max(Duration::from_secs(1)));
        let calls = node.calls_to(&peer.component);
        let (settled, fell) = (Notify::new(), Notify::new());
        Ok(Self { peer, config, calls, timeout, connections: Mutex::default(), settled, up: AtomicBool::new(true), fell })
    }

    /// Who it is.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whether a real server stands in for the engine.
    pub fn is_real(&self) -> bool {
        self.peer.is_real
    }

    /// The rows that `sql` selects.
    pub async fn query(&self, sql: &'static Sql, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.timely(async {
            let mut lease = self.lease().await?;
            let connection = lease.connection.clone();
            let answer = async {
                let statement = self.statement(&connection, sql).await?;
                connection.client.query(&statement, params).await.map_err(|error| self.fault(&error))
            };
            lease.wait(answer).await
        })
        .await
    }

    /// How many rows `sql` changed.
    pub async fn execute(&self, sql: &'static Sql, params: Params<'_>) -> Result<u64, Fault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.timely(async {
            let mut lease = self.lease().await?;
            let connection = lease.connection.clone();
            let answer = async {
                let statement = self.statement(&connection, sql).await?;
                connection.client.execute(&statement, params).await.map_err(|error| self.fault(&error))
            };
            lease.wait(answer).await
        })
        .await
    }

    /// False from the request that found nobody here until [`SqlTarget::watch`] finds somebody.
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// Opens one connection ahead of the first request. After that it does nothing while all is well; once nobody is here, it looks at once (a
    /// connection that broke is no death) and then every `every`. For ever.
    pub async fn watch(&self, every: Duration) {
        // Only spares the first request the wait: whoever is not there yet is named by the request that needs it.
        let _ = self.timely(async { self.lease().await.map(drop) }).await;
        loop {
            self.fell.notified().await;
            while self.timely(self.answered()).await.is_err() {
                tokio::time::sleep(every).await;
            }
            self.up.store(true, Ordering::Relaxed);
        }
    }

    /// Whether somebody answers here. It costs the database no statement.
    async fn answered(&self) -> Result<(), Fault> {
        let mut lease = self.lease().await?;
        let connection = lease.connection.clone();
        lease.wait(connection.client.check_connection()).await.map_err(|error| self.fault(&error))
    }

    /// A connection of its own, for bulk work; ends when the client is dropped. No timeout.
    pub async fn dedicated(&self) -> Result<Client, Fault> {
        let (client, connection) = self.config.connect(NoTls).await.map_err(|error| self.fault(&error))?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// `work` within the timeout. It notes when nobody is here; who is late is not gone.
    async fn timely<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let Ok(result) = tokio::time::timeout(self.timeout, work).await else {
            return Err(self.named("timeout", format!("{} did not answer in time", self.peer.node)));
        };
        if result.as_ref().is_err_and(|fault| fault.reason == "unreachable") && self.up.swap(false, Ordering::Relaxed) {
            self.fell.notify_one();
        }
        result
    }

    /// A free connection; a new one while there may be more; else the one with the fewest requests.
    async fn lease(&self) -> Result<Lease, Fault> {
        loop {
            let settled = self.settled.notified();
            let mut settled = std::pin::pin!(settled);
            // In line before looking, or a word in between would be missed.
            settled.as_mut().enable();
            {
                let mut pool = lock(&self.connections);
                pool.open.retain(|connection| !connection.client.is_closed());
                let may_open = pool.open.len() + pool.opening < MAX_CONNECTIONS;
                let least = pool.open.iter().min_by_key(|connection| connection.in_flight.load(Ordering::Relaxed));
                if let Some(least) = least
                    && (least.in_flight.load(Ordering::Relaxed) == 0 || !may_open)
                {
                    return Ok(Lease::new(least));
                }
                if may_open {
                    pool.opening += 1;
                    break;
                }
            }
            // All that there may be are being opened.
            settled.await;
        }
        // Counted until it is in the pool.
        let _opening = Opening(self);
        let opened = self.dedicated().await;
        let mut pool = lock(&self.connections);
        match opened {
            Ok(client) => {
                let connection = Arc::new(Connection { client, statements: Mutex::default(), in_flight: AtomicUsize::new(0) });
                pool.open.push(connection.clone());
                Ok(Lease::new(&connection))
            }
            // A server that takes no more connections still answers on those that it has.
            Err(fault) => match pool.open.iter().min_by_key(|connection| connection.in_flight.load(Ordering::Relaxed)) {
                Some(least) if !least.client.is_closed() => Ok(Lease::new(least)),
                _ => Err(fault),
            },
        }
    }

    async fn statement(&self, connection: &Connection, sql: &'static Sql) -> Result<Statement, Fault> {
        let known = lock(&connection.statements).get(&*sql.text).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = connection.client.prepare_typed(&sql.text, &sql.types).await.map_err(|error| self.fault(&error))?;
        lock(&connection.statements).insert(&sql.text, statement.clone());
        Ok(statement)
    }

    /// A fault of this instance.
    pub fn named(&self, reason: &'static str, message: String) -> Fault {
        Fault { component: self.peer.component.clone(), reason, message }
    }

    /// What the client said, by name.
    pub fn fault(&self, error: &tokio_postgres::Error) -> Fault {
        let node = &self.peer.node;
        let Some(refused) = error.as_db_error() else {
            let cause = std::error::Error::source(error);
            let is_io = cause.is_some_and(|cause| cause.is::<std::io::Error>());
            // Anything else is an answer that does not fit what was asked: a mistake in a statement of ours.
            let reason = if error.is_closed() || is_io { "unreachable" } else { "error" };
            return self.named(reason, format!("{node}: {error}{}", cause.map(|cause| format!(": {cause}")).unwrap_or_default()));
        };
        let reason = match refused.code().code() {
            // Class 53: insufficient resources.
            code if code.starts_with("53") => "queue_full",
            // Undefined table: the seeder has not been here, or this replica has not caught up.
            "42P01" => "not_seeded",
            "57014" => "timeout",
            // Class 57P: the server goes down or comes up; class 08: the connection broke.
            code if code.starts_with("57P") || code.starts_with("08") => "unreachable",
            _ => "error",
        };
        self.named(reason, format!("{node}: {}", refused.message()))
    }
}

/// Counts a connection that is being opened, however that ends.
struct Opening<'a>(&'a SqlTarget);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        lock(&self.0.connections).opening -= 1;
        self.0.settled.notify_waiters();
    }
}
