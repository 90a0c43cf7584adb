//! From the positions of the protocol, which count in UTF-16 unless the client can do otherwise, to bytes and back.

use std::ops::Range;
use std::sync::Arc;

use line_index::{LineCol, LineIndex, TextSize, WideEncoding, WideLineCol};
use lsp_types::{Position, PositionEncodingKind, Range as LspRange};

/// In what characters are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// In bytes of UTF-8.
    Utf8,
    /// In UTF-16's units: what clients count in unless they say otherwise.
    Utf16,
    /// In Unicode code points.
    Utf32,
}

impl Encoding {
    /// The best of those that a client can do.
    pub fn choose(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        let offered = offered.unwrap_or_default();
        if offered.contains(&PositionEncodingKind::UTF8) {
            Encoding::Utf8
        } else if offered.contains(&PositionEncodingKind::UTF32)
            && !offered.contains(&PositionEncodingKind::UTF16)
        {
            Encoding::Utf32
        } else {
            Encoding::Utf16
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn wide(self) -> Option<WideEncoding> {
        match self {
            Encoding::Utf8 => None,
            Encoding::Utf16 => Some(WideEncoding::Utf16),
            Encoding::Utf32 => Some(WideEncoding::Utf32),
        }
    }
}

/// A text and where its lines are.
#[derive(Clone, Debug)]
pub struct IndexedText {
    /// The text itself, shared by its readers.
    pub text: Arc<str>,
    index: Arc<LineIndex>,
}

impl IndexedText {
    /// Finds the lines of a text.
    pub fn new(text: impl Into<Arc<str>>) -> IndexedText {
        let text = text.into();
        // The index knows no lines that end with a carriage return alone, as the protocol does.
        let index = match text.as_bytes().windows(2).any(|two| two[0] == b'\r' && two[1] != b'\n')
            || text.ends_with('\r')
        {
            true => LineIndex::new(&text.replace("\r\n", " \n").replace('\r', "\n")),
            false => LineIndex::new(&text),
        };
        let index = Arc::new(index);
        IndexedText { text, index }
    }

    /// The position of an offset; one behind the end is the end.
    pub fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let offset = boundary(&self.text, offset);
        let place = size(offset);
        let Some(at) = self.index.try_line_col(place) else { return Position::default() };
        match encoding.wide().and_then(|wide| self.index.to_wide(wide, at)) {
            Some(wide) => Position { line: wide.line, character: wide.col },
            None => Position { line: at.line, character: at.col },
        }
    }

    /// The range of a range of offsets.
    pub fn range(&self, range: Range<usize>, encoding: Encoding) -> LspRange {
        LspRange { start: self.position(range.start, encoding), end: self.position(range.end, encoding) }
    }

    /// The offset of a position; one behind the end of its line is that end, one behind the last line the end of the text.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let Some(line) = self.index.line(position.line) else { return self.text.len() };
        let (start, end) = (usize::from(line.start()), usize::from(line.end()));
        let whole = &self.text[start..end];
        let length = whole.trim_end_matches(['\n', '\r']).len();
        let wide = |wide| {
            let at = WideLineCol { line: position.line, col: position.character };
            self.index.to_utf8(wide, at).map(|at: LineCol| at.col as usize)
        };
        let column = match encoding.wide() {
            // A line without wide characters may be counted beyond its end without an overflow.
            Some(_) if position.character as usize >= length => length,
            Some(encoding) => wide(encoding).unwrap_or(length),
            None => position.character as usize,
        };
        boundary(&self.text, start + column.min(length))
    }

    /// The offsets of a range, the end never before the start.
    pub fn offsets(&self, range: LspRange, encoding: Encoding) -> Range<usize> {
        let start = self.offset(range.start, encoding);
        start..self.offset(range.end, encoding).max(start)
    }
}

/// The last place at which a character begins that is not behind an offset.
fn boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|&offset| text.is_char_boundary(offset)).unwrap_or(0)
}

fn size(offset: usize) -> TextSize {
    TextSize::from(u32::try_from(offset).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Encoding, IndexedText};
    use lsp_types::Position;

    #[test]
    fn positions_count_as_the_client_does() {
        let text = IndexedText::new("a😀b\rö");
        assert_eq!(text.position(9, Encoding::Utf16), Position { line: 1, character: 1 });
        assert_eq!(text.offset(Position { line: 0, character: 99 }, Encoding::Utf16), 6);
        let text = IndexedText::new("a😀b\r\nö = 1;\n");
        for (encoding, column) in [(Encoding::Utf8, 5), (Encoding::Utf16, 3), (Encoding::Utf32, 2)] {
            assert_eq!(text.position(5, encoding), Position { line: 0, character: column });
            assert_eq!(text.offset(Position { line: 0, character: column }, encoding), 5);
            // Behind the end of a line is its end, behind the last line the end of all.
            assert_eq!(text.offset(Position { line: 0, character: 99 }, encoding), 6);
            assert_eq!(text.offset(Position { line: 9, character: 0 }, encoding), text.text.len());
            for offset in (0..=text.text.len()).filter(|offset| text.text.is_char_boundary(*offset)) {
                let position = text.position(offset, encoding);
                let back = text.offset(position, encoding);
                assert!(back == offset || text.text[back..offset].trim().is_empty(), "{offset} {back}");
            }
        }
        // In the middle of a character is before it.
        assert_eq!(text.offset(Position { line: 0, character: 2 }, Encoding::Utf16), 1);
        assert_eq!(text.offset(Position { line: 0, character: 3 }, Encoding::Utf8), 1);
    }
}
