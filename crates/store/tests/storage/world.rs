//! A learner's data with something in every table, and every row of a database as text. Nothing here judges.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use futures_util::TryStreamExt as _;
use loadline_model::report::{LoadReport, Report, ScaleReport, Series, Verdict};
use loadline_model::seed::Stream;
use loadline_model::sketch::{Component, Sketch};
use loadline_store::versions::Reason;
use loadline_store::{FILE, NewDesign, NewRun, Place, PredictionSet, Store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};

/// 22 November 2026, ms since 1970.
pub(crate) const NOW: i64 = 1_795_318_800_000;

/// A number of the range by lot.
pub(crate) fn among(chance: &mut Stream, range: Range<usize>) -> usize {
    range.start + chance.below((range.end - range.start) as u64) as usize
}

/// A drawing that says `mark`.
pub(crate) fn sketch(mark: u64, parts: usize) -> Sketch {
    let component = |i: usize| Component {
        id: format!("work-{i}"),
        role: "work".into(),
        name: format!("Service {mark} \u{c4}"),
        instances: 2,
        settings: BTreeMap::from([("work_ms".into(), (mark as f64).into())]),
        at: (192.0 * i as f64, 112.0),
    };
    Sketch { components: (0..parts).map(component).collect(), ..Sketch::empty(&mark.to_string()) }
}

/// A report with a series of so many points.
pub(crate) fn report(mark: u64, points: usize) -> Report {
    Report {
        format: 1,
        exercise: "twitter".into(),
        design: "naive".into(),
        scenario: "reference".into(),
        shape: "baseline".into(),
        seed: mark,
        verdict: Verdict::Pass,
        reasons: vec![],
        interrupted: false,
        load: LoadReport { scheduled: 3, sent: 3, ok: 3, ..LoadReport::default() },
        operations: BTreeMap::new(),
        components: BTreeMap::new(),
        figures: vec![],
        predictions: vec![],
        because: String::new(),
        targets: vec![],
        saturated: vec![],
        steps: vec![],
        series: Series { t_s: (0..points).map(|i| i as f64 * 0.25).collect(), ..Series::default() },
        events: vec![],
        scale: ScaleReport { dilation: 12.0, ..ScaleReport::default() },
        learner: None,
        sketch: None,
    }
}

/// Something in every table; `part` makes it differ.
pub(crate) async fn fill(store: &Store, part: u64, designs: usize) {
    let mut chance = Stream::new(part, "storage/world", 0);
    for n in 0..designs as u64 {
        let (mark, name, now) = (part * 1000 + n, format!("p{part}-{n}"), NOW + n as i64);
        let parts = among(&mut chance, 0..40);
        let new = NewDesign { exercise: "twitter", name: &name, title: &name, based_on: None };
        let id = store.create_design(new, &sketch(mark, parts), now).await.unwrap();
        for save in 1..4_i64 {
            store.save_design(id, &sketch(mark + save as u64, parts + 1), None, now + save * 400_000).await.unwrap();
        }
        store.keep_version(id, Reason::Run, now).await.unwrap();
        store.save_history(id, 3, &format!("{{\"format\":1,\"past\":[{n}]}}")).await.unwrap();
        let set = PredictionSet { values: BTreeMap::from([("feed.p99_ms".into(), mark as f64)]), because: format!("because {n}") };
        store.save_predictions(id, "reference", &set, now).await.unwrap();
        let new = NewRun { design_id: Some(id), started_ms: now, note: "seen" };
        let points = among(&mut chance, 0..4000);
        store.insert_run(new, &sketch(mark, parts), &report(mark, points)).await.unwrap();
    }
    for exercise in ["twitter", "knee"] {
        let name = format!("phase-{part}");
        for number in 1..4 {
            store.record_hint(exercise, &name, number, NOW).await.unwrap();
        }
        let place = Place { exercise, part: "phase", name: &name };
        store.save_note(place, &format!("a note of {part} ").repeat(among(&mut chance, 1..600)), NOW).await.unwrap();
        store.save_answers(exercise, &BTreeMap::from([(format!("writes-{part}"), "12 K".to_owned())]), NOW).await.unwrap();
        store.record_solution(place, Some("mine"), NOW).await.unwrap();
        store.record_opening(exercise, &name, NOW).await.unwrap();
        store.put_setting(&format!("{exercise}-{part}"), Some("wide")).await.unwrap();
    }
}

/// A connection that changes nothing.
pub(crate) async fn look(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).read_only(true).disable_statement_logging().connect().await.unwrap()
}

/// The learner's tables, each with the expression that makes a row a text.
async fn texts(folder: &Path) -> BTreeMap<String, String> {
    let mut connection = look(&folder.join(FILE)).await;
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
               AND name NOT IN ('_sqlx_migrations', 'ledger', 'seals', 'recoveries')";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
    let mut all = BTreeMap::new();
    for table in tables {
        let columns: Vec<String> =
            sqlx::query_scalar("SELECT name FROM pragma_table_info(?)").bind(&table).fetch_all(&mut connection).await.unwrap();
        let quoted: Vec<String> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
        all.insert(table, quoted.join(" || '|' || "));
    }
    connection.close().await.unwrap();
    all
}

/// Every row of every table of the learner's, as text.
pub(crate) async fn rows(folder: &Path) -> BTreeMap<String, BTreeMap<i64, String>> {
    let mut all = BTreeMap::new();
    let texts = texts(folder).await;
    let mut connection = look(&folder.join(FILE)).await;
    for (table, text) in texts {
        let sql = format!("SELECT rowid, {text} FROM \"{table}\"");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        all.insert(table, rows.iter().map(|row| (row.get(0), row.get(1))).collect());
    }
    connection.close().await.unwrap();
    all
}

/// What a plain reader gets of a damaged file: of each table the rows up to the first broken page. `sound` is a folder that declares the tables.
pub(crate) async fn legible(damaged: &Path, sound: &Path) -> BTreeMap<String, BTreeMap<i64, String>> {
    let mut all = BTreeMap::new();
    let options = SqliteConnectOptions::new().filename(damaged).read_only(true).disable_statement_logging();
    let Ok(mut connection) = options.connect().await else { return all };
    for (table, text) in texts(sound).await {
        // As bytes: what damage made of a text need not be one.
        let sql = format!("SELECT rowid + 0 AS row, CAST({text} AS BLOB) AS said FROM \"{table}\" NOT INDEXED");
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut connection);
        let mut read = BTreeMap::new();
        while let Ok(Some(row)) = rows.try_next().await {
            let (Ok(id), Ok(said)) = (row.try_get::<i64, _>(0), row.try_get::<Vec<u8>, _>(1)) else { continue };
            if let Ok(said) = String::from_utf8(said) {
                read.insert(id, said);
            }
        }
        all.insert(table, read);
    }
    // A copy that is thrown away.
    let _ = connection.close().await;
    all
}

/// What SQLite's own whole check says: `ok`.
pub(crate) async fn integrity(folder: &Path) -> String {
    let mut connection = look(&folder.join(FILE)).await;
    let said = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    said
}
