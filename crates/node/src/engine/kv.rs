//! The key-value engine: a RESP server in one process, that Redis's own clients and tools speak to. Data is in memory; with the setting
//! `appendonly` it is in a file too and comes back after a kill. There is one database, and no replication or scripting.
//!
//! | module | what it holds |
//! |---|---|
//! | `connection` | one client's socket: read what is there, admit and run it, answer in order when its promised finish has come |
//! | `dispatch` | what may be run now, for whom; MULTI queues here |
//! | `client`, `transaction`, `channels`, `blocking` | what is known of clients, and what they have for one another |
//! | `parse`, `reply`, `fault`, `number`, `glob` | the protocol, both ways |
//! | `command` | the list of commands, one family a file |
//! | `keyspace`, `picture`, `value`, `sorted_set`, `eviction` | the data, its expiry, its memory, and what goes when that is short |
//! | `journal`, `rewrite`, `replay` | the append-only file: written, made anew, read |
//! | `settings` | what CONFIG shows and sets |
//!
//! Times that clients name are life times: the keyspace's clock runs in life ms, so a dilated run stretches every time to live alike.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use loadline_model::seed::Stream;
use loadline_model::sketch::SettingValue;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::process::say;
use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::{Node, clock, lock};
use command::{Board, Draw, Found};
use eviction::Policy;
use journal::{Fsync, Journal};
use keyspace::Keyspace;
use settings::Settings;

mod blocking;
mod channels;
mod client;
mod command;
mod connection;
mod dispatch;
mod eviction;
mod fault;
mod glob;
mod journal;
mod keyspace;
mod number;
mod parse;
mod replay;
mod reply;
mod rewrite;
mod settings;
mod sorted_set;
mod transaction;
mod value;

/// The version of Redis whose commands and texts these are; clients look at it to know what they may ask.
const VERSION: &str = "7.2.0";
/// Wall time between two looks at what has expired, for a server that nobody calls.
const HOUSEKEEPING: Duration = Duration::from_millis(100);
/// Housekeeping rounds between two looks at clients that are held up.
const ROUNDS_BETWEEN_LOOKS: u64 = 5;
/// Keys that are dropped at once because their time has come: while a client waits, and while none does.
const EXPIRED_AT_ONCE: usize = 200;
const EXPIRED_IDLE: usize = 20_000;

/// Keys, and what connections share beside them.
struct Data {
    keys: Keyspace,
    board: Board,
}

/// What all connections share.
struct Server {
    node: Arc<Node>,
    data: Mutex<Data>,
    port: u16,
    started_ns: u64,
    started_unix_ms: u64,
    /// Clients that were let in since the start, and that were turned away.
    welcomed: AtomicU64,
    rejected: AtomicU64,
    commands: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
    /// Why the engine cannot go on, and whom that wakes.
    broken: Mutex<Option<String>>,
    breaks: tokio::sync::Notify,
}

/// Makes the node ready and gives what serves. The engine calls nobody.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, _peers: Peers) -> Result<Serving, NodeError> {
    let config = node.config();
    let dilation = config.dilation;
    if !(dilation.is_finite() && dilation > 0.0) {
        return Err(NodeError::Other(format!("dilation {dilation} cannot be run: it must be above 0")));
    }
    let spec = &config.spec;
    let word = |name: &str, default: &str| spec.settings.get(name).and_then(SettingValue::as_word).unwrap_or(default).to_owned();
    let policy = word("eviction", "noeviction");
    let policy = Policy::from_name(&policy).ok_or_else(|| NodeError::Other(format!("{policy:?} is no eviction policy")))?;
    let appendonly = word("appendonly", "off");
    let fsync = match appendonly.as_str() {
        "off" => None,
        name => Some(Fsync::from_name(name).ok_or_else(|| NodeError::Other(format!("{name:?} is no way to keep an append-only file")))?),
    };
    let seconds = |name: &str, default: f64| (spec.number(name, default) * 1e9) as u64;
    let board = Board {
        settings: Settings {
            memory_max_bytes: (spec.number("max_memory_mb", 0.0) * f64::from(1 << 20)) as usize,
            policy,
            clients_max: spec.number("max_clients", settings::CLIENTS_MAX) as usize,
            stalled_most_ns: seconds("stalled_client_s", 60.0),
            stranger_most_ns: seconds("stranger_s", 30.0),
        },
        clients: Default::default(),
        channels: Default::default(),
        waiters: Default::default(),
        monitors: Vec::new(),
        journal: None,
        note: Default::default(),
        random: Draw(Stream::new(config.seed, "kv/random", u64::from(spec.instance))),
        peak_bytes: 0,
        shown: (0, 0),
    };
    let server = Arc::new(Server {
        data: Mutex::new(Data { keys: Keyspace::default(), board }),
        port: listener.local_addr()?.port(),
        started_ns: clock::now_ns(),
        started_unix_ms: clock::unix_ms(),
        welcomed: AtomicU64::new(0),
        rejected: AtomicU64::new(0),
        commands: AtomicU64::new(0),
        hits: AtomicU64::new(0),
        misses: AtomicU64::new(0),
        broken: Mutex::new(None),
        breaks: tokio::sync::Notify::new(),
        node: node.clone(),
    });
    if let Some(fsync) = fsync {
        recover(&server, fsync)?;
    }
    Ok(Box::pin(serve(server, listener)))
}

/// Brings back what the append-only file holds, and goes on with it.
fn recover(server: &Server, fsync: Fsync) -> Result<(), NodeError> {
    let folder = &server.node.config().data_dir;
    std::fs::create_dir_all(folder)?;
    let path = folder.join(journal::FILE_NAME);
    {
        let mut data = server.data();
        server.advance(&mut data, clock::now_ns(), 0);
        data.keys.set_loading(true);
    }
    let replayed = replay::replay(server, &path)?;
    let opened = Journal::open(&path, replayed.whole_bytes, fsync);
    let opened = opened.map_err(|error| NodeError::Other(format!("the append-only file {} cannot be written: {error}", path.display())))?;
    let mut data = server.data();
    data.keys.set_loading(false);
    data.keys.keep_lost();
    data.board.journal = Some(opened);
    // What ended while nobody ran goes now, and the file says so.
    server.advance(&mut data, clock::now_ns(), usize::MAX);
    if replayed.torn_bytes > 0 {
        say(&loadline_model::wire::FromNode::Event {
            message: format!(
                "the append-only file {} ended within a command that was not acknowledged: its last {} bytes were cut",
                path.display(),
                replayed.torn_bytes
            ),
        });
    }
    if replayed.commands > 0 {
        say(&loadline_model::wire::FromNode::Event {
            message: format!(
                "{} keys are back from {} commands ({} bytes) of the append-only file, in {} ms",
                data.keys.len(),
                replayed.commands,
                replayed.whole_bytes,
                replayed.took_ms
            ),
        });
    }
    Ok(())
}

/// Serves for ever; ends with an error when a connection's task broke by a mistake of ours, for the data may be wrong then.
async fn serve(server: Arc<Server>, listener: TcpListener) -> Result<(), NodeError> {
    let mut connections: JoinSet<()> = JoinSet::new();
    let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
    housekeeping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut rounds = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => welcome(&server, &mut connections, stream, address),
                // Out of file descriptors, or the client left already: serve the others, and do not spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            },
            Some(ended) = connections.join_next() => {
                if let Err(broken) = ended {
                    return Err(NodeError::Other(format!("a connection broke the engine; restart the run and report this: {broken}")));
                }
            }
            () = server.breaks.notified() => {
                let why = lock(&server.broken).clone().unwrap_or_default();
                return Err(NodeError::Other(format!("the append-only file cannot be written: {why}. Make room on the disk, then start again")));
            }
            _ = housekeeping.tick() => {
                rounds += 1;
                server.tidy(rounds % ROUNDS_BETWEEN_LOOKS == 0);
            }
        }
    }
}

fn welcome(server: &Arc<Server>, connections: &mut JoinSet<()>, stream: TcpStream, address: std::net::SocketAddr) {
    let most = server.data().board.settings.clients_max;
    if connections.len() >= most {
        server.node.failed("too_many_clients");
        server.rejected.fetch_add(1, Ordering::Relaxed);
        // Nobody waits for this: a client that cannot take it finds its connection closed.
        let _ = stream.try_write(b"-ERR max number of clients reached\r\n");
        return;
    }
    let id = server.welcomed.fetch_add(1, Ordering::Relaxed) + 1;
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr().unwrap_or(address);
    let client = Arc::new(client::Client::new(id, address, local));
    server.data().board.clients.insert(id, client.clone());
    connections.spawn(connection::serve(server.clone(), stream, client));
}

impl Server {
    fn node(&self) -> &Node {
        &self.node
    }
    /// Commands run since the start.
    fn commands(&self) -> u64 {
        self.commands.load(Ordering::Relaxed)
    }
    /// Reads counted since the start.
    fn found(&self) -> Found {
        Found { hits: self.hits.load(Ordering::Relaxed), misses: self.misses.load(Ordering::Relaxed) }
    }
    /// Begins the counters of INFO's stats anew.
    fn reset_stats(&self) {
        for counter in [&self.rejected, &self.commands, &self.hits, &self.misses] {
            counter.store(0, Ordering::Relaxed);
        }
    }
    /// Wall seconds since the start.
    fn uptime_s(&self) -> u64 {
        (clock::now_ns() - self.started_ns) / 1_000_000_000
    }

    /// Moves the keyspace's clock on to `now_ns` of the wall, and drops keys whose time has come.
    fn advance(&self, data: &mut Data, now_ns: u64, most: usize) {
        let dilation = self.node.config().dilation;
        let wall_ms = now_ns.saturating_sub(self.started_ns) / 1_000_000;
        data.keys.set_wall((self.started_unix_ms + wall_ms) as i64, dilation);
        data.keys.advance((wall_ms as f64 / dilation) as i64, most);
        if let Some(journal) = &mut data.board.journal {
            journal.lost(&data.keys.take_lost());
        }
    }

    /// A life time in seconds as wall ns.
    fn wall_ns(&self, life_s: f64) -> u64 {
        (life_s * 1e9 * self.node.config().dilation) as u64
    }

    /// The data. Never held across an await.
    fn data(&self) -> MutexGuard<'_, Data> {
        // A panic while it was held ends the node; what the other connections see until then does not matter.
        lock(&self.data)
    }

    /// True when a command that takes memory must be refused, whatever the policy dropped.
    fn is_full(&self, keys: &mut Keyspace, board: &mut Board) -> bool {
        let most = board.settings.memory_max_bytes;
        if most == 0 || keys.bytes() <= most {
            return false;
        }
        let made = eviction::make_room(keys, board.settings.policy, most, &mut board.random.0);
        if let Some(journal) = &mut board.journal {
            journal.lost(&keys.take_lost());
        }
        !made
    }

    /// What is done ten times a second; with a look at `clients` that are held up.
    fn tidy(&self, clients: bool) {
        let now_ns = clock::now_ns();
        let mut data = self.data();
        self.advance(&mut data, now_ns, EXPIRED_IDLE);
        let Data { keys, board } = &mut *data;
        if let Some(journal) = &mut board.journal {
            let outcome = journal.tend(keys).map_err(|error| error.to_string());
            for message in journal.take_news() {
                say(&loadline_model::wire::FromNode::Event { message });
            }
            if let Some(why) = outcome.err().or_else(|| journal.broken()) {
                self.break_down(why);
            }
        }
        if clients {
            let (stalled_ns, stranger_ns) = (board.settings.stalled_most_ns, board.settings.stranger_most_ns);
            for client in board.clients.values() {
                if let Some(why) = client.overdue(now_ns, stalled_ns, stranger_ns) {
                    self.node.failed(why);
                    client.kill();
                }
            }
        }
        self.show(keys, board);
    }

    /// Ends the engine.
    fn break_down(&self, why: String) {
        lock(&self.broken).get_or_insert(why);
        self.breaks.notify_one();
    }

    /// Shows the size of the data in the node's gauges.
    fn show(&self, keys: &Keyspace, board: &mut Board) {
        board.peak_bytes = board.peak_bytes.max(keys.bytes());
        board.shown = (keys.bytes(), keys.len());
        self.node.gauge("memory_bytes", keys.bytes() as f64);
        self.node.gauge("keys", keys.len() as f64);
    }

    /// The same after a batch, if it changed anything.
    fn show_changed(&self, keys: &Keyspace, board: &mut Board) {
        if board.shown != (keys.bytes(), keys.len()) {
            self.show(keys, board);
        }
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
