//! The gauge `consumer_lag`: records that are visible and not committed, over all groups and partitions with a committed offset. Only
//! the coordinator knows the committed offsets; it asks the other brokers for the ends of their partitions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Broker;
use super::members::MemberClient;

/// Wall time between two looks.
const EVERY: Duration = Duration::from_millis(200);

/// Sets the gauge a few times a second, for ever.
pub(super) async fn watch(broker: &Broker) {
    let mut clients: BTreeMap<i32, MemberClient> = BTreeMap::new();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if !broker.coordinates() {
            continue;
        }
        let mut lag = 0u64;
        let mut remote: BTreeMap<i32, Vec<(String, i32, i64)>> = BTreeMap::new();
        for (topic, partition, committed) in broker.coordinator.positions() {
            let Ok(index) = usize::try_from(partition) else { continue };
            let here = broker.topics.get(&topic).and_then(|topic| topic.partitions.get(index).cloned().flatten());
            match here {
                Some(here) => lag += behind(here.bounds().1, committed),
                None => remote.entry(broker.topics.leader_of(index)).or_default().push((topic, partition, committed)),
            }
        }
        let mut whole = true;
        for (leader, positions) in remote {
            match ask(broker, &mut clients, leader, &positions).await {
                Ok(more) => lag += more,
                Err(_) => {
                    whole = false;
                    clients.remove(&leader);
                    broker.node.failed("member_unreachable");
                }
            }
        }
        if whole {
            broker.node.gauge("consumer_lag", lag as f64);
        }
    }
}

async fn ask(
    broker: &Broker,
    clients: &mut BTreeMap<i32, MemberClient>,
    leader: i32,
    positions: &[(String, i32, i64)],
) -> Result<u64, String> {
    let member = broker.members.iter().find(|member| member.id == leader && leader != broker.id).ok_or("no such broker")?;
    let client = match clients.entry(leader) {
        std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::btree_map::Entry::Vacant(empty) => {
            empty.insert(MemberClient::connect(member, &broker.node.config().token).await?)
        }
    };
    let partitions: Vec<(String, i32)> = positions.iter().map(|(topic, partition, _)| (topic.clone(), *partition)).collect();
    let ends = client.latest(&partitions).await?;
    Ok(ends.iter().zip(positions).filter_map(|(end, position)| Some(behind((*end)?, position.2))).sum())
}

fn behind(end: i64, committed: i64) -> u64 {
    u64::try_from(end.saturating_sub(committed)).unwrap_or(0)
}
