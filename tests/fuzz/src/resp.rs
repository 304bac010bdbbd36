//! RESP from lines: each line is a command, its words parted by single spaces (two make an empty word). Not a client: nothing is read.

use crate::{Mode, TOKEN};

/// The bytes of one connection: what the mode asks for, after a login that also empties the keyspace.
pub fn connection(mode: Mode, input: &[u8]) -> Vec<u8> {
    let login = [command(&[b"AUTH", TOKEN.as_bytes()]), command(&[b"FLUSHALL"])].concat();
    match mode {
        Mode::RawBeforeLogin => input.to_vec(),
        Mode::Raw => [&login, input].concat(),
        Mode::Framed(_) => {
            let lines = input.split(|byte| *byte == b'\n');
            let commands = lines.map(|line| command(&line.split(|byte| *byte == b' ').collect::<Vec<_>>()));
            std::iter::once(login).chain(commands).flatten().collect()
        }
    }
}

/// An array of bulk strings.
fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend(*word);
        bytes.extend(b"\r\n");
    }
    bytes
}
