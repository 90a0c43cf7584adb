//! From problems to ranges in the text of JSON or XML: the same for the command line and for editors.

use std::ops::Range;

use nixvirt_compiler::{Diagnostic, Fix, Places, Problem, Related, locate, parse_json_as_written, way};

use crate::source::{Language, SourceText};

/// A text and the places in it, found once for all its problems.
pub(crate) struct TextPlaces<'s> {
    text: &'s str,
    language: Language,
    /// Where the parts of JSON are; nothing of what is no JSON.
    places: Option<Places>,
}

/// A range of a text, and the text that is to be there instead.
pub(crate) type Replacement = (Range<usize>, String);

impl<'s> TextPlaces<'s> {
    /// Finds the places in a source, whose text `text` is.
    pub(crate) fn new(source: &SourceText, text: &'s str) -> TextPlaces<'s> {
        let is_json = source.language == Language::Json && parse_json_as_written(&source.bytes).is_ok();
        TextPlaces { text, language: source.language, places: is_json.then(|| locate::in_json(text)) }
    }

    /// Where a problem is; empty where it is only known where that begins.
    pub(crate) fn range(&self, diagnostic: &Diagnostic) -> Range<usize> {
        let offset = diagnostic.offset.unwrap_or(0);
        match (&self.places, self.language) {
            _ if whole_source(&diagnostic.problem) => offset..offset,
            (Some(places), _) => places.find(&diagnostic.path).unwrap_or(places.range.clone()),
            (None, Language::Xml) => locate::in_xml(self.text, diagnostic),
            (None, _) => offset..offset,
        }
    }

    /// Where another place is that a problem speaks of.
    pub(crate) fn related(&self, related: &Related) -> Range<usize> {
        let offset = related.offset.unwrap_or(0);
        match (&self.places, self.language) {
            (Some(places), _) => places.find(&related.path).unwrap_or(places.range.clone()),
            (None, Language::Xml) => locate::tag_in_xml(self.text, offset),
            (None, _) => offset..offset,
        }
    }

    /// The range of a problem that an editor underlines, and what mends the problem. An editor underlines a wrong value
    /// rather than its key, and never nothing.
    pub(crate) fn underlined(&self, diagnostic: &Diagnostic) -> (Range<usize>, Option<Replacement>) {
        match &self.places {
            _ if whole_source(&diagnostic.problem) && self.language == Language::Json => {
                (self.character(diagnostic.offset.unwrap_or(0)), None)
            }
            Some(places) => self.underlined_in_json(places, diagnostic),
            None => self.underlined_in_xml(diagnostic),
        }
    }

    /// The range of a related place that an editor marks.
    pub(crate) fn related_underlined(&self, related: &Related) -> Range<usize> {
        match &self.places {
            Some(places) => self.key_or_item(places, &related.path).unwrap_or(0..0),
            None => self.related(related),
        }
    }

    fn underlined_in_json(
        &self,
        places: &Places,
        diagnostic: &Diagnostic,
    ) -> (Range<usize>, Option<Replacement>) {
        let way = way(places, &diagnostic.path);
        let (Some(entry), Some(last)) = (way.entries.last(), way.values.last()) else {
            return (self.character(0), None);
        };
        let (key, value) = (entry.range.clone(), last.value.clone());
        let plain = !value.is_empty() && !self.text[value.clone()].starts_with(['{', '[']);
        let wrong_value =
            matches!(diagnostic.problem, Problem::BadValue { .. } | Problem::WrongType { .. }) && way.whole;
        match diagnostic.problem.fix().filter(|_| way.whole) {
            Some(Fix::Rename(to)) if !to.contains('.') => (key.clone(), Some((key, format!("{to:?}")))),
            Some(Fix::Replace(to)) if plain => (value.clone(), Some((value, to))),
            _ if wrong_value && plain => (value, None),
            _ => (self.key_or_item(places, &diagnostic.path).unwrap_or(key), None),
        }
    }

    /// The key that a path leads to, or the element of a list as far as its first line goes.
    fn key_or_item(&self, places: &Places, path: &nixvirt_compiler::Path) -> Option<Range<usize>> {
        let way = way(places, path);
        if way.whole && path.0.last().is_some_and(|step| step.index.is_some()) {
            let range = way.values.last()?.value.clone();
            let length = self.text.get(range.clone())?.find('\n').unwrap_or(range.len());
            return Some(range.start..range.start + length);
        }
        way.entries.last().map(|entry| entry.range.clone())
    }

    fn underlined_in_xml(&self, diagnostic: &Diagnostic) -> (Range<usize>, Option<Replacement>) {
        let range = locate::in_xml(self.text, diagnostic);
        let after = self.text.get(range.end..).unwrap_or("");
        // Where the place is an attribute, its value stands behind it.
        let value = after.trim_start().strip_prefix('=').map(str::trim_start).and_then(|value| {
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let start = self.text.len() - value.len() + 1;
            Some(start..start + value[1..].find(quote)?)
        });
        match (diagnostic.problem.fix(), value) {
            (Some(Fix::Rename(to)), Some(_)) => (range.clone(), Some((range, to))),
            (Some(Fix::Replace(to)), Some(value)) => {
                let word = serde_json::from_str::<String>(&to).unwrap_or(to);
                (value.clone(), Some((value, word)))
            }
            _ => (range, None),
        }
    }

    /// The character at an offset.
    fn character(&self, offset: usize) -> Range<usize> {
        let first = self.text.get(offset..).and_then(|rest| rest.chars().next());
        offset..offset + first.map_or(0, char::len_utf8)
    }
}

/// Whether a problem is with the source itself, so that only an offset says where.
pub fn whole_source(problem: &Problem) -> bool {
    matches!(problem, Problem::Syntax { .. } | Problem::Limit { .. })
}
