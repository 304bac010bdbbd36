//! PostgreSQL's types over SQLite's five: their names, ids and widths, and how each is declared in SQLite. No type that is not in this list
//! is announced to anyone. `types/input.rs` reads values, `types/output.rs` writes them.

use super::error::SqlError;

pub(super) mod array;
pub(super) mod input;
pub(super) mod output;

/// A type that the engine can announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum PgType {
    Bool,
    Int2,
    Int4,
    Int8,
    Numeric,
    Float4,
    Float8,
    Text,
    Varchar,
    Bpchar,
    Name,
    Char,
    Bytea,
    Date,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,
    Json,
    Jsonb,
    Oid,
    Lsn,
    /// Of functions that give nothing.
    Void,
    Int4Array,
    Int8Array,
    TextArray,
}

/// No length, no precision.
pub(super) const NO_MODIFIER: i32 = -1;
/// How a column that is SQLite's own row id must be declared: eight bytes, unless the table says [`NARROW_KEY`].
pub(super) const ROW_ID: &str = "INTEGER";
/// The name of the primary key's constraint where the row id is INTEGER in PostgreSQL: SQLite keeps no other trace of it.
pub(super) const NARROW_KEY: &str = "CONSTRAINT loadline_int4 PRIMARY KEY";
/// The collation under which texts of numbers are compared as numbers.
pub(super) const NUMERIC_ORDER: &str = "pg_numeric";

/// Everything about a type that is a constant.
struct Facts {
    ty: PgType,
    oid: u32,
    /// PostgreSQL's short name.
    name: &'static str,
    /// The word that `\d` and messages show.
    word: &'static str,
    /// How it is declared in SQLite; the letters decide SQLite's affinity.
    declared: &'static str,
    /// Bytes of the binary form, or -1 when it varies.
    width: i16,
    /// `pg_type.typcategory`.
    category: char,
}

macro_rules! facts {
    ($($ty:ident $oid:literal $name:literal $word:literal $declared:literal $width:literal $category:literal;)*) => {
        &[$(Facts { ty: PgType::$ty, oid: $oid, name: $name, word: $word, declared: $declared, width: $width, category: $category }),*]
    };
}

const FACTS: &[Facts] = facts! {
    Bool 16 "bool" "boolean" "BOOLEAN" 1 'B';
    Int2 21 "int2" "smallint" "SMALLINT" 2 'N';
    Int4 23 "int4" "integer" "INT4" 4 'N';
    Int8 20 "int8" "bigint" "BIGINT" 8 'N';
    Numeric 1700 "numeric" "numeric" "NUMERIC_TEXT" -1 'N';
    Float4 700 "float4" "real" "REAL" 4 'N';
    Float8 701 "float8" "double precision" "DOUBLE PRECISION" 8 'N';
    Text 25 "text" "text" "TEXT" -1 'S';
    Varchar 1043 "varchar" "character varying" "VARCHAR" -1 'S';
    Bpchar 1042 "bpchar" "character" "BPCHAR" -1 'S';
    Name 19 "name" "name" "NAME_TEXT" 64 'S';
    Char 18 "char" "\"char\"" "ONE_CHAR" 1 'Z';
    Bytea 17 "bytea" "bytea" "BLOB" -1 'U';
    Date 1082 "date" "date" "DATE_TEXT" 4 'D';
    Timestamp 1114 "timestamp" "timestamp without time zone" "TIMESTAMP_TEXT" 8 'D';
    Timestamptz 1184 "timestamptz" "timestamp with time zone" "TIMESTAMPTZ" 8 'D';
    Interval 1186 "interval" "interval" "SPAN_TEXT" 16 'T';
    Uuid 2950 "uuid" "uuid" "UUID_TEXT" 16 'U';
    Json 114 "json" "json" "JSON_TEXT" -1 'U';
    Jsonb 3802 "jsonb" "jsonb" "JSONB_TEXT" -1 'U';
    Oid 26 "oid" "oid" "OID_INT" 4 'N';
    Lsn 3220 "pg_lsn" "pg_lsn" "LSN_INT" 8 'U';
    Void 2278 "void" "void" "VOID_TEXT" 4 'P';
    Int4Array 1007 "_int4" "integer[]" "INT4_ARRAY_TEXT" -1 'A';
    Int8Array 1016 "_int8" "bigint[]" "INT8_ARRAY_TEXT" -1 'A';
    TextArray 1009 "_text" "text[]" "TEXT_ARRAY" -1 'A';
};

impl PgType {
    fn facts(self) -> &'static Facts {
        // The table has a row for every type; a test says so.
        FACTS.iter().find(|facts| facts.ty == self).unwrap_or(&FACTS[0])
    }

    /// All types.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().map(|facts| facts.ty)
    }

    /// The object id that stands for it on the wire.
    pub(super) fn oid(self) -> u32 {
        self.facts().oid
    }

    /// The type that a client announced for a parameter.
    pub(super) fn from_oid(oid: u32) -> Result<Self, SqlError> {
        match oid {
            705 => Ok(Self::Text),
            1015 => Ok(Self::TextArray),
            1005 => Ok(Self::Int4Array),
            oid => Self::all().find(|ty| ty.oid() == oid).ok_or_else(|| SqlError::unsupported(format_args!("a parameter of type {oid}"))),
        }
    }

    /// Bytes of the binary form, or -1 when it varies.
    pub(super) fn width(self) -> i16 {
        self.facts().width
    }

    pub(super) fn category(self) -> char {
        self.facts().category
    }

    /// PostgreSQL's short name, `int4`.
    pub(super) fn name(self) -> &'static str {
        self.facts().name
    }

    /// The word that `\d` shows, `integer`.
    pub(super) fn word(self) -> &'static str {
        self.facts().word
    }

    /// The word with length or precision, `character varying(40)`.
    pub(super) fn full_word(self, modifier: i32) -> String {
        let word = self.word();
        match (self, modifier) {
            (_, NO_MODIFIER) => word.to_owned(),
            (Self::Varchar | Self::Bpchar, modifier) => format!("{word}({})", modifier - 4),
            (Self::Numeric, modifier) => {
                let (precision, scale) = precision(modifier);
                format!("{word}({precision},{scale})")
            }
            _ => word.to_owned(),
        }
    }

    /// How it is declared in SQLite.
    pub(super) fn declared(self, modifier: i32) -> String {
        let word = self.facts().declared;
        if modifier == NO_MODIFIER { word.to_owned() } else { format!("{word}({modifier})") }
    }

    /// The reverse of [`Self::declared`].
    pub(super) fn from_declared(declared: &str) -> Option<(Self, i32)> {
        if declared == ROW_ID {
            return Some((Self::Int8, NO_MODIFIER));
        }
        let (word, modifier) = match declared.split_once('(') {
            Some((word, rest)) => (word, rest.trim_end_matches(')').parse().ok()?),
            None => (declared, NO_MODIFIER),
        };
        FACTS.iter().find(|facts| facts.declared == word).map(|facts| (facts.ty, modifier))
    }

    /// The array of it, where there is one.
    pub(super) fn array(self) -> Option<Self> {
        match self {
            Self::Int4 | Self::Int2 => Some(Self::Int4Array),
            Self::Int8 | Self::Oid => Some(Self::Int8Array),
            Self::Text | Self::Varchar | Self::Name | Self::Bpchar | Self::Uuid | Self::Char => Some(Self::TextArray),
            _ => None,
        }
    }

    /// The type of an array's elements.
    pub(super) fn element(self) -> Option<Self> {
        match self {
            Self::Int4Array => Some(Self::Int4),
            Self::Int8Array => Some(Self::Int8),
            Self::TextArray => Some(Self::Text),
            _ => None,
        }
    }

    pub(super) fn is_integer(self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Int8)
    }

    pub(super) fn is_float(self) -> bool {
        matches!(self, Self::Float4 | Self::Float8)
    }

    pub(super) fn is_number(self) -> bool {
        self.is_integer() || self.is_float() || matches!(self, Self::Numeric | Self::Oid)
    }

    pub(super) fn is_string(self) -> bool {
        matches!(self, Self::Text | Self::Varchar | Self::Bpchar | Self::Name | Self::Char)
    }

    pub(super) fn is_moment(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::Timestamptz)
    }
}

/// The modifier of `varchar(length)`.
pub(super) fn of_length(length: u32) -> i32 {
    length.cast_signed().saturating_add(4)
}

/// The modifier of `numeric(precision, scale)`.
pub(super) fn of_precision(precision: u32, scale: u32) -> i32 {
    ((precision << 16 | scale).cast_signed()).saturating_add(4)
}

/// Precision and scale of a modifier.
pub(super) fn precision(modifier: i32) -> (u32, u32) {
    let packed = (modifier - 4).cast_unsigned();
    (packed >> 16, packed & 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_facts() {
        for ty in PgType::all() {
            assert_eq!(ty.facts().ty, ty);
            assert_eq!(PgType::from_oid(ty.oid()), Ok(ty));
            assert_eq!(PgType::from_declared(&ty.declared(NO_MODIFIER)), Some((ty, NO_MODIFIER)));
        }
        assert_eq!(PgType::from_declared(&PgType::Varchar.declared(of_length(9))), Some((PgType::Varchar, 13)));
        assert_eq!(PgType::Numeric.full_word(of_precision(10, 2)), "numeric(10,2)");
    }
}
