//! What the server says of itself: who is connected and what they do, and how far each replica is.

use std::collections::BTreeMap;

use loadline_model::sketch::SettingValue;
use tokio_postgres::{Client, NoTls};

use crate::queries::{TABLES, text};
use crate::server::{Server, Start, code, envelope};

async fn pid(client: &Client) -> i32 {
    client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0)
}

/// `columns` of the session `pid`, as `asker` sees it.
async fn seen(asker: &Client, pid: i32, columns: &str) -> String {
    text(asker, &format!("SELECT {columns} FROM pg_stat_activity WHERE pid = {pid}")).await.unwrap().join("/")
}

/// Waits until `asker` sees `wanted`.
async fn until(asker: &Client, pid: i32, columns: &str, wanted: &str) {
    while seen(asker, pid, columns).await != wanted {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn each_session_is_seen_with_what_it_does() {
    let server = Server::primary().await;
    let (asker, other) = (server.client().await, server.client().await);
    asker.batch_execute(TABLES).await.unwrap();
    let (own, pid) = (pid(&asker).await, pid(&other).await);
    let statement = format!("SELECT state, query FROM pg_stat_activity WHERE pid = {own}");
    assert_eq!(text(&asker, &statement).await.unwrap(), [format!("active|{statement}")], "one's own statement runs");
    let columns = "datname, usename, client_addr, backend_type, state, wait_event_type, wait_event, xact_start IS NULL";
    assert_eq!(seen(&asker, pid, columns).await, "loadline|loadline|127.0.0.1|client backend|idle|Client|ClientRead|t");
    other.batch_execute("BEGIN; SELECT 7").await.unwrap();
    assert_eq!(seen(&asker, pid, "state, query, xact_start <= query_start").await, "idle in transaction|BEGIN; SELECT 7|t");
    assert_eq!(code(other.batch_execute("SELECT 1 / 0").await), "22012");
    assert_eq!(seen(&asker, pid, "state").await, "idle in transaction (aborted)");
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(seen(&asker, pid, "state, xact_start IS NULL").await, "idle|t");
    // A long text is cut, and not within a letter.
    other.batch_execute(&format!("SELECT '{}'", "é".repeat(2000))).await.unwrap();
    assert_eq!(seen(&asker, pid, "octet_length(query)").await, "1024");
    drop(other);
    until(&asker, pid, "pid", "").await;
}

#[tokio::test]
async fn a_session_that_waits_says_for_what() {
    let server = Server::primary().await;
    let (asker, first, second) = (server.client().await, server.client().await, server.client().await);
    asker.batch_execute(TABLES).await.unwrap();
    let pid = pid(&second).await;
    first.batch_execute("BEGIN; UPDATE users SET name = 'x' WHERE id = 1").await.unwrap();
    let waiting = tokio::spawn(async move {
        second.batch_execute("UPDATE users SET name = 'y' WHERE id = 1").await.unwrap();
        second
    });
    until(&asker, pid, "state, wait_event_type, wait_event", "active|Lock|transactionid").await;
    first.batch_execute("COMMIT").await.unwrap();
    let second = waiting.await.unwrap();
    assert_eq!(seen(&asker, pid, "state, wait_event_type").await, "idle|Client");
    first.batch_execute("SELECT pg_advisory_lock(5)").await.unwrap();
    let waiting = tokio::spawn(async move { second.batch_execute("SELECT pg_advisory_lock(5)").await });
    until(&asker, pid, "wait_event_type, wait_event", "Lock|advisory").await;
    first.batch_execute("SELECT pg_advisory_unlock(5)").await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_statement_runs_until_the_envelope_lets_its_answer_go() {
    let server = Start { envelope: envelope(8, 100.0, 100), ..Start::default() }.server().await;
    server.node.set_calm(true);
    let (asker, other) = (server.client().await, server.client().await);
    asker.batch_execute(TABLES).await.unwrap();
    let pid = pid(&other).await;
    server.node.set_calm(false);
    // One after the other: whenever somebody looks, one of them is under way.
    let slow = tokio::spawn(async move { while other.batch_execute("SELECT count(*) FROM users").await.is_ok() {} });
    until(&asker, pid, "state, query", "active|SELECT count(*) FROM users").await;
    slow.abort();
}

#[tokio::test]
async fn a_session_has_the_name_that_it_gives_itself() {
    let server = Server::primary().await;
    let asker = server.client().await;
    let mut config: tokio_postgres::Config = server.url().parse().unwrap();
    let (other, connection) = config.application_name("billing").connect(NoTls).await.unwrap();
    let serving = tokio::spawn(connection);
    let pid = pid(&other).await;
    let named = "application_name";
    assert_eq!(seen(&asker, pid, named).await, "billing");
    assert_eq!(text(&other, "SHOW application_name").await.unwrap(), ["billing"]);
    other.batch_execute("SET application_name = 'reports'").await.unwrap();
    assert_eq!(seen(&asker, pid, named).await, "reports");
    other.batch_execute("RESET application_name").await.unwrap();
    assert_eq!(seen(&asker, pid, named).await, "billing");
    drop(other);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_primary_says_how_far_each_replica_is() {
    for (synchronous, state) in [("off", "async"), ("on", "sync"), ("quorum", "quorum")] {
        let settings = BTreeMap::from([
            ("synchronous".to_owned(), SettingValue::from(synchronous)),
            // Replicas take no places from clients.
            ("max_connections".to_owned(), SettingValue::Number(1.0)),
        ]);
        let primary = Start { settings, ..Start::default() }.server().await;
        let client = primary.client().await;
        primary.node.set_calm(true);
        client.batch_execute("CREATE TABLE t (id INT PRIMARY KEY)").await.unwrap();
        primary.node.set_calm(false);
        assert_eq!(text(&client, "SELECT pid FROM pg_stat_replication").await.unwrap(), Vec::<String>::new());
        let delay = BTreeMap::from([("apply_delay_ms".to_owned(), SettingValue::Number(30.0))]);
        let replica = Start { role: "sql_replica", primary: Some(primary.peer()), settings: delay, ..Start::default() }.server().await;
        client.batch_execute("INSERT INTO t VALUES (1)").await.unwrap();
        let asked = "SELECT application_name, client_addr, state, sync_state, sent_lsn = pg_current_wal_lsn(), replay_lsn = sent_lsn
                     FROM pg_stat_replication";
        while text(&client, asked).await.unwrap() != [format!("sql_replica-1|127.0.0.1|streaming|{state}|t|t")] {
            tokio::task::yield_now().await;
        }
        let lag = text(&client, "SELECT replay_lag FROM pg_stat_replication").await.unwrap().join("");
        let seconds: f64 = lag.strip_prefix("00:00:").unwrap_or_else(|| panic!("a lag below a minute: {lag:?}")).parse().unwrap();
        assert!(seconds >= 0.029, "no sooner than its delay: {lag}");
        let senders = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender' AND application_name = 'sql_replica-1'";
        assert_eq!(text(&client, senders).await.unwrap(), ["2"], "one copies, one says how far it is");
        assert_eq!(text(&client, "SELECT pg_wal_lsn_diff(sent_lsn, replay_lsn) FROM pg_stat_replication").await.unwrap(), ["0"]);
        drop(replica);
        while !text(&client, "SELECT pid FROM pg_stat_replication").await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    }
}
