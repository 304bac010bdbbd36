//! Advisory locks of sessions: one holder, who waits is woken, cancelled or timed out, and a session that ends gives back what it had.

use tokio_postgres::NoTls;

use crate::queries::text;
use crate::server::{Server, code};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_has_one_holder_and_ends_with_its_session() {
    let server = Server::primary().await;
    let (a, b, c) = (server.client().await, server.client().await, server.client().await);
    assert_eq!(a.query("SELECT pg_advisory_lock($1)", &[&5_i64]).await.unwrap().len(), 1);
    assert!(!b.query_one("SELECT pg_try_advisory_lock($1)", &[&5_i64]).await.unwrap().get::<_, bool>(0));
    assert_eq!(text(&b, "SELECT pg_advisory_unlock(5)").await.unwrap(), ["f"]);
    // Locked twice, it is given back twice.
    assert_eq!(text(&a, "SELECT pg_try_advisory_lock(5)").await.unwrap(), ["t"]);
    assert_eq!(text(&a, "SELECT pg_advisory_unlock(5)").await.unwrap(), ["t"]);
    assert_eq!(text(&b, "SELECT pg_try_advisory_lock(5)").await.unwrap(), ["f"]);

    b.batch_execute("SET statement_timeout = '30ms'").await.unwrap();
    let timed_out = b.simple_query("SELECT pg_advisory_lock(5)").await.expect_err("a refusal");
    assert_eq!(timed_out.as_db_error().unwrap().message(), "canceling statement due to statement timeout");
    b.batch_execute("RESET statement_timeout").await.unwrap();

    let cancel = b.cancel_token();
    let waiting = tokio::spawn(async move { (b.simple_query("SELECT pg_advisory_lock(5)").await.map(|_| ()), b) });
    while !waiting.is_finished() {
        cancel.cancel_query(NoTls).await.unwrap();
        tokio::task::yield_now().await;
    }
    let (ended, _b) = waiting.await.unwrap();
    assert_eq!(code(ended), "57014");

    // Others go on while one waits; who waits gets the lock as its holder goes. A late cancel request may still be on its way to the session
    // before, so this is another one.
    let b = server.client().await;
    let waiting = tokio::spawn(async move { (b.simple_query("SELECT pg_advisory_lock(5)").await.map(|_| ()), b) });
    assert_eq!(text(&c, "SELECT 1").await.unwrap(), ["1"]);
    drop(a);
    let (ended, b) = waiting.await.unwrap();
    ended.expect("the lock");
    assert_eq!(text(&c, "SELECT pg_try_advisory_lock(5)").await.unwrap(), ["f"]);
    b.simple_query("SELECT pg_advisory_unlock_all()").await.unwrap();
    assert_eq!(text(&c, "SELECT pg_try_advisory_lock(5)").await.unwrap(), ["t"]);
}
