//! ALTER TABLE: what SQLite has by itself, and changes of the table's text where the rows stay as they are (checks, NOT NULL, defaults).

use sqlparser::ast::{AlterColumnOperation, AlterTable, AlterTableOperation, Ident, TableConstraint};

use super::super::error::{SqlError, UNDEFINED_COLUMN};
use super::super::infer::last_name;
use super::super::schema::{Column, Schema, Table};
use super::table::{Parts, column, constraint, default};
use super::{Ddl, exists, folded, key_columns, listed, not_unique, own_name, quoted, text};

/// Puts another text of the table in place, and makes every connection read it.
fn with_text(table: &Table, sql: &str) -> String {
    format!(
        "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = {} WHERE type = 'table' AND name = {}; PRAGMA writable_schema=RESET; \
         CREATE TABLE loadline_changed (a); DROP TABLE loadline_changed",
        text(sql),
        text(&table.name)
    )
}

/// The table's text with another part at its end.
fn appended(table: &Table, part: &str) -> Option<String> {
    let at = table.sql.rfind(')')?;
    Some(format!("{}, {part})", table.sql.get(..at)?))
}

/// Start and end of a column's definition in the table's text.
fn definition_of(table: &Table, name: &str) -> Option<(usize, usize)> {
    let start = table.sql.find(&format!("{} ", quoted(name)))?;
    let (mut depth, mut inside) = (0, false);
    for (at, byte) in table.sql.bytes().enumerate().skip(start) {
        match byte {
            b'\'' => inside = !inside,
            b'(' if !inside => depth += 1,
            b')' if !inside && depth == 0 => return Some((start, at)),
            b')' if !inside => depth -= 1,
            b',' if !inside && depth == 0 => return Some((start, at)),
            _ => {}
        }
    }
    None
}

fn changed(table: &Table, name: &str, change: impl Fn(&str) -> String) -> Result<String, SqlError> {
    let place = definition_of(table, name).and_then(|(start, end)| {
        Some(format!("{}{}{}", table.sql.get(..start)?, change(table.sql.get(start..end)?), table.sql.get(end..)?))
    });
    place.map(|sql| with_text(table, &sql)).ok_or_else(|| SqlError::unsupported("a change of this column"))
}

/// A definition without its default.
fn without_default(definition: &str) -> String {
    let Some(at) = definition.find(" DEFAULT (") else { return definition.to_owned() };
    let mut depth = 0;
    for (offset, byte) in definition.bytes().enumerate().skip(at + 9) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => {
                return format!("{}{}", definition.get(..at).unwrap_or_default(), definition.get(offset + 1..).unwrap_or_default());
            }
            b')' => depth -= 1,
            _ => {}
        }
    }
    definition.to_owned()
}

fn known<'a>(table: &'a Table, name: &Ident) -> Result<&'a Column, SqlError> {
    let name = folded(name);
    let words = || format!("column \"{name}\" of relation \"{}\" does not exist", table.name);
    table.column(&name).ok_or_else(|| SqlError::new(UNDEFINED_COLUMN, words()))
}

fn add_constraint(table: &Table, added: &TableConstraint, schema: &Schema) -> Result<Ddl, SqlError> {
    let taken = table.checks.iter().map(|check| check.name.clone()).collect();
    let mut parts = Parts { table: &table.name, list: Vec::new(), names: Vec::new(), taken };
    let (kind, name, columns) = match added {
        TableConstraint::PrimaryKey(key) => {
            if !table.primary_key.is_empty() {
                return Err(SqlError::new("42P16", format!("multiple primary keys for table \"{}\" are not allowed", table.name)));
            }
            ('p', key.name.as_ref().map_or_else(|| format!("{}_pkey", table.name), folded), key_columns(&key.columns)?)
        }
        TableConstraint::Unique(unique) => {
            let columns = key_columns(&unique.columns)?;
            let bare: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            ('u', unique.name.as_ref().map_or_else(|| format!("{}_{}_key", table.name, bare.join("_")), folded), columns)
        }
        other => {
            let part = constraint(other, &mut parts, false, schema)?.unwrap_or_default();
            let sql = appended(table, &part).ok_or_else(|| SqlError::unsupported("a constraint on this table"))?;
            let mut ddl = Ddl::new([vec![with_text(table, &sql)], parts.names].concat().join("; "), "ALTER TABLE");
            if let TableConstraint::Check(check) = other {
                let name = parts.taken.last().cloned().unwrap_or_default();
                let test = super::table::expression(&check.expr)?;
                let mut error =
                    SqlError::new("23514", format!("check constraint \"{name}\" of relation \"{}\" is violated by some row", table.name));
                (error.place.table, error.place.constraint) = (Some(table.name.clone()), Some(name));
                ddl.obstacles.push((format!("SELECT 1 FROM {} WHERE NOT ({test}) LIMIT 1", quoted(&table.name)), error));
            }
            return Ok(ddl);
        }
    };
    if schema.oid(&name).is_some() {
        return Err(exists(&name));
    }
    let names: Vec<String> = columns.into_iter().map(|(name, _)| name).collect();
    names.iter().try_for_each(|name| super::known_column(table, name))?;
    let list: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let mut steps = vec![listed(&table.name, &name, kind, &names, "")];
    steps.push(format!("CREATE UNIQUE INDEX {} ON {} ({})", own_name(&name)?, quoted(&table.name), list.join(", ")));
    let mut obstacles = vec![not_unique(table, &name, names.iter().map(String::as_str))];
    if kind == 'p' {
        let mut sql = table.clone();
        for column in &names {
            if let Some((_, end)) = definition_of(&sql, column)
                && table.column(column).is_some_and(|column| !column.not_null)
            {
                sql.sql.insert_str(end, " NOT NULL");
            }
            obstacles.push(has_null(table, column));
        }
        steps.push(with_text(table, &sql.sql));
    }
    Ok(Ddl { sql: steps.join("; "), tag: "ALTER TABLE", obstacles })
}

fn has_null(table: &Table, column: &str) -> (String, SqlError) {
    let mut error = SqlError::new("23502", format!("column \"{column}\" of relation \"{}\" contains null values", table.name));
    (error.place.table, error.place.column) = (Some(table.name.clone()), Some(column.to_owned()));
    (format!("SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1", quoted(&table.name), quoted(column)), error)
}

/// ALTER TABLE.
pub(super) fn alter(change: &AlterTable, schema: &Schema) -> Result<Ddl, SqlError> {
    let name = last_name(&change.name).to_ascii_lowercase();
    let Some(table) = schema.table(&name) else {
        if change.if_exists {
            return Ok(Ddl::nothing("ALTER TABLE"));
        }
        return Err(SqlError::new(super::UNDEFINED_TABLE, format!("relation \"{name}\" does not exist")));
    };
    if change.operations.len() > 1 {
        return Err(SqlError::unsupported("several changes in one ALTER TABLE").hint("Make them one by one."));
    }
    let Some(operation) = change.operations.first() else { return Ok(Ddl::nothing("ALTER TABLE")) };
    one(table, operation, schema)
}

fn one(table: &Table, operation: &AlterTableOperation, schema: &Schema) -> Result<Ddl, SqlError> {
    let own = quoted(&table.name);
    let done = |sql: String| Ok(Ddl::new(sql, "ALTER TABLE"));
    match operation {
        AlterTableOperation::AddColumn { if_not_exists, column_def, .. } => {
            let name = folded(&column_def.name);
            if table.column(&name).is_some() {
                let words = format!("column \"{name}\" of relation \"{}\" already exists", table.name);
                return if *if_not_exists { Ok(Ddl::nothing("ALTER TABLE")) } else { Err(SqlError::new("42701", words)) };
            }
            let taken = table.checks.iter().map(|check| check.name.clone()).collect();
            let mut parts = Parts { table: &table.name, list: Vec::new(), names: Vec::new(), taken };
            let definition = column(column_def, false, &mut parts, schema)?;
            let mut steps = vec![format!("ALTER TABLE {own} ADD COLUMN {definition}")];
            steps.extend(parts.names);
            done(steps.join("; "))
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            known(table, old_column_name)?;
            let (old, new) = (quoted(&folded(old_column_name)), quoted(&folded(new_column_name)));
            done(format!("ALTER TABLE {own} RENAME COLUMN {old} TO {new}"))
        }
        AlterTableOperation::RenameTable { table_name } => {
            use sqlparser::ast::RenameTableNameKind as Kind;
            let (Kind::As(new) | Kind::To(new)) = table_name;
            let new = last_name(new).to_ascii_lowercase();
            if schema.oid(&new).is_some() {
                return Err(exists(&new));
            }
            let names = format!("UPDATE loadline_constraint SET tbl = {} WHERE tbl = {}", text(&new), text(&table.name));
            done(format!("ALTER TABLE {own} RENAME TO {}; {names}", own_name(&new)?))
        }
        AlterTableOperation::DropColumn { column_names, if_exists, .. } => {
            let mut steps = Vec::new();
            for name in column_names {
                match known(table, name) {
                    Ok(column) => {
                        let fit = format!(" CONSTRAINT {} CHECK", quoted(&format!("loadline_fit_{}", column.name)));
                        // SQLite does not drop a column that a check of its own names, so the check goes first.
                        if table.sql.contains(&fit) {
                            steps.push(changed(table, &column.name, |definition| without_fit(definition, &fit))?);
                        }
                        steps.push(format!("ALTER TABLE {own} DROP COLUMN {}", quoted(&column.name)));
                    }
                    Err(_) if *if_exists => {}
                    Err(error) => return Err(error),
                }
            }
            done(steps.join("; "))
        }
        AlterTableOperation::AddConstraint { constraint, .. } => add_constraint(table, constraint, schema),
        AlterTableOperation::DropConstraint { name, .. } => {
            let name = folded(name);
            match table.indexes.iter().find(|index| index.name == name && index.constraint.is_some() && index.inner == name) {
                Some(index) => done(format!(
                    "DROP INDEX {}; DELETE FROM loadline_constraint WHERE tbl = {} AND name = {}",
                    quoted(&index.inner),
                    text(&table.name),
                    text(&name)
                )),
                None => Err(SqlError::unsupported("DROP CONSTRAINT of what CREATE TABLE declared")),
            }
        }
        AlterTableOperation::AlterColumn { column_name, op } => {
            let column = known(table, column_name)?;
            match op {
                AlterColumnOperation::SetNotNull if column.not_null => Ok(Ddl::nothing("ALTER TABLE")),
                AlterColumnOperation::SetNotNull => {
                    let sql = changed(table, &column.name, |definition| format!("{definition} NOT NULL"))?;
                    Ok(Ddl { sql, tag: "ALTER TABLE", obstacles: vec![has_null(table, &column.name)] })
                }
                AlterColumnOperation::DropNotNull => {
                    done(changed(table, &column.name, |definition| definition.replacen(" NOT NULL", "", 1))?)
                }
                AlterColumnOperation::SetDefault { value } => {
                    let value = default(value, column.ty, column.modifier)?;
                    done(changed(table, &column.name, |definition| format!("{} DEFAULT ({value})", without_default(definition)))?)
                }
                AlterColumnOperation::DropDefault => done(changed(table, &column.name, without_default)?),
                other => Err(SqlError::unsupported(format_args!("ALTER COLUMN {other}"))),
            }
        }
        other => Err(SqlError::unsupported(format_args!("ALTER TABLE {other}"))),
    }
}

/// A definition without the engine's own check, which begins with `fit`.
fn without_fit(definition: &str, fit: &str) -> String {
    let Some(at) = definition.find(fit) else { return definition.to_owned() };
    let mut depth = 0;
    for (offset, byte) in definition.bytes().enumerate().skip(at + fit.len()) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => {
                return format!("{}{}", definition.get(..at).unwrap_or_default(), definition.get(offset + 1..).unwrap_or_default());
            }
            b')' => depth -= 1,
            _ => {}
        }
    }
    definition.to_owned()
}
