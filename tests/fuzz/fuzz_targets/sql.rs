//! PostgreSQL messages, to a `sql_primary` node with two tables. Framed inputs are lines: a query, or one of the messages that
//! `loadline_fuzz::postgres` lists.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use loadline_fuzz::node::{Renewed, Running, start};
use loadline_fuzz::socket::talk;
use loadline_fuzz::{Mode, mode, panics, postgres};

const TABLES: &[u8] =
    b"CREATE TABLE t (id bigint PRIMARY KEY, name text NOT NULL, n int, x double precision, b bytea, at timestamptz, ok boolean);\
    CREATE TABLE u (a bigint, b bigint REFERENCES t, PRIMARY KEY (a, b));\
    INSERT INTO t VALUES (1, 'one', 1, 1.5, '\\x01', '2026-01-01T00:00:00Z', true), (2, 'two', NULL, -0.0, NULL, NULL, false);\
    INSERT INTO u VALUES (1, 1), (1, 2)";

fn database() -> Running {
    let node = start("sql_primary", &[], Default::default());
    let answer = talk(node.port, &postgres::connection(Mode::Framed(b's'), TABLES));
    assert!(!answer.windows(5).any(|window| window == b"ERROR"), "the tables are made: {}", String::from_utf8_lossy(&answer));
    node
}

thread_local! {
    static NODE: RefCell<Renewed<Running>> = const { RefCell::new(Renewed::new(200, database)) };
}

// The engine catches panics of pgwire's decoder where it calls it.
fuzz_target!(init: panics::end_the_process(Some("PgWireFrontendMessage::decode")), |input: &[u8]| {
    let Some((mode, rest)) = mode(input) else { return };
    NODE.with_borrow_mut(|node| {
        let answer = talk(node.next().port, &postgres::connection(mode, rest));
        assert!(mode == Mode::RawBeforeLogin || answer.starts_with(b"R\0\0\0\x08\0\0\0\x03"), "the login is answered");
    });
});
