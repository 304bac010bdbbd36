//! One SQLite database in the node's folder: a connection that writes, behind a fair lock, a few that read, and the log that replicas
//! copy. It knows nothing of the wire.
//!
//! A commit is three steps that survive a kill in between: its statements go to the end of the log, the log's new end goes into the
//! database with the data, and COMMIT makes both true. With `fsync` the log is flushed before anybody is told, and the database is not: what
//! it lost is done again from the log at the next start. What is not whole at the log's end is cut.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use loadline_model::seed::splitmix;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::watch;

use super::error::SqlError;
use super::log::{self, HEAD, LogFile, Record};
use super::schema::{CONSTRAINTS, Schema};
use super::{catalog, functions, run};
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
    /// True: the catalogue is attached.
    catalogue: bool,
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
    /// Positions that are to be flushed; `None` without `fsync`.
    flusher: Option<std::sync::mpsc::Sender<u64>>,
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
    /// End of the log that would survive the machine; the same as the position without `fsync`.
    pub durable: watch::Sender<u64>,
    /// True: the log could not be flushed, so nothing more is acknowledged.
    pub broken: AtomicBool,
    /// The log's own number, so that a copy of another log is noticed.
    pub timeline: AtomicU64,
    /// True: replicas say how far they are.
    pub acknowledged: bool,
    /// True: a copy, which nobody may write.
    replica: AtomicBool,
}

/// A number that no other call gives: of the clock and the process, mixed.
pub(super) fn fresh_seed() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    splitmix(clock::now_ns() ^ (u64::from(std::process::id()) << 40) ^ COUNT.fetch_add(0x9e37_79b9, Ordering::Relaxed))
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
    functions::register(&conn, &moment, shared)?;
    Ok(Db { conn, moment, version, catalogue: false })
}

/// How the database is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keeping {
    pub replica: bool,
    /// True: a commit is flushed to the disk before it is acknowledged.
    pub fsync: bool,
    /// True: replicas say how far they are.
    pub acknowledged: bool,
}

/// Opens the database of `data_dir`, made if it is not there, does again what the log has and it has not, and cuts the log's torn end.
pub(super) fn open(data_dir: &Path, keeping: Keeping) -> Result<(Arc<Shared>, Writer), SqlError> {
    let path = data_dir.join("sql.db");
    let log_path = data_dir.join("sql.log");
    let first = connect(&path, None, 256)?;
    first.conn.execute_batch(
        "CREATE TABLE IF NOT EXISTS loadline_wal (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), timeline, position);
         CREATE TABLE IF NOT EXISTS loadline_history (timeline INTEGER PRIMARY KEY, ends INTEGER NOT NULL)",
    )?;
    first.conn.execute_batch(CONSTRAINTS)?;
    let stored: Option<(i64, i64)> =
        first.conn.query_row("SELECT timeline, position FROM loadline_wal", [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (mut timeline, position) = match stored {
        Some(stored) => stored,
        None => {
            // A replica takes the timeline of what it copies.
            let timeline = if keeping.replica { 0 } else { fresh_timeline() };
            first.conn.execute("INSERT INTO loadline_wal VALUES (1, ?1, 0)", [timeline])?;
            (timeline, 0)
        }
    };
    let position = u64::try_from(position).unwrap_or(0);
    if log::length(&log_path) < position {
        // The machine lost what was never flushed: replicas must not take what follows for the rest of what they have.
        timeline = if keeping.replica { 0 } else { fresh_timeline() };
        first.conn.execute("UPDATE loadline_wal SET timeline = ?1", [timeline])?;
    }
    let schema = Schema::read(&first.conn, 1)?;
    drop(first);
    let shared = Arc::new(Shared {
        log_path,
        readers: Mutex::new(Vec::new()),
        schema: RwLock::new(Arc::new(schema)),
        position: watch::Sender::new(position),
        durable: watch::Sender::new(position),
        broken: AtomicBool::new(false),
        timeline: AtomicU64::new(u64::try_from(timeline).unwrap_or(0)),
        acknowledged: keeping.acknowledged,
        replica: AtomicBool::new(keeping.replica),
        path,
    });
    let log = LogFile::open(&shared.log_path, None)?;
    if keeping.fsync {
        log::keep_names(data_dir)?;
    }
    let db = connect(&shared.path, Some(&shared), 4096)?;
    let mut writer = Writer {
        db,
        log,
        pending: Vec::new(),
        open: false,
        schema_changed: false,
        position,
        checkpointed: position,
        flusher: None,
        shared: shared.clone(),
    };
    writer.again()?;
    if keeping.fsync {
        writer.flusher = Some(flusher(writer.log.handle()?, &shared));
    }
    Ok((shared, writer))
}

fn fresh_timeline() -> i64 {
    (fresh_seed() >> 2) as i64 | 1
}

/// A thread that flushes the log, once for all commits that wait.
fn flusher(file: std::fs::File, shared: &Arc<Shared>) -> std::sync::mpsc::Sender<u64> {
    let (sender, receiver) = std::sync::mpsc::channel::<u64>();
    let weak = Arc::downgrade(shared);
    std::thread::spawn(move || {
        while let Ok(first) = receiver.recv() {
            let last = receiver.try_iter().last().unwrap_or(first);
            let flushed = file.sync_data();
            let Some(shared) = weak.upgrade() else { return };
            if flushed.is_err() {
                shared.broken.store(true, Ordering::Relaxed);
            }
            shared.durable.send_replace(last);
        }
    });
    sender
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

    /// True: a copy, which nobody may write.
    pub(super) fn is_replica(&self) -> bool {
        self.replica.load(Ordering::Relaxed)
    }

    /// Bytes of the database file and what waits to be moved into it.
    pub(super) fn size_bytes(&self) -> i64 {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
        let wal = self.path.with_extension("db-wal");
        i64::try_from(size(&self.path) + size(&wal)).unwrap_or(i64::MAX)
    }

    /// Attaches the catalogue to a connection that reads, once.
    pub(super) fn with_catalogue(&self, db: &mut Db) -> Result<(), SqlError> {
        if !db.catalogue {
            db.conn.execute_batch("PRAGMA query_only=OFF")?;
            let filled = catalog::attach(&db.conn, &self.schema());
            db.conn.execute_batch("PRAGMA query_only=ON")?;
            filled?;
            db.catalogue = true;
        }
        Ok(())
    }

    pub(super) fn log_path(&self) -> &Path {
        &self.log_path
    }
}

impl Writer {
    /// Does again what the log has after the position that the database names. A torn end was never acknowledged and is cut; a whole
    /// transaction may have been, so one that cannot be done again is an error, and the log stays as it is.
    fn again(&mut self) -> Result<(), SqlError> {
        loop {
            let tail = log::read_from(&self.shared.log_path, self.position)?;
            let before = self.position;
            let mut rest = tail.as_slice();
            while let Some((len, body)) = log::transaction(rest) {
                let last = rest.len() == len;
                if let Err(error) = self.again_one(len, body) {
                    self.rollback();
                    // Refused when it was to commit, and the end came before it was cut: nobody was told that it had.
                    if last && tail.len() < log::MOST_AT_ONCE && error.code.starts_with("23") {
                        return self.log.cut(self.position);
                    }
                    let message = format!("the log cannot be done again from position {}: {}", self.position, error.message);
                    return Err(SqlError { message, ..error }.hint("Make room on the disk and start it again."));
                }
                rest = rest.get(len..).unwrap_or_default();
            }
            if self.position == before || rest.is_empty() && tail.len() < log::MOST_AT_ONCE {
                return self.log.cut(self.position);
            }
        }
    }

    fn again_one(&mut self, len: usize, body: &[u8]) -> Result<(), SqlError> {
        let records = log::records(body).ok_or_else(|| SqlError::new("XX001", "a transaction of the log cannot be read"))?;
        self.begin()?;
        records.iter().try_for_each(|record| run::again(self, record))?;
        self.commit_at(self.position + len as u64)
    }

    /// Where the log will end when the open transaction commits; `None` when it writes nothing.
    pub(super) fn will_end(&self) -> Option<u64> {
        (!self.pending.is_empty()).then(|| self.position + (self.pending.len() + HEAD) as u64)
    }

    /// Where the log ends now.
    pub(super) fn committed(&self) -> Option<u64> {
        Some(self.position)
    }

    /// Makes a copy a primary of its own, with a log that goes on under another number.
    pub(super) fn promote(&mut self) -> Result<(), SqlError> {
        let timeline = fresh_timeline();
        let before = i64::try_from(self.shared.timeline.load(Ordering::Relaxed)).unwrap_or(0);
        let ends = i64::try_from(self.position).unwrap_or(i64::MAX);
        self.db.conn.execute("INSERT OR REPLACE INTO loadline_history VALUES (?1, ?2)", [before, ends])?;
        self.db.conn.execute("UPDATE loadline_wal SET timeline = ?1", [timeline])?;
        self.shared.timeline.store(u64::try_from(timeline).unwrap_or(0), Ordering::Relaxed);
        self.shared.replica.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a log with number `timeline` goes on in this one after `from`.
    pub(super) fn continues(&self, timeline: u64, from: u64) -> bool {
        let before = i64::try_from(timeline).unwrap_or(-1);
        let ends = self.db.conn.query_row("SELECT ends FROM loadline_history WHERE timeline = ?1", [before], |row| row.get::<_, i64>(0));
        ends.is_ok_and(|ends| u64::try_from(ends).is_ok_and(|ends| from <= ends))
    }

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
        if !self.shared.is_replica() {
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
        let result = self.commit_at(position);
        if result.is_err() && position != self.position {
            self.rollback();
            self.log.cut(self.position)?;
        }
        result
    }

    /// Commits `bytes` of the log, copied and done again, up to `position` of the log with number `timeline`.
    pub(super) fn commit_copy(&mut self, bytes: &[u8], position: u64, timeline: u64) -> Result<(), SqlError> {
        self.log.append_copy(self.position, bytes)?;
        if self.shared.timeline.swap(timeline, Ordering::Relaxed) != timeline {
            let timeline = i64::try_from(timeline).unwrap_or(0);
            self.db.conn.execute("UPDATE loadline_wal SET timeline = ?1", [timeline])?;
        }
        self.commit_at(position)
    }

    /// Commits up to `position`. An error after the commit itself leaves the position there.
    fn commit_at(&mut self, position: u64) -> Result<(), SqlError> {
        if position != self.position {
            let stored = i64::try_from(position).map_err(|_| SqlError::new("53100", "the log is full"))?;
            self.db.conn.prepare_cached("UPDATE loadline_wal SET position = ?1")?.execute([stored])?;
        }
        self.db.conn.prepare_cached("COMMIT")?.execute([])?;
        self.pending.clear();
        self.open = false;
        if position != self.position {
            self.position = position;
            self.shared.position.send_replace(position);
            match &self.flusher {
                // The thread ends with the writer alone.
                Some(flusher) => drop(flusher.send(position)),
                None => drop(self.shared.durable.send_replace(position)),
            }
        }
        if std::mem::take(&mut self.schema_changed) {
            // Readers that were opened meanwhile still saw the tables before. A cancel that was meant for the statement may hit this once.
            self.refresh_schema().or_else(|_| self.refresh_schema())?;
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
