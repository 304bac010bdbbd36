//! Databases with copies: which of them is asked, by turns and without those that are gone; and what a request that is given up leaves
//! behind. Only the embedded engine: a stand-in has replicas and locks of its own.

use loadline_model::population::Population;
use serde_json::json;

use crate::rig::{Part, Running, Stores, get, part, population, post, sql, until};

/// For services that wait for answers however slow the machine is.
const PATIENT_MS: f64 = 600_000.0;

/// A seeded database of `shards` embedded primaries; `None` where a stand-in takes their place.
async fn seeded(shards: u32) -> Option<Stores> {
    let database = sql(shards).await;
    if database.running.is_empty() {
        return None;
    }
    part("seeder").link("accounts", &database.peers).population(&population(40, 6.0, 4)).start().ended().unwrap();
    Some(database)
}

fn replica(database: &Stores, instance: u32) -> Part {
    part("sql_replica").named("replicas", instance).link("primary", &database.peers)
}

/// A feed that knows nothing but `replicas`.
fn feed(replicas: &[&Running]) -> Running {
    let peers: Vec<_> = replicas.iter().map(|replica| replica.peer.clone()).collect();
    part("feed").set("timeout_ms", PATIENT_MS).link("tweets", &peers).start()
}

/// All statements that it took.
fn asked(replica: &Running) -> u64 {
    replica.sample().admitted.values().sum()
}

/// How many of ten reads fail, each because a replica is gone.
async fn failed(feed: &Running) -> usize {
    let mut failed = 0;
    for _ in 0..10 {
        let reply = get(feed, "/timelines/1").await;
        if !reply.status.is_success() {
            assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("replicas;unreachable")));
            failed += 1;
        }
    }
    failed
}

#[tokio::test]
async fn a_replica_that_is_gone_is_left_out_until_it_answers_again() {
    let Some(database) = seeded(1).await else { return };
    let (mut first, mut second) = (replica(&database, 0).start(), replica(&database, 1).start());
    let early = feed(&[&first, &second]);
    // Before the first read: what says how the data is spread is not known yet.
    first.kill();
    let late = feed(&[&first, &second]);
    assert!(failed(&early).await <= 1, "only the request that finds out");
    assert!(failed(&late).await <= 1, "only the request that finds out");
    let first = replica(&database, 0).at_port(first.port).start();
    until("the first replica is asked again", async || failed(&early).await == 0 && asked(&first) > 0).await;
    let before = (asked(&first), asked(&second));
    assert_eq!(failed(&early).await, 0);
    assert_eq!((asked(&first) - before.0, asked(&second) - before.1), (5, 5), "by turns again");
    second.kill();
    assert_eq!(failed(&early).await, 1, "only the request that finds out");
    assert_eq!(failed(&early).await, 0);
}

#[tokio::test]
async fn where_no_replica_is_left_the_fault_names_them_and_not_the_primary() {
    let Some(database) = seeded(1).await else { return };
    let mut replicas = [replica(&database, 0).start(), replica(&database, 1).start()];
    let users = part("user").set("timeout_ms", PATIENT_MS).link("accounts", &database.peers);
    let users = users.link("accounts", &replicas[0].peers()).link("accounts", &replicas[1].peers()).start();
    get(&users, "/users/1").await.expect(200);
    replicas.iter_mut().for_each(Running::kill);
    for _ in 0..4 {
        let reply = get(&users, "/users/1").await;
        assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("replicas;unreachable")));
    }
    post(&users, "/users", json!({ "name": "Ada" })).await.expect(201);
}

#[tokio::test]
async fn each_shard_has_turns_of_its_own() {
    let Some(database) = seeded(3).await else { return };
    let replicas: Vec<Running> = (0..6).map(|instance| replica(&database, instance).start()).collect();
    let feed = feed(&replicas.iter().collect::<Vec<_>>());
    let graph = Population::generate(&population(40, 6.0, 4), 7);
    // A reader of every shard: a timeline takes four statements, an even number.
    let mut users = (1..).zip(&graph.follows);
    let (user, _) = users.find(|(_, follows)| (0..3).all(|shard| follows.iter().any(|followee| followee % 3 == shard))).unwrap();
    let path = format!("/timelines/{user}");
    get(&feed, &path).await.expect(200);
    let all = || replicas.iter().map(asked).collect::<Vec<_>>();
    let before = all();
    for _ in 0..20 {
        get(&feed, &path).await.expect(200);
    }
    let asked: Vec<u64> = all().iter().zip(before).map(|(after, before)| after - before).collect();
    assert!(asked.iter().all(|asked| *asked > 0), "{asked:?}");
    assert_eq!(asked[..3], asked[3..], "both copies of a shard are asked equally often");
}

#[tokio::test]
async fn a_request_that_is_given_up_keeps_nobody_waiting() {
    let Some(database) = seeded(1).await else { return };
    let (holder, connection) = tokio_postgres::connect(&database.peers[0].url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let users = part("user").set("timeout_ms", 300.0).link("accounts", &database.peers).start();
    // Nobody else writes until this transaction ends.
    holder.batch_execute("BEGIN; UPDATE users SET name = 'held' WHERE id = 1").await.unwrap();
    let reply = post(&users, "/users", json!({ "name": "Ada" })).await;
    assert_eq!((reply.status.as_u16(), reply.fault()), (504, Some("db;timeout")));
    until("a read is answered on another connection", async || get(&users, "/users/1").await.status.is_success()).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    until("writes are taken again", async || post(&users, "/users", json!({ "name": "Ada" })).await.status.is_success()).await;
}

#[tokio::test]
async fn what_the_author_of_a_write_reads_next() {
    let Some(database) = seeded(1).await else { return };
    // So far behind that a read right after a write comes before it; and one that is soon there. It begins as late, too.
    let behind = replica(&database, 0).set("apply_delay_ms", 10_000.0).start();
    let soon = replica(&database, 1).named("soon", 0).set("apply_delay_ms", 100.0).start();
    let users = |mode: &str, copy: &Running| {
        let users = part("user").named(mode, 0).set("own_reads", mode).set("timeout_ms", PATIENT_MS);
        users.link("accounts", &database.peers).link("reads", std::slice::from_ref(&copy.peer)).start()
    };
    let follow = async |users: &Running, other: u32| {
        let path = format!("/users/{NEWCOMER}/follows/{other}");
        crate::rig::send(users, axum::http::Method::PUT, &path, serde_json::Value::Null, &[]).await
    };
    let counted = |users: &Running| (users.counter("own_reads"), users.counter("own_reads_stale"));
    until("the copies have the accounts", async || {
        let reads = users("none", &soon);
        get(&reads, &format!("/users/{NEWCOMER}")).await.status.is_success()
    })
    .await;
    let graph = Population::generate(&population(40, 6.0, 4), 7);
    let mut strangers = (1..=40).filter(|other| *other != NEWCOMER && !graph.follows[NEWCOMER as usize - 1].contains(other));
    let mut next = || strangers.next().expect("nobody is left to follow");

    let at_once = users("none", &behind);
    assert_eq!(follow(&at_once, next()).await.status.as_u16(), 204);
    assert_eq!(counted(&at_once), (0, 0));
    let any = users("any_copy", &behind);
    let other = next();
    assert_eq!(follow(&any, other).await.expect(200), json!({ "follows": false }), "the copy is behind");
    assert_eq!(counted(&any), (1, 1));
    assert_eq!(follow(&any, other).await.status.as_u16(), 204, "nothing new was written");
    let primary = users("primary", &behind);
    assert_eq!(follow(&primary, next()).await.expect(200), json!({ "follows": true }));
    let caught_up = users("caught_up", &soon);
    assert_eq!(follow(&caught_up, next()).await.expect(200), json!({ "follows": true }));
    assert_eq!((counted(&primary), counted(&caught_up)), ((1, 0), (1, 0)));
    // One that waits in vain says for whom.
    let in_vain = part("user").named("in_vain", 0).set("own_reads", "caught_up").set("timeout_ms", 2000.0);
    let in_vain = in_vain.link("accounts", &database.peers).link("reads", std::slice::from_ref(&behind.peer)).start();
    let refused = follow(&in_vain, next()).await;
    assert_eq!((refused.status.as_u16(), refused.fault()), (504, Some("replicas;timeout")));
}

/// Whose follows the test adds.
const NEWCOMER: u32 = 40;
