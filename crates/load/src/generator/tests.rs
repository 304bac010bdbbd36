//! What only the inside of the loop can be asked: a connection that dies between two looks at the poll.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use super::*;

fn answer_one(stream: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
}

/// Waits for events until nothing is in flight.
fn settle(generator: &mut Generator) {
    let mut events = Events::with_capacity(8);
    while generator.tally.counts().in_flight() > 0 {
        generator.poll.poll(&mut events, None).unwrap();
        let places: Vec<usize> = events.iter().map(|event| event.token().0).collect();
        places.into_iter().for_each(|place| generator.handle(place, true));
    }
}

#[test]
fn a_connection_that_was_reset_at_rest_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let spec = format!(
        r#"{{"seed":1,"addresses":["{address}"],"operations":[{{"name":"a","weight":1,"method":"POST","path":"/","deadline_ms":60000}}],
        "variables":{{"users":1,"popularity_exponent":1,"tweets":1}},"process":"constant",
        "phases":[{{"start_s":0,"end_s":1,"from_per_s":10,"to_per_s":10}}],"duration_s":1}}"#
    );
    let mut generator = Generator::new(serde_json::from_str(&spec).unwrap()).unwrap();
    generator.start_ns = clock::now_ns();
    generator.send(generator.start_ns);
    let (mut first, _) = listener.accept().unwrap();
    answer_one(&mut first);
    settle(&mut generator);
    assert_eq!(generator.targets[0].idle.len(), 1);
    // A reset, not a plain close: the next write takes not one byte. No event is handled in between.
    rustix::net::sockopt::set_socket_linger(&first, Some(std::time::Duration::ZERO)).unwrap();
    drop(first);
    generator.send(generator.start_ns);
    let (mut second, _) = listener.accept().unwrap();
    answer_one(&mut second);
    settle(&mut generator);
    let counts = generator.tally.counts();
    // In time or late is the machine's affair.
    assert_eq!((counts.sent, counts.ok + counts.late, counts.failed, generator.opened), (2, 2, 0, 2));
}
