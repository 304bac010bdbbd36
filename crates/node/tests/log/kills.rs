//! A real `loadline node` is killed (SIGKILL) in the middle of produces, again and again on the same files: every record and every commit
//! that it acknowledged is there afterwards, torn tails are cut, and it answers again within a second.
//!
//! `LOADLINE_KILLS=200 cargo test --test log kills -- --nocapture` is the long run; without it there are a few.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::{
    BrokerId, FetchRequest, GroupId, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, ProduceRequest, ProduceResponse,
    TopicName,
};
use kafka_protocol::protocol::StrBytes;
use loadline_model::catalog;
use loadline_model::plan::NodeSpec;
use loadline_model::seed::Stream;
use loadline_model::wire::{FromNode, NodeConfig, Sample, ToNode};

use crate::brokers::TOKEN;
use crate::raw::{Raw, carrying, frame, produce};

const PARTITIONS: i32 = 4;
/// Requests of one writer that are under way.
const PIPELINED: usize = 8;

/// The program that every node is.
fn program() -> PathBuf {
    let mut folder = std::env::current_exe().unwrap();
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let folder = std::env::var_os("LOADLINE_PROGRAMS").map_or(folder, PathBuf::from);
    let program = folder.join(format!("loadline{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is missing: build it first (cargo build --workspace --bins), or run scripts/test", program.display());
    program
}

/// A node in a process of its own.
pub(crate) struct Process {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    pub(crate) port: u16,
    /// What it said while it started.
    pub(crate) said: Vec<String>,
}

impl Process {
    /// Starts it on `folder`, until it is ready. It tells a sample every so often, which somebody has to read.
    pub(crate) fn start(folder: &Path, sample_every_ms: u64) -> Self {
        Self::start_by(Command::new(program()), folder, sample_every_ms)
    }

    /// The same, which outlives a write past the limit of a file's size: for it that is a disk without room.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_for_a_full_disk(folder: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program());
        Self::start_by(shell, folder, 3_600_000)
    }

    /// Lets no file of the process grow past `bytes`; `None`: past nothing.
    #[cfg(target_os = "linux")]
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let pid = Pid::from_raw(self.child.id() as i32).unwrap();
        prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    }

    fn start_by(mut program: Command, folder: &Path, sample_every_ms: u64) -> Self {
        let role = catalog::role("log").unwrap();
        let given = BTreeMap::from([
            ("fsync".to_owned(), "each_batch".into()),
            ("partitions".to_owned(), f64::from(PARTITIONS).into()),
            ("segment_mb".to_owned(), 1.0.into()),
        ]);
        let settings = role.resolve(&given);
        let mut envelope = role.envelope(&settings);
        envelope.service.clear();
        let config = NodeConfig {
            spec: NodeSpec {
                id: "log-1".to_owned(),
                component: "log".to_owned(),
                role: "log".to_owned(),
                instance: 0,
                instances: 1,
                envelope,
                settings,
                ports: BTreeMap::new(),
            },
            dilation: 1.0,
            token: TOKEN.to_owned(),
            seed: 1,
            data_dir: folder.to_owned(),
            population: None,
            port: None,
            sample_every_ms,
        };
        let mut child = program.arg("node").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        for message in [ToNode::Start(Box::new(config)), ToNode::Wire { peers: BTreeMap::new() }] {
            stdin.write_all(format!("{}\n", serde_json::to_string(&message).unwrap()).as_bytes()).unwrap();
        }
        child.stdin = Some(stdin);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self { child, lines, port: 0, said: Vec::new() };
        loop {
            let line = process.lines.next().expect("the node ended").unwrap();
            match serde_json::from_str(&line).unwrap() {
                FromNode::Listening { port } => process.port = port,
                FromNode::Event { message } => process.said.push(message),
                FromNode::Failed { message } => panic!("the node cannot go on: {message}"),
                FromNode::Ready => return process,
                FromNode::Sample(_) | FromNode::Final(_) => {}
            }
        }
    }

    /// Its next sample.
    pub(crate) fn sample(&mut self) -> Sample {
        loop {
            let line = self.lines.next().expect("the node ended").unwrap();
            if let FromNode::Sample(sample) = serde_json::from_str(&line).unwrap() {
                return *sample;
            }
        }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one writer was told: offset and body of each record of its partition, and the last commit.
#[derive(Default)]
struct Told {
    records: Vec<(i64, Vec<u8>)>,
    /// Bodies that were sent since; each may be there or not.
    next: u64,
    committed: i64,
    /// Where the next look begins.
    looked_at: usize,
}

fn body(partition: i32, n: u64) -> Vec<u8> {
    // Every 40th is large, so that a kill often comes in the middle of its write.
    let size = if n % 40 == 39 { 300_000 } else { 20 + (n % 400) as usize };
    let mut body = format!("{partition}/{n}/").into_bytes();
    body.resize(size.max(body.len()), n as u8);
    body
}

pub(crate) fn to(partition: i32, body: &[u8]) -> ProduceRequest {
    let mut request = produce("t", -1, vec![carrying(body, (-1, -1, -1))]);
    request.topic_data[0].partition_data[0].index = partition;
    request.with_timeout_ms(60_000)
}

/// Writes to one partition until the connection breaks, and notes what is acknowledged.
async fn write(port: u16, partition: i32, mut told: Told, acknowledged: tokio::sync::mpsc::UnboundedSender<()>) -> Told {
    let mut raw = Raw::login(port).await;
    let mut under_way = std::collections::VecDeque::new();
    loop {
        while under_way.len() < PIPELINED {
            let body = body(partition, told.next);
            told.next += 1;
            raw.send(&frame(&to(partition, &body), 8, 1)).await;
            under_way.push_back(body);
        }
        let Some((_, answer)) = raw.answer::<ProduceResponse>(8).await else { return told };
        let part = &answer.responses[0].partition_responses[0];
        assert_eq!(part.error_code, 0);
        told.records.push((part.base_offset, under_way.pop_front().unwrap()));
        let _ = acknowledged.send(());
        if told.records.len().is_multiple_of(50) {
            // Commits wait behind the produces of the same connection, so they have one of their own.
            let mut other = Raw::login_or_gone(port).await;
            let Some(other) = &mut other else { return told };
            let part =
                OffsetCommitRequestPartition::default().with_partition_index(partition).with_committed_offset(told.records.len() as i64);
            let topic = OffsetCommitRequestTopic::default().with_name(name()).with_partitions(vec![part]);
            let commit = OffsetCommitRequest::default().with_group_id(group(partition)).with_generation_id_or_member_epoch(-1);
            other.send(&frame(&commit.with_topics(vec![topic]), 8, 1)).await;
            if let Some((_, answer)) = other.answer::<OffsetCommitResponse>(8).await {
                assert_eq!(answer.topics[0].partitions[0].error_code, 0);
                told.committed = told.records.len() as i64;
            }
        }
    }
}

fn name() -> TopicName {
    TopicName(StrBytes::from_static_str("t"))
}

fn group(partition: i32) -> GroupId {
    GroupId(StrBytes::from_string(format!("g{partition}")))
}

/// Reads a partition from an offset on: offset and body of each record.
pub(crate) async fn read(raw: &mut Raw, partition: i32, mut offset: i64) -> Vec<(i64, Vec<u8>)> {
    let mut records = Vec::new();
    loop {
        let part = FetchPartition::default().with_partition(partition).with_current_leader_epoch(-1).with_fetch_offset(offset);
        let topic = FetchTopic::default().with_topic(name()).with_partitions(vec![part.with_partition_max_bytes(1 << 20)]);
        let request = FetchRequest::default().with_replica_id(BrokerId(-1)).with_max_bytes(1 << 20).with_topics(vec![topic]);
        let answer = raw.call(&request, 11).await.unwrap();
        let part = &answer.responses[0].partitions[0];
        assert_eq!(part.error_code, 0, "partition {partition} from {offset}");
        let mut rest = part.records.as_ref().map_or(&[] as &[u8], |bytes| bytes);
        if rest.is_empty() {
            assert_eq!(offset, part.high_watermark);
            return records;
        }
        while !rest.is_empty() {
            let size = 12 + i32::from_be_bytes(rest[8..12].try_into().unwrap()) as usize;
            let stored = crc32c::crc32c(&rest[21..size]);
            assert_eq!(stored, u32::from_be_bytes(rest[17..21].try_into().unwrap()), "the checksum of what is read is right");
            assert_eq!(i64::from_be_bytes(rest[..8].try_into().unwrap()), offset, "offsets are dense");
            records.push((offset, rest[61..size].to_vec()));
            offset += 1;
            rest = &rest[size..];
        }
    }
}

/// Everything that was acknowledged since the last look is there, with the offset that was told.
async fn check(raw: &mut Raw, partition: i32, told: &mut Told, from_start: bool) {
    let first = if from_start { 0 } else { told.looked_at };
    let Some((from, _)) = told.records.get(first) else { return };
    let there: BTreeMap<i64, Vec<u8>> = read(raw, partition, *from).await.into_iter().collect();
    for (offset, body) in &told.records[first..] {
        assert!(there.get(offset) == Some(body), "record {offset} of partition {partition} was acknowledged and is lost or another");
    }
    told.looked_at = told.records.len();
    let request = OffsetFetchRequest::default().with_group_id(group(partition)).with_topics(None);
    let kept = raw.call(&request, 7).await.unwrap();
    let kept = kept.topics.first().map_or(0, |topic| topic.partitions[0].committed_offset);
    assert!(kept >= told.committed, "the commit of {} was acknowledged, and {kept} is there", told.committed);
}

/// What a kill in the middle of a write leaves, at the end of the last segment of a partition.
fn tear(folder: &Path, partition: i32) {
    let folder = folder.join(format!("log/t-{partition}.1"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "log"));
    files.sort();
    let torn = carrying(b"never whole", (-1, -1, -1));
    std::fs::File::options().append(true).open(files.last().unwrap()).unwrap().write_all(&torn[..torn.len() - 3]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
async fn nothing_acknowledged_is_lost_when_the_node_is_killed() {
    let rounds: usize = std::env::var("LOADLINE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let folder = tempfile::tempdir().unwrap();
    let mut random = Stream::new(1, "kills", 0);
    let mut writers: Vec<Told> = (0..PARTITIONS).map(|_| Told::default()).collect();
    let (mut recoveries, mut cut) = (Vec::new(), 0);
    for round in 0..=rounds {
        let began = Instant::now();
        let process = tokio::task::block_in_place(|| Process::start(folder.path(), 3_600_000));
        let mut raw = Raw::login(process.port).await;
        if round == 0 {
            raw.topic("t").await;
        }
        // Recovered is who answers a produce to every partition and reads it.
        for (partition, told) in (0..).zip(&mut writers) {
            let first = body(partition, told.next);
            told.next += 1;
            let answer = raw.call(&to(partition, &first), 8).await.unwrap();
            let part = &answer.responses[0].partition_responses[0];
            assert_eq!(part.error_code, 0);
            told.records.push((part.base_offset, first));
        }
        recoveries.push(began.elapsed());
        let torn = process.said.iter().filter(|text| text.contains("torn")).count();
        assert!(torn > 0 || round % 3 != 1, "what was torn on purpose is told: {:?}", process.said);
        cut += torn;
        let is_last = round == rounds;
        for (partition, told) in (0..).zip(&mut writers) {
            check(&mut raw, partition, told, is_last).await;
        }
        if is_last {
            process.kill();
            break;
        }
        let enough = 30 + (random.exponential() * 150.0) as usize;
        let (acknowledged, mut counted) = tokio::sync::mpsc::unbounded_channel();
        let port = process.port;
        let writing: Vec<_> = (0..)
            .zip(writers.drain(..))
            .map(|(partition, told)| tokio::spawn(write(port, partition, told, acknowledged.clone())))
            .collect();
        for _ in 0..enough {
            counted.recv().await.unwrap();
        }
        process.kill();
        for writer in writing {
            writers.push(writer.await.unwrap());
        }
        if round % 3 == 0 {
            tear(folder.path(), (round % PARTITIONS as usize) as i32);
        }
    }
    recoveries.sort_unstable();
    let acknowledged: usize = writers.iter().map(|told| told.records.len()).sum();
    let (median, longest) = (recoveries[recoveries.len() / 2], recoveries[recoveries.len() - 1]);
    println!(
        "log: {rounds} kills, {acknowledged} records acknowledged, 0 lost, {cut} torn tails cut, recovery from start to written in all {PARTITIONS} partitions: median {median:?}, longest {longest:?}"
    );
    // A slow machine fails no test; the figure is printed, and only a hang fails.
    assert!(median < Duration::from_secs(30));
}
