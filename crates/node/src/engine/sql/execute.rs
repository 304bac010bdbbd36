//! A statement's way through the engine: is it allowed now, does the envelope admit it, on which connection and thread does it run, and
//! what becomes of the transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use rusqlite::types::Value;
use rusqlite::{Connection, InterruptHandle};
use sqlparser::ast::Statement;

use super::activity::{Backend, Wait};
use super::advisory::{Call, Key};
use super::catalog::settings::{APPLICATION, Settings};
use super::compile::{self, Action, Compiled, Cost};
use super::error::{SqlError, TOO_BUSY};
use super::patience::Patience;
use super::run::{self, Formats, Rows};
use super::store::{Db, fresh_seed, unix_us};
use super::transaction::{Hold, Status, Transaction};
use super::types::PgType;
use super::{Engine, catalog};
use crate::runtime::{Ticket, lock};

/// Statements longer than this are not kept compiled, in bytes.
const MAX_KEPT_TEXT: usize = 4096;
/// Statements kept compiled for all sessions together.
const MAX_KEPT: usize = 512;

/// Wall time after which a statement no longer counts among those that run at the same time.
const SHARE: Duration = Duration::from_millis(500);
/// Instructions of SQLite's virtual machine, once or twice as many as a read may take on the async thread, where it saves the way to another
/// thread and back (the twenty rows of a range take some 300): of the order of 0.1 ms.
const AT_ONCE: std::ffi::c_int = 5_000;

/// What a statement gave, and the finish that its answer waits for.
pub(super) struct Answered {
    pub ticket: Option<Ticket>,
    pub rows: Rows,
    pub tag: String,
}

impl Answered {
    fn tag(tag: impl Into<String>) -> Self {
        Self { ticket: None, rows: Rows::default(), tag: tag.into() }
    }
}

/// Runs the statements of one session.
pub(super) struct Worker {
    engine: Arc<Engine>,
    pub transaction: Transaction,
    pub settings: Settings,
    /// Its session as others see it.
    pub backend: Arc<Backend>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.engine.advisory.give_all(self.backend.pid);
    }
}

impl Worker {
    pub(super) fn new(engine: Arc<Engine>, backend: Arc<Backend>, application: &str) -> Self {
        let settings = Settings::named(application);
        backend.calls_itself(application);
        let transaction = Transaction::new(engine.shared.clone(), engine.writer.clone());
        Self { engine, transaction, settings, backend }
    }

    /// The statement that says nothing.
    pub(super) fn empty(&self) -> Arc<Compiled> {
        let schema_version = self.engine.shared.schema().version;
        Arc::new(Compiled {
            action: Action::Empty,
            params: Vec::new(),
            fields: None,
            cost: Cost::Free,
            heavy: false,
            outlasts: AtomicBool::new(false),
            catalogue: false,
            schema_version,
        })
    }

    /// The statement if it was compiled before or needs no parser.
    pub(super) fn known(&self, text: &str, announced: &[u32]) -> Result<Option<Arc<Compiled>>, SqlError> {
        let schema = self.engine.shared.schema();
        // A long text is not even looked up: to take its hash costs as much as to read it.
        if text.len() <= MAX_KEPT_TEXT
            && announced.iter().all(|oid| *oid == 0)
            && let Some(compiled) = lock(&self.engine.compiled).get(text)
            && compiled.schema_version == schema.version
        {
            return Ok(Some(compiled.clone()));
        }
        Ok(compile::by_text(text, &schema, announced)?.map(Arc::new))
    }

    /// Compiles a statement against the tables that it will see. `text`: keep it under this text for all sessions.
    pub(super) fn compile(&mut self, statement: Statement, text: Option<&str>, announced: &[u32]) -> Result<Arc<Compiled>, SqlError> {
        let schema = self.engine.shared.schema();
        let named = catalog::is_named(&statement.to_string());
        let compiled = if named {
            let mut db = self.engine.shared.reader()?;
            let compiled =
                self.engine.shared.with_catalogue(&mut db).and_then(|()| compile::compile(statement, &db.conn, &schema, announced));
            self.engine.shared.put_back(db);
            compiled?
        } else if let Some(hold) = &self.transaction.hold {
            compile::compile(statement, &hold.0.db.conn, &schema, announced)?
        } else {
            let db = self.engine.shared.reader()?;
            let compiled = compile::compile(statement, &db.conn, &schema, announced);
            self.engine.shared.put_back(db);
            compiled?
        };
        let compiled = Arc::new(compiled);
        if let Some(text) = text
            && text.len() <= MAX_KEPT_TEXT
            && announced.iter().all(|oid| *oid == 0)
        {
            let mut kept = lock(&self.engine.compiled);
            if kept.len() >= MAX_KEPT {
                kept.clear();
            }
            kept.insert(text.into(), compiled.clone());
        }
        Ok(compiled)
    }

    /// The value of an expression without tables, as an argument of type `ty`.
    pub(super) fn value_of(&mut self, text: &str, ty: PgType) -> Result<Value, SqlError> {
        let mut parsed = compile::parse(&format!("SELECT CAST(({text}) AS {})", ty.word()))?;
        let statement = parsed.pop().ok_or_else(|| SqlError::new(super::error::SYNTAX, "an argument is missing"))?;
        let compiled = self.compile(statement, None, &[])?;
        let Action::Read { sql, .. } = &compiled.action else { return Err(SqlError::unsupported("this argument")) };
        let db = self.engine.shared.reader()?;
        self.moment(&db);
        let value = db.conn.prepare_cached(sql).and_then(|mut statement| statement.query_row([], |row| row.get(0)));
        self.engine.shared.put_back(db);
        Ok(value?)
    }

    /// The error when a failed transaction is in the way.
    pub(super) fn may_run(&self, compiled: &Compiled) -> Result<(), SqlError> {
        let ends = matches!(compiled.action, Action::Commit | Action::Rollback | Action::RollbackTo(_) | Action::Empty);
        if matches!(self.transaction.status, Status::Failed { .. }) && !ends {
            return Err(SqlError::new("25P02", "current transaction is aborted, commands ignored until end of transaction block"));
        }
        Ok(())
    }

    /// Runs a statement that arrived at `arrived_ns` on the node's clock.
    pub(super) async fn run(
        &mut self,
        compiled: &Arc<Compiled>,
        values: Vec<Value>,
        formats: &Formats,
        arrived_ns: u64,
    ) -> Result<Answered, SqlError> {
        self.may_run(compiled)?;
        match &compiled.action {
            Action::Empty => Ok(Answered::tag("")),
            Action::Begin { read_only, one_state } => {
                self.transaction.begin(false, *read_only || self.settings.read_only(), *one_state);
                Ok(Answered::tag("BEGIN"))
            }
            Action::Commit => {
                let position = self.transaction.position();
                let tag = self.transaction.commit()?;
                self.committed(position).await?;
                Ok(Answered::tag(tag))
            }
            Action::Rollback => {
                self.transaction.rollback();
                Ok(Answered::tag("ROLLBACK"))
            }
            Action::Savepoint(name) => {
                let patience = self.patience();
                patience.wait(Wait::Writer, self.transaction.savepoint(name)).await.map(|()| Answered::tag("SAVEPOINT"))
            }
            Action::RollbackTo(name) => self.transaction.rollback_to(name).map(|()| Answered::tag("ROLLBACK")),
            Action::Release(name) => self.transaction.release(name).map(|()| Answered::tag("RELEASE")),
            Action::Set(tag) => Ok(Answered::tag(*tag)),
            Action::SetTo { name, value, tag } => {
                self.settings.set(name, value.as_deref())?;
                self.tell_name(name)?;
                Ok(Answered::tag(*tag))
            }
            Action::ResetAll(tag) => {
                self.settings.reset();
                self.tell_name(APPLICATION)?;
                Ok(Answered::tag(*tag))
            }
            Action::DiscardAll => {
                if !self.transaction.is_idle() {
                    return Err(SqlError::new("25001", "DISCARD ALL cannot run inside a transaction block"));
                }
                self.settings.reset();
                self.tell_name(APPLICATION)?;
                self.engine.advisory.give_all(self.backend.pid);
                Ok(Answered::tag("DISCARD ALL"))
            }
            Action::SetTransaction { read_only, one_state } => {
                self.transaction.set_modes(*read_only, *one_state);
                Ok(Answered::tag("SET"))
            }
            Action::Show(name) => {
                let (shown, value) = match name.as_str() {
                    "transaction_isolation" | "transaction isolation level" => {
                        ("transaction_isolation", self.transaction.isolation().to_owned())
                    }
                    "transaction_read_only" | "in_hot_standby" => {
                        let standby = self.engine.shared.is_replica();
                        let is_on = standby || name == "transaction_read_only" && self.reads_only();
                        let shown = if name == "in_hot_standby" { "in_hot_standby" } else { "transaction_read_only" };
                        (shown, if is_on { "on" } else { "off" }.to_owned())
                    }
                    name => self.settings.show(name)?,
                };
                self.answer(&catalog::Answer::texts(shown, [value], "SHOW"), formats)
            }
            Action::Promote => {
                let promoted = self.engine.promote().await?;
                let fields = [compile::Field { name: "pg_promote".to_owned(), ty: PgType::Bool, modifier: -1 }];
                let rows = vec![vec![Value::Integer(i64::from(promoted))]];
                self.answer(&catalog::Answer { fields: fields.into(), rows, tag: "SELECT" }, formats)
            }
            Action::Advisory(call, key) => {
                let key = match (key, values.first()) {
                    (Key::Number(number), _) | (Key::Parameter, Some(Value::Integer(number))) => *number,
                    // A function of NULL is NULL, and locks nothing.
                    (Key::Parameter, _) => return self.advised(*call, Value::Null, formats),
                };
                let locks = &self.engine.advisory;
                let given = match call {
                    Call::Lock => {
                        self.patience().wait(Wait::Advisory, locks.wait(key, self.backend.pid)).await?;
                        Value::Text(String::new())
                    }
                    Call::TryLock => Value::Integer(i64::from(locks.take(key, self.backend.pid)?)),
                    Call::Unlock => Value::Integer(i64::from(locks.give(key, self.backend.pid))),
                    Call::UnlockAll => {
                        locks.give_all(self.backend.pid);
                        Value::Text(String::new())
                    }
                };
                self.advised(*call, given, formats)
            }
            Action::Wait { position, timeout_ms } => {
                self.patience().wait(Wait::Position, self.engine.wait_for(*position, *timeout_ms)).await?;
                Ok(Answered::tag("WAIT"))
            }
            Action::Applied { replica, position, ago_us } => {
                self.engine.followers.applied(*replica, *position, unix_us().saturating_sub(*ago_us));
                Ok(Answered::tag("APPLIED"))
            }
            Action::Prepare { .. } | Action::Execute { .. } | Action::Deallocate(_) => {
                Err(SqlError::unsupported("PREPARE, EXECUTE and DEALLOCATE in the extended protocol"))
            }
            Action::Answer(answer) => self.answer(answer, formats),
            Action::Replicate { .. } => Err(SqlError::unsupported("START_REPLICATION here")),
            Action::Copy(_) => Err(SqlError::unsupported("COPY by EXECUTE")),
            Action::Read { .. } | Action::Write { .. } | Action::Bulk(_) | Action::Ddl(_) => {
                self.priced(compiled, values, formats, arrived_ns).await
            }
        }
    }

    fn advised(&self, call: Call, given: Value, formats: &Formats) -> Result<Answered, SqlError> {
        let (name, ty) = call.column();
        let fields = [compile::Field { name: name.to_owned(), ty, modifier: -1 }];
        self.answer(&catalog::Answer { fields: fields.into(), rows: vec![vec![given]], tag: "SELECT" }, formats)
    }

    fn answer(&self, answer: &catalog::Answer, formats: &Formats) -> Result<Answered, SqlError> {
        let mut bytes = BytesMut::new();
        for row in &answer.rows {
            let value = |at: usize| Ok(row.get(at).map_or(rusqlite::types::ValueRef::Null, Into::into));
            run::data_row(&mut bytes, &answer.fields, formats, value)?;
        }
        let rows = Rows { bytes: bytes.freeze(), count: answer.rows.len() };
        let tag = if answer.tag == "SELECT" { format!("SELECT {}", rows.count) } else { answer.tag.to_owned() };
        Ok(Answered { ticket: None, rows, tag })
    }

    async fn priced(
        &mut self,
        compiled: &Arc<Compiled>,
        values: Vec<Value>,
        formats: &Formats,
        arrived_ns: u64,
    ) -> Result<Answered, SqlError> {
        if self.settings.read_only() && self.transaction.is_idle() && !matches!(compiled.action, Action::Read { .. }) {
            self.transaction.read_only = true;
        }
        match &compiled.action {
            Action::Write { tag, .. } => self.transaction.may_write(tag)?,
            Action::Bulk(_) => self.transaction.may_write("INSERT")?,
            Action::Ddl(ddl) => self.transaction.may_write(ddl.tag)?,
            _ => {}
        }
        let ticket = match compiled.cost.operation() {
            Some(operation) => {
                Some(self.engine.node.admit_now(operation, arrived_ns).map_err(|_| SqlError::new(TOO_BUSY, "queue is full"))?)
            }
            None => None,
        };
        let result = match &compiled.action {
            Action::Read { lock, .. } => self.read(compiled, values, formats, *lock).await,
            _ => self.write(compiled, values, formats).await,
        };
        match result {
            Ok((rows, tag)) => Ok(Answered { ticket, rows, tag }),
            Err(error) => {
                // A statement that fails takes its time like any other.
                if let Some(ticket) = ticket {
                    self.engine.node.finish(&ticket).await;
                    self.engine.node.release(ticket);
                }
                Err(error)
            }
        }
    }

    fn moment(&self, db: &Db) {
        let now_us = if self.transaction.is_idle() { unix_us() } else { self.transaction.now_us };
        db.at(now_us, fresh_seed());
        db.moment.pid.store(self.backend.pid.into(), Ordering::Relaxed);
    }

    async fn read(
        &mut self,
        compiled: &Arc<Compiled>,
        values: Vec<Value>,
        formats: &Formats,
        lock: bool,
    ) -> Result<(Rows, String), SqlError> {
        let patience = self.patience();
        patience.wait(Wait::Writer, self.transaction.ready_to_read(lock)).await?;
        let statement = compiled.clone();
        let formats = formats.clone();
        let select = move |conn: &Connection| match (&statement.action, &statement.fields) {
            (Action::Read { sql, .. }, Some(fields)) => run::select(conn, sql, &values, fields, &formats),
            _ => Err(SqlError::new("XX000", "a statement that reads has no columns")),
        };
        let held = if compiled.catalogue { None } else { self.transaction.hold.take() };
        let rows = if let Some(hold) = held {
            self.moment(&hold.0.db);
            let handle = hold.0.db.conn.get_interrupt_handle();
            let (hold, rows) = off(self.place(), compiled.heavy, handle, hold, move |hold: &mut Hold| select(&hold.0.db.conn)).await?;
            self.transaction.hold = Some(hold);
            rows?
        } else {
            let snapshot = self.transaction.snapshot.take();
            let keep = snapshot.is_some() && !compiled.catalogue;
            let mut db = match snapshot {
                Some(db) if !compiled.catalogue => db,
                _ => self.engine.shared.reader()?,
            };
            if compiled.catalogue {
                self.engine.shared.with_catalogue(&mut db)?;
                self.engine.show_itself(compiled, &db)?;
            }
            self.moment(&db);
            let (db, rows) = match at_once(compiled, &db, &select) {
                Some(rows) => (db, rows),
                None => {
                    let handle = db.conn.get_interrupt_handle();
                    off(self.place(), compiled.heavy, handle, db, move |db: &mut Db| select(&db.conn)).await?
                }
            };
            if keep {
                self.transaction.snapshot = Some(db);
            } else {
                self.engine.shared.put_back(db);
            }
            rows?
        };
        let tag = format!("SELECT {}", rows.count);
        Ok((rows, tag))
    }

    async fn write(&mut self, compiled: &Arc<Compiled>, values: Vec<Value>, formats: &Formats) -> Result<(Rows, String), SqlError> {
        let alone = self.transaction.is_idle();
        let patience = self.patience();
        patience.wait(Wait::Writer, async { self.transaction.writer().await.map(drop) }).await?;
        let hold = self.transaction.hold.take().ok_or_else(|| SqlError::new("XX000", "the writing connection is gone"))?;
        self.moment(&hold.0.db);
        let handle = hold.0.db.conn.get_interrupt_handle();
        let (statement, formats, shared) = (compiled.clone(), formats.clone(), self.engine.shared.clone());
        let work = move |hold: &mut Hold| {
            let writer = &mut *hold.0;
            let answer = match &statement.action {
                Action::Write { sql, tag, intent } => {
                    let (rows, changed) =
                        run::write(writer, sql, &values, statement.fields.as_deref(), &formats).map_err(|error| match intent {
                            Some(intent) => intent.explain(error, &writer.db.conn, &shared.schema(), &values),
                            None => error,
                        })?;
                    let tag = match *tag {
                        "INSERT" => format!("INSERT 0 {changed}"),
                        "TRUNCATE TABLE" => (*tag).to_owned(),
                        tag => format!("{tag} {changed}"),
                    };
                    (rows, tag)
                }
                Action::Bulk(bulk) => (Rows::default(), format!("INSERT 0 {}", run::bulk(writer, bulk, &values)?)),
                Action::Ddl(ddl) => {
                    run::ddl(writer, ddl)?;
                    (Rows::default(), ddl.tag.to_owned())
                }
                _ => return Err(SqlError::new("XX000", "not a statement that writes")),
            };
            if alone {
                writer.commit()?;
            }
            Ok(answer)
        };
        let (hold, result) = off(self.place(), compiled.heavy, handle, hold, work).await?;
        if alone {
            let position = result.is_ok().then(|| hold.0.committed()).flatten();
            // What did not commit is undone as the connection is let go of.
            drop(hold);
            self.committed(position).await?;
        } else {
            self.transaction.hold = Some(hold);
        }
        result
    }

    /// Whether the next statement may only read.
    fn reads_only(&self) -> bool {
        if self.transaction.is_idle() { self.settings.read_only() } else { self.transaction.read_only }
    }

    /// Shows others the name that the session has given itself, when `setting` is that.
    fn tell_name(&self, setting: &str) -> Result<(), SqlError> {
        if setting.eq_ignore_ascii_case(APPLICATION) {
            self.backend.calls_itself(&self.settings.show(APPLICATION)?.1);
        }
        Ok(())
    }

    fn patience(&self) -> Patience {
        let (statement, lock) = (self.settings.statement_timeout(), self.settings.lock_timeout());
        Patience { backend: self.backend.clone(), statement, lock }
    }

    fn place(&self) -> Place {
        Place { engine: self.engine.clone(), backend: self.backend.clone(), timeout: self.settings.statement_timeout() }
    }

    /// After a commit that ended at `position` of the log: it is safe, and the replicas that must have it have it.
    pub(super) async fn committed(&mut self, position: Option<u64>) -> Result<(), SqlError> {
        self.engine.after_commit();
        match position {
            Some(position) => self.engine.confirmed(position, &self.backend).await,
            None => Ok(()),
        }
    }
}

/// Where a statement that may take long runs.
struct Place {
    engine: Arc<Engine>,
    backend: Arc<Backend>,
    timeout: Option<Duration>,
}

/// Tries a read that may take long on the async thread; none when it did take long, now or before: it has to be run again, elsewhere.
fn at_once(compiled: &Compiled, db: &Db, select: impl Fn(&Connection) -> Result<Rows, SqlError>) -> Option<Result<Rows, SqlError>> {
    if !compiled.heavy || compiled.outlasts.load(Ordering::Relaxed) {
        return None;
    }
    // It is called whenever the instructions of a prepared statement, of all its runs together, reach another multiple: the first call may
    // come early in this run, the second cannot. Its answer ends the statement.
    let mut calls = 0;
    let is_over = move || {
        calls += 1;
        calls > 1
    };
    if db.conn.progress_handler(AT_ONCE, Some(is_over)).is_err() {
        return None;
    }
    let rows = select(&db.conn);
    let removed = db.conn.progress_handler(0, None::<fn() -> bool>);
    match (rows, removed) {
        (Err(error), _) if error.code == "57014" => {
            compiled.outlasts.store(true, Ordering::Relaxed);
            None
        }
        (rows, removed) => Some(removed.map_err(SqlError::from).and(rows)),
    }
}

/// Runs `work` on `target`: at once when it is short, else on a thread of its own, where a cancel request reaches it.
async fn off<T: Send + 'static, R: Send + 'static>(
    place: Place,
    heavy: bool,
    handle: InterruptHandle,
    mut target: T,
    work: impl FnOnce(&mut T) -> Result<R, SqlError> + Send + 'static,
) -> Result<(T, Result<R, SqlError>), SqlError> {
    if !heavy {
        let result = work(&mut target);
        return Ok((target, result));
    }
    let gone = |what: String| SqlError::new("XX000", format!("the statement could not be run: {what}"));
    let permit = place.engine.threads.acquire().await.map_err(|error| gone(error.to_string()))?;
    let (backend, running) = (place.backend.clone(), place.backend);
    backend.interrupt.set(Some(handle));
    let done = tokio::task::spawn_blocking(move || {
        let result = work(&mut target);
        backend.interrupt.set(None);
        (target, result)
    });
    let done = async move { done.await.map_err(|error| gone(error.to_string())) };
    let mut done = std::pin::pin!(done);
    let began = tokio::time::Instant::now();
    let limit = place.timeout.map(|timeout| began + timeout);
    let (mut permit, mut timed_out) = (Some(permit), false);
    loop {
        let share = permit.is_some().then_some(began + SHARE);
        let wake = match (share, limit.filter(|_| !timed_out)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        };
        let alarm = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            ended = &mut done => {
                let (target, result) = ended?;
                let late = |error: SqlError| match error.code {
                    "57014" if timed_out => SqlError::new("57014", "canceling statement due to statement timeout"),
                    _ => error,
                };
                return Ok((target, result.map_err(late)));
            }
            () = alarm => {
                let now = tokio::time::Instant::now();
                // A statement that takes long does not keep others from their turn.
                if now >= began + SHARE {
                    permit = None;
                }
                if limit.is_some_and(|limit| now >= limit) {
                    timed_out = true;
                    running.interrupt.stop();
                }
            }
        }
    }
}
