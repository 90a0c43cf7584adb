//! Writes a value as YAML: the same text for the same value, which PyYAML and readers of YAML 1.2 take for the same.
//!
//! The writer is our own because its reader is PyYAML: a writer of YAML 1.2 leaves `on`, `0644` and `12:30` without quotes.

use std::fmt::Write as _;

use super::scalar::is_plain_safe;
use crate::source::json::Json;

/// The text of a set or list in blocks, with its final newline. Keys of a set whose value is null are left out of sets, as
/// everywhere in nixvirt.
pub(crate) fn write(value: &Json<'_>) -> String {
    let mut out = String::new();
    match value {
        Json::Set(_) | Json::Open(_) | Json::List(_) => block(value, 0, &mut out),
        _ => {
            scalar(value, 0, &mut out);
            out.push('\n');
        }
    }
    out
}

/// The entries of a set that count.
fn entries<'j, 'a>(value: &'j Json<'a>) -> Vec<(&'j str, &'j Json<'a>)> {
    match value {
        Json::Set(entries) | Json::Open(entries) => {
            let given = entries.iter().filter(|(_, value)| *value != Json::Null);
            given.map(|(key, value)| (&**key, value)).collect()
        }
        _ => Vec::new(),
    }
}

/// Writes a set or list, each line behind `depth` times two spaces.
fn block(value: &Json<'_>, depth: usize, out: &mut String) {
    match value {
        Json::List(items) => {
            if items.is_empty() {
                out.push_str(&format!("{}[]\n", "  ".repeat(depth)));
            }
            for item in items {
                out.push_str(&"  ".repeat(depth));
                out.push('-');
                below(item, depth, true, out);
            }
        }
        _ => {
            let entries = entries(value);
            if entries.is_empty() {
                out.push_str(&format!("{}{{}}\n", "  ".repeat(depth)));
            }
            for (key, value) in entries {
                out.push_str(&"  ".repeat(depth));
                text(key, depth, false, out);
                out.push(':');
                below(value, depth, false, out);
            }
        }
    }
}

/// Writes what is behind a `-` or a key.
fn below(value: &Json<'_>, depth: usize, in_list: bool, out: &mut String) {
    match value {
        Json::List(items) if !items.is_empty() => {
            out.push('\n');
            block(value, depth + 1, out);
        }
        Json::Set(_) | Json::Open(_) if !entries(value).is_empty() => {
            if !in_list {
                out.push('\n');
                return block(value, depth + 1, out);
            }
            // The first key of a set stands behind the dash.
            let mut inner = String::new();
            block(value, depth + 1, &mut inner);
            out.push(' ');
            out.push_str(&inner[(depth + 1) * 2..]);
        }
        _ => {
            out.push(' ');
            scalar(value, depth, out);
            out.push('\n');
        }
    }
}

fn scalar(value: &Json<'_>, depth: usize, out: &mut String) {
    match value {
        Json::Null | Json::Opaque => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Int(number) => out.push_str(&number.to_string()),
        Json::Float(number) => out.push_str(&float(*number)),
        Json::Str(value) => text(value, depth, true, out),
        Json::List(_) => out.push_str("[]"),
        Json::Set(_) | Json::Open(_) => out.push_str("{}"),
    }
}

/// A number with a fraction or an exponent. PyYAML takes `1e30` for a text: it wants a point, and a sign before the exponent.
fn float(number: f64) -> String {
    let text = format!("{number:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{mantissa}{point}e{sign}{exponent}")
        }
        None => text,
    }
}

/// Writes a text: as a word, as lines in a block, or in quotes.
fn text(value: &str, depth: usize, may_be_block: bool, out: &mut String) {
    if is_plain_safe(value) {
        out.push_str(value);
    } else if may_be_block && is_block_safe(value) {
        out.push_str(if value.ends_with('\n') { "|" } else { "|-" });
        for line in value.strip_suffix('\n').unwrap_or(value).split('\n') {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(&"  ".repeat(depth + 1));
                out.push_str(line);
            }
        }
    } else {
        quoted(value, out);
    }
}

/// Whether lines in a block are the text itself: they can be printed, the first shows the indentation, and one newline at most
/// ends the text.
fn is_block_safe(value: &str) -> bool {
    let body = value.strip_suffix('\n').unwrap_or(value);
    let is_printed = |one: char| one == '\n' || one == '\t' || (!one.is_control() && !is_break(one));
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\t', '\n'])
        && value.chars().all(is_printed)
        && body.split('\n').all(|line| line.is_empty() || !line.trim().is_empty())
}

/// Characters that end a line for some readers, or that PyYAML does not take as they are.
fn is_break(one: char) -> bool {
    matches!(one, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Writes a text in double quotes. What cannot be printed is escaped.
fn quoted(value: &str, out: &mut String) {
    out.push('"');
    for one in value.chars() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            one if one.is_control() || is_break(one) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(one));
            }
            one => out.push(one),
        }
    }
    out.push('"');
}
