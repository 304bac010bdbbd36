//! Kafka requests, to a `log` node. Form `b`: bodies as they are; every other form: fields drawn from the input.
#![no_main]

use std::cell::RefCell;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use loadline_fuzz::kafka::{self, Served};
use loadline_fuzz::node::{Renewed, Running, start};
use loadline_fuzz::socket::Connection;
use loadline_fuzz::{Mode, mode, panics};

/// Answers that take longer than this (a group that waits for members, a long poll) are not waited for.
const QUIET: Duration = Duration::from_millis(20);

fn broker() -> (Running, Served) {
    let node = start("log", &[], Default::default());
    let served = Served::by(node.port);
    (node, served)
}

/// How long a login may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

thread_local! {
    static NODE: RefCell<Renewed<(Running, Served)>> = const { RefCell::new(Renewed::new(500, broker)) };
}

fuzz_target!(init: panics::end_the_process(None), |input: &[u8]| {
    let Some((mode, rest)) = mode(input) else { return };
    NODE.with_borrow_mut(|node| {
        let (node, served) = node.next();
        let mut connection = Connection::to(node.port);
        let mut asked = 0;
        if mode != Mode::RawBeforeLogin {
            connection.send(&kafka::login());
            asked = 2;
            let answer = connection.read_until(PATIENCE, |answer| kafka::frames(answer) >= asked);
            assert_eq!(kafka::frames(answer), asked, "the login is answered");
        }
        let bytes = kafka::requests(served, mode, rest);
        asked += kafka::frames(&bytes);
        connection.send(&bytes);
        connection.read_until(QUIET, |answer| kafka::frames(answer) >= asked);
        connection.end();
    });
});
