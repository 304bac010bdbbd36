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
/// How long the rest of a large frame may take to arrive.
pub(super) const LARGE_FRAME: Duration = Duration::from_secs(60);
/// Connections at a time.
pub(super) const CONNECTIONS: usize = 512;
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
/// A segment that has reached this size is closed and the next begun.
pub(super) const SEGMENT_BYTES: u64 = 64 << 20;
/// Distance in bytes between two entries of the index in memory.
pub(super) const INDEX_EVERY_BYTES: u64 = 4096;

/// Consumer groups of the coordinator.
pub(super) const GROUPS: usize = 64;
/// Members of one group, those that hold an id and have not joined yet included.
pub(super) const MEMBERS: usize = 128;
/// Bytes of a group id, member id or client id.
pub(super) const ID_BYTES: usize = 255;
/// Bytes of one member's protocols, and of one assignment.
pub(super) const MEMBER_BYTES: usize = 32 << 10;
/// Committed offsets of one group.
pub(super) const OFFSETS: usize = 2048;
/// Bytes of the text that may be stored beside a committed offset.
pub(super) const OFFSET_TEXT_BYTES: usize = 1024;
/// Session timeouts that a member may ask for.
pub(super) const SESSION_MS: std::ops::RangeInclusive<i32> = 100..=1_800_000;
/// The first rebalance of a group waits this long for further members after each that joins ...
pub(super) const FIRST_REBALANCE: Duration = Duration::from_millis(100);
/// ... and this long in all.
pub(super) const FIRST_REBALANCE_AT_MOST: Duration = Duration::from_secs(1);
