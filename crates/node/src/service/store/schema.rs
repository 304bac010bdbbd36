//! Every SQL text of the services, in the words that PostgreSQL and SQLite share. Only the seeder creates the tables.
//!
//! Rows are spread over the shards by user: an account and its tweets live in the user's shard; a follow lives in the follower's shard
//! (whom do I follow) and in the followee's (who follows me), once where that is the same.

use std::borrow::Cow;
use std::sync::LazyLock;

use tokio_postgres::types::Type;

/// A statement with the types of its parameters: said, not guessed, so that any server takes it the same way.
#[derive(Debug, Clone)]
pub struct Sql {
    /// The text.
    pub text: Cow<'static, str>,
    /// Types of `$1`, `$2` ...
    pub types: Cow<'static, [Type]>,
}

const fn sql(text: &'static str, types: &'static [Type]) -> Sql {
    Sql { text: Cow::Borrowed(text), types: Cow::Borrowed(types) }
}

/// The tables and indexes, one statement each.
pub const TABLES: [&str; 7] = [
    "CREATE TABLE IF NOT EXISTS dataset (shard BIGINT PRIMARY KEY, shards BIGINT NOT NULL, users BIGINT NOT NULL, tweets_each BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS users (id BIGINT PRIMARY KEY, name TEXT NOT NULL)",
    // `created_ms` is 0 where the follow is older than the run.
    "CREATE TABLE IF NOT EXISTS follows (follower_id BIGINT NOT NULL, followee_id BIGINT NOT NULL, created_ms BIGINT NOT NULL, PRIMARY KEY (follower_id, followee_id))",
    "CREATE INDEX IF NOT EXISTS follows_by_followee ON follows (followee_id, follower_id, created_ms)",
    // Follows that ended during the run: whoever keeps lists of its own is told from here.
    "CREATE TABLE IF NOT EXISTS unfollows (followee_id BIGINT NOT NULL, follower_id BIGINT NOT NULL, ended_ms BIGINT NOT NULL, PRIMARY KEY (followee_id, follower_id))",
    "CREATE TABLE IF NOT EXISTS tweets (id BIGINT PRIMARY KEY, author_id BIGINT NOT NULL, text TEXT NOT NULL, created_ms BIGINT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS tweets_by_author ON tweets (author_id, id)",
];

/// How the data is spread and how much was seeded.
pub static DATASET: Sql = sql("SELECT shards, users FROM dataset", &[]);
/// `$1` shard, `$2` shards, `$3` users, `$4` tweets each.
pub static INSERT_DATASET: Sql = sql(
    "INSERT INTO dataset (shard, shards, users, tweets_each) VALUES ($1, $2, $3, $4)",
    &[Type::INT8, Type::INT8, Type::INT8, Type::INT8],
);

/// `$1` id.
pub static USER: Sql = sql("SELECT id, name FROM users WHERE id = $1", &[Type::INT8]);
/// `$1` id, `$2` name.
pub static INSERT_USER: Sql = sql("INSERT INTO users (id, name) VALUES ($1, $2)", &[Type::INT8, Type::TEXT]);
/// Both users in this shard; nothing where one does not exist or the follow does. `$1` follower, `$2` followee, `$3` now, ms since 1970.
pub static FOLLOW: Sql = sql(
    "INSERT INTO follows (follower_id, followee_id, created_ms) SELECT a.id, b.id, CAST($3 AS BIGINT) FROM users a, users b \
     WHERE a.id = $1 AND b.id = $2 ON CONFLICT DO NOTHING",
    &[Type::INT8, Type::INT8, Type::INT8],
);
/// Only the follower in this shard. `$1` follower, `$2` followee, `$3` now, ms since 1970.
pub static FOLLOW_HERE_FOLLOWER: Sql = sql(
    "INSERT INTO follows (follower_id, followee_id, created_ms) SELECT a.id, CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM users a \
     WHERE a.id = $1 ON CONFLICT DO NOTHING",
    &[Type::INT8, Type::INT8, Type::INT8],
);
/// Only the followee in this shard. `$1` follower, `$2` followee, `$3` now, ms since 1970.
pub static FOLLOW_HERE_FOLLOWEE: Sql = sql(
    "INSERT INTO follows (follower_id, followee_id, created_ms) SELECT CAST($1 AS BIGINT), b.id, CAST($3 AS BIGINT) FROM users b \
     WHERE b.id = $2 ON CONFLICT DO NOTHING",
    &[Type::INT8, Type::INT8, Type::INT8],
);
/// `$1` follower, `$2` followee.
pub static UNFOLLOW: Sql = sql("DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2", &[Type::INT8, Type::INT8]);
/// Whether `$1` follows `$2`: a row, or none.
pub static FOLLOWS: Sql = sql("SELECT followee_id FROM follows WHERE follower_id = $1 AND followee_id = $2", &[Type::INT8, Type::INT8]);
/// How far the log of a primary has come, in bytes.
pub static POSITION: Sql = sql("SELECT CAST(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS BIGINT)", &[]);
/// How far of it a replica has applied, in bytes.
pub static APPLIED: Sql = sql("SELECT CAST(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') AS BIGINT)", &[]);
/// Notes that a follow ended, in the followee's shard. `$1` follower, `$2` followee, `$3` now, ms since 1970.
pub static NOTE_UNFOLLOW: Sql = sql(
    "INSERT INTO unfollows (follower_id, followee_id, ended_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (followee_id, follower_id) DO UPDATE SET ended_ms = excluded.ended_ms",
    &[Type::INT8, Type::INT8, Type::INT8],
);
/// A page of who began to follow `$1` after `$4`, ms since 1970; past `$2`, at most `$3`.
pub static FOLLOWERS_SINCE: Sql = sql(
    "SELECT follower_id FROM follows WHERE followee_id = $1 AND follower_id > $2 AND created_ms > $4 ORDER BY follower_id LIMIT $3",
    &[Type::INT8, Type::INT8, Type::INT8, Type::INT8],
);
/// A page of who ceased to follow `$1` after `$4`, ms since 1970; past `$2`, at most `$3`.
pub static UNFOLLOWERS_SINCE: Sql = sql(
    "SELECT follower_id FROM unfollows WHERE followee_id = $1 AND follower_id > $2 AND ended_ms > $4 ORDER BY follower_id LIMIT $3",
    &[Type::INT8, Type::INT8, Type::INT8, Type::INT8],
);
/// A page of who follows `$1`, past `$2`, at most `$3`.
pub static FOLLOWERS: Sql = sql(
    "SELECT follower_id FROM follows WHERE followee_id = $1 AND follower_id > $2 ORDER BY follower_id LIMIT $3",
    &[Type::INT8, Type::INT8, Type::INT8],
);
/// A page of whom `$1` follows, past `$2`, at most `$3`.
pub static FOLLOWING: Sql = sql(
    "SELECT followee_id FROM follows WHERE follower_id = $1 AND followee_id > $2 ORDER BY followee_id LIMIT $3",
    &[Type::INT8, Type::INT8, Type::INT8],
);

/// `$1` id.
pub static TWEET: Sql = sql("SELECT id, author_id, text, created_ms FROM tweets WHERE id = $1", &[Type::INT8]);
/// `$1` id, `$2` author, `$3` text, `$4` created, ms since 1970.
pub static INSERT_TWEET: Sql =
    sql("INSERT INTO tweets (id, author_id, text, created_ms) VALUES ($1, $2, $3, $4)", &[Type::INT8, Type::INT8, Type::TEXT, Type::INT8]);
/// The newest tweets of those whom `$1` follows, at most `$2`: ids out of two indexes first, then only the rows that are wanted.
pub static NEWEST_FOLLOWED: Sql = sql(
    "SELECT t.id, t.author_id, t.text, t.created_ms FROM tweets t JOIN (SELECT w.id FROM follows f JOIN tweets w \
     ON w.author_id = f.followee_id WHERE f.follower_id = $1 ORDER BY w.id DESC LIMIT $2) newest ON newest.id = t.id ORDER BY t.id DESC",
    &[Type::INT8, Type::INT8],
);

/// The most ids in one list; longer ones are asked for in parts.
pub const MAX_LIST: usize = 512;

/// Lists come in sizes of powers of two, so that few statements serve every length: repeat the last id to fill up.
fn lists(make: impl Fn(&str, usize) -> String, types_after: &[Type]) -> Vec<Sql> {
    let sizes = (0..).map(|power| 1_usize << power).take_while(|size| *size <= MAX_LIST);
    let list = |size: usize| {
        let marks: Vec<String> = (1..=size).map(|n| format!("${n}")).collect();
        let types = [vec![Type::INT8; size], types_after.to_vec()].concat();
        Sql { text: Cow::Owned(make(&marks.join(", "), size)), types: Cow::Owned(types) }
    };
    sizes.map(list).collect()
}

static TWEETS_BY_IDS: LazyLock<Vec<Sql>> =
    LazyLock::new(|| lists(|marks, _| format!("SELECT id, author_id, text, created_ms FROM tweets WHERE id IN ({marks})"), &[]));
static NEWEST_BY_AUTHORS: LazyLock<Vec<Sql>> = LazyLock::new(|| {
    let make = |marks: &str, size: usize| {
        let limit = size + 1;
        format!("SELECT id, author_id, text, created_ms FROM tweets WHERE author_id IN ({marks}) ORDER BY id DESC LIMIT ${limit}")
    };
    lists(make, &[Type::INT8])
});

/// Tweets by id, for a list of 1 to [`MAX_LIST`] ids, with the size that the list must be filled up to.
pub fn tweets_by_ids(len: usize) -> (&'static Sql, usize) {
    sized(&TWEETS_BY_IDS, len)
}

/// The newest tweets of a list of 1 to [`MAX_LIST`] authors, with the size that the list must be filled up to; the limit comes last.
pub fn newest_by_authors(len: usize) -> (&'static Sql, usize) {
    sized(&NEWEST_BY_AUTHORS, len)
}

fn sized(statements: &'static [Sql], len: usize) -> (&'static Sql, usize) {
    let power = len.clamp(1, MAX_LIST).next_power_of_two().trailing_zeros() as usize;
    (&statements[power], 1 << power)
}

/// `INSERT INTO table (columns) VALUES (...), (...)` for `rows` rows of the given types, for seeding.
pub fn insert_rows(table: &str, columns: &[(&str, Type)], rows: usize) -> Sql {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let row = |r: usize| {
        let marks: Vec<String> = (1..=columns.len()).map(|c| format!("${}", r * columns.len() + c)).collect();
        format!("({})", marks.join(", "))
    };
    let values: Vec<String> = (0..rows).map(row).collect();
    let types: Vec<Type> = (0..rows).flat_map(|_| columns.iter().map(|(_, kind)| kind.clone())).collect();
    Sql { text: Cow::Owned(format!("INSERT INTO {table} ({}) VALUES {}", names.join(", "), values.join(", "))), types: Cow::Owned(types) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_filled_up_to_powers_of_two() {
        for (len, size) in [(1, 1), (2, 2), (3, 4), (20, 32), (75, 128), (512, 512)] {
            let (sql, filled) = newest_by_authors(len);
            assert_eq!(filled, size, "{len}");
            assert_eq!(sql.types.len(), size + 1);
            assert!(sql.text.ends_with(&format!("LIMIT ${}", size + 1)), "{}", sql.text);
        }
    }
}
