//! What the log costs: a million records of 100 bytes, produced and consumed by `kcat`, and the CPU time that the node's process used for
//! them, beside a bare TCP sink that reads, and a source that writes, the same bytes. The rounds of both are interleaved, so that both meet
//! the same machine. Only a release build tells anything.
//!
//!     cargo run --release -p loadline-node --example log_bench [records] [rounds]

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use loadline_model::catalog;
use loadline_model::plan::NodeSpec;
use loadline_model::wire::{FromNode, NodeConfig, ToNode};

type Error = Box<dyn std::error::Error>;

const RECORD_BYTES: usize = 100;
const TOKEN: &str = "bench";
/// What the sink reads and the source writes at a time.
const CHUNK: usize = 256 << 10;

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        // What `loadline node` runs.
        Some("node") => std::process::exit(loadline_node::process::run()),
        Some("peer") => return peer(),
        _ => {}
    }
    let number = |at: usize, default: usize| arguments.get(at).map_or(Ok(default), |text| text.parse());
    let (records, rounds) = (number(0, 1_000_000)?, number(1, 5)?);
    let folder = std::env::temp_dir().join(format!("loadline-log-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = measure(&folder, records, rounds);
    std::fs::remove_dir_all(&folder)?;
    done
}

/// One way of moving the records.
#[derive(Default)]
struct Figures {
    wall_s: Vec<f64>,
    /// CPU of the server, ns a record.
    cpu_ns: Vec<f64>,
}

fn measure(folder: &Path, records: usize, rounds: usize) -> Result<(), Error> {
    let lines = folder.join("lines");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&lines)?);
    for n in 0..records {
        writeln!(out, "{n:0RECORD_BYTES$}")?;
    }
    drop(out);
    let mut node = start_node(folder)?;
    let mut peer = start_peer()?;
    let mut figures: BTreeMap<&str, Figures> = BTreeMap::new();
    let mut note = |name, began: Instant, cpu_ns: u64| {
        let of = figures.entry(name).or_default();
        of.wall_s.push(began.elapsed().as_secs_f64());
        of.cpu_ns.push(cpu_ns as f64 / records as f64);
    };
    for round in 0..rounds {
        let topic = format!("bench-{round}");
        // The topic is made before the clock runs.
        kcat(node.port, &["-L", "-t", &topic])?;
        let (began, cpu) = (Instant::now(), cpu_ns(node.child.id())?);
        let from = lines.to_string_lossy();
        kcat(node.port, &["-P", "-t", &topic, "-p", "0", "-l", &from])?;
        note("kcat produces", began, cpu_ns(node.child.id())? - cpu);

        let stored = bytes_of(&folder.join("log"), &format!("{topic}-0."))?;
        let (began, cpu) = (Instant::now(), cpu_ns(peer.child.id())?);
        exchange(peer.port, stored, 0)?;
        note("TCP sink", began, cpu_ns(peer.child.id())? - cpu);

        let (began, cpu) = (Instant::now(), cpu_ns(node.child.id())?);
        let count = records.to_string();
        kcat(node.port, &["-C", "-t", &topic, "-p", "0", "-o", "beginning", "-c", &count, "-q"])?;
        note("kcat consumes", began, cpu_ns(node.child.id())? - cpu);

        let (began, cpu) = (Instant::now(), cpu_ns(peer.child.id())?);
        exchange(peer.port, 0, stored)?;
        note("TCP source", began, cpu_ns(peer.child.id())? - cpu);
    }
    for process in [&mut node.child, &mut peer.child] {
        process.kill()?;
        process.wait()?;
    }
    println!("{records} records of {RECORD_BYTES} bytes, {rounds} rounds, median (least to most)");
    for (name, of) in &figures {
        println!("{name:14} wall {} s, server CPU {} ns a record", spread(&of.wall_s, 2), spread(&of.cpu_ns, 0));
    }
    for (ours, bare) in [("kcat produces", "TCP sink"), ("kcat consumes", "TCP source")] {
        let ratios: Vec<f64> = figures[ours].cpu_ns.iter().zip(&figures[bare].cpu_ns).map(|(ours, bare)| ours / bare.max(1.0)).collect();
        println!("{ours} / {bare}: {} times the CPU", spread(&ratios, 2));
    }
    Ok(())
}

fn spread(values: &[f64], digits: usize) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |n: usize| sorted.get(n).copied().unwrap_or(f64::NAN);
    format!("{:.digits$} ({:.digits$} to {:.digits$})", at(sorted.len() / 2), at(0), at(sorted.len().saturating_sub(1)))
}

/// CPU time of a process, all its threads, ns.
fn cpu_ns(pid: u32) -> Result<u64, Error> {
    let mut all = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        all += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(all)
}

fn bytes_of(folder: &Path, partition: &str) -> Result<u64, Error> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(partition) {
            for file in std::fs::read_dir(entry.path())? {
                let file = file?;
                if file.path().extension().is_some_and(|extension| extension == "log") {
                    bytes += file.metadata()?.len();
                }
            }
        }
    }
    Ok(bytes)
}

struct Server {
    child: Child,
    port: u16,
}

fn start_node(folder: &Path) -> Result<Server, Error> {
    let role = catalog::role("log").ok_or("the catalog has no log")?;
    let settings = role.resolve(&BTreeMap::new());
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
        sample_every_ms: 3_600_000,
    };
    let mut child = Command::new(std::env::current_exe()?).arg("node").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    for message in [ToNode::Start(Box::new(config)), ToNode::Wire { peers: BTreeMap::new() }] {
        stdin.write_all(format!("{}\n", serde_json::to_string(&message)?).as_bytes())?;
    }
    child.stdin = Some(stdin);
    let mut port = 0;
    let out = child.stdout.take().ok_or("no standard output")?;
    let mut lines = BufReader::new(out).lines();
    for line in &mut lines {
        match serde_json::from_str(&line?)? {
            FromNode::Listening { port: given } => port = given,
            FromNode::Ready => break,
            FromNode::Failed { message } => return Err(message.into()),
            _ => {}
        }
    }
    // What it says from now on is read and dropped, so that its pipe never fills.
    std::thread::spawn(move || lines.count());
    Ok(Server { child, port })
}

fn kcat(port: u16, arguments: &[&str]) -> Result<(), Error> {
    let status = Command::new("kcat")
        .args(["-b", &format!("127.0.0.1:{port}"), "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanisms=PLAIN"])
        .args(["-X", "sasl.username=loadline", "-X", &format!("sasl.password={TOKEN}")])
        .args(arguments)
        .env_remove("LD_LIBRARY_PATH")
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("kcat does not start ({error}): on Debian apt-get install kcat"))?;
    if status.success() { Ok(()) } else { Err(format!("kcat {arguments:?} failed: {status}").into()) }
}

fn start_peer() -> Result<Server, Error> {
    let mut child = Command::new(std::env::current_exe()?).arg("peer").stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
    Ok(Server { child, port: line.trim().parse()? })
}

/// The peer's process: for each connection it reads as many bytes as it is told, and then writes as many.
fn peer() -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    let mut chunk = vec![0; CHUNK];
    for stream in listener.incoming() {
        let mut stream = stream?;
        let mut asked = [0; 16];
        stream.read_exact(&mut asked)?;
        let (read, write) = asked.split_at(8);
        pass(u64::from_be_bytes(read.try_into()?), |at_most| Ok(stream.read(chunk.get_mut(..at_most).unwrap_or_default())?))?;
        stream.write_all(b"k")?;
        pass(u64::from_be_bytes(write.try_into()?), |at_most| Ok(stream.write(chunk.get(..at_most).unwrap_or_default())?))?;
    }
    Ok(())
}

/// The other end of [`peer`].
fn exchange(port: u16, there: u64, back: u64) -> Result<(), Error> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.write_all(&[there.to_be_bytes(), back.to_be_bytes()].concat())?;
    let mut chunk = vec![0; CHUNK];
    pass(there, |at_most| Ok(stream.write(chunk.get(..at_most).unwrap_or_default())?))?;
    stream.read_exact(&mut [0])?;
    pass(back, |at_most| Ok(stream.read(chunk.get_mut(..at_most).unwrap_or_default())?))
}

/// Moves `bytes` in steps that `step` makes.
fn pass(mut bytes: u64, mut step: impl FnMut(usize) -> Result<usize, Error>) -> Result<(), Error> {
    while bytes > 0 {
        match step(usize::try_from(bytes).unwrap_or(CHUNK).min(CHUNK))? {
            0 => return Err("the other end closed early".into()),
            moved => bytes -= moved as u64,
        }
    }
    Ok(())
}
