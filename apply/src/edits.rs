//! Changes of a definition's text that leave the rest of it as it was written.

use std::cmp::Reverse;
use std::ops::Range;

/// Places in a text, and what comes there. The places do not overlap.
#[derive(Default)]
pub(crate) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts a text in the place of a part.
    pub(crate) fn replace(&mut self, part: Range<usize>, new: String) {
        self.0.push((part, new));
    }

    /// Puts a text before what stands at a place.
    pub(crate) fn insert(&mut self, at: usize, new: String) {
        self.0.push((at..at, new));
    }

    /// Adds an attribute to the tag that begins at a place of the text.
    pub(crate) fn add_attribute(&mut self, text: &str, tag: usize, name: &str, value: &str) {
        let end = text[tag..].find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
        self.insert(tag + end.unwrap_or_default(), format!(" {name}='{}'", in_quotes(value)));
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with all of them made.
    pub(crate) fn apply(mut self, text: &str) -> String {
        let mut text = text.to_owned();
        self.0.sort_by_key(|(range, _)| Reverse((range.start, range.end)));
        for (range, new) in self.0 {
            text.replace_range(range, &new);
        }
        text
    }
}

/// A value as it stands in XML, in an attribute or between tags.
pub(crate) fn escape(value: &str) -> String {
    in_quotes(value).replace('>', "&gt;").replace('"', "&quot;")
}

/// A value as it stands between single quotes. The state has hashes of definitions whose secrets are written so: another
/// way to write them would look like other secrets.
pub(crate) fn in_quotes(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;")
}
