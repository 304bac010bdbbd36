//! The cases. Offsets, errors and orders are those of Apache Kafka's protocol.

use rdkafka::Offset;
use rdkafka::error::RDKafkaErrorCode as Code;

use super::Case;
use super::Step::*;

fn case(name: impl Into<String>, steps: Vec<super::Step>) -> Case {
    Case { name: name.into(), steps }
}

/// A record without a key, acknowledged by all.
fn plain(partition: i32, value: &str, offset: i64) -> super::Step {
    Send(partition, vec![], None, Some(value.to_owned()), -1, Ok(offset))
}

fn keyed(key: &'static str, value: Option<&str>, at_ms: i64, offset: i64) -> super::Step {
    Send(0, vec![], Some(key), value.map(str::to_owned), at_ms, Ok(offset))
}

fn value(offset: i64, value: &str) -> (i64, Option<&'static str>, Option<String>) {
    (offset, None, Some(value.to_owned()))
}

/// Values that fill a segment of the suite's broker (one kB) each.
fn large(n: usize) -> String {
    format!("{n}{}", "x".repeat(1100))
}

pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(producing());
    cases.extend(topics());
    cases.extend(settings());
    cases.extend(offsets());
    cases.extend(groups());
    cases.extend(keeping());
    cases.extend(with_kcat());
    cases
}

/// Every codec with every kind of acknowledgement, idempotent or not, small and larger than a fetch.
fn producing() -> Vec<Case> {
    let mut cases = Vec::new();
    for codec in ["none", "gzip", "snappy", "lz4"] {
        for (acks, idempotent) in [("1", "false"), ("all", "false"), ("all", "true")] {
            for size in [1, 200_000] {
                let text = "wort ".repeat(size / 5 + 1);
                let set = || {
                    let words = [("compression.codec", codec), ("acks", acks), ("enable.idempotence", idempotent)];
                    words.map(|(name, value)| (name, value.to_owned())).to_vec()
                };
                let send = |offset| Send(0, set(), Some("k"), Some(text.clone()), -1, Ok(offset));
                let read = Read(0, Offset::Beginning, vec![(0, Some("k"), Some(text.clone())), (1, Some("k"), Some(text.clone()))]);
                cases.push(case(format!("codec {codec} acks {acks} idempotent {idempotent} size {size}"), vec![send(0), send(1), read]));
            }
        }
    }
    let unacknowledged = Send(0, vec![("acks", "0".to_owned())], None, Some("x".to_owned()), -1, Ok(-1001));
    cases.push(case("acks 0 has no offset", vec![Create(1, 1, &[], Ok(())), unacknowledged, plain(0, "y", 1)]));
    cases.push(case("an empty value is not null", vec![plain(0, "", 0), Read(0, Offset::Beginning, vec![value(0, "")])]));
    cases.push(case("a null value", vec![keyed("k", None, -1, 0), Read(0, Offset::Beginning, vec![(0, Some("k"), None)])]));
    cases.push(case("each partition counts for itself", vec![plain(0, "a", 0), plain(1, "b", 0), plain(0, "c", 1), Bounds(1, 0, 1)]));
    let nowhere = Send(7, vec![], None, Some("x".to_owned()), -1, Err(Code::UnknownPartition));
    cases.push(case("a partition that is not there", vec![Create(1, 1, &[], Ok(())), nowhere]));
    let huge =
        Send(0, vec![("message.max.bytes", "9000000".to_owned())], None, Some("x".repeat(5_000_000)), -1, Err(Code::MessageSizeTooLarge));
    cases.push(case("a record that is too large", vec![Create(1, 1, &[], Ok(())), huge, plain(0, "the next is taken", 0)]));
    let limited = Send(0, vec![], None, Some("x".repeat(3000)), -1, Err(Code::MessageSizeTooLarge));
    cases.push(case("a topic's own limit", vec![Create(1, 1, &[("max.message.bytes", "2000")], Ok(())), limited, plain(0, "small", 0)]));
    cases
}

fn topics() -> Vec<Case> {
    let create = |partitions, replication, expected| Create(partitions, replication, &[], expected);
    vec![
        case("a topic has the partitions it is made with", vec![create(5, 1, Ok(())), Partitions(5)]),
        case("the default number of partitions", vec![create(-1, -1, Ok(())), Partitions(2)]),
        case("a topic is made by producing to it", vec![plain(1, "x", 0), Partitions(2)]),
        case("a topic twice", vec![create(1, 1, Ok(())), create(1, 1, Err(Code::TopicAlreadyExists))]),
        case("no partitions", vec![create(0, 1, Err(Code::InvalidPartitions))]),
        case("too many partitions", vec![create(100_000, 1, Err(Code::InvalidPartitions))]),
        case("more replicas than brokers", vec![create(1, 3, Err(Code::InvalidReplicationFactor))]),
        case(
            "more partitions",
            vec![create(1, 1, Ok(())), plain(0, "x", 0), Grow(3, Ok(())), Partitions(3), plain(2, "y", 0), Bounds(0, 0, 1)],
        ),
        case("fewer partitions", vec![create(3, 1, Ok(())), Grow(2, Err(Code::InvalidPartitions))]),
        case("as many partitions", vec![create(3, 1, Ok(())), Grow(3, Err(Code::InvalidPartitions))]),
        case("more partitions of nothing", vec![Grow(3, Err(Code::UnknownTopicOrPartition))]),
        case("a topic goes", vec![create(1, 1, Ok(())), Delete(Ok(())), Partitions(0), Delete(Err(Code::UnknownTopicOrPartition))]),
        case(
            "a topic that comes again is empty",
            vec![plain(0, "x", 0), Delete(Ok(())), create(2, 1, Ok(())), Bounds(0, 0, 0), plain(0, "y", 0)],
        ),
    ]
}

fn settings() -> Vec<Case> {
    let refused = |settings| Create(1, 1, settings, Err(Code::InvalidConfig));
    vec![
        case("defaults are shown", vec![Create(1, 1, &[], Ok(())), Shown("cleanup.policy", "delete"), Shown("retention.ms", "604800000")]),
        case("a topic's settings are shown", vec![Create(1, 1, &[("retention.ms", "60000")], Ok(())), Shown("retention.ms", "60000")]),
        case(
            "settings are changed",
            vec![
                Create(1, 1, &[("retention.ms", "60000")], Ok(())),
                Set(&[("cleanup.policy", "compact,delete")]),
                Shown("cleanup.policy", "delete,compact"),
                Shown("retention.ms", "604800000"),
            ],
        ),
        case("compression is the producer's", vec![Create(1, 1, &[], Ok(())), Shown("compression.type", "producer")]),
        case(
            "min.insync.replicas is shown",
            vec![Create(1, 1, &[("min.insync.replicas", "2")], Ok(())), Shown("min.insync.replicas", "2")],
        ),
        case(
            "too few replicas for all",
            vec![
                Create(1, 1, &[("min.insync.replicas", "2")], Ok(())),
                Send(0, vec![("retries", "0".to_owned())], None, Some("x".to_owned()), -1, Err(Code::NotEnoughReplicas)),
                Send(0, vec![("acks", "1".to_owned())], None, Some("x".to_owned()), -1, Ok(0)),
            ],
        ),
        case("an unknown setting", vec![refused(&[("colour", "blue")])]),
        case("a policy that is none", vec![refused(&[("cleanup.policy", "shred")])]),
        case("a number that is none", vec![refused(&[("retention.ms", "soon")])]),
        // The crate does not tell the error of one resource; `versions` looks at it in the protocol.
        case(
            "an unknown setting changes nothing",
            vec![Create(1, 1, &[], Ok(())), Set(&[("colour", "blue"), ("retention.ms", "1")]), Shown("retention.ms", "604800000")],
        ),
    ]
}

fn offsets() -> Vec<Case> {
    let three = || [keyed("a", Some("1"), 1000, 0), keyed("b", Some("2"), 2000, 1), keyed("c", Some("3"), 3000, 2)];
    // Kept for ever, since they are of 1970.
    let kept = || Create(1, 1, &[("retention.ms", "-1")], Ok(()));
    let with = |more: Vec<super::Step>| std::iter::once(kept()).chain(three()).chain(more).collect::<Vec<_>>();
    let all = |from: usize| {
        let records = [(0, Some("a"), Some("1".to_owned())), (1, Some("b"), Some("2".to_owned())), (2, Some("c"), Some("3".to_owned()))];
        records.into_iter().skip(from).collect::<Vec<_>>()
    };
    vec![
        case("bounds of an empty partition", vec![Create(1, 1, &[], Ok(())), Bounds(0, 0, 0)]),
        case("bounds", with(vec![Bounds(0, 0, 3)])),
        case("from the beginning", with(vec![Read(0, Offset::Beginning, all(0))])),
        case("from an offset", with(vec![Read(0, Offset::Offset(1), all(1))])),
        case("from the end", with(vec![Read(0, Offset::End, vec![])])),
        case("from the last but one", with(vec![Read(0, Offset::OffsetTail(2), all(1))])),
        case("a time before all", with(vec![Since(0, 1, Offset::Offset(0))])),
        case("a time between", with(vec![Since(0, 1001, Offset::Offset(1))])),
        case("the very time", with(vec![Since(0, 2000, Offset::Offset(1))])),
        case("a time after all", with(vec![Since(0, 3001, Offset::End)])),
        case("a time in an empty partition", vec![Create(1, 1, &[], Ok(())), Since(0, 0, Offset::End)]),
        case("records before an offset go", with(vec![Trim(0, Offset::Offset(2), 2), Bounds(0, 2, 3), Read(0, Offset::Beginning, all(2))])),
        case("all records go", with(vec![Trim(0, Offset::End, 3), Bounds(0, 3, 3), plain(0, "next", 3)])),
        case("a time before what went", with(vec![Trim(0, Offset::Offset(1), 1), Since(0, 1, Offset::Offset(1))])),
        case("a fetch without news waits", with(vec![LongPoll(700)])),
    ]
}

fn groups() -> Vec<Case> {
    vec![
        case("nothing is committed", vec![Create(1, 1, &[], Ok(())), Committed(0, Offset::Invalid)]),
        case("what was committed", vec![plain(0, "x", 0), Commit(0, 1), Committed(0, Offset::Offset(1)), Committed(1, Offset::Invalid)]),
        case("the later commit holds", vec![plain(0, "x", 0), Commit(0, 1), Commit(0, 0), Committed(0, Offset::Offset(0))]),
        case("a group is listed", vec![plain(0, "x", 0), Group(None), Commit(0, 1), Group(Some("Empty"))]),
        case("a group goes", vec![plain(0, "x", 0), Commit(0, 1), DeleteGroup(Ok(())), Committed(0, Offset::Invalid), Group(None)]),
        case("a group that is not there", vec![DeleteGroup(Err(Code::GroupIdNotFound))]),
    ]
}

/// Retention by age and size, and compaction; the segments of this broker hold one such record.
fn keeping() -> Vec<Case> {
    let row = |n: usize, at_ms| Send(0, vec![], Some("k"), Some(large(n)), at_ms, Ok(n as i64));
    let old = |n: usize| row(n, 1000 + n as i64);
    vec![
        case(
            "old segments go",
            vec![
                Create(1, 1, &[("retention.ms", "-1")], Ok(())),
                old(0),
                old(1),
                row(2, -1),
                Bounds(0, 0, 3),
                Set(&[("retention.ms", "3600000")]),
                Eventually(2),
                Read(0, Offset::Beginning, vec![(2, Some("k"), Some(large(2)))]),
            ],
        ),
        case("all segments grow old", vec![Create(1, 1, &[("retention.ms", "1000")], Ok(())), old(0), Eventually(1), plain(0, "next", 1)]),
        case(
            "too many bytes go",
            vec![
                Create(1, 1, &[("retention.bytes", "2500")], Ok(())),
                row(0, -1),
                row(1, -1),
                row(2, -1),
                row(3, -1),
                row(4, -1),
                Eventually(2),
                Bounds(0, 2, 5),
            ],
        ),
        case(
            "a compacted topic wants keys",
            vec![
                Create(1, 1, &[("cleanup.policy", "compact")], Ok(())),
                Send(0, vec![], None, Some("x".to_owned()), -1, Err(Code::InvalidRecord)),
                keyed("k", Some("x"), -1, 0),
            ],
        ),
        case(
            "the last value of each key stays",
            vec![
                Create(1, 1, &[("cleanup.policy", "compact")], Ok(())),
                row(0, -1),
                row(1, -1),
                row(2, -1),
                keyed("k", None, -1, 3),
                Until(vec![(2, Some("k"), Some(large(2))), (3, Some("k"), None)]),
            ],
        ),
    ]
}

fn with_kcat() -> Vec<Case> {
    let lines = |range: std::ops::Range<u32>| range.map(|n| format!("{n}:value {n}")).collect::<Vec<String>>();
    let produce = |codec: &'static str| Kcat(vec!["-P", "-t", "T", "-K", ":", "-z", codec], lines(0..100).join("\n"), None);
    let consume = || Kcat(vec!["-C", "-t", "T", "-e", "-q", "-K", ":"], String::new(), Some(lines(0..100)));
    let mut cases: Vec<Case> = ["none", "gzip", "snappy", "lz4", "zstd"]
        .into_iter()
        .map(|codec| {
            case(format!("kcat {codec}"), vec![produce(codec), consume(), KcatSays(vec!["-L", "-t", "T"], "topic \"T\" with 2 partitions")])
        })
        .collect();
    let grouped = |count: &'static str, range| {
        let arguments = vec!["-G", "readers", "-c", count, "-q", "-K", ":", "-X", "auto.offset.reset=earliest", "T"];
        Kcat(arguments, String::new(), Some(lines(range)))
    };
    cases.push(case(
        "kcat in a group goes on where it stopped",
        vec![
            produce("lz4"),
            grouped("100", 0..100),
            Kcat(vec!["-P", "-t", "T", "-K", ":"], lines(100..110).join("\n"), None),
            grouped("10", 100..110),
        ],
    ));
    cases.push(case(
        "kcat asks for an offset by time",
        vec![
            Create(1, 1, &[("retention.ms", "-1")], Ok(())),
            keyed("a", Some("1"), 1000, 0),
            keyed("b", Some("2"), 2000, 1),
            KcatSays(vec!["-Q", "-t", "T:0:1500"], "T [0] offset 1"),
        ],
    ));
    cases.push(case(
        "kcat with exactly once production",
        vec![Kcat(vec!["-P", "-t", "T", "-K", ":", "-X", "enable.idempotence=true"], lines(0..100).join("\n"), None), consume()],
    ));
    cases
}
