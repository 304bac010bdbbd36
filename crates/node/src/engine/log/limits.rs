//! What the log engine accepts at most. Every figure here bounds memory, files or time against a hostile or broken client.

use std::time::Duration;

/// Bytes of one request frame, length prefix excluded.
pub(super) const FRAME_BYTES: usize = 16 << 20;
/// The same before the client has authenticated.
pub(super) const FRAME_BYTES_BEFORE_LOGIN: usize = 64 << 10;
/// Array elements and tagged fields in one request, all arrays together.
pub(super) const ELEMENTS: usize = 20_000;
/// Requests of one connection that are not answered yet.
pub(super) const IN_FLIGHT: usize = 1024;
/// KiB of unanswered requests of one connection.
pub(super) const IN_FLIGHT_KIB: usize = 32 << 10;
/// A frame of more bytes than this takes its share of [`LARGE_FRAMES_KIB`] before it is read.
pub(super) const LARGE_FRAME_BYTES: usize = 64 << 10;
/// KiB of large frames that all connections together may hold.
pub(super) const LARGE_FRAMES_KIB: usize = 256 << 10;
/// How long the rest of a frame may take to arrive once it began.
pub(super) const FRAME: Duration = Duration::from_secs(30);
/// How long a client may be silent between two frames, as Kafka's `connections.max.idle.ms`.
pub(super) const IDLE: Duration = Duration::from_secs(600);
/// How long a client may take to read the next part of an answer.
pub(super) const SLOW_READER: Duration = Duration::from_secs(30);
/// Connections that have logged in, at a time.
pub(super) const CONNECTIONS: usize = 1024;
/// Connections that have not, at a time; the oldest is cut when one more comes.
pub(super) const STRANGERS: usize = 256;
/// Open files that the process asks the system for.
pub(super) const FILES: u64 = 8192;
/// How long a client may take to authenticate.
pub(super) const LOGIN: Duration = Duration::from_secs(10);

/// Topics of one broker.
pub(super) const TOPICS: usize = 1024;
/// Partitions of one topic.
pub(super) const PARTITIONS_PER_TOPIC: i32 = 256;
/// Partitions that one broker leads; each keeps a file open once it was written to.
pub(super) const PARTITIONS: usize = 1024;
/// Bytes of a topic name, as in Kafka.
pub(super) const TOPIC_NAME_BYTES: usize = 249;
/// Bytes of one record batch.
pub(super) const BATCH_BYTES: usize = 4 << 20;
/// Bytes of records in one answer to a fetch; one batch more is given when the first is larger.
pub(super) const FETCH_BYTES: usize = 4 << 20;
/// Longest wait of a fetch.
pub(super) const FETCH_WAIT: Duration = Duration::from_secs(60);
/// The smallest size of a segment that can be asked for.
pub(super) const SEGMENT_BYTES_AT_LEAST: i64 = 1024;
/// Distance in bytes between two entries of the index in memory.
pub(super) const INDEX_EVERY_BYTES: u64 = 4096;

/// Idempotent producers that one partition remembers.
pub(super) const PRODUCERS: usize = 1024;
/// Keys that one compaction of a partition looks at.
pub(super) const COMPACTED_KEYS: usize = 1 << 20;
/// A broker that was not heard of for this long is away, wall time.
pub(super) const BROKER_SESSION: Duration = Duration::from_secs(2);
/// How often a broker is heard of at least.
pub(super) const BROKER_WORD: Duration = Duration::from_millis(400);
/// How long a replica's fetch waits for more.
pub(super) const COPY_WAIT: Duration = Duration::from_millis(250);
/// A replica that did not have everything for this long is out of sync, life time in ms; Kafka's `replica.lag.time.max.ms` is three
/// times as long, which a run of a minute would not see.
pub(super) const REPLICA_LAG_MS: f64 = 10_000.0;

/// Consumer groups of the coordinator.
pub(super) const GROUPS: usize = 256;
/// Members of one group, those that hold an id and have not joined yet included.
pub(super) const MEMBERS: usize = 128;
/// Bytes of a group id, member id or client id.
pub(super) const ID_BYTES: usize = 255;
/// Bytes of one member's protocols, and of one assignment.
pub(super) const MEMBER_BYTES: usize = 32 << 10;
/// Committed offsets of one group.
pub(super) const OFFSETS: usize = 2048;
/// Lines that were appended to the offsets file before it is written anew.
pub(super) const OFFSET_LINES: usize = 50_000;
/// Bytes of the text that may be stored beside a committed offset.
pub(super) const OFFSET_TEXT_BYTES: usize = 1024;
/// Session timeouts that a member may ask for.
pub(super) const SESSION_MS: std::ops::RangeInclusive<i32> = 100..=1_800_000;
/// The first rebalance of a group waits this long for further members after each that joins ...
pub(super) const FIRST_REBALANCE: Duration = Duration::from_millis(100);
/// ... and this long in all.
pub(super) const FIRST_REBALANCE_AT_MOST: Duration = Duration::from_secs(1);
