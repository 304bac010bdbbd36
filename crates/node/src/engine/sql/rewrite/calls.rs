//! Calls of functions: PostgreSQL's names to SQLite's or to the engine's own in `functions.rs`.

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, Ident, ObjectName,
    WindowType,
};

use super::super::error::SqlError;
use super::super::infer::{arguments, last_name, wider};
use super::super::signatures;
use super::super::types::PgType;
use super::{Rewriter, call, coerce, number, parse_expr, plain, take};

/// The functions that only have another name here.
fn renamed(name: &str) -> Option<&'static str> {
    Some(match name {
        "now" | "transaction_timestamp" | "statement_timestamp" | "clock_timestamp" | "current_timestamp" => "pg_now",
        "localtimestamp" => "pg_local_now",
        "current_date" => "pg_today",
        "random" => "pg_random",
        "version" => "pg_version",
        "gen_random_uuid" => "pg_uuid",
        "char_length" | "character_length" => "length",
        "string_agg" => "group_concat",
        "bool_and" | "every" => "min",
        "bool_or" => "max",
        "any_value" => "max",
        "strpos" => "instr",
        "substr" | "substring" => "pg_substr",
        "btrim" => "trim",
        "ascii" => "unicode",
        "chr" => "char",
        "array_agg" => "json_group_array",
        "cardinality" | "array_length" => "pg_array_length",
        "current_user" | "session_user" | "user" | "current_role" => "pg_user",
        "current_database" | "current_catalog" => "pg_database_name",
        "current_schema" => "pg_schema_name",
        "initcap" => "pg_initcap",
        "left" => "pg_left",
        "right" => "pg_right",
        "lpad" => "pg_lpad",
        "rpad" => "pg_rpad",
        "repeat" => "pg_repeat",
        "reverse" => "pg_reverse",
        "split_part" => "pg_split_part",
        "starts_with" => "pg_starts_with",
        "to_hex" => "pg_to_hex",
        "translate" => "pg_translate",
        "quote_literal" => "pg_quote_literal",
        "quote_nullable" => "pg_quote_nullable",
        "quote_ident" => "pg_quote_ident",
        "format" => "pg_format",
        "regexp_replace" => "pg_regexp_replace",
        "encode" => "pg_encode",
        "decode" => "pg_decode",
        "convert_from" => "pg_convert_from",
        "bit_length" => "pg_bit_length",
        "md5" => "pg_md5",
        "to_timestamp" => "pg_to_timestamp",
        "to_char" => "pg_to_char",
        "jsonb_array_length" | "json_array_length" => "json_array_length",
        "jsonb_typeof" | "json_typeof" => "pg_json_kind",
        "jsonb_build_object" | "json_build_object" => "pg_json_object",
        "jsonb_set" => "pg_json_set",
        "power" | "pow" => "pow",
        "ln" => "ln",
        "log" => "log10",
        "ceiling" => "ceil",
        "pg_last_wal_receive_lsn" => "pg_last_wal_replay_lsn",
        "pg_current_wal_insert_lsn" | "pg_current_wal_flush_lsn" => "pg_current_wal_lsn",
        _ => return None,
    })
}

/// Functions that PostgreSQL has and this engine has not.
fn refused(name: &str) -> bool {
    matches!(
        name,
        "nextval"
            | "currval"
            | "setval"
            | "unnest"
            | "generate_series"
            | "json_agg"
            | "jsonb_agg"
            | "row_to_json"
            | "sha256"
            | "stddev"
            | "variance"
            | "jsonb_strip_nulls"
            | "pg_advisory_lock"
            | "pg_advisory_unlock"
            | "pg_try_advisory_lock"
            | "grouping"
            | "cbrt"
            | "pg_sleep"
            | "set_config"
            | "json_build_array"
            | "jsonb_build_array"
            | "to_json"
            | "convert_to"
            | "txid_current"
    )
}

/// The same call, with its WINDOW, FILTER or DISTINCT, of another function. In quotes: it is SQLite's and not looked at again.
fn with_same_frame(function: &Function, name: &str) -> Expr {
    let mut copy = function.clone();
    copy.name = ObjectName::from(vec![Ident::with_quote('"', name)]);
    Expr::Function(copy)
}

impl Rewriter<'_> {
    /// `sum` and `avg` have a wider result than their argument.
    fn aggregate(&self, function: &Function, name: &str) -> Result<Option<Expr>, SqlError> {
        let first = arguments(&function.args).first().and_then(|arg| self.scope.type_of(arg, 0));
        match (name, first) {
            ("sum" | "avg" | "min" | "max", Some(ty)) if ty.is_string() && name != "min" && name != "max" => {
                Err(SqlError::new("42883", format!("function {name}({}) does not exist", ty.word())))
            }
            ("sum", Some(PgType::Numeric)) => Ok(Some(with_same_frame(function, "pg_sum"))),
            ("avg", Some(PgType::Numeric)) => Ok(Some(with_same_frame(function, "pg_avg"))),
            ("sum", Some(PgType::Int8)) => {
                let sum = with_same_frame(function, "sum");
                call("pg_cast", vec![sum, number(PgType::Int8.oid()), number(PgType::Numeric.oid())]).map(Some)
            }
            ("avg", Some(ty)) if ty.is_integer() => {
                // `sum` of no rows is NULL, and so is the quotient.
                call("pg_num_div", vec![with_same_frame(function, "sum"), with_same_frame(function, "count")]).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn numbers(&self, name: &str, args: &[&Expr]) -> Result<Option<Expr>, SqlError> {
        let types: Vec<Option<PgType>> = args.iter().map(|arg| self.scope.type_of(arg, 0)).collect();
        let numeric = types.iter().fold(None, |ty, other| wider(ty, *other)) == Some(PgType::Numeric);
        let first = types.first().copied().flatten();
        let own = match name {
            "round" | "trunc" if args.len() == 2 => format!("pg_num_{name}"),
            "round" | "trunc" | "ceil" | "ceiling" | "floor" | "sign" | "abs" if first == Some(PgType::Numeric) => {
                format!("pg_num_{}", if name == "ceiling" { "ceil" } else { name })
            }
            "round" => "pg_round".to_owned(),
            "mod" if numeric => "pg_num_mod".to_owned(),
            "mod" => "pg_int_mod".to_owned(),
            _ => return Ok(None),
        };
        let mut list: Vec<Expr> = args.iter().map(|arg| (*arg).clone()).collect();
        if own.starts_with("pg_num_") {
            for (at, arg) in list.iter_mut().enumerate() {
                if at == 0 || own == "pg_num_mod" {
                    coerce(arg, Some(PgType::Numeric))?;
                }
            }
        }
        call(&own, list).map(Some)
    }

    /// The arguments shown in a message.
    fn signature(&self, args: &FunctionArguments) -> String {
        let list = arguments(args);
        let shown: Vec<&str> = list
            .iter()
            .map(|arg| if super::string(arg).is_some() { "unknown" } else { self.scope.type_of(arg, 0).map_or("unknown", PgType::word) })
            .collect();
        shown.join(", ")
    }

    pub(super) fn function(&self, expr: &mut Expr) -> Result<(), SqlError> {
        let Expr::Function(function) = expr else { return Ok(()) };
        let name = last_name(&function.name).to_ascii_lowercase();
        let quoted = function.name.0.last().and_then(|part| part.as_ident()).is_some_and(|ident| ident.quote_style.is_some());
        if quoted
            || name.starts_with("pg_") && !signatures::exists(&name)
            || matches!(name.as_str(), "json_array" | "unicode" | "char" | "instr" | "group_concat" | "json_group_array" | "log10")
        {
            // The engine's own, from a rewrite of what stood around it.
            return Ok(());
        }
        if let Some(WindowType::WindowSpec(spec)) = &mut function.over {
            self.order(&mut spec.order_by, None);
        }
        if let FunctionArguments::List(list) = &mut function.args {
            for clause in &mut list.clauses {
                if let FunctionArgumentClause::OrderBy(order) = clause {
                    self.order(order, None);
                }
            }
        }
        self.refuse(function, &name)?;
        if let Some(made) = self.aggregate(function, &name)? {
            *expr = made;
            return Ok(());
        }
        let args = arguments(&function.args);
        if let Some(made) = self.numbers(&name, &args)? {
            *expr = made;
            return Ok(());
        }
        if let Some(made) = self.made(&name, &args)? {
            *expr = made;
            return Ok(());
        }
        match name.as_str() {
            "greatest" | "least" => self.extreme(expr, name == "greatest"),
            "coalesce" | "nullif" => self.first_of(expr, &name),
            "concat" | "concat_ws" | "format" | "quote_literal" => self.texts(expr, &name),
            _ => rename(function, &name),
        }
    }

    /// What PostgreSQL does not have, or what is not done here.
    fn refuse(&self, function: &Function, name: &str) -> Result<(), SqlError> {
        let missing = || SqlError::new("42883", format!("function {name}({}) does not exist", self.signature(&function.args)));
        let hint = "No function matches the given name and argument types. You might need to add explicit type casts.";
        if refused(name) {
            return Err(SqlError::unsupported(format_args!("function {name}()")));
        }
        if !signatures::exists(name) {
            return Err(missing().hint(hint));
        }
        let args = arguments(&function.args);
        match name {
            "length" | "upper" | "lower" | "reverse" | "initcap" | "left" | "right" | "md5" => {
                let first = args.first().and_then(|arg| self.scope.sure_type(arg)).filter(|ty| !ty.is_string() && *ty != PgType::Bytea);
                if first.is_some() { Err(missing().hint(hint)) } else { Ok(()) }
            }
            "count" if args.len() > 1 => Err(missing()),
            "has_table_privilege" | "pg_table_size" | "pg_relation_size" | "pg_total_relation_size" => {
                match args.first().and_then(|arg| super::string(arg)).filter(|name| self.scope.oid(name).is_none()) {
                    Some(name) => Err(SqlError::new("42P01", format!("relation \"{name}\" does not exist"))),
                    None => Ok(()),
                }
            }
            "string_agg" => match &function.args {
                FunctionArguments::List(list)
                    if list.args.iter().any(|arg| !matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(_))))
                        || (list.duplicate_treatment == Some(DuplicateTreatment::Distinct) && list.args.len() > 1) =>
                {
                    Err(SqlError::unsupported("this form of string_agg()"))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Calls that become something else than a call of another name.
    fn made(&self, name: &str, args: &[&Expr]) -> Result<Option<Expr>, SqlError> {
        let type_of = |at: usize| args.get(at).and_then(|arg| self.scope.type_of(arg, 0));
        let mut list: Vec<Expr> = args.iter().map(|arg| (*arg).clone()).collect();
        let made = match name {
            "date_trunc" => {
                let ty = type_of(1).filter(|ty| *ty != PgType::Date).unwrap_or(PgType::Timestamptz);
                list.push(number(ty.oid()));
                call("pg_date_trunc", list)?
            }
            "date_part" => parse_expr(&format!("CAST({} AS REAL)", call("pg_extract", list)?))?,
            "age" => call("pg_time_between", list)?,
            "to_jsonb" => {
                list.push(number(type_of(0).unwrap_or(PgType::Text).oid()));
                call("pg_to_json", list)?
            }
            "pg_typeof" => {
                let is_literal = args.first().is_some_and(|arg| super::string(arg).is_some());
                let word = if is_literal { "unknown" } else { type_of(0).map_or("unknown", PgType::word) };
                plain(sqlparser::ast::Value::SingleQuotedString(word.to_owned()))
            }
            "to_regclass" => {
                let oid = args.first().and_then(|arg| super::string(arg)).and_then(|name| self.scope.oid(name));
                oid.map_or_else(|| plain(sqlparser::ast::Value::Null), number)
            }
            "pg_wal_lsn_diff" => {
                list.iter_mut().try_for_each(|arg| coerce(arg, Some(PgType::Lsn)))?;
                let texts: Vec<String> = list.iter().map(ToString::to_string).collect();
                parse_expr(&format!("({})", texts.join(" - ")))?
            }
            _ => return Ok(None),
        };
        Ok(Some(made))
    }

    /// `coalesce` and `nullif`: their arguments have one type.
    fn first_of(&self, expr: &mut Expr, name: &str) -> Result<(), SqlError> {
        let Expr::Function(function) = expr else { return Ok(()) };
        if let FunctionArguments::List(list) = &mut function.args {
            let each = list.args.iter_mut().filter_map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            });
            self.same(&mut each.collect::<Vec<&mut Expr>>())?;
        }
        // One argument is enough for PostgreSQL.
        if name == "coalesce"
            && let [one] = arguments(&function.args).as_slice()
        {
            *expr = Expr::Nested(Box::new((*one).clone()));
        }
        Ok(())
    }

    /// SQLite's `max` of several is NULL as soon as one is; PostgreSQL passes NULL over.
    fn extreme(&self, expr: &mut Expr, greatest: bool) -> Result<(), SqlError> {
        let Expr::Function(function) = expr else { return Ok(()) };
        let mut args: Vec<Expr> = arguments(&function.args).into_iter().cloned().collect();
        let mut all: Vec<&mut Expr> = args.iter_mut().collect();
        self.same(&mut all)?;
        let sure = args.iter().all(|arg| matches!(arg, Expr::Value(value) if value.value != sqlparser::ast::Value::Null));
        if sure || args.len() == 1 {
            function.name = ObjectName::from(vec![Ident::new(if greatest { "max" } else { "min" })]);
            return match args.as_mut_slice() {
                [one] => {
                    *expr = take(one);
                    Ok(())
                }
                _ => {
                    *expr = call(if greatest { "pg_greatest" } else { "pg_least" }, args)?;
                    Ok(())
                }
            };
        }
        *expr = call(if greatest { "pg_greatest" } else { "pg_least" }, args)?;
        Ok(())
    }

    /// Arguments of any type, taken as text.
    fn texts(&self, expr: &mut Expr, name: &str) -> Result<(), SqlError> {
        let Expr::Function(function) = expr else { return Ok(()) };
        let mut list = Vec::new();
        for arg in arguments(&function.args) {
            let ty = self.scope.type_of(arg, 0);
            let text = super::string(arg).is_some() || ty.is_none_or(|ty| matches!(ty, PgType::Text | PgType::Varchar));
            list.push(if text { arg.clone() } else { self.cast(arg.clone(), ty, PgType::Text)? });
        }
        *expr = call(renamed(name).unwrap_or(name), list)?;
        Ok(())
    }
}

/// Gives a call the name that the engine knows it by.
fn rename(function: &mut Function, name: &str) -> Result<(), SqlError> {
    let bare = matches!(function.args, FunctionArguments::None);
    let target = renamed(name).unwrap_or(name).to_owned();
    if bare || target == "pg_now" || target == "pg_local_now" {
        // current_timestamp and its like stand without parentheses, or with a precision.
        function.args = match parse_expr("f()")? {
            Expr::Function(empty) => empty.args,
            _ => FunctionArguments::None,
        };
    }
    function.name = ObjectName::from(vec![Ident::new(target)]);
    Ok(())
}
