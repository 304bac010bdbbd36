//! The user service: accounts and follows, on one shard and on three.

use axum::http::Method;
use serde_json::{Value, json};

use crate::rig::{Running, Stores, get, part, population, post, send, sql};

/// A seeded database with a user service.
pub(crate) async fn seeded(shards: u32) -> (Stores, Running) {
    let database = sql(shards).await;
    part("seeder").link("accounts", &database.peers).population(&population(20, 3.0, 2)).start().ended().unwrap();
    let users = part("user").link("accounts", &database.peers).start();
    (database, users)
}

async fn check(shards: u32) {
    let (_database, users) = seeded(shards).await;
    assert_eq!(get(&users, "/users/7").await.expect(200), json!({ "id": 7, "name": "User 7" }));
    let mut ids = Vec::new();
    for name in ["Ada", "Grace", "Barbara", "Frances"] {
        let made = post(&users, "/users", json!({ "name": name })).await.expect(201);
        let id = made["id"].as_i64().unwrap();
        assert!(id > 20 && id < 1 << 53, "{id}");
        assert_eq!(get(&users, &format!("/users/{id}")).await.expect(200)["name"], name);
        ids.push(id);
    }
    let (ada, grace) = (ids[0], ids[1]);
    let follow = async |a: i64, b: i64| send(&users, Method::PUT, &format!("/users/{a}/follows/{b}"), Value::Null, &[]).await;
    for other in [grace, ids[2], ids[3], 1, 2, 3] {
        follow(ada, other).await.expect(204);
    }
    follow(ada, grace).await.expect(204);
    follow(grace, ada).await.expect(204);
    let mut following = vec![1, 2, 3, grace, ids[2], ids[3]];
    following.sort_unstable();
    assert_eq!(get(&users, &format!("/users/{ada}/following")).await.expect(200), json!({ "ids": following, "next": null }));
    let page = get(&users, &format!("/users/{ada}/following?limit=2&after=1")).await.expect(200);
    assert_eq!(page, json!({ "ids": [2, 3], "next": 3 }));
    assert_eq!(get(&users, &format!("/users/{ada}/followers")).await.expect(200)["ids"], json!([grace]));
    send(&users, Method::DELETE, &format!("/users/{grace}/follows/{ada}"), Value::Null, &[]).await.expect(204);
    assert_eq!(get(&users, &format!("/users/{ada}/followers")).await.expect(200)["ids"], json!([]));
    assert_eq!(get(&users, &format!("/users/{grace}/following")).await.expect(200)["ids"], json!([]));
    for (a, b, status) in [(ada, 999, 404), (999, ada, 404), (ada, ada, 400), (0, ada, 400)] {
        assert_eq!(follow(a, b).await.status.as_u16(), status, "{a} follows {b}");
    }
    assert_eq!(get(&users, &format!("/users/{ada}/following?limit=all")).await.status.as_u16(), 400);
    assert_eq!(get(&users, "/users/999").await.status.as_u16(), 404);
    assert_eq!(get(&users, "/users/ada").await.status.as_u16(), 400);
    for bad in [json!({ "name": "" }), json!({ "name": "x".repeat(101) }), json!({ "name": 7 }), json!({})] {
        assert_eq!(post(&users, "/users", bad.clone()).await.status.as_u16(), 400, "{bad}");
    }
}

#[tokio::test]
async fn accounts_and_follows_on_one_shard() {
    check(1).await;
}

#[tokio::test]
async fn accounts_and_follows_on_three_shards() {
    check(3).await;
}
