//! The caches as they would be after a long time of running: bodies of all tweets, the newest entries of every timeline, and for hybrid
//! timelines who is a celebrity and what they wrote.

use super::World;
use crate::service::store::Fault;
use crate::service::store::batch::Batch;
use crate::service::store::kv::{self, Kv};

/// Entries that each timeline begins with: two screens.
const ENTRIES: usize = 40;

/// Every past tweet's body.
pub(super) async fn bodies(world: &World, kv: &Kv) -> Result<(), Fault> {
    if kv.instances() == 0 {
        return Ok(());
    }
    let mut batch = Batch::new(kv);
    for id in 1..=world.tweets() {
        batch.add(id, |pipe| pipe.set(kv::tweet_key(id), kv::body(&world.tweet(id))).ignore());
        batch = sent_if_large(batch, kv).await?;
    }
    batch.send().await
}

/// Every timeline; authors from `celebrity_from` followers on are left to be merged on read.
pub(super) async fn timelines(world: &World, kv: &Kv, celebrity_from: Option<u32>, kept: usize) -> Result<(), Fault> {
    let followers = |user: u32| world.population.follower_counts.get(user as usize - 1).copied().unwrap_or(0);
    let is_celebrity = |user: u32| celebrity_from.is_some_and(|from| followers(user) >= from);
    let depth = ENTRIES.min(kept);
    let mut batch = Batch::new(kv);
    for (user, followees) in (1_i64..).zip(&world.population.follows) {
        let (celebrities, written): (Vec<u32>, Vec<u32>) = followees.iter().partition(|followee| is_celebrity(**followee));
        // Ids rise round by round and, in a round, with the author: so this order is newest first.
        let rounds = (0..i64::from(world.tweets_each)).rev();
        let newest = rounds.flat_map(|round| written.iter().rev().map(move |author| round * world.users() + i64::from(*author)));
        let mut entries: Vec<(i64, i64)> = newest.take(depth).map(|id| (id, id)).collect();
        if written.len() * world.tweets_each as usize <= depth {
            entries.push((kv::COMPLETE, kv::COMPLETE));
        }
        batch.add(user, |pipe| pipe.zadd_multiple(kv::timeline_key(user), &entries).ignore());
        if celebrity_from.is_some() {
            let known: Vec<i64> = celebrities.into_iter().map(i64::from).chain([kv::COMPLETE]).collect();
            batch.add(user, |pipe| pipe.sadd(kv::celebs_key(user), &known).ignore());
        }
        batch = sent_if_large(batch, kv).await?;
    }
    for user in (1..=world.population.users()).filter(|user| is_celebrity(*user)) {
        let author = i64::from(user);
        let mut entries: Vec<(i64, i64)> = world.tweets_of(author).take(kept).map(|id| (id, id)).collect();
        if world.tweets_each as usize <= kept {
            entries.push((kv::COMPLETE, kv::COMPLETE));
        }
        batch.add(author, |pipe| pipe.zadd_multiple(kv::author_key(author), &entries).ignore());
        batch.add(author, |pipe| pipe.sadd(kv::CELEBRITIES, author).ignore());
    }
    batch.send().await
}

async fn sent_if_large<'a>(batch: Batch<'a>, kv: &'a Kv) -> Result<Batch<'a>, Fault> {
    if !batch.is_large() {
        return Ok(batch);
    }
    batch.send().await?;
    Ok(Batch::new(kv))
}
