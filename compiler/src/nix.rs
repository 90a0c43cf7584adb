//! Printing a value as Nix, the way nixfmt would leave it alone, and remembering where each part of it stands.

use std::ops::Range;

use crate::json::Json;
use crate::path::{Path, Step};

/// A value printed as Nix.
#[derive(Clone, Debug, Default)]
pub struct Printed {
    /// The text.
    pub text: String,
    /// Where the attribute or list element at each path stands: its key, or its value where it has no key.
    places: Vec<(Path, Range<usize>)>,
}

impl Printed {
    /// The place of a path: its own, or that of what holds it where it is not there itself.
    pub fn place(&self, path: &Path) -> Option<Range<usize>> {
        let same = |one: &Step, other: &Step| {
            one.key == other.key && one.index.unwrap_or(0) == other.index.unwrap_or(0)
        };
        let exactly = self.places.iter().rev().find(|(known, _)| known == path && !path.0.is_empty());
        if let Some((_, range)) = exactly {
            return Some(range.clone());
        }
        let mut steps = &path.0[..];
        while !steps.is_empty() {
            let here = |place: &&(Path, Range<usize>)| {
                place.0.0.len() == steps.len()
                    && place.0.0.iter().zip(steps).all(|(one, other)| same(one, other))
            };
            // A list and its first element have the same path as far as `same` goes; the element comes later.
            if let Some((_, range)) = self.places.iter().rev().find(here) {
                return Some(range.clone());
            }
            steps = &steps[..steps.len() - 1];
        }
        None
    }
}

/// Prints a value.
pub fn print(value: &Json<'_>) -> Printed {
    let mut printed = Printed::default();
    printed.value(value, 0, &mut Vec::new());
    printed.text.push('\n');
    printed
}

/// A string literal of Nix.
pub fn string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
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
    literal
}

/// Whether text has several lines and an indented string of Nix gives it back unchanged: it takes away the indentation
/// that all lines share, so that one line must have none of its own, and the first is as good as any.
fn reads_better_in_lines(text: &str) -> bool {
    let plain = |line: &str| !line.starts_with([' ', '\t']) || !line.trim().is_empty();
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && text.split('\n').all(plain)
        && !text.contains(['\r', '\t', '\0'])
        // Quotes next to the closing ones, and a dollar before a brace that is escaped already, need more care than it is worth.
        && !text.ends_with(['\'', '$', ' '])
        && !text.contains("$$")
        && !text.contains("'''")
}

/// A key as it may stand on the left of `=`.
pub fn key(name: &str) -> String {
    const KEYWORDS: &[&str] = &["assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"];
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|other| other.is_ascii_alphanumeric() || matches!(other, '_' | '-' | '\''))
        && !KEYWORDS.contains(&name);
    if plain { name.to_owned() } else { string(name) }
}

impl Printed {
    fn value(&mut self, value: &Json<'_>, depth: usize, path: &mut Vec<Step>) {
        match value {
            Json::Null => self.text.push_str("null"),
            Json::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Json::Int(value) => self.text.push_str(&value.to_string()),
            Json::Float(value) => self.text.push_str(&format!("{value:?}")),
            Json::Str(text) if reads_better_in_lines(text) => self.lines(text, depth),
            Json::Str(text) => self.text.push_str(&string(text)),
            Json::List(items) if items.is_empty() => self.text.push_str("[ ]"),
            Json::List(items) => self.list(items, depth, path),
            Json::Opaque => self.text.push_str("..."),
            Json::Set(entries) | Json::Open(entries) if entries.is_empty() => self.text.push_str("{ }"),
            Json::Set(entries) | Json::Open(entries) => {
                self.text.push_str("{\n");
                for (name, value) in entries {
                    self.indent(depth + 1);
                    self.binding(name, value, depth + 1, path);
                    self.text.push_str(";\n");
                }
                self.indent(depth);
                self.text.push('}');
            }
        }
    }

    /// Prints an attribute of a set; sets of one attribute as a dotted path.
    fn binding(&mut self, name: &str, value: &Json<'_>, depth: usize, path: &mut Vec<Step>) {
        let start = self.text.len();
        self.text.push_str(&key(name));
        path.push(Step { key: name.to_owned(), index: None });
        self.places.push((Path(path.clone()), start..self.text.len()));
        match value {
            Json::Set(entries) if entries.len() == 1 => {
                self.text.push('.');
                self.binding(&entries[0].0, &entries[0].1, depth, path);
            }
            _ => {
                self.text.push_str(" = ");
                self.value(value, depth, path);
            }
        }
        path.pop();
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

    fn list(&mut self, items: &[Json<'_>], depth: usize, path: &mut Vec<Step>) {
        self.text.push_str("[\n");
        for (index, item) in items.iter().enumerate() {
            self.indent(depth + 1);
            let start = self.text.len();
            let outer = path.last_mut().map(|step| step.index.replace(index));
            self.value(item, depth + 1, path);
            let end = self.text[start..].find('\n').map_or(self.text.len(), |line| start + line);
            self.places.push((Path(path.clone()), start..end));
            if let (Some(step), Some(outer)) = (path.last_mut(), outer) {
                step.index = outer;
            }
            self.text.push('\n');
        }
        self.indent(depth);
        self.text.push(']');
    }

    fn indent(&mut self, depth: usize) {
        crate::write::indent(&mut self.text, depth);
    }
}
