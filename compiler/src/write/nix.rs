//! Printing a value as Nix, the way nixfmt would leave it alone, and remembering where each part of it stands.

use std::collections::BTreeMap;

use crate::source::json::Json;
use crate::source::places::Places;
use crate::write::comments::Comments;

/// A value without comments.
static NONE: Comments = Comments {
    before: Vec::new(),
    inside: Vec::new(),
    after: Vec::new(),
    keys: BTreeMap::new(),
    items: BTreeMap::new(),
};

/// A value printed as Nix.
#[derive(Clone, Debug, Default)]
pub struct Printed {
    /// The Nix expression, with a line break at its end.
    pub text: String,
    /// Where the parts of the value stand in it.
    pub places: Places,
}

/// Prints a value as a Nix expression.
pub fn print(value: &Json<'_>) -> Printed {
    let mut printer = Printer { text: String::new(), keeps_places: true };
    let mut places = Places::default();
    printer.value(value, 0, &mut places, &NONE);
    printer.text.push('\n');
    Printed { text: printer.text, places }
}

/// Prints a value with comments, for its text alone.
pub fn text_with_comments(value: &Json<'_>, comments: &Comments) -> String {
    let mut printer = Printer { text: String::with_capacity(4096), keeps_places: false };
    printer.comments(&comments.before, 0);
    printer.value(value, 0, &mut Places::default(), comments);
    printer.text.push('\n');
    printer.comments(&comments.after, 0);
    printer.text
}

/// An integer as an expression of Nix, which has 64 bits for it and reads a minus by itself.
fn int(value: i128) -> String {
    match i64::try_from(value) {
        Ok(i64::MIN) => format!("({} - 1)", i64::MIN + 1),
        Ok(value) => value.to_string(),
        // A string of digits is as good in a spec.
        Err(_) => format!("{:?}", value.to_string()),
    }
}

/// A string literal of Nix.
pub fn string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    push_string(&mut literal, text);
    literal
}

fn push_string(literal: &mut String, text: &str) {
    literal.push('"');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '$' if characters.peek() == Some(&'{') => literal.push_str("\\$"),
            // Nix has no way to write these and XML none to hold them; on a terminal they would do things.
            control @ '\0'..' ' => literal.extend(char::from_u32(0x2400 + u32::from(control))),
            other => literal.push(other),
        }
    }
    literal.push('"');
}

/// Whether text has several lines and an indented string of Nix gives it back unchanged: it takes away the indentation
/// that all lines share, so that one line must have none of its own; any line would do, and the first is taken.
fn reads_better_in_lines(text: &str) -> bool {
    let plain = |line: &str| !line.starts_with([' ', '\t']) || !line.trim().is_empty();
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && text.split('\n').all(plain)
        && !text.contains(['\r', '\t', '\0'])
        // Quotes next to the closing ones or to the two that escape `${`, and a dollar before it, need more care than it is worth.
        && !text.ends_with(['\'', '$', ' '])
        && !text.contains("'${")
        && !text.contains("$$")
        && !text.contains("'''")
}

/// A key as it may stand on the left of `=`.
pub fn key(name: &str) -> String {
    let mut key = String::new();
    push_key(&mut key, name);
    key
}

fn push_key(text: &mut String, name: &str) {
    const KEYWORDS: &[&str] = &["assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"];
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|other| other.is_ascii_alphanumeric() || matches!(other, '_' | '-' | '\''))
        && !KEYWORDS.contains(&name);
    if plain { text.push_str(name) } else { push_string(text, name) }
}

/// Prints a value, and where its parts stand.
struct Printer {
    text: String,
    /// Whether anybody asks for the places.
    keeps_places: bool,
}

impl Printer {
    fn value(&mut self, value: &Json<'_>, depth: usize, place: &mut Places, comments: &Comments) {
        match value {
            Json::Null => self.text.push_str("null"),
            Json::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Json::Int(value) => self.text.push_str(&int(*value)),
            Json::Float(value) => self.text.push_str(&format!("{value:?}")),
            Json::Str(text) if reads_better_in_lines(text) => self.lines(text, depth),
            Json::Str(text) => push_string(&mut self.text, text),
            Json::List(items) if items.is_empty() => self.text.push_str("[ ]"),
            Json::List(items) => self.list(items, depth, place, comments),
            Json::Opaque => self.text.push_str("..."),
            Json::Set(entries) | Json::Open(entries) if entries.is_empty() => self.text.push_str("{ }"),
            Json::Set(entries) | Json::Open(entries) => {
                self.text.push_str("{\n");
                for (name, value) in entries {
                    let own = comments.keys.get(&**name).unwrap_or(&NONE);
                    self.comments_of_path(value, own, depth + 1);
                    self.indent(depth + 1);
                    self.binding(name, value, depth + 1, place, own);
                    self.text.push(';');
                    self.end_line(own);
                }
                self.comments(&comments.inside, depth + 1);
                self.indent(depth);
                self.text.push('}');
            }
        }
    }

    /// Prints an attribute of a set; sets of one attribute as a dotted path.
    fn binding(
        &mut self,
        name: &str,
        value: &Json<'_>,
        depth: usize,
        place: &mut Places,
        comments: &Comments,
    ) {
        let start = self.text.len();
        push_key(&mut self.text, name);
        let mut below = Places { range: start..self.text.len(), ..Places::default() };
        match value {
            Json::Set(entries) if entries.len() == 1 => {
                self.text.push('.');
                let own = comments.keys.get(&*entries[0].0).unwrap_or(&NONE);
                let start = self.text.len();
                self.binding(&entries[0].0, &entries[0].1, depth, &mut below, own);
                below.value = start..self.text.len();
            }
            _ => {
                self.text.push_str(" = ");
                let start = self.text.len();
                self.value(value, depth, &mut below, comments);
                below.value = start..self.text.len();
            }
        }
        if self.keeps_places {
            place.keys.insert(name.to_owned(), below);
        }
    }

    /// Prints the comments before a binding: its own, and of a set of one attribute, which is a dotted path, those of
    /// all that the path leads through.
    fn comments_of_path(&mut self, value: &Json<'_>, comments: &Comments, depth: usize) {
        self.comments(&comments.before, depth);
        if let Json::Set(entries) = value
            && entries.len() == 1
        {
            let below = comments.keys.get(&*entries[0].0).unwrap_or(&NONE);
            self.comments_of_path(&entries[0].1, below, depth);
            self.comments(&below.after, depth);
            self.comments(&comments.inside, depth);
        }
    }

    /// Prints comments on lines of their own.
    fn comments(&mut self, comments: &[Vec<String>], depth: usize) {
        for line in comments.iter().flatten() {
            self.indent(depth);
            self.text.push('#');
            if !line.is_empty() {
                self.text.push(' ');
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    /// Ends the line of a part, with the comments behind it.
    fn end_line(&mut self, comments: &Comments) {
        for (at, line) in comments.after.iter().flatten().enumerate() {
            self.text.push_str(if at == 0 { " # " } else { " " });
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// Prints text as an indented string.
    fn lines(&mut self, text: &str, depth: usize) {
        self.text.push_str("''\n");
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.indent(depth + 1);
            }
            self.text.push_str(&line.replace("''", "'''").replace("${", "''${"));
        }
        if text.ends_with('\n') {
            self.indent(depth);
        }
        self.text.push_str("''");
    }

    fn list(&mut self, items: &[Json<'_>], depth: usize, place: &mut Places, comments: &Comments) {
        self.text.push_str("[\n");
        for (index, item) in items.iter().enumerate() {
            let own = comments.items.get(&index).unwrap_or(&NONE);
            self.comments(&own.before, depth + 1);
            self.indent(depth + 1);
            let start = self.text.len();
            let mut below = Places::default();
            // In a list, a negative number needs parentheses.
            let minus = matches!(item, Json::Int(value) if (-i128::from(i64::MAX)..0).contains(value));
            self.text.push_str(if minus { "(" } else { "" });
            self.value(item, depth + 1, &mut below, own);
            self.text.push_str(if minus { ")" } else { "" });
            if self.keeps_places {
                let end = self.text[start..].find('\n').map_or(self.text.len(), |line| start + line);
                below.range = start..end;
                below.value = start..self.text.len();
                place.items.push(below);
            }
            self.end_line(own);
        }
        self.indent(depth);
        self.text.push(']');
    }

    fn indent(&mut self, depth: usize) {
        crate::write::xml::indent(&mut self.text, depth);
    }
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::source::json::Json;

    #[test]
    fn numbers_are_printed_as_nix_reads_them() {
        let printed = |value: i128| print(&Json::List(vec![Json::Int(value)])).text;
        assert_eq!(printed(i64::MIN.into()), "[\n  (-9223372036854775807 - 1)\n]\n");
        assert_eq!(printed(-1), "[\n  (-1)\n]\n");
        assert_eq!(printed(u64::MAX.into()), "[\n  \"18446744073709551615\"\n]\n");
        assert_eq!(print(&Json::Int(-1)).text, "-1\n");
    }
}
