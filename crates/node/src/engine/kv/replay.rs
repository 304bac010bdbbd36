//! Reads the append-only file when a node starts: runs its commands anew, cuts a torn tail and says so, and refuses a file that is
//! damaged before its end.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;
use std::time::Instant;

use super::Server;
use super::command::{self, Admission, Context, Found};
use super::journal::{HEADER, checksum};
use super::parse::Parser;
use super::reply::{Protocol, Reply};
use crate::roles::NodeError;

/// Bytes of one frame at most: the largest command, and a transaction of them.
const FRAME_MAX_BYTES: usize = 512 << 20;

/// What was found in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Replayed {
    /// Commands that were run.
    pub(super) commands: u64,
    /// Bytes of whole frames, the header included; 0: there was no file.
    pub(super) whole_bytes: u64,
    /// Bytes of a frame that was not written to its end.
    pub(super) torn_bytes: u64,
    /// Wall ms that it took.
    pub(super) took_ms: u64,
}

/// Runs what the file at `path` holds.
pub(super) fn replay(server: &Server, path: &Path) -> Result<Replayed, NodeError> {
    let start = Instant::now();
    let mut replayed = Replayed { commands: 0, whole_bytes: 0, torn_bytes: 0, took_ms: 0 };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(replayed),
        Err(error) => return Err(unreadable(path, &error)),
    };
    let total = file.metadata().map_err(|error| unreadable(path, &error))?.len();
    let mut file = BufReader::with_capacity(1 << 20, file);
    let mut header = Vec::new();
    file.by_ref().take(HEADER.len() as u64).read_to_end(&mut header).map_err(|error| unreadable(path, &error))?;
    if header != HEADER {
        if HEADER.starts_with(&header) {
            replayed.torn_bytes = total;
            return Ok(replayed);
        }
        return Err(damaged(path, 0, "it does not begin as an append-only file of this engine does"));
    }
    replayed.whole_bytes = HEADER.len() as u64;
    let mut payload = Vec::new();
    let mut player = Player::new(server);
    loop {
        match next_frame(&mut file, &mut payload, total - replayed.whole_bytes) {
            Ok(Some(())) => {}
            Ok(None) => break,
            Err(Broken::Io(error)) => return Err(unreadable(path, &error)),
            Err(Broken::Torn) => break,
            Err(Broken::Sum) => return Err(damaged(path, replayed.whole_bytes, "a checksum is wrong there, and more follows")),
        }
        replayed.commands +=
            player.play(&payload).map_err(|what| damaged(path, replayed.whole_bytes, &format!("a command there fails: {what}")))?;
        replayed.whole_bytes += payload.len() as u64 + 8;
    }
    replayed.torn_bytes = total - replayed.whole_bytes;
    replayed.took_ms = start.elapsed().as_millis() as u64;
    Ok(replayed)
}

enum Broken {
    Io(std::io::Error),
    /// The frame is the last one and was not written to its end.
    Torn,
    /// The frame is whole but not what was written.
    Sum,
}

/// Reads a frame into `payload`; `None` at the end. `left`: bytes of the file from here on.
fn next_frame(file: &mut impl Read, payload: &mut Vec<u8>, left: u64) -> Result<Option<()>, Broken> {
    if left == 0 {
        return Ok(None);
    }
    if left < 8 {
        return Err(Broken::Torn);
    }
    let mut head = [0_u8; 8];
    file.read_exact(&mut head).map_err(Broken::Io)?;
    let [a, b, c, d, sum @ ..] = head;
    let len = u32::from_le_bytes([a, b, c, d]) as usize;
    if len as u64 > left - 8 {
        return Err(Broken::Torn);
    }
    if len > FRAME_MAX_BYTES {
        return Err(Broken::Sum);
    }
    payload.clear();
    file.take(len as u64).read_to_end(payload).map_err(Broken::Io)?;
    if checksum([a, b, c, d], payload) == u32::from_le_bytes(sum) {
        return Ok(Some(()));
    }
    // Room that the system gave to the file but that was never filled, and a frame that ends with the file, were being written.
    let is_last = len as u64 == left - 8;
    if is_last || (head == [0; 8] && rest_is_empty(file).map_err(Broken::Io)?) { Err(Broken::Torn) } else { Err(Broken::Sum) }
}

fn rest_is_empty(file: &mut impl Read) -> std::io::Result<bool> {
    let mut buffer = [0_u8; 4096];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok(true);
        }
        if buffer.get(..n).unwrap_or_default().iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
    }
}

/// Runs commands as their client would.
struct Player<'a> {
    server: &'a Server,
    session: super::client::Session,
    reply: Reply,
}

impl<'a> Player<'a> {
    fn new(server: &'a Server) -> Self {
        let nobody = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let client = std::sync::Arc::new(super::client::Client::new(0, nobody, nobody));
        Self { server, session: super::client::Session::new(client), reply: Reply::new(Protocol::Resp2) }
    }

    /// Runs the commands of one frame; how many they were, or what is wrong with them.
    fn play(&mut self, payload: &[u8]) -> Result<u64, String> {
        let mut data = self.server.data();
        let data = &mut *data;
        let (mut at, mut commands) = (0, 0);
        let mut parser = Parser::new();
        parser.trust();
        while let Some(left) = payload.get(at..).filter(|left| !left.is_empty()) {
            let used = parser.advance(left).map_err(|fault| fault.0.into_owned())?.ok_or("it is cut short")?;
            let mut args = parser.args(left);
            let name = args.get(0).ok_or("it has no name")?;
            let command = command::find(name).ok_or_else(|| format!("{} is not known", String::from_utf8_lossy(name)))?;
            if !command.takes(args.len()) {
                return Err(format!("{} has a wrong number of arguments", command.name));
            }
            args.name = command.name;
            let mut found = Found::default();
            let mut admission = Admission::new(0);
            let mut cx = Context {
                server: self.server,
                session: &mut self.session,
                keys: &mut data.keys,
                board: &mut data.board,
                found: &mut found,
                admission: &mut admission,
            };
            (command.run)(&mut cx, args, &mut self.reply).map_err(|fault| format!("{}: {}", command.name, fault.0))?;
            self.reply.cut(0);
            at += used;
            commands += 1;
            parser.begin();
        }
        Ok(commands)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> NodeError {
    NodeError::Other(format!("the append-only file {} cannot be read: {error}", path.display()))
}

fn damaged(path: &Path, at: u64, what: &str) -> NodeError {
    NodeError::Other(format!(
        "the append-only file {} is damaged at byte {at}: {what}. Cut it there to keep what comes before, or move it away to start empty",
        path.display()
    ))
}
