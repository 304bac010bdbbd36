//! One table of a recovery: from both ends towards a broken page, then round it; what is missing from the backup; each row held against its
//! seal. Then the rows whose parents are gone.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::source::{Next, Source, columns};
use super::{TableOutcome, put};
use crate::StoreError;
use crate::error::rescode;
use crate::values::{Value, quoted, sum, values};

/// Broken places that are walked round in a table before the rest of it is given up.
const DETOURS: u32 = 2_000;

/// What the seals say of a table.
pub(super) struct List<'a> {
    pub(super) sums: &'a BTreeMap<i64, Vec<u8>>,
    /// False: some of the list cannot be read.
    pub(super) whole: bool,
}

/// Fills a table.
pub(super) async fn table(
    new: &mut SqliteConnection,
    source: Option<&mut Source>,
    backup: Option<&mut SqliteConnection>,
    name: &str,
    list: &List<'_>,
) -> Result<TableOutcome, StoreError> {
    let mut outcome = TableOutcome { table: name.to_owned(), ..TableOutcome::default() };
    let mut present = BTreeMap::new();
    if let Some(source) = source
        && let Some(columns) = source.columns(name).await?
    {
        present = walk(new, source, name, &columns, list).await?;
    }
    // A row is proven when it is what was sealed; without its seal nobody can say.
    let unproven: BTreeSet<i64> = present.iter().filter(|(row, sum)| list.sums.get(row) != Some(sum)).map(|(row, _)| *row).collect();
    outcome.brought = present.len() as u64;
    outcome.unproven = unproven.len() as u64;
    if let Some(backup) = backup {
        help_out(new, backup, name, list, &present, &unproven, &mut outcome).await?;
    }
    let there: BTreeSet<i64> = row_ids(new, name).await?;
    outcome.lost = list.sums.keys().filter(|row| !there.contains(row)).count() as u64;
    Ok(outcome)
}

/// Brings over every row that can be read: their numbers with their sums.
async fn walk(
    new: &mut SqliteConnection,
    source: &mut Source,
    table: &str,
    columns: &[String],
    list: &List<'_>,
) -> Result<BTreeMap<i64, Vec<u8>>, StoreError> {
    let mut walk = Walked { new, table, columns, present: BTreeMap::new() };
    let mut ranges = vec![(i64::MIN, i64::MAX)];
    let mut detours = 0;
    while let Some((low, high)) = ranges.pop() {
        let (mut low, mut high) = (low, high);
        let mut done = false;
        for up in [true, false] {
            loop {
                let next = if up { source.next(table, true, low, high).await? } else { source.next(table, false, high, low).await? };
                match next {
                    Next::Row(row, values) => {
                        if up {
                            low = row;
                        } else {
                            high = row;
                        }
                        walk.take(row, values).await?;
                    }
                    Next::End => {
                        done = true;
                        break;
                    }
                    Next::Unreadable => break,
                }
            }
            if done {
                break;
            }
        }
        // Between the two lies a broken page: the halves of what is left are walked each by itself.
        if !done && detours < DETOURS && i128::from(high) - i128::from(low) > 1 {
            detours += 1;
            let middle = ((i128::from(low) + i128::from(high)) / 2) as i64;
            ranges.push((low, middle));
            ranges.push((middle, high));
        }
    }
    // Rows that are known to have been there, asked for by name.
    let missing: Vec<i64> = list.sums.keys().filter(|row| !walk.present.contains_key(row)).copied().collect();
    for row in missing {
        if let Next::Row(row, values) = source.next(table, true, row.saturating_sub(1), row).await? {
            walk.take(row, values).await?;
        }
    }
    Ok(walk.present)
}

struct Walked<'a> {
    new: &'a mut SqliteConnection,
    table: &'a str,
    columns: &'a [String],
    present: BTreeMap<i64, Vec<u8>>,
}

impl Walked<'_> {
    /// Keeps a row, unless the new table does not take it. One that nobody sealed is kept too: it is unproven.
    async fn take(&mut self, row: i64, values: Option<Vec<Value>>) -> Result<(), StoreError> {
        let Some(values) = values else { return Ok(()) };
        if self.present.contains_key(&row) {
            return Ok(());
        }
        let sum = sum(self.table, &values);
        if taken(put(self.new, self.table, self.columns, row, values).await)? {
            self.present.insert(row, sum);
        }
        Ok(())
    }
}

/// What the backup has of what is missing or not proven. It may resurrect a row only where the list of what was there is broken.
async fn help_out(
    new: &mut SqliteConnection,
    backup: &mut SqliteConnection,
    table: &str,
    list: &List<'_>,
    present: &BTreeMap<i64, Vec<u8>>,
    unproven: &BTreeSet<i64>,
    outcome: &mut TableOutcome,
) -> Result<(), StoreError> {
    let Some(columns) = columns(backup, table).await? else { return Ok(()) };
    for row in row_ids(backup, table).await? {
        let sealed = list.sums.get(&row);
        let wanted = match (present.contains_key(&row), sealed) {
            (true, _) => unproven.contains(&row) && sealed.is_some(),
            (false, Some(_)) => true,
            (false, None) => !list.whole,
        };
        if !wanted {
            continue;
        }
        let sql = format!("SELECT * FROM {} WHERE rowid = ?", quoted(table));
        let Some(found) = sqlx::query(AssertSqlSafe(sql)).bind(row).fetch_optional(&mut *backup).await? else { continue };
        let values = values(&found, 0)?;
        let as_saved = sealed == Some(&sum(table, &values));
        if present.contains_key(&row) {
            if !as_saved {
                continue;
            }
            let sql = format!("DELETE FROM {} WHERE rowid = ?", quoted(table));
            sqlx::query(AssertSqlSafe(sql)).bind(row).execute(&mut *new).await?;
            outcome.brought -= 1;
            outcome.unproven -= 1;
        }
        if taken(put(new, table, &columns, row, values).await)? {
            if as_saved { outcome.from_backup += 1 } else { outcome.older += 1 }
        }
    }
    Ok(())
}

/// A row that the new table refuses (a value of the wrong type, a name twice) is not brought over; anything else is an error.
fn taken(put: Result<bool, sqlx::Error>) -> Result<bool, StoreError> {
    match put {
        Err(error) if error.as_database_error().is_some_and(|e| e.code().is_some_and(|code| is_constraint(&code))) => Ok(false),
        put => Ok(put?),
    }
}

fn is_constraint(code: &str) -> bool {
    code.parse::<i64>().is_ok_and(|code| matches!(code & 0xff, rescode::CONSTRAINT | rescode::MISMATCH))
}

async fn row_ids(connection: &mut SqliteConnection, table: &str) -> Result<BTreeSet<i64>, StoreError> {
    let sql = format!("SELECT rowid FROM {} NOT INDEXED", quoted(table));
    let ids: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(connection).await?;
    Ok(ids.into_iter().collect())
}

/// Rows that belong to one that is gone: the reference is emptied where the table allows it, else the row cannot be kept and counts as lost.
pub(super) async fn drop_orphans(new: &mut SqliteConnection, outcomes: &mut [TableOutcome]) -> Result<(), StoreError> {
    loop {
        let orphans = sqlx::query("SELECT \"table\", rowid, fkid FROM pragma_foreign_key_check").fetch_all(&mut *new).await?;
        if orphans.is_empty() {
            return Ok(());
        }
        for orphan in &orphans {
            let (table, row, key): (String, i64, i64) = (orphan.try_get(0)?, orphan.try_get(1)?, orphan.try_get(2)?);
            let sql = "SELECT \"from\", on_delete FROM pragma_foreign_key_list(?) WHERE id = ?";
            let keys: Vec<(String, String)> = sqlx::query_as(sql).bind(&table).bind(key).fetch_all(&mut *new).await?;
            let mut none = TableOutcome::default();
            let outcome = outcomes.iter_mut().find(|outcome| outcome.table == table).unwrap_or(&mut none);
            let sql = match keys.as_slice() {
                [(column, action)] if action == "SET NULL" => {
                    outcome.parted += 1;
                    format!("UPDATE {} SET {} = NULL WHERE rowid = ?", quoted(&table), quoted(column))
                }
                _ => {
                    outcome.lost += 1;
                    format!("DELETE FROM {} WHERE rowid = ?", quoted(&table))
                }
            };
            sqlx::query(AssertSqlSafe(sql)).bind(row).execute(&mut *new).await?;
        }
    }
}
