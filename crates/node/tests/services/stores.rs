//! Stores that go away and come back: the request names who failed, and the next ones try again.

use serde_json::json;

use crate::rig::{get, part, population, post, sql, until};

#[tokio::test]
async fn a_cache_that_dies_is_named_and_used_again_when_it_is_back() {
    let database = sql(1).await;
    let mut cache = part("kv").named("cache", 0).start();
    let seeder = part("seeder").link("accounts", &database.peers).link("timeline", &cache.peers()).set("timeline_built", "on_write");
    seeder.population(&population(20, 3.0, 2)).start().ended().unwrap();
    let feed = part("feed").link("tweets", &database.peers).link("timeline", &cache.peers()).start();
    let before = get(&feed, "/timelines/1").await.expect(200);
    cache.kill();
    for _ in 0..3 {
        let reply = get(&feed, "/timelines/1").await;
        assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("cache;unreachable")));
    }
    assert_eq!(feed.sample().failed["unreachable"], 3);
    let _again = part("kv").named("cache", 0).at_port(cache.port).start();
    assert_eq!(get(&feed, "/timelines/1").await.expect(200), before, "from the database, for the new cache is empty");
    assert_eq!(get(&feed, "/timelines/1").await.expect(200), before);
    assert_eq!((feed.counter("hits"), feed.counter("misses")), (2, 1));
}

#[tokio::test]
async fn a_log_that_is_away_fails_the_post_and_not_the_read() {
    let database = sql(1).await;
    part("seeder").link("accounts", &database.peers).population(&population(20, 3.0, 2)).start().ended().unwrap();
    let mut log = part("log").start();
    let tweets = part("tweet").set("timeout_ms", 1500.0).link("tweets", &database.peers).link("events", &log.peers()).start();
    post(&tweets, "/tweets", json!({ "author_id": 1, "text": "heard" })).await.expect(201);
    log.kill();
    let reply = post(&tweets, "/tweets", json!({ "author_id": 1, "text": "unheard" })).await;
    assert!(matches!(reply.fault(), Some("log;timeout" | "log;unreachable")), "{:?}", reply.fault());
    get(&tweets, "/tweets/1").await.expect(200);
    let _again = part("log").at_port(log.port).start();
    until("the log takes events again", async || {
        post(&tweets, "/tweets", json!({ "author_id": 1, "text": "heard again" })).await.status.as_u16() == 201
    })
    .await;
}

/// The topic is there before the worker listens to it, and before anybody sends: nobody is told that there is none.
#[tokio::test]
async fn a_worker_that_is_ready_hears_the_first_event_without_an_error() {
    let database = sql(1).await;
    let cache = crate::rig::kv("cache", 1).await;
    part("seeder").link("accounts", &database.peers).population(&population(20, 3.0, 2)).start().ended().unwrap();
    let log = part("log").start();
    let worker = part("fanout").link("events", &log.peers()).link("follows", &database.peers).link("timeline", &cache.peers).start();
    let tweets = part("tweet").link("tweets", &database.peers).link("events", &log.peers()).start();
    post(&tweets, "/tweets", json!({ "author_id": 1, "text": "first" })).await.expect(201);
    until("the event is done", async || worker.counter("tweets_fanned_out") > 0).await;
    assert_eq!(worker.sample().failed.get("log_unreadable"), None);
}

#[tokio::test]
async fn a_worker_waits_for_a_log_that_is_away() {
    let database = sql(1).await;
    let cache = crate::rig::kv("cache", 1).await;
    part("seeder").link("accounts", &database.peers).population(&population(20, 3.0, 2)).start().ended().unwrap();
    let mut log = part("log").start();
    log.kill();
    let worker = part("fanout").link("events", &log.peers()).link("follows", &database.peers).link("timeline", &cache.peers).start();
    until("it said that it cannot read", async || worker.sample().failed.contains_key("log_unreadable")).await;
    let log = part("log").at_port(log.port).start();
    let tweets = part("tweet").link("tweets", &database.peers).link("events", &log.peers()).start();
    post(&tweets, "/tweets", json!({ "author_id": 1, "text": "late" })).await.expect(201);
    until("the event is done", async || worker.counter("tweets_fanned_out") > 0).await;
}

#[tokio::test]
async fn a_worker_that_dies_leaves_its_events_to_the_next() {
    let database = sql(1).await;
    let cache = crate::rig::kv("cache", 1).await;
    let spec = population(20, 3.0, 2);
    part("seeder").link("accounts", &database.peers).population(&spec).start().ended().unwrap();
    let log = part("log").start();
    let tweets = part("tweet").link("tweets", &database.peers).link("events", &log.peers()).start();
    let worker = |instance| {
        let part = part("fanout").named("fanout", instance).link("events", &log.peers());
        part.link("follows", &database.peers).link("timeline", &cache.peers).start()
    };
    for n in 0..10 {
        post(&tweets, "/tweets", json!({ "author_id": 1 + n, "text": "work" })).await.expect(201);
    }
    let mut first = worker(0);
    until("the first worker has begun", async || first.counter("tweets_fanned_out") > 0).await;
    first.kill();
    let second = worker(1);
    for n in 0..10 {
        post(&tweets, "/tweets", json!({ "author_id": 1 + n, "text": "more work" })).await.expect(201);
    }
    let both = || first.counter("tweets_fanned_out") + second.counter("tweets_fanned_out");
    until("all events are done by one or the other", async || both() >= 20).await;
    // Whatever the first worker did not commit was done again, so every follower has both tweets whoever wrote them.
    let graph = loadline_model::population::Population::generate(&spec, 7);
    let mut connection = redis::Client::open(cache.peers[0].url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
    for (user, followees) in (1..).zip(&graph.follows) {
        let expected = 2 * followees.iter().filter(|followee| **followee <= 10).count();
        until(&format!("user {user} has {expected} entries"), async || {
            let entries: usize = redis::cmd("ZCARD").arg(format!("timeline:{user}")).query_async(&mut connection).await.unwrap();
            entries == expected
        })
        .await;
    }
}
