//! Connections to the tests' real PostgreSQL. Starting it is in `postgres.rs`, which journeys share.

use tokio_postgres::{Client, NoTls};

use crate::postgres::Postgres;

impl Postgres {
    pub(crate) async fn client(&self, database: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(database), NoTls).await.expect("connects to PostgreSQL");
        tokio::spawn(async move {
            // It ends with the client or with the server; the client's calls say so.
            let _ = connection.await;
        });
        client
    }

    /// A new database with nothing in it.
    pub(crate) async fn database(&self, name: &str) -> Client {
        self.client("postgres").await.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.expect("a new database");
        self.client(name).await
    }
}
