//! A session's transaction over two kinds of connection. Until the first write a transaction reads like any statement outside one (READ
//! COMMITTED); with the first write, a lock or a savepoint it takes the one writing connection and keeps it to the end, so no write can
//! fail because a read came first. Writers wait for one another in turn.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::error::{READ_ONLY, SqlError};
use super::store::{Db, Shared, Writer, unix_us};

/// The writing connection, held; what is left open when it is let go of is undone.
pub(super) struct Hold(pub OwnedMutexGuard<Writer>);

impl Drop for Hold {
    fn drop(&mut self) {
        if self.0.is_open() {
            self.0.rollback();
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Idle,
    /// Between BEGIN and its end; `implicit` when the client never said BEGIN.
    Open {
        implicit: bool,
    },
    /// A statement failed: nothing runs before ROLLBACK.
    Failed {
        implicit: bool,
    },
}

/// What a session has open.
pub(super) struct Transaction {
    pub status: Status,
    pub read_only: bool,
    one_state: bool,
    /// Held from the first write on.
    pub hold: Option<Hold>,
    /// A reader that keeps to one state (READ ONLY with REPEATABLE READ).
    pub snapshot: Option<Db>,
    /// Savepoints, with what had been noted for the log by then.
    savepoints: Vec<(String, usize)>,
    /// `now()` of the whole transaction.
    pub now_us: i64,
    writer: Arc<Mutex<Writer>>,
    shared: Arc<Shared>,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Transaction {
    pub(super) fn new(shared: Arc<Shared>, writer: Arc<Mutex<Writer>>) -> Self {
        Self {
            status: Status::Idle,
            read_only: false,
            one_state: false,
            hold: None,
            snapshot: None,
            savepoints: Vec::new(),
            now_us: 0,
            writer,
            shared,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.status == Status::Idle
    }

    pub(super) fn begin(&mut self, implicit: bool, read_only: bool, one_state: bool) {
        match self.status {
            Status::Idle => {
                self.status = Status::Open { implicit };
                self.now_us = unix_us();
            }
            // BEGIN inside a simple query of several statements: from here on the client decides.
            Status::Open { implicit: true } => self.status = Status::Open { implicit },
            Status::Open { .. } | Status::Failed { .. } => return,
        }
        self.read_only = read_only;
        self.one_state = one_state;
    }

    /// SET TRANSACTION: only between BEGIN and its end, and as it stands otherwise.
    pub(super) fn set_modes(&mut self, read_only: Option<bool>, one_state: Option<bool>) {
        if !self.is_idle() {
            self.read_only = read_only.unwrap_or(self.read_only);
            self.one_state = one_state.unwrap_or(self.one_state);
        }
    }

    /// What SHOW transaction_isolation says.
    pub(super) fn isolation(&self) -> &'static str {
        if self.one_state && !self.is_idle() { "repeatable read" } else { "read committed" }
    }

    /// Where the log ends once this transaction commits; `None` when it writes nothing.
    pub(super) fn position(&self) -> Option<u64> {
        if matches!(self.status, Status::Failed { .. }) { None } else { self.hold.as_ref().and_then(|hold| hold.0.will_end()) }
    }

    /// The error when nothing may write here.
    pub(super) fn may_write(&self, what: &str) -> Result<(), SqlError> {
        if self.read_only || self.shared.is_replica() {
            return Err(SqlError::new(READ_ONLY, format!("cannot execute {what} in a read-only transaction")));
        }
        Ok(())
    }

    /// The writing connection with a transaction open on it, as soon as it is free.
    pub(super) async fn writer(&mut self) -> Result<&mut Hold, SqlError> {
        if self.hold.is_none() {
            let mut hold = Hold(self.writer.clone().lock_owned().await);
            hold.0.begin()?;
            self.hold = Some(hold);
        }
        self.hold.as_mut().ok_or_else(|| SqlError::new("XX000", "the writing connection is gone"))
    }

    /// What must be held before a statement reads.
    pub(super) async fn ready_to_read(&mut self, lock: bool) -> Result<(), SqlError> {
        if self.hold.is_some() || self.snapshot.is_some() || self.is_idle() {
            return Ok(());
        }
        if self.one_state && (self.read_only || self.shared.is_replica()) {
            let db = self.shared.reader()?;
            db.conn.execute_batch("BEGIN")?;
            self.snapshot = Some(db);
        } else if (lock || self.one_state) && !self.shared.is_replica() {
            self.writer().await?;
        }
        Ok(())
    }

    /// Ends the transaction; the tag says how it ended.
    pub(super) fn commit(&mut self) -> Result<&'static str, SqlError> {
        if matches!(self.status, Status::Failed { .. }) {
            self.rollback();
            return Ok("ROLLBACK");
        }
        let result = match &mut self.hold {
            Some(hold) => hold.0.commit(),
            None => Ok(()),
        };
        self.clear();
        result.map(|()| "COMMIT")
    }

    pub(super) fn rollback(&mut self) {
        if let Some(hold) = &mut self.hold {
            hold.0.rollback();
        }
        self.clear();
    }

    fn clear(&mut self) {
        self.hold = None;
        if let Some(db) = self.snapshot.take()
            && db.conn.execute_batch("ROLLBACK").is_ok()
        {
            self.shared.put_back(db);
        }
        self.savepoints.clear();
        self.status = Status::Idle;
        self.read_only = false;
        self.one_state = false;
    }

    /// A statement failed: outside a transaction it is as if it had not been, inside nothing runs before ROLLBACK.
    pub(super) fn failed(&mut self) {
        match self.status {
            Status::Idle => self.rollback(),
            Status::Open { implicit } | Status::Failed { implicit } => {
                if self.savepoints.is_empty() {
                    // Nothing can be kept any more, so nobody need wait.
                    self.rollback();
                }
                self.status = Status::Failed { implicit };
            }
        }
    }

    pub(super) async fn savepoint(&mut self, name: &str) -> Result<(), SqlError> {
        if !matches!(self.status, Status::Open { implicit: false }) {
            return Err(SqlError::new("25P01", "SAVEPOINT can only be used in transaction blocks"));
        }
        if self.shared.is_replica() || self.read_only {
            return Err(SqlError::unsupported("SAVEPOINT in a read-only transaction"));
        }
        let hold = self.writer().await?;
        hold.0.db.conn.execute_batch(&format!("SAVEPOINT {}", quoted(name)))?;
        let noted = hold.0.noted();
        self.savepoints.push((name.to_owned(), noted));
        Ok(())
    }

    fn in_block(&self, what: &str) -> Result<(), SqlError> {
        if self.is_idle() { Err(SqlError::new("25P01", format!("{what} can only be used in transaction blocks"))) } else { Ok(()) }
    }

    fn find(&self, name: &str) -> Result<usize, SqlError> {
        let at = self.savepoints.iter().rposition(|(known, _)| known == name);
        at.ok_or_else(|| SqlError::new("3B001", format!("savepoint \"{name}\" does not exist")))
    }

    pub(super) fn rollback_to(&mut self, name: &str) -> Result<(), SqlError> {
        self.in_block("ROLLBACK TO SAVEPOINT")?;
        let at = self.find(name)?;
        let noted = self.savepoints.get(at).map_or(0, |(_, noted)| *noted);
        if let Some(hold) = &mut self.hold {
            hold.0.db.conn.execute_batch(&format!("ROLLBACK TO {}", quoted(name)))?;
            hold.0.forget_after(noted);
            hold.0.schema_changed()?;
        }
        self.savepoints.truncate(at + 1);
        self.status = Status::Open { implicit: false };
        Ok(())
    }

    pub(super) fn release(&mut self, name: &str) -> Result<(), SqlError> {
        self.in_block("RELEASE SAVEPOINT")?;
        let at = self.find(name)?;
        if let Some(hold) = &mut self.hold {
            hold.0.db.conn.execute_batch(&format!("RELEASE {}", quoted(name)))?;
        }
        self.savepoints.truncate(at);
        Ok(())
    }
}
