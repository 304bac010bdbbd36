//! `kill -9` at a seeded moment of a child that opens (with a migration), saves, keeps notes, imports and backs up. What it acknowledged on
//! standard output must be there when the folder is opened again; what it did not may be.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use loadline_model::seed::Stream;
use loadline_model::sketch::Sketch;
use loadline_store::{NewDesign, NewRun, Place, Store, backups, transfer};

use crate::asked;
use crate::world::{NOW, among, fill, integrity, report, sketch};

const FOLDER: &str = "LOADLINE_STORE_CHILD";
const SEED: &str = "LOADLINE_STORE_CHILD_SEED";
const IMPORT: &str = "LOADLINE_STORE_CHILD_IMPORT";

/// Kills that share a folder.
const SERIES: u64 = 8;

/// The child's body: this test again, in a process of its own. By itself it has nothing to do.
#[tokio::test]
async fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let (seed, import) = (asked(SEED, 0), PathBuf::from(std::env::var_os(IMPORT).unwrap()));
    let mut chance = Stream::new(seed, "storage/kill/child", 0);
    let now = NOW + seed as i64 * 1000;
    let store = Store::open_waiting(&folder, now, Duration::from_secs(60)).await.unwrap();
    let design = match store.design_named("twitter", "killed").await.unwrap() {
        Some(design) => design.row.id,
        None => {
            let new = NewDesign { exercise: "twitter", name: "killed", title: "Killed", based_on: None };
            store.create_design(new, &sketch(0, 1), now).await.unwrap()
        }
    };
    println!("\nACK opened {design}");
    // Of this process's last save.
    let mut saved = None;
    for step in 0_u64.. {
        // Larger at every step and every seed.
        let mark = seed * 100_000 + step;
        match among(&mut chance, 0..20) {
            0 => {
                store.import(&import, now).await.unwrap();
                println!("\nACK import {mark}");
            }
            1 => {
                let made = store.back_up(loadline_store::backup::Reason::Daily, now).await.unwrap();
                println!("\nACK backup {}", made.name());
            }
            2..=4 => {
                let new = NewRun { design_id: Some(design), started_ms: mark as i64, note: "" };
                store.insert_run(new, &sketch(mark, 2), &report(mark, 500)).await.unwrap();
                println!("\nACK run {mark}");
            }
            5..=7 => {
                store.save_note(Place { exercise: "twitter", part: "phase", name: "kill" }, &mark.to_string(), now).await.unwrap();
                println!("\nACK note {mark}");
            }
            8 => {
                store.put_setting("killed", Some(&mark.to_string())).await.unwrap();
                println!("\nACK setting {mark}");
            }
            9..=11 => {
                let Some(revision) = saved else { continue };
                store.save_history(design, revision, &mark.to_string()).await.unwrap();
                println!("\nACK history {revision}/{mark}");
            }
            _ => {
                let parts = among(&mut chance, 1..30);
                saved = Some(store.save_design(design, &sketch(mark, parts), None, now + step as i64 * 100_000).await.unwrap());
                println!("\nACK save {mark}");
            }
        }
    }
}

/// What was acknowledged of a folder.
#[derive(Default)]
struct Said {
    opened: bool,
    imported: bool,
    runs: BTreeSet<u64>,
    /// By what was saved: the newest mark.
    newest: BTreeMap<&'static str, u64>,
    backups: BTreeSet<String>,
    /// The newest undo history: revision and mark.
    history: Option<(i64, u64)>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let Some((what, mark)) = line.strip_prefix("ACK ").and_then(|said| said.split_once(' ')) else { return };
        let number = || mark.parse::<u64>().expect("a mark");
        match what {
            "opened" => self.opened = true,
            "import" => self.imported = true,
            "backup" => drop(self.backups.insert(mark.to_owned())),
            "run" => drop(self.runs.insert(number())),
            "note" => drop(self.newest.insert("note", number())),
            "setting" => drop(self.newest.insert("setting", number())),
            "save" => drop(self.newest.insert("save", number())),
            "history" => {
                let (revision, mark) = mark.split_once('/').expect("a revision and a mark");
                self.history = Some((revision.parse().expect("a revision"), mark.parse().expect("a mark")));
            }
            other => panic!("an acknowledgement of {other}"),
        }
    }
}

/// Starts the child and kills it at a seeded moment; what it had said by then.
fn kill_at(folder: &Path, import: &Path, seed: u64, said: &mut Said) -> usize {
    let mut chance = Stream::new(seed, "storage/kill/moment", 0);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child", "--nocapture", "--test-threads=1"])
        .envs([(FOLDER, folder.as_os_str()), (IMPORT, import.as_os_str())])
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (told, lines) = mpsc::channel();
    let out = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(out).lines() {
            let Ok(line) = line else { break };
            if told.send(line).is_err() {
                break;
            }
        }
    });
    // Every fourth dies early: while it opens or migrates.
    let (after, moment) = match chance.below(4) {
        0 => (0, Duration::from_micros(chance.below(40_000))),
        _ => (among(&mut chance, 0..25), Duration::from_micros(chance.below(20_000))),
    };
    let mut heard = Vec::new();
    let mut acknowledged = 0;
    while acknowledged < after {
        match lines.recv_timeout(Duration::from_secs(120)) {
            Ok(line) => {
                acknowledged += usize::from(line.starts_with("ACK "));
                heard.push(line);
            }
            Err(problem) => panic!("the child of seed {seed} says nothing ({problem}): {heard:?}"),
        }
    }
    // The seeded moment after that: whatever is said meanwhile counts too.
    let until = Instant::now() + moment;
    while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
        heard.push(line);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    heard.extend(lines.try_iter());
    heard.iter().for_each(|line| said.hear(line));
    heard.iter().filter(|line| line.starts_with("ACK ")).count()
}

/// A folder as an older version left it, with so many designs.
async fn older(folder: &Path, schema: i64, designs: i64) {
    use sqlx::{ConnectOptions, Connection};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join(loadline_store::FILE)).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::migrate!("./migrations").run_direct(Some(schema), &mut connection, false).await.unwrap();
    for n in 0..designs {
        let sql = "INSERT INTO designs (exercise, name, title, sketch, created_ms, updated_ms) VALUES ('knee', ?, 'Old', ?, 1, 1)";
        sqlx::query(sql).bind(format!("old-{n}")).bind(sketch(n as u64, 20).to_json()).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

/// Schemas before the one of today.
const OLDER_SCHEMAS: i64 = 5;
const OLD: i64 = 40;
const CARRIED: usize = 6;

#[tokio::test]
async fn no_acknowledged_edit_is_lost_by_kill_9() {
    let kills = asked("LOADLINE_STORE_KILLS", 40);
    let place = tempfile::tempdir().unwrap();
    let import = place.path().join("carried.db");
    let other = place.path().join("other");
    let store = Store::open(&other, NOW).await.unwrap();
    fill(&store, 7, CARRIED).await;
    store.close().await;
    transfer::export(&other, &import).await.unwrap();

    let (mut opening, mut acknowledged, mut early) = (Vec::new(), 0, 0);
    for series in 0..kills.div_ceil(SERIES) {
        let folder = place.path().join(format!("series-{series}"));
        std::fs::create_dir(&folder).unwrap();
        // Every other series begins with a migration, from each older schema in turn.
        let old = series % 2 == 1;
        if old {
            older(&folder, 1 + (series as i64 / 2) % OLDER_SCHEMAS, OLD).await;
        }
        let mut said = Said::default();
        for seed in (series * SERIES..kills).take(SERIES as usize) {
            let heard = kill_at(&folder, &import, seed, &mut said);
            acknowledged += heard;
            early += u64::from(heard == 0);
            let began = Instant::now();
            let store = Store::open(&folder, NOW + seed as i64 * 1000).await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            opening.push(began.elapsed());
            check(&store, &said, seed, old).await;
            store.close().await;
            assert_eq!(integrity(&folder).await, "ok", "seed {seed}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
    opening.sort();
    let (middle, longest) = (opening[opening.len() / 2], opening[opening.len() - 1]);
    println!(
        "{kills} kills ({early} before the first acknowledgement), {acknowledged} acknowledged edits, 0 lost; opened again in {:.0} ms (median), {:.0} ms at most",
        middle.as_secs_f64() * 1e3,
        longest.as_secs_f64() * 1e3
    );
}

async fn check(store: &Store, said: &Said, seed: u64, old: bool) {
    assert_eq!(store.recoveries().await.unwrap(), [], "seed {seed}: a kill is no damage");
    if old {
        assert_eq!(store.designs("knee").await.unwrap().len(), OLD as usize, "seed {seed}: what was there before the migration");
        for n in 0..OLD {
            let design = store.design_named("knee", &format!("old-{n}")).await.unwrap().unwrap();
            assert_eq!(design.sketch, sketch(n as u64, 20), "seed {seed}");
        }
    }
    let design = store.design_named("twitter", "killed").await.unwrap();
    assert!(design.is_some() || !said.opened, "seed {seed}: the design that was made");
    let mark = |sketch: &Sketch| sketch.title.parse::<u64>().unwrap();
    let newest = |what: &str| said.newest.get(what).copied().unwrap_or(0);
    if let Some(design) = design {
        assert!(mark(&design.sketch) >= newest("save"), "seed {seed}: saved {}, found {}", newest("save"), design.sketch.title);
        // Of a drawing that was saved again since there is no history, as it should be.
        if let Some((revision, said)) = said.history.filter(|(revision, _)| *revision == design.row.revision) {
            let kept = store.history(design.row.id, revision).await.unwrap().map(|text| text.parse::<u64>().unwrap());
            assert!(kept.is_some_and(|kept| kept >= said), "seed {seed}: the steps of revision {revision}: {kept:?}, at least {said}");
        }
    }
    let attempt = store.newest_attempt("twitter").await.unwrap();
    let note =
        attempt.and_then(|attempt| attempt.notes.get(&("phase".into(), "kill".into())).map(|note| note.text.parse::<u64>().unwrap()));
    assert!(note.unwrap_or(0) >= newest("note"), "seed {seed}: the note");
    let setting = store.setting("killed").await.unwrap().map(|text| text.parse::<u64>().unwrap());
    assert!(setting.unwrap_or(0) >= newest("setting"), "seed {seed}: the setting");
    let runs: BTreeSet<u64> = store.runs(None, 100_000).await.unwrap().iter().map(|run| run.started_ms as u64).collect();
    assert!(said.runs.is_subset(&runs), "seed {seed}: runs {:?}", said.runs.difference(&runs));
    let carried = store.designs("twitter").await.unwrap().iter().filter(|design| design.name.starts_with("p7-")).count();
    assert!(carried == CARRIED || (carried == 0 && !said.imported), "seed {seed}: {carried} designs of the import");
    // Backups go by age, and these are all of one day.
    let there: BTreeSet<String> = backups(store.folder()).unwrap().iter().map(|backup| backup.name()).collect();
    assert!(said.backups.is_subset(&there), "seed {seed}: backups {:?}", said.backups.difference(&there));
}
