//! The key-value engine: a RESP server in one process, that Redis's own clients and tools speak to. Data is in memory and goes with the
//! process; there is one database, and no persistence, replication, eviction or scripting.
//!
//! | module | what it holds |
//! |---|---|
//! | `connection` | one client: read what is there, admit and run it, answer in order when its promised finish has come |
//! | `parse`, `reply`, `fault`, `number`, `glob` | the protocol, both ways |
//! | `command` | the list of commands, one family a file |
//! | `keyspace`, `value`, `sorted_set` | the data, its expiry, its memory |
//!
//! Times that clients name are life times: the keyspace's clock runs in life ms, so a dilated run stretches every time to live alike.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::{Node, clock, lock};
use command::Found;
use keyspace::Keyspace;

mod command;
mod connection;
mod fault;
mod glob;
mod keyspace;
mod number;
mod parse;
mod reply;
mod sorted_set;
mod value;

/// The version of Redis whose commands and texts these are; clients look at it to know what they may ask.
const VERSION: &str = "7.2.0";
/// Clients at the same time, unless the setting `max_clients` says otherwise.
const CLIENTS_MAX: f64 = 10_000.0;
/// Wall time between two looks at what has expired, for a server that nobody calls.
const HOUSEKEEPING: Duration = Duration::from_millis(100);
/// Keys that are dropped at once because their time has come: while a client waits, and while none does.
const EXPIRED_AT_ONCE: usize = 200;
const EXPIRED_IDLE: usize = 20_000;

/// What all connections share.
struct Server {
    node: Arc<Node>,
    keys: Mutex<Keyspace>,
    port: u16,
    /// 0: no limit.
    memory_max_bytes: usize,
    clients_max: usize,
    started_ns: u64,
    clients: AtomicUsize,
    commands: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// Makes the node ready and gives what serves. The engine calls nobody.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, _peers: Peers) -> Result<Serving, NodeError> {
    let dilation = node.config().dilation;
    if !(dilation.is_finite() && dilation > 0.0) {
        return Err(NodeError::Other(format!("dilation {dilation} cannot be run: it must be above 0")));
    }
    let spec = &node.config().spec;
    let server = Arc::new(Server {
        memory_max_bytes: (spec.number("max_memory_mb", 0.0) * f64::from(1 << 20)) as usize,
        clients_max: spec.number("max_clients", CLIENTS_MAX) as usize,
        keys: Mutex::default(),
        port: listener.local_addr()?.port(),
        started_ns: clock::now_ns(),
        clients: AtomicUsize::new(0),
        commands: AtomicU64::new(0),
        hits: AtomicU64::new(0),
        misses: AtomicU64::new(0),
        node,
    });
    Ok(Box::pin(serve(server, listener)))
}

/// Serves for ever; ends with an error when a connection's task broke by a mistake of ours, for the data may be wrong then.
async fn serve(server: Arc<Server>, listener: TcpListener) -> Result<(), NodeError> {
    let mut connections: JoinSet<()> = JoinSet::new();
    let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
    let mut next_id = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < server.clients_max => {
                    next_id += 1;
                    let _ = stream.set_nodelay(true);
                    connections.spawn(connection::serve(server.clone(), stream, next_id));
                }
                Ok((stream, _)) => turn_away(&server, &stream),
                // Out of file descriptors, or the client left already: serve the others, and do not spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            },
            Some(ended) = connections.join_next() => {
                if let Err(broken) = ended {
                    return Err(NodeError::Other(format!("a connection broke the engine; restart the run and report this: {broken}")));
                }
            }
            _ = housekeeping.tick() => {
                let mut keys = server.keys();
                keys.advance(server.life_ms(clock::now_ns()), EXPIRED_IDLE);
                server.show(&keys);
            }
        }
        server.clients.store(connections.len(), Ordering::Relaxed);
    }
}

fn turn_away(server: &Server, stream: &TcpStream) {
    server.node.failed("too_many_clients");
    // Nobody waits for this: a client that cannot take it finds its connection closed.
    let _ = stream.try_write(b"-ERR max number of clients reached\r\n");
}

impl Server {
    fn node(&self) -> &Node {
        &self.node
    }
    fn port(&self) -> u16 {
        self.port
    }
    fn clients(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }
    fn clients_max(&self) -> usize {
        self.clients_max
    }
    fn memory_max_bytes(&self) -> usize {
        self.memory_max_bytes
    }
    /// Commands run since the start.
    fn commands(&self) -> u64 {
        self.commands.load(Ordering::Relaxed)
    }
    /// Reads counted since the start.
    fn found(&self) -> Found {
        Found { hits: self.hits.load(Ordering::Relaxed), misses: self.misses.load(Ordering::Relaxed) }
    }
    /// Wall seconds since the start.
    fn uptime_s(&self) -> u64 {
        (clock::now_ns() - self.started_ns) / 1_000_000_000
    }

    /// Life ms since the start, at `now_ns` of the wall.
    fn life_ms(&self, now_ns: u64) -> i64 {
        (now_ns.saturating_sub(self.started_ns) as f64 / 1e6 / self.node.config().dilation) as i64
    }

    /// The data. Never held across an await.
    fn keys(&self) -> MutexGuard<'_, Keyspace> {
        // A panic while it was held ends the node; what the other connections see until then does not matter.
        lock(&self.keys)
    }

    /// True when a command that takes memory must be refused.
    fn is_full(&self, keys: &Keyspace) -> bool {
        self.memory_max_bytes > 0 && keys.bytes() > self.memory_max_bytes
    }

    /// Shows the size of the data in the node's gauges.
    fn show(&self, keys: &Keyspace) {
        self.node.gauge("memory_bytes", keys.bytes() as f64);
        self.node.gauge("keys", keys.len() as f64);
    }

    /// Counts what a batch did.
    fn count(&self, commands: u64, found: Found) {
        self.commands.fetch_add(commands, Ordering::Relaxed);
        for (name, total, n) in [("hits", &self.hits, found.hits), ("misses", &self.misses, found.misses)] {
            if n > 0 {
                total.fetch_add(n, Ordering::Relaxed);
                self.node.count(name, n);
            }
        }
    }
}
