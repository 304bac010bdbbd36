//! A client of the tests' own that sees every byte: commands out, replies in as one line of text each.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::server::TOKEN;

/// A connection.
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    /// Connects, without the password.
    pub(crate) async fn stranger(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.expect("the server accepts")))
    }

    /// Connects and shows the password.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let mut wire = Self::stranger(address).await;
        assert_eq!(wire.ask(&["AUTH", TOKEN]).await, "OK");
        wire
    }

    /// Sends bytes; false when the server has closed.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.get_mut().write_all(bytes).await.is_ok()
    }

    /// Says that nothing more will be sent.
    pub(crate) async fn end(&mut self) {
        let _ = self.0.get_mut().shutdown().await;
    }

    /// Sends a command and reads its reply.
    pub(crate) async fn ask(&mut self, words: &[&str]) -> String {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        self.send(&command(&words)).await;
        self.reply().await.expect("a reply")
    }

    /// The next reply as text; `None` once the server has closed.
    ///
    /// `OK`, `(error) ERR ..`, `(integer) 1`, `"bulk"`, `(nil)`, `["a", "b"]`, `{"a": "b"}`, `set["a"]`, `(double) 1.5`.
    pub(crate) async fn reply(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).await.ok().filter(|n| *n > 0)?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let (kind, rest) = line.trim_end_matches("\r\n").split_at(1);
        let number = || rest.parse::<i64>().unwrap_or_else(|_| panic!("a length, not {line:?}"));
        Some(match kind {
            "+" => rest.to_owned(),
            "-" => format!("(error) {rest}"),
            ":" => format!("(integer) {rest}"),
            "," => format!("(double) {rest}"),
            "_" => "(nil)".to_owned(),
            "$" | "=" if number() >= 0 => {
                let mut bytes = vec![0; number() as usize + 2];
                self.0.read_exact(&mut bytes).await.ok()?;
                assert_eq!(bytes.split_off(bytes.len() - 2), b"\r\n");
                format!("\"{}\"", bytes.escape_ascii())
            }
            "*" if number() >= 0 => format!("[{}]", self.replies(number()).await?.join(", ")),
            ">" => format!("push[{}]", self.replies(number()).await?.join(", ")),
            "~" => format!("set[{}]", self.replies(number()).await?.join(", ")),
            "%" => {
                let flat = self.replies(2 * number()).await?;
                format!("{{{}}}", flat.chunks(2).map(|pair| pair.join(": ")).collect::<Vec<_>>().join(", "))
            }
            "$" | "*" => "(nil)".to_owned(),
            _ => panic!("no reply of RESP begins so: {line:?}"),
        })
    }

    async fn replies(&mut self, n: i64) -> Option<Vec<String>> {
        let mut all = Vec::new();
        for _ in 0..n {
            all.push(Box::pin(self.reply()).await?);
        }
        Some(all)
    }
}

/// A command as RESP.
pub(crate) fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
