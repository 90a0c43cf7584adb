//! The lines around a problem, so that showing it takes as much time as they are long, and not as the source is.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use nixvirt_ide::located_problem::Shown;

/// A text with a problem, as miette takes one.
pub(crate) struct Excerpt(pub Shown);

impl Excerpt {
    /// The lines around a problem, cut where they are long, and the place in them.
    pub(crate) fn snippet(&self) -> (Snippet, SourceSpan) {
        let Shown { title, text: whole_text, range: place, lines, .. } = &self.0;
        let line = lines.line(place.start);
        let around = |line: usize| {
            let range = lines.range(line, whole_text)?;
            Some(&whole_text[range.start..self.boundary(range.end.min(range.start + LONGEST))])
        };
        let mut text = String::new();
        let before = line.checked_sub(1);
        if let Some(before) = before.and_then(around) {
            text.push_str(before);
            text.push('\n');
        }
        let whole = lines.range(line, whole_text).unwrap_or(place.clone());
        let start = match place.start - whole.start {
            far if whole.len() > LONGEST && far > LONGEST / 2 => self.boundary(place.start - LONGEST / 2),
            _ => whole.start,
        };
        let end = self.boundary(whole.end.min(start + LONGEST));
        let label = text.len() + (place.start - start)..text.len() + (place.end.min(end) - start);
        text.push_str(&whole_text[start..end]);
        if let Some(line) = around(line + 1) {
            text.push('\n');
            text.push_str(line);
        }
        let cut = start - whole.start;
        (Snippet { name: title.clone(), text, line: before.unwrap_or(0), cut }, label.into())
    }

    /// The line that the part is in, cut where it is long; nothing where that holds only brackets.
    pub(crate) fn line(&self) -> Option<&str> {
        let Shown { text, range, .. } = &self.0;
        let start = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
        let line = text[start..].lines().next()?.trim();
        let cut = (0..=line.len().min(LONGEST)).rev().find(|&end| line.is_char_boundary(end))?;
        line.contains(char::is_alphanumeric).then(|| &line[..cut])
    }

    /// The nearest offset before this one at which a character begins.
    fn boundary(&self, offset: usize) -> usize {
        (0..=offset).rev().find(|&offset| self.0.text.is_char_boundary(offset)).unwrap_or(0)
    }
}

/// The longest line that is shown whole, in bytes.
const LONGEST: usize = 160;

/// Some lines of a text.
pub(crate) struct Snippet {
    name: String,
    text: String,
    /// The line at which it begins, counted from 0.
    line: usize,
    /// How much is cut from the front of the line that the problem is in.
    cut: usize,
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        // Without lines before it, what is asked for is where the problem is.
        let column = read.column() + if before == 0 { self.cut } else { 0 };
        let (line, count) = (self.line + read.line(), read.line_count());
        let contents =
            MietteSpanContents::new_named(self.name.clone(), read.data(), *read.span(), line, column, count);
        Ok(Box::new(contents))
    }
}

/// The whole text. Whatever is asked for, no more of it is gone through than the lines around that.
impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Shown { title, text, lines, .. } = &self.0;
        let end = (span.offset() + span.len()).min(text.len());
        let first = lines.line(span.offset()).saturating_sub(before);
        let start = lines.range(first, text).map_or(0, |line| line.start);
        let last = lines.line(end) + after;
        let stop = lines.range(last + 1, text).map_or(text.len(), |line| line.start);
        let inner = SourceSpan::from(span.offset().saturating_sub(start)..end.saturating_sub(start));
        let read = text[start..stop].read_span(&inner, before, after)?;
        let outer =
            SourceSpan::from(read.span().offset() + start..read.span().offset() + start + read.span().len());
        let (line, column) = (read.line() + first, read.column());
        let name = title.clone();
        Ok(Box::new(MietteSpanContents::new_named(name, read.data(), outer, line, column, read.line_count())))
    }
}
