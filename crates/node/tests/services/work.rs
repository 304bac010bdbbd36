//! The plain service: whom it calls next.

use loadline_model::wire::Peer;

use crate::rig::{Running, get, part, until};

fn next() -> [Running; 3] {
    [0, 1, 2].map(|instance| part("work").named("next", instance).start())
}

fn peers(next: &[Running]) -> Vec<Peer> {
    next.iter().map(|next| next.peer.clone()).collect()
}

fn asked(next: &[Running]) -> Vec<u64> {
    next.iter().map(|next| next.sample().admitted["work"]).collect()
}

#[tokio::test]
async fn one_caller_asks_every_instance_of_the_next_by_turns() {
    let next = next();
    let caller = part("work").link("next", &peers(&next)).start();
    for _ in 0..30 {
        get(&caller, "/work").await.expect(200);
    }
    assert_eq!(asked(&next), [10, 10, 10]);
}

#[tokio::test]
async fn callers_begin_at_different_instances() {
    let next = next();
    for instance in 0..3 {
        let caller = part("work").named("caller", instance).link("next", &peers(&next)).start();
        get(&caller, "/work").await.expect(200);
    }
    assert_eq!(asked(&next), [1, 1, 1]);
}

#[tokio::test]
async fn an_instance_that_is_gone_is_left_out_until_it_answers_again() {
    let mut next = next();
    let caller = part("work").link("next", &peers(&next)).start();
    for _ in 0..3 {
        get(&caller, "/work").await.expect(200);
    }
    next[1].kill();
    let mut failed = 0;
    for _ in 0..3 {
        let reply = get(&caller, "/work").await;
        if !reply.status.is_success() {
            assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("next;unreachable")));
            failed += 1;
        }
    }
    assert_eq!(failed, 1, "only the request that finds out");
    let before = asked(&next);
    for _ in 0..20 {
        get(&caller, "/work").await.expect(200);
    }
    assert_eq!(asked(&next), [before[0] + 10, before[1], before[2] + 10], "the others share its turns");
    next[1] = part("work").named("next", 1).at_port(next[1].port).start();
    until("next-2 is asked again", async || {
        get(&caller, "/work").await.expect(200);
        asked(&next)[1] > 0
    })
    .await;
    let before = asked(&next);
    for _ in 0..30 {
        get(&caller, "/work").await.expect(200);
    }
    assert_eq!(asked(&next), before.iter().map(|before| before + 10).collect::<Vec<_>>());
}

#[tokio::test]
async fn where_nobody_is_left_the_fault_still_names_who_is_gone() {
    let mut next = next();
    let caller = part("work").link("next", &peers(&next)).start();
    next.iter_mut().for_each(Running::kill);
    for _ in 0..9 {
        let reply = get(&caller, "/work").await;
        assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("next;unreachable")));
    }
}
