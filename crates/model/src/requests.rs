//! What each arrival asks for: the operation and the variables of arrival i, drawn from the seed alone, so that two designs get the same
//! requests. Not the bytes on the wire, and nothing of the answers.

use crate::arrivals::Arrivals;
use crate::load::LoadSpec;
use crate::population::{cumulative_weights, rank_of};
use crate::seed::Stream;

/// One arrival and what it asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Arrival number, from 0.
    pub number: u64,
    /// When it is due, nanoseconds since the run began.
    pub due_ns: u64,
    /// Index into [`LoadSpec::phases`].
    pub phase: usize,
    /// Index into [`LoadSpec::operations`].
    pub operation: usize,
    /// Path and query, filled in.
    pub path: String,
    /// Body, filled in.
    pub body: Option<String>,
    /// W3C trace id, never 0.
    pub trace_id: u128,
    /// W3C span id, never 0.
    pub span_id: u64,
}

/// Why a spec gives no requests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A placeholder that is not known.
    #[error(
        "operation `{operation}`: unknown placeholder `{{{placeholder}}}` in its {place}; \
         use one of {{user}}, {{popular_user}}, {{tweet}}, {{n}}, {{text}}"
    )]
    UnknownPlaceholder {
        /// The operation's name.
        operation: String,
        /// `path` or `body`.
        place: &'static str,
        /// What stood between the braces.
        placeholder: String,
    },
    /// A weight that is no weight.
    #[error("operation `{operation}`: its weight must be a number of 0 or more")]
    BadWeight {
        /// The operation's name.
        operation: String,
    },
    /// Nothing to send.
    #[error("no operation has a weight above 0: give at least one operation a weight")]
    NoOperation,
}

/// The requests of a run in order of due time: an iterator, or [`RequestStream::fill`] to reuse one request's memory.
pub struct RequestStream {
    arrivals: Arrivals,
    end_ns: u64,
    operations: Vec<Templates>,
    weights: Vec<f64>,
    popularity: Vec<f64>,
    users: u64,
    tweets: u64,
    draws: Draws,
    number: u64,
}

struct Templates {
    path: Vec<Piece>,
    body: Option<Vec<Piece>>,
}

/// One stream for each thing drawn, one draw for each arrival: a changed template never shifts what other arrivals get.
struct Draws {
    operation: Stream,
    user: Stream,
    popular_user: Stream,
    tweet: Stream,
    text: Stream,
    trace: Stream,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    User,
    PopularUser,
    Tweet,
    Number,
    Text,
}

/// What one arrival drew; the same in its path and in its body.
struct Drawn {
    number: u64,
    user: u64,
    popular_unit: f64,
    tweet: u64,
    text: u64,
}

impl RequestStream {
    /// The requests of `spec`; fails on a template that cannot be filled in.
    pub fn new(spec: &LoadSpec) -> Result<Self, RequestError> {
        let mut total = 0.0;
        let mut weights = Vec::with_capacity(spec.operations.len());
        let mut operations = Vec::with_capacity(spec.operations.len());
        for operation in &spec.operations {
            if !(operation.weight.is_finite() && operation.weight >= 0.0) {
                return Err(RequestError::BadWeight { operation: operation.name.clone() });
            }
            total += operation.weight;
            weights.push(total);
            let unknown =
                |place| move |placeholder| RequestError::UnknownPlaceholder { operation: operation.name.clone(), place, placeholder };
            operations.push(Templates {
                path: parse(&operation.path).map_err(unknown("path"))?,
                body: operation.body.as_deref().map(parse).transpose().map_err(unknown("body"))?,
            });
        }
        if total <= 0.0 {
            return Err(RequestError::NoOperation);
        }
        let stream = |label| Stream::new(spec.seed, label, 0);
        let users = spec.variables.users.max(1);
        Ok(Self {
            arrivals: Arrivals::new(spec.seed, spec.process, &spec.phases),
            end_ns: (spec.duration_s.max(0.0) * 1e9).round() as u64,
            operations,
            weights,
            popularity: cumulative_weights(users as usize, spec.variables.popularity_exponent),
            users: u64::from(users),
            tweets: spec.variables.tweets.max(1),
            draws: Draws {
                operation: stream("request operation"),
                user: stream("request user"),
                popular_user: stream("request popular user"),
                tweet: stream("request tweet"),
                text: stream("request text"),
                trace: stream("request trace"),
            },
            number: 0,
        })
    }

    /// Writes the next request over `request`; false when there is none.
    pub fn fill(&mut self, request: &mut Request) -> bool {
        let Some(due_ns) = self.arrivals.next().filter(|due_ns| *due_ns < self.end_ns) else {
            return false;
        };
        let total = self.weights.last().copied().unwrap_or(1.0);
        let at = self.draws.operation.unit() * total;
        // Past the last weight only by a rounding error; a weight of 0 is never chosen, as its bound equals the one before.
        let operation = self.weights.partition_point(|bound| *bound <= at).min(self.weights.len() - 1);
        let drawn = Drawn {
            number: self.number,
            user: self.draws.user.below(self.users) + 1,
            popular_unit: self.draws.popular_user.unit(),
            tweet: self.draws.tweet.below(self.tweets) + 1,
            text: self.draws.text.bits(),
        };
        request.number = self.number;
        request.due_ns = due_ns;
        request.phase = self.arrivals.phase();
        request.operation = operation;
        request.trace_id = (u128::from(self.draws.trace.bits()) << 64 | u128::from(self.draws.trace.bits())).max(1);
        request.span_id = self.draws.trace.bits().max(1);
        request.path.clear();
        let templates = &self.operations[operation];
        write(&templates.path, &drawn, &self.popularity, "%20", &mut request.path);
        match &templates.body {
            Some(pieces) => {
                let body = request.body.get_or_insert_default();
                body.clear();
                write(pieces, &drawn, &self.popularity, " ", body);
            }
            None => request.body = None,
        }
        self.number += 1;
        true
    }
}

impl Iterator for RequestStream {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let mut request = Request::default();
        self.fill(&mut request).then_some(request)
    }
}

/// Cuts a template at its placeholders; braces round anything but lower-case letters and `_` are plain text (JSON is full of them).
fn parse(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from_open) = rest.split_at(open);
        literal.push_str(before);
        let inner = &from_open[1..];
        let length = inner.find(|c: char| !(c.is_ascii_lowercase() || c == '_')).unwrap_or(inner.len());
        let (name, after) = inner.split_at(length);
        let (true, Some(after)) = (!name.is_empty(), after.strip_prefix('}')) else {
            literal.push('{');
            rest = inner;
            continue;
        };
        let piece = match name {
            "user" => Piece::User,
            "popular_user" => Piece::PopularUser,
            "tweet" => Piece::Tweet,
            "n" => Piece::Number,
            "text" => Piece::Text,
            _ => return Err(name.to_owned()),
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(piece);
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn write(pieces: &[Piece], drawn: &Drawn, popularity: &[f64], space: &str, out: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::User => number(drawn.user, out),
            Piece::PopularUser => number(rank_of(popularity, drawn.popular_unit) as u64 + 1, out),
            Piece::Tweet => number(drawn.tweet, out),
            Piece::Number => number(drawn.number, out),
            Piece::Text => sentence(drawn.text, space, out),
        }
    }
}

fn number(value: u64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut left = value;
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

/// Four to ten words: 3 bits say how many, 6 bits say each.
fn sentence(bits: u64, space: &str, out: &mut String) {
    let count = 4 + (bits & 7) % 7;
    for word in 0..count {
        if word > 0 {
            out.push_str(space);
        }
        out.push_str(WORDS[(bits >> (3 + 6 * word)) as usize & 63]);
    }
}

/// Plain ASCII letters only, so that a sentence needs no escaping in JSON.
const WORDS: [&str; 64] = [
    "after", "again", "autumn", "bicycle", "blue", "bread", "bridge", "bright", "city", "clear", "cloud", "coffee", "cold", "dance",
    "early", "evening", "fast", "field", "first", "garden", "green", "harbour", "heavy", "home", "hour", "island", "kind", "kitchen",
    "late", "letter", "light", "long", "market", "meadow", "morning", "mountain", "music", "never", "new", "night", "north", "ocean",
    "old", "open", "paper", "piano", "quiet", "rain", "river", "road", "school", "silver", "small", "snow", "south", "spring", "station",
    "story", "street", "summer", "train", "warm", "window", "winter",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrivals::{Process, Shape, phases};
    use crate::load::{LoadOperation, LoadVariables};

    fn operation(name: &str, weight: f64, path: &str, body: Option<&str>) -> LoadOperation {
        let method = if body.is_some() { "POST" } else { "GET" }.to_owned();
        LoadOperation { name: name.into(), weight, method, path: path.into(), body: body.map(str::to_owned), deadline_ms: 100.0 }
    }

    fn spec(operations: Vec<LoadOperation>) -> LoadSpec {
        LoadSpec {
            seed: 9,
            addresses: vec!["127.0.0.1:1".into()],
            token: None,
            operations,
            variables: LoadVariables { users: 50, popularity_exponent: 0.8, tweets: 500 },
            process: Process::Poisson,
            phases: phases(Shape::Spike, 1000.0, 10.0),
            duration_s: 10.0,
            warmup_s: 0.0,
            max_connections: 10,
            timeout_ms: 1000.0,
            tick_ms: 250,
            dilation: 1.0,
            record_samples: false,
        }
    }

    fn usual() -> Vec<LoadOperation> {
        vec![
            operation("read", 9.0, "/feed/{user}?n={n}", None),
            operation("post", 1.0, "/tweets", Some(r#"{"author":{popular_user},"text":"{text}","reply":{}}"#)),
            operation("never", 0.0, "/never", None),
        ]
    }

    #[test]
    fn the_same_seed_gives_the_same_requests() {
        let all: Vec<Request> = RequestStream::new(&spec(usual())).unwrap().collect();
        let again: Vec<Request> = RequestStream::new(&spec(usual())).unwrap().collect();
        assert_eq!(all, again);
        let mut reused = Request::default();
        let mut stream = RequestStream::new(&spec(usual())).unwrap();
        for request in &all {
            assert!(stream.fill(&mut reused));
            assert_eq!(&reused, request);
        }
        assert!(!stream.fill(&mut reused));
        // Another load of the same seed asks the same of the same people, later.
        let slower: Vec<Request> =
            RequestStream::new(&LoadSpec { phases: phases(Shape::Baseline, 100.0, 10.0), ..spec(usual()) }).unwrap().collect();
        assert!(slower.iter().zip(&all).all(|(a, b)| (&a.path, &a.body, a.trace_id) == (&b.path, &b.body, b.trace_id)));
    }

    #[test]
    fn shares_and_variables_are_as_asked() {
        let all: Vec<Request> = RequestStream::new(&spec(usual())).unwrap().collect();
        let posts: Vec<&Request> = all.iter().filter(|r| r.operation == 1).collect();
        let share = posts.len() as f64 / all.len() as f64;
        assert!((share - 0.1).abs() < 0.012, "{share}");
        assert!(all.iter().all(|r| r.operation != 2), "a weight of 0 is never drawn");
        let mut authors = [0_u32; 51];
        for post in &posts {
            let body: serde_json::Value = serde_json::from_str(post.body.as_deref().unwrap()).unwrap();
            authors[body["author"].as_u64().unwrap() as usize] += 1;
            let words = body["text"].as_str().unwrap().split(' ').count();
            assert!((4..=10).contains(&words), "{body}");
        }
        assert!(authors[0] == 0 && authors[1] > 3 * authors[40], "{authors:?}");
        for (i, request) in all.iter().enumerate().filter(|(_, r)| r.operation == 0) {
            let user: u64 = request.path.strip_suffix(&format!("?n={i}")).and_then(|p| p.strip_prefix("/feed/")).unwrap().parse().unwrap();
            assert!((1..=50).contains(&user));
        }
    }

    #[test]
    fn a_changed_template_shifts_nobody_else() {
        let mut other = usual();
        other[1].body = Some("{tweet}{text}{user}".into());
        let before = RequestStream::new(&spec(usual())).unwrap();
        let after = RequestStream::new(&spec(other)).unwrap();
        assert!(before.zip(after).all(|(a, b)| a.due_ns == b.due_ns && a.path == b.path));
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = RequestStream::new(&spec(vec![operation("read", 1.0, "/feed/{usr}", None)])).err().unwrap();
        assert!(wrong.to_string().contains("operation `read`: unknown placeholder `{usr}` in its path"), "{wrong}");
        assert_eq!(RequestStream::new(&spec(vec![])).err(), Some(RequestError::NoOperation));
        let negative = RequestStream::new(&spec(vec![operation("read", -1.0, "/", None)])).err().unwrap();
        assert_eq!(negative, RequestError::BadWeight { operation: "read".into() });
    }
}
