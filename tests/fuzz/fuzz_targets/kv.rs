//! RESP, to a `kv` node. Framed inputs are lines of words: `SET a 1`.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use loadline_fuzz::node::{Renewed, Running, start};
use loadline_fuzz::socket::talk;
use loadline_fuzz::{Mode, mode, panics, resp};

thread_local! {
    static NODE: RefCell<Renewed<Running>> = const { RefCell::new(Renewed::new(5000, || start("kv", &[], Default::default()))) };
}

fuzz_target!(init: panics::end_the_process(None), |input: &[u8]| {
    let Some((mode, rest)) = mode(input) else { return };
    NODE.with_borrow_mut(|node| {
        let answer = talk(node.next().port, &resp::connection(mode, rest));
        assert!(mode == Mode::RawBeforeLogin || answer.starts_with(b"+OK\r\n"), "the login is answered");
    });
});
