//! The Twitter designs on a real Redis and a real PostgreSQL, which this test starts itself: the same order and the same conservation as on the
//! embedded engines, and nothing of a run left in either. A log is given by address too; since Debian has no Kafka, it is one of our own in a
//! process that no run knows, and, in `scripts/endurance`, a broker of another make.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use loadline_tests::node::{Node, TOKEN};

use crate::postgres::Postgres;
use crate::program::{Program, STUCK, alone, loadline};
use crate::report::Json;

/// A server that this test started; it ends with this value.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts what `command` makes of a port, until it accepts there.
    fn start(name: &str, command: impl Fn(u16) -> Command) -> Self {
        // Another process may take the free port before the server does: then it ends, and the next port is tried.
        for _ in 0..20 {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr()).unwrap().port();
            let mut command = command(port);
            let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            let process = process.unwrap_or_else(|reason| panic!("{name} could not be started: {reason}"));
            let mut server = Self { process, port };
            let began = std::time::Instant::now();
            while server.process.try_wait().unwrap().is_none() {
                if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                    return server;
                }
                assert!(began.elapsed() < STUCK, "{name} does not accept");
                std::thread::yield_now();
            }
        }
        panic!("{name} found no free port");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has not ended before, unless the test failed for it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A `redis-server` of its own, without a password: what the services send is in the URL.
struct Redis {
    port: u16,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl Redis {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start("redis-server, of the package redis-server,", |port| {
            let mut command = Command::new("redis-server");
            command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(folder.path());
            command
        });
        Self { port: server.port, _server: server, _folder: folder }
    }

    /// What `redis-cli` says to a command.
    fn ask(&self, command: &[&str]) -> String {
        let answer = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(command).output().unwrap();
        String::from_utf8(answer.stdout).unwrap().trim().to_owned()
    }
}

/// A log that no run started: a node of its own, driven by hand as a real log would be.
struct Log(Node);

impl Log {
    fn start() -> Self {
        Self(Node::start("log", &[]))
    }

    /// What `kcat` says with these arguments, given `input`.
    fn kcat(&self, arguments: &[&str], input: &str) -> String {
        let mut kcat = Command::new("kcat")
            .args(["-b", &format!("127.0.0.1:{}", self.0.port), "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanisms=PLAIN"])
            .args(["-X", "sasl.username=me", "-X", &format!("sasl.password={TOKEN}")])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("kcat could not be started: install the package kcat");
        kcat.stdin.take().expect("its input").write_all(input.as_bytes()).unwrap();
        let answer = kcat.wait_with_output().unwrap();
        assert!(answer.status.success(), "kcat {arguments:?}: {:?}", answer.status);
        String::from_utf8(answer.stdout).unwrap()
    }
}

#[test]
fn a_log_by_address_carries_the_events_and_keeps_what_is_not_loadlines() {
    let (log, _alone) = (Log::start(), alone());
    log.kcat(&["-P", "-t", "mine", "-p", "0"], "keep me\n");
    // As a run leaves it that was killed.
    log.kcat(&["-P", "-t", "loadline-0123456789abcdef", "-p", "0"], "of an earlier run\n");
    let engine = format!("log={}", log.0.url());
    let arguments = ["run", "twitter", "--design", "good", "--seed", "5", "--duration", "6s", "--json", "report.json", "--engine", &engine];
    let (finished, folder) = loadline(&arguments, &["report.json"]);
    let out = finished.succeeded();
    assert!(out.err.contains("in the engine's place") && !out.err.contains(TOKEN), "{}", out.err);
    assert!(!out.err.contains("still hold data"), "{}", out.err);
    let report = Json::read(&folder.path().join("report.json"));
    assert!(
        report.figure("fanout_writes_per_tweet").is_some_and(|writes| writes > 10.0),
        "the workers took the events from it: {}",
        report.0["figures"]
    );
    assert!(report.0["components"].get("log").is_none(), "a real log is not measured from within");
    let topics = log.kcat(&["-L"], "");
    assert!(topics.contains("\"mine\"") && !topics.contains("loadline-"), "{topics}");
    assert_eq!(log.kcat(&["-C", "-t", "mine", "-e", "-q"], ""), "keep me\n");
}

/// Tansu, a broker of another make that speaks Kafka's protocol and keeps its records in memory.
struct Tansu(Server);

impl Tansu {
    /// Starts the program that `LOADLINE_TANSU` names.
    fn start() -> Self {
        let program = std::env::var_os("LOADLINE_TANSU").expect("LOADLINE_TANSU says where the broker's program is");
        Self(Server::start("the broker", |port| {
            let address = format!("tcp://127.0.0.1:{port}");
            let mut command = Command::new(&program);
            command.args(["broker", "--listener-url", &address, "--advertised-listener-url", &address]);
            command
        }))
    }

    /// What librdkafka needs to know of it.
    fn config(&self) -> rdkafka::ClientConfig {
        let mut config = rdkafka::ClientConfig::new();
        config.set("bootstrap.servers", format!("127.0.0.1:{}", self.0.port)).set("group.id", "mine").set("auto.offset.reset", "earliest");
        config
    }
}

#[test]
#[ignore = "needs a broker of another make, which `scripts/endurance broker` installs"]
fn a_broker_of_another_make_carries_the_events_and_keeps_what_is_not_loadlines() {
    use rdkafka::Message;
    use rdkafka::consumer::{BaseConsumer, Consumer};
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
    let (broker, _alone) = (Tansu::start(), alone());
    let producer: BaseProducer = broker.config().create().unwrap();
    producer.send(BaseRecord::<str, str>::to("mine").payload("keep me")).map_err(|(reason, _)| reason).unwrap();
    producer.flush(STUCK).unwrap();
    let engine = format!("log=kafka://127.0.0.1:{}", broker.0.port);
    let writes = ["better", "good"].map(|design| {
        let arguments =
            ["run", "twitter", "--design", design, "--seed", "5", "--duration", "6s", "--json", "report.json", "--engine", &engine];
        let (finished, folder) = loadline(&arguments, &["report.json"]);
        let out = finished.succeeded();
        assert!(!out.err.contains("still hold data"), "{}", out.err);
        let report = Json::read(&folder.path().join("report.json"));
        assert_eq!(report.count("scheduled"), report.count("sent") + report.count("dropped"));
        assert_eq!(report.count("sent"), report.count("ok") + report.count("late") + report.count("failed"));
        assert_eq!(report.count("failed"), 0, "{design}: {}", report.0["load"]);
        report.figure("fanout_writes_per_tweet").unwrap_or(f64::NAN)
    });
    println!("better, good on a broker of another make: timeline writes a tweet {writes:?}");
    assert!(writes[0] > 0.0 && writes[0] < writes[1], "{writes:?}");
    let consumer: BaseConsumer = broker.config().create().unwrap();
    let metadata = consumer.fetch_metadata(None, STUCK).unwrap();
    let topics: Vec<&str> = metadata.topics().iter().map(|topic| topic.name()).collect();
    assert!(topics.contains(&"mine") && !topics.iter().any(|topic| topic.starts_with("loadline")), "{topics:?}");
    let mut all = rdkafka::TopicPartitionList::new();
    for partition in metadata.topics().iter().filter(|topic| topic.name() == "mine").flat_map(|topic| topic.partitions()) {
        all.add_partition_offset("mine", partition.id(), rdkafka::Offset::Beginning).unwrap();
    }
    consumer.assign(&all).unwrap();
    let message = consumer.poll(STUCK).expect("the record is there").unwrap();
    assert_eq!(message.payload(), Some(&b"keep me"[..]));
}

/// What `psql` says to a query.
fn psql(postgres: &Postgres, query: &str) -> String {
    let answer = Command::new("psql").arg(postgres.url("postgres")).args(["-At", "-c", query]).output().unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_designs_keep_their_order_on_real_servers() {
    let (redis, postgres) = (Redis::start(), Postgres::start(&["fsync=off"]));
    let (kv, sql) = (format!("kv=redis://127.0.0.1:{}/0", redis.port), format!("sql={}", postgres.url("postgres")));
    let run = |design: &str, engines: &[&str]| {
        let _alone = alone();
        let mut arguments = vec!["run", "twitter", "--design", design, "--seed", "5", "--duration", "6s", "--json", "report.json"];
        arguments.extend(engines.iter().flat_map(|engine| ["--engine", engine]));
        let (finished, folder) = loadline(&arguments, &["report.json"]);
        let out = finished.succeeded();
        assert!(out.err.contains("in the engine's place"), "{}", out.err);
        assert!(!out.err.contains("still hold data"), "{}", out.err);
        let report = Json::read(&folder.path().join("report.json"));
        assert_eq!(report.count("scheduled"), report.count("sent") + report.count("dropped"));
        assert_eq!(report.count("sent"), report.count("ok") + report.count("late") + report.count("failed"));
        assert!(report.count("ok") > 100, "{}", report.0["load"]);
        assert_eq!(redis.ask(&["dbsize"]), "0", "left in Redis by {design}");
        assert_eq!(psql(&postgres, "select count(*) from pg_namespace where nspname = 'loadline'"), "0", "left in PostgreSQL by {design}");
        // A real server is not measured from within.
        assert!(report.0["components"].get("sql").is_none(), "{}", report.0["components"]);
        report
    };
    let naive = run("naive", &[&sql]);
    let [better, good] = ["better", "good"].map(|design| run(design, &[&kv, &sql]));
    let of = |name: &str| [&naive, &better, &good].map(|report| report.figure(name).unwrap_or(f64::NAN));
    let (writes, p50) = (of("fanout_writes_per_tweet"), of("timeline_read.p50_ms"));
    println!("naive, better, good on real servers: timeline writes a tweet {writes:?}, timeline p50 {p50:?} ms");
    assert_eq!(writes[0], 0.0, "naive writes nothing into timelines");
    assert!(writes[1] > 0.0 && writes[1] < writes[2], "better leaves the celebrities' tweets to be read: {writes:?}");
    assert!(p50[0] > p50[1] && p50[0] > p50[2], "pull reads slowest: {p50:?} ms");
}

#[test]
fn a_redis_that_holds_other_data_is_refused_and_kept() {
    let (redis, _alone) = (Redis::start(), alone());
    assert_eq!(redis.ask(&["set", "mine", "1"]), "OK");
    let engine = format!("kv=redis://127.0.0.1:{}/0", redis.port);
    let (finished, _folder) = Program::start(&["run", "twitter", "--duration", "2s", "--engine", &engine]).finish();
    assert_eq!(finished.code, Some(2), "{}", finished.err);
    assert!(finished.err.contains("holds 1 other keys: give an empty database"), "{}", finished.err);
    assert_eq!(redis.ask(&["keys", "*"]), "mine");
}
