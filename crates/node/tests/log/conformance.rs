//! What a Kafka client may expect, as data: each case is a list of steps through librdkafka's own clients (the `rdkafka` crate and `kcat`),
//! with what Apache Kafka's protocol says must come of them. What is known to differ is in docs/ENGINES.md under `log`.
//!
//! `cargo test --test log conformance -- --nocapture` prints the number of cases.

use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};

use crate::brokers::{self, Brokers};
use crate::clients::config;
use crate::kcat::kcat;

mod cases;

/// How long something that must happen may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// One expectation.
struct Case {
    name: String,
    steps: Vec<Step>,
}

/// One thing that a client does, and what must come of it. `T` in an argument of kcat stands for the case's topic.
enum Step {
    /// CreateTopics: partitions, replication, settings.
    Create(i32, i32, &'static [(&'static str, &'static str)], Result<(), Code>),
    /// CreatePartitions: how many in all.
    Grow(usize, Result<(), Code>),
    /// DeleteTopics.
    Delete(Result<(), Code>),
    /// AlterConfigs: all settings of the topic.
    Set(&'static [(&'static str, &'static str)]),
    /// DescribeConfigs: one setting has this value.
    Shown(&'static str, &'static str),
    /// Metadata: so many partitions.
    Partitions(usize),
    /// Produce to a partition: client settings, key, value and timestamp; the offset or the error.
    Send(i32, Vec<(&'static str, String)>, Option<&'static str>, Option<String>, i64, Result<i64, Code>),
    /// Fetch from an offset of a partition: offset, key and value of every record that follows.
    Read(i32, Offset, Vec<(i64, Option<&'static str>, Option<String>)>),
    /// ListOffsets: first and next offset of a partition.
    Bounds(i32, i64, i64),
    /// ListOffsets by time: the offset, or the end when there is none.
    Since(i32, i64, Offset),
    /// DeleteRecords before an offset.
    Trim(i32, Offset, i64),
    /// OffsetCommit without being a member, by a group named after the topic.
    Commit(i32, i64),
    /// OffsetFetch.
    Committed(i32, Offset),
    /// ListGroups and DescribeGroups: the state of that group, or none.
    Group(Option<&'static str>),
    /// DeleteGroups.
    DeleteGroup(Result<(), Code>),
    /// kcat: arguments, what it reads, and the lines that it writes in any order; `None`: whatever it writes.
    Kcat(Vec<&'static str>, String, Option<Vec<String>>),
    /// kcat writes this somewhere.
    KcatSays(Vec<&'static str>, &'static str),
    /// What retention or compaction does sooner or later: first offset of partition 0 is this.
    Eventually(i64),
    /// What compaction does sooner or later: partition 0 holds these records.
    Until(Vec<(i64, Option<&'static str>, Option<String>)>),
    /// A fetch that finds nothing takes at least this long, ms, and one that waits for a record ends when it comes.
    LongPoll(u64),
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the number of cases is what it is for")]
async fn conformance() {
    let brokers = brokers::start_with(1, brokers::free(), &[("partitions", 2.0.into()), ("segment_mb", 0.001.into())]);
    let cases = cases::all();
    let began = Instant::now();
    let (mut steps, mut wrong) = (0, Vec::new());
    for case in &cases {
        let topic: String = case.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        for (number, step) in case.steps.iter().enumerate() {
            steps += 1;
            let done = tokio::time::timeout(PATIENCE, run(&brokers, &topic, step)).await;
            if let Err(why) = done.unwrap_or_else(|_| Err("it did not come to an end".to_owned())) {
                wrong.push(format!("{}, step {}: {why}", case.name, number + 1));
                break;
            }
        }
    }
    println!("log: {} cases, {steps} steps, {} differ, {:.1} s", cases.len(), wrong.len(), began.elapsed().as_secs_f64());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An error in words unless both are the same.
fn same<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{got:?} instead of {expected:?}")) }
}

fn text<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}

fn told<T>(results: Vec<Result<T, (String, Code)>>) -> Result<(), Code> {
    results.into_iter().next().map_or(Err(Code::NoError), |result| result.map(|_| ()).map_err(|(_, code)| code))
}

fn one_of(topic: &str, partition: i32, offset: Offset) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, offset).expect("an offset that librdkafka takes");
    list
}

async fn run(brokers: &Brokers, topic: &str, step: &Step) -> Result<(), String> {
    match step {
        Step::Kcat(arguments, input, expected) => {
            let arguments: Vec<&str> = arguments.iter().map(|argument| if *argument == "T" { topic } else { argument }).collect();
            let written = tokio::task::block_in_place(|| kcat(brokers, &arguments, input));
            let Some(expected) = expected else { return Ok(()) };
            let mut lines: Vec<String> = written.lines().map(str::to_owned).collect();
            let mut expected = expected.clone();
            lines.sort();
            expected.sort();
            same(lines, expected)
        }
        Step::KcatSays(arguments, wanted) => {
            let arguments: Vec<String> = arguments.iter().map(|argument| argument.replace('T', topic)).collect();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let written = tokio::task::block_in_place(|| kcat(brokers, &arguments, ""));
            let wanted = wanted.replace('T', topic);
            if written.contains(&wanted) { Ok(()) } else { Err(format!("no {wanted:?} in {written:?}")) }
        }
        Step::Send(partition, settings, key, value, at_ms, expected) => {
            let mut config = config(brokers);
            config.set("linger.ms", "0");
            for (name, value) in settings {
                config.set(*name, value);
            }
            let producer: FutureProducer = config.create().map_err(text)?;
            let mut record = FutureRecord::<str, str>::to(topic).partition(*partition);
            (record.key, record.payload) = (*key, value.as_deref());
            record.timestamp = (*at_ms >= 0).then_some(*at_ms);
            let sent = producer.send(record, PATIENCE).await.map(|delivery| delivery.offset);
            same(sent.map_err(|(error, _)| error.rdkafka_error_code().unwrap_or(Code::Unknown)), *expected)
        }
        Step::Create(..) | Step::Grow(..) | Step::Delete(..) | Step::Set(..) | Step::Shown(..) | Step::Trim(..) | Step::DeleteGroup(..) => {
            administer(brokers, topic, step).await
        }
        _ => tokio::task::block_in_place(|| look(brokers, topic, step)),
    }
}

async fn administer(brokers: &Brokers, topic: &str, step: &Step) -> Result<(), String> {
    let admin: AdminClient<DefaultClientContext> = config(brokers).create().map_err(text)?;
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(30)));
    match step {
        Step::Create(partitions, replication, settings, expected) => {
            let mut new = NewTopic::new(topic, *partitions, TopicReplication::Fixed(*replication));
            for (name, value) in *settings {
                new = new.set(name, value);
            }
            same(told(admin.create_topics([&new], &options).await.map_err(text)?), *expected)
        }
        Step::Grow(count, expected) => {
            same(told(admin.create_partitions([&NewPartitions::new(topic, *count)], &options).await.map_err(text)?), *expected)
        }
        Step::Delete(expected) => same(told(admin.delete_topics(&[topic], &options).await.map_err(text)?), *expected),
        Step::Set(settings) => {
            let mut change = AlterConfig::new(ResourceSpecifier::Topic(topic));
            for (name, value) in *settings {
                change = change.set(name, value);
            }
            admin.alter_configs([&change], &options).await.map(|_| ()).map_err(text)
        }
        Step::Shown(name, expected) => {
            let shown = admin.describe_configs([&ResourceSpecifier::Topic(topic)], &options).await.map_err(text)?;
            let shown = shown.into_iter().next().ok_or("nothing is shown")?.map_err(text)?;
            same(shown.get(name).and_then(|entry| entry.value.clone()).as_deref(), Some(*expected))
        }
        Step::Trim(partition, before, expected) => {
            let done = admin.delete_records(&one_of(topic, *partition, *before), &options).await.map_err(text)?;
            same(done.elements().first().map(|element| element.offset()), Some(Offset::Offset(*expected)))
        }
        Step::DeleteGroup(expected) => same(told(admin.delete_groups(&[topic], &options).await.map_err(text)?), *expected),
        _ => Err("no step of administration".to_owned()),
    }
}

/// What a consumer does, which blocks.
fn look(brokers: &Brokers, topic: &str, step: &Step) -> Result<(), String> {
    let mut config = config(brokers);
    config.set("group.id", topic).set("enable.auto.commit", "false").set("allow.auto.create.topics", "false");
    config.set("fetch.wait.max.ms", "1000").set("enable.partition.eof", "true").set("check.crcs", "true");
    let consumer: BaseConsumer = config.create().map_err(text)?;
    let began = Instant::now();
    match step {
        Step::Read(partition, from, expected) => {
            consumer.assign(&one_of(topic, *partition, *from)).map_err(text)?;
            let mut got = Vec::new();
            loop {
                match consumer.poll(PATIENCE) {
                    Some(Ok(message)) => {
                        let field = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                        got.push((message.offset(), field(message.key()), field(message.payload())));
                    }
                    Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => break,
                    Some(Err(error)) => return Err(text(error)),
                    None => return Err(format!("{got:?} and no end")),
                }
            }
            same(got, expected.iter().map(|(offset, key, value)| (*offset, key.map(str::to_owned), value.clone())).collect())
        }
        Step::Until(expected) => loop {
            let now = look(brokers, topic, &Step::Read(0, Offset::Beginning, expected.clone()));
            if now.is_ok() || began.elapsed() > PATIENCE {
                return now;
            }
            std::thread::sleep(Duration::from_millis(50));
        },
        Step::Partitions(expected) => {
            let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).map_err(text)?;
            same(metadata.topics().first().map(|topic| topic.partitions().len()), Some(*expected))
        }
        Step::Bounds(partition, first, next) => {
            same(consumer.fetch_watermarks(topic, *partition, PATIENCE).map_err(text)?, (*first, *next))
        }
        Step::Since(partition, at_ms, expected) => {
            let found = consumer.offsets_for_times(one_of(topic, *partition, Offset::Offset(*at_ms)), PATIENCE).map_err(text)?;
            same(found.elements().first().map(|element| element.offset()), Some(*expected))
        }
        Step::Commit(partition, offset) => {
            consumer.commit(&one_of(topic, *partition, Offset::Offset(*offset)), CommitMode::Sync).map_err(text)
        }
        Step::Committed(partition, expected) => {
            let asked = one_of(topic, *partition, Offset::Invalid);
            let found = consumer.committed_offsets(asked, PATIENCE).map_err(text)?;
            same(found.elements().first().map(|element| element.offset()), Some(*expected))
        }
        Step::Group(expected) => {
            let groups = consumer.fetch_group_list(Some(topic), PATIENCE).map_err(text)?;
            same(groups.groups().first().map(|group| group.state()).filter(|state| *state != "Dead"), *expected)
        }
        Step::Eventually(expected) => {
            let until = Instant::now() + PATIENCE;
            loop {
                let (first, _) = consumer.fetch_watermarks(topic, 0, PATIENCE).map_err(text)?;
                if first == *expected {
                    return Ok(());
                }
                if Instant::now() > until {
                    return Err(format!("{first} instead of {expected}"));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Step::LongPoll(least_ms) => {
            consumer.assign(&one_of(topic, 0, Offset::End)).map_err(text)?;
            // The end of the partition is told when the fetch that waited for more is answered.
            match consumer.poll(PATIENCE) {
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) if began.elapsed() >= Duration::from_millis(*least_ms) => Ok(()),
                other => Err(format!("{other:?} after {:?}", began.elapsed())),
            }
        }
        _ => Err("no step of a consumer".to_owned()),
    }
}
