//! From a post to the timelines of the followers, and that every way to build a timeline gives the same one.

use std::collections::BTreeSet;

use loadline_model::population::{Population, PopulationSpec};
use serde_json::{Value, json};

use crate::rig::{Running, Stores, get, kv, part, population, post, sql, until};

const THRESHOLD: f64 = 12.0;

/// A system whose timelines are built on write, or hybrid.
struct System {
    graph: Population,
    database: Stores,
    cache: Stores,
    _log: Running,
    tweets: Running,
    fanouts: Vec<Running>,
    /// On write or hybrid.
    kept: Running,
    /// Always on read, from the same database.
    pulled: Running,
}

async fn system(built: &str, shards: u32, caches: u32, fanouts: u32, spec: &PopulationSpec) -> System {
    let (database, cache) = (sql(shards).await, kv("timelines", caches).await);
    let seeder = part("seeder").link("accounts", &database.peers).link("timeline", &cache.peers).population(spec);
    let seeder = seeder.set("timeline_built", built).set("celebrity_threshold", THRESHOLD);
    seeder.start().ended().unwrap();
    let log = part("log").set("partitions", 4.0).start();
    let tweets = part("tweet").link("tweets", &database.peers).link("cache", &cache.peers).link("events", &log.peers()).start();
    let celebrities = if built == "hybrid" { "merged_on_read" } else { "written" };
    let fanout = |instance| {
        let part = part("fanout").named("fanout", instance).set("celebrities", celebrities).set("celebrity_threshold", THRESHOLD);
        part.link("events", &log.peers()).link("follows", &database.peers).link("timeline", &cache.peers).start()
    };
    let fanouts = (0..fanouts).map(fanout).collect();
    let feed = |name: &str| part("feed").named(name, 0).set("celebrity_threshold", THRESHOLD).link("tweets", &database.peers);
    let kept = feed("kept").set("timeline_built", built).link("timeline", &cache.peers).start();
    let pulled = feed("pulled").start();
    System { graph: Population::generate(spec, 7), database, cache, _log: log, tweets, fanouts, kept, pulled }
}

impl System {
    fn followers(&self, author: u32) -> BTreeSet<u32> {
        (1..).zip(&self.graph.follows).filter(|(_, follows)| follows.contains(&author)).map(|(user, _)| user).collect()
    }

    fn counted(&self, name: &str) -> u64 {
        self.fanouts.iter().map(|fanout| fanout.counter(name)).sum()
    }

    /// Posts as `author` and gives the tweet.
    async fn post(&self, author: u32, text: &str) -> Value {
        post(&self.tweets, "/tweets", json!({ "author_id": author, "text": text })).await.expect(201)
    }

    async fn fanned_out(&self, tweets: u64) {
        until("all tweets are fanned out", async || self.counted("tweets_fanned_out") >= tweets).await;
    }

    /// Both feeds' timelines of everybody must be the same.
    async fn same(&self) {
        for user in 1..=self.graph.users() {
            let path = format!("/timelines/{user}");
            let kept = get(&self.kept, &path).await.expect(200);
            let pulled = get(&self.pulled, &path).await.expect(200);
            assert_eq!(kept, pulled, "user {user}");
            let ids: Vec<i64> = pulled["tweets"].as_array().unwrap().iter().map(|t| t["id"].as_i64().unwrap()).collect();
            assert!(ids.is_sorted_by(|a, b| a > b), "newest first: {ids:?}");
            let followees = &self.graph.follows[user as usize - 1];
            assert!(!ids.is_empty() && ids.len() <= 20 && !followees.is_empty(), "user {user}");
            for tweet in pulled["tweets"].as_array().unwrap() {
                let author = tweet["author_id"].as_u64().unwrap() as u32;
                assert!(followees.contains(&author), "user {user} does not follow {author}");
            }
        }
    }
}

#[tokio::test]
async fn a_tweet_reaches_every_follower_and_nobody_else() {
    let system = system("on_write", 2, 2, 1, &population(40, 6.0, 4)).await;
    let (author, followers) = (1, system.followers(1));
    assert!(followers.len() > 5, "the most followed has {}", followers.len());
    let tweet = system.post(author, "hello, followers").await;
    system.fanned_out(1).await;
    assert_eq!(system.counted("fanout_writes"), followers.len() as u64);
    for user in 1..=system.graph.users() {
        let newest = get(&system.kept, &format!("/timelines/{user}?limit=1")).await.expect(200)["tweets"][0].clone();
        assert_eq!(newest == tweet, followers.contains(&user), "user {user}: {newest}");
    }
    assert_eq!(system.kept.counter("misses"), 0, "seeded timelines are warm");
    let sample = system.fanouts[0].sample();
    assert_eq!(sample.admitted["fanout"], 1);
    assert_eq!(sample.histograms["tweet_to_timeline_us"].count(), 1);
}

/// Posts by many authors, the most followed among them, then compares everybody's timeline with the database's.
async fn check_same(built: &str, shards: u32, caches: u32, fanouts: u32) -> System {
    // Some follow so few that their whole past is shorter than a timeline.
    let system = system(built, shards, caches, fanouts, &population(60, 8.0, 3)).await;
    system.same().await;
    let mut posted = 0;
    for round in 0..3 {
        for author in [1, 2, 3, 10, 25, 40, 59, 60] {
            system.post(author, &format!("round {round} by {author}")).await;
            posted += 1;
        }
    }
    system.fanned_out(posted).await;
    system.same().await;
    assert_eq!(system.kept.counter("misses"), 0);
    system
}

#[tokio::test]
async fn on_write_is_the_same_as_on_read() {
    let system = check_same("on_write", 1, 1, 1).await;
    let expected: usize = [1, 2, 3, 10, 25, 40, 59, 60].iter().map(|author| 3 * system.followers(*author).len()).sum();
    assert_eq!(system.counted("fanout_writes"), expected as u64);
}

#[tokio::test]
async fn on_write_is_the_same_as_on_read_with_shards_caches_and_workers() {
    check_same("on_write", 3, 2, 2).await;
}

#[tokio::test]
async fn hybrid_is_the_same_as_on_read() {
    let system = check_same("hybrid", 2, 2, 1).await;
    let followers = |author: &u32| system.followers(*author).len();
    let writes = |author| if followers(author) >= THRESHOLD as usize { 1 } else { followers(author) };
    let expected: usize = [1, 2, 3, 10, 25, 40, 59, 60].iter().map(|author| 3 * writes(author)).sum();
    assert!(followers(&1) >= THRESHOLD as usize, "nobody is a celebrity");
    assert_eq!(system.counted("fanout_writes"), expected as u64, "a celebrity's tweet is written once");
}

#[tokio::test]
async fn whoever_becomes_a_celebrity_during_the_run_stays_in_the_timelines() {
    let system = system("hybrid", 1, 1, 1, &population(40, 4.0, 3)).await;
    let rising = (1..=40).rev().find(|user| (8..THRESHOLD as usize).contains(&system.followers(*user).len())).unwrap();
    let before = system.post(rising, "known to few").await;
    system.fanned_out(1).await;
    let users = part("user").link("accounts", &system.database.peers).start();
    let missing = THRESHOLD as usize - system.followers(rising).len();
    let others = (1..=40).filter(|user| *user != rising && !system.followers(rising).contains(user));
    for other in others.take(missing) {
        let path = format!("/users/{other}/follows/{rising}");
        crate::rig::send(&users, axum::http::Method::PUT, &path, Value::Null, &[]).await.expect(204);
    }
    let after = system.post(rising, "known to many").await;
    system.fanned_out(2).await;
    assert_eq!(system.counted("fanout_writes"), system.followers(rising).len() as u64 + 1);
    for follower in system.followers(rising) {
        let timeline = get(&system.kept, &format!("/timelines/{follower}")).await.expect(200);
        assert_eq!((&timeline["tweets"][0], &timeline["tweets"][1]), (&after, &before), "user {follower}");
    }
}

#[tokio::test]
async fn trimming_with_every_tweet_keeps_a_timeline_at_its_limit() {
    const KEPT: usize = 20;
    let (database, cache) = (sql(1).await, kv("timelines", 1).await);
    let spec = population(40, 8.0, 6);
    let seeder = part("seeder").link("accounts", &database.peers).link("timeline", &cache.peers).population(&spec);
    seeder.set("timeline_built", "on_write").set("kept_per_user", KEPT as f64).start().ended().unwrap();
    let log = part("log").start();
    let tweets = part("tweet").link("tweets", &database.peers).link("events", &log.peers()).start();
    let fanout = part("fanout").set("kept_per_user", KEPT as f64).set("trim_every", 1.0);
    let fanout = fanout.link("events", &log.peers()).link("follows", &database.peers).link("timeline", &cache.peers).start();
    let graph = Population::generate(&spec, 7);
    let mut connection = redis::Client::open(cache.peers[0].url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let mut length =
        async |user: u32| -> usize { redis::cmd("ZCARD").arg(format!("timeline:{user}")).query_async(&mut connection).await.unwrap() };
    let followers: Vec<u32> = (1..).zip(&graph.follows).filter(|(_, follows)| follows.contains(&1)).map(|(user, _)| user).collect();
    let mut full = Vec::new();
    for user in followers.iter().copied() {
        if length(user).await == KEPT {
            full.push(user);
        }
    }
    assert!(full.len() > 3, "{full:?} begin at their limit");
    for n in 1..=3 {
        post(&tweets, "/tweets", json!({ "author_id": 1, "text": format!("number {n}") })).await.expect(201);
    }
    until("all tweets are fanned out", async || fanout.counter("tweets_fanned_out") >= 3).await;
    for user in full {
        assert_eq!(length(user).await, KEPT, "user {user}");
    }
    let entries = 3 * followers.len() as u64;
    assert_eq!((fanout.counter("fanout_writes"), fanout.counter("timelines_trimmed")), (entries, entries));
}

#[tokio::test]
async fn who_follows_a_known_celebrity_during_the_run_sees_the_next_tweet() {
    for fanouts in [1, 2] {
        let system = system("hybrid", 2, 2, fanouts, &population(40, 4.0, 3)).await;
        let (star, followers) = (1, system.followers(1));
        assert!(followers.len() >= THRESHOLD as usize, "{} follow {star}", followers.len());
        let users = part("user").link("accounts", &system.database.peers).start();
        let change = async |method: axum::http::Method, user: u32| {
            crate::rig::send(&users, method, &format!("/users/{user}/follows/{star}"), Value::Null, &[]).await.expect(204);
        };
        let newest = async |user: u32| get(&system.kept, &format!("/timelines/{user}?limit=1")).await.expect(200)["tweets"][0].clone();
        let late = (2..=40).find(|user| !followers.contains(user)).unwrap();
        let early = *followers.iter().find(|user| **user != star).unwrap();
        // Each tweet may be another worker's: all of them know what changed.
        let mut posted = 0;
        for round in 0..3 {
            change(axum::http::Method::PUT, late).await;
            change(axum::http::Method::DELETE, early).await;
            let tweet = system.post(star, &format!("round {round}")).await;
            posted += 1;
            system.fanned_out(posted).await;
            assert_eq!(newest(late).await, tweet, "round {round}: who follows now sees it");
            assert_ne!(newest(early).await, tweet, "round {round}: who left does not");
            change(axum::http::Method::DELETE, late).await;
            change(axum::http::Method::PUT, early).await;
            let tweet = system.post(star, &format!("round {round}, the other way")).await;
            posted += 1;
            system.fanned_out(posted).await;
            assert_ne!(newest(late).await, tweet, "round {round}: who left does not");
            assert_eq!(newest(early).await, tweet, "round {round}: who came back sees it");
        }
    }
}

/// Empties one instance of the cache, as a restart does.
async fn empty(cache: &Stores, instance: usize) {
    let mut connection = redis::Client::open(cache.peers[instance].url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("FLUSHDB").query_async(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_hybrid_timeline_is_whole_again_after_a_cache_instance_was_lost() {
    // Every shard once: the users' own lists, the celebrities' tweets and their marks are somewhere in them.
    let mut missed = [0; 3];
    for lost in 0..3 {
        let system = system("hybrid", 2, 3, 1, &population(60, 8.0, 3)).await;
        let stars: Vec<u32> = (1..=60).filter(|author| system.followers(*author).len() >= THRESHOLD as usize).collect();
        assert!(stars.len() >= 3, "{stars:?}");
        // The worker knows all of them before.
        for star in &stars {
            system.post(*star, "before").await;
        }
        system.fanned_out(stars.len() as u64).await;
        system.same().await;
        empty(&system.cache, lost).await;
        system.same().await;
        for star in &stars {
            system.post(*star, "after").await;
        }
        system.fanned_out(2 * stars.len() as u64).await;
        system.same().await;
        let counted = || ["misses", "author_lists_missed", "celebrity_lists_missed"].map(|name| system.kept.counter(name));
        let before = counted();
        system.same().await;
        assert_eq!(counted(), before, "all is filled");
        missed.iter_mut().zip(before).for_each(|(sum, n)| *sum += n);
    }
    assert_eq!((missed[0], missed[2]), (60, 60), "each reader's lists were missed once");
    assert!(missed[1] > 0, "no celebrity's list was lost");
}

#[tokio::test]
async fn an_empty_cache_is_filled_from_the_database() {
    let system = check_same("on_write", 2, 2, 1).await;
    for peer in &system.cache.peers {
        let mut connection = redis::Client::open(peer.url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
        // Every timeline, and the bodies of all past tweets.
        let mut forget = redis::cmd("DEL");
        for user in 1..=60 {
            forget.arg(format!("timeline:{user}"));
        }
        for tweet in 1..=180 {
            forget.arg(format!("tweet:{tweet}"));
        }
        let () = forget.query_async(&mut connection).await.unwrap();
    }
    system.same().await;
    assert_eq!(system.kept.counter("misses"), 60, "each timeline was missed once");
    system.same().await;
    assert_eq!(system.kept.counter("misses"), 60);
    assert_eq!(system.kept.counter("hits"), 60 * 3);
}

#[tokio::test]
async fn what_requests_cost_the_database_is_what_the_closed_forms_say() {
    let system = system("on_write", 1, 1, 1, &population(40, 6.0, 4)).await;
    let Some(database) = system.database.running.first() else { return };
    let users = part("user").link("accounts", &system.database.peers).start();
    let stored = part("tweet").link("tweets", &system.database.peers).start();
    let cost = async |what: &str, request: std::pin::Pin<Box<dyn Future<Output = ()> + '_>>| {
        let before = database.sample().admitted;
        request.await;
        let after = database.sample().admitted;
        let spent = |name: &str| after.get(name).unwrap_or(&0) - before.get(name).unwrap_or(&0);
        let spent = ["point", "range", "write"].map(spent);
        (what.to_owned(), spent)
    };
    let read = |node, path: &'static str| Box::pin(async move { drop(get(node, path).await.expect(200)) });
    let missing = (2..=40).find(|user| !system.graph.follows[0].contains(user)).unwrap();
    let follow = format!("/users/1/follows/{missing}");
    let follow = async || drop(crate::rig::send(&users, axum::http::Method::PUT, &follow, Value::Null, &[]).await.expect(204));
    let costs = [
        cost("a timeline on read", read(&system.pulled, "/timelines/1")).await,
        cost("a timeline on write", read(&system.kept, "/timelines/1")).await,
        cost("a profile", read(&users, "/users/1")).await,
        cost("a tweet", read(&stored, "/tweets/1")).await,
        cost("a follow", Box::pin(follow())).await,
        cost(
            "a post and its fan-out",
            Box::pin(async {
                system.post(2, "how much is it").await;
                system.fanned_out(1).await;
            }),
        )
        .await,
    ];
    // Rows by key, ranges, writes.
    let expected = [
        ("a timeline on read", [0, 1, 0]),
        ("a timeline on write", [0, 0, 0]),
        ("a profile", [1, 0, 0]),
        ("a tweet", [1, 0, 0]),
        ("a follow", [0, 0, 1]),
        ("a post and its fan-out", [0, 1, 1]),
    ];
    assert_eq!(costs, expected.map(|(what, spent)| (what.to_owned(), spent)));
}

#[tokio::test]
async fn what_a_read_and_a_tweet_cost_the_cache_is_what_the_closed_forms_say() {
    let system = system("on_write", 1, 1, 1, &population(40, 6.0, 4)).await;
    let Some(cache) = system.cache.running.first() else { return };
    let (reads, writes) = {
        let admitted = cache.sample().admitted;
        (admitted["read"], admitted["write"])
    };
    for user in 1..=10 {
        get(&system.kept, &format!("/timelines/{user}")).await.expect(200);
    }
    assert_eq!(cache.sample().admitted["read"] - reads, 20, "two reads a timeline");
    system.post(1, "how much is it").await;
    system.fanned_out(1).await;
    let spent = cache.sample().admitted["write"] - writes;
    let followers = system.followers(1).len() as u64;
    // The tweet service's own copy, the worker's copy, one write a follower; and, one time in sixty-four, one trim a follower.
    assert!(spent == 2 + followers || spent == 2 + 2 * followers, "{spent} writes for {followers} followers");
}

#[tokio::test]
async fn a_feed_that_knows_only_replicas_finds_every_shard() {
    let system = system("on_write", 2, 1, 0, &population(40, 6.0, 4)).await;
    // A replica copies an embedded primary: a stand-in has replicas of its own.
    if system.database.running.is_empty() {
        return;
    }
    let replica = |instance| part("sql_replica").named("replicas", instance).link("primary", &system.database.peers).start();
    let replicas: Vec<Running> = (0..4).map(replica).collect();
    let peers: Vec<_> = replicas.iter().map(|replica| replica.peer.clone()).collect();
    let feed = part("feed").named("copied", 0).link("tweets", &peers).start();
    for user in 1..=system.graph.users() {
        let path = format!("/timelines/{user}");
        let pulled = get(&system.pulled, &path).await.expect(200);
        until("the replicas have what the primaries have", async || {
            let reply = get(&feed, &path).await;
            reply.status.is_success() && reply.body == pulled
        })
        .await;
    }
    for replica in &replicas {
        assert!(replica.sample().admitted["range"] > 0, "{} was never asked", replica.peer.node);
    }
}
