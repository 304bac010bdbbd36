//! An answer on its way out: bytes, and ranges of files that go from the page cache to the socket without passing through this process
//! where the system can do that. A client that reads slowly therefore holds no memory here.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;

use super::segment::Run;

/// Pieces of one frame, in order.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    File { file: Arc<File>, position: u64, size: usize },
}

/// Bytes that are written before the clock of a slow client starts again.
const STEP_BYTES: usize = 256 << 10;

impl From<Bytes> for Reply {
    fn from(bytes: Bytes) -> Self {
        Self { pieces: vec![Piece::Bytes(bytes)] }
    }
}

impl Reply {
    /// Appends bytes.
    pub(super) fn bytes(&mut self, bytes: Bytes) {
        self.pieces.push(Piece::Bytes(bytes));
    }

    /// Appends stored batches.
    pub(super) fn run(&mut self, run: Run) {
        self.pieces.push(Piece::File { file: run.file, position: run.position, size: run.size });
    }

    /// The same pieces behind `head`.
    pub(super) fn behind(mut self, head: Bytes) -> Self {
        self.pieces.insert(0, Piece::Bytes(head));
        self
    }

    /// Bytes of all pieces.
    pub(super) fn size(&self) -> usize {
        let size = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => bytes.len(),
            Piece::File { size, .. } => *size,
        };
        self.pieces.iter().map(size).sum()
    }

    /// Writes everything. A client that takes less than a step of [`STEP_BYTES`] within `patience` is an error.
    pub(super) async fn write(self, writer: &mut OwnedWriteHalf, patience: Duration) -> io::Result<()> {
        for piece in self.pieces {
            match piece {
                Piece::Bytes(bytes) => {
                    for step in bytes.chunks(STEP_BYTES) {
                        within(patience, writer.write_all(step)).await?;
                    }
                }
                Piece::File { file, mut position, mut size } => {
                    while size > 0 {
                        let sent = within(patience, send(writer, &file, position, size.min(STEP_BYTES))).await?;
                        position += sent as u64;
                        size -= sent;
                    }
                }
            }
        }
        Ok(())
    }
}

async fn within<T>(patience: Duration, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(patience, step).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Sends some of the file; a file that was cut meanwhile is an error, since the frame's length is said already.
#[cfg(target_os = "linux")]
async fn send(writer: &mut OwnedWriteHalf, file: &File, position: u64, size: usize) -> io::Result<usize> {
    let socket: &tokio::net::TcpStream = writer.as_ref();
    let send = || {
        let mut position = position;
        rustix::fs::sendfile(socket, file, Some(&mut position), size).map_err(io::Error::from)
    };
    match socket.async_io(tokio::io::Interest::WRITABLE, send).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        sent => Ok(sent),
    }
}

/// Sends some of the file; a file that was cut meanwhile is an error, since the frame's length is said already.
#[cfg(not(target_os = "linux"))]
async fn send(writer: &mut OwnedWriteHalf, file: &File, position: u64, size: usize) -> io::Result<usize> {
    let bytes = super::file::read_at(file, position, size.min(64 << 10))?;
    writer.write_all(&bytes).await?;
    Ok(bytes.len())
}
