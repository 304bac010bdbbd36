//! `worksheet.toml` to a [`Worksheet`]: names, units, circles and divisions checked, every answer worked out. A row that cannot be worked out
//! is left out with what depends on it, and found.

use std::collections::{BTreeMap, BTreeSet};

use loadline_model::scenario::Scenario;

use super::formula::{Formula, Value};
use super::number::show_with;
use super::unit::{Unit, describe};
use super::{Input, InputFile, MAX_ROWS, Quantity, QuantityFile, Worksheet, WorksheetFile};
use crate::finding::{Finding, quoted};
use crate::lint::toml::Doc;

/// Works out the worksheet; `None` when the file is not one.
pub(crate) fn read(doc: &Doc<'_>, scenarios: &BTreeMap<String, Scenario>, findings: &mut Vec<Finding>) -> Option<Worksheet> {
    let file: WorksheetFile = doc.read(findings)?;
    let mut reader = Reader { doc, scenarios, findings, values: BTreeMap::new(), shown: BTreeMap::new() };
    if !(file.tolerance > 1.0 && file.tolerance <= 10.0) {
        let message = format!("tolerance is {}: it must be above 1 and at most 10.", file.tolerance);
        reader.find(&["tolerance"], message, "Say 2 for a factor of 2, either way.");
    }
    for (table, rows) in [("input", file.inputs.len()), ("quantity", file.quantities.len())] {
        if rows > MAX_ROWS {
            reader.find(&[table], format!("{rows} rows of {table}, at most {MAX_ROWS}."), "Ask for fewer.");
        }
    }
    let ids: Vec<&str> =
        file.inputs.iter().map(|input| input.id.as_str()).chain(file.quantities.iter().map(|quantity| quantity.id.as_str())).collect();
    let mut inputs = Vec::new();
    for (at, input) in file.inputs.iter().enumerate().take(MAX_ROWS) {
        inputs.extend(reader.input(&at.to_string(), input));
    }
    let formulas: BTreeMap<&str, Formula> = file
        .quantities
        .iter()
        .take(MAX_ROWS)
        .filter_map(|quantity| Some((quantity.id.as_str(), Formula::parse(&quantity.formula).ok()?)))
        .collect();
    let mut quantities = Vec::new();
    for (at, quantity) in file.quantities.iter().enumerate().take(MAX_ROWS) {
        quantities.extend(reader.quantity(&at.to_string(), quantity, &ids, &formulas));
    }
    if file.quantities.is_empty() {
        reader.find(&[], "The worksheet asks for nothing.".to_owned(), "Add a [[quantity]].");
    }
    Some(Worksheet { tolerance: file.tolerance, inputs, quantities })
}

struct Reader<'a> {
    doc: &'a Doc<'a>,
    scenarios: &'a BTreeMap<String, Scenario>,
    findings: &'a mut Vec<Finding>,
    values: BTreeMap<String, Value>,
    /// As the arithmetic shows them.
    shown: BTreeMap<String, String>,
}

impl Reader<'_> {
    fn find(&mut self, path: &[&str], message: String, remedy: &str) {
        self.findings.push(Finding::error(self.doc.file, self.doc.line(path), message, remedy));
    }

    /// The unit of a row, when the row's names and texts are in order.
    fn row(&mut self, table: &str, at: &str, id: &str, label: &str, unit: &str) -> Option<Unit> {
        let well_formed = (1..=48).contains(&id.len())
            && id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !well_formed {
            self.find(&[table, at, "id"], format!("{} cannot be a name.", quoted(id)), "Use lower-case letters, digits and underscores.");
            return None;
        }
        if self.values.contains_key(id) {
            self.find(&[table, at, "id"], format!("{} is there twice.", quoted(id)), "Rename one.");
            return None;
        }
        if label.trim().is_empty() {
            self.find(&[table, at, "label"], "label is empty.".to_owned(), "Fill it in.");
        }
        match Unit::parse(unit) {
            Ok(unit) => Some(unit),
            Err(why) => {
                let message = format!("{}: the unit {}: {why}.", quoted(id), quoted(unit));
                self.find(&[table, at, "unit"], message, "Write it like timelines/user/day, GB or ms.");
                None
            }
        }
    }

    fn input(&mut self, at: &str, file: &InputFile) -> Option<Input> {
        let unit = self.row("input", at, &file.id, &file.label, &file.unit)?;
        let (base, source) = match (&file.from, file.value) {
            (Some(from), None) => {
                let Some((base, seconds, source)) = self.of_scenario(from) else {
                    let remedy = "Name scenario.users, .modelled_users, .follows_mean, .tweets_each, .per_s, .OPERATION.per_s, .OPERATION.deadline_ms or .target.FIGURE.";
                    self.find(&["input", at, "from"], format!("There is no {} in a scenario.", quoted(from)), remedy);
                    return None;
                };
                let has = unit.dimensions.get("s").copied().unwrap_or(0);
                if has != seconds || unit.dimensions.contains_key("byte") {
                    let is = ["a rate in 1/s", "a plain count", "a time"][(seconds + 1) as usize];
                    let message = format!("{} is {is}, and {} is stated in {}.", quoted(from), quoted(&file.id), quoted(&file.unit));
                    self.find(&["input", at, "unit"], message, "State the unit that the scenario has.");
                    return None;
                }
                (base, if file.source.is_empty() { source } else { file.source.clone() })
            }
            (None, Some(value)) => {
                if !value.is_finite() {
                    self.find(&["input", at, "value"], format!("{} is no finite number.", quoted(&file.id)), "Correct the number.");
                    return None;
                }
                if file.source.trim().is_empty() {
                    let remedy = "Say where the figure comes from, or that it is assumed.";
                    self.find(&["input", at], format!("{} has no source.", quoted(&file.id)), remedy);
                }
                (value * unit.factor, file.source.clone())
            }
            _ => {
                let remedy = "Give one of them: from takes a number of a scenario, value states one.";
                self.find(&["input", at], format!("{} needs either from or value.", quoted(&file.id)), remedy);
                return None;
            }
        };
        let value = base / unit.factor;
        self.keep(&file.id, &file.unit, value, Value { base, dimensions: unit.dimensions });
        Some(Input { id: file.id.clone(), label: file.label.clone(), value, unit: file.unit.clone(), source })
    }

    fn keep(&mut self, id: &str, unit: &str, value: f64, known: Value) {
        self.shown.insert(id.to_owned(), show_with(value, unit));
        self.values.insert(id.to_owned(), known);
    }

    /// A number of a scenario in base units, its exponent of seconds, and its source.
    fn of_scenario(&self, from: &str) -> Option<(f64, i32, String)> {
        let (name, what) = from.split_once('.')?;
        let scenario = self.scenarios.get(name)?;
        let people = &scenario.population;
        let count = |n: f64| Some((n, 0, people.source.clone()));
        match what {
            "users" => return count(people.users as f64),
            "modelled_users" => return count(f64::from(people.modelled_users)),
            "follows_mean" => return count(people.follows_mean),
            "tweets_each" => return count(f64::from(people.tweets_each)),
            "per_s" => return Some((scenario.total_per_s(), -1, format!("Sum of the rates of the scenario {name}."))),
            _ => {}
        }
        if let Some(figure) = what.strip_prefix("target.") {
            let target = scenario.targets.iter().find(|target| target.figure == figure)?;
            let source = format!("Target of the scenario {name}.");
            return match target.unit.as_str() {
                "ms" => Some((target.at_most / 1000.0, 1, source)),
                "%" => Some((target.at_most / 100.0, 0, source)),
                _ => None,
            };
        }
        let (operation, key) = what.split_once('.')?;
        let operation = scenario.operation(operation)?;
        match key {
            "per_s" => Some((operation.per_s, -1, operation.source.clone())),
            "deadline_ms" => Some((operation.deadline_ms / 1000.0, 1, operation.source.clone())),
            _ => None,
        }
    }

    fn quantity(&mut self, at: &str, file: &QuantityFile, ids: &[&str], formulas: &BTreeMap<&str, Formula>) -> Option<Quantity> {
        let unit = self.row("quantity", at, &file.id, &file.label, &file.unit)?;
        let path = ["quantity", at, "formula"];
        if file.prompt.trim().is_empty() {
            self.find(&["quantity", at, "prompt"], "prompt is empty.".to_owned(), "Ask for the number in a sentence.");
        }
        let formula = match Formula::parse(&file.formula) {
            Ok(formula) => formula,
            Err(why) => {
                self.find(&path, format!("{}: {why}.", quoted(&file.id)), "Use + - * /, brackets, ceil, floor, round, min and max.");
                return None;
            }
        };
        for name in formula.names() {
            if self.values.contains_key(name) {
                continue;
            }
            if let Some(circle) = circle(&file.id, formulas) {
                let message = format!("{} goes in a circle: {}.", quoted(&file.id), circle.join(" needs "));
                self.find(&path, message, "Let one of them be an input.");
            } else if ids.contains(&name) {
                let message = format!("{} needs {}, which is not worked out before it.", quoted(&file.id), quoted(name));
                self.find(&path, message, "Move that row up, or correct it.");
            } else {
                self.find(&path, format!("{}: there is no {}.", quoted(&file.id), quoted(name)), "Name an input or an earlier quantity.");
            }
            return None;
        }
        let value = match formula.value(&|name| self.values.get(name)) {
            Ok(value) => value,
            Err(why) => {
                self.find(&path, format!("{}: {why}.", quoted(&file.id)), "Correct the formula, or the inputs' units and values.");
                return None;
            }
        };
        if value.dimensions != unit.dimensions {
            let gives = describe(&value.dimensions);
            let message = format!("{} is stated in {}, and its formula gives {gives}.", quoted(&file.id), quoted(&file.unit));
            self.find(&["quantity", at, "unit"], message, "Correct the unit or the formula.");
            return None;
        }
        let answer = value.base / unit.factor;
        let arithmetic = formula.written(&|name| self.shown.get(name).cloned().unwrap_or_else(|| name.to_owned()));
        let worked = format!("{arithmetic} = {}", show_with(answer, &file.unit));
        self.keep(&file.id, &file.unit, answer, value);
        Some(Quantity {
            id: file.id.clone(),
            label: file.label.clone(),
            prompt: file.prompt.clone(),
            unit: file.unit.clone(),
            value: answer,
            worked,
            so: file.so.clone(),
        })
    }
}

/// The way from `start` back to itself over formulas, `start` at both ends; `None` when there is none.
fn circle(start: &str, formulas: &BTreeMap<&str, Formula>) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![start.to_owned()]];
    while let Some(way) = ways.pop() {
        let names = way.last().and_then(|last| formulas.get(last.as_str())).map(Formula::names).unwrap_or_default();
        for name in names {
            let mut longer = way.clone();
            longer.push(name.to_owned());
            if name == start {
                return Some(longer);
            }
            if seen.insert(name.to_owned()) {
                ways.push(longer);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"tolerance = 2
[[input]]
id = "users"
label = "Users"
unit = "users"
value = 100_000_000
source = "assumed"
[[input]]
id = "each"
label = "Timelines a user"
unit = "timelines/user/day"
value = 5
source = "assumed"
[[quantity]]
id = "mean"
label = "Mean"
prompt = "How many a second?"
unit = "timelines/s"
formula = "users * each"
[[quantity]]
id = "peak"
label = "Peak"
prompt = "And at peak?"
unit = "timelines/s"
formula = "mean * 3"
"#;

    fn read_text(text: &str) -> (Worksheet, Vec<String>) {
        let mut findings = Vec::new();
        let doc = Doc::new("ex/worksheet.toml", text);
        let sheet = read(&doc, &BTreeMap::new(), &mut findings).unwrap_or_default();
        (sheet, findings.iter().map(Finding::to_string).collect())
    }

    #[test]
    fn answers_are_worked_out_with_their_units() {
        let (sheet, findings) = read_text(SOUND);
        assert_eq!(findings, [""; 0]);
        // By hand: 100e6 x 5 / 86,400 = 5,787.04, and three times that is 17,361.1.
        assert!((sheet.quantities[0].value - 5787.037).abs() < 0.001 && (sheet.quantities[1].value - 17_361.11).abs() < 0.01);
        assert_eq!(sheet.quantities[0].worked, "100M users × 5 timelines/user/day = 5.79K timelines/s");
        assert_eq!(sheet.shown("peak").as_deref(), Some("17.4K timelines/s"));
        assert_eq!(sheet.shown("other"), None);
    }

    #[track_caller]
    fn check(from: &str, to: &str, wanted: &str) {
        assert!(SOUND.contains(from), "{from}");
        let (_, findings) = read_text(&SOUND.replacen(from, to, 1));
        assert!(findings.iter().any(|f| f.starts_with(&format!("ex/worksheet.toml:{wanted}"))), "wanted {wanted}, found {findings:#?}");
    }

    #[test]
    fn what_is_wrong_is_found_with_its_line() {
        check("unit = \"timelines/s\"", "unit = \"GB\"", "18: error: `mean` is stated in `GB`, and its formula gives timeline/s.");
        check("unit = \"users\"", "unit = \"Users\"", "5: error: `users`: the unit `Users`: `Users` is no unit.");
        check("formula = \"users * each\"", "formula = \"peak / 3\"", "19: error: `mean` goes in a circle: mean needs peak needs mean.");
        check("formula = \"users * each\"", "formula = \"mean\"", "19: error: `mean` goes in a circle: mean needs mean.");
        check("formula = \"users * each\"", "formula = \"users / (each - each)\"", "19: error: `mean`: a division by zero.");
        check("formula = \"users * each\"", "formula = \"users * nobody\"", "19: error: `mean`: there is no `nobody`.");
        check("formula = \"users * each\"", "formula = \"users *\"", "19: error: `mean`: the formula ends too early at character 8.");
        check("formula = \"users * each\"", "formula = \"users + each\"", "19: error: `mean`: user and timeline/s/user cannot be added");
        check("id = \"peak\"", "id = \"mean\"", "21: error: `mean` is there twice.");
        check("id = \"peak\"", "id = \"Peak rate\"", "21: error: `Peak rate` cannot be a name.");
        check("source = \"assumed\"\n[[input]]", "source = \"\"\n[[input]]", "2: error: `users` has no source.");
        check("value = 100_000_000", "value = inf", "6: error: `users` is no finite number.");
        check("value = 100_000_000", "from = \"reference.users\"", "6: error: There is no `reference.users` in a scenario.");
        check("value = 100_000_000\n", "", "2: error: `users` needs either from or value.");
        check("tolerance = 2", "tolerance = 0.5", "1: error: tolerance is 0.5");
        check("prompt = \"And at peak?\"", "prompt = \"\"", "23: error: prompt is empty.");
        check("label = \"Users\"", "label = \"Users\"\nlable = \"x\"", "5: error: unknown field `lable`");
    }

    #[test]
    fn ten_thousand_rows_end() {
        let row = "[[quantity]]\nid = \"q\"\nlabel = \"Q\"\nprompt = \"?\"\nunit = \"\"\nformula = \"1\"\n";
        let (sheet, findings) = read_text(&row.repeat(10_000));
        assert!(findings.iter().any(|f| f.contains("10000 rows of quantity, at most 60.")), "{findings:#?}");
        assert!(sheet.quantities.len() <= MAX_ROWS && findings.len() <= MAX_ROWS + 2);
    }
}
