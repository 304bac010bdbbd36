//! What a transaction keeps, undoes and lets others see.

use crate::queries::{TABLES, text};
use crate::server::{Server, code};

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
