//! What a learner draws: components and links, groups and comments, as a versioned JSON file that a person can diff.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::engine;

/// The sketch format that this version reads and writes.
pub const FORMAT: u32 = 1;
/// A sketch larger than this is refused before it is parsed.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// More components than this are refused: no laptop runs them and no person reads them.
pub const MAX_COMPONENTS: usize = 2_000;
/// More links than this are refused.
pub const MAX_LINKS: usize = 10_000;
/// More groups than this are refused.
pub const MAX_GROUPS: usize = 500;
/// More comments than this are refused.
pub const MAX_COMMENTS: usize = 1_000;
/// The longest text of a comment or a group's note, in characters.
pub const MAX_TEXT: usize = 4_000;
/// The most instances one component may have.
pub const MAX_INSTANCES: u32 = 64;

/// A drawing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sketch {
    /// [`FORMAT`].
    pub format: u32,
    /// Name on the tab, `Design B: push`.
    pub title: String,
    /// What is drawn, in drawing order.
    pub components: Vec<Component>,
    /// Who calls, feeds or copies to whom.
    pub links: Vec<Link>,
    /// Frames round components. Nothing runs differently for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Words on the canvas. Nothing runs differently for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Unique in the sketch: lower-case letters, digits and dashes.
    pub id: String,
    /// Role in the catalog (`feed`, `kv`, `sql_primary` ...).
    pub role: String,
    /// Name on the box.
    pub name: String,
    /// How many run.
    #[serde(default = "one")]
    pub instances: u32,
    /// Only what differs from the catalog's defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, SettingValue>,
    /// Top left corner on the canvas, in canvas pixels.
    pub at: (f64, f64),
}

/// An arrow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Component id at the tail.
    pub from: String,
    /// Component id at the head.
    pub to: String,
    /// The port it fills: one of the tail's, or an incoming port of the head (a worker's `events`, a replica's `primary`).
    pub port: String,
}

/// A named frame. What it holds is what lies in it: the components whose middle is inside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Unique among the groups: lower-case letters, digits and dashes.
    pub id: String,
    /// Name on the frame.
    pub name: String,
    /// What there is to say about it, as plain text; at most [`MAX_TEXT`] characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Top left corner on the canvas, in canvas pixels.
    pub at: (f64, f64),
    /// Width and height, in canvas pixels.
    pub size: (f64, f64),
}

/// Words on the canvas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// Unique among the comments: lower-case letters, digits and dashes.
    pub id: String,
    /// Plain text; at most [`MAX_TEXT`] characters.
    pub text: String,
    /// Top left corner on the canvas, in canvas pixels.
    pub at: (f64, f64),
    /// Width and height, in canvas pixels.
    pub size: (f64, f64),
}

/// A setting's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(untagged)]
pub enum SettingValue {
    /// On or off.
    Switch(bool),
    /// A number, in the setting's unit.
    Number(f64),
    /// One of the setting's choices.
    Word(String),
}

impl Sketch {
    /// True when both draw the same system: the same components by id, with the same role, instances and settings, and the same links. What
    /// they are called and where they stand does not matter.
    pub fn draws_the_same(&self, other: &Self) -> bool {
        let parts = |sketch: &Self| -> BTreeMap<String, (String, u32, String)> {
            // Settings have a total order only as text; a map of them always has a JSON form.
            let settings = |c: &Component| serde_json::to_string(&c.settings).unwrap_or_default();
            sketch.components.iter().map(|c| (c.id.clone(), (c.role.clone(), c.instances, settings(c)))).collect()
        };
        let links = |sketch: &Self| -> std::collections::BTreeSet<Link> { sketch.links.iter().cloned().collect() };
        parts(self) == parts(other) && links(self) == links(other)
    }
}

impl SettingValue {
    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(n) = self { Some(*n) } else { None }
    }
    /// The word, if it is one.
    pub fn as_word(&self) -> Option<&str> {
        if let Self::Word(w) = self { Some(w) } else { None }
    }
    /// The switch, if it is one.
    pub fn as_switch(&self) -> Option<bool> {
        if let Self::Switch(s) = self { Some(*s) } else { None }
    }
}

impl From<f64> for SettingValue {
    fn from(n: f64) -> Self {
        Self::Number(n)
    }
}
impl From<&str> for SettingValue {
    fn from(w: &str) -> Self {
        Self::Word(w.to_owned())
    }
}
impl From<bool> for SettingValue {
    fn from(s: bool) -> Self {
        Self::Switch(s)
    }
}

fn one() -> u32 {
    1
}

/// Why a file is not a sketch.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SketchError {
    /// Too many bytes.
    #[error("the sketch has {0} bytes, more than the {MAX_BYTES} that are read: remove components or notes")]
    TooLarge(usize),
    /// Not JSON of the right form.
    #[error("line {line}, column {column}: {reason}")]
    Syntax {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
        /// What the parser found.
        reason: String,
    },
    /// A format of another version.
    #[error("format {0} is not known here (this version reads format {FORMAT}): open it with a newer Loadline")]
    Format(u32),
    /// Too many parts.
    #[error("the sketch has {count} {what}, more than the {limit} that can be drawn")]
    TooMany {
        /// Components, links, groups or comments.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A text longer than a person reads on a canvas.
    #[error("the {what} `{id}` has {count} characters, more than the {MAX_TEXT} that are kept: shorten it")]
    TooLong {
        /// Comment or note of the group.
        what: &'static str,
        /// Which one.
        id: String,
        /// How many characters it has.
        count: usize,
    },
}

impl Sketch {
    /// An empty drawing.
    pub fn empty(title: &str) -> Self {
        Self {
            format: FORMAT,
            title: title.to_owned(),
            components: Vec::new(),
            links: Vec::new(),
            groups: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// Reads a sketch file. What is wrong inside a readable sketch is a diagnostic, not an error.
    pub fn from_json(text: &str) -> Result<Self, SketchError> {
        if text.len() > MAX_BYTES {
            return Err(SketchError::TooLarge(text.len()));
        }
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let syntax = |e: serde_json::Error| SketchError::Syntax { line: e.line(), column: e.column(), reason: plain_reason(&e) };
        let version: Version = serde_json::from_str(text).map_err(syntax)?;
        if version.format != FORMAT {
            return Err(SketchError::Format(version.format));
        }
        let sketch: Self = serde_json::from_str(text).map_err(syntax)?;
        for (what, count, limit) in [
            ("components", sketch.components.len(), MAX_COMPONENTS),
            ("links", sketch.links.len(), MAX_LINKS),
            ("groups", sketch.groups.len(), MAX_GROUPS),
            ("comments", sketch.comments.len(), MAX_COMMENTS),
        ] {
            if count > limit {
                return Err(SketchError::TooMany { what, count, limit });
            }
        }
        let notes = sketch.groups.iter().map(|group| ("note of the group", &group.id, &group.note));
        let comments = sketch.comments.iter().map(|comment| ("comment", &comment.id, &comment.text));
        for (what, id, text) in notes.chain(comments) {
            let count = text.chars().count();
            if count > MAX_TEXT {
                return Err(SketchError::TooLong { what, id: id.chars().take(48).collect(), count });
            }
        }
        Ok(sketch)
    }

    /// The file's text: two-space JSON with a final newline, stable for diffs.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The same, to be shown to others: addresses of real servers have neither user nor password.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let mut sketch = self.clone();
        for value in sketch.components.iter_mut().filter_map(|component| component.settings.get_mut(engine::SETTING)) {
            *value = engine::shown_setting(value);
        }
        sketch
    }

    /// The component with this id.
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components.iter().find(|c| c.id == id)
    }
}

/// serde_json's reason without its own "at line .. column .." tail, which the error already carries.
fn plain_reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ").map_or(text.clone(), |at| text[..at].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        assert_eq!(Sketch::from_json(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn round_trip() {
        let text = r#"{"format":1,"title":"A","components":[{"id":"feed","role":"feed","name":"Feed","instances":7,"settings":{"x":1.5,"y":"z","on":true},"at":[1.0,2.0]}],"links":[]}"#;
        let sketch = Sketch::from_json(text).unwrap();
        assert_eq!(sketch.components[0].settings["x"].as_number(), Some(1.5));
        assert_eq!(Sketch::from_json(&sketch.to_json()).unwrap(), sketch);
    }

    #[test]
    fn groups_and_comments_are_kept_and_absent_ones_are_not_written() {
        let plain = r#"{"format":1,"title":"A","components":[],"links":[]}"#;
        let old = Sketch::from_json(plain).unwrap();
        assert!(old.groups.is_empty() && old.comments.is_empty());
        assert_eq!(serde_json::to_string(&old).unwrap(), plain);
        let text = r#"{"format":1,"title":"A","components":[],"links":[],"groups":[{"id":"g","name":"Storage","at":[0.0,0.0],"size":[240.0,120.0]}],"comments":[{"id":"c","text":"why?","at":[1.0,2.0],"size":[168.0,60.0]}]}"#;
        let sketch = Sketch::from_json(text).unwrap();
        assert_eq!((sketch.groups[0].name.as_str(), sketch.groups[0].note.as_str()), ("Storage", ""));
        assert_eq!(serde_json::to_string(&sketch).unwrap(), text);
    }

    #[test]
    fn too_much_to_read_is_refused() {
        let comment = |text: &str| format!(r#"{{"id":"c","text":"{text}","at":[0,0],"size":[1,1]}}"#);
        let with = |comments: &str| format!(r#"{{"format":1,"title":"","components":[],"links":[],"comments":[{comments}]}}"#);
        assert!(Sketch::from_json(&with(&comment(&"é".repeat(MAX_TEXT)))).is_ok());
        check_error(
            &with(&comment(&"é".repeat(MAX_TEXT + 1))),
            "the comment `c` has 4001 characters, more than the 4000 that are kept: shorten it",
        );
        let many = vec![comment(""); MAX_COMMENTS + 1].join(",");
        check_error(&with(&many), "the sketch has 1001 comments, more than the 1000 that can be drawn");
    }

    #[test]
    fn bad_input_names_the_place() {
        check_error("{", "line 1, column 1: EOF while parsing an object");
        check_error(r#"{"format":9}"#, "format 9 is not known here (this version reads format 1): open it with a newer Loadline");
        check_error("{\"format\":1,\n\"title\":3}", "line 2, column 9: invalid type: integer `3`, expected a string");
    }
}
