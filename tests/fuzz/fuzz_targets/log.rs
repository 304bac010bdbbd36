//! Kafka requests, to a `log` node. Form `b`: bodies as they are; every other form: fields drawn from the input.
#![no_main]

use std::cell::RefCell;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use loadline_fuzz::kafka::{self, Served};
use loadline_fuzz::node::{Renewed, Running, start};
use loadline_fuzz::socket::{Close, talk};
use loadline_fuzz::{Mode, mode, panics};

/// Answers that take longer than this (a group that waits for members, a long poll) are not waited for.
const QUIET: Duration = Duration::from_millis(20);

fn broker() -> (Running, Served) {
    let node = start("log", &[], Default::default());
    let served = Served::by(node.port);
    (node, served)
}

thread_local! {
    static NODE: RefCell<Renewed<(Running, Served)>> = const { RefCell::new(Renewed::new(500, broker)) };
}

fuzz_target!(init: panics::end_the_process(None), |input: &[u8]| {
    let Some((mode, rest)) = mode(input) else { return };
    NODE.with_borrow_mut(|node| {
        let (node, served) = node.next();
        let (bytes, asked) = kafka::connection(served, mode, rest);
        let is_whole = |answer: &[u8]| kafka::answers(answer) >= asked;
        let answer = talk(node.port, &bytes, &Close::After { is_whole: &is_whole, quiet: QUIET });
        assert!(mode == Mode::RawBeforeLogin || kafka::answers(&answer) >= 2, "the login is answered");
    });
});
