//! Real servers in an engine's place: room for a run in them before it is seeded, and nothing left of it afterwards. What is not Loadline's is
//! never touched: tables live in a schema of their own, and a Redis database that holds other data is refused.

use std::sync::Arc;

use crate::service::store::Fault;
use crate::service::store::database::Database;
use crate::service::store::kv::{Kv, KvTarget};
use crate::service::store::sql::SqlTarget;

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
    client.batch_execute("DROP SCHEMA IF EXISTS loadline CASCADE").await.map_err(|error| target.fault(&error))
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

/// Leaves nothing of the run in any of them.
pub(super) async fn sweep(database: &Arc<Database>, caches: &[&Kv]) -> Result<(), Fault> {
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
