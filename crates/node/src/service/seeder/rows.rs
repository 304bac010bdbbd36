//! The population as rows: many rows an INSERT, a transaction for each few thousand rows, every shard for itself.

use std::collections::HashMap;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Statement};

use super::World;
use crate::service::store::sql::SqlTarget;
use crate::service::store::{Fault, ids, schema};

/// Rows of one INSERT.
const BATCH: usize = 500;
/// Rows of one transaction.
const TRANSACTION: usize = 20_000;
/// When seeded follows were made.
static BEFORE_THE_RUN_MS: i64 = 0;

/// Creates the tables of one shard and fills them.
pub(super) async fn fill(world: &World, target: &SqlTarget, shard: usize, shards: usize) -> Result<(), Fault> {
    let client = target.dedicated().await?;
    for table in schema::TABLES {
        client.batch_execute(table).await.map_err(|error| target.fault(&error))?;
    }
    let here = |user: i64| ids::spread(user, shards) == shard;
    let mut table = Table::new(target, &client, "users", &[("id", Type::INT8), ("name", Type::TEXT)]);
    for user in (1..=world.users()).filter(|user| here(*user)) {
        table.add(Row::User(user, format!("User {user}"))).await?;
    }
    table.end().await?;
    let mut table =
        Table::new(target, &client, "follows", &[("follower_id", Type::INT8), ("followee_id", Type::INT8), ("created_ms", Type::INT8)]);
    for (follower, followees) in (1..).zip(&world.population.follows) {
        for followee in followees.iter().map(|followee| i64::from(*followee)) {
            if here(follower) || here(followee) {
                table.add(Row::Follow(follower, followee)).await?;
            }
        }
    }
    table.end().await?;
    let columns = [("id", Type::INT8), ("author_id", Type::INT8), ("text", Type::TEXT), ("created_ms", Type::INT8)];
    let mut table = Table::new(target, &client, "tweets", &columns);
    for id in (1..=world.tweets()).filter(|id| here(ids::seeded_author(*id, world.users()))) {
        let tweet = world.tweet(id);
        table.add(Row::Tweet(tweet.id, tweet.author_id, tweet.text, tweet.created_ms)).await?;
    }
    table.end().await?;
    // Last, and alone: whoever reads it may rely on all the rest.
    let dataset = [shard as i64, shards as i64, world.users(), i64::from(world.tweets_each)];
    let dataset: Vec<&(dyn ToSql + Sync)> = dataset.iter().map(|n| n as &(dyn ToSql + Sync)).collect();
    target.execute(&schema::INSERT_DATASET, &dataset).await.map(drop)
}

enum Row {
    User(i64, String),
    Follow(i64, i64),
    Tweet(i64, i64, String, i64),
}

impl Row {
    fn push<'a>(&'a self, params: &mut Vec<&'a (dyn ToSql + Sync)>) {
        match self {
            Self::User(id, name) => params.extend([id as &(dyn ToSql + Sync), name]),
            Self::Follow(follower, followee) => params.extend([follower as &(dyn ToSql + Sync), followee, &BEFORE_THE_RUN_MS]),
            Self::Tweet(id, author, text, created) => params.extend([id as &(dyn ToSql + Sync), author, text, created]),
        }
    }
}

/// One table while it is filled.
struct Table<'a> {
    target: &'a SqlTarget,
    client: &'a Client,
    name: &'static str,
    columns: Vec<(&'static str, Type)>,
    rows: Vec<Row>,
    /// By number of rows: full batches and the last one.
    statements: HashMap<usize, Statement>,
    /// Rows since the transaction began; 0 where there is none.
    uncommitted: usize,
}

impl<'a> Table<'a> {
    fn new(target: &'a SqlTarget, client: &'a Client, name: &'static str, columns: &[(&'static str, Type)]) -> Self {
        Self { target, client, name, columns: columns.to_vec(), rows: Vec::new(), statements: HashMap::new(), uncommitted: 0 }
    }

    async fn add(&mut self, row: Row) -> Result<(), Fault> {
        self.rows.push(row);
        if self.rows.len() < BATCH { Ok(()) } else { self.send().await }
    }

    async fn end(mut self) -> Result<(), Fault> {
        if !self.rows.is_empty() {
            self.send().await?;
        }
        self.commit().await
    }

    async fn send(&mut self) -> Result<(), Fault> {
        let fault = |error: tokio_postgres::Error| self.target.fault(&error);
        if self.uncommitted == 0 {
            self.client.batch_execute("BEGIN").await.map_err(fault)?;
        }
        let rows = std::mem::take(&mut self.rows);
        let statement = match self.statements.get(&rows.len()) {
            Some(statement) => statement.clone(),
            None => {
                let sql = schema::insert_rows(self.name, &self.columns, rows.len());
                let statement = self.client.prepare_typed(&sql.text, &sql.types).await.map_err(fault)?;
                self.statements.insert(rows.len(), statement.clone());
                statement
            }
        };
        let mut params = Vec::with_capacity(rows.len() * self.columns.len());
        for row in &rows {
            row.push(&mut params);
        }
        self.client.execute(&statement, &params).await.map_err(fault)?;
        self.uncommitted += rows.len();
        if self.uncommitted >= TRANSACTION { self.commit().await } else { Ok(()) }
    }

    async fn commit(&mut self) -> Result<(), Fault> {
        if std::mem::take(&mut self.uncommitted) > 0 {
            self.client.batch_execute("COMMIT").await.map_err(|error| self.target.fault(&error))?;
        }
        Ok(())
    }
}
