//! A look at what a file would bring in: nothing comes that could not be opened afterwards. It changes nothing.

use loadline_model::report::{FORMAT, Report};
use loadline_model::sketch::Sketch;
use sqlx::SqliteConnection;

use crate::StoreError;
use crate::designs::{check_name, check_title};

/// Every drawing and report is read, and every name that a row is found by.
pub(super) async fn check(from: &mut SqliteConnection) -> Result<(), StoreError> {
    for (what, sql, table) in [
        ("design", "SELECT id, sketch FROM designs WHERE id > ? ORDER BY id LIMIT 1", "designs"),
        ("version", "SELECT id, sketch FROM design_versions WHERE id > ? ORDER BY id LIMIT 1", "design_versions"),
        ("run", "SELECT id, sketch FROM runs WHERE id > ? ORDER BY id LIMIT 1", "runs"),
        ("run", "SELECT id, report FROM runs WHERE id > ? ORDER BY id LIMIT 1", "runs"),
    ] {
        let mut after = i64::MIN;
        loop {
            let row: Option<(i64, String)> = sqlx::query_as(sql).bind(after).fetch_optional(&mut *from).await?;
            let Some((id, json)) = row else { break };
            let read = if sql.contains("report") { report(&json) } else { sketch(&json) };
            read.map_err(|reason| StoreError::Unreadable { what, id, reason: format!("{reason} (table {table} of the file)") })?;
            after = id;
        }
    }
    let designs: Vec<(String, String, String)> = sqlx::query_as("SELECT exercise, name, title FROM designs").fetch_all(&mut *from).await?;
    for (exercise, name, title) in &designs {
        check_name("exercise", exercise)?;
        check_name("name", name)?;
        check_title(title)?;
    }
    for (what, sql) in [
        ("exercise of a run", "SELECT DISTINCT exercise FROM runs"),
        ("exercise of an attempt", "SELECT DISTINCT exercise FROM attempts"),
        ("part of an attempt", "SELECT part FROM attempt_notes UNION SELECT part FROM attempt_solutions"),
        (
            "name in an attempt",
            "SELECT name FROM attempt_notes UNION SELECT name FROM attempt_solutions UNION SELECT phase FROM attempt_hints",
        ),
    ] {
        let names: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *from).await?;
        names.iter().try_for_each(|name| check_name(what, name))?;
    }
    Ok(())
}

fn sketch(json: &str) -> Result<(), String> {
    Sketch::from_json(json).map(|_| ()).map_err(|error| error.to_string())
}

fn report(json: &str) -> Result<(), String> {
    let report: Report = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if report.format > FORMAT {
        return Err(format!("its format is {}, this version reads {FORMAT}", report.format));
    }
    Ok(())
}
