//! Which role a node plays: said by its class, or guessed from its words and shape. A guess is shown with its reason before anything is made of it.

use loadline_model::catalog;

use super::read::{Flowchart, Node, Shape};
use super::write::{COMMENT, NOTE};

/// What a node is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// Id of the node.
    pub node: String,
    /// What stands in it, on one line.
    pub text: String,
    /// Line where it was met first, 1-based.
    pub line: usize,
    /// Role; none where nothing says it.
    pub role: Option<&'static str>,
    /// Why, as a sentence.
    pub why: String,
}

/// Words by role. The first row with a word of the node decides: what keeps data comes before who uses it ("Feed cache" is a cache).
const WORDS: [(&str, &[&str]); 19] = [
    ("edge_cache", &["cdn", "edge", "cloudfront", "fastly", "akamai"]),
    ("load_balancer", &["balancer", "lb", "haproxy", "elb", "alb", "nlb"]),
    ("websocket_gateway", &["websocket", "websockets", "socket", "ws"]),
    ("api_gateway", &["gateway", "apigw", "kong", "envoy", "proxy", "nginx", "bff"]),
    ("object_store", &["s3", "blob", "blobs", "bucket", "object", "objects", "minio", "gcs"]),
    ("sql_replica", &["replica", "replicas", "follower", "secondary", "standby", "slave"]),
    ("kv", &["redis", "cache", "caches", "memcached", "memcache", "valkey", "kv", "dynamodb"]),
    (
        "log",
        &["kafka", "queue", "queues", "log", "topic", "stream", "rabbitmq", "sqs", "pubsub", "kinesis", "pulsar", "broker", "bus", "mq"],
    ),
    ("search", &["search", "elasticsearch", "opensearch", "lucene", "solr", "index", "indexer"]),
    (
        "sql_primary",
        &[
            "database",
            "databases",
            "db",
            "postgres",
            "postgresql",
            "mysql",
            "mariadb",
            "sql",
            "primary",
            "rds",
            "aurora",
            "sqlite",
            "oracle",
            "cassandra",
            "mongodb",
            "mongo",
        ],
    ),
    ("fanout", &["fanout", "fan", "worker", "workers", "consumer"]),
    ("feed", &["feed", "newsfeed", "timeline", "timelines"]),
    ("tweet", &["tweet", "tweets", "post", "posts"]),
    ("client", &["client", "clients", "browser", "browsers", "mobile", "phone", "customer", "customers", "visitor", "visitors"]),
    ("user", &["account", "accounts", "auth", "login", "profile", "profiles"]),
    ("work", &["service", "services", "server", "servers", "api", "backend", "microservice", "lambda", "function"]),
    ("client", &["users", "user", "app", "web", "ios", "android", "actor"]),
    ("sql_primary", &["store", "storage", "table", "tables"]),
    ("work", &["system", "engine", "processor", "handler", "job"]),
];

/// Words in lower case: letters and digits, parted by anything else and by capitals within a word (`LoadBalancer`).
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small_before = false;
    for c in text.chars() {
        let parts = !c.is_alphanumeric() || (c.is_uppercase() && small_before);
        if parts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        small_before = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the node is a component: comments and notes are not.
pub(super) fn is_component(node: &Node) -> bool {
    !node.classes.iter().any(|class| class == COMMENT || class == NOTE)
}

/// What each component of a flowchart is taken for, in the order in which they are met.
pub fn guess(chart: &Flowchart) -> Vec<Guess> {
    chart.nodes.iter().filter(|node| is_component(node)).map(of).collect()
}

fn of(node: &Node) -> Guess {
    let text = node.text.replace('\n', " ");
    let found = |role: Option<&'static str>, why: String| Guess { node: node.id.clone(), text: text.clone(), line: node.line, role, why };
    let by_class = node.classes.iter().find_map(|class| catalog::role(class));
    if let Some(role) = by_class {
        return found(Some(role.id), format!("Its class is {}.", role.id));
    }
    let (said, named) = (words(&text), words(&node.id));
    // "User service", "Users service": a service of users, and no client.
    let serves = said.iter().any(|word| matches!(word.as_str(), "service" | "services" | "server" | "api"));
    if serves && said.iter().any(|word| matches!(word.as_str(), "user" | "users")) {
        return found(Some("user"), "It is called a service of users.".to_owned());
    }
    for (words, what) in [(&said, "name"), (&named, "id")] {
        let hit = WORDS.iter().find_map(|(role, known)| Some((*role, words.iter().find(|word| known.contains(&word.as_str()))?)));
        if let Some((role, word)) = hit {
            return found(Some(role), format!("Its {what} says “{word}”."));
        }
    }
    match node.shape {
        Shape::Cylinder => found(Some("sql_primary"), "It is drawn as a cylinder.".to_owned()),
        Shape::Plain => found(None, "Nothing says what it is.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::mermaid::read;

    #[track_caller]
    fn check(node: &str, role: &str) {
        let chart = read(&format!("flowchart TD\n{node}")).unwrap();
        assert_eq!(guess(&chart)[0].role.unwrap_or("unknown"), role, "{node}");
    }

    #[test]
    fn words_and_shapes_say_the_role() {
        check("a[Web browser]", "client");
        check("a([Users])", "client");
        check("a[User service]", "user");
        check("a[UserDB]", "sql_primary");
        check("a[Feed cache]", "kv");
        check("a[Redis]", "kv");
        check("a[Read replica]", "sql_replica");
        check("a[Kafka]", "log");
        check("a[Notification queue]", "log");
        check("a[Fan-out worker]", "fanout");
        check("a[Home timeline service]", "feed");
        check("a[Checkout service]", "work");
        check("a[(Orders)]", "sql_primary");
        check("LoadBalancer", "load_balancer");
        check("lb1[nginx]", "api_gateway");
        check("a[CDN]", "edge_cache");
        check("a[S3]", "object_store");
        check("a[Blog]", "unknown");
        check("a[Quux]", "unknown");
        check("a[Quux]:::sql_replica", "sql_replica");
        check("a@{ shape: cyl, label: \"Orders\" }", "sql_primary");
    }
}
