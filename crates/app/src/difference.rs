//! What changed from one drawing to another, in words a learner would use. Pure: two sketches in, a list out, settings first told by the
//! catalog's labels. It does not say what the change does.

use std::collections::{BTreeMap, BTreeSet};

use loadline_model::catalog::{self, Range, Role, Setting};
use loadline_model::engine;
use loadline_model::sketch::{Component, Link, SettingValue, Sketch};
use loadline_model::words::counted;

use crate::contract::{Change, ChangeKind};

/// What differs, from `before` to `after`: components, then their instances and settings, then links, then what changes nothing that runs.
pub fn difference(before: &Sketch, after: &Sketch) -> Vec<Change> {
    let pairs = pairs(before, after);
    let in_after: BTreeSet<&str> = pairs.values().map(|component| component.id.as_str()).collect();
    let mut changes = Vec::new();
    for component in after.components.iter().filter(|component| !in_after.contains(component.id.as_str())) {
        changes.push(change(ChangeKind::Added, None, Some(component), format!("Added {}", described(component))));
    }
    for component in before.components.iter().filter(|component| !pairs.contains_key(component.id.as_str())) {
        changes.push(change(ChangeKind::Removed, Some(component), None, format!("Removed {}", described(component))));
    }
    for component in &before.components {
        if let Some(now) = pairs.get(component.id.as_str()) {
            settings(component, now, &mut changes);
        }
    }
    links(before, after, &pairs, &mut changes);
    looks(before, after, &pairs, &mut changes);
    changes
}

/// Which component of the second drawing each of the first has become, by its id in the first: the one of the same id and role, else of the
/// same role and name, else the only one of its role that is left on both sides.
fn pairs<'a>(before: &'a Sketch, after: &'a Sketch) -> BTreeMap<&'a str, &'a Component> {
    let mut pairs: BTreeMap<&str, &Component> = BTreeMap::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let alike: [fn(&Component, &Component) -> bool; 2] = [|one, other| one.id == other.id, |one, other| one.name == other.name];
    for alike in alike {
        for one in &before.components {
            if pairs.contains_key(one.id.as_str()) {
                continue;
            }
            let free = |other: &&Component| !taken.contains(other.id.as_str());
            let found = after.components.iter().filter(free).find(|other| other.role == one.role && alike(one, other));
            if let Some(found) = found {
                taken.insert(&found.id);
                pairs.insert(&one.id, found);
            }
        }
    }
    for one in &before.components {
        let left: Vec<_> = before.components.iter().filter(|c| c.role == one.role && !pairs.contains_key(c.id.as_str())).collect();
        let free: Vec<_> = after.components.iter().filter(|c| c.role == one.role && !taken.contains(c.id.as_str())).collect();
        if let ([only], [other]) = (left.as_slice(), free.as_slice())
            && only.id == one.id
        {
            taken.insert(&other.id);
            pairs.insert(&one.id, other);
        }
    }
    pairs
}

fn settings(before: &Component, after: &Component, changes: &mut Vec<Change>) {
    let mut add = |text: String| changes.push(change(ChangeKind::Changed, Some(before), Some(after), format!("{}: {text}", after.name)));
    if before.instances != after.instances {
        let instances = if after.instances == 1 { "instance" } else { "instances" };
        add(format!("{} → {} {instances}", before.instances, after.instances));
    }
    let role = catalog::role(&after.role);
    let names: BTreeSet<&String> = before.settings.keys().chain(after.settings.keys()).collect();
    // In the catalog's order, as the inspector shows them; what the catalog does not know comes last.
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort_by_key(|name| role.and_then(|role| role.settings.iter().position(|setting| setting.name == *name)).unwrap_or(usize::MAX));
    for name in names {
        let setting = role.and_then(|role| role.setting(name));
        let default = setting.map(|setting| &setting.default);
        let (was, is) = (before.settings.get(name).or(default), after.settings.get(name).or(default));
        if was != is {
            let label = setting.map_or_else(|| plain(name), |setting| setting.label.to_owned());
            add(format!("{label} {} → {}", value(was, setting), value(is, setting)));
        }
    }
}

fn links(before: &Sketch, after: &Sketch, pairs: &BTreeMap<&str, &Component>, changes: &mut Vec<Change>) {
    // The links of the first drawing, as they would be called in the second.
    let renamed = |id: &str| pairs.get(id).map_or_else(|| format!("{id} of the first drawing"), |component| component.id.clone());
    let was: BTreeSet<Link> =
        before.links.iter().map(|link| Link { from: renamed(&link.from), to: renamed(&link.to), port: link.port.clone() }).collect();
    let is: BTreeSet<Link> = after.links.iter().cloned().collect();
    for link in is.difference(&was) {
        let (from, to) = (after.component(&link.from), after.component(&link.to));
        changes.push(change(ChangeKind::Added, None, from.or(to), format!("Linked {}", arrow(link, from, to))));
    }
    for link in &before.links {
        let now = Link { from: renamed(&link.from), to: renamed(&link.to), port: link.port.clone() };
        if !is.contains(&now) {
            let (from, to) = (before.component(&link.from), before.component(&link.to));
            changes.push(change(ChangeKind::Removed, from.or(to), None, format!("Unlinked {}", arrow(link, from, to))));
        }
    }
}

/// Names, places, groups and comments: nothing runs differently for them.
fn looks(before: &Sketch, after: &Sketch, pairs: &BTreeMap<&str, &Component>, changes: &mut Vec<Change>) {
    let mut moved = 0_usize;
    for one in &before.components {
        let Some(now) = pairs.get(one.id.as_str()) else { continue };
        if one.name != now.name {
            let text = format!("Renamed {} to {}", one.name, now.name);
            changes.push(Change { runs: false, ..change(ChangeKind::Changed, Some(one), Some(now), text) });
        }
        moved += usize::from(one.at != now.at);
    }
    let mut plain = |kind, text: String| changes.push(Change { runs: false, ..change(kind, None, None, text) });
    if moved > 0 {
        plain(ChangeKind::Changed, format!("Moved {}", counted(moved, "component")));
    }
    for (what, was, is) in [
        (
            "group",
            ids(before.groups.iter().map(|g| (&g.id, (&g.name, &g.note)))),
            ids(after.groups.iter().map(|g| (&g.id, (&g.name, &g.note)))),
        ),
        (
            "comment",
            ids(before.comments.iter().map(|c| (&c.id, (&c.text, &c.text)))),
            ids(after.comments.iter().map(|c| (&c.id, (&c.text, &c.text)))),
        ),
    ] {
        let added = is.keys().filter(|id| !was.contains_key(*id)).count();
        let removed = was.keys().filter(|id| !is.contains_key(*id)).count();
        let changed = was.iter().filter(|(id, words)| is.get(*id).is_some_and(|now| now != *words)).count();
        for (kind, done, count) in
            [(ChangeKind::Added, "Added", added), (ChangeKind::Removed, "Removed", removed), (ChangeKind::Changed, "Reworded", changed)]
        {
            if count > 0 {
                plain(kind, format!("{done} {}", counted(count, what)));
            }
        }
    }
}

fn ids<'a>(parts: impl Iterator<Item = (&'a String, (&'a String, &'a String))>) -> BTreeMap<&'a String, (&'a String, &'a String)> {
    parts.collect()
}

fn change(kind: ChangeKind, a: Option<&Component>, b: Option<&Component>, text: String) -> Change {
    Change { kind, a: a.map(|c| c.id.clone()), b: b.map(|c| c.id.clone()), text, runs: true }
}

/// `KV cache, 3 instances`, with the role where the name does not say it.
fn described(component: &Component) -> String {
    let role = catalog::role(&component.role).map_or(component.role.as_str(), |role: &Role| role.name);
    let role = if role == component.name { String::new() } else { format!(" ({role})") };
    format!("{}{role}, {}", component.name, counted(component.instances as usize, "instance"))
}

fn arrow(link: &Link, from: Option<&Component>, to: Option<&Component>) -> String {
    let name = |component: Option<&Component>, id: &str| component.map_or_else(|| id.to_owned(), |component| component.name.clone());
    format!("{} → {} ({})", name(from, &link.from), name(to, &link.to), plain(&link.port))
}

fn value(value: Option<&SettingValue>, setting: Option<&Setting>) -> String {
    let unit = setting.map_or("", |setting| setting.unit);
    match value {
        None => "not set".to_owned(),
        Some(SettingValue::Switch(on)) => if *on { "on" } else { "off" }.to_owned(),
        Some(SettingValue::Number(number)) if unit.is_empty() || unit == "%" => format!("{number}{unit}"),
        Some(SettingValue::Number(number)) => format!("{number} {unit}"),
        Some(SettingValue::Word(word)) => match setting.map(|setting| &setting.range) {
            Some(Range::Choice { words }) => {
                words.iter().find(|(known, _)| known == word).map_or(word.as_str(), |(_, label)| label).to_owned()
            }
            Some(Range::Addresses { .. }) => engine::shown_words(word),
            _ => word.clone(),
        },
    }
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests;
