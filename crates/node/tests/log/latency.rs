//! A measurement, not a test of speed: what produce to consume takes with the recommended settings.

use std::time::{Duration, Instant};

use loadline_model::envelope::{Distribution, Envelope};
use rdkafka::Message;

use crate::brokers;
use crate::clients::{member, next, producer, send};

/// `cargo test -p loadline-node --test log -- --ignored --nocapture latency` prints quantiles at 50 records a second.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of ten seconds, for a person: run it with --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
async fn latency_at_50_records_a_second() {
    let brokers = brokers::one();
    let producer = producer(&brokers);
    let started = Instant::now();
    let (consumer, mut assigned) = member(&brokers, "probe", "probe");
    let reading = tokio::spawn(async move {
        let mut latencies_us = Vec::new();
        while latencies_us.len() < 500 {
            let message = next(&consumer).await;
            let sent: u64 = std::str::from_utf8(message.payload().unwrap()).unwrap().parse().unwrap();
            latencies_us.push(started.elapsed().as_micros() as u64 - sent);
        }
        latencies_us
    });
    assigned.wait_for(|count| *count == 6).await.unwrap();
    println!("ready after {:?}", started.elapsed());
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut acknowledged_us = Vec::new();
    for n in 0..500 {
        tick.tick().await;
        let begin = Instant::now();
        send(&producer, "probe", n % 6, &started.elapsed().as_micros().to_string()).await;
        acknowledged_us.push(begin.elapsed().as_micros() as u64);
    }
    for (name, mut us) in [("produce -> acknowledged", acknowledged_us), ("produce -> consumed", reading.await.unwrap())] {
        // The first second is the consumer's start: it asks for offsets before it fetches.
        us.drain(..50);
        us.sort_unstable();
        println!("{name}: median {} us, p99 {} us, max {} us", us[225], us[445], us[449]);
    }
}

/// How long seven consumers take from nothing to one partition or more each.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, for a person: run it with --ignored --nocapture"]
#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
async fn latency_of_seven_consumers_getting_ready() {
    let brokers = brokers::start(1, Envelope::single("none", 1, 1.0, Distribution::Fixed));
    let mut raw = crate::raw::Raw::login(brokers.ports[0]).await;
    raw.create("wide", 14).await;
    let started = Instant::now();
    let mut running = Vec::new();
    for _ in 0..7 {
        let (consumer, mut assigned) = member(&brokers, "seven", "wide");
        running.push(tokio::spawn(async move {
            tokio::select! {
                message = next(&consumer) => panic!("nothing was sent: {message:?}"),
                ready = assigned.wait_for(|count| *count == 2) => assert!(ready.is_ok()),
            }
            (consumer, started.elapsed())
        }));
    }
    let mut all = Vec::new();
    for consumer in running {
        all.push(consumer.await.unwrap());
    }
    println!("each of seven ready after {:?}", all.iter().map(|(_, after)| *after).collect::<Vec<_>>());
}
