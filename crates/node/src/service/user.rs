//! The user service: accounts, and who follows whom.
//!
//! `POST /users {"name"}` gives 201 and the id; `GET /users/{id}`; `PUT` and `DELETE /users/{id}/follows/{other}`;
//! `GET /users/{id}/followers` and `/following`, in pages: `?after=ID&limit=N`.
//!
//! A new follow is answered at once with 204; or, where `own_reads` says so, with what its author sees next: 200 and `{"follows": true}`, read
//! from any copy, from the primary, or from a copy that has caught up with the write. The counters `own_reads` and `own_reads_stale` say how
//! many of these reads there were, and how many did not show the write.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::store::database::Database;
use super::store::ids::Ids;
use super::store::{Fault, schema, tweets};
use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::http::{self, Call, Held, Problem};
use crate::runtime::{Node, clock};

/// The longest name, in characters.
const MAX_NAME: usize = 100;
/// The longest page of ids.
const MAX_PAGE: i64 = 1000;

/// Where the author of a write reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnReads {
    None,
    AnyCopy,
    Primary,
    CaughtUp,
}

/// Life time between two looks at how far a copy is.
const LOOK_MS: f64 = 20.0;

struct Users {
    database: Arc<Database>,
    own_reads: OwnReads,
    timeout: Duration,
    ids: Ids,
    /// Spreads new users over the shards: it fills the lowest bits of their ids.
    given: std::sync::atomic::AtomicUsize,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let mut stores = peers.remove("accounts").unwrap_or_default();
    if stores.is_empty() {
        return Err(NodeError::EmptyPort("accounts"));
    }
    stores.extend(peers.remove("reads").unwrap_or_default());
    let spec = &node.config().spec;
    let timeout = node.dilated_ms(spec.number("timeout_ms", 1000.0));
    let database = Database::open(&node, stores, timeout)?;
    let own_reads = match spec.word("own_reads", "none") {
        "any_copy" => OwnReads::AnyCopy,
        "primary" => OwnReads::Primary,
        "caught_up" => OwnReads::CaughtUp,
        _ => OwnReads::None,
    };
    let state = Arc::new(Users { database, own_reads, timeout, ids: Ids::new(spec.instance), given: Default::default() });
    let routes = Router::new()
        .route("/users", post(create))
        .route("/users/{id}", get(read))
        .route("/users/{id}/follows/{other}", put(follow).delete(unfollow))
        .route("/users/{id}/followers", get(followers))
        .route("/users/{id}/following", get(following))
        .fallback(http::no_such_path)
        .with_state(state);
    Ok(Box::pin(http::serve(node, listener, routes)))
}

#[derive(Deserialize)]
struct NewUser {
    name: String,
}

async fn create(State(users): State<Arc<Users>>, call: Call, body: Bytes) -> Result<(StatusCode, Json<Value>), Problem> {
    let held = call.hold("write").await?;
    let node = held.node();
    let new: NewUser = serde_json::from_slice(&body)
        .map_err(|error| Problem::bad_request(node, &format!("send an account as {{\"name\": \"Ada\"}}: {error}")))?;
    if new.name.is_empty() || new.name.chars().count() > MAX_NAME || new.name.contains('\0') {
        return Err(Problem::bad_request(node, "a name has 1 to 100 characters"));
    }
    let id = users.ids.next(users.given.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let work = async {
        let shard = users.database.shard_of_user(id).await?;
        users.database.writer(shard)?.execute(&schema::INSERT_USER, &[&id, &new.name]).await
    };
    work.await.map_err(|fault| fault.at(node))?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "name": new.name }))))
}

async fn read(State(users): State<Arc<Users>>, call: Call, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let held = call.hold("read").await?;
    let node = held.node();
    let id = http::id(node, &id)?;
    let work = async {
        let target = users.database.reader(users.database.shard_of_user(id).await?).await?;
        let rows = target.query(&schema::USER, &[&id]).await?;
        let name: Option<String> = rows.first().map(|row| row.try_get(1)).transpose().map_err(|error| target.fault(&error))?;
        Ok(name)
    };
    match work.await.map_err(|fault: Fault| fault.at(node))? {
        Some(name) => Ok(Json(json!({ "id": id, "name": name }))),
        None => Err(Problem::not_found(node, "no user has this id")),
    }
}

async fn follow(State(users): State<Arc<Users>>, call: Call, Path((id, other)): Path<(String, String)>) -> Result<Response, Problem> {
    let held = call.hold("write").await?;
    let (me, other) = pair(&held, &id, &other)?;
    let node = held.node();
    let database = &users.database;
    let (mine, theirs) = shards(database, &held, me, other).await?;
    let now_ms = clock::unix_ms() as i64;
    let write = async |shard: usize, sql| database.writer(shard)?.execute(sql, &[&me, &other, &now_ms]).await;
    // The followee's shard first: it knows whether the followee exists. A follow that breaks off between the two is mended by asking again.
    let written = if mine == theirs {
        write(mine, &schema::FOLLOW).await
    } else {
        match write(theirs, &schema::FOLLOW_HERE_FOLLOWEE).await {
            Ok(here) => write(mine, &schema::FOLLOW_HERE_FOLLOWER).await.map(|there| here.min(there)),
            fault => fault,
        }
    };
    if written.map_err(|fault| fault.at(node))? == 0 {
        // Nothing was written: the follow is there already, or one of the two does not exist.
        for (user, shard) in [(me, mine), (other, theirs)] {
            let found = async { database.writer(shard)?.query(&schema::USER, &[&user]).await };
            if found.await.map_err(|fault| fault.at(node))?.is_empty() {
                return Err(Problem::not_found(node, &format!("no user has the id {user}")));
            }
        }
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if users.own_reads == OwnReads::None {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let follows = users.read_own(node, mine, me, other).await.map_err(|fault| fault.at(node))?;
    Ok(Json(json!({ "follows": follows })).into_response())
}

impl Users {
    /// Whether `me` finds the follow that was just written, in the shard `mine`.
    async fn read_own(&self, node: &Node, mine: usize, me: i64, other: i64) -> Result<bool, Fault> {
        let from = match self.own_reads {
            OwnReads::Primary => self.database.writer(mine)?,
            OwnReads::CaughtUp => self.database.caught_up(mine, node.dilated_ms(LOOK_MS), self.timeout).await?,
            OwnReads::None | OwnReads::AnyCopy => self.database.reader(mine).await?,
        };
        let follows = !from.query(&schema::FOLLOWS, &[&me, &other]).await?.is_empty();
        node.count("own_reads", 1);
        node.count("own_reads_stale", u64::from(!follows));
        Ok(follows)
    }
}

async fn unfollow(State(users): State<Arc<Users>>, call: Call, Path((id, other)): Path<(String, String)>) -> Result<StatusCode, Problem> {
    let held = call.hold("write").await?;
    let (me, other) = pair(&held, &id, &other)?;
    let (mine, theirs) = shards(&users.database, &held, me, other).await?;
    let now_ms = clock::unix_ms() as i64;
    let work = async {
        let delete = async |shard: usize| users.database.writer(shard)?.execute(&schema::UNFOLLOW, &[&me, &other]).await;
        let mut deleted = delete(mine).await?;
        if theirs != mine {
            deleted = deleted.max(delete(theirs).await?);
        }
        // A follow that never was has ended for nobody.
        if deleted > 0 {
            users.database.writer(theirs)?.execute(&schema::NOTE_UNFOLLOW, &[&me, &other, &now_ms]).await?;
        }
        Ok(())
    };
    work.await.map_err(|fault: Fault| fault.at(held.node()))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: i64,
    #[serde(default = "default_limit")]
    limit: i64,
}

fn default_limit() -> i64 {
    100
}

type PageQuery = Result<Query<Page>, QueryRejection>;

async fn followers(State(users): State<Arc<Users>>, call: Call, Path(id): Path<String>, page: PageQuery) -> Result<Json<Value>, Problem> {
    list(&users, call, &id, page, &schema::FOLLOWERS).await
}

async fn following(State(users): State<Arc<Users>>, call: Call, Path(id): Path<String>, page: PageQuery) -> Result<Json<Value>, Problem> {
    list(&users, call, &id, page, &schema::FOLLOWING).await
}

async fn list(users: &Users, call: Call, id: &str, page: PageQuery, sql: &'static schema::Sql) -> Result<Json<Value>, Problem> {
    let held = call.hold("read").await?;
    let node = held.node();
    let id = http::id(node, id)?;
    let page = page.map_err(|error| Problem::bad_request(node, &format!("a page is asked for with ?after=ID&limit=N: {error}")))?;
    let limit = page.limit.clamp(1, MAX_PAGE);
    let work = async {
        let target = users.database.reader(users.database.shard_of_user(id).await?).await?;
        tweets::ids_of(target, sql, id, page.after, limit, None).await
    };
    let ids = work.await.map_err(|fault| fault.at(node))?;
    let next = (ids.len() as i64 == limit).then(|| ids.last().copied()).flatten();
    Ok(Json(json!({ "ids": ids, "next": next })))
}

fn pair(held: &Held, id: &str, other: &str) -> Result<(i64, i64), Problem> {
    let (me, other) = (http::id(held.node(), id)?, http::id(held.node(), other)?);
    if me == other {
        return Err(Problem::bad_request(held.node(), "nobody follows themself: name two different users"));
    }
    Ok((me, other))
}

async fn shards(database: &Database, held: &Held, me: i64, other: i64) -> Result<(usize, usize), Problem> {
    let both = async { Ok((database.shard_of_user(me).await?, database.shard_of_user(other).await?)) };
    both.await.map_err(|fault: Fault| fault.at(held.node()))
}
