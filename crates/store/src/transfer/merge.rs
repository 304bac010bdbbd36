//! Two databases of the same schema become one. A row is the same as one that is here when it says the same, whatever its number: bringing
//! the same file in twice changes nothing. Where both have changed, both stay; of what can only be there once, the later one does.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::Carried;
use crate::StoreError;
use crate::ledger::Write;
use crate::runs::give_number;
use crate::values::{Shape, Value, bind, insert, quoted, shape, sum, values};

/// A row of the file: its columns by name.
type Row = BTreeMap<String, Value>;

/// Every table that is merged; `recoveries` and `run_numbers` tell of another folder, and stay there.
#[cfg(test)]
pub(super) const TABLES: [&str; 13] = [
    "attempt_answers",
    "attempt_hints",
    "attempt_notes",
    "attempt_solutions",
    "attempts",
    "design_versions",
    "designs",
    "openings",
    "prediction_sets",
    "predictions",
    "runs",
    "settings",
    "undo_histories",
];

pub(super) async fn merge(from: &mut SqliteConnection, to: &mut Write) -> Result<Carried, StoreError> {
    let mut carried = Carried::default();
    let mut merge = Merge { from, to };
    let designs = merge.designs(&mut carried).await?;
    merge.of_designs(&designs).await?;
    merge.runs(&designs, &mut carried).await?;
    merge.attempts(&mut carried).await?;
    merge.openings().await?;
    merge.settings().await?;
    Ok(carried)
}

struct Merge<'a> {
    from: &'a mut SqliteConnection,
    to: &'a mut Write,
}

impl Merge<'_> {
    /// Designs of the file: their numbers there to those here. A design of the same name that says something else stays beside ours, under a
    /// name made of what it says.
    async fn designs(&mut self, carried: &mut Carried) -> Result<BTreeMap<i64, i64>, StoreError> {
        let mut numbers = BTreeMap::new();
        let shape = shape(self.to, "designs").await?;
        for id in self.ids("designs").await? {
            let mut row = self.row("designs", &shape, id).await?;
            let name = text(&row, "name");
            let own: Vec<Value> = ["exercise", "title", "sketch"].iter().map(|column| row[*column].clone()).collect();
            let mark: String = sum("designs", &own).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            let stem: String = name.chars().take(34).collect();
            let mut here = None;
            for candidate in [name.clone(), format!("{stem}-{mark}")] {
                row.insert("name".into(), Value::Text(candidate));
                let sql = "SELECT id, sketch = ?3 AND title = ?4 FROM designs WHERE exercise = ?1 AND name = ?2";
                let query = sqlx::query_as(sql).bind(text(&row, "exercise")).bind(text(&row, "name"));
                let known: Option<(i64, bool)> =
                    query.bind(text(&row, "sketch")).bind(text(&row, "title")).fetch_optional(&mut **self.to).await?;
                match known {
                    Some((number, true)) => here = Some(number),
                    Some((_, false)) => continue,
                    None => {
                        here = Some(self.add("designs", &shape, &row, &[]).await?);
                        carried.designs += 1;
                    }
                }
                break;
            }
            let here = here.ok_or_else(|| StoreError::NameTaken(name))?;
            numbers.insert(id, here);
        }
        Ok(numbers)
    }

    /// Versions, predictions and undo of the designs.
    async fn of_designs(&mut self, designs: &BTreeMap<i64, i64>) -> Result<(), StoreError> {
        let table = shape(self.to, "design_versions").await?;
        for id in self.ids("design_versions").await? {
            let mut row = self.row("design_versions", &table, id).await?;
            let design = mapped(&row, designs)?;
            let sql = "SELECT count(*) FROM design_versions WHERE design_id = ? AND saved_ms = ? AND sketch = ?";
            let query = bind(sqlx::query(sql).bind(design), &row["saved_ms"]);
            if count(bind(query, &row["sketch"]), self.to).await? > 0 {
                continue;
            }
            let sql = "SELECT coalesce(max(number), 0) + 1 FROM design_versions WHERE design_id = ?";
            let number: i64 = sqlx::query_scalar(sql).bind(design).fetch_one(&mut **self.to).await?;
            row.insert("number".into(), Value::Integer(number));
            self.add("design_versions", &table, &row, &[("design_id", design)]).await?;
        }
        let table = shape(self.to, "undo_histories").await?;
        for id in self.ids("undo_histories").await? {
            let row = self.row("undo_histories", &table, id).await?;
            let design = mapped(&row, designs)?;
            // It belongs to a drawing at a revision: only a design that is here as it was there can use it.
            let sql = "SELECT count(*) FROM designs WHERE id = ? AND revision = ?
                       AND NOT EXISTS (SELECT 1 FROM undo_histories WHERE design_id = designs.id)";
            if count(bind(sqlx::query(sql).bind(design), &row["revision"]), self.to).await? > 0 {
                let mut row = row;
                row.insert("design_id".into(), Value::Integer(design));
                self.add("undo_histories", &table, &row, &[]).await?;
            }
        }
        self.predictions(designs).await
    }

    /// What was said of a design in a scenario: the later set stays.
    async fn predictions(&mut self, designs: &BTreeMap<i64, i64>) -> Result<(), StoreError> {
        let (sets, figures) = (shape(self.to, "prediction_sets").await?, shape(self.to, "predictions").await?);
        for id in self.ids("prediction_sets").await? {
            let row = self.row("prediction_sets", &sets, id).await?;
            let design = mapped(&row, designs)?;
            let sql = "SELECT count(*) FROM prediction_sets WHERE design_id = ? AND scenario = ? AND saved_ms >= ?";
            let query = bind(sqlx::query(sql).bind(design), &row["scenario"]);
            if count(bind(query, &row["saved_ms"]), self.to).await? > 0 {
                continue;
            }
            let old = sqlx::query("DELETE FROM prediction_sets WHERE design_id = ? AND scenario = ?").bind(design);
            bind(old, &row["scenario"]).execute(&mut **self.to).await?;
            self.add("prediction_sets", &sets, &row, &[("design_id", design)]).await?;
            let (there, scenario) = (integer(&row, "design_id"), text(&row, "scenario"));
            let sql = "SELECT rowid FROM predictions WHERE design_id = ? AND scenario = ?";
            let ids: Vec<i64> = sqlx::query_scalar(sql).bind(there).bind(scenario).fetch_all(&mut *self.from).await?;
            for id in ids {
                let row = self.row("predictions", &figures, id).await?;
                self.add("predictions", &figures, &row, &[("design_id", design)]).await?;
            }
        }
        Ok(())
    }

    /// A run is the same as one here that began at the same time with the same drawing and came to the same report.
    async fn runs(&mut self, designs: &BTreeMap<i64, i64>, carried: &mut Carried) -> Result<(), StoreError> {
        let table = shape(self.to, "runs").await?;
        for id in self.ids("runs").await? {
            let mut row = self.row("runs", &table, id).await?;
            let sql = "SELECT id FROM runs WHERE exercise = ? AND started_ms = ? AND sketch = ? AND report = ?";
            let query = sqlx::query_scalar(sql).bind(text(&row, "exercise")).bind(integer(&row, "started_ms"));
            let known: Option<i64> = query.bind(text(&row, "sketch")).bind(text(&row, "report")).fetch_optional(&mut **self.to).await?;
            if let Some(here) = known {
                self.words_of_run(here, &row).await?;
                continue;
            }
            let number = give_number(self.to, &text(&row, "exercise")).await?;
            row.insert("number".into(), Value::Integer(number));
            let design = row["design_id"].integer().and_then(|there| designs.get(&there)).map_or(Value::Null, |here| Value::Integer(*here));
            row.insert("design_id".into(), design);
            self.add("runs", &table, &row, &[]).await?;
            carried.runs += 1;
        }
        Ok(())
    }

    /// What the learner wrote of a run there, where nothing is written here.
    async fn words_of_run(&mut self, here: i64, row: &Row) -> Result<(), StoreError> {
        for column in ["name", "note", "why", "change"] {
            let words = text(row, column);
            if !words.is_empty() {
                let sql = format!("UPDATE runs SET {0} = ? WHERE id = ? AND {0} = ''", quoted(column));
                sqlx::query(AssertSqlSafe(sql)).bind(words).bind(here).execute(&mut **self.to).await?;
            }
        }
        Ok(())
    }

    /// An attempt is the same as one here of the exercise that began at the same time: what is in it is merged. Another one takes its place by
    /// the time of its beginning; where one goes on here, it counts as finished when it was begun.
    async fn attempts(&mut self, carried: &mut Carried) -> Result<(), StoreError> {
        let table = shape(self.to, "attempts").await?;
        for id in self.ids("attempts").await? {
            let mut row = self.row("attempts", &table, id).await?;
            let sql = "SELECT id FROM attempts WHERE exercise = ? AND started_ms = ?";
            let query = sqlx::query_scalar(sql).bind(text(&row, "exercise")).bind(integer(&row, "started_ms"));
            let known: Option<i64> = query.fetch_optional(&mut **self.to).await?;
            let here = match known {
                Some(here) => here,
                None => {
                    let sql = "SELECT coalesce(max(number), 0) + 1, count(*) > count(finished_ms) FROM attempts WHERE exercise = ?";
                    let (number, goes_on): (i64, bool) = sqlx::query_as(sql).bind(text(&row, "exercise")).fetch_one(&mut **self.to).await?;
                    row.insert("number".into(), Value::Integer(number));
                    if goes_on && row["finished_ms"] == Value::Null {
                        row.insert("finished_ms".into(), row["started_ms"].clone());
                    }
                    carried.attempts += 1;
                    let here = self.add("attempts", &table, &row, &[]).await?;
                    self.renumber(&text(&row, "exercise")).await?;
                    here
                }
            };
            for (table, later) in [
                ("attempt_notes", "text = excluded.text, saved_ms = excluded.saved_ms WHERE excluded.saved_ms > saved_ms"),
                (
                    "attempt_answers",
                    "text = excluded.text, saved_ms = excluded.saved_ms, handed_ms = excluded.handed_ms
                     WHERE excluded.saved_ms > saved_ms AND handed_ms IS NULL",
                ),
                ("attempt_hints", "opened_ms = min(opened_ms, excluded.opened_ms)"),
                ("attempt_solutions", "opened_ms = min(opened_ms, excluded.opened_ms)"),
            ] {
                self.of_attempt(table, id, here, later).await?;
            }
        }
        Ok(())
    }

    /// Attempts of an exercise by the time of their beginning; the one that goes on stays the newest.
    async fn renumber(&mut self, exercise: &str) -> Result<(), StoreError> {
        let sql = "SELECT id FROM attempts WHERE exercise = ? ORDER BY finished_ms IS NULL, started_ms, id";
        let ids: Vec<i64> = sqlx::query_scalar(sql).bind(exercise.to_owned()).fetch_all(&mut **self.to).await?;
        // Out of the way first: a number is given once.
        let sql = "UPDATE attempts SET number = -id WHERE exercise = ?";
        sqlx::query(sql).bind(exercise.to_owned()).execute(&mut **self.to).await?;
        for (number, id) in (1_i64..).zip(ids) {
            sqlx::query("UPDATE attempts SET number = ? WHERE id = ?").bind(number).bind(id).execute(&mut **self.to).await?;
        }
        Ok(())
    }

    async fn of_attempt(&mut self, table: &str, there: i64, here: i64, later: &str) -> Result<(), StoreError> {
        let declared = shape(self.to, table).await?;
        let sql = format!("SELECT rowid FROM {table} WHERE attempt_id = ?");
        let ids: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql)).bind(there).fetch_all(&mut *self.from).await?;
        for id in ids {
            let mut row = self.row(table, &declared, id).await?;
            row.insert("attempt_id".into(), Value::Integer(here));
            let names: Vec<String> = declared.columns.iter().map(|name| quoted(name)).collect();
            let places = vec!["?"; names.len()].join(", ");
            let sql = format!("INSERT INTO {table} ({}) VALUES ({places}) ON CONFLICT DO UPDATE SET {later}", names.join(", "));
            let query = declared.columns.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, column| bind(query, &row[column]));
            query.execute(&mut **self.to).await?;
        }
        Ok(())
    }

    /// The first opening stays.
    async fn openings(&mut self) -> Result<(), StoreError> {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT exercise, design, opened_ms FROM openings").fetch_all(&mut *self.from).await?;
        for (exercise, design, opened_ms) in rows {
            let sql = "INSERT INTO openings (exercise, design, opened_ms) VALUES (?, ?, ?)
                       ON CONFLICT DO UPDATE SET opened_ms = min(opened_ms, excluded.opened_ms)";
            sqlx::query(sql).bind(exercise).bind(design).bind(opened_ms).execute(&mut **self.to).await?;
        }
        Ok(())
    }

    /// What is set here stays.
    async fn settings(&mut self) -> Result<(), StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT key, value FROM settings").fetch_all(&mut *self.from).await?;
        for (key, value) in rows {
            let sql = "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING";
            sqlx::query(sql).bind(key).bind(value).execute(&mut **self.to).await?;
        }
        Ok(())
    }

    async fn ids(&mut self, table: &str) -> Result<Vec<i64>, StoreError> {
        let sql = format!("SELECT rowid FROM {} ORDER BY rowid", quoted(table));
        Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *self.from).await?)
    }

    async fn row(&mut self, table: &str, shape: &Shape, id: i64) -> Result<Row, StoreError> {
        let columns: Vec<String> = shape.columns.iter().map(|name| quoted(name)).collect();
        let sql = format!("SELECT {} FROM {} WHERE rowid = ?", columns.join(", "), quoted(table));
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_one(&mut *self.from).await?;
        Ok(shape.columns.iter().cloned().zip(values(&row, 0)?).collect())
    }

    /// Adds a row under a number of this database; the number.
    async fn add(&mut self, table: &str, shape: &Shape, row: &Row, instead: &[(&str, i64)]) -> Result<i64, StoreError> {
        // A number of the row's own is given anew; one that is another row's number comes with `instead` or is in the row already.
        let own = shape.row_id.as_deref().filter(|name| *name == "id");
        let values: Vec<(&str, Value)> = row
            .iter()
            .filter(|(name, _)| Some(name.as_str()) != own)
            .map(|(name, value)| {
                let instead = instead.iter().find(|(column, _)| column == name).map(|(_, number)| Value::Integer(*number));
                (name.as_str(), instead.unwrap_or_else(|| value.clone()))
            })
            .collect();
        if !insert(self.to, table, shape, None, &values).await? {
            // Nothing is committed: what would be missing is told rather than left out.
            return Err(StoreError::Invalid {
                what: "row",
                reason: format!("one of {table} is there already under the same name or number"),
            });
        }
        Ok(sqlx::query_scalar("SELECT last_insert_rowid()").fetch_one(&mut **self.to).await?)
    }
}

async fn count(query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>, to: &mut Write) -> Result<i64, StoreError> {
    use sqlx::Row as _;
    Ok(query.fetch_one(&mut **to).await?.try_get(0)?)
}

fn text(row: &Row, column: &str) -> String {
    row.get(column).and_then(Value::text).unwrap_or_default().to_owned()
}

fn integer(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Value::integer).unwrap_or_default()
}

/// The design here that a row of the file belongs to.
fn mapped(row: &Row, designs: &BTreeMap<i64, i64>) -> Result<i64, StoreError> {
    let there = integer(row, "design_id");
    designs.get(&there).copied().ok_or(StoreError::NotFound { what: "design", id: there })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NewDesign, Store};
    use loadline_model::sketch::Sketch;
    use sqlx::{ConnectOptions as _, Connection as _};

    #[tokio::test]
    async fn a_row_that_does_not_come_in_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), 0).await.unwrap();
        let new = NewDesign { exercise: "twitter", name: "mine", title: "Mine", based_on: None };
        let id = store.create_design(new, &Sketch::empty("0"), 0).await.unwrap();
        let mut from = sqlx::sqlite::SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
        let mut write = store.write().await.unwrap();
        let table = shape(&mut write, "undo_histories").await.unwrap();
        let row = Row::from([
            ("design_id".to_owned(), Value::Integer(id)),
            ("revision".to_owned(), Value::Integer(0)),
            ("history".to_owned(), Value::Text("[]".into())),
        ]);
        let mut merge = Merge { from: &mut from, to: &mut write };
        merge.add("undo_histories", &table, &row, &[]).await.unwrap();
        let error = merge.add("undo_histories", &table, &row, &[]).await.unwrap_err();
        assert!(error.to_string().contains("undo_histories"), "{error}");
        from.close().await.unwrap();
    }
}
