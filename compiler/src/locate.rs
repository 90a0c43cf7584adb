//! From a path to a place in the source, worked out only where a problem is to be shown.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Problem};
use crate::path::{Path, Step};

/// Line and column, both counted from 1; the column in characters.
pub fn line_and_column(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[line_start..].chars().filter(|&character| character != '\u{feff}').count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// The place of a problem in XML: the attribute that it names where the tag has it, else the tag's name.
pub fn in_xml(source: &str, diagnostic: &Diagnostic) -> Range<usize> {
    let start = diagnostic.offset.unwrap_or(0).min(source.len());
    let tag = source.get(start..).unwrap_or("");
    let end = tag.find('>').unwrap_or(tag.len());
    let named = match &diagnostic.problem {
        Problem::Unknown { name, element: false, .. } => Some(name.as_str()),
        Problem::Idle { name, .. } | Problem::Misplaced { name, .. } => Some(*name),
        _ => diagnostic.path.0.last().map(|step| step.key.as_str()),
    };
    let attribute = named.and_then(|name| {
        let assigned = |(at, _): &(usize, &str)| {
            let after = tag[at + name.len()..end].trim_start();
            after.starts_with('=') && tag[..*at].ends_with(char::is_whitespace)
        };
        tag[..end].match_indices(name).find(assigned).map(|(at, name)| start + at..start + at + name.len())
    });
    attribute.unwrap_or_else(|| {
        let length = tag.find(|end: char| end.is_whitespace() || matches!(end, '>' | '/')).unwrap_or(end);
        start..start + length.max(1).min(tag.len())
    })
}

/// The place of a path in JSON, in bytes: that of its key (or of a list's element), or of what holds it where it is not
/// there itself. The source must be JSON.
pub fn in_json(source: &str, path: &Path) -> usize {
    let at = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut scanner = Scanner { source: source.as_bytes(), at };
    scanner.space();
    let mut place = scanner.at;
    for step in &path.0 {
        match scanner.enter(step) {
            Some(found) => place = found,
            None => break,
        }
    }
    place
}

struct Scanner<'s> {
    source: &'s [u8],
    at: usize,
}

impl Scanner<'_> {
    /// From the start of a value into the part of it that the step names; gives the place to show.
    fn enter(&mut self, step: &Step) -> Option<usize> {
        let mut place = None;
        if self.peek() != Some(b'{') {
            return None;
        }
        self.at += 1;
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                break;
            }
            let start = self.at;
            self.skip();
            let key: Option<String> = serde_json::from_slice(&self.source[start..self.at]).ok();
            self.space();
            self.at += 1;
            self.space();
            if key.as_deref() == Some(&step.key) {
                place = Some(start);
                break;
            }
            self.skip();
            self.space();
            self.at += usize::from(self.peek() == Some(b','));
        }
        let place = place?;
        match (step.index, self.peek()) {
            (Some(index), Some(b'[')) => Some(self.element(index).unwrap_or(place)),
            _ => Some(place),
        }
    }

    /// From the start of a list to the start of an element.
    fn element(&mut self, index: usize) -> Option<usize> {
        self.at += 1;
        for _ in 0..index {
            self.space();
            self.skip();
            self.space();
            if self.peek() != Some(b',') {
                return None;
            }
            self.at += 1;
        }
        self.space();
        Some(self.at)
    }

    /// Over a value.
    fn skip(&mut self) {
        let mut depth = 0usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    while let Some(byte) = self.peek().filter(|byte| *byte != b'"') {
                        self.at += if byte == b'\\' { 2 } else { 1 };
                    }
                    self.at += 1;
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                Some(b',' | b':' | b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(_) => {
                    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                    self.at +=
                        self.source[self.at..].iter().position(ends).unwrap_or(self.source.len() - self.at);
                }
                None => return,
            }
            if depth == 0 {
                return;
            }
        }
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
