//! A design of a pack: roles exist, links fill a port. Whether it is a good design is for analysis to say.

use loadline_model::catalog;
use loadline_model::sketch::Sketch;

use crate::finding::{Finding, line_at, quoted};

/// A file with more findings is looked at no further.
const MAX_FINDINGS: usize = 100;

/// Adds what is wrong with the sketch in `text`.
pub(crate) fn check_sketch(file: &str, text: &str, sketch: &Sketch, findings: &mut Vec<Finding>) {
    let most = findings.len() + MAX_FINDINGS;
    for component in &sketch.components {
        if findings.len() >= most {
            return;
        }
        let line = || line_of_id(text, &component.id);
        let Some(role) = catalog::role(&component.role) else {
            let message = format!("{}: role {} is not known.", quoted(&component.id), quoted(&component.role));
            findings.push(Finding::error(file, line(), message, "Use a role of the palette."));
            continue;
        };
        for (name, value) in &component.settings {
            let wrong = match role.setting(name) {
                None => Some(format!("{}: {} has no setting {}.", quoted(&component.id), role.name, quoted(name))),
                Some(setting) => setting.check(value).err().map(|why| format!("{}: {why}.", quoted(&component.id))),
            };
            if let Some(message) = wrong {
                findings.push(Finding::error(file, line(), message, "Correct the setting, or remove it to use the default."));
            }
        }
        if sketch.components.iter().filter(|other| other.id == component.id).count() > 1 {
            findings.push(Finding::error(file, line(), format!("{} is there more than once.", quoted(&component.id)), "Rename one."));
        }
    }
    let known = |id: &str| sketch.component(id).is_some_and(|c| catalog::role(&c.role).is_some());
    for link in &sketch.links {
        if findings.len() >= most {
            return;
        }
        let line = || line_of_link(text, &link.from, &link.to, &link.port);
        let (from, to) = (quoted(&link.from), quoted(&link.to));
        if let Some(missing) = [&link.from, &link.to].into_iter().find(|id| sketch.component(id).is_none()) {
            let message = format!("A link from {from} to {to}: there is no {}.", quoted(missing));
            findings.push(Finding::error(file, line(), message, "Draw the part, or delete the link."));
        } else if known(&link.from) && known(&link.to) && link.target(sketch).is_none() {
            let message = format!("A link from {from} to {to}: neither end has a port {} for the other.", quoted(&link.port));
            findings.push(Finding::error(file, line(), message, "Name a port that fits."));
        }
    }
}

/// Line of `"id": "<id>"`, however it is spaced.
fn line_of_id(text: &str, id: &str) -> Option<u32> {
    let wanted = serde_json::to_string(id).ok()?;
    text.match_indices(&wanted).find(|(at, _)| key_before(text, *at) == "id").map(|(at, _)| line_at(text, at))
}

/// Line of the link's `"from"`: the one whose object also names the other end and the port.
fn line_of_link(text: &str, from: &str, to: &str, port: &str) -> Option<u32> {
    let quoted = |word: &str| serde_json::to_string(word).ok();
    let (from, to, port) = (quoted(from)?, quoted(to)?, quoted(port)?);
    let mut places = text.match_indices(&from).filter(|(at, _)| key_before(text, *at) == "from");
    let object = |at: usize| {
        let start = text.get(..at).and_then(|before| before.rfind('{')).unwrap_or(0);
        let end = text.get(at..).and_then(|after| after.find('}')).map_or(text.len(), |end| at + end);
        text.get(start..end).unwrap_or_default()
    };
    places.find(|(at, _)| object(*at).contains(&to) && object(*at).contains(&port)).map(|(at, _)| line_at(text, at))
}

/// The key whose value begins at `at`.
fn key_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default().trim_end();
    let Some(before) = before.strip_suffix(':') else { return "" };
    before.trim_end().trim_end_matches('"').rsplit('"').next().unwrap_or_default()
}
