//! A replica has what its primary has, later, and takes no writes.

use std::collections::BTreeMap;

use loadline_model::sketch::SettingValue;

use crate::queries::{TABLES, text};
use crate::server::{Server, Start, code};

async fn replica_of(primary: &Server) -> Server {
    Start { role: "sql_replica", primary: Some(primary.peer()), ..Start::default() }.server().await
}

/// Waits until the replica has applied all that the primary has committed.
async fn until_same(primary: &Server, replica: &Server) {
    let target = primary.node.sample(false).gauges["position"];
    while replica.node.sample(false).gauges["position"] < target {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_replica_repeats_its_primary_exactly() {
    let primary = Server::primary().await;
    let client = primary.client().await;
    client.batch_execute(TABLES).await.unwrap();
    // Ready means that what was there before has come.
    let replica = replica_of(&primary).await;
    let reader = replica.client().await;
    assert_eq!(text(&reader, "SELECT count(*) FROM tweets").await.unwrap(), ["3"]);
    client
        .batch_execute(
            "CREATE TABLE odd (id BIGSERIAL PRIMARY KEY, at TIMESTAMPTZ DEFAULT now(), r DOUBLE PRECISION, t TIMESTAMPTZ);
             INSERT INTO odd (r, t) VALUES (random(), now()), (random(), now());
             INSERT INTO odd (r) SELECT random() FROM odd;
             UPDATE odd SET r = r + random() WHERE id = 1;
             DELETE FROM odd WHERE id = 4",
        )
        .await
        .unwrap();
    client
        .batch_execute(
            "BEGIN; INSERT INTO odd (r) VALUES (1); ROLLBACK;
             BEGIN; INSERT INTO odd (r) VALUES (2); SAVEPOINT s; INSERT INTO odd (r) VALUES (3); ROLLBACK TO s; COMMIT;",
        )
        .await
        .unwrap();
    let insert = "INSERT INTO odd (r) VALUES ($1) RETURNING id";
    let id: i64 = client.query_one(insert, &[&0.1_f64]).await.unwrap().get(0);
    assert_eq!(code(client.execute("INSERT INTO odd (id, r) VALUES ($1, 0)", &[&id]).await), "23505");
    until_same(&primary, &replica).await;
    for sql in ["SELECT * FROM odd ORDER BY id", "SELECT * FROM users ORDER BY id", "SELECT * FROM tweets ORDER BY id"] {
        assert_eq!(text(&client, sql).await.unwrap(), text(&reader, sql).await.unwrap(), "{sql}");
    }
    assert_eq!(text(&client, "SELECT count(*), count(t) FROM odd").await.unwrap(), ["5|2"]);
    assert_eq!(
        text(&client, "SELECT pg_current_wal_lsn()").await.unwrap(),
        text(&reader, "SELECT pg_last_wal_replay_lsn()").await.unwrap()
    );
    assert_eq!(primary.node.sample(false).gauges["replicas"], 1.0);
    let sample = replica.node.sample(true);
    assert_eq!(sample.gauges["replication_lag_ms"], 0.0);
    assert!(sample.histograms["replication_lag_us"].count() > 0);
}

#[tokio::test]
async fn a_replica_refuses_writes() {
    let primary = Server::primary().await;
    primary.client().await.batch_execute(TABLES).await.unwrap();
    let replica = replica_of(&primary).await;
    let reader = replica.client().await;
    for (sql, what) in [
        ("INSERT INTO users (id, name) VALUES (9, 'x')", "INSERT"),
        ("UPDATE users SET age = 1", "UPDATE"),
        ("DELETE FROM users", "DELETE"),
        ("CREATE TABLE x (a INT)", "CREATE TABLE"),
    ] {
        let error = reader.simple_query(sql).await.expect_err("a refusal");
        let db = error.as_db_error().expect("of the server");
        assert_eq!(db.code().code(), "25006");
        assert_eq!(db.message(), format!("cannot execute {what} in a read-only transaction"));
    }
    reader.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM users; COMMIT").await.unwrap();
    assert_eq!(text(&reader, "SELECT pg_is_in_recovery()").await.unwrap(), ["t"]);
}

#[tokio::test]
async fn the_delay_is_a_floor_of_the_lag() {
    let primary = Server::primary().await;
    let client = primary.client().await;
    client.batch_execute("CREATE TABLE t (id INT PRIMARY KEY)").await.unwrap();
    let settings = BTreeMap::from([("apply_delay_ms".to_owned(), SettingValue::Number(150.0))]);
    let replica = Start { role: "sql_replica", primary: Some(primary.peer()), settings, ..Start::default() }.server().await;
    let reader = replica.client().await;
    replica.node.measure();
    client.batch_execute("INSERT INTO t VALUES (1)").await.unwrap();
    while text(&reader, "SELECT id FROM t").await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    while !replica.node.sample(true).histograms.contains_key("replication_lag_us") {
        tokio::task::yield_now().await;
    }
    let lag = replica.node.sample(true).histograms["replication_lag_us"].quantile(0.0).unwrap();
    assert!(lag >= 149_000.0, "{lag}");
}

#[tokio::test]
async fn a_replica_that_starts_again_goes_on_where_it_was() {
    let primary = Server::primary().await;
    let client = primary.client().await;
    client.batch_execute(TABLES).await.unwrap();
    let replica = replica_of(&primary).await;
    let folder = replica.folder.clone();
    drop(replica);
    client.batch_execute("INSERT INTO tweets (author, body) VALUES (1, 'meanwhile')").await.unwrap();
    let replica = Start { role: "sql_replica", primary: Some(primary.peer()), folder: folder.clone(), ..Start::default() }.server().await;
    let reader = replica.client().await;
    assert_eq!(text(&reader, "SELECT count(*) FROM tweets").await.unwrap(), ["4"]);
    drop((reader, replica));
    // Another primary's log is not this one's continued.
    let stranger = Server::primary().await;
    stranger.client().await.batch_execute(TABLES).await.unwrap();
    let client = stranger.client().await;
    let timeline = "START_REPLICATION FROM 0 TIMELINE 12345";
    assert_eq!(code(client.copy_out(timeline).await.map(|_| ())), "58P01");
}
