//! sqlx on the engine: its pool, its migrations, typed rows, transactions and errors, as a Rust service at work would use them.

use sqlx_core::Error;
use sqlx_core::migrate::Migrator;
use sqlx_core::query::query;
use sqlx_core::query_as::query_as;
use sqlx_core::query_scalar::query_scalar;
use sqlx_postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode, Postgres};

use crate::server::{Server, TOKEN};

async fn pool(server: &Server) -> PgPool {
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(server.port)
        .username("loadline")
        .password(TOKEN)
        .database("loadline")
        .ssl_mode(PgSslMode::Prefer);
    PgPoolOptions::new().max_connections(4).connect_with(options).await.expect("sqlx connects")
}

/// Two files of migrations, brought in twice: the second time there is nothing left to do.
async fn migrated(pool: &PgPool) {
    let folder = tempfile::tempdir().expect("a folder");
    let first = "CREATE TABLE accounts (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, balance BIGINT NOT NULL, note TEXT);";
    let second =
        "CREATE INDEX accounts_by_balance ON accounts (balance); ALTER TABLE accounts ADD COLUMN closed BOOLEAN NOT NULL DEFAULT false;";
    std::fs::write(folder.path().join("1_accounts.sql"), first).expect("written");
    std::fs::write(folder.path().join("2_closed.sql"), second).expect("written");
    let migrator = Migrator::new(folder.path()).await.expect("two migrations");
    for _ in 0..2 {
        migrator.run(pool).await.expect("migrated");
    }
    let versions: Vec<i64> =
        query_scalar::<Postgres, _>("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version").fetch_all(pool).await.unwrap();
    assert_eq!(versions, [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_written_with_sqlx_works() {
    let server = Server::primary().await;
    let pool = pool(&server).await;
    migrated(&pool).await;

    let insert = "INSERT INTO accounts (id, name, balance, note) VALUES ($1, $2, $3, $4) RETURNING id, closed";
    for (id, name, note) in [(1_i64, "Ada", Some("it's ünïcode")), (2, "Grace", None)] {
        let row: (i64, bool) = query_as::<Postgres, _>(insert).bind(id).bind(name).bind(100_i64).bind(note).fetch_one(&pool).await.unwrap();
        assert_eq!(row, (id, false));
    }
    let rows: Vec<(i64, String, Option<String>)> =
        query_as::<Postgres, _>("SELECT id, name, note FROM accounts ORDER BY id").fetch_all(&pool).await.unwrap();
    assert_eq!(rows, [(1, "Ada".to_owned(), Some("it's ünïcode".to_owned())), (2, "Grace".to_owned(), None)]);
    let absent: Option<(i64,)> =
        query_as::<Postgres, _>("SELECT id FROM accounts WHERE name = $1").bind("Nobody").fetch_optional(&pool).await.unwrap();
    assert_eq!(absent, None);

    let refused = query::<Postgres>(insert).bind(3_i64).bind("Ada").bind(1_i64).bind(None::<String>).execute(&pool).await;
    let Err(Error::Database(refused)) = refused else { panic!("{refused:?}") };
    assert!(refused.is_unique_violation() && refused.code().as_deref() == Some("23505"), "{refused:?}");

    let total = async || query_scalar::<Postgres, i64>("SELECT sum(balance)::bigint FROM accounts").fetch_one(&pool).await.unwrap();
    for (commit, balances) in [(false, [100, 100]), (true, [70, 130])] {
        let mut transfer = pool.begin().await.unwrap();
        for (id, by) in [(1_i64, -30_i64), (2, 30)] {
            let sql = "UPDATE accounts SET balance = balance + $2 WHERE id = $1";
            assert_eq!(query::<Postgres>(sql).bind(id).bind(by).execute(&mut *transfer).await.unwrap().rows_affected(), 1);
        }
        if commit {
            transfer.commit().await.unwrap()
        } else {
            transfer.rollback().await.unwrap()
        }
        let found: Vec<i64> = query_scalar::<Postgres, _>("SELECT balance FROM accounts ORDER BY id").fetch_all(&pool).await.unwrap();
        assert_eq!((found, total().await), (balances.to_vec(), 200));
    }

    // Many at once share the pool's four connections and their prepared statements.
    let updates = (0..200).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move {
            query::<Postgres>("UPDATE accounts SET balance = balance + 1 WHERE id = $1")
                .bind(1_i64)
                .execute(&pool)
                .await
                .map(|done| done.rows_affected())
        })
    });
    for update in updates.collect::<Vec<_>>() {
        assert_eq!(update.await.unwrap().unwrap(), 1);
    }
    assert_eq!(total().await, 400);
    pool.close().await;
}
