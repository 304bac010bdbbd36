//! EXPLAIN: SQLite's plan in words close to PostgreSQL's, with the index that is used. There are no costs: SQLite tells none.

use rusqlite::Connection;

use super::compile::Action;
use super::error::SqlError;
use super::schema::{Schema, Table};

/// A step of SQLite's plan.
struct Step {
    id: i64,
    parent: i64,
    text: String,
}

/// A node of the plan that is shown.
struct Node {
    title: String,
    /// Lines under the title, `Index Cond: ...`.
    notes: Vec<String>,
    children: Vec<Node>,
}

impl Node {
    fn new(title: impl Into<String>, children: Vec<Self>) -> Self {
        Self { title: title.into(), notes: Vec::new(), children }
    }

    fn lines(&self, depth: usize, out: &mut Vec<String>) {
        let (indent, arrow) = if depth == 0 { (0, "") } else { (depth * 6 - 4, "->  ") };
        out.push(format!("{:indent$}{arrow}{}", "", self.title));
        let under = if depth == 0 { 2 } else { depth * 6 + 2 };
        for note in &self.notes {
            out.push(format!("{:under$}{note}", ""));
        }
        for child in &self.children {
            child.lines(depth + 1, out);
        }
    }
}

/// The index that SQLite calls `inner`, as PostgreSQL would call it.
fn index_name<'a>(table: Option<&'a Table>, inner: &'a str) -> &'a str {
    let Some(table) = table else { return inner };
    match table.indexes.iter().find(|index| index.inner == inner) {
        Some(index) => &index.name,
        None if inner.starts_with("sqlite_autoindex_") => &table.primary_name,
        None => inner,
    }
}

/// `(a=? AND b>?)` as `((a = ?) AND (b > ?))`.
fn condition(text: &str, key: &str) -> String {
    let parts: Vec<String> = text
        .trim_matches(['(', ')'])
        .split(" AND ")
        .map(|part| {
            let at = part.find(['=', '<', '>']).unwrap_or(part.len());
            let (name, rest) = part.split_at_checked(at).unwrap_or((part, ""));
            let (op, value) = rest.split_at_checked(rest.find('?').unwrap_or(rest.len())).unwrap_or((rest, ""));
            format!("({} {op} {value})", if name == "rowid" { key } else { name })
        })
        .collect();
    if let [one] = parts.as_slice() { one.clone() } else { format!("({})", parts.join(" AND ")) }
}

/// A scan or a search of a table.
fn access(text: &str, schema: &Schema) -> Node {
    let words: Vec<&str> = text.split_whitespace().collect();
    let name = words.get(1).copied().unwrap_or_default();
    let table = schema.table(name);
    let shown = |node: String| Node::new(node, Vec::new());
    let cond = text.find(" (").and_then(|at| text.get(at + 1..));
    let key = table.and_then(|table| table.primary_key.first()).map_or("rowid", String::as_str);
    let mut node = if text.contains("USING INTEGER PRIMARY KEY") {
        let index = table.map_or_else(|| format!("{name}_pkey"), |table| table.primary_name.clone());
        shown(format!("Index Scan using {index} on {name}"))
    } else if let Some(at) = words.iter().position(|word| *word == "INDEX") {
        let kind = if text.contains("COVERING INDEX") { "Index Only Scan" } else { "Index Scan" };
        let inner = words.get(at + 1).copied().unwrap_or_default();
        shown(format!("{kind} using {} on {name}", index_name(table.map(AsRef::as_ref), inner)))
    } else if table.is_some() || !name.starts_with('(') {
        shown(format!("Seq Scan on {name}"))
    } else {
        shown(format!("Subquery Scan on {name}"))
    };
    if let Some(cond) = cond.filter(|_| words.first() == Some(&"SEARCH")) {
        node.notes.push(format!("Index Cond: {}", condition(cond, key)));
    }
    node
}

fn build(steps: &[Step], parent: i64, schema: &Schema) -> Vec<Node> {
    let mut sources: Vec<Node> = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    for step in steps.iter().filter(|step| step.parent == parent) {
        let children = || build(steps, step.id, schema);
        let text = step.text.as_str();
        if text.starts_with("SCAN CONSTANT ROW") {
            sources.push(Node::new("Result", Vec::new()));
        } else if text.starts_with("SCAN") || text.starts_with("SEARCH") {
            sources.push(access(text, schema));
        } else if text.starts_with("USE TEMP B-TREE FOR") {
            above.push(text);
        } else if text.starts_with("COMPOUND") {
            sources.push(Node::new("Append", children()));
        } else if text.starts_with("CO-ROUTINE") || text.starts_with("MATERIALIZE") {
            let name = text.split_whitespace().nth(1).unwrap_or_default();
            sources.push(Node::new(format!("Subquery Scan on {name}"), children()));
        } else if text.contains("SUBQUERY") && !text.starts_with("LEFT-MOST") {
            sources.push(Node::new("SubPlan", children()));
        } else {
            sources.extend(children());
        }
    }
    let joined = match sources.len() {
        0 | 1 => sources,
        _ => vec![Node::new("Nested Loop", sources)],
    };
    above.into_iter().fold(joined, |children, text| {
        let title = match text.rsplit("FOR ").next().unwrap_or_default() {
            "GROUP BY" => "HashAggregate",
            "DISTINCT" => "HashAggregate",
            _ => "Sort",
        };
        vec![Node::new(title, children)]
    })
}

/// The plan of a compiled statement. `target` is the table that it writes, `aggregates` whether its rows are folded, `limited` whether they
/// are counted off.
pub(super) fn plan(
    conn: &Connection,
    action: &Action,
    target: Option<&str>,
    (aggregates, limited): (bool, bool),
    schema: &Schema,
) -> Result<Vec<String>, SqlError> {
    let (sql, tag) = match action {
        Action::Read { sql, .. } => (sql.as_str(), "SELECT"),
        Action::Write { sql, tag, .. } => (sql.as_str(), *tag),
        Action::Bulk(bulk) => (bulk.sql.as_str(), "INSERT"),
        _ => return Err(SqlError::unsupported("EXPLAIN of this statement")),
    };
    let mut prepared = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let mut rows = prepared.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        steps.push(Step { id: row.get(0)?, parent: row.get(1)?, text: row.get(3)? });
    }
    let mut nodes = build(&steps, 0, schema);
    if nodes.is_empty() {
        nodes.push(Node::new("Result", Vec::new()));
    }
    if aggregates && !nodes.iter().any(|node| node.title == "HashAggregate") {
        nodes = vec![Node::new("Aggregate", nodes)];
    }
    if limited {
        nodes = vec![Node::new("Limit", nodes)];
    }
    if let Some(target) = target {
        let word = match tag {
            "INSERT" => "Insert",
            "UPDATE" => "Update",
            _ => "Delete",
        };
        nodes = vec![Node::new(format!("{word} on {target}"), nodes)];
    }
    let mut lines = Vec::new();
    nodes.iter().for_each(|node| node.lines(0, &mut lines));
    Ok(lines)
}
