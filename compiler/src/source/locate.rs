//! From a path to a place in the source, worked out only where a problem is to be shown.

use std::ops::Range;

use crate::diagnostics::{Diagnostic, Problem};
use crate::source::places::Places;

/// The place of a problem in XML: the attribute that it names where the tag has it, else the tag's name.
pub fn in_xml(source: &str, diagnostic: &Diagnostic) -> Range<usize> {
    let start = diagnostic.offset.unwrap_or(0).min(source.len());
    let tag = source.get(start..).unwrap_or("");
    let end = tag.find('>').unwrap_or(tag.len());
    let named = match &diagnostic.problem {
        Problem::Unknown { name, element: false, .. } => Some(name.as_str()),
        Problem::Ignored { name, .. } | Problem::Misplaced { name, .. } => Some(*name),
        _ => diagnostic.path.0.last().map(|step| step.key.as_str()),
    };
    let attribute = named.and_then(|name| {
        let assigned = |(at, _): &(usize, &str)| {
            let after = tag[at + name.len()..end].trim_start();
            after.starts_with('=') && tag[..*at].ends_with(char::is_whitespace)
        };
        tag[..end].match_indices(name).find(assigned).map(|(at, name)| start + at..start + at + name.len())
    });
    attribute.unwrap_or_else(|| tag_in_xml(source, start))
}

/// The name of the tag that begins at a place in XML, with what opens it.
pub fn tag_in_xml(source: &str, offset: usize) -> Range<usize> {
    let start = offset.min(source.len());
    let tag = source.get(start..).unwrap_or("");
    let length = tag.find(|end: char| end.is_whitespace() || matches!(end, '>' | '/')).unwrap_or(tag.len());
    start..start + length.max(1).min(tag.len())
}

/// The places of a value in JSON: of a key, or of a list's element where it begins. The source must be JSON.
pub fn in_json(source: &str) -> Places {
    let at = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut scanner = Scanner { source: source.as_bytes(), at };
    scanner.space();
    let mut places = Places { range: scanner.at..scanner.at, ..Places::default() };
    scanner.value(&mut places);
    places
}

struct Scanner<'s> {
    source: &'s [u8],
    at: usize,
}

impl Scanner<'_> {
    /// Over a value, whose parts are put where they belong.
    fn value(&mut self, places: &mut Places) {
        let start = self.at;
        self.parts(places);
        places.value = start..self.at.min(self.source.len());
    }

    fn parts(&mut self, places: &mut Places) {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(open @ (b'{' | b'[')) => {
                self.at += 1;
                self.space();
                while self.peek().is_some_and(|byte| !matches!(byte, b'}' | b']')) {
                    let start = self.at;
                    let mut below = Places { range: start..start, ..Places::default() };
                    let mut key = None;
                    if open == b'{' {
                        self.string();
                        below.range.end = self.at.min(self.source.len());
                        key = serde_json::from_slice::<String>(&self.source[start..self.at]).ok();
                        self.space();
                        self.at += 1;
                        self.space();
                    }
                    self.value(&mut below);
                    match key {
                        Some(key) => drop(places.keys.insert(key, below)),
                        None => places.items.push(below),
                    }
                    self.space();
                    self.at += usize::from(self.peek() == Some(b','));
                    self.space();
                }
                self.at += 1;
            }
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                let rest = &self.source[self.at.min(self.source.len())..];
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
            }
        }
    }

    /// Skips a string, with its quotes.
    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek().filter(|byte| *byte != b'"') {
            self.at += if byte == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.source.len());
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }
}
