//! CREATE, ALTER and DROP in SQLite's words. Only what SQLite can keep is accepted; the rest is refused with 0A000.

use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, CreateIndex, CreateTable, Expr, GeneratedAs, Ident, IndexColumn, ObjectType, OrderBySort,
    Statement, TableConstraint, Value,
};

use super::error::SqlError;
use super::infer::{self, Scope, last_name};
use super::rewrite;
use super::types::{self, NARROW_KEY, PgType, ROW_ID};

/// What makes SQLite number rows and never use a number twice.
pub(super) const NUMBERED: &str = "AUTOINCREMENT";

/// A change of the schema: SQLite's statement and the tag that is answered.
#[derive(Debug)]
pub(super) struct Ddl {
    pub sql: String,
    pub tag: &'static str,
}

/// The change that `statement` asks for; `None` when it is not one.
pub(super) fn translate(statement: &Statement) -> Result<Option<Ddl>, SqlError> {
    Ok(Some(match statement {
        Statement::CreateTable(create) => Ddl { sql: create_table(create)?, tag: "CREATE TABLE" },
        Statement::CreateIndex(create) => Ddl { sql: create_index(create)?, tag: "CREATE INDEX" },
        Statement::Drop { object_type, if_exists, names, .. } => {
            let (word, tag) = match object_type {
                ObjectType::Table => ("TABLE", "DROP TABLE"),
                ObjectType::Index => ("INDEX", "DROP INDEX"),
                other => return Err(SqlError::unsupported(format_args!("DROP {other}"))),
            };
            let exists = if *if_exists { "IF EXISTS " } else { "" };
            let drops: Vec<String> = names.iter().map(|name| format!("DROP {word} {exists}{}", quoted(&last_name(name)))).collect();
            Ddl { sql: drops.join("; "), tag }
        }
        Statement::AlterTable(alter) => {
            let table = quoted(&last_name(&alter.name));
            let changes = alter.operations.iter().map(|operation| alter_table(&table, operation)).collect::<Result<Vec<_>, _>>()?;
            Ddl { sql: changes.join("; "), tag: "ALTER TABLE" }
        }
        _ => return Ok(None),
    }))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn ident(ident: &Ident) -> String {
    // PostgreSQL folds what is not quoted.
    quoted(&if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() })
}

fn own_name(name: &str) -> Result<String, SqlError> {
    if name.to_ascii_lowercase().starts_with(super::schema::OWN_PREFIX) || name.to_ascii_lowercase().starts_with("sqlite_") {
        return Err(SqlError::new("42939", format!("the name \"{name}\" is reserved")));
    }
    Ok(quoted(&name.to_ascii_lowercase()))
}

fn alter_table(table: &str, operation: &AlterTableOperation) -> Result<String, SqlError> {
    match operation {
        AlterTableOperation::AddColumn { if_not_exists: false, column_def, .. } => {
            Ok(format!("ALTER TABLE {table} ADD COLUMN {}", column(column_def, false)?))
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            Ok(format!("ALTER TABLE {table} RENAME COLUMN {} TO {}", ident(old_column_name), ident(new_column_name)))
        }
        AlterTableOperation::DropColumn { column_names, if_exists: false, .. } => {
            let drops: Vec<String> = column_names.iter().map(|name| format!("ALTER TABLE {table} DROP COLUMN {}", ident(name))).collect();
            Ok(drops.join("; "))
        }
        other => Err(SqlError::unsupported(format_args!("ALTER TABLE {other}"))),
    }
}

fn column_list(columns: &[IndexColumn]) -> Result<Vec<String>, SqlError> {
    columns
        .iter()
        .map(|column| match &column.column.expr {
            Expr::Identifier(name) => {
                let order = match column.column.options.sort {
                    Some(OrderBySort::Desc) => " DESC",
                    _ => "",
                };
                Ok(format!("{}{order}", ident(name)))
            }
            other => Err(SqlError::unsupported(format_args!("a key on the expression {other}"))),
        })
        .collect()
}

fn create_index(create: &CreateIndex) -> Result<String, SqlError> {
    let table = last_name(&create.table_name);
    let columns = column_list(&create.columns)?;
    let name = match &create.name {
        Some(name) => own_name(&last_name(name))?,
        None => {
            let bare: Vec<String> = columns.iter().map(|c| c.replace(" DESC", "").replace('"', "")).collect();
            quoted(&format!("{table}_{}_idx", bare.join("_")))
        }
    };
    if create.predicate.is_some() || !create.include.is_empty() {
        return Err(SqlError::unsupported("a partial or covering index"));
    }
    let unique = if create.unique { "UNIQUE " } else { "" };
    let exists = if create.if_not_exists { "IF NOT EXISTS " } else { "" };
    Ok(format!("CREATE {unique}INDEX {exists}{name} ON {} ({})", quoted(&table), columns.join(", ")))
}

fn create_table(create: &CreateTable) -> Result<String, SqlError> {
    if create.query.is_some() || create.temporary || create.partition_of.is_some() || create.inherits.is_some() || create.like.is_some() {
        return Err(SqlError::unsupported("this form of CREATE TABLE"));
    }
    // A primary key of one whole-number column is SQLite's row id, whether it is declared at the column or after the list.
    let table_key = create.constraints.iter().find_map(|constraint| match constraint {
        TableConstraint::PrimaryKey(key) => Some(&key.columns),
        _ => None,
    });
    let single_key = table_key.filter(|columns| columns.len() == 1).and_then(|columns| match &columns.first()?.column.expr {
        Expr::Identifier(name) => Some(name.value.to_ascii_lowercase()),
        _ => None,
    });
    let mut folded = false;
    let mut parts = Vec::new();
    for definition in &create.columns {
        let is_key = single_key.as_deref() == Some(&definition.name.value.to_ascii_lowercase());
        folded |= is_key;
        parts.push(column(definition, is_key)?);
    }
    for constraint in &create.constraints {
        match constraint {
            TableConstraint::PrimaryKey(_) if folded => {}
            TableConstraint::PrimaryKey(key) => parts.push(format!("PRIMARY KEY ({})", column_list(&key.columns)?.join(", "))),
            TableConstraint::Unique(unique) => parts.push(format!("UNIQUE ({})", column_list(&unique.columns)?.join(", "))),
            TableConstraint::Check(check) => parts.push(format!("CHECK ({})", expression(&check.expr)?)),
            TableConstraint::ForeignKey(key) => {
                let columns: Vec<String> = key.columns.iter().map(ident).collect();
                parts.push(format!("FOREIGN KEY ({}) {}", columns.join(", "), reference(key)?));
            }
            other => return Err(SqlError::unsupported(format_args!("the constraint {other}"))),
        }
    }
    if parts.is_empty() {
        return Err(SqlError::unsupported("a table without columns"));
    }
    let exists = if create.if_not_exists { "IF NOT EXISTS " } else { "" };
    Ok(format!("CREATE TABLE {exists}{} ({})", own_name(&last_name(&create.name))?, parts.join(", ")))
}

fn reference(key: &sqlparser::ast::ForeignKeyConstraint) -> Result<String, SqlError> {
    let columns: Vec<String> = key.referred_columns.iter().map(ident).collect();
    let mut sql = format!("REFERENCES {}", own_name(&last_name(&key.foreign_table))?);
    if !columns.is_empty() {
        sql.push_str(&format!(" ({})", columns.join(", ")));
    }
    if let Some(action) = &key.on_delete {
        sql.push_str(&format!(" ON DELETE {action}"));
    }
    if let Some(action) = &key.on_update {
        sql.push_str(&format!(" ON UPDATE {action}"));
    }
    Ok(sql)
}

fn expression(expr: &Expr) -> Result<String, SqlError> {
    let mut expr = expr.clone();
    rewrite::rewrite_expr(&mut expr, &Scope::default())?;
    Ok(expr.to_string())
}

/// The type of a column and whether it numbers itself.
fn column_type(definition: &ColumnDef) -> Result<(PgType, bool), SqlError> {
    let word = definition.data_type.to_string().to_ascii_lowercase();
    let generated = definition.options.iter().any(|option| {
        matches!(
            &option.option,
            ColumnOption::Generated { generated_as: GeneratedAs::Always | GeneratedAs::ByDefault, generation_expr: None, .. }
        )
    });
    Ok(match word.as_str() {
        "bigserial" | "serial8" => (PgType::Int8, true),
        "serial" | "serial4" => (PgType::Int4, true),
        _ => (infer::data_type(&definition.data_type)?, generated),
    })
}

fn column(definition: &ColumnDef, key_elsewhere: bool) -> Result<String, SqlError> {
    let (ty, serial) = column_type(definition)?;
    let is_key = key_elsewhere || definition.options.iter().any(|option| matches!(option.option, ColumnOption::PrimaryKey(_)));
    if serial && !(is_key && ty.is_integer()) {
        return Err(SqlError::unsupported("a numbered column that is not the primary key")
            .hint("Make it the PRIMARY KEY, or number the rows in the service."));
    }
    let mut sql = ident(&definition.name);
    sql.push(' ');
    let row_id = is_key && matches!(ty, PgType::Int4 | PgType::Int8);
    sql.push_str(if row_id { ROW_ID } else { ty.declared() });
    if is_key {
        sql.push(' ');
        sql.push_str(if row_id && ty == PgType::Int4 { NARROW_KEY } else { "PRIMARY KEY" });
        if serial {
            sql.push(' ');
            sql.push_str(NUMBERED);
        } else {
            sql.push_str(" NOT NULL");
        }
    }
    for option in &definition.options {
        match &option.option {
            ColumnOption::Null | ColumnOption::PrimaryKey(_) => {}
            ColumnOption::NotNull if is_key => {}
            ColumnOption::NotNull => sql.push_str(" NOT NULL"),
            ColumnOption::Unique(_) => sql.push_str(" UNIQUE"),
            ColumnOption::Default(expr) => sql.push_str(&format!(" DEFAULT ({})", default(expr, ty)?)),
            ColumnOption::Check(check) => sql.push_str(&format!(" CHECK ({})", expression(&check.expr)?)),
            ColumnOption::ForeignKey(key) => {
                sql.push(' ');
                sql.push_str(&reference(key)?);
            }
            ColumnOption::Generated { generation_expr: None, .. } => {}
            other => return Err(SqlError::unsupported(format_args!("the column option {other}"))),
        }
    }
    Ok(sql)
}

fn default(expr: &Expr, ty: PgType) -> Result<String, SqlError> {
    if let Expr::Value(value) = expr
        && let Value::SingleQuotedString(text) = &value.value
    {
        return Ok(rewrite::literal(types::from_text(ty, text)?).to_string());
    }
    expression(expr)
}
