//! The tweet service: create and read, with and without a cache.

use serde_json::json;

use crate::rig::{get, kv, part, population, post, sql};

#[tokio::test]
async fn seeded_and_new_tweets_are_found_by_id_on_every_shard() {
    let database = sql(3).await;
    part("seeder").link("accounts", &database.peers).population(&population(20, 3.0, 2)).start().ended().unwrap();
    let tweets = part("tweet").link("tweets", &database.peers).start();
    for id in 1..=40_i64 {
        let tweet = get(&tweets, &format!("/tweets/{id}")).await.expect(200);
        assert_eq!((tweet["id"].as_i64(), tweet["author_id"].as_i64()), (Some(id), Some((id - 1) % 20 + 1)));
    }
    for author in 1..=20 {
        let made = post(&tweets, "/tweets", json!({ "author_id": author, "text": "hello" })).await.expect(201);
        assert_eq!(get(&tweets, &format!("/tweets/{}", made["id"])).await.expect(200), made);
    }
    for missing in [41, 9_007_199_254_740_991_i64] {
        assert_eq!(get(&tweets, &format!("/tweets/{missing}")).await.status.as_u16(), 404, "{missing}");
    }
}

#[tokio::test]
async fn wrong_tweets_are_refused_with_the_remedy() {
    let database = sql(1).await;
    let tweets = part("tweet").link("tweets", &database.peers).start();
    for (bad, remedy) in [
        (json!({ "author_id": 1, "text": "" }), "1 to 280"),
        (json!({ "author_id": 1, "text": "é".repeat(281) }), "1 to 280"),
        (json!({ "author_id": "one", "text": "x" }), "a number for the author"),
        (json!({ "author_id": -1, "text": "x" }), "an id is"),
        (json!({ "text": "x" }), "a number for the author"),
        (json!("x"), "a number for the author"),
    ] {
        let reply = post(&tweets, "/tweets", bad.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.fault()), (400, Some("tweet;bad_request")), "{bad}");
        assert!(reply.body["error"].as_str().unwrap().contains(remedy), "{bad}: {}", reply.body);
    }
}

#[tokio::test]
async fn before_seeding_the_fault_says_so() {
    let database = sql(1).await;
    let tweets = part("tweet").link("tweets", &database.peers).start();
    let reply = get(&tweets, "/tweets/1").await;
    assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("db;not_seeded")));
    part("seeder").link("accounts", &database.peers).population(&population(20, 3.0, 2)).start().ended().unwrap();
    get(&tweets, "/tweets/1").await.expect(200);
}

#[tokio::test]
async fn a_cache_answers_what_was_posted_or_read_before() {
    let (database, cache) = (sql(1).await, kv("cache", 2).await);
    part("seeder").link("accounts", &database.peers).population(&population(20, 3.0, 2)).start().ended().unwrap();
    let tweets = part("tweet").link("tweets", &database.peers).link("cache", &cache.peers).start();
    let made = post(&tweets, "/tweets", json!({ "author_id": 3, "text": "naïve \u{1f600}" })).await.expect(201);
    assert_eq!(get(&tweets, &format!("/tweets/{}", made["id"])).await.expect(200), made);
    assert_eq!((tweets.counter("hits"), tweets.counter("misses")), (1, 0));
    let first = get(&tweets, "/tweets/5").await.expect(200);
    assert_eq!((tweets.counter("hits"), tweets.counter("misses")), (1, 1), "not warmed: the seeder had no cache");
    assert_eq!(get(&tweets, "/tweets/5").await.expect(200), first);
    assert_eq!((tweets.counter("hits"), tweets.counter("misses")), (2, 1));
}

#[tokio::test]
async fn a_seeder_with_the_cache_warms_every_tweet() {
    let (database, cache) = (sql(2).await, kv("cache", 2).await);
    let seeder = part("seeder").link("accounts", &database.peers).link("cache", &cache.peers);
    seeder.population(&population(20, 3.0, 2)).start().ended().unwrap();
    let cached = part("tweet").link("tweets", &database.peers).link("cache", &cache.peers).start();
    let stored = part("tweet").link("tweets", &database.peers).start();
    for id in 1..=40 {
        let path = format!("/tweets/{id}");
        assert_eq!(get(&cached, &path).await.expect(200), get(&stored, &path).await.expect(200));
    }
    assert_eq!((cached.counter("hits"), cached.counter("misses")), (40, 0));
}
