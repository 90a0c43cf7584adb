//! Where each part of a value stands in a text: a tree beside the value, so that finding a place takes as long as its
//! path is, however long the text.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::document::path::Path;
use crate::source::way::{PlacedValue, way};

/// A part of a value: where it stands, and where its own parts do.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The key, or the whole of what has no key.
    pub range: Range<usize>,
    /// The value, without its key.
    pub value: Range<usize>,
    /// The parts of a set, by their keys. Of a key that stands twice, the second is one too many, and it is its place.
    pub keys: BTreeMap<String, Places>,
    /// The parts of a list.
    pub items: Vec<Places>,
}

impl Places {
    /// The place of a path: its own, or that of what holds it where it is not there itself; nothing where that is all.
    pub fn find(&self, path: &Path) -> Option<Range<usize>> {
        way(self, path).values[1..].last().map(|place| place.range.clone())
    }
}

impl PlacedValue for &Places {
    type Entry = Self;

    fn entry(self, key: &str) -> Option<(Self, Self)> {
        self.keys.get(key).map(|below| (below, below))
    }

    fn item(self, index: usize) -> Option<Self> {
        self.items.get(index)
    }
}

/// Where the lines of a text begin, and how many characters come before what.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
    /// The characters before each block of bytes.
    blocks: Vec<usize>,
}

/// The bytes of a block: Nix prints JSON on one line, in which nobody wants to count from the beginning every time.
const BLOCK: usize = 1024;

impl Lines {
    /// Finds the lines of a text.
    pub fn of(text: &str) -> Lines {
        // A carriage return ends a line, alone or with the line feed behind it: for Nix, for XML, for editors.
        let bytes = text.as_bytes();
        let ends = |at: usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let after = text.match_indices(['\n', '\r']).filter(|(at, _)| ends(*at)).map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(after).collect();
        let mut before = 0;
        let mut blocks = vec![0];
        for block in text.as_bytes().chunks(BLOCK) {
            before += characters(block);
            blocks.push(before);
        }
        Lines { starts, blocks }
    }

    /// The line of an offset, counted from 0.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// A line without its end; nothing behind the last one.
    pub fn range(&self, line: usize, text: &str) -> Option<Range<usize>> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).map_or(text.len(), |next| next - 1);
        Some(start..end)
    }

    /// Line and column, both counted from 1; the column in characters.
    pub fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let offset = offset.min(text.len());
        let line = self.line(offset);
        let before = |offset: usize| {
            let block = offset / BLOCK;
            let counted = self.blocks[block];
            counted + characters(&text.as_bytes()[(block * BLOCK).min(text.len())..offset])
        };
        let mark = usize::from(line == 0 && offset > 0 && text.starts_with('\u{feff}'));
        (line + 1, before(offset) - before(self.starts[line]) - mark + 1)
    }
}

/// Where the character begins that an offset is in: parsers count bytes, and may stop within one.
pub(crate) fn boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// How many characters begin in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count()
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn positions_count_characters() {
        let text = format!("a\n{}b\n", "ö".repeat(3000));
        let lines = Lines::of(&text);
        assert_eq!(lines.position(&text, 0), (1, 1));
        assert_eq!(lines.position(&text, 2), (2, 1));
        assert_eq!(lines.position(&text, 2 + 6000), (2, 3001));
        assert_eq!(lines.position(&text, text.len()), (3, 1));
        assert_eq!(lines.position(&text, usize::MAX), (3, 1));
        // Where the last block is full to the brim, nothing comes behind it.
        for length in [1023, 1024, 1025, 2048] {
            let text = "x".repeat(length);
            assert_eq!(Lines::of(&text).position(&text, length), (1, length + 1));
        }
    }
}
