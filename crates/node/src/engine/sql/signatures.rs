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
    let first = || arg(0);
    let number = || match first() {
        Some(PgType::Float4) => Some(PgType::Float8),
        Some(ty) if ty.is_integer() => Some(PgType::Float8),
        other => other,
    };
    Some(match name {
        "count"
        | "row_number"
        | "rank"
        | "dense_rank"
        | "pg_table_size"
        | "pg_relation_size"
        | "pg_database_size"
        | "pg_total_relation_size" => PgType::Int8,
        "ntile"
        | "length"
        | "char_length"
        | "character_length"
        | "octet_length"
        | "bit_length"
        | "strpos"
        | "ascii"
        | "pg_backend_pid"
        | "cardinality"
        | "array_length"
        | "jsonb_array_length"
        | "json_array_length"
        | "grouping"
        | "pg_char_to_encoding" => PgType::Int4,
        "percent_rank" | "cume_dist" | "random" | "sqrt" | "ln" | "log" | "exp" | "date_part" | "pi" | "cbrt" => PgType::Float8,
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
        "round" | "trunc" | "ceil" | "ceiling" | "floor" | "sign" => return number(),
        "now"
        | "current_timestamp"
        | "transaction_timestamp"
        | "clock_timestamp"
        | "statement_timestamp"
        | "to_timestamp"
        | "pg_postmaster_start_time" => PgType::Timestamptz,
        "localtimestamp" => PgType::Timestamp,
        "current_date" => PgType::Date,
        "date_trunc" => match arg(1) {
            Some(PgType::Timestamp) => PgType::Timestamp,
            _ => PgType::Timestamptz,
        },
        "age" => PgType::Interval,
        "extract" | "pg_wal_lsn_diff" => PgType::Numeric,
        "bool_and"
        | "bool_or"
        | "every"
        | "pg_is_in_recovery"
        | "loadline_acknowledged"
        | "starts_with"
        | "pg_table_is_visible"
        | "pg_type_is_visible"
        | "pg_function_is_visible"
        | "has_table_privilege"
        | "has_schema_privilege"
        | "has_database_privilege"
        | "has_column_privilege"
        | "pg_advisory_unlock"
        | "pg_try_advisory_lock"
        | "pg_promote"
        | "pg_is_other_temp_schema"
        | "pg_relation_is_publishable" => PgType::Bool,
        "gen_random_uuid" => PgType::Uuid,
        "decode" | "convert_to" | "sha256" => PgType::Bytea,
        "jsonb_build_object" | "jsonb_build_array" | "to_jsonb" | "jsonb_set" | "jsonb_agg" | "jsonb_strip_nulls" => PgType::Jsonb,
        "json_build_object" | "json_build_array" | "to_json" | "json_agg" | "row_to_json" => PgType::Json,
        "array_agg" => return first().unwrap_or(PgType::Text).array(),
        "pg_current_wal_lsn"
        | "pg_last_wal_replay_lsn"
        | "pg_last_wal_receive_lsn"
        | "pg_current_wal_insert_lsn"
        | "pg_current_wal_flush_lsn" => PgType::Lsn,
        "loadline_position" => PgType::Int8,
        "to_regclass" => PgType::Oid,
        "current_user" | "session_user" | "user" | "current_role" | "current_database" | "current_catalog" | "current_schema"
        | "pg_get_userbyid" => PgType::Name,
        "pg_typeof" => PgType::Text,
        "generate_series" | "unnest" => return first().and_then(|ty| ty.element().or(Some(ty))),
        name if exists(name) => PgType::Text,
        _ => return None,
    })
}

/// Functions with a text for a result, or none of a type of its own.
const TEXT: &[&str] = &[
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
];

/// Functions whose result has a type of its own, or their arguments'.
fn typed(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "row_number"
            | "rank"
            | "dense_rank"
            | "pg_table_size"
            | "pg_relation_size"
            | "pg_database_size"
            | "pg_total_relation_size"
            | "ntile"
            | "length"
            | "char_length"
            | "character_length"
            | "octet_length"
            | "bit_length"
            | "strpos"
            | "ascii"
            | "pg_backend_pid"
            | "cardinality"
            | "array_length"
            | "jsonb_array_length"
            | "json_array_length"
            | "grouping"
            | "pg_char_to_encoding"
            | "percent_rank"
            | "cume_dist"
            | "random"
            | "sqrt"
            | "ln"
            | "log"
            | "exp"
            | "date_part"
            | "pi"
            | "cbrt"
            | "power"
            | "pow"
            | "sum"
            | "avg"
            | "coalesce"
            | "greatest"
            | "least"
            | "min"
            | "max"
            | "abs"
            | "nullif"
            | "lag"
            | "lead"
            | "first_value"
            | "last_value"
            | "nth_value"
            | "any_value"
            | "mod"
            | "round"
            | "trunc"
            | "ceil"
            | "ceiling"
            | "floor"
            | "sign"
            | "now"
            | "current_timestamp"
            | "transaction_timestamp"
            | "clock_timestamp"
            | "statement_timestamp"
            | "to_timestamp"
            | "pg_postmaster_start_time"
            | "localtimestamp"
            | "current_date"
            | "date_trunc"
            | "age"
            | "extract"
            | "pg_wal_lsn_diff"
            | "bool_and"
            | "bool_or"
            | "every"
            | "pg_is_in_recovery"
            | "loadline_acknowledged"
            | "starts_with"
            | "pg_table_is_visible"
            | "pg_type_is_visible"
            | "pg_function_is_visible"
            | "has_table_privilege"
            | "has_schema_privilege"
            | "has_database_privilege"
            | "has_column_privilege"
            | "pg_advisory_unlock"
            | "pg_try_advisory_lock"
            | "pg_promote"
            | "pg_is_other_temp_schema"
            | "pg_relation_is_publishable"
            | "gen_random_uuid"
            | "decode"
            | "convert_to"
            | "sha256"
            | "jsonb_build_object"
            | "jsonb_build_array"
            | "to_jsonb"
            | "jsonb_set"
            | "jsonb_agg"
            | "jsonb_strip_nulls"
            | "json_build_object"
            | "json_build_array"
            | "to_json"
            | "json_agg"
            | "row_to_json"
            | "array_agg"
            | "pg_current_wal_lsn"
            | "pg_last_wal_replay_lsn"
            | "pg_last_wal_receive_lsn"
            | "pg_current_wal_insert_lsn"
            | "pg_current_wal_flush_lsn"
            | "loadline_position"
            | "to_regclass"
            | "current_user"
            | "session_user"
            | "user"
            | "current_role"
            | "current_database"
            | "current_catalog"
            | "current_schema"
            | "pg_get_userbyid"
            | "pg_typeof"
            | "generate_series"
            | "unnest"
    )
}

/// Whether PostgreSQL has a function of that name that is known here.
pub(super) fn exists(name: &str) -> bool {
    TEXT.contains(&name) || typed(name)
}
