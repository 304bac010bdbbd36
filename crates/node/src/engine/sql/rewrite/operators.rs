//! Operators, casts and the other forms of expression that have no name of a function.

use sqlparser::ast::{AccessExpr, BinaryOperator as Op, Expr, Subscript, UnaryOperator, Value};

use super::super::error::SqlError;
use super::super::infer::{self, wider};
use super::super::types::{self, NO_MODIFIER, NUMERIC_ORDER, PgType};
use super::syntax::{collate, text_syntax};
use super::{Rewriter, call, coerce, digits, literal, number, parse_expr, plain, string, take, without_cast};

/// What messages call a type that is not known.
fn word(ty: Option<PgType>) -> &'static str {
    ty.map_or("unknown", PgType::word)
}

fn no_operator(op: &str, left: Option<PgType>, right: Option<PgType>) -> SqlError {
    SqlError::new("42883", format!("operator does not exist: {} {op} {}", word(left), word(right)))
        .hint("No operator matches the given name and argument types. You might need to add explicit type casts.")
}

/// Whether values of the two types can be compared.
fn comparable(a: PgType, b: PgType) -> bool {
    a == b || (a.is_number() && b.is_number()) || (a.is_string() && b.is_string()) || (a.is_moment() && b.is_moment())
}

/// Whether PostgreSQL has a cast between the two.
fn castable(from: PgType, to: PgType) -> bool {
    use PgType::{Bool, Bytea, Date, Int2, Int4, Int8, Json, Jsonb, Numeric, Oid, Timestamp, Timestamptz};
    from == to
        || from.is_string()
        || to.is_string()
        || (from.is_number() && to.is_number())
        || (from.is_moment() && to.is_moment())
        || matches!((from, to), (Bool, Int4) | (Int4, Bool) | (Json, Jsonb) | (Jsonb, Json | Bool | Int2 | Int4 | Int8 | Numeric))
        || (from.category() == 'A' && to.category() == 'A')
        || matches!((from, to), (Bytea, Bytea) | (Oid, _) | (Date, Timestamp | Timestamptz))
}

/// A regular expression's operator: sense and case.
fn regex(op: &Op) -> Option<(bool, bool)> {
    match op {
        Op::PGRegexMatch => Some((true, true)),
        Op::PGRegexIMatch => Some((true, false)),
        Op::PGRegexNotMatch => Some((false, true)),
        Op::PGRegexNotIMatch => Some((false, false)),
        Op::PGCustomBinaryOperator(parts) => match parts.last().map(String::as_str) {
            Some("~") => Some((true, true)),
            Some("~*") => Some((true, false)),
            Some("!~") => Some((false, true)),
            Some("!~*") => Some((false, false)),
            _ => None,
        },
        _ => None,
    }
}

impl Rewriter<'_> {
    pub(super) fn of(&self, expr: &Expr) -> Option<PgType> {
        self.scope.type_of(expr, 0)
    }

    /// The type by which an operand chooses the operator: a bare string literal chooses nothing.
    fn choosing(&self, expr: &Expr) -> Option<PgType> {
        if string(expr).is_some() { None } else { self.of(expr) }
    }

    /// Literals among `exprs` become what the others are, and numbers are compared as numbers.
    fn alike(&self, exprs: &mut [&mut Expr]) -> Result<(), SqlError> {
        let ty = exprs.iter().fold(None, |ty, expr| wider(ty, self.choosing(expr)));
        let column = exprs.iter().find_map(|expr| self.scope.one_column(expr)).map(|column| column.ty);
        let bare = ty == Some(PgType::Numeric) && column.is_none();
        for expr in exprs.iter_mut() {
            let own = self.choosing(expr);
            // A number beside a whole number or a double stays one.
            if ty == Some(PgType::Numeric) && column.is_some_and(|ty| ty != PgType::Numeric) && digits(expr).is_some() {
                continue;
            }
            coerce(expr, ty)?;
            if let (Some(own), Some(ty)) = (own, ty)
                && own != ty
                && (own.is_moment()
                    || (ty == PgType::Numeric && digits(expr).is_none() && string(expr).is_none() && column == Some(PgType::Numeric)))
            {
                **expr = self.cast(take(expr), Some(own), ty)?;
            }
            if bare && own.is_some_and(PgType::is_integer) {
                **expr = self.cast(take(expr), own, PgType::Numeric)?;
            }
        }
        // Texts of numbers are compared as numbers, where no column says so.
        if let Some(first) = exprs.first_mut().filter(|_| bare) {
            let inner = Box::new(Expr::Nested(Box::new(take(first))));
            **first =
                Expr::Collate { expr: inner, collation: sqlparser::ast::ObjectName::from(vec![sqlparser::ast::Ident::new(NUMERIC_ORDER)]) };
        }
        Ok(())
    }

    fn comparison(&self, left: &mut Expr, op: &Op, right: &mut Expr) -> Result<(), SqlError> {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (&mut *left, &mut *right) {
            return left.iter_mut().zip(right).try_for_each(|(a, b)| self.alike(&mut [a, b]));
        }
        if let (Some(a), Some(b)) = (self.scope.sure_type(left), self.scope.sure_type(right))
            && !comparable(a, b)
        {
            return Err(no_operator(&op.to_string(), Some(a), Some(b)));
        }
        self.alike(&mut [left, right])
    }

    /// The operand as the text of a number.
    fn as_numeric(&self, mut expr: Expr) -> Result<Expr, SqlError> {
        let from = self.of(&expr);
        coerce(&mut expr, Some(PgType::Numeric))?;
        if string(&expr).is_some() || from == Some(PgType::Numeric) { Ok(expr) } else { self.cast(expr, from, PgType::Numeric) }
    }

    fn arithmetic(&self, left: &mut Box<Expr>, op: &Op, right: &mut Box<Expr>) -> Result<Option<Expr>, SqlError> {
        let (a, b) = (self.choosing(left), self.choosing(right));
        let sign = if *op == Op::Minus { -1 } else { 1 };
        let oid = |ty: PgType| number(ty.oid());
        match (a, b) {
            (Some(PgType::Jsonb), _) if *op == Op::Minus => return call("pg_json_without", vec![take(left), take(right)]).map(Some),
            (Some(a), Some(b)) if a.is_moment() && b.is_moment() && *op == Op::Minus => {
                let name = if (a, b) == (PgType::Date, PgType::Date) { "pg_days_between" } else { "pg_time_between" };
                return call(name, vec![take(left), take(right)]).map(Some);
            }
            (Some(PgType::Date), Some(b)) if b.is_integer() => {
                return call("pg_add_days", vec![take(left), take(right), number(sign)]).map(Some);
            }
            (Some(a), b) if a.is_moment() && (b == Some(PgType::Interval) || b.is_none()) => {
                coerce(right, Some(PgType::Interval))?;
                let result = if a == PgType::Date { PgType::Timestamp } else { a };
                return call("pg_add_span", vec![take(left), take(right), number(sign), oid(result)]).map(Some);
            }
            (Some(PgType::Interval), Some(b)) if b.is_moment() && *op == Op::Plus => {
                let result = if b == PgType::Date { PgType::Timestamp } else { b };
                return call("pg_add_span", vec![take(right), take(left), number(1), oid(result)]).map(Some);
            }
            (Some(PgType::Interval), _) | (_, Some(PgType::Interval)) => {
                return Err(SqlError::unsupported("arithmetic with intervals alone"));
            }
            _ => {}
        }
        let (sure_a, sure_b) = (self.scope.sure_type(left), self.scope.sure_type(right));
        let odd = |ty: Option<PgType>| ty.is_some_and(|ty| !ty.is_number() && ty != PgType::Lsn);
        if odd(sure_a) || odd(sure_b) {
            return Err(no_operator(&op.to_string(), a, b));
        }
        self.alike(&mut [left.as_mut(), right.as_mut()])?;
        let result = wider(a, b);
        let by_zero = digits(right).is_none_or(|digits| digits.parse() == Ok(0.0));
        let name = match (op, result) {
            (Op::Plus, Some(PgType::Numeric)) => "pg_num_add",
            (Op::Minus, Some(PgType::Numeric)) => "pg_num_sub",
            (Op::Multiply, Some(PgType::Numeric)) => "pg_num_mul",
            (Op::Divide, Some(PgType::Numeric)) => "pg_num_div",
            (Op::Modulo, Some(PgType::Numeric)) => "pg_num_mod",
            (Op::Divide, Some(ty)) if ty.is_float() && by_zero => "pg_float_div",
            (Op::Divide, _) if by_zero => "pg_int_div",
            (Op::Modulo, _) if by_zero => "pg_int_mod",
            _ => return Ok(None),
        };
        let (mut left, mut right) = (take(left), take(right));
        if result == Some(PgType::Numeric) {
            (left, right) = (self.as_numeric(left)?, self.as_numeric(right)?);
        }
        call(name, vec![left, right]).map(Some)
    }

    /// An operand of `||` as text.
    fn joined(&self, expr: &mut Expr) -> Result<(), SqlError> {
        let ty = self.choosing(expr);
        if let Some(ty) = ty.filter(|ty| !matches!(ty, PgType::Text | PgType::Varchar | PgType::Name)) {
            *expr = self.cast(take(expr), Some(ty), PgType::Text)?;
        }
        Ok(())
    }

    fn binary(&self, expr: &mut Expr) -> Result<(), SqlError> {
        let Expr::BinaryOp { left, op, right } = expr else { return Ok(()) };
        if let Some((sense, case)) = regex(op) {
            let (left, right) = (take(left), take(right));
            *expr = call("pg_regex", vec![left, right, number(i32::from(sense)), number(i32::from(case))])?;
            return Ok(());
        }
        let name = match op {
            Op::Arrow => Some("pg_json_get"),
            Op::LongArrow => Some("pg_json_text"),
            Op::HashArrow => Some("pg_json_path"),
            Op::HashLongArrow => Some("pg_json_path_text"),
            Op::AtArrow => Some("pg_json_contains"),
            Op::Question => Some("pg_json_has"),
            _ => None,
        };
        if let Some(name) = name {
            coerce(right, matches!(op, Op::HashArrow | Op::HashLongArrow).then_some(PgType::TextArray))?;
            let (left, right) = (take(left), take(right));
            *expr = call(name, vec![left, right])?;
            return Ok(());
        }
        match op {
            Op::ArrowAt => *expr = call("pg_json_contains", vec![take(right), take(left)])?,
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo => {
                if let Some(made) = self.arithmetic(left, op, right)? {
                    *expr = made;
                }
            }
            Op::PGExp => *expr = call("pow", vec![take(left), take(right)])?,
            Op::StringConcat => {
                if self.of(left) == Some(PgType::Jsonb) && self.of(right) == Some(PgType::Jsonb) {
                    *expr = call("pg_json_join", vec![take(left), take(right)])?;
                } else {
                    let (a, b) = (self.scope.sure_type(left), self.scope.sure_type(right));
                    if let (Some(a), Some(b)) = (a, b)
                        && !a.is_string()
                        && !b.is_string()
                    {
                        return Err(no_operator("||", Some(a), Some(b)));
                    }
                    self.joined(left)?;
                    self.joined(right)?;
                }
            }
            Op::And | Op::Or => {
                let word = if *op == Op::And { "AND" } else { "OR" };
                self.condition(left, word)?;
                self.condition(right, word)?;
            }
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => self.comparison(left, op, right)?,
            Op::BitwiseAnd | Op::BitwiseOr | Op::PGBitwiseShiftLeft | Op::PGBitwiseShiftRight => {}
            Op::PGLikeMatch | Op::PGNotLikeMatch => {
                let not = if *op == Op::PGNotLikeMatch { "NOT " } else { "" };
                *expr = parse_expr(&format!("{left} {not}LIKE {right}"))?;
                return self.expression(expr);
            }
            Op::PGCustomBinaryOperator(parts) if parts.last().is_some_and(|last| last == "=") => *op = Op::Eq,
            other => return Err(SqlError::unsupported(format_args!("operator {other}"))),
        }
        Ok(())
    }

    /// Refuses what is certainly no condition.
    pub(super) fn condition(&self, expr: &mut Expr, place: &str) -> Result<(), SqlError> {
        coerce(expr, Some(PgType::Bool))?;
        match self.scope.sure_type(expr) {
            Some(ty) if ty != PgType::Bool => {
                Err(SqlError::new("42804", format!("argument of {place} must be type boolean, not type {}", ty.word())))
            }
            _ => Ok(()),
        }
    }

    /// `expr` of type `from` made one of type `to`.
    pub(super) fn cast(&self, expr: Expr, from: Option<PgType>, to: PgType) -> Result<Expr, SqlError> {
        if let Some(from) = from {
            if !castable(from, to) {
                return Err(SqlError::new("42846", format!("cannot cast type {} to {}", from.word(), to.word())));
            }
            let wider_integer = from.is_integer() && to.is_integer() && from <= to;
            let same_text = matches!(from, PgType::Text | PgType::Varchar | PgType::Name) && to.is_string();
            if from == to || wider_integer || same_text {
                return Ok(expr);
            }
        }
        let from = from.unwrap_or(PgType::Text);
        call("pg_cast", vec![expr, number(from.oid()), number(to.oid())])
    }

    fn explicit_cast(&self, expr: &mut Expr) -> Result<(), SqlError> {
        let Expr::Cast { expr: inner, data_type, .. } = expr else { return Ok(()) };
        let (ty, modifier) = infer::declared(data_type)?;
        let regclass = data_type.to_string().to_ascii_lowercase().ends_with("regclass");
        if let Some(name) = string(inner).filter(|_| regclass) {
            let oid = name.parse().ok().or_else(|| self.scope.oid(name));
            let oid = oid.ok_or_else(|| SqlError::new("42P01", format!("relation \"{name}\" does not exist")))?;
            *expr = number(oid);
        } else if regclass && self.of(inner) == Some(PgType::Oid) {
            *expr = call("pg_relation_name", vec![take(inner)])?;
        } else if let Some(text) = string(inner) {
            let value = types::input::from_text(ty, text)?;
            *expr = literal(types::input::shaped(value, ty, modifier, true)?);
        } else if infer::placeholder(inner).is_some() {
            *expr = shape(take(inner), ty, modifier)?;
        } else if ty == PgType::Numeric
            && let Some(digits) = digits(inner)
        {
            let value = types::input::from_text(ty, &digits)?;
            *expr = literal(types::input::shaped(value, ty, modifier, true)?);
        } else {
            let mut from = self.of(inner);
            let mut inner = take(inner);
            if from == Some(PgType::Numeric) && digits(&inner).is_some() {
                coerce(&mut inner, from)?;
            }
            // `'t'::regclass::text` is the table's name.
            if ty == PgType::Text
                && let Expr::Cast { data_type, .. } = without_nesting(&inner)
                && data_type.to_string().eq_ignore_ascii_case("regclass")
            {
                *expr = call("pg_relation_name", vec![inner])?;
                return Ok(());
            }
            if matches!(without_nesting(&inner), Expr::Value(value) if value.value == Value::Null) {
                from = Some(ty);
            }
            *expr = shape(self.cast(inner, from, ty)?, ty, modifier)?;
            if !matches!(expr, Expr::Function(_)) {
                // Nothing to convert: what was inside stands here now and has not been looked at.
                return self.expression(expr);
            }
        }
        Ok(())
    }

    fn like(&self, expr: &mut Expr) -> Result<(), SqlError> {
        let insensitive = matches!(expr, Expr::ILike { .. });
        let (Expr::Like { negated, any: false, expr: subject, pattern, escape_char }
        | Expr::ILike { negated, any: false, expr: subject, pattern, escape_char }) = expr
        else {
            return Err(SqlError::unsupported("LIKE ANY"));
        };
        if let Some(ty) = self.scope.sure_type(subject).filter(|ty| !ty.is_string()) {
            return Err(no_operator(if insensitive { "~~*" } else { "~~" }, Some(ty), None));
        }
        if escape_char.is_none() {
            *escape_char = Some(Box::new(plain(Value::SingleQuotedString("\\".to_owned()))));
        }
        if insensitive {
            let (subject, pattern) = (call("lower", vec![take(subject)])?, call("lower", vec![take(pattern)])?);
            let (negated, escape_char) = (*negated, escape_char.take());
            *expr = Expr::Like { negated, any: false, expr: Box::new(subject), pattern: Box::new(pattern), escape_char };
        }
        Ok(())
    }

    /// One expression, before what is in it.
    pub(super) fn expression(&self, expr: &mut Expr) -> Result<(), SqlError> {
        match expr {
            Expr::BinaryOp { .. } => self.binary(expr),
            Expr::InList { expr, list, .. } => {
                let mut all: Vec<&mut Expr> = std::iter::once(expr.as_mut()).chain(list.iter_mut()).collect();
                self.alike(&mut all)
            }
            Expr::Between { expr, low, high, .. } => self.alike(&mut [expr.as_mut(), low.as_mut(), high.as_mut()]),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => self.alike(&mut [left.as_mut(), right.as_mut()]),
            Expr::Case { .. } => self.case(expr),
            Expr::AnyOp { left, compare_op, right, .. } => {
                *expr = membership(left, compare_op, right, false)?;
                self.expression(expr)
            }
            Expr::AllOp { left, compare_op, right } => {
                *expr = membership(left, compare_op, right, true)?;
                self.expression(expr)
            }
            Expr::Like { .. } | Expr::ILike { .. } => self.like(expr),
            Expr::Cast { format: None, .. } => self.explicit_cast(expr),
            Expr::TypedString(_) | Expr::Interval(_) | Expr::Extract { .. } | Expr::AtTimeZone { .. } => self.moment(expr),
            Expr::Array(array) => {
                *expr = call("json_array", array.elem.clone())?;
                Ok(())
            }
            Expr::CompoundFieldAccess { root, access_chain } => match access_chain.as_slice() {
                [AccessExpr::Subscript(Subscript::Index { index })] => {
                    *expr = call("pg_element", vec![root.as_ref().clone(), index.clone()])?;
                    Ok(())
                }
                _ => Err(SqlError::unsupported("this subscript")),
            },
            Expr::Function(_) => self.function(expr),
            Expr::Substring { .. } | Expr::Position { .. } | Expr::Trim { .. } | Expr::Overlay { .. } => text_syntax(expr),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => self.condition(expr, "NOT"),
            Expr::IsUnknown(inner) => {
                *expr = Expr::IsNull(Box::new(take(inner)));
                Ok(())
            }
            Expr::IsNotUnknown(inner) => {
                *expr = Expr::IsNotNull(Box::new(take(inner)));
                Ok(())
            }
            Expr::Ceil { .. } | Expr::Floor { .. } => self.whole(expr),
            Expr::CompoundIdentifier(parts) => {
                if parts.len() == 3 {
                    parts.remove(0);
                }
                match parts.as_slice() {
                    [table, _] if !self.scope.knows(&table.value) => {
                        Err(SqlError::new("42P01", format!("missing FROM-clause entry for table \"{}\"", table.value)))
                    }
                    _ => Ok(()),
                }
            }
            // Two signs would begin a comment.
            Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr: inner }
                if matches!(inner.as_ref(), Expr::UnaryOp { .. }) =>
            {
                **inner = Expr::Nested(Box::new(take(inner)));
                Ok(())
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } if self.of(inner) == Some(PgType::Numeric) => {
                *expr = match digits(expr) {
                    Some(digits) => literal(types::input::from_text(PgType::Numeric, &digits)?),
                    None => match expr {
                        Expr::UnaryOp { expr: inner, .. } => call("pg_num_neg", vec![self.as_numeric(take(inner))?])?,
                        _ => return Ok(()),
                    },
                };
                Ok(())
            }
            Expr::UnaryOp { op: UnaryOperator::PGSquareRoot, expr: inner } => {
                *expr = call("sqrt", vec![take(inner)])?;
                Ok(())
            }
            Expr::SimilarTo { .. }
            | Expr::JsonAccess { .. }
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_)
            | Expr::Cast { .. }
            | Expr::UnaryOp { op: UnaryOperator::PGCubeRoot | UnaryOperator::PGAbs | UnaryOperator::PGPostfixFactorial, .. } => {
                let shown: String = expr.to_string().chars().take(40).collect();
                Err(SqlError::unsupported(format_args!("the expression {shown}")))
            }
            Expr::Collate { collation, .. } => collate(collation),
            _ => Ok(()),
        }
    }

    fn case(&self, expr: &mut Expr) -> Result<(), SqlError> {
        let Expr::Case { operand, conditions, else_result, .. } = expr else { return Ok(()) };
        match operand {
            Some(operand) => {
                let mut all: Vec<&mut Expr> =
                    std::iter::once(operand.as_mut()).chain(conditions.iter_mut().map(|when| &mut when.condition)).collect();
                self.alike(&mut all)?;
            }
            None => conditions.iter_mut().try_for_each(|when| self.condition(&mut when.condition, "CASE/WHEN"))?,
        }
        let mut all: Vec<&mut Expr> =
            conditions.iter_mut().map(|when| &mut when.result).chain(else_result.iter_mut().map(AsMut::as_mut)).collect();
        self.same(&mut all)
    }

    /// Branches that give one value: literals and numbers become what the others are.
    pub(super) fn same(&self, exprs: &mut [&mut Expr]) -> Result<(), SqlError> {
        let ty = exprs.iter().fold(None, |ty, expr| wider(ty, self.choosing(expr)));
        for expr in exprs.iter_mut() {
            let own = self.choosing(expr);
            coerce(expr, ty)?;
            if let (Some(own), Some(ty)) = (own, ty)
                && own != ty
                && string(expr).is_none()
            {
                if !comparable(own, ty) {
                    return Err(SqlError::new("42804", format!("types {} and {} cannot be matched", own.word(), ty.word())));
                }
                **expr = self.cast(take(expr), Some(own), ty)?;
            }
        }
        Ok(())
    }
}

fn without_nesting(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => without_nesting(inner),
        other => other,
    }
}

fn shape(expr: Expr, ty: PgType, modifier: i32) -> Result<Expr, SqlError> {
    if modifier == NO_MODIFIER {
        return Ok(expr);
    }
    call("pg_shape", vec![expr, number(ty.oid()), number(modifier), number(1)])
}

/// `left op ANY (right)` and `left op ALL (right)` as SQLite's IN, or as a search through the array.
fn membership(left: &Expr, op: &Op, right: &Expr, all: bool) -> Result<Expr, SqlError> {
    let items = match without_cast(right) {
        Expr::Subquery(query) => format!("{query}"),
        Expr::Array(array) if array.elem.is_empty() => "SELECT NULL WHERE 1 = 0".to_owned(),
        Expr::Array(array) if matches!((op, all), (Op::Eq, false) | (Op::NotEq, true)) => {
            array.elem.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Expr::Array(array) => {
            let list: Vec<String> = array.elem.iter().map(|item| format!("({item})")).collect();
            format!("SELECT column1 FROM (VALUES {})", list.join(", "))
        }
        Expr::Value(value) if infer::placeholder(without_cast(right)).is_none() => {
            let text = value.value.clone().into_string().unwrap_or_default();
            let numbers = text.trim_matches(['{', '}']).split(',').all(|item| item.trim().parse::<i64>().is_ok());
            let ty = if numbers { PgType::Int8Array } else { PgType::TextArray };
            let json = types::array::from_text(ty, &text)?;
            format!("SELECT value FROM json_each('{}')", json.replace('\'', "''"))
        }
        one => format!("SELECT value FROM json_each({one})"),
    };
    match (op, all) {
        (Op::Eq, false) => parse_expr(&format!("{left} IN ({items})")),
        (Op::NotEq, true) => parse_expr(&format!("{left} NOT IN ({items})")),
        (Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::Eq | Op::NotEq, _) => {
            // One that holds, or none that fails.
            let (not, test) =
                if all { ("NOT ", format!("NOT ({left} {op} item_of_array.v)")) } else { ("", format!("{left} {op} item_of_array.v")) };
            parse_expr(&format!("{not}EXISTS (WITH item_of_array (v) AS ({items}) SELECT 1 FROM item_of_array WHERE {test})"))
        }
        (other, _) => Err(SqlError::unsupported(format_args!("ANY or ALL with {other}"))),
    }
}
