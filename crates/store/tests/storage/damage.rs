//! Seeded damage to a database and its log. Each case must end whole, or brought over with every loss counted, or refused with the file
//! untouched. Whether a loss was silent is seen by comparing every row with what was there.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use loadline_model::seed::Stream;
use loadline_store::{FILE, Recovered, Store, StoreError};

use crate::asked;
use crate::world::{NOW, among, fill, integrity, legible, rows};

const PAGE: usize = 4096;
const DAY_MS: i64 = 86_400_000;

type Rows = BTreeMap<String, BTreeMap<i64, String>>;

/// Panics anywhere in this process, those that a library catches included.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// What is done to the files.
#[derive(Debug, Clone, Copy)]
enum Harm {
    Truncated,
    ZeroedPages,
    FlippedBytes,
    SwappedPages,
    Header,
    Garbage,
    Schema,
    Log,
    LogGone,
    FileGone,
}

const HARMS: [Harm; 10] = [
    Harm::Truncated,
    Harm::ZeroedPages,
    Harm::FlippedBytes,
    Harm::SwappedPages,
    Harm::Header,
    Harm::Garbage,
    Harm::Schema,
    Harm::Log,
    Harm::LogGone,
    Harm::FileGone,
];

fn harm(folder: &Path, harm: Harm, seed: u64) {
    let mut chance = Stream::new(seed, "storage/damage", 0);
    let (path, log) = (folder.join(FILE), folder.join(format!("{FILE}-wal")));
    let mut file = std::fs::read(&path).unwrap();
    let pages = file.len() / PAGE;
    match harm {
        Harm::Truncated => file.truncate(among(&mut chance, 0..file.len())),
        Harm::ZeroedPages => {
            for _ in 0..among(&mut chance, 1..6) {
                let page = among(&mut chance, 0..pages);
                file[page * PAGE..(page + 1) * PAGE].fill(0);
            }
        }
        Harm::FlippedBytes => {
            for _ in 0..among(&mut chance, 1..20) {
                let at = among(&mut chance, 0..file.len());
                file[at] ^= among(&mut chance, 1..256) as u8;
            }
        }
        Harm::SwappedPages => {
            let (one, two) = (among(&mut chance, 0..pages), among(&mut chance, 0..pages));
            let kept = file[one * PAGE..(one + 1) * PAGE].to_vec();
            file.copy_within(two * PAGE..(two + 1) * PAGE, one * PAGE);
            file[two * PAGE..(two + 1) * PAGE].copy_from_slice(&kept);
        }
        Harm::Header => {
            for _ in 0..among(&mut chance, 1..8) {
                let at = among(&mut chance, 0..100);
                file[at] = among(&mut chance, 0..256) as u8;
            }
        }
        Harm::Garbage => {
            let at = among(&mut chance, 0..file.len());
            let end = (at + among(&mut chance, 1..5 * PAGE)).min(file.len());
            file[at..end].iter_mut().for_each(|byte| *byte = among(&mut chance, 0..256) as u8);
        }
        Harm::Schema => {
            for _ in 0..among(&mut chance, 1..10) {
                let at = among(&mut chance, 100..2 * PAGE);
                file[at] ^= among(&mut chance, 1..256) as u8;
            }
        }
        Harm::Log => {
            let mut bytes = std::fs::read(&log).unwrap();
            match among(&mut chance, 0..3) {
                0 => bytes.truncate(among(&mut chance, 0..bytes.len())),
                1 => {
                    for _ in 0..among(&mut chance, 1..4) {
                        let at = among(&mut chance, 0..bytes.len());
                        bytes[at] ^= among(&mut chance, 1..256) as u8;
                    }
                }
                _ => {
                    let at = among(&mut chance, 0..32);
                    bytes[at] ^= among(&mut chance, 1..256) as u8;
                }
            }
            std::fs::write(&log, bytes).unwrap();
        }
        Harm::LogGone => std::fs::remove_file(&log).unwrap(),
        Harm::FileGone => return std::fs::remove_file(&path).unwrap(),
    }
    std::fs::write(&path, file).unwrap();
}

/// A database and its log, which an opening may not lose. An empty log is none.
fn bytes(folder: &Path, name: &str) -> Vec<Option<Vec<u8>>> {
    let read = |name: String| std::fs::read(folder.join(name)).ok();
    vec![read(name.to_owned()), read(format!("{name}-wal")).filter(|log| !log.is_empty())]
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, to) = (entry.file_name(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else if !matches!(name.to_str(), Some("loadline.lock" | "loadline.holder" | "loadline.db-shm")) {
            std::fs::copy(entry.path(), &to).unwrap();
        }
    }
}

/// Four beginnings: with and without a backup, with the last saves in the log or folded into the file.
async fn beginnings(place: &Path) -> Vec<(std::path::PathBuf, Rows)> {
    let mut all = Vec::new();
    for (backed_up, logged) in [(true, true), (true, false), (false, true), (false, false)] {
        let (live, still) = (place.join(format!("live-{backed_up}-{logged}")), place.join(format!("still-{backed_up}-{logged}")));
        let store = Store::open(&live, NOW).await.unwrap();
        fill(&store, 1, 12).await;
        if backed_up {
            store.back_up_daily(NOW).await.unwrap();
        }
        let store = if logged {
            store
        } else {
            store.close().await;
            Store::open(&live, NOW).await.unwrap()
        };
        fill(&store, 2, 3).await;
        if logged {
            copy(&live, &still);
            store.close().await;
        } else {
            // With an empty log beside it, as after a close.
            store.close().await;
            copy(&live, &still);
            std::fs::write(still.join(format!("{FILE}-wal")), "").unwrap();
        }
        let rows = rows(&live).await;
        assert!(rows.values().all(|table| !table.is_empty()), "something in every table: {rows:?}");
        all.push((still, rows));
    }
    all
}

/// How a case ended.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum End {
    Whole,
    BroughtOver,
    Refused,
}

async fn case(folder: &Path, before: &Rows, what: &str) -> (End, u64) {
    let files = bytes(folder, FILE);
    let now = NOW + DAY_MS;
    let store = match Store::open(folder, now).await {
        Ok(store) => store,
        Err(error) => {
            let refusal = matches!(
                error,
                StoreError::Lost { .. }
                    | StoreError::Newer { .. }
                    | StoreError::Foreign(_)
                    | StoreError::Database(_)
                    | StoreError::ReadOnly(_)
                    | StoreError::Disk(_)
            );
            assert!(refusal, "{what}: {error:?}");
            assert!(bytes(folder, FILE) == files, "{what}: refused ({error}), and the files were changed");
            return (End::Refused, 0);
        }
    };
    let told = store.recoveries().await.unwrap();
    // It is a database to work with.
    store.put_setting("after", Some("damage")).await.unwrap();
    store.put_setting("after", None).await.unwrap();
    store.close().await;
    assert_eq!(integrity(folder).await, "ok", "{what}");
    let after = rows(folder).await;
    let (lost, extra) = compare(before, &after, told.first().map(|(_, told)| told), what);
    assert_eq!(extra, 0, "{what}: rows that nobody saved");
    let Some((_, told)) = told.first() else { return (End::Whole, 0) };
    if files.iter().any(Option::is_some) {
        assert!(bytes(folder, &told.kept) == files, "{what}: the damaged file is kept as it was");
        compare_legible(folder, before, &after, told, what).await;
    }
    // A second opening finds nothing wrong.
    let store = Store::open(folder, now + DAY_MS).await.unwrap();
    assert_eq!(store.recoveries().await.unwrap().len(), 1, "{what}");
    store.close().await;
    (End::BroughtOver, lost)
}

/// Holds every row against what was there: rows that are gone, and rows that came from nowhere.
fn compare(before: &Rows, after: &Rows, told: Option<&Recovered>, what: &str) -> (u64, u64) {
    let (mut lost, mut extra) = (0, 0);
    let none = BTreeMap::new();
    for (table, old) in before {
        let new = after.get(table).unwrap_or(&none);
        let missing = old.keys().filter(|row| !new.contains_key(row)).count() as u64;
        let changed = old.iter().filter(|(row, text)| new.get(row).is_some_and(|now| now != *text)).count() as u64;
        let outcome = told.and_then(|told| told.tables.iter().find(|outcome| &outcome.table == table)).cloned().unwrap_or_default();
        // An uncounted recovery says so, and one that lacks its last saves says how many.
        let open = told.is_some_and(|told| !told.counted || told.missing_saves > 0);
        assert!(open || missing <= outcome.lost, "{what}: {missing} rows of {table} are gone, {} are counted: {told:?}", outcome.lost);
        let allowed = outcome.unproven + outcome.older + outcome.parted;
        assert!(open || changed <= allowed, "{what}: {changed} rows of {table} are changed, {allowed} are counted: {told:?}");
        lost += missing;
        let new = new.keys().filter(|row| !old.contains_key(row)).count() as u64;
        extra += if open { 0 } else { new.saturating_sub(outcome.unproven) };
    }
    (lost, extra)
}

/// Whatever the list of what was there says: a row that a plain reader still gets out of the damaged file, as it was saved, has come over, or
/// is counted as lost or parted from what it belonged to.
async fn compare_legible(folder: &Path, before: &Rows, after: &Rows, told: &Recovered, what: &str) {
    let plain = tempfile::tempdir().unwrap();
    for ending in ["", "-wal"] {
        let from = folder.join(format!("{}{ending}", told.kept));
        if from.exists() {
            std::fs::copy(from, plain.path().join(format!("{FILE}{ending}"))).unwrap();
        }
    }
    let none = BTreeMap::new();
    for (table, rows) in legible(&plain.path().join(FILE), folder).await {
        let (old, new) = (before.get(&table).unwrap_or(&none), after.get(&table).unwrap_or(&none));
        let gone = rows.iter().filter(|(row, text)| old.get(row) == Some(text) && new.get(row) != Some(text)).count() as u64;
        let outcome = told.tables.iter().find(|outcome| outcome.table == table).cloned().unwrap_or_default();
        let allowed = outcome.lost + outcome.parted;
        assert!(gone <= allowed, "{what}: {gone} legible rows of {table} did not come over, {allowed} are counted: {told:?}");
    }
}

#[tokio::test]
async fn damage_is_never_silent() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        before(panic);
    }));
    let cases = asked("LOADLINE_STORE_DAMAGE", 60);
    let place = tempfile::tempdir().unwrap();
    let beginnings = beginnings(place.path()).await;
    let mut ends: BTreeMap<(String, End), (u64, u64)> = BTreeMap::new();
    let mut longest = 0.0_f64;
    for seed in 0..cases {
        let mut kind = HARMS[seed as usize % HARMS.len()];
        let (from, rows) = &beginnings[(seed as usize / HARMS.len()) % beginnings.len()];
        // Where the log is folded into the file there is none to harm.
        if matches!(kind, Harm::Log) && std::fs::metadata(from.join(format!("{FILE}-wal"))).unwrap().len() == 0 {
            kind = Harm::FlippedBytes;
        }
        let folder = place.path().join("case");
        copy(from, &folder);
        harm(&folder, kind, seed);
        let began = Instant::now();
        let (end, lost) = case(&folder, rows, &format!("seed {seed}, {kind:?}, {}", from.display())).await;
        longest = longest.max(began.elapsed().as_secs_f64());
        let count = ends.entry((format!("{kind:?}"), end)).or_default();
        count.0 += 1;
        count.1 += lost;
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "seed {seed}, {kind:?}: a panic somewhere");
    }
    for ((kind, end), (count, lost)) in &ends {
        println!("{kind:12} {end:?}: {count} cases, {lost} rows lost and said so");
    }
    println!(
        "{} damaged databases, 0 panics, 0 silent losses; {longest:.1} s for the longest",
        ends.values().map(|(count, _)| count).sum::<u64>()
    );
}
