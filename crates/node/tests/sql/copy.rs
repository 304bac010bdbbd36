//! COPY beside PostgreSQL itself: the same data in, the same bytes out, the same refusals; then with psql's own `\copy`, and under a kill of the
//! transaction around it.

use std::io::Write;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, TryStreamExt};
use tokio_postgres::{Client, Error};

use crate::postgres::Postgres;
use crate::psql::psql;
use crate::queries::text;
use crate::server::{Server, TOKEN};

const TABLE: &str = "DROP TABLE IF EXISTS t; \
    CREATE TABLE t (id INT PRIMARY KEY, word TEXT, price NUMERIC(8,2), day DATE, open BOOLEAN DEFAULT true, short VARCHAR(5))";

/// SQLSTATE and message of a refusal, with where it says that it was.
fn refusal(error: &Error) -> String {
    let Some(error) = error.as_db_error() else { return format!("{error}") };
    format!("{} {} [{}]", error.code().code(), error.message(), error.where_().unwrap_or_default())
}

/// Sends `data` in pieces; how many rows it was, or the refusal.
async fn put(client: &Client, statement: &str, data: &[u8], piece: usize) -> Result<u64, String> {
    let sink = client.copy_in::<_, Bytes>(statement).await.map_err(|error| refusal(&error))?;
    let mut sink = std::pin::pin!(sink);
    for bytes in data.chunks(piece) {
        if let Err(error) = sink.send(Bytes::copy_from_slice(bytes)).await {
            return Err(refusal(&error));
        }
    }
    sink.finish().await.map_err(|error| refusal(&error))
}

async fn take(client: &Client, statement: &str) -> Result<String, String> {
    let stream = client.copy_out(statement).await.map_err(|error| refusal(&error))?;
    let all: BytesMut = stream
        .try_fold(BytesMut::new(), |mut all, bytes| async move {
            all.extend_from_slice(&bytes);
            Ok(all)
        })
        .await
        .map_err(|error| refusal(&error))?;
    Ok(String::from_utf8(all.to_vec()).expect("UTF-8"))
}

/// What goes in, by statement and data.
const IN: &[(&str, &str)] = &[
    ("COPY t FROM STDIN", "1\tone\t1.50\t2026-11-22\tt\tabc\n2\t\\N\t\\N\t\\N\tf\t\\N\n"),
    ("COPY t (id, word) FROM STDIN", "1\ta\\tb\\\\c\\nd\n2\t\\x41\\101\n"),
    ("COPY t (word, id) FROM STDIN;", "x\t1\n\\.\n"),
    ("COPY t (id, word) FROM STDIN", "1\ta\r\n2\tb"),
    ("COPY t (id, word) FROM STDIN WITH (FORMAT csv)", "1,\"a \"\"b\"\", c\"\n2,\"two\nlines\"\n3,\n4,\"\"\n"),
    ("copy t (id, word) from stdin csv header", "id,word\n1,a\n"),
    (
        "COPY t (id, word) FROM STDIN WITH (FORMAT csv, DELIMITER ';', QUOTE '''', ESCAPE '\\', NULL '-', HEADER true)",
        "i;w\n1;'it\\'s'\n2;-\n",
    ),
    ("COPY t (id, word) FROM STDIN WITH (DELIMITER '|', NULL 'none')", "1|none\n2|a\\|b\n"),
    ("COPY t (id) FROM STDIN", ""),
    // Refused, and then nothing of it is there.
    ("COPY t (id, word) FROM STDIN", "1\ta\nx\tb\n"),
    ("COPY t (id, word) FROM STDIN", "1\ta\n2\n"),
    ("COPY t (id, word) FROM STDIN", "1\ta\tb\n"),
    ("COPY t (id, short) FROM STDIN", "1\ttoo long\n"),
    ("COPY t (id, price) FROM STDIN", "1\t1234567.89\n"),
    ("COPY t (id, day) FROM STDIN", "1\tsoon\n"),
    ("COPY t (word) FROM STDIN", "keyless\n"),
    ("COPY t (id, nonesuch) FROM STDIN", ""),
    ("COPY t (id, id) FROM STDIN", ""),
    ("COPY nowhere FROM STDIN", ""),
    ("COPY t FROM STDIN WITH (FORMAT xml)", ""),
    ("COPY t FROM STDIN WITH (QUOTE '*')", ""),
    ("COPY t (id, word) FROM STDIN csv", "1,\"open\n"),
];

const OUT: &[&str] = &[
    "COPY t TO STDOUT",
    "COPY t (word, id) TO STDOUT",
    "COPY (SELECT id, word FROM t WHERE id > 1 ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)",
    "COPY t TO STDOUT csv",
    "COPY (SELECT 'a,b', '\"', NULL, '', 1.5, true, E'x\\ty\\nz\\\\') TO STDOUT",
    "COPY (SELECT 'a,b', '\"', NULL, '', 1.5, true, E'x\\ty\\nz\\\\') TO STDOUT CSV",
    "COPY (SELECT id FROM t WHERE id < 0) TO STDOUT WITH (FORMAT csv, HEADER)",
    "COPY nowhere TO STDOUT",
];

#[tokio::test]
async fn the_same_data_goes_in_and_comes_out_as_with_postgres() {
    let postgres = Postgres::start(&[]);
    let (theirs, server) = (postgres.database("copies").await, Server::primary().await);
    let ours = server.client().await;
    let rows = "SELECT id, word, price, day, open, short FROM t ORDER BY id";
    let mut different = Vec::new();
    for (statement, data) in IN {
        for piece in [1, 7, 1 << 16] {
            let mut answers = Vec::new();
            for client in [&theirs, &ours] {
                client.batch_execute(TABLE).await.unwrap();
                // Of its own: tokio-postgres loses count of the answers when COPY is refused at once.
                let copier = if answers.is_empty() { postgres.client("copies").await } else { server.client().await };
                let put = put(&copier, statement, data.as_bytes(), piece).await;
                answers.push((put, text(client, rows).await.unwrap()));
            }
            if answers[1] != answers[0] {
                different.push(format!("{statement} with {data:?} in pieces of {piece}:\n  {:?}\n  {:?}", answers[0], answers[1]));
            }
        }
    }
    let filled = "1\tone\t1.50\t2026-11-22\tt\tabc\n2\t\\N\t\\N\t\\N\tf\t\\N\n3\ta\\tb\\\\c\\nd, \"e\"\t0.00\t1999-12-31\tt\t\n";
    for client in [&theirs, &ours] {
        client.batch_execute(TABLE).await.unwrap();
        assert_eq!(put(client, "COPY t FROM STDIN", filled.as_bytes(), 1 << 16).await, Ok(3));
    }
    for statement in OUT {
        let (theirs, ours) = (take(&theirs, statement).await, take(&ours, statement).await);
        if theirs != ours {
            different.push(format!("{statement}:\n  {theirs:?}\n  {ours:?}"));
        }
    }
    assert!(different.is_empty(), "theirs, then ours:\n{}", different.join("\n"));
}

#[tokio::test]
async fn a_copy_is_whole_or_not_at_all() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute("CREATE TABLE n (id INT PRIMARY KEY)").await.unwrap();
    let many: String = (0..5000).map(|id| format!("{id}\n")).collect();
    // A row far behind the first batches is wrong.
    let broken = format!("{many}4999\n");
    let refused = put(&client, "COPY n FROM STDIN", broken.as_bytes(), 10_000).await.unwrap_err();
    assert!(refused.starts_with("23505") && refused.contains("COPY n, among lines up to"), "{refused}");
    assert_eq!(text(&client, "SELECT count(*) FROM n").await.unwrap(), ["0"]);
    // The connection goes on, in a transaction that decides by itself.
    client.batch_execute("BEGIN").await.unwrap();
    assert_eq!(put(&client, "COPY n FROM STDIN", many.as_bytes(), 10_000).await, Ok(5000));
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(text(&client, "SELECT count(*) FROM n").await.unwrap(), ["0"]);
    client.batch_execute("BEGIN; SAVEPOINT s").await.unwrap();
    put(&client, "COPY n FROM STDIN", broken.as_bytes(), 10_000).await.unwrap_err();
    client.batch_execute("ROLLBACK TO s").await.unwrap();
    assert_eq!(put(&client, "COPY n FROM STDIN", many.as_bytes(), 10_000).await, Ok(5000));
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(text(&client, "SELECT count(*), sum(id) FROM n").await.unwrap(), ["5000|12497500"]);
    // A client that gives up leaves nothing.
    {
        let sink = client.copy_in::<_, Bytes>("COPY n FROM STDIN").await.unwrap();
        let mut sink = std::pin::pin!(sink);
        sink.send(Bytes::from_static(b"9000\n9001\n")).await.unwrap();
    }
    assert_eq!(text(&client, "SELECT count(*) FROM n").await.unwrap(), ["5000"]);
}

#[tokio::test]
async fn psql_copies_files_of_the_client() {
    let server = Server::primary().await;
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("in.csv"), folder.path().join("out.txt"));
    std::fs::File::create(&from).and_then(|mut file| file.write_all(b"id,word\n1,\"a, b\"\n2,\n")).unwrap();
    let script = format!(
        "CREATE TABLE t (id INT PRIMARY KEY, word TEXT)\n\\copy t from '{}' csv header\n\\copy t to '{}'\n\\copy (select count(*) from t) to stdout",
        from.display(),
        to.display()
    );
    let (out, err) = psql(&server, &script, TOKEN).await;
    assert_eq!((out.as_str(), err.as_str()), ("CREATE TABLE\nCOPY 2\nCOPY 2\n2\n", ""));
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "1\ta, b\n2\t\\N\n");
}
