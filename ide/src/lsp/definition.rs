//! Where something is made: the default of a template's argument, what `//` replaced, the place that a value came from.

use std::ops::Range;
use std::path::Path;

use lsp_types::{GotoDefinitionResponse, Location};
use nixvirt_evaluator::{EMBEDDED, Evaluator, FormalPlace, Span};

use crate::lsp::at_cursor::{self, AtCursor, is_beside};
use crate::lsp::documents::to_uri;
use crate::lsp::position::IndexedText;
use crate::lsp::question::Question;
use crate::lsp::{syntax, templates};
use crate::source::Language;

/// Where what stands at a place is made.
pub(super) fn define(question: &Question<'_>) -> Option<GotoDefinitionResponse> {
    if question.document.language != Language::Nix {
        return None;
    }
    let text = &question.document.text.text;
    if let Some((name, kind, _)) = syntax::template_at(text, question.offset) {
        let templates = templates::all(kind);
        let template = templates.iter().find(|template| template.name == name)?;
        return at(question, &templates::file(template), None, 0..0).map(GotoDefinitionResponse::Scalar);
    }
    let AtCursor { survey, at_cursor } = at_cursor::at(question)?;
    let evaluator = survey.evaluator();
    let mut found: Vec<Location> = Vec::new();
    for attribute_at in &at_cursor {
        let on_name = attribute_at.span == attribute_at.entry.span;
        let target = match (&attribute_at.template, attribute_at.entry.replaced) {
            (Some(formals), _) if on_name && attribute_at.path.0.len() == 1 => {
                formal(evaluator, formals, &attribute_at.entry.name)
            }
            (_, Some((_, before))) if on_name => Some(before),
            _ if on_name
                && !is_beside(attribute_at, text)
                && attribute_at.value.span != attribute_at.entry.span =>
            {
                Some(attribute_at.value.span)
            }
            _ => None,
        };
        let Some(target) = target else { continue };
        // A template hands its arguments on: their defaults are where it takes them.
        let calls = evaluator.embedded_calls().iter();
        let defaults: Vec<Span> = match evaluator.is_embedded(target) && attribute_at.path.0.len() == 1 {
            true => {
                calls.filter_map(|call| formal(evaluator, &call.formals, &attribute_at.entry.name)).collect()
            }
            false => Vec::new(),
        };
        for span in if defaults.is_empty() { vec![target] } else { defaults } {
            let location = of_span(question, evaluator, span);
            found.extend(location.filter(|location| !found.contains(location)));
        }
    }
    (!found.is_empty()).then_some(GotoDefinitionResponse::Array(found))
}

/// Where an argument of a function and its default stand.
fn formal(evaluator: &Evaluator, formals: &[FormalPlace], name: &str) -> Option<Span> {
    let formal = formals.iter().find(|formal| *formal.name == *name)?;
    evaluator.is_embedded(formal.span).then_some(formal.span)
}

fn of_span(question: &Question<'_>, evaluator: &Evaluator, span: Span) -> Option<Location> {
    let source = evaluator.source(span.file)?;
    at(question, &source.path, Some(&source.text), span.range())
}

/// A place in a file; one that is part of the program becomes a file first.
fn at(question: &Question<'_>, path: &Path, text: Option<&str>, range: Range<usize>) -> Option<Location> {
    let encoding = question.client.style.encoding;
    let uri = match path.starts_with(EMBEDDED) {
        true => to_uri(&question.documents.machine().opened(path)?)?,
        false => question.documents.uri(path)?,
    };
    let text = IndexedText::new(text.unwrap_or_default());
    Some(Location { uri, range: text.range(range, encoding) })
}
