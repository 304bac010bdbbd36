//! CREATE TABLE: columns with their types, keys and constraints with PostgreSQL's names.

use sqlparser::ast::{
    ColumnDef, ColumnOption, CreateTable, Expr, ForeignKeyConstraint, GeneratedAs, Ident, TableConstraint, Value, Visit, Visitor,
};

use super::super::error::{SqlError, UNDEFINED_TABLE};
use super::super::infer::{self, Scope, last_name};
use super::super::rewrite;
use super::super::schema::Schema;
use super::super::types::{self, NARROW_KEY, NO_MODIFIER, NUMERIC_ORDER, PgType, ROW_ID};
use super::{Ddl, NUMBERED, exists, folded, key_columns, listed, own_name, quoted};

/// What a table is made of, on its way.
pub(super) struct Parts<'a> {
    pub table: &'a str,
    /// Definitions of columns and constraints, in SQLite's words.
    pub list: Vec<String>,
    /// Statements for the engine's list of constraints.
    pub names: Vec<String>,
    /// Names of checks that are taken.
    pub taken: Vec<String>,
}

/// The columns that an expression names.
struct Columns(Vec<String>);

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> std::ops::ControlFlow<()> {
        if let Expr::Identifier(ident) = expr
            && !self.0.contains(&folded(ident))
        {
            self.0.push(folded(ident));
        }
        std::ops::ControlFlow::Continue(())
    }
}

impl Parts<'_> {
    /// A CHECK with a name of its own.
    pub(super) fn check(&mut self, name: Option<&Ident>, expr: &Expr) -> Result<String, SqlError> {
        let mut columns = Columns(Vec::new());
        let _ = expr.visit(&mut columns);
        let name = match (name, columns.0.as_slice()) {
            (Some(name), _) => folded(name),
            (None, columns) => {
                let base = match columns {
                    [one] => format!("{}_{one}_check", self.table),
                    _ => format!("{}_check", self.table),
                };
                let numbered = |n: u32| if n == 0 { base.clone() } else { format!("{base}{n}") };
                (0..).map(numbered).find(|name| !self.taken.contains(name)).unwrap_or(base)
            }
        };
        self.taken.push(name.clone());
        self.names.push(listed(self.table, &name, 'c', &[], &format!("({expr})")));
        Ok(format!("CONSTRAINT {} CHECK ({})", quoted(&name), expression(expr)?))
    }

    /// A primary key or a unique constraint's name, when it has one.
    pub(super) fn key(&mut self, name: Option<&Ident>, kind: char, columns: &[String]) {
        if let Some(name) = name {
            self.names.push(listed(self.table, &folded(name), kind, columns, ""));
        }
    }

    pub(super) fn reference(
        &mut self,
        name: Option<&Ident>,
        key: &ForeignKeyConstraint,
        own: &[String],
        schema: &Schema,
    ) -> Result<String, SqlError> {
        let parent = last_name(&key.foreign_table).to_ascii_lowercase();
        let mut columns: Vec<String> = key.referred_columns.iter().map(folded).collect();
        if parent != self.table {
            let known =
                schema.table(&parent).ok_or_else(|| SqlError::new(UNDEFINED_TABLE, format!("relation \"{parent}\" does not exist")))?;
            if columns.is_empty() {
                columns.clone_from(&known.primary_key);
            }
            let refs: Vec<&str> = columns.iter().map(String::as_str).collect();
            if let Some(missing) = refs.iter().find(|name| known.column(name).is_none()) {
                let words = format!("column \"{missing}\" referenced in foreign key constraint does not exist");
                return Err(SqlError::new(super::super::error::UNDEFINED_COLUMN, words));
            }
            if known.unique_name(&refs).is_none() {
                let words = format!("there is no unique constraint matching given keys for referenced table \"{parent}\"");
                return Err(SqlError::new("42830", words));
            }
        }
        if name.is_some() {
            self.key(name, 'f', own);
        }
        let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        let mut sql = format!("REFERENCES {}", own_name(&parent)?);
        if !columns.is_empty() {
            sql.push_str(&format!(" ({})", columns.join(", ")));
        }
        if let Some(action) = &key.on_delete {
            sql.push_str(&format!(" ON DELETE {action}"));
        }
        if let Some(action) = &key.on_update {
            sql.push_str(&format!(" ON UPDATE {action}"));
        }
        if let Some(characteristics) = &key.characteristics {
            sql.push_str(&format!(" {characteristics}"));
        }
        Ok(sql)
    }
}

/// An expression that SQLite keeps.
pub(super) fn expression(expr: &Expr) -> Result<String, SqlError> {
    let mut expr = expr.clone();
    rewrite::rewrite_expr(&mut expr, &Scope::default())?;
    Ok(expr.to_string())
}

/// The type of a column and whether it numbers itself.
fn column_type(definition: &ColumnDef) -> Result<(PgType, i32, bool), SqlError> {
    let word = definition.data_type.to_string().to_ascii_lowercase();
    let generated = definition.options.iter().any(|option| {
        matches!(
            &option.option,
            ColumnOption::Generated { generated_as: GeneratedAs::Always | GeneratedAs::ByDefault, generation_expr: None, .. }
        )
    });
    Ok(match word.as_str() {
        "bigserial" | "serial8" => (PgType::Int8, NO_MODIFIER, true),
        "serial" | "serial4" => (PgType::Int4, NO_MODIFIER, true),
        _ => {
            let (ty, modifier) = infer::declared(&definition.data_type)?;
            (ty, modifier, generated)
        }
    })
}

/// What keeps a column to its type: SQLite's own types are wider.
fn fit(name: &str, ty: PgType, modifier: i32) -> String {
    let column = quoted(name);
    let test = match ty {
        PgType::Int2 => format!("{column} BETWEEN -32768 AND 32767"),
        PgType::Int4 => format!("{column} BETWEEN -2147483648 AND 2147483647"),
        PgType::Int8 => format!("typeof({column}) <> 'real'"),
        PgType::Varchar if modifier != NO_MODIFIER => format!("length({column}) <= {}", modifier - 4),
        _ => return String::new(),
    };
    format!(" CONSTRAINT {} CHECK ({test})", quoted(&format!("loadline_fit_{name}")))
}

/// A column's definition.
pub(super) fn column(definition: &ColumnDef, key_elsewhere: bool, parts: &mut Parts<'_>, schema: &Schema) -> Result<String, SqlError> {
    let (ty, modifier, serial) = column_type(definition)?;
    let name = folded(&definition.name);
    let is_key = key_elsewhere || definition.options.iter().any(|option| matches!(option.option, ColumnOption::PrimaryKey(_)));
    if serial && !(is_key && ty.is_integer()) {
        return Err(SqlError::unsupported("a numbered column that is not the primary key")
            .hint("Make it the PRIMARY KEY, or number the rows in the service."));
    }
    let mut sql = format!("{} ", quoted(&name));
    let row_id = is_key && matches!(ty, PgType::Int4 | PgType::Int8);
    sql.push_str(&if row_id { ROW_ID.to_owned() } else { ty.declared(modifier) });
    if ty == PgType::Numeric {
        sql.push_str(&format!(" COLLATE {NUMERIC_ORDER}"));
    }
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
    if !(row_id && ty == PgType::Int8) {
        sql.push_str(&fit(&name, ty, modifier));
    }
    let own = std::slice::from_ref(&name);
    for option in &definition.options {
        match &option.option {
            ColumnOption::Null => {}
            ColumnOption::PrimaryKey(_) => parts.key(option.name.as_ref(), 'p', own),
            ColumnOption::NotNull if is_key => {}
            ColumnOption::NotNull => sql.push_str(" NOT NULL"),
            ColumnOption::Unique(_) => {
                parts.key(option.name.as_ref(), 'u', own);
                sql.push_str(" UNIQUE");
            }
            ColumnOption::Default(expr) => sql.push_str(&format!(" DEFAULT ({})", default(expr, ty, modifier)?)),
            ColumnOption::Check(check) => {
                let check = parts.check(option.name.as_ref().or(check.name.as_ref()), &check.expr)?;
                sql.push(' ');
                sql.push_str(&check);
            }
            ColumnOption::ForeignKey(key) => {
                let reference = parts.reference(option.name.as_ref().or(key.name.as_ref()), key, own, schema)?;
                sql.push(' ');
                sql.push_str(&reference);
            }
            ColumnOption::Generated { generation_expr: None, .. } => {}
            other => return Err(SqlError::unsupported(format_args!("the column option {other}"))),
        }
    }
    Ok(sql)
}

/// A default as SQLite keeps it.
pub(super) fn default(expr: &Expr, ty: PgType, modifier: i32) -> Result<String, SqlError> {
    let literal = match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            Value::Number(digits, _) if ty == PgType::Numeric => Some(digits.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(text) = literal {
        let value = types::input::shaped(types::input::from_text(ty, &text)?, ty, modifier, false)?;
        return Ok(rewrite::literal(value).to_string());
    }
    expression(expr)
}

/// CREATE TABLE.
pub(super) fn create(create: &CreateTable, schema: &Schema) -> Result<Ddl, SqlError> {
    if create.query.is_some() || create.temporary || create.partition_of.is_some() || create.inherits.is_some() || create.like.is_some() {
        return Err(SqlError::unsupported("this form of CREATE TABLE"));
    }
    let name = last_name(&create.name).to_ascii_lowercase();
    if schema.oid(&name).is_some() {
        return if create.if_not_exists { Ok(Ddl::nothing("CREATE TABLE")) } else { Err(exists(&name)) };
    }
    let table_keys: Vec<_> = create
        .constraints
        .iter()
        .filter_map(|constraint| match constraint {
            TableConstraint::PrimaryKey(key) => Some(&key.columns),
            _ => None,
        })
        .collect();
    let at_columns =
        create.columns.iter().flat_map(|column| &column.options).filter(|option| matches!(option.option, ColumnOption::PrimaryKey(_)));
    if table_keys.len() + at_columns.count() > 1 {
        return Err(SqlError::new("42P16", format!("multiple primary keys for table \"{name}\" are not allowed")));
    }
    // A primary key of one whole-number column is SQLite's row id, whether it is declared at the column or after the list.
    let single_key = match table_keys.first().map(|columns| key_columns(columns)).transpose()?.as_deref() {
        Some([(one, _)]) => Some(one.clone()),
        _ => None,
    };
    let mut parts = Parts { table: &name, list: Vec::new(), names: Vec::new(), taken: Vec::new() };
    let mut folded_key = false;
    for definition in &create.columns {
        let is_key = single_key.as_deref() == Some(&folded(&definition.name));
        folded_key |= is_key;
        let column = column(definition, is_key, &mut parts, schema)?;
        parts.list.push(column);
    }
    for part in &create.constraints {
        let part = constraint(part, &mut parts, folded_key, schema)?;
        parts.list.extend(part);
    }
    if parts.list.is_empty() {
        return Err(SqlError::unsupported("a table without columns"));
    }
    let mut sql = format!("CREATE TABLE {} ({})", own_name(&name)?, parts.list.join(", "));
    for listed in &parts.names {
        sql.push_str("; ");
        sql.push_str(listed);
    }
    Ok(Ddl::new(sql, "CREATE TABLE"))
}

/// A constraint after the columns; `None` when a column has taken it in.
pub(super) fn constraint(
    constraint: &TableConstraint,
    parts: &mut Parts<'_>,
    folded_key: bool,
    schema: &Schema,
) -> Result<Option<String>, SqlError> {
    let list = |columns: &[(String, bool)]| columns.iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ");
    let names = |columns: &[(String, bool)]| columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    Ok(Some(match constraint {
        TableConstraint::PrimaryKey(key) => {
            let columns = key_columns(&key.columns)?;
            parts.key(key.name.as_ref(), 'p', &names(&columns));
            if folded_key {
                return Ok(None);
            }
            // SQLite lets NULL into such a key; PostgreSQL does not.
            for part in &mut parts.list {
                if columns.iter().any(|(name, _)| part.starts_with(&format!("{} ", quoted(name)))) && !part.contains(" NOT NULL") {
                    part.push_str(" NOT NULL");
                }
            }
            format!("PRIMARY KEY ({})", list(&columns))
        }
        TableConstraint::Unique(unique) => {
            let columns = key_columns(&unique.columns)?;
            parts.key(unique.name.as_ref(), 'u', &names(&columns));
            format!("UNIQUE ({})", list(&columns))
        }
        TableConstraint::Check(check) => parts.check(check.name.as_ref(), &check.expr)?,
        TableConstraint::ForeignKey(key) => {
            let own: Vec<String> = key.columns.iter().map(folded).collect();
            let columns: Vec<String> = own.iter().map(|name| quoted(name)).collect();
            let reference = parts.reference(key.name.as_ref(), key, &own, schema)?;
            format!("FOREIGN KEY ({}) {reference}", columns.join(", "))
        }
        other => return Err(SqlError::unsupported(format_args!("the constraint {other}"))),
    }))
}
