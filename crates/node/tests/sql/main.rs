//! The sql engine as its clients see it: a server in this process, driven by tokio-postgres, by psql and by raw bytes.

mod activity;
mod advisory;
mod answer;
mod confirmed;
mod conformance;
mod copy;
mod flood;
mod hostile;
mod kill;
mod pgbench;
mod postgres;
mod postgres_client;
mod psql;
mod queries;
mod replication;
mod seeding;
mod server;
mod sqlx_client;
mod transactions;
