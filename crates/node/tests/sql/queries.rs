//! Statements, types and refusals through both protocols.

use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::types::Type;

use crate::server::{Server, Start, code, envelope};

pub(crate) const TABLES: &str = "
    CREATE TABLE users (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INTEGER, active BOOLEAN NOT NULL DEFAULT true,
        score DOUBLE PRECISION, joined TIMESTAMPTZ NOT NULL DEFAULT now());
    CREATE TABLE tweets (id BIGSERIAL PRIMARY KEY, author BIGINT NOT NULL REFERENCES users(id), body TEXT NOT NULL, likes INT NOT NULL DEFAULT 0);
    CREATE INDEX tweets_by_author ON tweets (author, id DESC);
    CREATE TABLE follows (follower BIGINT NOT NULL, followee BIGINT NOT NULL, PRIMARY KEY (follower, followee));
    INSERT INTO users (id, name, age, score) VALUES (1, 'ann', 30, 1.5), (2, 'bob', NULL, NULL), (3, 'cat', 20, 2);
    INSERT INTO tweets (author, body) VALUES (1, 'one'), (1, 'it''s two'), (2, 'three');";

/// Rows as text, columns joined by `|`, NULL as nothing.
pub(crate) async fn text(client: &tokio_postgres::Client, sql: &str) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = client.simple_query(sql).await?.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).unwrap_or("")).collect::<Vec<_>>().join("|")),
        _ => None,
    });
    Ok(rows.collect())
}

#[tokio::test]
async fn statements_answer_as_postgresql_does() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute(TABLES).await.unwrap();
    for (sql, rows) in [
        ("SELECT 1", &["1"][..]),
        ("SELECT id, name, age, active FROM users ORDER BY id", &["1|ann|30|t", "2|bob||t", "3|cat|20|t"]),
        ("SELECT count(*), sum(age), max(name), avg(age) FROM users", &["3|50|cat|25.0000000000000000"]),
        (
            "SELECT u.name, t.body FROM tweets t JOIN users u ON u.id = t.author WHERE u.id = 1 ORDER BY t.id DESC",
            &["ann|it's two", "ann|one"],
        ),
        ("SELECT name FROM users WHERE name ILIKE 'AN%' OR name LIKE 'AN%'", &["ann"]),
        ("SELECT '12'::bigint + 1, 7 / 2, 'a' || 'b', true AND false", &["13|3|ab|f"]),
        ("SELECT CASE WHEN age IS NULL THEN 'none' ELSE age::text END FROM users ORDER BY id", &["30", "none", "20"]),
        ("SELECT id FROM public.users WHERE id = ANY('{1,3}') ORDER BY 1", &["1", "3"]),
        ("SELECT id FROM users WHERE id IN (SELECT author FROM tweets) ORDER BY id LIMIT 1 OFFSET 1", &["2"]),
        (
            "WITH busy AS (SELECT author, count(*) AS n FROM tweets GROUP BY author HAVING count(*) > 1) SELECT author, n FROM busy",
            &["1|2"],
        ),
        ("SELECT '2026-11-21T10:00:00Z'::timestamptz", &["2026-11-21 10:00:00+00"]),
        ("SELECT count(*) FROM users WHERE joined <= now() AND joined > '2020-01-01'", &["3"]),
        ("SELECT E'tab\\there', $$dollar's$$", &["tab\there|dollar's"]),
        ("SHOW server_version", &["15.0"]),
        ("SELECT id FROM users WHERE id = 1 FOR UPDATE", &["1"]),
        ("SELECT DISTINCT author FROM tweets ORDER BY author", &["1", "2"]),
        ("SELECT coalesce(NULL, 5), nullif(1, 1), greatest(1, 2)", &["5||2"]),
        ("INSERT INTO tweets VALUES (DEFAULT, 3, 'four', DEFAULT) RETURNING id, likes", &["4|0"]),
        ("INSERT INTO users (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET age = users.age + 1 RETURNING age", &["31"]),
        ("INSERT INTO users (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING RETURNING id", &[]),
        ("UPDATE tweets SET likes = likes + 1 WHERE author = 1 RETURNING id, likes", &["1|1", "2|1"]),
        ("DELETE FROM tweets WHERE id = 4 RETURNING *", &["4|3|four|0"]),
        ("INSERT INTO tweets (author, body) VALUES (3, 'five') RETURNING id", &["5"]),
        ("SET search_path = public", &[]),
        ("SELECT pg_is_in_recovery(), current_user, current_database()", &["f|loadline|loadline"]),
    ] {
        assert_eq!(text(&client, sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}")), rows, "{sql}");
    }
    assert!(text(&client, "SELECT version()").await.unwrap()[0].starts_with("PostgreSQL 15"));
}

#[tokio::test]
async fn refusals_carry_their_sqlstate() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute(TABLES).await.unwrap();
    for (sql, wanted) in [
        ("SELECT * FROM nowhere", "42P01"),
        ("SELECT nonesuch FROM users", "42703"),
        ("SELECT \"nonesuch\" FROM users", "42703"),
        ("INSERT INTO users (id, nonesuch) VALUES (9, 1)", "42703"),
        ("SELEC 1", "42601"),
        ("SELECT 1 +", "42601"),
        ("SELECT 'open", "42601"),
        ("INSERT INTO users (id, name) VALUES (1, 'new')", "23505"),
        ("INSERT INTO users (id, name) VALUES (9, 'ann')", "23505"),
        ("INSERT INTO users (id, name) VALUES (9, NULL)", "23502"),
        ("INSERT INTO users (name) VALUES ('keyless')", "23502"),
        ("INSERT INTO tweets (author, body) VALUES (99, 'x')", "23503"),
        ("CREATE TABLE users (id INT)", "42P07"),
        ("SELECT nosuch(1)", "42883"),
        ("SELECT id FROM users a JOIN users b ON a.id = b.id", "42702"),
        ("SELECT 'x'::bigint", "22P02"),
        ("SELECT * FROM users WHERE id = 'x'", "22P02"),
        ("SELECT 9999999999::int + 0", "22003"),
        ("COPY users FROM '/etc/hostname'", "0A000"),
        ("LISTEN a", "0A000"),
        ("CREATE TABLE n (a MONEY)", "0A000"),
        ("CREATE TABLE n (a INT, b SERIAL)", "0A000"),
        ("SELECT DISTINCT ON (author) id FROM tweets", "0A000"),
        ("SELECT * FROM sqlite_master", "42P01"),
        ("SELECT * FROM loadline_wal", "42P01"),
        ("SELECT * FROM pragma_table_info('users')", "0A000"),
        ("DROP TABLE nowhere", "42P01"),
        ("INSERT INTO users (id, name) VALUES (5, 'e') ON CONFLICT (age) DO NOTHING", "42P10"),
        ("SHOW nothing", "42704"),
        ("PRAGMA journal_mode", "0A000"),
        ("ATTACH DATABASE 'x' AS y", "0A000"),
    ] {
        assert_eq!(code(client.simple_query(sql).await), wanted, "simple: {sql}");
        assert_eq!(code(client.query(sql, &[]).await), wanted, "extended: {sql}");
    }
    assert_eq!(text(&client, "SELECT count(*) FROM users").await.unwrap(), ["3"], "nothing of it stayed");
}

#[tokio::test]
async fn parameters_and_results_have_the_types_their_place_says() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute(TABLES).await.unwrap();
    use Type as T;
    for (sql, params, columns) in [
        ("SELECT * FROM users WHERE id = $1", vec![T::INT8], vec![T::INT8, T::TEXT, T::INT4, T::BOOL, T::FLOAT8, T::TIMESTAMPTZ]),
        ("SELECT $1", vec![T::TEXT], vec![T::TEXT]),
        ("SELECT $2::bigint, $1::int", vec![T::INT4, T::INT8], vec![T::INT8, T::INT4]),
        (
            "SELECT count(*) AS n, sum(likes), avg(likes), max(id), 1, 3000000000, 1.5 FROM tweets",
            vec![],
            vec![T::INT8, T::INT8, T::NUMERIC, T::INT8, T::INT4, T::INT8, T::NUMERIC],
        ),
        ("SELECT EXISTS (SELECT 1 FROM users WHERE age BETWEEN $1 AND $2)", vec![T::INT4, T::INT4], vec![T::BOOL]),
        (
            "SELECT id FROM users WHERE id IN ($1, $2) AND active = $3 ORDER BY id LIMIT $4 OFFSET $5",
            vec![T::INT8, T::INT8, T::BOOL, T::INT8, T::INT8],
            vec![T::INT8],
        ),
        ("SELECT id FROM tweets WHERE author = ANY($1)", vec![T::INT8_ARRAY], vec![T::INT8]),
        ("SELECT id FROM users WHERE name = ANY($1::text[])", vec![T::TEXT_ARRAY], vec![T::INT8]),
        (
            "INSERT INTO tweets (body, author) VALUES ($1, $2) RETURNING id, body, likes + 1",
            vec![T::TEXT, T::INT8],
            vec![T::INT8, T::TEXT, T::INT4],
        ),
        ("UPDATE users SET score = $1, age = age + $2 WHERE name = $3", vec![T::FLOAT8, T::INT4, T::TEXT], vec![]),
        ("SELECT u.n FROM (SELECT count(*) AS n, author FROM tweets GROUP BY author) u WHERE u.author = $1", vec![T::INT8], vec![T::INT8]),
        (
            "SELECT joined, now(), coalesce(age, 0), length(name), u.name || 'x' FROM users u WHERE joined < $1",
            vec![T::TIMESTAMPTZ],
            vec![T::TIMESTAMPTZ, T::TIMESTAMPTZ, T::INT4, T::INT4, T::TEXT],
        ),
        ("SELECT id FROM tweets WHERE (likes, id) < ($1, $2)", vec![T::INT4, T::INT8], vec![T::INT8]),
        ("DELETE FROM follows WHERE follower = $1 AND followee = $2", vec![T::INT8, T::INT8], vec![]),
        ("SELECT t.id, t.* FROM tweets t", vec![], vec![T::INT8, T::INT8, T::INT8, T::TEXT, T::INT4]),
    ] {
        let statement = client.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        assert_eq!(statement.params(), params, "{sql}");
        assert_eq!(statement.columns().iter().map(|c| c.type_().clone()).collect::<Vec<_>>(), columns, "{sql}");
    }
}

#[tokio::test]
async fn binary_values_come_back_as_they_went() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute("CREATE TABLE v (id INT PRIMARY KEY, b BIGINT, s SMALLINT, r REAL, d DOUBLE PRECISION, t TEXT, f BOOLEAN, x BYTEA, w TIMESTAMPTZ)").await.unwrap();
    let when = std::time::UNIX_EPOCH + std::time::Duration::from_micros(1_795_000_000_123_456);
    let insert = "INSERT INTO v VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *";
    let row = client
        .query_one(insert, &[&-7_i32, &i64::MIN, &-3_i16, &0.25_f32, &-1e300_f64, &"é\"'", &true, &&b"\0\xff"[..], &when])
        .await
        .unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i64>(1), row.get::<_, i16>(2)), (-7, i64::MIN, -3));
    assert_eq!((row.get::<_, f32>(3), row.get::<_, f64>(4), row.get::<_, &str>(5)), (0.25, -1e300, "é\"'"));
    assert_eq!((row.get::<_, bool>(6), row.get::<_, &[u8]>(7)), (true, &b"\0\xff"[..]));
    assert_eq!(row.get::<_, std::time::SystemTime>(8), when);
    let found = client
        .query("SELECT id FROM v WHERE w = $1 AND x = $2 AND id = ANY($3)", &[&when, &&b"\0\xff"[..], &vec![-7_i32, 5]])
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    client
        .execute(
            insert,
            &[
                &8_i32,
                &None::<i64>,
                &None::<i16>,
                &None::<f32>,
                &None::<f64>,
                &None::<&str>,
                &None::<bool>,
                &None::<&[u8]>,
                &None::<std::time::SystemTime>,
            ],
        )
        .await
        .unwrap();
    let row = client.query_one("SELECT * FROM v WHERE id = $1", &[&8_i32]).await.unwrap();
    assert!((1..9).all(|at| row.try_get::<_, Option<i64>>(at).ok().flatten().is_none()));
    // Row by row through a portal.
    let mut reading = server.client().await;
    let transaction = reading.transaction().await.unwrap();
    let portal = transaction.bind("SELECT id FROM v ORDER BY id", &[]).await.unwrap();
    let first = transaction.query_portal(&portal, 1).await.unwrap();
    let rest = transaction.query_portal(&portal, 1).await.unwrap();
    assert_eq!((first[0].get::<_, i32>(0), rest[0].get::<_, i32>(0)), (-7, 8));
}

#[tokio::test]
async fn a_statement_prepared_before_a_change_of_the_table_says_so() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute(TABLES).await.unwrap();
    let all = client.prepare("SELECT * FROM follows").await.unwrap();
    let one = client.prepare("SELECT followee FROM follows WHERE follower = $1").await.unwrap();
    server.client().await.batch_execute("ALTER TABLE follows ADD COLUMN since TIMESTAMPTZ").await.unwrap();
    assert_eq!(code(client.query(&all, &[]).await), "0A000");
    assert_eq!(client.query(&one, &[&1_i64]).await.unwrap().len(), 0);
}

#[tokio::test]
async fn operations_are_counted_and_a_full_queue_refuses() {
    let server = Start { envelope: envelope(1, 3_600_000.0, 1), ..Start::default() }.server().await;
    server.node.set_calm(true);
    let client = server.client().await;
    client.batch_execute(TABLES).await.unwrap();
    server.node.measure();
    for sql in [
        "SELECT * FROM users WHERE id = 1",
        "SELECT body FROM tweets WHERE 2 = id AND likes > 0",
        "SELECT * FROM users WHERE name = 'ann'",
        "SELECT * FROM follows WHERE follower = 1 AND followee = 2",
        "SELECT * FROM follows WHERE follower = 1",
        "SELECT * FROM users WHERE id = 1 OR id = 2",
        "SELECT * FROM users WHERE id IN (1)",
        "SELECT * FROM users WHERE id = (SELECT 1)",
        "SELECT * FROM users ORDER BY id",
        "INSERT INTO follows VALUES (1, 2), (1, 3)",
        "UPDATE users SET age = 1 WHERE id = 1",
        "DELETE FROM follows",
        "SELECT 1",
        "BEGIN",
        "COMMIT",
        "SHOW server_version",
    ] {
        client.simple_query(sql).await.unwrap();
    }
    let admitted = server.node.sample(false).admitted;
    assert_eq!((admitted["point"], admitted["range"], admitted["write"]), (4, 5, 3));
    server.node.set_calm(false);
    let select = client.prepare("SELECT * FROM users WHERE id = $1").await.unwrap();
    // One is served for an hour, one waits for it, the third finds the queue full.
    for id in [1_i64, 2] {
        let client = server.client().await;
        tokio::spawn(async move { client.query("SELECT * FROM users WHERE id = $1", &[&id]).await });
    }
    while server.node.sample(false).queue < 1 {
        tokio::task::yield_now().await;
    }
    let third = client.query(&select, &[&3_i64]).await;
    let error = third.expect_err("a refusal");
    assert_eq!((error.code().unwrap().code(), error.as_db_error().unwrap().message()), ("53300", "queue is full"));
    assert_eq!(server.node.sample(false).refused, 1);
}
