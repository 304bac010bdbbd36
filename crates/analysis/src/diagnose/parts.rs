//! Each component by itself: id, role, number of instances, settings.

use loadline_model::catalog;
use loadline_model::diagnostic::{Diagnostic, Severity};

use super::Drawing;

/// Longest id, in characters: it becomes part of process names and paths.
const MAX_ID: usize = 48;

pub(super) fn check(drawing: &Drawing<'_>, found: &mut Vec<Diagnostic>) {
    let clients: Vec<usize> = drawing.with_role("client").collect();
    match clients.as_slice() {
        [] => found.push(Diagnostic::new(
            Severity::Error,
            "no_client",
            None,
            "Nothing asks for anything: there is no client.",
            "Add a Client and link it to the part that takes its requests.",
        )),
        [_] => {}
        [_, more @ ..] => found.extend(more.iter().map(|at| {
            drawing.finding(Severity::Error, "several_clients", *at, "a second client. One stands for all users.".into(), "Delete it.")
        })),
    }
    for (at, component) in drawing.sketch.components.iter().enumerate() {
        let id = component.id.as_str();
        let well_formed = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if id.is_empty() || id.len() > MAX_ID || !well_formed {
            let remedy = format!("Use 1 to {MAX_ID} lower-case letters, digits and dashes.");
            found.push(drawing.finding(Severity::Error, "id_invalid", at, format!("`{}` cannot be an id.", shortened(id)), remedy));
        }
        if !drawing.is_first(at) {
            let reason = format!("another part has the id `{}` already.", shortened(id));
            found.push(drawing.finding(Severity::Error, "id_twice", at, reason, "Give it an id of its own."));
        }
        let Some(role) = catalog::role(&component.role) else {
            let reason = format!("role `{}` is not known here.", shortened(&component.role));
            found.push(drawing.finding(Severity::Error, "role_unknown", at, reason, "Choose a part from the palette in its place."));
            continue;
        };
        if component.instances == 0 || component.instances > role.max_instances {
            let reason = format!("{} instances; it runs with 1 to {}.", component.instances, role.max_instances);
            let remedy = format!("Set 1 to {} instances.", role.max_instances);
            found.push(drawing.finding(Severity::Error, "instances_out_of_range", at, reason, remedy));
        }
        for (name, value) in &component.settings {
            match role.setting(name) {
                None => {
                    let reason = format!("it has no setting `{}`.", shortened(name));
                    found.push(drawing.finding(Severity::Error, "setting_unknown", at, reason, "Remove the setting."));
                }
                Some(setting) => {
                    if let Err(why) = setting.check(value) {
                        let remedy = "Correct the value, or remove it to use the default.";
                        found.push(drawing.finding(Severity::Error, "setting_invalid", at, format!("{why}."), remedy));
                    }
                }
            }
        }
        if !role.runs {
            let remedy = "Keep it for the discussion; a run passes it by.";
            found.push(drawing.finding(Severity::Note, "drawn_only", at, "drawn only: does not run yet.".into(), remedy));
        }
    }
}

/// A word from a file, short enough for a sentence.
fn shortened(word: &str) -> String {
    if word.chars().count() <= MAX_ID { word.to_owned() } else { word.chars().take(MAX_ID).chain(['…']).collect() }
}
