//! Which functions and operators of PostgreSQL there are, and the types of their results. Nothing here runs: `functions.rs` does.

use sqlparser::ast::BinaryOperator as Op;

use super::infer::wider;
use super::types::PgType;

/// The result of `left op right`.
pub(super) fn operator(op: &Op, left: Option<PgType>, right: Option<PgType>) -> Option<PgType> {
    match op {
        Op::Plus | Op::Minus => match (left, right) {
            (Some(PgType::Date), Some(PgType::Interval)) => Some(PgType::Timestamp),
            (Some(PgType::Interval), Some(PgType::Date)) => Some(PgType::Timestamp),
            (Some(PgType::Date), Some(PgType::Date)) => Some(PgType::Int4),
            (Some(PgType::Date), Some(other)) if other.is_number() => Some(PgType::Date),
            (Some(other), Some(PgType::Date)) if other.is_number() => Some(PgType::Date),
            (Some(moment), Some(PgType::Interval) | None | Some(PgType::Text)) if moment.is_moment() => Some(moment),
            (Some(PgType::Interval), Some(moment)) if moment.is_moment() => Some(moment),
            (Some(a), Some(b)) if a.is_moment() && b.is_moment() => Some(PgType::Interval),
            (Some(PgType::Lsn), Some(PgType::Lsn)) => Some(PgType::Numeric),
            (Some(PgType::Jsonb), _) => Some(PgType::Jsonb),
            _ => arithmetic(left, right),
        },
        Op::Multiply | Op::Divide | Op::Modulo => arithmetic(left, right),
        Op::BitwiseAnd | Op::BitwiseOr | Op::PGBitwiseXor => wider(left, right),
        Op::PGBitwiseShiftLeft | Op::PGBitwiseShiftRight => left,
        Op::PGExp => match wider(left, right) {
            Some(PgType::Numeric) => Some(PgType::Numeric),
            _ => Some(PgType::Float8),
        },
        Op::StringConcat => match (left, right) {
            (Some(PgType::Jsonb), Some(PgType::Jsonb)) => Some(PgType::Jsonb),
            _ => Some(PgType::Text),
        },
        Op::Arrow | Op::HashArrow => Some(if left == Some(PgType::Json) { PgType::Json } else { PgType::Jsonb }),
        Op::LongArrow | Op::HashLongArrow => Some(PgType::Text),
        _ => Some(PgType::Bool),
    }
}

/// The type of a sum or a product: a real beside anything else is a double.
fn arithmetic(left: Option<PgType>, right: Option<PgType>) -> Option<PgType> {
    match wider(left, right) {
        Some(PgType::Float4) if left != right => Some(PgType::Float8),
        other => other,
    }
}

/// The type that a bare parameter takes as argument `at` of `name`.
pub(super) fn parameter(name: &str, at: usize) -> Option<PgType> {
    match (name, at) {
        ("power" | "sqrt" | "ln" | "exp", _) => Some(PgType::Float8),
        ("left" | "right" | "repeat" | "substr" | "substring" | "lpad" | "rpad", 1) => Some(PgType::Int4),
        ("substr" | "substring", 2) | ("split_part", 2) => Some(PgType::Int4),
        ("generate_series", _) => Some(PgType::Int4),
        ("pg_wal_lsn_diff", _) => Some(PgType::Lsn),
        ("date_trunc" | "date_part", 1) => Some(PgType::Timestamptz),
        ("to_timestamp", 0) => Some(PgType::Float8),
        _ => None,
    }
}

/// The result of function `name`, whose argument `at` has the type `arg(at)`; `None` when only the value will tell.
pub(super) fn result(name: &str, arg: impl Fn(usize) -> Option<PgType>, args: usize) -> Option<PgType> {
    let fixed = FIXED.iter().find(|(_, names)| names.contains(&name)).map(|(ty, _)| *ty);
    fixed.or_else(|| by_arguments(name, arg, args))
}

/// The result of one of [`BY_ARGUMENTS`].
fn by_arguments(name: &str, arg: impl Fn(usize) -> Option<PgType>, args: usize) -> Option<PgType> {
    let first = || arg(0);
    Some(match name {
        "power" | "pow" => match wider(first(), arg(1)) {
            Some(PgType::Numeric) => PgType::Numeric,
            _ => PgType::Float8,
        },
        "sum" => match first()? {
            ty @ (PgType::Float4 | PgType::Float8 | PgType::Numeric | PgType::Interval) => ty,
            PgType::Int8 => PgType::Numeric,
            _ => PgType::Int8,
        },
        "avg" => match first()? {
            PgType::Float4 | PgType::Float8 => PgType::Float8,
            _ => PgType::Numeric,
        },
        "coalesce" | "greatest" | "least" => return (0..args).fold(None, |ty, at| wider(ty, arg(at))),
        "min" | "max" | "abs" | "nullif" | "lag" | "lead" | "first_value" | "last_value" | "nth_value" | "any_value" => return first(),
        "mod" => return wider(first(), arg(1)),
        "round" | "trunc" if args == 2 => PgType::Numeric,
        "round" | "trunc" | "ceil" | "ceiling" | "floor" | "sign" => match first()? {
            PgType::Float4 => PgType::Float8,
            ty if ty.is_integer() => PgType::Float8,
            ty => ty,
        },
        "date_trunc" => match arg(1) {
            Some(PgType::Timestamp) => PgType::Timestamp,
            _ => PgType::Timestamptz,
        },
        "array_agg" => return first().unwrap_or(PgType::Text).array(),
        "generate_series" | "unnest" => return first().and_then(|ty| ty.element().or(Some(ty))),
        _ => return None,
    })
}

/// Functions whose result has a type by their arguments.
const BY_ARGUMENTS: &[&str] = &[
    "abs",
    "any_value",
    "array_agg",
    "avg",
    "ceil",
    "ceiling",
    "coalesce",
    "date_trunc",
    "first_value",
    "floor",
    "generate_series",
    "greatest",
    "lag",
    "last_value",
    "lead",
    "least",
    "max",
    "min",
    "mod",
    "nth_value",
    "nullif",
    "pow",
    "power",
    "round",
    "sign",
    "sum",
    "trunc",
    "unnest",
];

/// Functions whose result always has the same type; `text` where they have none of their own.
const FIXED: &[(PgType, &[&str])] = &[
    (
        PgType::Int8,
        &[
            "count",
            "row_number",
            "rank",
            "dense_rank",
            "pg_table_size",
            "pg_relation_size",
            "pg_database_size",
            "pg_total_relation_size",
            "loadline_position",
        ],
    ),
    (
        PgType::Int4,
        &[
            "ntile",
            "length",
            "char_length",
            "character_length",
            "octet_length",
            "bit_length",
            "strpos",
            "ascii",
            "pg_backend_pid",
            "cardinality",
            "array_length",
            "jsonb_array_length",
            "json_array_length",
            "grouping",
            "pg_char_to_encoding",
        ],
    ),
    (PgType::Float8, &["percent_rank", "cume_dist", "random", "sqrt", "ln", "log", "exp", "date_part", "pi", "cbrt"]),
    (PgType::Numeric, &["extract", "pg_wal_lsn_diff"]),
    (
        PgType::Bool,
        &[
            "bool_and",
            "bool_or",
            "every",
            "pg_is_in_recovery",
            "loadline_acknowledged",
            "starts_with",
            "pg_table_is_visible",
            "pg_type_is_visible",
            "pg_function_is_visible",
            "has_table_privilege",
            "has_schema_privilege",
            "has_database_privilege",
            "has_column_privilege",
            "pg_advisory_unlock",
            "pg_try_advisory_lock",
            "pg_promote",
            "pg_is_other_temp_schema",
            "pg_relation_is_publishable",
        ],
    ),
    (
        PgType::Timestamptz,
        &[
            "now",
            "current_timestamp",
            "transaction_timestamp",
            "clock_timestamp",
            "statement_timestamp",
            "to_timestamp",
            "pg_postmaster_start_time",
        ],
    ),
    (PgType::Timestamp, &["localtimestamp"]),
    (PgType::Date, &["current_date"]),
    (PgType::Interval, &["age"]),
    (PgType::Uuid, &["gen_random_uuid"]),
    (PgType::Bytea, &["decode", "convert_to", "sha256"]),
    (PgType::Jsonb, &["jsonb_build_object", "jsonb_build_array", "to_jsonb", "jsonb_set", "jsonb_agg", "jsonb_strip_nulls"]),
    (PgType::Json, &["json_build_object", "json_build_array", "to_json", "json_agg", "row_to_json"]),
    (
        PgType::Lsn,
        &[
            "pg_current_wal_lsn",
            "pg_last_wal_replay_lsn",
            "pg_last_wal_receive_lsn",
            "pg_current_wal_insert_lsn",
            "pg_current_wal_flush_lsn",
        ],
    ),
    (PgType::Oid, &["to_regclass"]),
    (
        PgType::Name,
        &[
            "current_user",
            "session_user",
            "user",
            "current_role",
            "current_database",
            "current_catalog",
            "current_schema",
            "pg_get_userbyid",
        ],
    ),
    (
        PgType::Text,
        &[
            "pg_typeof",
            "upper",
            "lower",
            "initcap",
            "substr",
            "substring",
            "left",
            "right",
            "trim",
            "ltrim",
            "rtrim",
            "btrim",
            "replace",
            "reverse",
            "repeat",
            "concat",
            "concat_ws",
            "lpad",
            "rpad",
            "split_part",
            "chr",
            "md5",
            "to_hex",
            "translate",
            "overlay",
            "regexp_replace",
            "quote_literal",
            "quote_ident",
            "quote_nullable",
            "format",
            "string_agg",
            "encode",
            "convert_from",
            "to_char",
            "jsonb_typeof",
            "json_typeof",
            "jsonb_extract_path_text",
            "json_extract_path_text",
            "version",
            "current_setting",
            "set_config",
            "pg_get_expr",
            "pg_get_constraintdef",
            "pg_get_indexdef",
            "pg_get_viewdef",
            "format_type",
            "obj_description",
            "col_description",
            "shobj_description",
            "array_to_string",
            "pg_encoding_to_char",
            "pg_size_pretty",
            "pg_sleep",
            "pg_advisory_lock",
            "loadline_timeline",
            "pg_get_function_result",
            "pg_get_function_arguments",
            "pg_get_serial_sequence",
            "pg_get_statisticsobjdef_columns",
            "inet_server_addr",
            "position",
            "json_each",
            "pg_get_partkeydef",
            "txid_current",
            "pg_jit_available",
            "pg_get_ruledef",
            "pg_get_triggerdef",
            "variance",
            "stddev",
            "nextval",
            "currval",
            "setval",
            "bool",
        ],
    ),
];

/// Whether PostgreSQL has a function of that name that is known here.
pub(super) fn exists(name: &str) -> bool {
    BY_ARGUMENTS.contains(&name) || FIXED.iter().any(|(_, names)| names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_place() {
        let mut all: Vec<&str> = FIXED.iter().flat_map(|(_, names)| names.iter().copied()).chain(BY_ARGUMENTS.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn what_is_by_its_arguments_has_a_type() {
        for name in BY_ARGUMENTS {
            assert!(result(name, |_| Some(PgType::Int4), 1).is_some(), "{name}");
        }
        assert_eq!(result("no_such_function", |_| Some(PgType::Int4), 1), None);
    }
}
