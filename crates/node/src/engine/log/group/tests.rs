//! A group driven by hand, with time as a number.

use super::*;

const MS: u64 = 1_000_000;

fn ask(group: &mut Group, now_ms: u64, member_id: &str, fresh_id: &str) -> oneshot::Receiver<Joined> {
    ask_as(group, now_ms, member_id, fresh_id, None)
}

fn ask_as(group: &mut Group, now_ms: u64, member_id: &str, fresh_id: &str, instance: Option<&str>) -> oneshot::Receiver<Joined> {
    let (answer, receiver) = oneshot::channel();
    let join = Join {
        member_id: member_id.to_owned(),
        fresh_id: fresh_id.to_owned(),
        instance_id: instance.map(str::to_owned),
        client: ("tester".to_owned(), "127.0.0.1".to_owned()),
        session_ns: 6000 * MS,
        rebalance_ns: 10_000 * MS,
        protocol_type: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), Bytes::from(format!("of {}", instance.unwrap_or(&format!("{fresh_id}{member_id}")))))],
    };
    group.join(now_ms * MS, join, answer);
    receiver
}

/// A new member: it is given its id, and joins with it.
fn enter(group: &mut Group, now_ms: u64, id: &str) -> oneshot::Receiver<Joined> {
    let given = ask(group, now_ms, "", id).try_recv().unwrap();
    assert_eq!((given.error, given.member_id.as_str()), (Some(ResponseError::MemberIdRequired), id));
    ask(group, now_ms, id, "")
}

fn sync(group: &mut Group, now_ms: u64, id: &str, generation: i32, assignments: &[(&str, &'static str)]) -> oneshot::Receiver<Synced> {
    let (answer, receiver) = oneshot::channel();
    let assignments = assignments.iter().map(|(id, text)| ((*id).to_owned(), Bytes::from(*text))).collect();
    group.sync(now_ms * MS, id, None, generation, assignments, answer);
    receiver
}

/// Members a and b in generation 1, stable.
fn pair() -> Group {
    let mut group = Group::new();
    let mut a = enter(&mut group, 0, "a");
    let mut b = enter(&mut group, 50, "b");
    group.expire(149 * MS);
    assert!(a.try_recv().is_err(), "the first rebalance waits 100 ms after the last member");
    assert_eq!(group.next_ns(), Some(150 * MS));
    group.expire(150 * MS);
    let (a, b) = (a.try_recv().unwrap(), b.try_recv().unwrap());
    assert_eq!((a.error, a.generation, a.leader.as_str(), a.protocol.as_str()), (None, 1, "a", "range"));
    assert_eq!(a.members, [("a".to_owned(), Bytes::from("of a")), ("b".to_owned(), Bytes::from("of b"))]);
    assert_eq!((b.generation, b.leader.as_str(), b.members.len()), (1, "a", 0));
    let mut of_b = sync(&mut group, 150, "b", 1, &[]);
    assert!(of_b.try_recv().is_err(), "b waits for the leader");
    assert_eq!(sync(&mut group, 151, "a", 1, &[("a", "0-2"), ("b", "3-5")]).try_recv().unwrap(), Ok(Bytes::from("0-2")));
    assert_eq!(of_b.try_recv().unwrap(), Ok(Bytes::from("3-5")));
    assert_eq!(group.heartbeat(200 * MS, "a", None, 1), Ok(()));
    group
}

#[test]
fn a_third_member_makes_all_join_again() {
    let mut group = pair();
    let mut c = enter(&mut group, 300, "c");
    assert_eq!(group.heartbeat(301 * MS, "a", None, 1), Err(ResponseError::RebalanceInProgress));
    assert_eq!(group.may_commit(301 * MS, "a", None, 1), Ok(()), "offsets are committed during the rebalance");
    let mut a = ask(&mut group, 302, "a", "");
    assert!(c.try_recv().is_err());
    let mut b = ask(&mut group, 303, "b", "");
    for joined in [&mut a, &mut b, &mut c] {
        assert_eq!(joined.try_recv().unwrap().generation, 2, "complete as soon as the last known member has joined");
    }
    assert_eq!(group.heartbeat(304 * MS, "a", None, 1), Err(ResponseError::IllegalGeneration));
    assert_eq!(group.may_commit(304 * MS, "a", None, 2), Err(ResponseError::RebalanceInProgress));
}

#[test]
fn the_silent_are_out_after_their_session() {
    let mut group = pair();
    group.heartbeat(5000 * MS, "a", None, 1).unwrap();
    group.expire(6150 * MS);
    assert_eq!(group.heartbeat(6150 * MS, "a", None, 1), Ok(()), "b was last heard of at 151, so it expires at 6151");
    group.expire(6151 * MS);
    assert_eq!(group.heartbeat(6152 * MS, "a", None, 1), Err(ResponseError::RebalanceInProgress));
    let joined = ask(&mut group, 6153, "a", "").try_recv().unwrap();
    assert_eq!((joined.generation, joined.members.len()), (2, 1));
}

#[test]
fn leaving_empties_the_group_and_frees_its_offsets() {
    let mut group = pair();
    assert_eq!(group.may_commit(0, "", None, -1), Err(ResponseError::UnknownMemberId));
    assert_eq!(group.leave(400 * MS, "b"), Ok(()));
    assert_eq!(group.leave(400 * MS, "b"), Err(ResponseError::UnknownMemberId));
    assert_eq!(group.leave(401 * MS, "a"), Ok(()));
    assert!(group.is_empty());
    assert_eq!(group.next_ns(), None);
    assert_eq!(group.may_commit(0, "", None, -1), Ok(()));
}

#[test]
fn who_does_not_join_again_is_left_behind() {
    let mut group = pair();
    group.leave(300 * MS, "a").unwrap();
    let mut c = enter(&mut group, 301, "c");
    for at in [3000, 6000, 9000] {
        assert_eq!(group.heartbeat(at * MS, "b", None, 1), Err(ResponseError::RebalanceInProgress));
    }
    group.expire(10_300 * MS);
    let joined = c.try_recv().unwrap();
    assert_eq!((joined.generation, joined.leader.as_str(), joined.members.len()), (2, "c", 1));
}

#[test]
fn a_leader_that_never_syncs_is_replaced() {
    let mut group = Group::new();
    let mut a = enter(&mut group, 0, "a");
    let mut b = enter(&mut group, 0, "b");
    group.expire(100 * MS);
    assert!(a.try_recv().is_ok() && b.try_recv().is_ok());
    let mut of_b = sync(&mut group, 101, "b", 1, &[]);
    for at in [5000, 10_000] {
        group.heartbeat(at * MS, "a", None, 1).unwrap();
        group.expire(at * MS);
    }
    assert!(of_b.try_recv().is_err());
    group.expire(10_100 * MS);
    assert_eq!(of_b.try_recv().unwrap(), Err(ResponseError::RebalanceInProgress));
    assert_eq!(ask(&mut group, 10_101, "b", "").try_recv().unwrap().leader, "b");
}

#[test]
fn strangers_and_other_protocols_are_refused() {
    let mut group = pair();
    assert_eq!(ask(&mut group, 1, "x", "").try_recv().unwrap().error, Some(ResponseError::UnknownMemberId));
    let (answer, mut receiver) = oneshot::channel();
    let join = Join {
        member_id: String::new(),
        fresh_id: "x".to_owned(),
        instance_id: None,
        client: (String::new(), String::new()),
        session_ns: MS,
        rebalance_ns: MS,
        protocol_type: "consumer".to_owned(),
        protocols: vec![("sticky".to_owned(), Bytes::new())],
    };
    group.join(MS, join, answer);
    assert_eq!(receiver.try_recv().unwrap().error, Some(ResponseError::InconsistentGroupProtocol));
}

/// Static members: who comes back under its name gets its partitions again, and nobody else notices.
#[test]
fn a_static_member_that_comes_back_takes_its_place() {
    let mut group = Group::new();
    let mut a = ask_as(&mut group, 0, "", "a1", Some("a"));
    let mut b = ask_as(&mut group, 0, "", "b1", Some("b"));
    group.expire(100 * MS);
    assert_eq!((a.try_recv().unwrap().generation, b.try_recv().unwrap().leader.as_str()), (1, "a1"));
    sync(&mut group, 101, "a1", 1, &[("a1", "0-2"), ("b1", "3-5")]);

    let again = ask_as(&mut group, 200, "", "b2", Some("b")).try_recv().unwrap();
    assert_eq!((again.error, again.generation, again.member_id.as_str(), again.leader.as_str()), (None, 1, "b2", "a1"));
    assert_eq!(sync(&mut group, 201, "b2", 1, &[]).try_recv().unwrap(), Ok(Bytes::from("3-5")));
    assert_eq!(group.heartbeat(202 * MS, "b1", Some("b"), 1), Err(ResponseError::FencedInstanceId));
    assert_eq!(group.heartbeat(202 * MS, "b2", Some("b"), 1), Ok(()));
    assert_eq!(group.heartbeat(202 * MS, "a1", Some("a"), 1), Ok(()), "nobody has to join again");
    assert_eq!(ask_as(&mut group, 203, "b1", "", Some("b")).try_recv().unwrap().error, Some(ResponseError::FencedInstanceId));

    let leader = ask_as(&mut group, 300, "", "a2", Some("a")).try_recv().unwrap();
    assert_eq!((leader.generation, leader.leader.as_str(), leader.members.len()), (1, "a2", 2));
    assert_eq!(sync(&mut group, 301, "a2", 1, &[]).try_recv().unwrap(), Ok(Bytes::from("0-2")));
    let shown = group.show();
    assert_eq!((shown.state, shown.members.len(), shown.members[0].instance_id.as_deref()), ("Stable", 2, Some("a")));

    group.expire(7000 * MS);
    assert!(group.is_empty(), "their sessions end like those of all others");
}
