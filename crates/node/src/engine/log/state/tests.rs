//! The rules of topics and leaders, without brokers.

use super::super::settings::tests::defaults;
use super::*;

fn rules(brokers: usize) -> Rules {
    Rules { brokers, partitions: 6, replication: 1, topic: defaults() }
}

fn create(name: &str, partitions: i32, replication: i16) -> Change {
    Change::Create { name: name.to_owned(), partitions, replication, settings: BTreeMap::new() }
}

fn refused(state: &ClusterState, change: Change, brokers: usize) -> ResponseError {
    state.clone().change(change, &rules(brokers)).unwrap_err().0
}

/// Topic `t` with three replicas at three brokers.
fn three() -> ClusterState {
    let mut state = ClusterState::default();
    state.change(create("t", 3, 3), &rules(3)).unwrap();
    state
}

fn leaders(state: &ClusterState) -> Vec<(i32, i32, Vec<i32>)> {
    state.topics["t"].partitions.iter().map(|p| (p.leader, p.epoch, p.isr.clone())).collect()
}

#[test]
fn partitions_and_replicas_are_spread() {
    let mut state = ClusterState::default();
    state.change(create("t", 5, 2), &rules(3)).unwrap();
    let replicas: Vec<Vec<i32>> = state.topics["t"].partitions.iter().map(|p| p.replicas.clone()).collect();
    assert_eq!(replicas, [vec![0, 1], vec![1, 2], vec![2, 0], vec![0, 1], vec![1, 2]]);
    assert_eq!(leaders(&state)[2], (2, 0, vec![2, 0]));
    state.change(Change::Grow { name: "t".to_owned(), count: 7 }, &rules(3)).unwrap();
    assert_eq!(state.topics["t"].partitions[6].replicas, [0, 1]);
    assert_eq!(state.version, 2);
}

#[test]
fn names_counts_and_settings_are_checked() {
    let state = three();
    let long = "x".repeat(250);
    for name in ["", ".", "..", "a/b", "../a", "a b", "\u{e4}", long.as_str()] {
        assert_eq!(refused(&state, create(name, 1, 1), 3), ResponseError::InvalidTopicException, "{name}");
    }
    for count in [i32::MIN, -2, 0, 257] {
        assert_eq!(refused(&state, create("u", count, 1), 3), ResponseError::InvalidPartitions);
    }
    for replication in [-2, 0, 4] {
        assert_eq!(refused(&state, create("u", 1, replication), 3), ResponseError::InvalidReplicationFactor);
    }
    assert_eq!(refused(&state, create("t", 1, 1), 3), ResponseError::TopicAlreadyExists);
    assert_eq!(refused(&state, Change::Grow { name: "t".to_owned(), count: 3 }, 3), ResponseError::InvalidPartitions);
    assert_eq!(refused(&state, Change::Delete { name: "u".to_owned() }, 3), ResponseError::UnknownTopicOrPartition);
    let settings = BTreeMap::from([("nonsense".to_owned(), "1".to_owned())]);
    assert_eq!(refused(&state, Change::Configure { name: "t".to_owned(), settings }, 3), ResponseError::InvalidConfig);
    let mut full = ClusterState::default();
    let made = (0..).take_while(|n| full.change(create(&format!("t{n}"), 256, 1), &rules(1)).is_ok()).count();
    assert_eq!(made, limits::PARTITIONS / 256);
}

#[test]
fn the_next_in_sync_replica_leads_in_the_next_epoch() {
    let mut state = three();
    let isr = Change::Isr { topic: "t".to_owned(), partition: 1, epoch: 0, isr: vec![1, 0] };
    state.change(isr.clone(), &rules(3)).unwrap();
    assert!(state.lose(1));
    assert_eq!(leaders(&state), [(0, 0, vec![0, 2]), (0, 1, vec![0]), (2, 0, vec![2, 0])]);
    assert!(!state.lose(1), "it is gone already");
    assert_eq!(refused(&state, isr, 3), ResponseError::FencedLeaderEpoch);
    let back = |isr| Change::Isr { topic: "t".to_owned(), partition: 0, epoch: 0, isr };
    assert_eq!(refused(&state, back(vec![0, 1]), 3), ResponseError::InvalidRequest, "it is away");
    assert!(state.meet(1));
    assert_eq!(leaders(&state)[1], (0, 1, vec![0]), "leadership does not move back by itself");
    state.change(back(vec![0, 1]), &rules(3)).unwrap();
    assert_eq!(refused(&state, back(vec![1, 2]), 3), ResponseError::InvalidRequest, "the leader is always in sync");
}

#[test]
fn without_a_replica_in_sync_there_is_no_leader() {
    let mut state = three();
    for id in [2, 1, 0] {
        state.lose(id);
    }
    assert_eq!(leaders(&state)[0], (-1, 1, vec![0]), "0 was the last that had everything");
    state.meet(1);
    assert_eq!(leaders(&state)[0], (-1, 1, vec![0]), "1 may lack records that were acknowledged");
    state.meet(0);
    assert_eq!(leaders(&state)[0], (0, 2, vec![0]));
}

#[test]
fn a_topic_made_again_is_another() {
    let mut state = three();
    let before = state.topics["t"].id;
    state.change(Change::Delete { name: "t".to_owned() }, &rules(3)).unwrap();
    state.lose(1);
    state.change(create("t", 3, 2), &rules(3)).unwrap();
    assert_ne!(state.topics["t"].id, before);
    assert_eq!(leaders(&state), [(0, 0, vec![0]), (2, 0, vec![2]), (2, 0, vec![2, 0])], "who is away is not in sync");
}
