//! The gauges `consumer_lag/<group>` and `consumer_lag`: records that are visible and not committed, over the partitions with a committed
//! offset, of each group and of all. Only the coordinator knows the committed offsets; it asks the other brokers for the ends of their partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Broker;
use super::members::MemberClient;
use super::offsets::Committed;

/// Wall time between two looks.
const EVERY: Duration = Duration::from_millis(200);

/// Sets the gauges a few times a second, for ever.
pub(super) async fn watch(broker: &Broker) {
    let mut clients: BTreeMap<i32, MemberClient> = BTreeMap::new();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut shown: BTreeSet<String> = BTreeSet::new();
    loop {
        tick.tick().await;
        if !broker.coordinates() {
            continue;
        }
        let mut lags: BTreeMap<String, u64> = BTreeMap::new();
        let mut remote: BTreeMap<i32, Vec<Committed>> = BTreeMap::new();
        let mut topics_gone = false;
        for committed in broker.coordinator.positions() {
            let Ok(index) = usize::try_from(committed.partition) else { continue };
            let Some(topic) = broker.topics.get(&committed.topic) else {
                topics_gone = true;
                continue;
            };
            let here = topic.partitions.get(index).cloned().flatten().filter(|partition| partition.leads());
            match (here, topic.agreed.get(index)) {
                (Some(here), _) => add(&mut lags, committed.group, behind(here.bounds().1, committed.offset)),
                (None, Some(agreed)) => remote.entry(agreed.leader).or_default().push(committed),
                (None, None) => {}
            }
        }
        if topics_gone && broker.coordinator.forget_topics(|name| broker.topics.get(name).is_some()).is_err() {
            broker.node.failed("storage");
        }
        let mut whole = true;
        for (leader, positions) in remote {
            match ask(broker, &mut clients, leader, &positions).await {
                Ok(ends) => {
                    for (end, committed) in ends.iter().zip(positions) {
                        add(&mut lags, committed.group, end.map_or(0, |end| behind(end, committed.offset)));
                    }
                }
                Err(_) => {
                    whole = false;
                    clients.remove(&leader);
                    broker.node.failed("member_unreachable");
                }
            }
        }
        if whole {
            show(broker, &lags, &mut shown);
        }
    }
}

/// Sets the gauge of each group and of all together; a group that is gone has none any more.
fn show(broker: &Broker, lags: &BTreeMap<String, u64>, shown: &mut BTreeSet<String>) {
    for gone in shown.iter().filter(|group| !lags.contains_key(*group)) {
        broker.node.drop_gauge(&gauge(gone));
    }
    *shown = lags.keys().cloned().collect();
    for (group, lag) in lags {
        broker.node.gauge(gauge(group), *lag as f64);
    }
    broker.node.gauge("consumer_lag", lags.values().fold(0_u64, |sum, lag| sum.saturating_add(*lag)) as f64);
}

/// Adds to a group's lag. A client may commit any offset, far below 0 too, so that a sum does not fit: then it is the most that does.
fn add(lags: &mut BTreeMap<String, u64>, group: String, records: u64) {
    let lag = lags.entry(group).or_default();
    *lag = lag.saturating_add(records);
}

fn gauge(group: &str) -> String {
    format!("consumer_lag/{group}")
}

async fn ask(
    broker: &Broker,
    clients: &mut BTreeMap<i32, MemberClient>,
    leader: i32,
    positions: &[Committed],
) -> Result<Vec<Option<i64>>, String> {
    let member = broker.members.iter().find(|member| member.id == leader && leader != broker.id).ok_or("no such broker")?;
    let client = match clients.entry(leader) {
        std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::btree_map::Entry::Vacant(empty) => {
            empty.insert(MemberClient::connect(member, &broker.node.config().token).await?)
        }
    };
    let partitions: Vec<(String, i32)> = positions.iter().map(|committed| (committed.topic.clone(), committed.partition)).collect();
    client.latest(&partitions).await
}

fn behind(end: i64, committed: i64) -> u64 {
    u64::try_from(end.saturating_sub(committed)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_past_counting_are_the_most_that_can_be_counted() {
        let mut lags = BTreeMap::new();
        for (end, committed) in [(5, 3), (i64::MAX, i64::MIN), (i64::MAX, i64::MIN), (i64::MAX, 0)] {
            add(&mut lags, "g".to_owned(), behind(end, committed));
        }
        assert_eq!(lags["g"], u64::MAX);
    }
}
