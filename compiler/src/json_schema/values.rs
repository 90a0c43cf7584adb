//! The values of each format: which booleans, numbers and texts a spec may have for it.

use nixvirt_schema::Format;
use serde_json::{Value, json};

use super::numbers;

/// The characters that no text may hold, because XML cannot: as a part of a negated class.
const FORBIDDEN: &str = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff";

/// The greatest integer of JSON that every reader of schemas holds exactly.
const GREATEST: i128 = u64::MAX as i128;

/// The greatest mode of files whose modes are listed one by one.
const MOST_MODES: u32 = 0o777;

/// The scalars of a format. `words` has the meanings of words.
pub(super) fn scalar(format: &Format, words: &[(&str, &str)]) -> Value {
    let mut ways = Vec::new();
    match (format.word_for(true).is_some(), format.word_for(false).is_some()) {
        (true, true) => ways.push(json!({ "type": "boolean" })),
        (true, false) => ways.push(json!({ "const": true })),
        (false, true) => ways.push(json!({ "const": false })),
        (false, false) => {}
    }
    match *format {
        Format::Mac { .. } | Format::Uuid | Format::Path | Format::AnyPath => {}
        _ => integers(format, &mut ways),
    }
    texts(format, words, &mut ways);
    match ways.len() {
        1 => ways.swap_remove(0),
        _ => json!({ "anyOf": ways }),
    }
}

/// A whole number within bounds, or its digits.
pub(super) fn between(least: i128, most: i128) -> Vec<Value> {
    let mut ways = Vec::new();
    let format = Format::Integer { min: least, max: most };
    integers(&format, &mut ways);
    texts(&format, &[], &mut ways);
    ways
}

/// The integers whose digits are of a format.
fn integers(format: &Format, ways: &mut Vec<Value>) {
    match *format {
        Format::Integer { min, max } => ways.push(range(min, max)),
        Format::Number { max, .. } => ways.push(range(0, max.into())),
        // The digits 8 and 9 cannot be told from the others by bounds.
        Format::Octal { max } if max > MOST_MODES => {
            ways.push(range(0, format!("{max:o}").parse().unwrap_or(GREATEST)));
        }
        Format::Octal { max } => {
            let modes: Vec<u32> = (0..=max).filter_map(|mode| format!("{mode:o}").parse().ok()).collect();
            ways.push(json!({ "enum": modes }));
        }
        Format::Text | Format::Line | Format::Path | Format::AnyPath => {
            ways.push(json!({ "type": "integer" }))
        }
        Format::Cpuset => ways.push(json!({ "type": "integer", "minimum": 0 })),
        Format::Choice(words) => {
            let numbers: Vec<i64> = words.iter().filter_map(|word| number(word)).collect();
            if !numbers.is_empty() {
                ways.push(json!({ "enum": numbers }));
            }
        }
        Format::Chars { set, min, max, .. } => {
            let has = |digit: char| format_has(set, digit);
            if ('0'..='9').all(has) {
                let least = if min > 1 { 10_i128.saturating_pow((min - 1).min(30) as u32) } else { 0 };
                let most = 10_i128.saturating_pow(max.min(30) as u32) - 1;
                ways.push(range(least, most.min(GREATEST)));
                if has('-') {
                    ways.push(json!({ "type": "integer", "maximum": -1 }));
                }
            }
        }
        Format::Pattern { .. } => integers_by_trial(format, ways),
        Format::AnyOf(formats) => formats.iter().for_each(|format| integers(format, ways)),
        Format::ByParser(format) | Format::Spelt { format, .. } | Format::Dated { format, .. } => {
            integers(format, ways);
        }
        Format::YesNo
        | Format::OnOff
        | Format::Empty
        | Format::Uuid
        | Format::Mac { .. }
        | Format::Ipv4
        | Format::Ipv6 => {}
    }
}

/// The integer that a word is the digits of.
fn number(word: &str) -> Option<i64> {
    word.parse().ok().filter(|number: &i64| number.to_string() == word)
}

/// Whether a text of this one character is made of the set.
fn format_has(set: &'static str, character: char) -> bool {
    let one = Format::Chars { what: "", set, min: 1, max: 1 };
    one.accept(character.to_string().into()).is_ok()
}

/// The integers of a pattern, as far as trying some of each length tells.
fn integers_by_trial(format: &Format, ways: &mut Vec<Value>) {
    let takes = |number: i128| format.accept(number.to_string().into()).is_ok();
    if takes(-1) {
        ways.push(json!({ "type": "integer", "maximum": -1 }));
    }
    if takes(0) {
        ways.push(json!({ "const": 0 }));
    }
    let mut length = 0;
    while length < 19 {
        let least = 10_i128.pow(length);
        let mut most = None;
        while length < 19 && takes(10_i128.pow(length)) {
            length += 1;
            most = Some(largest(&takes, 10_i128.pow(length - 1), 10_i128.pow(length) - 1));
        }
        match most {
            Some(most) => ways.push(range(least, most)),
            None => length += 1,
        }
    }
}

/// The largest that is taken between one that is and a bound, where all are taken up to it.
fn largest(takes: &impl Fn(i128) -> bool, mut least: i128, mut most: i128) -> i128 {
    while least < most {
        let middle = least + (most - least + 1) / 2;
        if takes(middle) { least = middle } else { most = middle - 1 }
    }
    least
}

fn range(min: i128, max: i128) -> Value {
    let mut range = json!({ "type": "integer" });
    if let Ok(min) = i64::try_from(min) {
        range["minimum"] = json!(min);
    }
    if let Ok(max) = u64::try_from(max) {
        range["maximum"] = json!(max);
    } else if let Ok(max) = i64::try_from(max) {
        range["maximum"] = json!(max);
    }
    range
}

/// The texts of a format.
fn texts(format: &Format, words: &[(&str, &str)], ways: &mut Vec<Value>) {
    let pattern = |pattern: &str| json!({ "type": "string", "pattern": format!("^(?:{pattern})$") });
    match *format {
        Format::YesNo => choice(&["yes", "no"], words, ways),
        Format::OnOff => choice(&["on", "off"], words, ways),
        Format::Choice(choices) => choice(choices, words, ways),
        Format::Integer { min, max } => ways.push(digits(min, max)),
        Format::Number { max, .. } => ways.push(pattern(&numbers::any_notation(max))),
        Format::Octal { max } => ways.push(pattern(&format!("0*{}", numbers::up_to(max.into(), 8)))),
        Format::Empty => ways.push(pattern(r"[ \t\n\f\r]*")),
        Format::Text => ways.push(pattern(&format!("[^{FORBIDDEN}]*"))),
        Format::Line | Format::AnyPath => ways.push(pattern(&format!(r"[^\n{FORBIDDEN}]+"))),
        Format::Path => ways.push(pattern(&format!("[^{FORBIDDEN}]+"))),
        Format::Uuid => ways.push(pattern(
            "[0-9a-fA-F]{32}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        )),
        Format::Mac { unicast } => {
            let second = if unicast { "[02468aceACE]" } else { "[0-9a-fA-F]" };
            ways.push(pattern(&format!("[0-9a-fA-F]{second}(?::[0-9a-fA-F]{{2}}){{5}}")));
        }
        Format::Ipv4 => ways.push(pattern(&numbers::ipv4())),
        Format::Ipv6 => ways.push(pattern(&numbers::ipv6())),
        Format::Cpuset => {
            let part = r"(?:\^[0-9]+|[0-9]+(?:-[0-9]+)?)";
            ways.push(pattern(&format!("{part}(?:,{part})*")));
        }
        Format::Chars { set, min, max, .. } => {
            let most = if max > 65_535 { String::new() } else { max.to_string() };
            ways.push(pattern(&format!("{}{{{min},{most}}}", class(set))));
        }
        Format::Pattern { pattern: text, .. } => ways.push(pattern(&expression(text))),
        Format::AnyOf(formats) => formats.iter().for_each(|format| texts(format, words, ways)),
        Format::ByParser(format) | Format::Spelt { format, .. } | Format::Dated { format, .. } => {
            texts(format, words, ways);
        }
    }
}

/// Words, those with a meaning each by itself: editors show it.
fn choice(choices: &[&str], words: &[(&str, &str)], ways: &mut Vec<Value>) {
    let meaning = |choice: &str| words.iter().find(|(word, _)| *word == choice).map(|(_, meaning)| *meaning);
    let (known, plain): (Vec<&str>, Vec<&str>) = choices.iter().partition(|choice| meaning(choice).is_some());
    ways.extend(known.iter().map(|choice| json!({ "const": choice, "description": meaning(choice) })));
    if !plain.is_empty() {
        ways.push(json!({ "enum": plain }));
    }
}

/// The digits of the numbers within bounds, with any number of zeros in front.
fn digits(min: i128, max: i128) -> Value {
    let up_to = |most: i128| numbers::up_to(most.unsigned_abs(), 10);
    let negative = match min {
        ..0 => format!("|-0*{}", up_to(min)),
        _ => String::new(),
    };
    let mut digits = json!({ "type": "string", "pattern": format!("^(?:0*{}{negative})$", up_to(max)) });
    if min > 0 {
        digits["not"] = json!({ "pattern": format!("^0*{}$", up_to(min - 1)) });
    }
    digits
}

/// The set of characters of a table as a class of ECMA 262.
fn class(set: &str) -> String {
    let (negated, set) = match set.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, set),
    };
    let mut class = String::from(if negated { "[^" } else { "[" });
    let mut rest = set.chars().peekable();
    let mut first = true;
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                Some('n') => class += r"\n",
                Some('s') => class += r" \t\n\r",
                Some(escaped) => escape(escaped, &mut class),
                None => {}
            },
            // A hyphen first or last stands for itself.
            '-' if !first && rest.peek().is_some() => class.push('-'),
            other => escape(other, &mut class),
        }
        first = false;
    }
    if negated {
        class += FORBIDDEN;
    }
    class + "]"
}

/// A character of a class or a literal.
fn escape(character: char, into: &mut String) {
    if character.is_ascii_punctuation() && character != '_' {
        into.push_str(&format!("\\u{:04x}", u32::from(character)));
    } else {
        into.push(character);
    }
}

/// A pattern of the tables as an expression of ECMA 262: the classes are written anew, the rest is the same there.
fn expression(pattern: &str) -> String {
    let mut expression = String::new();
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                if let Some(literal) = rest.next() {
                    escape(literal, &mut expression);
                }
            }
            '[' => {
                let mut set = String::new();
                while let Some(character) = rest.next().filter(|character| *character != ']') {
                    set.push(character);
                    if character == '\\' {
                        set.extend(rest.next());
                    }
                }
                expression += &class(&set);
            }
            '.' => expression += &format!(r"[^\n{FORBIDDEN}]"),
            '(' | ')' | '|' | '?' | '*' | '+' => expression.push(character),
            '{' => {
                expression.push('{');
                expression.extend(rest.by_ref().take_while(|character| *character != '}'));
                expression.push('}');
            }
            literal => escape(literal, &mut expression),
        }
    }
    expression
}
