//! HTTP, to the services of a whole system: the first byte names one (`u`ser, `t`weet, `f`eed, `w`ork, `g`ateway, `l`oad balancer), the
//! second says how the rest is taken. Framed inputs are requests in lines.
#![no_main]

use std::cell::RefCell;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use loadline_fuzz::node::{Renewed, Running, start};
use loadline_fuzz::socket::Connection;
use loadline_fuzz::{Mode, http, mode, panics};

/// A framed request that asks for the end of the connection gets it at once; this is for those that do not.
const QUIET: Duration = Duration::from_millis(100);

/// Stores and services, wired to each other: callers first, so that they end first.
struct System {
    services: Vec<(u8, Running)>,
    _stores: [Running; 3],
}

fn system() -> System {
    let stores =
        [start("sql_primary", &[], Default::default()), start("kv", &[], Default::default()), start("log", &[], Default::default())];
    let [sql, kv, log] = stores.each_ref().map(|store| vec![store.peer.clone()]);
    let with = |ports: &[(&str, &Vec<_>)]| ports.iter().map(|(port, peers)| ((*port).to_owned(), (*peers).clone())).collect();
    let user = start("user", &[], with(&[("accounts", &sql)]));
    let tweet = start("tweet", &[], with(&[("tweets", &sql), ("cache", &kv), ("events", &log)]));
    let feed = start("feed", &[("timeline_built", "hybrid".into())], with(&[("tweets", &sql), ("timeline", &kv)]));
    let work = start("work", &[], Default::default());
    let behind = [&user, &tweet, &feed, &work].map(|service| service.peer.clone()).to_vec();
    let gateway = start("api_gateway", &[], with(&[("routes", &behind)]));
    let balancer = start("load_balancer", &[], with(&[("targets", &vec![gateway.peer.clone()])]));
    let services = vec![(b'l', balancer), (b'g', gateway), (b'f', feed), (b't', tweet), (b'u', user), (b'w', work)];
    System { services, _stores: stores }
}

thread_local! {
    static SYSTEM: RefCell<Renewed<System>> = const { RefCell::new(Renewed::new(5000, system)) };
}

fuzz_target!(init: panics::end_the_process(Some("PgWireFrontendMessage::decode")), |input: &[u8]| {
    let Some((service, input)) = input.split_first() else { return };
    let Some((mode, rest)) = mode(input) else { return };
    SYSTEM.with_borrow_mut(|system| {
        let services = &system.next().services;
        let named = services.iter().find(|(name, _)| name == service).or(services.get(usize::from(*service) % services.len()));
        let (_, node) = named.expect("there are services");
        let mut connection = Connection::to(node.port);
        connection.send(&http::connection(mode, rest, node.port));
        if matches!(mode, Mode::Framed(_)) {
            connection.read_until(QUIET, |_| false);
        }
        let answer = connection.end();
        assert!(!matches!(mode, Mode::Framed(_)) || answer.starts_with(b"HTTP/1.1 "), "a request is answered: {}", String::from_utf8_lossy(&answer));
    });
});
