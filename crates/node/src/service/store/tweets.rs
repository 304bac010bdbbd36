//! Tweets as rows and as JSON, and the two ways to read them: by id, and the newest of those that a user follows. With several shards the
//! parts are asked for at the same time and merged here.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::database::Database;
use super::sql::SqlTarget;
use super::{Fault, ids, schema};

/// A tweet, as the services answer it and as the cache holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tweet {
    /// Id; rises with time.
    pub id: i64,
    /// Who wrote it.
    pub author_id: i64,
    /// 1 to 280 characters.
    pub text: String,
    /// When, in ms since 1970.
    pub created_ms: i64,
}

/// Whom a user follows at most, in one page of a shard: more are read in further pages.
const PAGE: i64 = 5000;

impl Tweet {
    fn from_row(target: &SqlTarget, row: &Row) -> Result<Self, Fault> {
        let read = || Ok(Self { id: row.try_get(0)?, author_id: row.try_get(1)?, text: row.try_get(2)?, created_ms: row.try_get(3)? });
        read().map_err(|error| target.fault(&error))
    }
}

/// One tweet.
pub async fn by_id(database: &Database, id: i64) -> Result<Option<Tweet>, Fault> {
    let target = database.reader(database.shard_of_tweet(id).await?).await?;
    let rows = target.query(&schema::TWEET, &[&id]).await?;
    rows.first().map(|row| Tweet::from_row(target, row)).transpose()
}

/// Those of `ids` that exist, in no order.
pub async fn by_ids(database: &Arc<Database>, ids: &[i64]) -> Result<Vec<Tweet>, Fault> {
    let mut by_shard: Vec<Vec<i64>> = vec![Vec::new(); database.shards().await?];
    for id in ids {
        by_shard[database.shard_of_tweet(*id).await?].push(*id);
    }
    each_shard(database, by_shard, |target, part| async move {
        let (sql, size) = schema::tweets_by_ids(part.len());
        read(&target, sql, &filled(part, size), None).await
    })
    .await
}

/// The newest tweets of those whom `user` follows, newest first: one join where there is one shard; else first whom they follow, then the
/// newest of every shard.
pub async fn newest_followed(database: &Arc<Database>, user: i64, limit: i64) -> Result<Vec<Tweet>, Fault> {
    let shards = database.shards().await?;
    if shards == 1 {
        let home = database.reader(database.shard_of_user(user).await?).await?;
        let rows = home.query(&schema::NEWEST_FOLLOWED, &[&user, &limit]).await?;
        return rows.iter().map(|row| Tweet::from_row(home, row)).collect();
    }
    let mut by_shard: Vec<Vec<i64>> = vec![Vec::new(); shards];
    for followee in followed_by(database, user).await? {
        by_shard[ids::spread(followee, shards)].push(followee);
    }
    let mut newest = each_shard(database, by_shard, move |target, part| async move {
        let (sql, size) = schema::newest_by_authors(part.len());
        read(&target, sql, &filled(part, size), Some(limit)).await
    })
    .await?;
    newest.sort_unstable_by_key(|tweet| std::cmp::Reverse(tweet.id));
    newest.truncate(limit.max(0) as usize);
    Ok(newest)
}

/// The newest tweets of one author, newest first.
pub async fn newest_of(database: &Arc<Database>, author: i64, limit: i64) -> Result<Vec<Tweet>, Fault> {
    let target = database.reader(database.shard_of_user(author).await?).await?;
    let (sql, size) = schema::newest_by_authors(1);
    read(target, sql, &filled(vec![author], size), Some(limit)).await
}

/// All whom `user` follows, by id.
pub async fn followed_by(database: &Database, user: i64) -> Result<Vec<i64>, Fault> {
    let home = database.reader(database.shard_of_user(user).await?).await?;
    let mut all = Vec::new();
    loop {
        let page = ids_of(home, &schema::FOLLOWING, user, all.last().copied().unwrap_or(0), PAGE, None).await?;
        let is_last = (page.len() as i64) < PAGE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// A page of ids: `sql` is one of the statements over follows. `since_ms` goes to those that ask for changes.
pub async fn ids_of(
    target: &SqlTarget,
    sql: &'static schema::Sql,
    user: i64,
    past: i64,
    limit: i64,
    since_ms: Option<i64>,
) -> Result<Vec<i64>, Fault> {
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&user, &past, &limit];
    params.extend(since_ms.as_ref().map(|since_ms| since_ms as &(dyn ToSql + Sync)));
    let rows = target.query(sql, &params).await?;
    rows.iter().map(|row| row.try_get(0).map_err(|error| target.fault(&error))).collect()
}

/// Asks for each shard's part at the same time, in pieces of at most [`schema::MAX_LIST`] ids.
async fn each_shard<F, A>(database: &Arc<Database>, by_shard: Vec<Vec<i64>>, ask: F) -> Result<Vec<Tweet>, Fault>
where
    F: Fn(Arc<SqlTarget>, Vec<i64>) -> A,
    A: Future<Output = Result<Vec<Tweet>, Fault>> + Send + 'static,
{
    let mut pieces = Vec::new();
    for (shard, part) in by_shard.iter().enumerate() {
        for piece in part.chunks(schema::MAX_LIST) {
            pieces.push(ask(database.reader(shard).await?.clone(), piece.to_vec()));
        }
    }
    if pieces.len() == 1 {
        // The usual case needs no task of its own.
        return pieces.remove(0).await;
    }
    let mut asked: JoinSet<Result<Vec<Tweet>, Fault>> = pieces.into_iter().collect();
    let mut all = Vec::new();
    while let Some(answer) = asked.join_next().await {
        // A task only fails to join by a panic of ours, which goes on here.
        all.extend(answer.unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()))?);
    }
    Ok(all)
}

async fn read(target: &SqlTarget, sql: &'static schema::Sql, ids: &[i64], limit: Option<i64>) -> Result<Vec<Tweet>, Fault> {
    let mut params: Vec<&(dyn ToSql + Sync)> = ids.iter().map(|id| id as &(dyn ToSql + Sync)).collect();
    if let Some(limit) = &limit {
        params.push(limit);
    }
    let rows = target.query(sql, &params).await?;
    rows.iter().map(|row| Tweet::from_row(target, row)).collect()
}

/// Fills a list up to `size` by repeating its last id, which changes nothing for IN.
fn filled(mut ids: Vec<i64>, size: usize) -> Vec<i64> {
    if let Some(last) = ids.last().copied() {
        ids.resize(size, last);
    }
    ids
}
