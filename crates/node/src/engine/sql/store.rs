//! One SQLite database in the node's folder: a connection that writes, behind a fair lock, a few that read, and the log that replicas
//! copy. It knows nothing of the wire.
//!
//! A commit is three steps that survive a kill in between: its statements go to the end of the log, the log's new end goes into the
//! database with the data, and COMMIT makes both true; at the next start the log is cut to the end that the database names.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::watch;

use super::error::SqlError;
use super::log::{LogFile, Record};
use super::schema::Schema;
use super::{catalog, time};
use crate::runtime::{clock, lock};

/// Connections that read and are kept when idle.
const IDLE_READERS: usize = 4;
/// Bytes of log between two checkpoints of SQLite's own write-ahead log.
const CHECKPOINT_EVERY: u64 = 4 << 20;

/// What the functions of a statement see: one moment and one seed, so that a replica can see the same.
#[derive(Debug, Default)]
pub(super) struct Moment {
    pub now_us: AtomicI64,
    pub seed: AtomicU64,
    pub pid: AtomicI64,
}

/// A connection with its moment.
pub(super) struct Db {
    pub conn: Connection,
    pub moment: Arc<Moment>,
    /// The version of the tables as SQLite read them here; it reads them anew only when a statement runs, too late for compiling.
    version: u64,
}

impl Db {
    /// Sets the moment of the statements that follow.
    pub(super) fn at(&self, now_us: i64, seed: u64) {
        self.moment.now_us.store(now_us, Ordering::Relaxed);
        self.moment.seed.store(seed, Ordering::Relaxed);
    }
}

/// The writers' connection and what the open transaction has done so far.
pub(super) struct Writer {
    pub db: Db,
    log: LogFile,
    pending: Vec<u8>,
    open: bool,
    schema_changed: bool,
    position: u64,
    checkpointed: u64,
    shared: Arc<Shared>,
}

/// What readers and writers share.
pub(super) struct Shared {
    path: PathBuf,
    log_path: PathBuf,
    readers: Mutex<Vec<Db>>,
    schema: RwLock<Arc<Schema>>,
    /// End of the log as the database names it: the position.
    pub position: watch::Sender<u64>,
    /// The log's own number, so that a copy of another log is noticed.
    pub timeline: AtomicU64,
    /// True: a copy, which nobody may write.
    pub replica: bool,
}

/// A number that no other call gives: of the clock and the process, mixed.
pub(super) fn fresh_seed() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    mix(clock::now_ns() ^ (u64::from(std::process::id()) << 40) ^ COUNT.fetch_add(0x9e37_79b9, Ordering::Relaxed))
}

/// One step of splitmix64.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Microseconds since 1970.
pub(super) fn unix_us() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
}

fn connect(path: &Path, shared: Option<&Arc<Shared>>, cache_kib: u32) -> Result<Db, SqlError> {
    let version = shared.map_or(0, |shared| shared.schema().version);
    let conn = Connection::open(path)?;
    conn.set_prepared_statement_cache_capacity(64);
    // A name in double quotes is a name, never a string.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    conn.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; \
         PRAGMA case_sensitive_like=ON; PRAGMA busy_timeout=2000; PRAGMA cache_size=-{cache_kib};"
    ))?;
    let moment = Arc::new(Moment::default());
    functions(&conn, &moment, shared)?;
    Ok(Db { conn, moment, version })
}

fn functions(conn: &Connection, moment: &Arc<Moment>, shared: Option<&Arc<Shared>>) -> Result<(), SqlError> {
    let plain = FunctionFlags::SQLITE_UTF8;
    let now = moment.clone();
    conn.create_scalar_function("pg_now", 0, plain, move |_| Ok(time::text(now.now_us.load(Ordering::Relaxed))))?;
    let random = moment.clone();
    conn.create_scalar_function("pg_random", 0, plain, move |_| {
        let seed = mix(random.seed.load(Ordering::Relaxed));
        random.seed.store(seed, Ordering::Relaxed);
        Ok((seed >> 11) as f64 / (1_u64 << 53) as f64)
    })?;
    let pid = moment.clone();
    conn.create_scalar_function("pg_backend_pid", 0, plain, move |_| Ok(pid.pid.load(Ordering::Relaxed)))?;
    conn.create_scalar_function("pg_timestamptz", 1, plain | FunctionFlags::SQLITE_DETERMINISTIC, |context| {
        let text: Option<String> = context.get(0)?;
        match text {
            None => Ok(None),
            Some(text) => time::parse(&text).map(|us| Some(time::text(us))).ok_or_else(|| {
                rusqlite::Error::UserFunctionError(
                    format!("pg:22P02:invalid input syntax for type timestamp with time zone: \"{text}\"").into(),
                )
            }),
        }
    })?;
    for (name, value) in
        [("pg_version", catalog::VERSION), ("pg_user", "loadline"), ("pg_database_name", "loadline"), ("pg_schema_name", "public")]
    {
        conn.create_scalar_function(name, 0, plain, move |_| Ok(value))?;
    }
    if let Some(shared) = shared {
        let replica = shared.replica;
        conn.create_scalar_function("pg_is_in_recovery", 0, plain, move |_| Ok(replica))?;
        for name in ["pg_current_wal_lsn", "pg_last_wal_replay_lsn"] {
            let shared = shared.clone();
            conn.create_scalar_function(name, 0, plain, move |_| Ok(shared.position.borrow().to_string()))?;
        }
        let shared = shared.clone();
        conn.create_scalar_function("loadline_timeline", 0, plain, move |_| Ok(shared.timeline.load(Ordering::Relaxed).to_string()))?;
    }
    Ok(())
}

/// Opens the database of `data_dir`, made if it is not there, and cuts the log to what was committed.
pub(super) fn open(data_dir: &Path, replica: bool) -> Result<(Arc<Shared>, Writer), SqlError> {
    let path = data_dir.join("sql.db");
    let first = connect(&path, None, 256)?;
    first
        .conn
        .execute_batch("CREATE TABLE IF NOT EXISTS loadline_wal (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), timeline, position)")?;
    let stored: Option<(i64, i64)> =
        first.conn.query_row("SELECT timeline, position FROM loadline_wal", [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (timeline, position) = match stored {
        Some(stored) => stored,
        None => {
            // A replica takes the timeline of what it copies.
            let timeline = if replica { 0 } else { (fresh_seed() >> 2) as i64 | 1 };
            first.conn.execute("INSERT INTO loadline_wal VALUES (1, ?1, 0)", [timeline])?;
            (timeline, 0)
        }
    };
    let position = u64::try_from(position).unwrap_or(0);
    let schema = Schema::read(&first.conn, 1)?;
    drop(first);
    let shared = Arc::new(Shared {
        log_path: data_dir.join("sql.log"),
        readers: Mutex::new(Vec::new()),
        schema: RwLock::new(Arc::new(schema)),
        position: watch::Sender::new(position),
        timeline: AtomicU64::new(u64::try_from(timeline).unwrap_or(0)),
        replica,
        path,
    });
    let log = LogFile::open(&shared.log_path, if replica { 0 } else { position })?;
    let db = connect(&shared.path, Some(&shared), 4096)?;
    let writer = Writer {
        db,
        log,
        pending: Vec::new(),
        open: false,
        schema_changed: false,
        position,
        checkpointed: position,
        shared: shared.clone(),
    };
    Ok((shared, writer))
}

impl Shared {
    /// A connection that reads; give it back with [`Shared::put_back`].
    pub(super) fn reader(self: &Arc<Self>) -> Result<Db, SqlError> {
        let version = self.schema().version;
        let idle = lock(&self.readers).pop();
        match idle {
            Some(db) if db.version == version => Ok(db),
            _ => {
                let db = connect(&self.path, Some(self), 1024)?;
                db.conn.execute_batch("PRAGMA query_only=ON")?;
                Ok(db)
            }
        }
    }

    pub(super) fn put_back(&self, db: Db) {
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS && db.conn.is_autocommit() {
            readers.push(db);
        }
    }

    pub(super) fn schema(&self) -> Arc<Schema> {
        self.schema.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn log_path(&self) -> &Path {
        &self.log_path
    }
}

impl Writer {
    /// Starts a transaction.
    pub(super) fn begin(&mut self) -> Result<(), SqlError> {
        self.db.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        self.open = true;
        Ok(())
    }

    /// True between [`Writer::begin`] and its end.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Notes a statement that has run, for the replicas.
    pub(super) fn note(&mut self, record: &Record<'_>) {
        if !self.shared.replica {
            record.put(&mut self.pending);
        }
    }

    /// How much has been noted; [`Writer::forget_after`] goes back to it.
    pub(super) fn noted(&self) -> usize {
        self.pending.len()
    }

    pub(super) fn forget_after(&mut self, noted: usize) {
        self.pending.truncate(noted);
    }

    /// Reads the tables anew after a change of them.
    pub(super) fn schema_changed(&mut self) -> Result<(), SqlError> {
        self.schema_changed = true;
        self.refresh_schema()
    }

    fn refresh_schema(&self) -> Result<(), SqlError> {
        let version = self.shared.schema().version + 1;
        let schema = Schema::read(&self.db.conn, version)?;
        *self.shared.schema.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(schema);
        Ok(())
    }

    /// Makes the transaction true, for readers and replicas.
    pub(super) fn commit(&mut self) -> Result<(), SqlError> {
        let position = if self.pending.is_empty() { self.position } else { self.log.append(self.position, unix_us(), &self.pending)? };
        if let Err(error) = self.commit_at(position) {
            self.rollback();
            return Err(error);
        }
        Ok(())
    }

    /// Commits what was copied up to `position` of the log with number `timeline`.
    pub(super) fn commit_copy(&mut self, position: u64, timeline: u64) -> Result<(), SqlError> {
        if self.shared.timeline.swap(timeline, Ordering::Relaxed) != timeline {
            let timeline = i64::try_from(timeline).unwrap_or(0);
            self.db.conn.execute("UPDATE loadline_wal SET timeline = ?1", [timeline])?;
        }
        self.commit_at(position)
    }

    fn commit_at(&mut self, position: u64) -> Result<(), SqlError> {
        if position != self.position {
            let stored = i64::try_from(position).map_err(|_| SqlError::new("53100", "the log is full"))?;
            self.db.conn.prepare_cached("UPDATE loadline_wal SET position = ?1")?.execute([stored])?;
        }
        self.db.conn.prepare_cached("COMMIT")?.execute([])?;
        self.pending.clear();
        self.open = false;
        if std::mem::take(&mut self.schema_changed) {
            // Readers that were opened meanwhile still saw the tables before.
            self.refresh_schema()?;
        }
        if position != self.position {
            self.position = position;
            self.shared.position.send_replace(position);
        }
        Ok(())
    }

    /// Undoes the transaction.
    pub(super) fn rollback(&mut self) {
        self.pending.clear();
        self.open = false;
        // SQLite may have undone it already (a full disk); then there is nothing left to undo.
        if !self.db.conn.is_autocommit() {
            let _ = self.db.conn.execute_batch("ROLLBACK");
        }
        if std::mem::take(&mut self.schema_changed) {
            // The old tables could not be read: then every statement says so by itself.
            let _ = self.refresh_schema();
        }
    }

    /// True once enough was written since the last checkpoint; the caller then runs [`checkpoint`] elsewhere.
    pub(super) fn checkpoint_due(&mut self) -> bool {
        let due = self.position.saturating_sub(self.checkpointed) >= CHECKPOINT_EVERY;
        if due {
            self.checkpointed = self.position;
        }
        due
    }
}

/// Moves SQLite's write-ahead log into the database file, on a connection of its own; waits for nobody.
pub(super) fn checkpoint(shared: &Shared) -> Result<(), SqlError> {
    let db = connect(&shared.path, None, 256)?;
    db.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}
