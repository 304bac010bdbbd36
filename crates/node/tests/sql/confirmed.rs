//! Commits that wait for replicas, reads that wait for a commit, and a replica that takes over.

use std::collections::BTreeMap;

use loadline_model::sketch::SettingValue;
use tokio_postgres::Client;

use crate::queries::text;
use crate::server::{Server, Start, code};

async fn primary(settings: &[(&str, SettingValue)]) -> Server {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Start { settings, ..Start::default() }.server().await
}

async fn replica(primary: &Server, delay_ms: f64) -> Server {
    let settings = BTreeMap::from([("apply_delay_ms".to_owned(), SettingValue::Number(delay_ms))]);
    Start { role: "sql_replica", primary: Some(primary.peer()), settings, ..Start::default() }.server().await
}

async fn table(client: &Client, server: &Server) {
    server.node.set_calm(true);
    client.batch_execute("CREATE TABLE t (id INT PRIMARY KEY)").await.expect("a table");
    server.node.set_calm(false);
}

#[tokio::test]
async fn a_confirmed_commit_is_on_the_replicas_when_it_is_acknowledged() {
    for (settings, replicas) in [
        (vec![("synchronous", SettingValue::from("on"))], 2),
        (vec![("synchronous", SettingValue::from("quorum")), ("quorum", SettingValue::Number(2.0))], 2),
    ] {
        let primary = primary(&settings).await;
        let client = primary.client().await;
        table(&client, &primary).await;
        let mut copies = Vec::new();
        for _ in 0..replicas {
            copies.push(replica(&primary, 5.0).await);
        }
        for id in 0..20 {
            client.execute("INSERT INTO t VALUES ($1)", &[&id]).await.unwrap();
            for copy in &copies {
                assert_eq!(text(&copy.client().await, &format!("SELECT id FROM t WHERE id = {id}")).await.unwrap(), [id.to_string()]);
            }
        }
    }
}

#[tokio::test]
async fn a_quorum_leaves_the_slowest_behind_and_too_few_replicas_hold_a_commit_up() {
    let primary = primary(&[("synchronous", SettingValue::from("quorum"))]).await;
    let client = primary.client().await;
    table(&client, &primary).await;
    // Nobody confirms: the commit is there, and is not acknowledged.
    let waiting = {
        let client = primary.client().await;
        tokio::spawn(async move { client.execute("INSERT INTO t VALUES (1)", &[]).await })
    };
    while text(&client, "SELECT id FROM t").await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    let quick = replica(&primary, 0.0).await;
    assert_eq!(waiting.await.unwrap().unwrap(), 1, "the first replica to have it confirms it");
    // The other would confirm in ten minutes only.
    let settings = BTreeMap::from([("apply_delay_ms".to_owned(), SettingValue::Number(600_000.0))]);
    let slow = tokio::spawn(Start { role: "sql_replica", primary: Some(primary.peer()), settings, ..Start::default() }.server());
    while primary.node.sample(false).gauges["replicas"] < 2.0 {
        tokio::task::yield_now().await;
    }
    client.execute("INSERT INTO t VALUES (2)", &[]).await.unwrap();
    assert_eq!(text(&quick.client().await, "SELECT count(*) FROM t").await.unwrap(), ["2"]);
    slow.abort();
}

#[tokio::test]
async fn a_read_waits_on_a_replica_for_the_position_of_a_write() {
    let primary = primary(&[]).await;
    let client = primary.client().await;
    table(&client, &primary).await;
    let copy = replica(&primary, 100.0).await;
    let reader = copy.client().await;
    for id in 0..5 {
        client.execute("INSERT INTO t VALUES ($1)", &[&id]).await.unwrap();
        let position = text(&client, "SELECT pg_current_wal_lsn()").await.unwrap().remove(0);
        reader.batch_execute(&format!("WAIT FOR LSN '{position}'")).await.unwrap();
        assert_eq!(text(&reader, &format!("SELECT id FROM t WHERE id = {id}")).await.unwrap(), [id.to_string()]);
        // By polling, as it is done with PostgreSQL 15.
        let there = format!("SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn");
        assert_eq!(text(&reader, &there).await.unwrap(), ["t"]);
    }
    assert_eq!(code(reader.batch_execute("WAIT FOR LSN 'FF/0' TIMEOUT 20").await), "57014");
    assert_eq!(code(reader.batch_execute("SELECT pg_current_wal_lsn()").await), "55000");
}

#[tokio::test]
async fn a_promoted_replica_takes_writes_and_a_sibling_follows_it() {
    let primary = primary(&[]).await;
    let client = primary.client().await;
    table(&client, &primary).await;
    client.batch_execute("INSERT INTO t VALUES (1), (2)").await.unwrap();
    assert_eq!(code(client.simple_query("SELECT pg_promote()").await), "55000");
    let (copy, sibling) = (replica(&primary, 0.0).await, replica(&primary, 0.0).await);
    let folder = sibling.folder.clone();
    drop(sibling);
    let reader = copy.client().await;
    assert_eq!(code(reader.batch_execute("INSERT INTO t VALUES (3)").await), "25006");
    drop(primary);
    assert_eq!(text(&reader, "SELECT pg_promote()").await.unwrap(), ["t"]);
    assert_eq!(text(&reader, "SELECT pg_is_in_recovery()").await.unwrap(), ["f"]);
    reader.batch_execute("INSERT INTO t VALUES (3)").await.unwrap();
    // What it had of the old primary and a new one from the start both go on.
    for folder in [folder, std::sync::Arc::new(tempfile::tempdir().unwrap())] {
        let follower = Start { role: "sql_replica", primary: Some(copy.peer()), folder, ..Start::default() }.server().await;
        assert_eq!(text(&follower.client().await, "SELECT count(*) FROM t").await.unwrap(), ["3"]);
    }
    // A promoted node stays one.
    let folder = copy.folder.clone();
    drop((reader, copy));
    let again = Start { folder, ..Start::default() }.server().await;
    assert_eq!(text(&again.client().await, "SELECT count(*) FROM t").await.unwrap(), ["3"]);
}

#[tokio::test]
async fn flushed_commits_are_acknowledged_together() {
    let server = primary(&[("fsync", SettingValue::from(true))]).await;
    let client = server.client().await;
    table(&client, &server).await;
    let writers = (0..8).map(|writer| {
        let url = server.url();
        tokio::spawn(async move {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            for id in 0..10 {
                client.execute("INSERT INTO t VALUES ($1)", &[&(writer * 100 + id)]).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(text(&client, "SELECT count(*) FROM t").await.unwrap(), ["80"]);
}

#[tokio::test]
async fn one_connection_too_many_is_refused() {
    let server = primary(&[("max_connections", SettingValue::Number(2.0))]).await;
    let first = server.client().await;
    let second = server.client().await;
    assert_eq!(code(tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.map(|_| ())), "53300");
    assert_eq!(text(&first, "SELECT 1").await.unwrap(), ["1"]);
    drop(second);
    // Its place is free once the server has seen that it is gone.
    while tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.is_err() {
        tokio::task::yield_now().await;
    }
}
