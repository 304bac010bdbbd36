//! Types that nobody wrote down: of parameters, from where they stand, and of result expressions, from what they are made of.
//! A guess, never a check: SQLite has the last word on whether a statement makes sense.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{
    CharacterLength, DataType, ExactNumberInfo, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, Query, Select,
    SelectItem, SetExpr, Statement, TableFactor, TableObject, TimezoneInfo, UnaryOperator, Value, Visit, Visitor,
};

use super::error::{SqlError, UNDEFINED_TABLE};
use super::schema::{Column, Schema, Table};
use super::types::{self, NO_MODIFIER, PgType};
use super::{catalog, signatures};

mod parameters;

pub(super) use parameters::parameters;

/// Expressions nested deeper than this are left as text.
const MAX_DEPTH: u32 = 48;
/// Most parameters of one statement, SQLite's own limit.
pub(super) const MAX_PARAMETERS: usize = 32_766;

/// What a name can mean within one statement.
#[derive(Default)]
pub(super) struct Scope {
    tables: Vec<(String, Arc<Table>)>,
    aliases: BTreeMap<String, Expr>,
    /// Object ids of the tables, for `'t'::regclass`.
    oids: BTreeMap<String, i64>,
    /// True: a row may be missing on one side of a join, so any column can be NULL.
    outer_joins: bool,
    /// True: there are names that no table has, of a subquery or WITH.
    derived: bool,
}

/// The last part of a name, `t` of `public.t`.
pub(super) fn last_name(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone()).unwrap_or_default()
}

/// The type that a declaration names.
pub(super) fn data_type(ty: &DataType) -> Result<PgType, SqlError> {
    declared(ty).map(|(ty, _)| ty)
}

fn length(length: Option<&CharacterLength>) -> i32 {
    match length {
        Some(CharacterLength::IntegerLength { length, .. }) => types::of_length(u32::try_from(*length).unwrap_or(u32::MAX)),
        _ => NO_MODIFIER,
    }
}

/// The type that a declaration names, with its length or precision.
pub(super) fn declared(ty: &DataType) -> Result<(PgType, i32), SqlError> {
    use sqlparser::ast::ArrayElemTypeDef as Elem;
    let plain = |ty| Ok((ty, NO_MODIFIER));
    match ty {
        DataType::Bool | DataType::Boolean => plain(PgType::Bool),
        DataType::SmallInt(None) | DataType::Int2(None) => plain(PgType::Int2),
        DataType::Int(None) | DataType::Integer(None) | DataType::Int4(None) => plain(PgType::Int4),
        DataType::BigInt(None) | DataType::Int8(None) => plain(PgType::Int8),
        DataType::Real | DataType::Float4 => plain(PgType::Float4),
        DataType::DoublePrecision | DataType::Float8 | DataType::Double(_) | DataType::Float(_) => plain(PgType::Float8),
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => numeric(info),
        DataType::Text => plain(PgType::Text),
        DataType::Varchar(n) | DataType::CharacterVarying(n) | DataType::CharVarying(n) => Ok((PgType::Varchar, length(n.as_ref()))),
        DataType::Char(n) | DataType::Character(n) => Ok((PgType::Bpchar, n.as_ref().map_or(types::of_length(1), |n| length(Some(n))))),
        DataType::Bytea => plain(PgType::Bytea),
        DataType::Timestamp(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => plain(PgType::Timestamptz),
        DataType::Timestamp(..) | DataType::TimestampNtz(_) => plain(PgType::Timestamp),
        DataType::Date => plain(PgType::Date),
        DataType::Interval { .. } => plain(PgType::Interval),
        DataType::Uuid => plain(PgType::Uuid),
        DataType::JSON => plain(PgType::Json),
        DataType::JSONB => plain(PgType::Jsonb),
        DataType::Regclass => plain(PgType::Oid),
        DataType::Array(Elem::SquareBracket(element, _) | Elem::Qualified(element, _)) => {
            plain(data_type(element)?.array().ok_or_else(|| SqlError::unsupported(format_args!("type {ty}")))?)
        }
        DataType::Custom(name, _) => match last_name(name).to_ascii_lowercase().as_str() {
            "name" => plain(PgType::Name),
            "regtype" | "regproc" | "regnamespace" | "text" => plain(PgType::Text),
            "oid" | "regclass" => plain(PgType::Oid),
            "pg_lsn" => plain(PgType::Lsn),
            "bpchar" => plain(PgType::Bpchar),
            "char" => plain(PgType::Char),
            "int2vector" | "oidvector" => plain(PgType::Text),
            "money" | "inet" | "cidr" | "macaddr" | "bit" | "xml" | "point" | "box" | "tsvector" | "tsquery" | "hstore" | "citext"
            | "int4range" | "int8range" | "tstzrange" => Err(SqlError::unsupported(format_args!("type {ty}"))),
            other => Err(SqlError::new("42704", format!("type \"{other}\" does not exist"))),
        },
        other => Err(SqlError::unsupported(format_args!("type {other}"))),
    }
}

fn numeric(info: &ExactNumberInfo) -> Result<(PgType, i32), SqlError> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => return Ok((PgType::Numeric, NO_MODIFIER)),
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
    };
    let scale = u32::try_from(scale).map_err(|_| SqlError::unsupported("a negative scale"))?;
    match u32::try_from(precision) {
        Ok(precision @ 1..=38) if scale <= precision => Ok((PgType::Numeric, types::of_precision(precision, scale))),
        Ok(1..=1000) => Err(SqlError::unsupported("numeric with more than 38 digits")),
        _ => Err(SqlError::new("22023", format!("NUMERIC precision {precision} must be between 1 and 1000"))),
    }
}

struct Names<'a> {
    schema: &'a Schema,
    scope: Scope,
    ctes: Vec<String>,
}

impl Names<'_> {
    fn add(&mut self, alias: String, name: &ObjectName) {
        let last = last_name(name);
        if self.ctes.iter().any(|cte| cte.eq_ignore_ascii_case(&last)) {
            self.scope.derived = true;
        } else if let Some(table) = catalog::table(name).or_else(|| self.schema.table(&last)) {
            self.scope.tables.push((alias, table.clone()));
        }
    }
}

impl Names<'_> {
    /// `AS t (a, b)`: the names stand for the subquery's expressions.
    fn columns_of(&mut self, alias: &sqlparser::ast::TableAlias, query: &Query) {
        let exprs: Vec<&Expr> = match (query.body.as_ref(), super::compile::first_select(query.body.as_ref())) {
            (SetExpr::Values(values), _) => values.rows.first().map(|row| row.content.iter().collect()).unwrap_or_default(),
            (_, Some(select)) => select
                .projection
                .iter()
                .map_while(|item| match item {
                    SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
                    _ => None,
                })
                .collect(),
            _ => return,
        };
        for (column, expr) in alias.columns.iter().zip(exprs) {
            self.scope.aliases.entry(column.name.value.to_ascii_lowercase()).or_insert_with(|| expr.clone());
        }
    }
}

impl Visitor for Names<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.ctes.push(cte.alias.name.value.clone());
            self.columns_of(&cte.alias, &cte.query);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Derived { .. } | TableFactor::UNNEST { .. } | TableFactor::Function { .. } = factor {
            self.scope.derived = true;
        }
        if let TableFactor::Derived { alias: Some(alias), subquery, .. } = factor {
            self.columns_of(alias, subquery);
        }
        if let TableFactor::Table { args: Some(args), alias, name, .. } = factor
            && last_name(name).eq_ignore_ascii_case("generate_series")
        {
            self.scope.derived = true;
            let column = alias.as_ref().map_or_else(
                || "generate_series".to_owned(),
                |alias| alias.columns.first().map_or_else(|| alias.name.value.clone(), |c| c.name.value.clone()),
            );
            if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(from))) = args.args.first() {
                self.scope.aliases.entry(column.to_ascii_lowercase()).or_insert_with(|| from.clone());
            }
            return ControlFlow::Continue(());
        }
        if let TableFactor::Table { name, alias, .. } = factor {
            let shown = alias.as_ref().map_or_else(|| last_name(name), |alias| alias.name.value.clone());
            self.add(shown, name);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        use sqlparser::ast::JoinOperator as Join;
        let outer = |join: &sqlparser::ast::Join| !matches!(join.join_operator, Join::Join(_) | Join::Inner(_) | Join::CrossJoin(_));
        self.scope.outer_joins |= select.from.iter().any(|table| table.joins.iter().any(outer));
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                self.scope.aliases.entry(alias.value.to_ascii_lowercase()).or_insert_with(|| expr.clone());
            }
        }
        ControlFlow::Continue(())
    }
}

/// What the names of `statement` mean.
pub(super) fn scope(statement: &Statement, schema: &Schema) -> Scope {
    let oids = schema.tables().filter_map(|table| Some((table.name.clone(), schema.oid(&table.name)?))).collect();
    let mut names = Names { schema, scope: Scope { oids, ..Scope::default() }, ctes: Vec::new() };
    if let Statement::Insert(insert) = statement
        && let TableObject::TableName(name) = &insert.table
    {
        names.add(last_name(name), name);
        names.add("excluded".to_owned(), name);
        if let Some(alias) = &insert.table_alias {
            names.add(alias.alias.value.clone(), name);
        }
    }
    let _ = statement.visit(&mut names);
    names.scope
}

impl Scope {
    /// The one table that the statement writes or reads first.
    pub(super) fn first(&self) -> Option<&Arc<Table>> {
        self.tables.first().map(|(_, table)| table)
    }

    /// Whether a column's qualifier can mean anything here.
    pub(super) fn knows(&self, qualifier: &str) -> bool {
        self.derived || self.tables.is_empty() || self.tables.iter().any(|(alias, _)| alias.eq_ignore_ascii_case(qualifier))
    }

    /// `table.column` of a column that the keys of a group do not decide; `None` when they may.
    pub(super) fn grouped_column(&self, expr: &Expr, keys: &[Expr]) -> Option<String> {
        let column = self.one_column(expr)?;
        let same = |table: &Arc<Table>| table.columns.iter().any(|known| std::ptr::eq(known, column));
        let (alias, table) = self.tables.iter().find(|(_, table)| same(table))?;
        let named = |name: &str| {
            keys.iter().any(|key| match key {
                Expr::Identifier(ident) => ident.value.eq_ignore_ascii_case(name),
                Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|ident| ident.value.eq_ignore_ascii_case(name)),
                _ => false,
            })
        };
        let decided = named(&column.name) || (!table.primary_key.is_empty() && table.primary_key.iter().all(|key| named(key)));
        (!decided).then(|| format!("{alias}.{}", column.name))
    }

    /// Whether the statement reads the catalogue.
    pub(super) fn reads_catalogue(&self) -> bool {
        self.tables.iter().any(|(_, table)| table.catalogue)
    }

    /// The object id of a table.
    pub(super) fn oid(&self, name: &str) -> Option<i64> {
        let bare = name.strip_prefix("public.").unwrap_or(name).trim_matches('"');
        self.oids.get(bare).copied().or_else(|| catalog::oid(bare))
    }

    /// The column that a name means, when it can mean only one.
    pub(super) fn one_column(&self, expr: &Expr) -> Option<&Column> {
        let (qualifier, name) = match expr {
            Expr::Identifier(ident) => (None, ident.value.as_str()),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, column] => (Some(table.value.as_str()), column.value.as_str()),
                _ => return None,
            },
            Expr::Nested(inner) => return self.one_column(inner),
            _ => return None,
        };
        if qualifier.is_none() && (self.derived || self.aliases.contains_key(&name.to_ascii_lowercase())) {
            return None;
        }
        let of =
            |(alias, table): &(String, Arc<Table>)| qualifier.is_none_or(|q| q.eq_ignore_ascii_case(alias)) && table.column(name).is_some();
        let mut hits = self.tables.iter().filter(|entry| of(entry));
        let (_, table) = hits.next()?;
        // `excluded` and the table itself have the same columns.
        hits.all(|(_, other)| Arc::ptr_eq(other, table)).then(|| table.column(name))?
    }

    /// The type of an expression, when nothing but that type is possible; for refusing what does not fit.
    pub(super) fn sure_type(&self, expr: &Expr) -> Option<PgType> {
        match expr {
            Expr::Nested(inner) => self.sure_type(inner),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => self.one_column(expr).map(|column| column.ty),
            Expr::Value(value) => match value.value {
                Value::Number(..) | Value::Boolean(_) => self.type_of(expr, 0),
                _ => None,
            },
            Expr::Cast { data_type: ty, .. } => data_type(ty).ok(),
            Expr::Function(function) => match last_name(&function.name).to_ascii_lowercase().as_str() {
                "count" | "length" | "now" | "upper" | "lower" | "random" => self.type_of(expr, 0),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an expression may be NULL.
    pub(super) fn nullable(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Function(function) => !last_name(&function.name).eq_ignore_ascii_case("count"),
            expr => self.outer_joins || self.one_column(expr).is_none_or(|column| !column.not_null),
        }
    }

    /// The expression that a select list names `alias`.
    pub(super) fn alias(&self, alias: &str) -> Option<&Expr> {
        self.aliases.get(&alias.to_ascii_lowercase())
    }

    /// Length or precision of an expression's type.
    pub(super) fn modifier(&self, expr: &Expr) -> i32 {
        match expr {
            Expr::Nested(inner) => self.modifier(inner),
            Expr::Cast { data_type, .. } => declared(data_type).map_or(NO_MODIFIER, |(_, modifier)| modifier),
            expr => self.one_column(expr).map_or(NO_MODIFIER, |column| column.modifier),
        }
    }

    /// The type of a column of that name in any of the tables.
    pub(super) fn column(&self, qualifier: Option<&str>, name: &str) -> Option<PgType> {
        // A name that is no table's is a subquery's, which may pass any table's column on.
        let qualifier = qualifier.filter(|q| self.tables.iter().any(|(alias, _)| q.eq_ignore_ascii_case(alias)));
        let mut hits = self.tables.iter().filter(|(alias, _)| qualifier.is_none_or(|q| q.eq_ignore_ascii_case(alias)));
        hits.find_map(|(_, table)| table.column(name)).map(|column| column.ty)
    }

    fn named(&self, qualifier: Option<&str>, name: &str, depth: u32) -> Option<PgType> {
        self.column(qualifier, name).or_else(|| {
            let expr = self.aliases.get(&name.to_ascii_lowercase())?;
            self.type_of(expr, depth + 8)
        })
    }

    /// The type of an expression; `None` when only its value will tell (a bare parameter, NULL, a name of nothing known).
    pub(super) fn type_of(&self, expr: &Expr, depth: u32) -> Option<PgType> {
        if depth > MAX_DEPTH {
            return None;
        }
        let of = |expr: &Expr| self.type_of(expr, depth + 1);
        match expr {
            Expr::Identifier(ident) => self.named(None, &ident.value, depth),
            Expr::CompoundIdentifier(parts) => {
                let name = parts.last()?;
                let qualifier = parts.len().checked_sub(2).and_then(|at| parts.get(at))?;
                self.named(Some(&qualifier.value), &name.value, depth)
            }
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => of(inner),
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) if digits.contains(['.', 'e', 'E']) => Some(PgType::Numeric),
                Value::Number(digits, _) => Some(match digits.parse::<i64>() {
                    Ok(n) if i32::try_from(n).is_ok() => PgType::Int4,
                    Ok(_) => PgType::Int8,
                    Err(_) => PgType::Numeric,
                }),
                Value::Boolean(_) => Some(PgType::Bool),
                Value::Null | Value::Placeholder(_) => None,
                _ => Some(PgType::Text),
            },
            Expr::Cast { data_type: ty, .. } => data_type(ty).ok(),
            Expr::TypedString(typed) => data_type(&typed.data_type).ok(),
            Expr::UnaryOp { op: UnaryOperator::Not, .. } | Expr::IsUnknown(_) | Expr::IsNotUnknown(_) => Some(PgType::Bool),
            Expr::UnaryOp { op: UnaryOperator::PGSquareRoot, .. } => Some(PgType::Float8),
            Expr::UnaryOp { expr, .. } => of(expr),
            Expr::BinaryOp { left, op, right } => signatures::operator(op, of(left), of(right)),
            Expr::Interval(_) => Some(PgType::Interval),
            Expr::Extract { .. } => Some(PgType::Numeric),
            Expr::Array(array) => match array.elem.first() {
                Some(first) => of(first).unwrap_or(PgType::Text).array(),
                None => Some(PgType::TextArray),
            },
            Expr::CompoundFieldAccess { root, .. } => of(root)?.element(),
            Expr::AtTimeZone { timestamp, .. } => match of(timestamp) {
                Some(PgType::Timestamptz) => Some(PgType::Timestamp),
                _ => Some(PgType::Timestamptz),
            },
            Expr::Case { conditions, else_result, .. } => {
                conditions.iter().map(|when| &when.result).chain(else_result.as_deref()).fold(None, |ty, expr| wider(ty, of(expr)))
            }
            Expr::Function(function) => self.function(&last_name(&function.name).to_ascii_lowercase(), &arguments(&function.args), depth),
            Expr::Subquery(query) => match query.body.as_ref() {
                SetExpr::Select(select) => match select.projection.first()? {
                    SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => of(expr),
                    _ => None,
                },
                _ => None,
            },
            Expr::Substring { .. } | Expr::Trim { .. } | Expr::Overlay { .. } => Some(PgType::Text),
            Expr::Position { .. } => Some(PgType::Int4),
            Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => of(expr),
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. }
            | Expr::Exists { .. } => Some(PgType::Bool),
            _ => None,
        }
    }

    fn function(&self, name: &str, args: &[&Expr], depth: u32) -> Option<PgType> {
        signatures::result(name, |at| self.type_of(args.get(at)?, depth + 1), args.len())
    }
}

/// The plain arguments of a call.
pub(super) fn arguments(args: &FunctionArguments) -> Vec<&Expr> {
    let FunctionArguments::List(list) = args else { return Vec::new() };
    list.args
        .iter()
        .filter_map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

/// The type that both fit in.
pub(super) fn wider(a: Option<PgType>, b: Option<PgType>) -> Option<PgType> {
    match (a, b) {
        // Text is what an untyped literal looks like: the other side decides.
        (Some(PgType::Text), Some(other)) | (Some(other), Some(PgType::Text)) => Some(other),
        (Some(a), Some(b)) if (a.is_number() && b.is_number()) || (a.is_moment() && b.is_moment()) => Some(a.max(b)),
        (one, other) => one.or(other),
    }
}

/// The number of a `$n`.
pub(super) fn placeholder(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => name.strip_prefix('$')?.parse().ok(),
            _ => None,
        },
        Expr::Nested(inner) => placeholder(inner),
        _ => None,
    }
}

/// The table that a name must have, or 42P01.
pub(super) fn known<'a>(schema: &'a Schema, name: &str) -> Result<&'a Arc<Table>, SqlError> {
    schema.table(name).ok_or_else(|| SqlError::new(UNDEFINED_TABLE, format!("relation \"{name}\" does not exist")))
}
