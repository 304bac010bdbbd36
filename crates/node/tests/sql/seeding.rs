//! Many rows quickly: the bulk way gives the same rows as the ordinary one, on the primary and on its replica.

use std::fmt::Write;
use std::time::Instant;

use tokio_postgres::types::ToSql;

use crate::queries::text;
use crate::server::{Server, Start};

const TABLE: &str =
    "CREATE TABLE tweets (id BIGINT PRIMARY KEY, author BIGINT NOT NULL, body TEXT NOT NULL, likes INT, hot BOOLEAN, at TIMESTAMPTZ);
    CREATE INDEX by_author ON tweets (author, id)";
const ROWS: i64 = 60_000;
const ROWS_EACH: i64 = 1000;

fn literals(from: i64) -> String {
    let mut sql = String::from("INSERT INTO tweets (id, author, body, likes, hot, at) VALUES ");
    for id in from..from + ROWS_EACH {
        let comma = if id > from { "," } else { "" };
        let likes = if id % 3 == 0 { "NULL".to_owned() } else { (-id % 100).to_string() };
        write!(sql, "{comma} ({id}, {}, 'it''s tweet é {id}', {likes}, {}, '2026-11-21 10:00:00')", id % 997, id % 2 == 0).unwrap();
    }
    sql
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "the figures are for whoever runs the test with --nocapture")]
async fn bulk_rows_reach_primary_and_replica() {
    let primary = Server::primary().await;
    primary.node.set_calm(true);
    let replica = Start { role: "sql_replica", primary: Some(primary.peer()), ..Start::default() }.server().await;
    let client = primary.client().await;
    client.batch_execute(TABLE).await.unwrap();
    let started = Instant::now();
    for from in (0..ROWS / 2).step_by(ROWS_EACH as usize) {
        client.batch_execute(&literals(from)).await.unwrap();
    }
    let literal_s = started.elapsed().as_secs_f64();
    let mut sql = String::from("INSERT INTO tweets (id, author, body) VALUES ");
    for row in 0..ROWS_EACH {
        write!(sql, "{}(${}, ${}, ${})", if row > 0 { "," } else { "" }, row * 3 + 1, row * 3 + 2, row * 3 + 3).unwrap();
    }
    let insert = client.prepare(&sql).await.unwrap();
    let started = Instant::now();
    for from in (ROWS / 2..ROWS).step_by(ROWS_EACH as usize) {
        let values: Vec<(i64, i64, String)> = (from..from + ROWS_EACH).map(|id| (id, id % 997, format!("tweet {id}"))).collect();
        let params: Vec<&(dyn ToSql + Sync)> =
            values.iter().flat_map(|(id, author, body)| [id as &(dyn ToSql + Sync), author, body]).collect();
        assert_eq!(client.execute(&insert, &params).await.unwrap(), ROWS_EACH as u64);
    }
    let bound_s = started.elapsed().as_secs_f64();
    let target = primary.node.sample(false).gauges["position"];
    let started = Instant::now();
    while replica.node.sample(false).gauges["position"] < target {
        tokio::task::yield_now().await;
    }
    eprintln!(
        "literal {:.0} rows/s, bound {:.0} rows/s, replica {:.0} ms behind at the end",
        ROWS as f64 / 2.0 / literal_s,
        ROWS as f64 / 2.0 / bound_s,
        started.elapsed().as_secs_f64() * 1e3
    );
    let reader = replica.client().await;
    for sql in [
        "SELECT count(*), sum(id), sum(author), sum(likes), count(likes), sum(length(body)), min(body), max(at) FROM tweets",
        "SELECT * FROM tweets WHERE id IN (0, 1, 2, 29999, 30000, 59999) ORDER BY id",
    ] {
        assert_eq!(text(&client, sql).await.unwrap(), text(&reader, sql).await.unwrap());
    }
    let one = "SELECT * FROM tweets WHERE id = 4";
    assert_eq!(text(&client, one).await.unwrap(), ["4|4|it's tweet é 4|-4|t|2026-11-21 10:00:00+00"]);
}

#[tokio::test]
async fn a_bulk_statement_is_all_or_nothing_and_no_shortcut() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute(TABLE).await.unwrap();
    client.batch_execute(&literals(0)).await.unwrap();
    let (fresh, clash) = (literals(5000), literals(500));
    assert_eq!(crate::server::code(client.batch_execute(&clash).await), "23505");
    assert_eq!(client.execute(&format!("{clash} ON CONFLICT (id) DO NOTHING;"), &[]).await.unwrap(), 500);
    assert_eq!(text(&client, "SELECT count(*) FROM tweets").await.unwrap(), ["1500"]);
    for (bad, wanted) in [
        (fresh.replacen("(5000,", "(now(),", 1), "42804"),
        (fresh.replacen("(5000,", "('x',", 1), "22P02"),
        (fresh.replacen("10:00:00')", "10:00:00', 1)", 1), "42601"),
        (fresh.replacen("'it''s tweet é 5000'", "NULL", 1), "23502"),
        (fresh.replacen("likes, hot", "nonesuch, hot", 1), "42703"),
        (format!("{fresh} 'junk'"), "42601"),
        (format!("{fresh}, (1"), "42601"),
        (fresh.replacen("INTO tweets", "INTO nowhere", 1), "42P01"),
        (fresh.replacen("'2026-11-21 10:00:00'", "'soon'", 1), "22007"),
    ] {
        let got = crate::server::code(client.batch_execute(&bad).await);
        assert!(got == wanted || (got == "22P02" && wanted == "22007"), "{got} for {wanted}: {}", bad.chars().take(90).collect::<String>());
    }
    assert_eq!(text(&client, "SELECT count(*) FROM tweets").await.unwrap(), ["1500"]);
}
