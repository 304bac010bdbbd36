//! Real servers in an engine's place: room for a run in them before it is seeded, and nothing left of it afterwards. What is not Loadline's is
//! never touched: tables live in a schema of their own, topics and groups have names of their own, and a Redis database that holds other data
//! is refused.

use std::sync::Arc;
use std::time::Duration;

use loadline_model::wire::Peer;
use rdkafka::admin::AdminOptions;
use rdkafka::types::RDKafkaErrorCode;

use crate::runtime::Node;
use crate::service::store::Fault;
use crate::service::store::database::Database;
use crate::service::store::kv::{Kv, KvTarget};
use crate::service::store::log;
use crate::service::store::sql::SqlTarget;

/// Wall time that a real log may take for one request.
const LOG_WITHIN: Duration = Duration::from_secs(10);
/// Wall time after which it is looked whether a topic that was removed is there again: a request for it that was under way when its client
/// ended makes it anew where the log makes topics by itself.
const LATE_REQUEST: Duration = Duration::from_millis(200);
/// How often such a topic is removed before somebody else is said to make it.
const REMOVALS: u32 = 5;
/// The key that says that a Redis database is in use by a run.
const MARK: &str = "loadline:run";

/// Creates the schema anew; the services find it by the search path in their URL.
pub(super) async fn room_in_sql(target: &SqlTarget) -> Result<(), Fault> {
    drop_schema(target).await?;
    let client = target.dedicated().await?;
    client.batch_execute("CREATE SCHEMA loadline").await.map_err(|error| target.fault(&error))
}

async fn drop_schema(target: &SqlTarget) -> Result<(), Fault> {
    let client = target.dedicated().await?;
    // Somebody who looks into it may hold it: then this says so, rather than wait for ever.
    client.batch_execute("SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS loadline CASCADE").await.map_err(|error| target.fault(&error))
}

/// Empties what a run left behind that was killed, and marks the database as in use.
pub(super) async fn room_in_kv(target: &KvTarget) -> Result<(), Fault> {
    let (keys, marked): (u64, bool) = target.ask(redis::pipe().cmd("DBSIZE").exists(MARK)).await?;
    if keys > 0 && !marked {
        return Err(target.named(
            "not_empty",
            format!("{} holds {keys} other keys: give an empty database, like redis://127.0.0.1:6379/9", target.peer().node),
        ));
    }
    let () = target.ask(redis::pipe().cmd("FLUSHDB").ignore().set(MARK, 1).ignore()).await?;
    Ok(())
}

/// Removes the topics of runs that were killed before they could; those of this run's workers stay.
pub(super) async fn room_in_log(node: &Node, peers: &[Peer]) -> Result<(), Fault> {
    let own = log::own_name(node);
    remove_topics(peers, move |name| name.starts_with(log::OWN) && name != own).await
}

/// Removes the topics that `which` names from the real log at `peers`, when it is one.
async fn remove_topics(peers: &[Peer], which: impl Fn(&str) -> bool) -> Result<(), Fault> {
    let Some(first) = peers.iter().find(|peer| peer.is_real) else { return Ok(()) };
    let fault = |message: String| Fault {
        component: first.component.clone(),
        reason: "unreachable",
        message: format!("{}: {message}", first.node),
    };
    let admin = Arc::new(log::admin(peers).map_err(|error| fault(error.to_string()))?);
    for removal in 0..=REMOVALS {
        let asked = admin.clone();
        // The client has no other way to ask, and it waits for the answer.
        let known = tokio::task::spawn_blocking(move || asked.inner().fetch_metadata(None, LOG_WITHIN)).await;
        let known =
            known.map_err(|error| fault(error.to_string()))?.map_err(|error| fault(format!("its topics cannot be listed: {error}")))?;
        let names: Vec<&str> = known.topics().iter().map(|topic| topic.name()).filter(|name| which(name)).collect();
        let Some(name) = names.first() else { return Ok(()) };
        if removal == REMOVALS {
            return Err(fault(format!("the topic {name} is there again: somebody else makes it, or the log does not remove topics")));
        }
        let removed = admin.delete_topics(&names, &options()).await.map_err(|error| fault(error.to_string()))?;
        for outcome in removed {
            if let Err((name, code)) = outcome
                && code != RDKafkaErrorCode::UnknownTopicOrPartition
            {
                return Err(fault(format!("the topic {name} cannot be removed: {code}")));
            }
        }
        tokio::time::sleep(LATE_REQUEST).await;
    }
    Ok(())
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(LOG_WITHIN)).operation_timeout(Some(LOG_WITHIN))
}

/// Removes the groups of this run, whose members have ended.
async fn remove_groups(node: &Node, peers: &[Peer]) -> Result<(), Fault> {
    let Some(first) = peers.iter().find(|peer| peer.is_real) else { return Ok(()) };
    let fault = |message: String| Fault {
        component: first.component.clone(),
        reason: "unreachable",
        message: format!("{}: {message}", first.node),
    };
    let admin = log::admin(peers).map_err(|error| fault(error.to_string()))?;
    let own = log::group(node, peers, crate::service::fanout::GROUP);
    let removed = admin.delete_groups(&[own.as_str()], &options()).await.map_err(|error| fault(error.to_string()))?;
    for outcome in removed {
        match outcome {
            // A group that waits for a member that was ended goes by itself when the member's session is over.
            Ok(_) | Err((_, RDKafkaErrorCode::GroupIdNotFound | RDKafkaErrorCode::NonEmptyGroup)) => {}
            Err((name, code)) => return Err(fault(format!("the group {name} cannot be removed: {code}"))),
        }
    }
    Ok(())
}

/// Leaves nothing of the run in any of them.
pub(super) async fn sweep(node: &Node, database: &Arc<Database>, caches: &[&Kv], log: &[Peer]) -> Result<(), Fault> {
    let own = log::own_name(node);
    remove_groups(node, log).await?;
    remove_topics(log, move |name| name == own).await?;
    for target in database.primaries().iter().filter(|target| target.is_real()) {
        drop_schema(target).await?;
    }
    for target in real(caches) {
        let (marked,): (bool,) = target.ask(redis::pipe().exists(MARK)).await?;
        if marked {
            let () = target.ask(redis::pipe().cmd("FLUSHDB").ignore()).await?;
        }
    }
    Ok(())
}

/// The real ones among the instances of some caches; one that stands in several caches comes once.
pub(super) fn real<'a>(caches: &[&'a Kv]) -> Vec<&'a Arc<KvTarget>> {
    let mut found: Vec<&Arc<KvTarget>> = Vec::new();
    for target in caches.iter().flat_map(|kv| (0..kv.instances()).filter_map(|place| kv.at(place))).filter(|target| target.is_real()) {
        if !found.iter().any(|known| known.peer().url == target.peer().url) {
            found.push(target);
        }
    }
    found
}
