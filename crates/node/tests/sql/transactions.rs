//! What a transaction keeps, undoes and lets others see.

use std::time::Duration;

use tokio_postgres::NoTls;

use crate::queries::{TABLES, text};
use crate::server::{Server, Start, TOKEN, code};

#[tokio::test]
async fn what_a_transaction_leaves() {
    let server = Server::primary().await;
    let (client, other) = (server.client().await, server.client().await);
    client.batch_execute(TABLES).await.unwrap();
    // Statements, each with the SQLSTATE it must end with ("" for none); the likes of tweet 1 that another client then sees.
    for (statements, likes) in [
        (&[("BEGIN", ""), ("UPDATE tweets SET likes = 1 WHERE id = 1", ""), ("COMMIT", "")][..], "1"),
        (&[("BEGIN", ""), ("UPDATE tweets SET likes = 9 WHERE id = 1", ""), ("ROLLBACK", "")], "1"),
        (
            &[
                ("BEGIN", ""),
                ("UPDATE tweets SET likes = 9 WHERE id = 1", ""),
                ("SELECT 1/", "42601"),
                ("SELECT 1", "25P02"),
                ("COMMIT", ""),
            ],
            "1",
        ),
        (
            &[
                ("BEGIN", ""),
                ("SELECT likes FROM tweets WHERE id = 1", ""),
                ("UPDATE tweets SET likes = likes + 1 WHERE id = 1", ""),
                ("SAVEPOINT s", ""),
                ("UPDATE tweets SET likes = 50 WHERE id = 1", ""),
                ("INSERT INTO users (id, name) VALUES (1, 'dup')", "23505"),
                ("SELECT 1", "25P02"),
                ("ROLLBACK TO SAVEPOINT s", ""),
                ("RELEASE SAVEPOINT s", ""),
                ("COMMIT", ""),
            ],
            "2",
        ),
        (&[("BEGIN READ ONLY", ""), ("SELECT 1", ""), ("DELETE FROM tweets", "25006"), ("ROLLBACK", "")], "2"),
        (&[("UPDATE tweets SET likes = 7 WHERE id = 1; SELECT nonesuch FROM tweets", "42703")], "2"),
        (&[("UPDATE tweets SET likes = 8 WHERE id = 1; SELECT 1; UPDATE tweets SET likes = likes + 1 WHERE id = 1", "")], "9"),
        (&[("BEGIN; UPDATE tweets SET likes = 3 WHERE id = 1", ""), ("COMMIT", "")], "3"),
        (
            &[
                ("BEGIN", ""),
                ("CREATE TABLE gone (a INT)", ""),
                ("INSERT INTO gone VALUES (1)", ""),
                ("ROLLBACK", ""),
                ("SELECT * FROM gone", "42P01"),
            ],
            "3",
        ),
        (&[("ROLLBACK TO s", "25P01"), ("SAVEPOINT s", "25P01"), ("COMMIT", "")], "3"),
    ] {
        for (sql, wanted) in statements {
            match client.simple_query(sql).await {
                Ok(_) => assert_eq!(*wanted, "", "{sql} in {statements:?}"),
                Err(error) => assert_eq!(error.code().map_or("none", |c| c.code()), *wanted, "{sql} in {statements:?}: {error:?}"),
            }
        }
        assert_eq!(text(&other, "SELECT likes FROM tweets WHERE id = 1").await.unwrap(), [likes], "{statements:?}");
    }
}

#[tokio::test]
async fn others_see_nothing_before_the_commit_and_writers_wait() {
    let server = Server::primary().await;
    let (mut first, second) = (server.client().await, server.client().await);
    first.batch_execute(TABLES).await.unwrap();
    let transaction = first.transaction().await.unwrap();
    // A read first: the write that follows must not fail for it.
    transaction.query("SELECT * FROM users", &[]).await.unwrap();
    transaction.execute("UPDATE users SET age = 99 WHERE id = 1", &[]).await.unwrap();
    let seen = second.query_one("SELECT age FROM users WHERE id = 1", &[]).await.unwrap();
    assert_eq!(seen.get::<_, i32>(0), 30);
    let own = transaction.query_one("SELECT age FROM users WHERE id = 1", &[]).await.unwrap();
    assert_eq!(own.get::<_, i32>(0), 99);
    let waiting = tokio::spawn(async move { second.execute("UPDATE users SET age = age + 1 WHERE id = 1", &[]).await });
    transaction.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), 1);
    assert_eq!(text(&first, "SELECT age FROM users WHERE id = 1").await.unwrap(), ["100"]);
}

#[tokio::test]
async fn a_client_that_goes_away_undoes_its_transaction() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute(TABLES).await.unwrap();
    let leaver = server.client().await;
    leaver.batch_execute("BEGIN; DELETE FROM tweets").await.unwrap();
    drop(leaver);
    // Waits for the lock that the leaver held.
    assert_eq!(client.execute("UPDATE tweets SET likes = 5", &[]).await.unwrap(), 3);
}

#[tokio::test]
async fn a_pipeline_runs_in_order() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute("CREATE TABLE c (id INT PRIMARY KEY, n BIGINT NOT NULL); INSERT INTO c VALUES (1, 0)").await.unwrap();
    let add = client.prepare("UPDATE c SET n = n * 2 + $1 WHERE id = 1 RETURNING n").await.unwrap();
    let (a, b, c) = tokio::join!(client.query_one(&add, &[&1_i64]), client.query_one(&add, &[&2_i64]), client.query_one(&add, &[&3_i64]));
    assert_eq!([a, b, c].map(|row| row.unwrap().get::<_, i64>(0)), [1, 4, 11]);
    let bad = client.prepare("INSERT INTO c VALUES (1, $1)").await.unwrap();
    let (bad, good) = tokio::join!(client.execute(&bad, &[&1_i64]), client.query_one(&add, &[&0_i64]));
    assert_eq!((code(bad).as_str(), good.unwrap().get::<_, i64>(0)), ("23505", 22));
}

#[tokio::test]
async fn a_cancel_request_stops_a_long_statement() {
    let server = Server::primary().await;
    let client = server.client().await;
    let cancel = client.cancel_token();
    let endless = client.query("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n", &[]);
    let cancelling = async {
        loop {
            cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let result = tokio::select! { result = endless => result, () = cancelling => unreachable!() };
    assert_eq!(code(result), "57014");
}

#[tokio::test]
async fn a_server_that_starts_again_has_what_was_committed() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute(TABLES).await.unwrap();
    let position = text(&client, "SELECT pg_current_wal_lsn()").await.unwrap();
    let folder = server.folder.clone();
    drop((client, server));
    let server = crate::server::Start { folder, ..Default::default() }.server().await;
    let client = server.client().await;
    assert_eq!(text(&client, "SELECT pg_current_wal_lsn()").await.unwrap(), position);
    assert_eq!(text(&client, "SELECT count(*) FROM tweets").await.unwrap(), ["3"]);
}

#[tokio::test]
async fn a_wait_for_another_writer_can_be_cancelled_and_has_its_timeouts() {
    let server = Server::primary().await;
    let (holder, waiter) = (server.client().await, server.client().await);
    holder.batch_execute(TABLES).await.unwrap();
    holder.batch_execute("BEGIN; UPDATE tweets SET likes = 1 WHERE id = 1").await.unwrap();
    let update = "UPDATE tweets SET likes = likes + 1 WHERE id = 1";
    for (setting, wanted) in [
        ("lock_timeout", ("55P03", "canceling statement due to lock timeout")),
        ("statement_timeout", ("57014", "canceling statement due to statement timeout")),
    ] {
        waiter.batch_execute(&format!("SET {setting} = '20ms'")).await.unwrap();
        for sql in [update, "BEGIN; SELECT * FROM tweets FOR UPDATE"] {
            let error = waiter.batch_execute(sql).await.unwrap_err();
            let error = error.as_db_error().unwrap();
            assert_eq!((error.code().code(), error.message()), wanted, "{sql}");
            waiter.batch_execute("ROLLBACK").await.unwrap();
        }
        waiter.batch_execute(&format!("RESET {setting}")).await.unwrap();
    }
    let cancel = waiter.cancel_token();
    let waiting = tokio::spawn(async move { (waiter.batch_execute(update).await, waiter) });
    // A request that comes before the wait is for nothing.
    while !waiting.is_finished() {
        cancel.cancel_query(NoTls).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (ended, waiter) = waiting.await.unwrap();
    assert_eq!(code(ended), "57014");
    holder.batch_execute("COMMIT").await.unwrap();
    // A late request may still be on its way to the session.
    while waiter.batch_execute(update).await.is_err() {}
    assert_eq!(text(&holder, "SELECT likes FROM tweets WHERE id = 1").await.unwrap(), ["2"]);
}

#[tokio::test]
async fn a_pipeline_is_one_transaction_up_to_its_sync() {
    let server = Server::primary().await;
    let client = server.client().await;
    client.batch_execute("CREATE TABLE n (id INT PRIMARY KEY)").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = async |script: &str| {
        let file = folder.path().join("script.sql");
        std::fs::write(&file, script).unwrap();
        let port = server.port.to_string();
        let output = tokio::process::Command::new("pgbench")
            .args(["-h", "127.0.0.1", "-p", &port, "-U", "loadline", "-n", "-M", "extended", "-t", "1", "-f"])
            .arg(&file)
            .arg("loadline")
            .env("PGPASSWORD", TOKEN)
            .output()
            .await
            .expect("pgbench is missing: install postgresql-contrib");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let count = "SELECT count(*) FROM n";
    let said = run("\\startpipeline\nINSERT INTO n VALUES (1);\nINSERT INTO n VALUES (1);\n\\endpipeline\n").await;
    assert!(said.contains("duplicate key value"), "{said}");
    assert_eq!(text(&client, count).await.unwrap(), ["0"], "the first went with the second");
    let said = run("\\startpipeline\nINSERT INTO n VALUES (1);\nSELECT * FROM n;\nINSERT INTO n VALUES (2);\n\\endpipeline\n").await;
    assert!(said.contains("processed: 1/1"), "{said}");
    assert_eq!(text(&client, count).await.unwrap(), ["2"]);
    let said = run("\\startpipeline\nBEGIN;\nINSERT INTO n VALUES (3);\nROLLBACK;\nINSERT INTO n VALUES (4);\n\\endpipeline\n").await;
    assert!(said.contains("processed: 1/1"), "{said}");
    assert_eq!(text(&client, "SELECT id FROM n ORDER BY id").await.unwrap(), ["1", "2", "4"]);
}

#[tokio::test]
async fn a_session_says_whether_it_may_write() {
    let primary = Server::primary().await;
    let copy = Start { role: "sql_replica", primary: Some(primary.peer()), ..Start::default() }.server().await;
    let (client, reader) = (primary.client().await, copy.client().await);
    let show = "SHOW transaction_read_only";
    assert_eq!((text(&client, show).await.unwrap(), text(&reader, show).await.unwrap()), (vec!["off".to_owned()], vec!["on".to_owned()]));
    assert_eq!(text(&reader, "SHOW in_hot_standby").await.unwrap(), ["on"]);
    client.batch_execute("BEGIN READ ONLY").await.unwrap();
    assert_eq!(text(&client, show).await.unwrap(), ["on"]);
    client.batch_execute("ROLLBACK; SET default_transaction_read_only = on").await.unwrap();
    assert_eq!(text(&client, show).await.unwrap(), ["on"]);
    assert_eq!(code(client.batch_execute("CREATE TABLE a (id INT); CREATE TABLE b (id INT)").await), "25006");
    // What a client looks for when it wants the primary among several.
    for (server, takes) in [(&primary, true), (&copy, false)] {
        let mut config: tokio_postgres::Config = server.url().parse().unwrap();
        config.target_session_attrs(tokio_postgres::config::TargetSessionAttrs::ReadWrite);
        assert_eq!(config.connect(NoTls).await.is_ok(), takes);
    }
}
