//! The text and CSV forms of COPY: bytes to rows of fields, and rows to lines. It knows no types and no tables.

use bytes::{BufMut, BytesMut};

use super::super::error::{LIMIT, SqlError};

/// Longest row, in bytes.
const MAX_ROW: usize = 16 << 20;
/// The line that ends the data of an old client.
const END: &[u8] = b"\\.";

/// How rows are written.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Form {
    pub delimiter: u8,
    /// How NULL is written, outside quotes.
    pub null: String,
    /// The first line names the columns.
    pub header: bool,
    /// Quote and escape of CSV; none: the text form.
    pub quotes: Option<(u8, u8)>,
}

/// A field; `None` is NULL.
pub(in super::super) type Field = Option<String>;

/// Bytes on their way to rows, in whatever pieces they come.
#[derive(Debug)]
pub(in super::super) struct Reader {
    form: Form,
    rest: BytesMut,
    /// How far `rest` was looked through without meeting the end of a row, and whether inside quotes.
    looked: (usize, bool),
    /// Rows begun, for errors.
    pub line: u64,
    /// The last one as it came.
    pub row: BytesMut,
    ended: bool,
}

impl Reader {
    pub(in super::super) fn new(form: Form) -> Self {
        Self { form, rest: BytesMut::new(), looked: (0, false), line: 0, row: BytesMut::new(), ended: false }
    }

    pub(in super::super) fn put(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
    }

    /// The next row; `None` when more bytes are needed. `last`: no more will come.
    pub(in super::super) fn row(&mut self, last: bool) -> Result<Option<Vec<Field>>, SqlError> {
        loop {
            if self.ended || self.rest.is_empty() {
                return Ok(None);
            }
            let end = match self.end() {
                Some(end) => end,
                None if last && self.looked.1 => {
                    self.line += 1;
                    self.row = self.rest.split();
                    return Err(SqlError::new("22P04", "unterminated CSV quoted field"));
                }
                None if last => self.rest.len(),
                None if self.rest.len() > MAX_ROW => {
                    return Err(SqlError::new(LIMIT, format!("a row of COPY is longer than {MAX_ROW} bytes")));
                }
                None => return Ok(None),
            };
            let mut row = self.rest.split_to((end + 1).min(self.rest.len()));
            row.truncate(end);
            if row.last() == Some(&b'\r') {
                row.truncate(row.len() - 1);
            }
            self.looked = (0, false);
            self.line += 1;
            if row.as_ref() == END {
                self.ended = true;
            } else if !(self.form.header && self.line == 1) {
                let fields = match self.form.quotes {
                    None => self.text(&row),
                    Some(quotes) => self.csv(&row, quotes),
                };
                self.row = row;
                return fields.map(Some);
            }
        }
    }

    /// Where the newline is that ends the first row; what was looked through is not looked through again.
    fn end(&mut self) -> Option<usize> {
        let (mut at, mut quoted) = self.looked;
        while let Some(byte) = self.rest.get(at) {
            let step = match self.form.quotes {
                Some((quote, escape)) if quoted && *byte == escape && escape != quote => match self.rest.get(at + 1) {
                    // What is escaped is not here yet.
                    None => break,
                    Some(next) if *next == quote || *next == escape => 2,
                    Some(_) => 1,
                },
                Some((quote, _)) if *byte == quote => {
                    quoted = !quoted;
                    1
                }
                _ if *byte == b'\n' && !quoted => return Some(at),
                _ => 1,
            };
            at += step;
        }
        self.looked = (at, quoted);
        None
    }

    fn text(&self, row: &[u8]) -> Result<Vec<Field>, SqlError> {
        let mut fields = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at <= row.len() {
            match row.get(at) {
                Some(b'\\') => at += 2,
                Some(byte) if *byte != self.form.delimiter => at += 1,
                _ => {
                    let raw = row.get(start..at.min(row.len())).unwrap_or_default();
                    fields.push(if raw == self.form.null.as_bytes() { None } else { Some(words(unescaped(raw))?) });
                    at += 1;
                    start = at;
                }
            }
        }
        // A backslash at the very end stepped past it.
        if start <= row.len() {
            let raw = row.get(start..).unwrap_or_default();
            fields.push(Some(words(unescaped(raw))?));
        }
        Ok(fields)
    }

    fn csv(&self, row: &[u8], (quote, escape): (u8, u8)) -> Result<Vec<Field>, SqlError> {
        let mut fields = Vec::new();
        let (mut field, mut quoted, mut ever) = (Vec::new(), false, false);
        let mut bytes = row.iter().copied().peekable();
        loop {
            let byte = bytes.next();
            match byte {
                Some(byte) if quoted && byte == escape && bytes.peek().is_some_and(|next| *next == quote || *next == escape) => {
                    field.extend(bytes.next());
                }
                Some(byte) if byte == quote => (quoted, ever) = (!quoted, true),
                Some(byte) if quoted || byte != self.form.delimiter => field.push(byte),
                _ => {
                    let raw = std::mem::take(&mut field);
                    fields.push(if !ever && raw == self.form.null.as_bytes() { None } else { Some(words(raw)?) });
                    ever = false;
                    if byte.is_none() {
                        return Ok(fields);
                    }
                }
            }
        }
    }
}

fn words(bytes: Vec<u8>) -> Result<String, SqlError> {
    String::from_utf8(bytes).map_err(|_| SqlError::new("22021", "invalid byte sequence for encoding \"UTF8\""))
}

/// A field of the text form without its backslashes.
fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    let digits = |from: usize, most: usize, radix: u32| {
        let run = raw.iter().skip(from).take(most).take_while(|b| char::from(**b).is_digit(radix)).count();
        let text = raw.get(from..from + run).and_then(|digits| std::str::from_utf8(digits).ok());
        // Three octal digits may be more than a byte: PostgreSQL keeps the low one.
        text.and_then(|digits| u32::from_str_radix(digits, radix).ok()).map(|value| ((value & 0xff) as u8, run))
    };
    while let Some(byte) = raw.get(at) {
        at += 1;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let Some(next) = raw.get(at) else {
            out.push(b'\\');
            break;
        };
        let (value, used) = match next {
            b'b' => (8, 1),
            b'f' => (12, 1),
            b'n' => (b'\n', 1),
            b'r' => (b'\r', 1),
            b't' => (b'\t', 1),
            b'v' => (11, 1),
            b'0'..=b'7' => digits(at, 3, 8).unwrap_or((*next, 1)),
            b'x' => digits(at + 1, 2, 16).map_or((b'x', 1), |(value, run)| (value, run + 1)),
            other => (*other, 1),
        };
        out.push(value);
        at += used;
    }
    out
}

impl Form {
    /// Appends a row with its newline.
    pub(in super::super) fn write<'f>(&self, fields: impl ExactSizeIterator<Item = Option<&'f [u8]>>, out: &mut BytesMut) {
        let alone = fields.len() == 1;
        for (at, field) in fields.enumerate() {
            if at > 0 {
                out.put_u8(self.delimiter);
            }
            match (field, self.quotes) {
                (None, _) => out.put_slice(self.null.as_bytes()),
                (Some(field), None) => self.write_text(field, out),
                (Some(field), Some((quote, escape))) => {
                    let special = |byte: &u8| *byte == self.delimiter || *byte == quote || matches!(byte, b'\n' | b'\r');
                    if field == self.null.as_bytes() || field.iter().any(special) || (alone && field == END) {
                        out.put_u8(quote);
                        for byte in field {
                            if *byte == quote || *byte == escape {
                                out.put_u8(escape);
                            }
                            out.put_u8(*byte);
                        }
                        out.put_u8(quote);
                    } else {
                        out.put_slice(field);
                    }
                }
            }
        }
        out.put_u8(b'\n');
    }

    fn write_text(&self, field: &[u8], out: &mut BytesMut) {
        for byte in field {
            let letter = match byte {
                8 => b'b',
                12 => b'f',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                11 => b'v',
                b'\\' => b'\\',
                byte if *byte == self.delimiter => *byte,
                byte => {
                    out.put_u8(*byte);
                    continue;
                }
            };
            out.put_slice(&[b'\\', letter]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Form {
        Form { delimiter: b'\t', null: "\\N".into(), header: false, quotes: None }
    }

    fn csv() -> Form {
        Form { delimiter: b',', null: String::new(), header: false, quotes: Some((b'"', b'"')) }
    }

    /// The rows of `bytes`, however they are cut.
    fn rows(form: &Form, bytes: &str) -> Result<Vec<Vec<Field>>, &'static str> {
        let mut last = None;
        for size in [1, 2, 3, 7, bytes.len().max(1)] {
            let mut reader = Reader::new(form.clone());
            let mut all = Vec::new();
            let mut read = || {
                for piece in bytes.as_bytes().chunks(size) {
                    reader.put(piece);
                    while let Some(row) = reader.row(false)? {
                        all.push(row);
                    }
                }
                while let Some(row) = reader.row(true)? {
                    all.push(row);
                }
                Ok(())
            };
            let result = read().map_err(|error: SqlError| error.code).map(|()| all);
            if let Some(last) = &last {
                assert_eq!(&result, last, "{bytes:?} in pieces of {size}");
            }
            last = Some(result);
        }
        last.unwrap()
    }

    fn some(fields: &[&str]) -> Vec<Field> {
        fields.iter().map(|field| if *field == "NULL" { None } else { Some((*field).to_owned()) }).collect()
    }

    #[test]
    fn the_text_form_is_read_as_postgres_reads_it() {
        let cases: &[(&str, &[&[&str]])] = &[
            ("", &[]),
            ("1\ta\n2\t\\N\n", &[&["1", "a"], &["2", "NULL"]]),
            ("1\ta\r\n2\tb", &[&["1", "a"], &["2", "b"]]),
            ("\n", &[&[""]]),
            ("a\\tb\\\\c\\nd\t\\x41\\101\\q\n", &[&["a\tb\\c\nd", "AAq"]]),
            ("tab\\\there\n", &[&["tab\there"]]),
            ("1\n\\.\n2\n", &[&["1"]]),
            ("end\\", &[&["end\\"]]),
        ];
        for (bytes, expected) in cases {
            let expected: Vec<Vec<Field>> = expected.iter().map(|row| some(row)).collect();
            assert_eq!(rows(&text(), bytes), Ok(expected), "{bytes:?}");
        }
    }

    #[test]
    fn csv_is_read_as_postgres_reads_it() {
        let cases: &[(&str, &[&[&str]])] = &[
            ("1,a\n2,\n3,\"\"\n", &[&["1", "a"], &["2", "NULL"], &["3", ""]]),
            ("\"a \"\"b\"\"\",\"x\ny\"\n", &[&["a \"b\"", "x\ny"]]),
            ("a\"b\"c,d\n", &[&["abc", "d"]]),
            ("\\N,\\t\n", &[&["\\N", "\\t"]]),
        ];
        for (bytes, expected) in cases {
            let expected: Vec<Vec<Field>> = expected.iter().map(|row| some(row)).collect();
            assert_eq!(rows(&csv(), bytes), Ok(expected), "{bytes:?}");
        }
        assert_eq!(rows(&csv(), "\"open\n"), Err("22P04"));
        let escaped = Form { quotes: Some((b'\'', b'\\')), delimiter: b';', header: true, null: "-".into() };
        assert_eq!(rows(&escaped, "x;y\n'it\\'s;\n\\\\';-\n"), Ok(vec![some(&["it's;\n\\", "NULL"])]));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let values = ["", "plain", "a,b", "a\tb", "say \"so\"", "two\nlines\r\n", "\\N", "\\.", "back\\slash", "é 日本"];
        for form in [text(), csv(), Form { quotes: Some((b'"', b'\\')), ..csv() }] {
            for field in values.iter().map(|value| Some((*value).to_owned())).chain([None]) {
                let row = vec![field.clone(), Some("x".to_owned())];
                let mut out = BytesMut::new();
                form.write(row.iter().map(|field| field.as_ref().map(String::as_bytes)), &mut out);
                let written = String::from_utf8(out.to_vec()).unwrap();
                assert_eq!(rows(&form, &written), Ok(vec![row]), "{written:?}");
            }
        }
    }
}
