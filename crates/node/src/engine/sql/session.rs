//! One client: its prepared statements, its portals, its transaction. Statements are run in the order they come, at once; their answers
//! wait in a queue for the finish that the envelope promised, so a pipeline keeps several workers busy.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use pgwire::messages::data::ParameterDescription;
use pgwire::messages::extendedquery::{Bind, BindComplete, CloseComplete, Execute, Parse, ParseComplete, PortalSuspended};
use pgwire::messages::response::{EmptyQueryResponse, TransactionStatus};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use rusqlite::types::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::compile::{self, Action, Compiled};
use super::error::{LIMIT, PROTOCOL, SqlError};
use super::execute::{Answered, Worker};
use super::run::{Formats, Rows};
use super::transaction::Status;
use super::types;
use super::wire::{self, Incoming, MAX_FRAME};
use super::{Engine, catalog};
use crate::runtime::{Node, Ticket};

mod copy;

use copy::Copying;

/// Most prepared statements, and most portals, of a session.
const MAX_KEPT: usize = 2000;

/// Bytes for the client, and the finish they wait for.
pub(super) struct Out {
    pub bytes: Bytes,
    pub ticket: Option<Ticket>,
    /// The share of a long answer, until it is sent.
    pub share: Option<OwnedSemaphorePermit>,
}

/// Wall time that a client has to take what was sent.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// Sends `bytes`; a client that takes nothing for long is given up.
async fn send<W: AsyncWrite + Unpin>(socket: &mut W, bytes: &[u8]) -> std::io::Result<()> {
    let late = |_| std::io::Error::new(std::io::ErrorKind::TimedOut, "the client does not read");
    tokio::time::timeout(TAKEN_WITHIN, socket.write_all(bytes)).await.map_err(late)?
}

/// Sends what the session has made, in order, each when its finish has come; waits for nobody in between.
pub(super) async fn deliver<W: AsyncWrite + Unpin>(node: Arc<Node>, mut socket: W, mut queue: mpsc::Receiver<Out>) -> std::io::Result<()> {
    let mut batch = BytesMut::new();
    let mut shares = Vec::new();
    // A connection answers in order: an answer is due when it and all before it are, and waiting for those is no lateness of the machine.
    let mut due_ns = 0;
    while let Some(first) = queue.recv().await {
        let mut next = Some(first);
        while let Some(out) = next {
            if let Some(mut ticket) = out.ticket {
                due_ns = due_ns.max(ticket.due_ns);
                ticket.due_ns = due_ns;
                if !batch.is_empty() && ticket.due_ns > crate::runtime::clock::now_ns() {
                    send(&mut socket, &batch).await?;
                    batch.clear();
                    shares.clear();
                }
                node.finish(&ticket).await;
                node.release(ticket);
            }
            batch.extend_from_slice(&out.bytes);
            shares.extend(out.share);
            next = if batch.len() < 64 << 10 { queue.try_recv().ok() } else { None };
        }
        send(&mut socket, &batch).await?;
        shares.clear();
        batch = if batch.capacity() > 256 << 10 { BytesMut::new() } else { batch };
        batch.clear();
    }
    socket.shutdown().await
}

struct Prepared {
    text: String,
    announced: Vec<u32>,
    compiled: Arc<Compiled>,
}

struct Portal {
    prepared: Arc<Prepared>,
    values: Vec<Value>,
    formats: Formats,
    /// What an Execute with a row limit left.
    rest: Option<(Rows, String)>,
}

/// How a session goes on.
enum Next {
    Message,
    End,
    Replicate { from: u64, timeline: u64, replica: u64 },
}

pub(super) struct Session {
    engine: Arc<Engine>,
    worker: Worker,
    statements: HashMap<String, Arc<Prepared>>,
    portals: HashMap<String, Portal>,
    out: BytesMut,
    queue: mpsc::Sender<Out>,
    /// After an error in the extended protocol: nothing is done before Sync.
    skipping: bool,
    /// A COPY FROM STDIN under way: its data comes next.
    copying: Option<Copying>,
}

impl Session {
    pub(super) fn new(engine: Arc<Engine>, worker: Worker, queue: mpsc::Sender<Out>) -> Self {
        Self {
            engine,
            worker,
            statements: HashMap::new(),
            portals: HashMap::new(),
            out: BytesMut::new(),
            queue,
            skipping: false,
            copying: None,
        }
    }

    /// Serves until the client goes.
    pub(super) async fn serve<R: AsyncRead + Unpin>(mut self, mut incoming: Incoming<R>) {
        loop {
            let next = match incoming.message(MAX_FRAME).await {
                Ok(Some(message)) => {
                    let last = incoming.is_sync_next();
                    self.message(message, incoming.arrived_ns, last).await
                }
                Ok(None) => Next::End,
                Err(error) => {
                    wire::error(&mut self.out, &error);
                    self.push(None).await;
                    Next::End
                }
            };
            match next {
                Next::Message => {}
                Next::End => return,
                Next::Replicate { from, timeline, replica } => {
                    self.push(None).await;
                    let start = super::primary::Start { from, timeline, replica };
                    if let Err(error) = super::primary::stream(&self.engine, &self.worker.backend, start, &self.queue, &mut incoming).await
                    {
                        wire::error(&mut self.out, &error.fatal());
                        self.push(None).await;
                    }
                    return;
                }
            }
        }
    }

    async fn push(&mut self, ticket: Option<Ticket>) {
        if let Some(ticket) = &ticket {
            self.worker.backend.due(ticket.due_ns);
        }
        let bytes = self.out.split().freeze();
        let kib = wire::share_kib(bytes.len());
        // Whoever has memory gives it back, by reading or by being given up.
        let share = if kib > 0 { self.engine.memory.clone().acquire_many_owned(kib).await.ok() } else { None };
        // A client that is gone needs no answer; the read side ends the session.
        let _ = self.queue.send(Out { bytes, ticket, share }).await;
    }

    /// Says that the next statement may come.
    fn ready(&mut self) {
        let status = match self.worker.transaction.status {
            Status::Idle => TransactionStatus::Idle,
            Status::Open { .. } => TransactionStatus::Transaction,
            Status::Failed { .. } => TransactionStatus::Error,
        };
        wire::ready(&mut self.out, status);
        self.worker.backend.rests(&self.worker.transaction.status);
    }

    /// `last`: a Sync is here already, right behind this message.
    async fn message(&mut self, message: PgWireFrontendMessage, arrived_ns: u64, last: bool) -> Next {
        if let Some(copying) = self.copying.take() {
            return self.copy_message(Box::new(copying), message).await;
        }
        let extended = message.is_extended_query();
        if self.skipping && !matches!(message, PgWireFrontendMessage::Sync(_) | PgWireFrontendMessage::Terminate(_)) {
            return Next::Message;
        }
        let result = match message {
            PgWireFrontendMessage::Query(query) => {
                let result = self.simple(&query.query, arrived_ns).await;
                if self.copying.is_some() {
                    return Next::Message;
                }
                if let Err(error) = &result {
                    wire::error(&mut self.out, error);
                }
                self.ready();
                self.push(None).await;
                Ok(Next::Message)
            }
            PgWireFrontendMessage::Parse(parse) => self.parse(parse).map(|()| Next::Message),
            PgWireFrontendMessage::Bind(bind) => self.bind(bind).map(|()| Next::Message),
            PgWireFrontendMessage::Describe(describe) => {
                self.describe(describe.target_type, &describe.name.unwrap_or_default()).map(|()| Next::Message)
            }
            PgWireFrontendMessage::Execute(execute) => self.execute(execute, arrived_ns, last).await,
            PgWireFrontendMessage::Close(close) => {
                let name = close.name.unwrap_or_default();
                if close.target_type == b'S' {
                    self.statements.remove(&name);
                } else {
                    self.portals.remove(&name);
                }
                wire::put(&mut self.out, &PgWireBackendMessage::CloseComplete(CloseComplete::new()));
                Ok(Next::Message)
            }
            PgWireFrontendMessage::Flush(_) => {
                self.push(None).await;
                Ok(Next::Message)
            }
            PgWireFrontendMessage::Sync(_) => {
                self.skipping = false;
                if let Err(error) = self.end_pipeline().await {
                    wire::error(&mut self.out, &error);
                }
                if self.worker.transaction.is_idle() {
                    self.portals.clear();
                }
                self.ready();
                self.push(None).await;
                Ok(Next::Message)
            }
            PgWireFrontendMessage::Terminate(_) => Ok(Next::End),
            // Left over from a COPY that failed.
            PgWireFrontendMessage::CopyData(_) | PgWireFrontendMessage::CopyDone(_) | PgWireFrontendMessage::CopyFail(_) => {
                Ok(Next::Message)
            }
            _ => Err(SqlError::new(PROTOCOL, "this message is not expected here").fatal()),
        };
        match result {
            Ok(next) => next,
            Err(error) => {
                self.worker.transaction.failed();
                self.skipping = extended;
                wire::error(&mut self.out, &error);
                self.push(None).await;
                if error.fatal { Next::End } else { Next::Message }
            }
        }
    }

    /// Sync: what was executed since the last one is one transaction, unless a client began its own.
    async fn end_pipeline(&mut self) -> Result<(), SqlError> {
        match self.worker.transaction.status {
            Status::Open { implicit: true } => {
                let position = self.worker.transaction.position();
                self.worker.transaction.commit()?;
                self.worker.committed(position).await
            }
            Status::Failed { implicit: true } => {
                self.worker.transaction.rollback();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The simple protocol: several statements are one transaction, unless they say otherwise.
    async fn simple(&mut self, text: &str, arrived_ns: u64) -> Result<(), SqlError> {
        self.worker.backend.begins(text);
        let result = self.simple_statements(text, arrived_ns).await;
        if result.is_err() {
            self.worker.transaction.failed();
        }
        if let Status::Open { implicit: true } | Status::Failed { implicit: true } = self.worker.transaction.status {
            match result {
                // It commits with the end of its data.
                Ok(()) if self.copying.is_some() => {}
                Ok(()) => {
                    let position = self.worker.transaction.position();
                    self.worker.transaction.commit()?;
                    self.worker.committed(position).await?;
                }
                Err(_) => self.worker.transaction.rollback(),
            }
        }
        result
    }

    async fn simple_statements(&mut self, text: &str, arrived_ns: u64) -> Result<(), SqlError> {
        if let Some(compiled) = self.worker.known(text, &[])? {
            return self.one_simple(&compiled, arrived_ns).await;
        }
        if let Some(catalog::Asked::Simpler(simpler)) = catalog::asked(text) {
            let statements = compile::parse(&simpler)?;
            for statement in statements {
                let compiled = self.worker.compile(statement, None, &[])?;
                self.one_simple(&compiled, arrived_ns).await?;
            }
            return Ok(());
        }
        let statements = compile::parse(text)?;
        if statements.is_empty() {
            wire::put(&mut self.out, &PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new()));
            return Ok(());
        }
        if statements.len() > 1 && self.worker.transaction.is_idle() {
            self.worker.transaction.begin(true, self.worker.settings.read_only(), false);
        }
        let single = (statements.len() == 1).then_some(text);
        for statement in statements {
            let compiled = self.worker.compile(statement, single, &[])?;
            self.one_simple(&compiled, arrived_ns).await?;
        }
        Ok(())
    }

    async fn one_simple(&mut self, compiled: &Arc<Compiled>, arrived_ns: u64) -> Result<(), SqlError> {
        if let Action::Replicate { .. } = compiled.action {
            return Err(SqlError::unsupported("START_REPLICATION in the simple protocol"));
        }
        match &compiled.action {
            Action::Prepare { name, text, types } => return self.prepare_named(name, text, types),
            Action::Execute { name, args } => {
                let (compiled, values) = self.bind_named(name, args)?;
                return self.run_simple(&compiled, values, arrived_ns).await;
            }
            Action::Deallocate(name) => return self.deallocate(name.as_deref()),
            Action::Copy(_) => return self.copy(compiled, false, arrived_ns).await,
            Action::DiscardAll => {
                self.statements.clear();
                self.portals.clear();
            }
            _ => {}
        }
        if !compiled.params.is_empty() {
            return Err(SqlError::new("42P02", "there is no parameter $1"));
        }
        self.run_simple(compiled, Vec::new(), arrived_ns).await
    }

    async fn run_simple(&mut self, compiled: &Arc<Compiled>, values: Vec<Value>, arrived_ns: u64) -> Result<(), SqlError> {
        let formats = Formats::default();
        let Answered { ticket, rows, tag } = self.worker.run(compiled, values, &formats, arrived_ns).await?;
        if let Some(fields) = &compiled.fields {
            wire::describe(&mut self.out, Some(fields), &formats);
            self.out.extend_from_slice(&rows.bytes);
        }
        wire::tag(&mut self.out, tag);
        if ticket.is_some() {
            self.push(ticket).await;
        }
        Ok(())
    }

    /// PREPARE name AS ..: a prepared statement like one of the protocol's.
    fn prepare_named(&mut self, name: &str, text: &str, types: &[u32]) -> Result<(), SqlError> {
        if self.statements.contains_key(name) {
            return Err(SqlError::new("42P05", format!("prepared statement \"{name}\" already exists")));
        }
        if self.statements.len() >= MAX_KEPT {
            return Err(SqlError::new(LIMIT, format!("more than {MAX_KEPT} prepared statements")).hint("Close those no longer needed."));
        }
        let compiled = self.compile(text, types)?;
        let prepared = Prepared { text: text.to_owned(), announced: types.to_vec(), compiled };
        self.statements.insert(name.to_owned(), Arc::new(prepared));
        wire::tag(&mut self.out, "PREPARE".to_owned());
        Ok(())
    }

    /// EXECUTE name (..): the statement and what its parameters are.
    fn bind_named(&mut self, name: &str, args: &[String]) -> Result<(Arc<Compiled>, Vec<Value>), SqlError> {
        let prepared = self.statements.get(name).cloned();
        let prepared = prepared.ok_or_else(|| SqlError::new("26000", format!("prepared statement \"{name}\" does not exist")))?;
        let compiled = self.current(&prepared)?;
        let (given, wanted) = (args.len(), compiled.params.len());
        if given != wanted {
            let mut error = SqlError::new(super::error::SYNTAX, format!("wrong number of parameters for prepared statement \"{name}\""));
            error.detail = Some(format!("Expected {wanted} parameters but got {given}."));
            return Err(error);
        }
        let values = args.iter().zip(&compiled.params).map(|(arg, ty)| self.worker.value_of(arg, *ty)).collect::<Result<_, _>>()?;
        Ok((compiled, values))
    }

    fn deallocate(&mut self, name: Option<&str>) -> Result<(), SqlError> {
        let tag = match name {
            Some(name) => {
                let known = self.statements.remove(name).is_some();
                known
                    .then_some("DEALLOCATE")
                    .ok_or_else(|| SqlError::new("26000", format!("prepared statement \"{name}\" does not exist")))?
            }
            None => {
                self.statements.clear();
                "DEALLOCATE ALL"
            }
        };
        wire::tag(&mut self.out, tag.to_owned());
        Ok(())
    }

    fn parse(&mut self, parse: Parse) -> Result<(), SqlError> {
        let name = parse.name.unwrap_or_default();
        if !name.is_empty() && self.statements.contains_key(&name) {
            return Err(SqlError::new("42P05", format!("prepared statement \"{name}\" already exists")));
        }
        if self.statements.len() >= MAX_KEPT {
            return Err(SqlError::new(LIMIT, format!("more than {MAX_KEPT} prepared statements")).hint("Close those no longer needed."));
        }
        let compiled = self.compile(&parse.query, &parse.type_oids)?;
        self.worker.may_run(&compiled)?;
        let prepared = Prepared { text: parse.query, announced: parse.type_oids, compiled };
        self.statements.insert(name, Arc::new(prepared));
        wire::put(&mut self.out, &PgWireBackendMessage::ParseComplete(ParseComplete::new()));
        Ok(())
    }

    fn compile(&mut self, text: &str, announced: &[u32]) -> Result<Arc<Compiled>, SqlError> {
        if let Some(compiled) = self.worker.known(text, announced)? {
            return Ok(compiled);
        }
        let mut statements = compile::parse(text)?;
        match (statements.pop(), statements.len()) {
            (None, _) => Ok(self.worker.empty()),
            (Some(statement), 0) => self.worker.compile(statement, Some(text), announced),
            _ => Err(SqlError::new(super::error::SYNTAX, "cannot insert multiple commands into a prepared statement")),
        }
    }

    fn bind(&mut self, bind: Bind) -> Result<(), SqlError> {
        let statement = bind.statement_name.unwrap_or_default();
        let prepared = self.statements.get(&statement).cloned();
        let prepared = prepared.ok_or_else(|| SqlError::new("26000", format!("prepared statement \"{statement}\" does not exist")))?;
        let compiled = &prepared.compiled;
        self.worker.may_run(compiled)?;
        if self.portals.len() >= MAX_KEPT {
            return Err(SqlError::new(LIMIT, format!("more than {MAX_KEPT} portals")));
        }
        let (given, wanted) = (bind.parameters.len(), compiled.params.len());
        if given != wanted {
            let message = format!("bind message supplies {given} parameters, but prepared statement \"{statement}\" requires {wanted}");
            return Err(SqlError::new(PROTOCOL, message));
        }
        let codes = Formats(bind.parameter_format_codes);
        let formats = Formats(bind.result_column_format_codes);
        let columns = compiled.fields.as_ref().map_or(0, |fields| fields.len());
        if codes.0.len() > 1 && codes.0.len() != given {
            return Err(SqlError::new(PROTOCOL, format!("bind message has {} parameter formats but {given} parameters", codes.0.len())));
        }
        if formats.0.len() > 1 && formats.0.len() != columns {
            return Err(SqlError::new(
                PROTOCOL,
                format!("bind message has {} result formats but query has {columns} columns", formats.0.len()),
            ));
        }
        let mut values = Vec::with_capacity(given);
        for (at, (bytes, ty)) in bind.parameters.iter().zip(&compiled.params).enumerate() {
            values.push(types::input::from_wire(*ty, codes.binary(at), bytes.as_deref())?);
        }
        self.portals.insert(bind.portal_name.unwrap_or_default(), Portal { prepared, values, formats, rest: None });
        wire::put(&mut self.out, &PgWireBackendMessage::BindComplete(BindComplete::new()));
        Ok(())
    }

    fn describe(&mut self, kind: u8, name: &str) -> Result<(), SqlError> {
        if kind == b'S' {
            let prepared = self.statements.get(name);
            let prepared = prepared.ok_or_else(|| SqlError::new("26000", format!("prepared statement \"{name}\" does not exist")))?;
            let types = prepared.compiled.params.iter().map(|ty| ty.oid()).collect();
            wire::put(&mut self.out, &PgWireBackendMessage::ParameterDescription(ParameterDescription::new(types)));
            wire::describe(&mut self.out, prepared.compiled.fields.as_deref(), &Formats::default());
        } else {
            let portal = self.portals.get(name).ok_or_else(|| SqlError::new("34000", format!("portal \"{name}\" does not exist")))?;
            wire::describe(&mut self.out, portal.prepared.compiled.fields.as_deref(), &portal.formats);
        }
        Ok(())
    }

    async fn execute(&mut self, execute: Execute, arrived_ns: u64, last: bool) -> Result<Next, SqlError> {
        let name = execute.name.unwrap_or_default();
        let most = usize::try_from(execute.max_rows).unwrap_or(0);
        let mut portal = self.portals.remove(&name).ok_or_else(|| SqlError::new("34000", format!("portal \"{name}\" does not exist")))?;
        let mut ticket = None;
        let (mut rows, tag) = match portal.rest.take() {
            Some(rest) => rest,
            None => {
                self.worker.backend.begins(&portal.prepared.text);
                let compiled = self.current(&portal.prepared)?;
                match &compiled.action {
                    Action::Empty => {
                        wire::put(&mut self.out, &PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new()));
                        self.portals.insert(name, portal);
                        return Ok(Next::Message);
                    }
                    Action::Replicate { from, timeline, replica } => {
                        return Ok(Next::Replicate { from: *from, timeline: *timeline, replica: *replica });
                    }
                    Action::DiscardAll => self.statements.clear(),
                    Action::Copy(_) => {
                        self.copy(&compiled, true, arrived_ns).await?;
                        self.portals.insert(name, portal);
                        return Ok(Next::Message);
                    }
                    _ => {}
                }
                // With more to come before the Sync, it is the first statement of a transaction.
                if !last && self.worker.transaction.is_idle() && compiled.action.is_transactional() {
                    self.worker.transaction.begin(true, self.worker.settings.read_only(), false);
                }
                let values = std::mem::take(&mut portal.values);
                let answered = self.worker.run(&compiled, values, &portal.formats, arrived_ns).await?;
                ticket = answered.ticket;
                (answered.rows, answered.tag)
            }
        };
        let part = rows.take(most);
        self.out.extend_from_slice(&part.bytes);
        if rows.count > 0 {
            wire::put(&mut self.out, &PgWireBackendMessage::PortalSuspended(PortalSuspended::new()));
            portal.rest = Some((rows, tag));
        } else {
            wire::tag(&mut self.out, tag.clone());
            portal.rest = Some((Rows::default(), tag));
        }
        self.portals.insert(name, portal);
        if ticket.is_some() {
            self.push(ticket).await;
        }
        Ok(Next::Message)
    }

    /// The statement as the tables are now.
    fn current(&mut self, prepared: &Arc<Prepared>) -> Result<Arc<Compiled>, SqlError> {
        if prepared.compiled.schema_version == self.engine.shared.schema().version {
            return Ok(prepared.compiled.clone());
        }
        let compiled = self.compile(&prepared.text, &prepared.announced)?;
        if compiled.fields != prepared.compiled.fields || compiled.params != prepared.compiled.params {
            return Err(SqlError::new("0A000", "cached plan must not change result type").hint("Prepare the statement again."));
        }
        Ok(compiled)
    }
}
