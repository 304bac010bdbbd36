//! Answers as data: whole, byte by byte, and broken.

use super::*;

/// Feeds `bytes` whole and then byte by byte; both must come to the same.
#[track_caller]
fn check(bytes: &[u8], expected: Result<Progress, Garbage>, status: u16, keep: bool) {
    let mut whole = Answer::default();
    whole.begin("GET");
    assert_eq!(whole.feed(bytes), expected, "whole");
    let mut slow = Answer::default();
    slow.begin("GET");
    let mut outcome = Ok(Progress::More);
    for byte in bytes {
        assert_eq!(outcome, Ok(Progress::More), "byte by byte");
        outcome = slow.feed(std::slice::from_ref(byte));
        if outcome.is_err() {
            break;
        }
    }
    assert_eq!(outcome, expected, "byte by byte");
    if expected.is_ok() {
        assert_eq!((whole.status(), whole.keep()), (status, keep));
        assert_eq!((slow.status(), slow.keep()), (status, keep));
    }
}

const WHOLE: Result<Progress, Garbage> = Ok(Progress::Complete { extra: false });

#[test]
fn bodies_of_every_kind() {
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", WHOLE, 200, true);
    check(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: close\r\n\r\n", WHOLE, 200, false);
    check(b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\nx", WHOLE, 200, true);
    check(b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", WHOLE, 200, false);
    check(b"HTTP/1.1 204 No Content\r\n\r\n", WHOLE, 204, true);
    check(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0A;x=y\r\n0123456789\r\n0\r\nA: b\r\n\r\n",
        WHOLE,
        200,
        true,
    );
    check(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", WHOLE, 201, true);
}

#[test]
fn an_answer_that_goes_on() {
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", Ok(Progress::More), 200, true);
    check(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", Ok(Progress::More), 200, true);
}

#[test]
fn garbage_of_every_kind() {
    let bad: [&[u8]; 9] = [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ];
    for bytes in bad {
        check(bytes, Err(Garbage), 0, false);
    }
    let mut endless = Answer::default();
    endless.begin("GET");
    assert_eq!(endless.feed(b"HTTP/1.1 200 OK\r\nX: "), Ok(Progress::More));
    assert_eq!(endless.feed(&vec![b'x'; HEAD_MAX]), Err(Garbage));
}

#[test]
fn what_a_close_means() {
    let after = |bytes: &[u8]| {
        let mut answer = Answer::default();
        answer.begin("GET");
        assert_eq!(answer.feed(bytes), Ok(Progress::More));
        answer.close()
    };
    assert_eq!(after(b""), AtClose::Nothing);
    assert_eq!(after(b"HTTP/1.1 2"), AtClose::Truncated);
    assert_eq!(after(b"HTTP/1.1 200 OK\r\n\r\nsome"), AtClose::Complete);
    assert_eq!(after(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome"), AtClose::Truncated);
}

#[test]
fn extra_bytes_are_told() {
    let mut answer = Answer::default();
    answer.begin("HEAD");
    assert_eq!(answer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), WHOLE);
    answer.begin("GET");
    assert_eq!(answer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"), Ok(Progress::Complete { extra: true }));
}

#[test]
fn the_fault_of_an_answer() {
    let of = |line: &str| {
        let mut answer = Answer::default();
        answer.begin("GET");
        answer.feed(format!("HTTP/1.1 503 Busy\r\n{line}\r\nContent-Length: 0\r\n\r\n").as_bytes()).unwrap();
        answer.fault().map(|(component, reason)| (component.to_owned(), reason.to_owned()))
    };
    assert_eq!(of("x-loadline-fault: feed;queue_full"), Some(("feed".into(), "queue_full".into())));
    assert_eq!(of("X-Loadline-Fault: feed"), None);
    assert_eq!(of("x-loadline-fault: ;x"), None);
    assert_eq!(of(&format!("x-loadline-fault: a;{}", "x".repeat(65))), None);
}
