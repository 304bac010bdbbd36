//! Fills the catalogue's tables from the schema, in databases of their own in memory beside the one that is read.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::super::error::SqlError;
use super::super::interval::Interval;
use super::super::schema::{Schema, Table};
use super::super::types::{NO_MODIFIER, PgType, precision};
use super::super::{activity, primary, time};
use super::functions::{constraint_definition, constraints, index_definition, shown_default};
use super::{settings, tables};

const PG_CATALOG: i64 = 11;
const PUBLIC: i64 = 2200;
const OWNER: i64 = 10;
const HEAP: i64 = 2;
const BTREE: i64 = 403;
const DEFAULT_COLLATION: i64 = 100;

struct Filler<'a> {
    conn: &'a Connection,
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn int(n: impl Into<i64>) -> Value {
    Value::Integer(n.into())
}

impl Filler<'_> {
    fn row(&self, schema: &str, table: &str, values: &[(&str, Value)]) -> Result<(), SqlError> {
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let marks: Vec<String> = (1..=values.len()).map(|at| format!("?{at}")).collect();
        let sql = format!("INSERT INTO {schema}.\"{table}\" ({}) VALUES ({})", names.join(", "), marks.join(", "));
        self.conn.prepare_cached(&sql)?.execute(params_from_iter(values.iter().map(|(_, value)| value)))?;
        Ok(())
    }

    fn pg(&self, table: &str, values: &[(&str, Value)]) -> Result<(), SqlError> {
        self.row("pg_catalog", table, values)
    }

    fn info(&self, table: &str, values: &[(&str, Value)]) -> Result<(), SqlError> {
        self.row("information_schema", table, values)
    }

    fn create(&self) -> Result<(), SqlError> {
        self.conn.execute_batch("ATTACH ':memory:' AS pg_catalog; ATTACH ':memory:' AS information_schema")?;
        for (schema, name, columns) in tables::ALL {
            let list: Vec<String> = columns
                .iter()
                .map(|(name, ty)| {
                    // What is not filled in is empty, false or 0, as PostgreSQL has it.
                    let default = match ty {
                        PgType::Bool | PgType::Int2 | PgType::Int4 | PgType::Oid | PgType::Float4 => " DEFAULT 0",
                        PgType::Char => " DEFAULT ''",
                        _ => "",
                    };
                    let nullable = matches!(*name, "character_maximum_length" | "numeric_precision" | "numeric_scale");
                    format!("{name} {}{}", ty.declared(NO_MODIFIER), if nullable { "" } else { default })
                })
                .collect();
            self.conn.execute_batch(&format!("CREATE TABLE {schema}.\"{name}\" ({})", list.join(", ")))?;
        }
        Ok(())
    }

    fn fixed(&self) -> Result<(), SqlError> {
        for (oid, name) in [(PG_CATALOG, "pg_catalog"), (PUBLIC, "public"), (13_000, "information_schema")] {
            self.pg("pg_namespace", &[("oid", int(oid)), ("nspname", text(name)), ("nspowner", int(OWNER))])?;
            self.info("schemata", &[("catalog_name", text("loadline")), ("schema_name", text(name)), ("schema_owner", text("loadline"))])?;
        }
        for ty in PgType::all() {
            let array = ty.array().filter(|array| array.element() == Some(ty));
            self.pg(
                "pg_type",
                &[
                    ("oid", int(ty.oid())),
                    ("typname", text(ty.name())),
                    ("typnamespace", int(PG_CATALOG)),
                    ("typowner", int(OWNER)),
                    ("typlen", int(ty.width())),
                    ("typtype", text("b")),
                    ("typcategory", text(ty.category())),
                    ("typelem", int(ty.element().map_or(0, PgType::oid))),
                    ("typarray", int(array.map_or(0, PgType::oid))),
                    ("typtypmod", int(-1)),
                    ("typcollation", int(if ty.is_string() { DEFAULT_COLLATION } else { 0 })),
                    ("typdelim", text(",")),
                ],
            )?;
        }
        self.pg("pg_am", &[("oid", int(HEAP)), ("amname", text("heap")), ("amtype", text("t"))])?;
        self.pg("pg_am", &[("oid", int(BTREE)), ("amname", text("btree")), ("amtype", text("i"))])?;
        self.pg("pg_collation", &[("oid", int(DEFAULT_COLLATION)), ("collname", text("default")), ("collnamespace", int(PG_CATALOG))])?;
        self.pg(
            "pg_database",
            &[
                ("oid", int(1)),
                ("datname", text("loadline")),
                ("datdba", int(OWNER)),
                ("encoding", int(6)),
                ("datcollate", text("C")),
                ("datctype", text("C")),
                ("datlocprovider", text("c")),
                ("datallowconn", int(1)),
            ],
        )?;
        self.pg(
            "pg_roles",
            &[
                ("oid", int(OWNER)),
                ("rolname", text("loadline")),
                ("rolsuper", int(1)),
                ("rolcanlogin", int(1)),
                ("rolinherit", int(1)),
                ("rolconnlimit", int(-1)),
            ],
        )?;
        self.pg("pg_user", &[("usename", text("loadline")), ("usesysid", int(OWNER)), ("usesuper", int(1))])?;
        for (name, value) in settings::defaults() {
            self.pg("pg_settings", &[("name", text(name)), ("setting", text(value))])?;
        }
        Ok(())
    }

    fn relation(&self, oid: i64, name: &str, kind: &str, columns: usize, more: &[(&str, Value)]) -> Result<(), SqlError> {
        let mut values = vec![
            ("oid", int(oid)),
            ("relname", text(name)),
            ("relnamespace", int(PUBLIC)),
            ("relowner", int(OWNER)),
            ("relkind", text(kind)),
            ("relpersistence", text("p")),
            ("relreplident", text(if kind == "r" { "d" } else { "n" })),
            ("relnatts", int(i64::try_from(columns).unwrap_or(0))),
            ("relam", int(if kind == "i" { BTREE } else { HEAP })),
            ("relfilenode", int(oid)),
            ("reltuples", int(-1)),
        ];
        values.extend_from_slice(more);
        self.pg("pg_class", &values)
    }

    fn index(&self, table: &Table, oid: i64, name: &str, columns: &[String], (unique, primary): (bool, bool)) -> Result<(), SqlError> {
        self.relation(oid, name, "i", columns.len(), &[])?;
        let number = |column: &String| table.columns.iter().position(|known| known.name == *column).map_or(0, |at| at + 1);
        let keys: Vec<String> = columns.iter().map(|column| number(column).to_string()).collect();
        let count = int(i64::try_from(columns.len()).unwrap_or(0));
        self.pg(
            "pg_index",
            &[
                ("indexrelid", int(oid)),
                ("indrelid", int(table.oid)),
                ("indnatts", count.clone()),
                ("indnkeyatts", count),
                ("indisunique", int(unique)),
                ("indisprimary", int(primary)),
                ("indimmediate", int(1)),
                ("indisvalid", int(1)),
                ("indisready", int(1)),
                ("indislive", int(1)),
                ("indkey", text(format!("[{}]", keys.join(",")))),
            ],
        )?;
        let definition = index_definition(table, oid).unwrap_or_default();
        self.pg(
            "pg_indexes",
            &[("schemaname", text("public")), ("tablename", text(&table.name)), ("indexname", text(name)), ("indexdef", text(definition))],
        )
    }

    fn columns(&self, table: &Table) -> Result<(), SqlError> {
        for (at, column) in table.columns.iter().enumerate() {
            let number = int(i64::try_from(at).unwrap_or(0) + 1);
            let default = shown_default(table, column);
            self.pg(
                "pg_attribute",
                &[
                    ("attrelid", int(table.oid)),
                    ("attname", text(&column.name)),
                    ("atttypid", int(column.ty.oid())),
                    ("attlen", int(column.ty.width())),
                    ("attnum", number.clone()),
                    ("atttypmod", int(column.modifier)),
                    ("attnotnull", int(column.not_null)),
                    ("atthasdef", int(default.is_some())),
                    ("attidentity", text(if column.serial { "d" } else { "" })),
                    ("attcollation", int(if column.ty.is_string() { DEFAULT_COLLATION } else { 0 })),
                    ("attstattarget", int(-1)),
                ],
            )?;
            if let Some(default) = &default {
                let oid = int(table.oid * 1000 + i64::try_from(at).unwrap_or(0));
                self.pg("pg_attrdef", &[("oid", oid), ("adrelid", int(table.oid)), ("adnum", number.clone()), ("adbin", text(default))])?;
            }
            let length = matches!(column.ty, PgType::Varchar | PgType::Bpchar).then_some(i64::from(column.modifier) - 4).filter(|n| *n > 0);
            let (digits, scale) = match column.ty {
                PgType::Int2 => (Some(16), Some(0)),
                PgType::Int4 => (Some(32), Some(0)),
                PgType::Int8 => (Some(64), Some(0)),
                PgType::Float4 => (Some(24), None),
                PgType::Float8 => (Some(53), None),
                PgType::Numeric if column.modifier != NO_MODIFIER => {
                    let (precision, scale) = precision(column.modifier);
                    (Some(i64::from(precision)), Some(i64::from(scale)))
                }
                _ => (None, None),
            };
            let number_or_null = |n: Option<i64>| n.map_or(Value::Null, Value::Integer);
            self.info(
                "columns",
                &[
                    ("table_catalog", text("loadline")),
                    ("table_schema", text("public")),
                    ("table_name", text(&table.name)),
                    ("column_name", text(&column.name)),
                    ("ordinal_position", number),
                    ("column_default", default.map_or(Value::Null, Value::Text)),
                    ("is_nullable", text(if column.not_null { "NO" } else { "YES" })),
                    ("data_type", text(if column.ty.element().is_some() { "ARRAY" } else { column.ty.word() })),
                    ("character_maximum_length", number_or_null(length)),
                    ("numeric_precision", number_or_null(digits)),
                    ("numeric_scale", number_or_null(scale)),
                    ("udt_schema", text("pg_catalog")),
                    ("udt_name", text(column.ty.name())),
                    ("is_identity", text(if column.serial { "YES" } else { "NO" })),
                ],
            )?;
        }
        Ok(())
    }

    fn table(&self, schema: &Schema, table: &Table) -> Result<(), SqlError> {
        let indexed = !table.primary_key.is_empty() || !table.indexes.is_empty();
        let kind = if table.is_view { "v" } else { "r" };
        let more = [("relhasindex", int(indexed)), ("relchecks", int(i64::try_from(table.checks.len()).unwrap_or(0)))];
        self.relation(table.oid, &table.name, kind, table.columns.len(), &more)?;
        self.columns(table)?;
        if table.is_view {
            self.pg("pg_views", &[("schemaname", text("public")), ("viewname", text(&table.name)), ("viewowner", text("loadline"))])?;
        } else {
            self.pg(
                "pg_tables",
                &[
                    ("schemaname", text("public")),
                    ("tablename", text(&table.name)),
                    ("tableowner", text("loadline")),
                    ("hasindexes", int(indexed)),
                ],
            )?;
            self.pg("pg_stat_user_tables", &[("relid", int(table.oid)), ("schemaname", text("public")), ("relname", text(&table.name))])?;
        }
        let kind = if table.is_view { "VIEW" } else { "BASE TABLE" };
        self.info(
            "tables",
            &[
                ("table_catalog", text("loadline")),
                ("table_schema", text("public")),
                ("table_name", text(&table.name)),
                ("table_type", text(kind)),
                ("is_insertable_into", text(if table.is_view { "NO" } else { "YES" })),
            ],
        )?;
        if !table.primary_key.is_empty() {
            self.index(table, table.oid + 1, &table.primary_name, &table.primary_key, (true, true))?;
        }
        for index in &table.indexes {
            self.index(table, index.oid, &index.name, &index.columns, (index.unique, false))?;
        }
        for constraint in constraints(table) {
            let parent = constraint.key.and_then(|key| schema.table(&key.parent));
            let action = |word: &str| match word {
                "CASCADE" => "c",
                "SET NULL" => "n",
                "SET DEFAULT" => "d",
                "RESTRICT" => "r",
                _ => "a",
            };
            let (on_update, on_delete) = constraint.key.map_or((" ", " "), |key| (action(&key.on_update), action(&key.on_delete)));
            self.pg(
                "pg_constraint",
                &[
                    ("oid", int(constraint.oid)),
                    ("conname", text(constraint.name)),
                    ("connamespace", int(PUBLIC)),
                    ("contype", text(constraint.kind)),
                    ("convalidated", int(1)),
                    ("conrelid", int(table.oid)),
                    ("conindid", int(constraint.index)),
                    ("confrelid", int(parent.map_or(0, |parent| parent.oid))),
                    ("confupdtype", text(on_update)),
                    ("confdeltype", text(on_delete)),
                ],
            )?;
            let kind = match constraint.kind {
                'p' => "PRIMARY KEY",
                'u' => "UNIQUE",
                'f' => "FOREIGN KEY",
                _ => "CHECK",
            };
            let place = [("constraint_schema", text("public")), ("constraint_name", text(constraint.name))];
            let own = [("table_schema", text("public")), ("table_name", text(&table.name))];
            self.info("table_constraints", &[&place[..], &own[..], &[("constraint_type", text(kind))]].concat())?;
            for (at, column) in constraint.columns.iter().enumerate() {
                let at = int(i64::try_from(at).unwrap_or(0) + 1);
                self.info(
                    "key_column_usage",
                    &[&place[..], &own[..], &[("column_name", text(column)), ("ordinal_position", at)]].concat(),
                )?;
            }
            if let Some(key) = constraint.key {
                let unique = parent.map_or(Value::Null, |parent| text(&parent.primary_name));
                let rules =
                    [("unique_constraint_name", unique), ("update_rule", text(&key.on_update)), ("delete_rule", text(&key.on_delete))];
                self.info("referential_constraints", &[&place[..], &rules[..]].concat())?;
            }
            debug_assert!(constraint_definition(table, constraint.oid).is_some());
        }
        Ok(())
    }
}

/// Who a session belongs to and where its client is, as both tables of sessions have it.
fn session(shown: &activity::Shown) -> [(&'static str, Value); 7] {
    [
        ("pid", int(shown.pid)),
        ("usesysid", int(OWNER)),
        ("usename", text("loadline")),
        ("application_name", text(&shown.application)),
        ("client_addr", shown.client.map_or(Value::Null, |client| text(client.ip().to_string()))),
        ("client_port", shown.client.map_or(Value::Null, |client| int(client.port()))),
        ("backend_start", moment(Some(shown.since_us))),
    ]
}

fn moment(unix_us: Option<i64>) -> Value {
    unix_us.map_or(Value::Null, |us| text(time::stored(PgType::Timestamptz, us)))
}

impl Filler<'_> {
    fn activity(&self, shown: &activity::Shown) -> Result<(), SqlError> {
        let waits = |part: fn((&'static str, &'static str)) -> &'static str| shown.waits.map_or(Value::Null, |waits| text(part(waits)));
        let more = [
            ("datid", int(1)),
            ("datname", text("loadline")),
            ("leader_pid", Value::Null),
            ("xact_start", moment(shown.transaction_us)),
            ("query_start", moment(shown.query_us)),
            ("state_change", moment(shown.changed_us)),
            ("wait_event_type", waits(|(kind, _)| kind)),
            ("wait_event", waits(|(_, name)| name)),
            ("state", text(shown.state)),
            ("query", text(&shown.query)),
            ("backend_type", text(shown.kind)),
        ];
        self.pg("pg_stat_activity", &[&session(shown)[..], &more[..]].concat())
    }

    fn replication(&self, shown: &primary::Shown) -> Result<(), SqlError> {
        let position = |position: u64| int(i64::try_from(position).unwrap_or(i64::MAX));
        let applied = shown.applied.map_or(Value::Null, position);
        let lag = shown.lag_us.map_or(Value::Null, |us| text(Interval::between(0, us).to_string()));
        let more = [
            ("state", text(shown.state)),
            ("sent_lsn", position(shown.sent)),
            // A replica says one position: what it has written, flushed (where it does that) and applied.
            ("write_lsn", applied.clone()),
            ("flush_lsn", applied.clone()),
            ("replay_lsn", applied),
            ("write_lag", lag.clone()),
            ("flush_lag", lag.clone()),
            ("replay_lag", lag),
            ("sync_priority", int(shown.synchronous != "async")),
            ("sync_state", text(shown.synchronous)),
            ("reply_time", moment(shown.told_us)),
        ];
        self.pg("pg_stat_replication", &[&session(&shown.session)[..], &more[..]].concat())
    }
}

/// Fills [`super::MOMENTARY`] anew in a connection that has the catalogue.
pub(crate) fn show(conn: &Connection, backends: &[activity::Shown], replicas: &[primary::Shown]) -> Result<(), SqlError> {
    let filler = Filler { conn };
    conn.execute_batch(
        "PRAGMA query_only=OFF; BEGIN; DELETE FROM pg_catalog.pg_stat_activity; DELETE FROM pg_catalog.pg_stat_replication",
    )?;
    let filled = backends.iter().try_for_each(|shown| filler.activity(shown));
    let filled = filled.and_then(|()| replicas.iter().try_for_each(|shown| filler.replication(shown)));
    conn.execute_batch("COMMIT; PRAGMA query_only=ON")?;
    filled
}

/// Attaches the catalogue to `conn`, filled from `schema`.
pub(crate) fn attach(conn: &Connection, schema: &Schema) -> Result<(), SqlError> {
    let filler = Filler { conn };
    filler.create()?;
    conn.execute_batch("BEGIN")?;
    let filled = filler.fixed().and_then(|()| schema.tables().try_for_each(|table| filler.table(schema, table)));
    conn.execute_batch("COMMIT")?;
    filled
}
