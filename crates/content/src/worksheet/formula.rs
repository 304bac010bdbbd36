//! The arithmetic of a worksheet: `users * tweets_per_user * peak`, `ceil(rate / each)`. Numbers, names, `+ - * /`, brackets and five functions,
//! with units carried along. No other language is evaluated anywhere: what this does not know is an error.

use super::number::show;
use super::unit::{Dimensions, describe, is_physical, product};

/// A formula longer than this is refused, bytes.
pub const MAX_BYTES: usize = 500;
/// Brackets deeper than this are refused.
const MAX_DEPTH: u32 = 32;

/// A value in base units, and what it measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// In base units: seconds, bytes, single things.
    pub base: f64,
    /// What it measures.
    pub dimensions: Dimensions,
}

/// A formula, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// A plain number.
    Number(f64),
    /// An input or an earlier quantity.
    Name(String),
    /// The other sign.
    Minus(Box<Formula>),
    /// `+ - * /`.
    Both(Box<Formula>, Operator, Box<Formula>),
    /// A function of one or more values.
    Call(Function, Vec<Formula>),
}

/// Of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

/// The functions that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Up to the next whole number.
    Ceil,
    /// Down to a whole number.
    Floor,
    /// To the nearest whole number.
    Round,
    /// The smaller of two.
    Min,
    /// The larger of two.
    Max,
}

impl Function {
    fn word(self) -> &'static str {
        match self {
            Self::Ceil => "ceil",
            Self::Floor => "floor",
            Self::Round => "round",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Ceil, Self::Floor, Self::Round, Self::Min, Self::Max].into_iter().find(|function| function.word() == word)
    }
}

impl Operator {
    fn sign(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "−",
            Self::Times => "×",
            Self::Over => "÷",
        }
    }

    fn rank(self) -> u8 {
        if matches!(self, Self::Plus | Self::Minus) { 1 } else { 2 }
    }
}

impl Formula {
    /// Reads a formula; the error says what is wrong and where, in characters from 1.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("a formula of {} bytes, at most {MAX_BYTES}", text.len()));
        }
        let mut parser = Parser { chars: text.chars().collect(), at: 0, depth: 0 };
        let formula = parser.sum()?;
        match parser.peek() {
            None => Ok(formula),
            Some(c) => Err(parser.wrong(&format!("`{c}` is not expected"))),
        }
    }

    /// Every name in it, in reading order.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Name(name) => vec![name],
            Self::Minus(inner) => inner.names(),
            Self::Both(a, _, b) => a.names().into_iter().chain(b.names()).collect(),
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::names).collect(),
        }
    }

    /// Its value; `known` gives the values of names.
    pub fn value<'k>(&self, known: &impl Fn(&str) -> Option<&'k Value>) -> Result<Value, String> {
        let value = match self {
            Self::Number(base) => Value { base: *base, dimensions: Dimensions::new() },
            Self::Name(name) => known(name).cloned().ok_or_else(|| format!("`{name}` has no value"))?,
            Self::Minus(inner) => {
                let inner = inner.value(known)?;
                Value { base: -inner.base, ..inner }
            }
            Self::Both(a, operator, b) => both(&a.value(known)?, *operator, &b.value(known)?)?,
            Self::Call(function, arguments) => {
                let values = arguments.iter().map(|argument| argument.value(known)).collect::<Result<Vec<_>, _>>()?;
                call(*function, &values)?
            }
        };
        if value.base.is_finite() { Ok(value) } else { Err("the result is no finite number".to_owned()) }
    }

    /// The formula with each name written as `named` has it: `100M users × 1%`.
    pub fn written(&self, named: &impl Fn(&str) -> String) -> String {
        let bracketed = |inner: &Self, rank: u8, strictly: bool| {
            let text = inner.written(named);
            match inner {
                Self::Both(_, operator, _) if operator.rank() < rank || (strictly && operator.rank() == rank) => format!("({text})"),
                Self::Minus(_) => format!("({text})"),
                _ => text,
            }
        };
        match self {
            Self::Number(number) => show(*number),
            Self::Name(name) => named(name),
            Self::Minus(inner) => format!("−{}", bracketed(inner, 2, true)),
            Self::Both(a, operator, b) => {
                let right_binds = matches!(operator, Operator::Minus | Operator::Over);
                format!("{} {} {}", bracketed(a, operator.rank(), false), operator.sign(), bracketed(b, operator.rank(), right_binds))
            }
            Self::Call(function, arguments) => {
                let inside: Vec<String> = arguments.iter().map(|argument| argument.written(named)).collect();
                format!("{}({})", function.word(), inside.join(", "))
            }
        }
    }
}

fn both(a: &Value, operator: Operator, b: &Value) -> Result<Value, String> {
    match operator {
        Operator::Plus | Operator::Minus => {
            alike(&a.dimensions, &b.dimensions)?;
            let base = if operator == Operator::Plus { a.base + b.base } else { a.base - b.base };
            Ok(Value { base, dimensions: a.dimensions.clone() })
        }
        Operator::Times => Ok(Value { base: a.base * b.base, dimensions: product(&a.dimensions, &b.dimensions, 1) }),
        Operator::Over if b.base == 0.0 => Err("a division by zero".to_owned()),
        Operator::Over => Ok(Value { base: a.base / b.base, dimensions: product(&a.dimensions, &b.dimensions, -1) }),
    }
}

fn call(function: Function, values: &[Value]) -> Result<Value, String> {
    let Some(first) = values.first() else { return Err(format!("{} of nothing", function.word())) };
    let chosen = match function {
        Function::Min | Function::Max => {
            let mut chosen = first;
            for value in values {
                alike(&first.dimensions, &value.dimensions)?;
                let better = if function == Function::Min { value.base < chosen.base } else { value.base > chosen.base };
                if better {
                    chosen = value;
                }
            }
            return Ok(chosen.clone());
        }
        _ if values.len() > 1 => return Err(format!("{} takes one value", function.word())),
        _ => first,
    };
    // Whole seconds and whole GB are not the same step, so what is rounded must be a count.
    if let Some(base) = chosen.dimensions.keys().find(|base| is_physical(base)) {
        return Err(format!("{} rounds counts, and this is measured in {base}", function.word()));
    }
    let base = match function {
        Function::Ceil => chosen.base.ceil(),
        Function::Floor => chosen.base.floor(),
        _ => chosen.base.round(),
    };
    Ok(Value { base, dimensions: chosen.dimensions.clone() })
}

fn alike(a: &Dimensions, b: &Dimensions) -> Result<(), String> {
    if a == b { Ok(()) } else { Err(format!("{} and {} cannot be added or compared", describe(a), describe(b))) }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn wrong(&self, what: &str) -> String {
        format!("{what} at character {}", self.at + 1)
    }

    /// The next character that is no space, which stays where it is.
    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self) -> Result<Formula, String> {
        let mut left = self.factor()?;
        loop {
            let operator = match self.peek() {
                Some('+') => Operator::Plus,
                Some('-') => Operator::Minus,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Formula::Both(Box::new(left), operator, Box::new(self.factor()?));
        }
    }

    fn factor(&mut self) -> Result<Formula, String> {
        let mut left = self.single()?;
        loop {
            let operator = match self.peek() {
                Some('*') => Operator::Times,
                Some('/') => Operator::Over,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Formula::Both(Box::new(left), operator, Box::new(self.single()?));
        }
    }

    fn single(&mut self) -> Result<Formula, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong(&format!("more than {MAX_DEPTH} brackets or signs within each other")));
        }
        let formula = match self.peek() {
            Some('-') => {
                self.at += 1;
                Formula::Minus(Box::new(self.single()?))
            }
            Some('(') => {
                self.at += 1;
                let inner = self.sum()?;
                if !self.take(')') {
                    return Err(self.wrong("a `)` is missing"));
                }
                inner
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number()?,
            Some(c) if c.is_ascii_lowercase() => self.name()?,
            Some(c) => return Err(self.wrong(&format!("`{c}` is not expected"))),
            None => return Err(self.wrong("the formula ends too early")),
        };
        self.depth -= 1;
        Ok(formula)
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.chars.get(self.at).is_some_and(|c| belongs(*c)) {
            self.at += 1;
        }
        self.chars.get(start..self.at).unwrap_or_default().iter().collect()
    }

    fn number(&mut self) -> Result<Formula, String> {
        let text = self.word(|c| c.is_ascii_digit() || c == '.' || c == '_');
        let number = text.replace('_', "").parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(Formula::Number).ok_or_else(|| self.wrong(&format!("`{text}` is no number, just before")))
    }

    fn name(&mut self) -> Result<Formula, String> {
        let word = self.word(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !self.take('(') {
            return Ok(Formula::Name(word));
        }
        let Some(function) = Function::from_word(&word) else {
            return Err(self.wrong(&format!("there is no function `{word}` (ceil, floor, round, min, max), just before")));
        };
        let mut arguments = vec![self.sum()?];
        while self.take(',') {
            arguments.push(self.sum()?);
        }
        if self.take(')') { Ok(Formula::Call(function, arguments)) } else { Err(self.wrong("a `)` is missing")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worksheet::unit::Unit;
    use std::collections::BTreeMap;

    fn known() -> BTreeMap<&'static str, Value> {
        let value = |base: f64, unit: &str| Value { base, dimensions: Unit::parse(unit).unwrap().dimensions };
        BTreeMap::from([
            ("users", value(100e6, "users")),
            ("each", value(2.0 / 86_400.0, "tweets/user/s")),
            ("size", value(300.0, "bytes/tweet")),
            ("zero", value(0.0, "")),
            ("hour", value(3600.0, "s")),
        ])
    }

    fn value(text: &str) -> Result<(f64, String), String> {
        let known = known();
        let value = Formula::parse(text)?.value(&|name| known.get(name))?;
        Ok((value.base, describe(&value.dimensions)))
    }

    #[track_caller]
    fn check(text: &str, base: f64, dimensions: &str) {
        let (found, measured) = value(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!((found - base).abs() <= 1e-9 * base.abs(), "{text} = {found}");
        assert_eq!(measured, dimensions, "{text}");
    }

    #[test]
    fn by_hand() {
        check("1 + 2 * 3", 7.0, "a plain number");
        check("(1 + 2) * 3", 9.0, "a plain number");
        check("8 - 4 - 2", 2.0, "a plain number");
        check("8 / 4 / 2", 1.0, "a plain number");
        check("-2 * -3", 6.0, "a plain number");
        check("1_000.5 + .5", 1001.0, "a plain number");
        check("ceil(7 / 2) + floor(3.9) + round(2.4) + min(1, 2) + max(1, 2, 3)", 13.0, "a plain number");
        check("users * each", 100e6 * 2.0 / 86_400.0, "tweet/s");
        check("users * each * size", 100e6 * 2.0 / 86_400.0 * 300.0, "byte/s");
        check("users * each * size / size", 100e6 * 2.0 / 86_400.0, "tweet/s");
        check("hour / hour", 1.0, "a plain number");
    }

    #[test]
    fn what_cannot_be_worked_out_says_why() {
        for (text, why) in [
            ("", "ends too early at character 1"),
            ("1 +", "ends too early at character 4"),
            ("1 1", "`1` is not expected at character 3"),
            ("(1", "a `)` is missing"),
            ("1.2.3", "`1.2.3` is no number"),
            ("sqrt(2)", "no function `sqrt`"),
            ("system", "`system` has no value"),
            ("Users", "`U` is not expected"),
            ("1 / 0", "division by zero"),
            ("users / (zero * 2)", "division by zero"),
            ("users + hour", "user and s cannot be added"),
            ("max(users, hour)", "cannot be added or compared"),
            ("ceil(hour)", "rounds counts"),
            ("ceil(1, 2)", "takes one value"),
            ("1 ; rm", "`;` is not expected"),
        ] {
            let error = value(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(value(&format!("{}1{}", "(".repeat(40), ")".repeat(40))).unwrap_err().contains("more than 32 brackets"));
        assert!(value(&"-".repeat(400)).unwrap_err().contains("more than 32 brackets"));
        assert!(value(&"1+".repeat(251)).unwrap_err().contains("a formula of 502 bytes"));
        let huge = format!("{0}*{0}", "9".repeat(200));
        assert!(value(&huge).unwrap_err().contains("no finite number"), "an overflow is not an answer");
    }

    #[test]
    fn written_with_values() {
        let written = |text: &str| Formula::parse(text).unwrap().written(&|name| format!("<{name}>"));
        assert_eq!(written("users * each / 3"), "<users> × <each> ÷ 3");
        assert_eq!(written("(a + b) * c - (d - e)"), "(<a> + <b>) × <c> − (<d> − <e>)");
        assert_eq!(written("a / (b * c)"), "<a> ÷ (<b> × <c>)");
        assert_eq!(written("ceil(a / -2)"), "ceil(<a> ÷ (−2))");
    }
}
