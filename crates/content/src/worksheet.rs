//! The estimation worksheet: quantities with units, worked out from a scenario's own inputs, so that the worked answers and the rates that run
//! cannot disagree. Grading is arithmetic: the same answers give the same grades.
//!
//! | module | what it holds |
//! |---|---|
//! | [`unit`] | units and what converts into what |
//! | [`formula`] | the arithmetic |
//! | [`number`] | numbers as people write them |
//! | [`read`] | `worksheet.toml`, checked |

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub mod formula;
pub mod number;
mod read;
pub mod unit;

pub(crate) use read::read;

/// Most inputs, and most quantities.
pub const MAX_ROWS: usize = 60;

/// `worksheet.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorksheetFile {
    /// An answer is right within this factor, either way.
    #[serde(default = "two")]
    pub tolerance: f64,
    #[serde(rename = "input", default)]
    pub inputs: Vec<InputFile>,
    #[serde(rename = "quantity", default)]
    pub quantities: Vec<QuantityFile>,
}

fn two() -> f64 {
    2.0
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputFile {
    pub id: String,
    pub label: String,
    pub unit: String,
    /// `reference.users`, `reference.tweet_post.per_s`: a number of a scenario.
    #[serde(default)]
    pub from: Option<String>,
    /// A number of the worksheet's own, in `unit`.
    #[serde(default)]
    pub value: Option<f64>,
    /// Where the number comes from; that of a scenario has its source there.
    #[serde(default)]
    pub source: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuantityFile {
    pub id: String,
    pub label: String,
    pub prompt: String,
    pub unit: String,
    pub formula: String,
    /// What the number decides: shown with the worked answer.
    #[serde(default)]
    pub so: String,
}

/// A worksheet, worked out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Worksheet {
    /// An answer is right within this factor, either way.
    pub tolerance: f64,
    /// What is given.
    pub inputs: Vec<Input>,
    /// What is asked.
    pub quantities: Vec<Quantity>,
}

/// A number that is given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Input {
    /// Name in formulas and in texts.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// In `unit`.
    pub value: f64,
    /// As its author wrote it.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
}

/// A number that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quantity {
    /// Name in formulas and in texts.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// The question.
    pub prompt: String,
    /// As its author wrote it.
    pub unit: String,
    /// The answer, in `unit`: shut until an attempt.
    pub value: f64,
    /// The arithmetic with its values and its result: shut until an attempt.
    pub worked: String,
    /// What the number decides, in Markdown: shut until an attempt.
    pub so: String,
}

/// One answer, graded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grade {
    /// Quantity.
    pub id: String,
    /// What was said, in the quantity's unit; absent when it could not be read.
    pub said: Option<f64>,
    /// Why it could not be read, with the remedy.
    pub problem: Option<String>,
    /// said ÷ answer; absent when nothing was read.
    pub ratio: Option<f64>,
    /// Within the tolerance; absent when nothing was read.
    pub near: Option<bool>,
}

impl Worksheet {
    /// The quantity with this id.
    pub fn quantity(&self, id: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|quantity| quantity.id == id)
    }

    /// A value by name with its unit, `16.8K timelines/s`: what a text puts in the place of `{{name}}`.
    pub fn shown(&self, id: &str) -> Option<String> {
        let input = self.inputs.iter().find(|input| input.id == id).map(|input| (input.value, &input.unit));
        let (value, unit) = input.or_else(|| self.quantity(id).map(|quantity| (quantity.value, &quantity.unit)))?;
        Some(number::show_with(value, unit))
    }

    /// Grades answers as they were typed, by quantity. Blanks are left out; an answer to a quantity that is not asked is a problem.
    pub fn grade(&self, answers: &BTreeMap<String, String>) -> Vec<Grade> {
        answers.iter().filter(|(_, text)| !text.trim().is_empty()).map(|(id, text)| self.grade_one(id, text)).collect()
    }

    fn grade_one(&self, id: &str, text: &str) -> Grade {
        let nothing = |problem: String| Grade { id: id.to_owned(), said: None, problem: Some(problem), ratio: None, near: None };
        let Some(quantity) = self.quantity(id) else { return nothing("this worksheet does not ask for it".to_owned()) };
        let said = unit::Unit::parse(&quantity.unit).and_then(|unit| number::read(text, &unit, &quantity.unit));
        match said {
            Err(problem) => nothing(problem),
            Ok(said) => {
                let ratio = if said == quantity.value { 1.0 } else { said / quantity.value };
                let near = ratio <= self.tolerance * (1.0 + 1e-9) && ratio >= (1.0 - 1e-9) / self.tolerance;
                Grade { id: id.to_owned(), said: Some(said), problem: None, ratio: ratio.is_finite().then_some(ratio), near: Some(near) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Worksheet {
        let quantity = |id: &str, value: f64| Quantity {
            id: id.into(),
            label: id.into(),
            prompt: "?".into(),
            unit: "tweets/s".into(),
            value,
            worked: String::new(),
            so: String::new(),
        };
        Worksheet { tolerance: 2.0, inputs: Vec::new(), quantities: vec![quantity("rate", 35.0), quantity("none", 0.0)] }
    }

    #[track_caller]
    fn check(id: &str, text: &str, near: Option<bool>) -> Grade {
        let grades = sheet().grade(&BTreeMap::from([(id.to_owned(), text.to_owned())]));
        assert_eq!(grades.len(), 1);
        assert_eq!(grades[0].near, near, "{text}: {grades:?}");
        grades[0].clone()
    }

    #[test]
    fn within_a_factor_of_two_either_way() {
        for (text, near) in [("35", true), ("70", true), ("17.5", true), ("70.1", false), ("17.4", false), ("-35", false), ("0", false)] {
            check("rate", text, Some(near));
        }
        assert_eq!(check("rate", "3M tweets/day", Some(true)).ratio.map(|ratio| (ratio * 1000.0).round()), Some(992.0));
        check("none", "0", Some(true));
        assert_eq!(check("none", "1", Some(false)).ratio, None, "nothing is a multiple of nothing");
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_and_no_grade() {
        assert!(check("rate", "a lot", None).problem.unwrap().contains("write a number (tweets/s)"));
        assert!(check("other", "1", None).problem.unwrap().contains("does not ask"));
        assert_eq!(sheet().grade(&BTreeMap::from([("rate".to_owned(), " ".to_owned())])), []);
    }
}
