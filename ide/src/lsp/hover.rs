//! Hover: the description of the key, value or template at a place.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};
use nixvirt_compiler::{Offer, Path as Place, PathStep, meanings, nix, way};
use nixvirt_evaluator::{Content, Tree};
use nixvirt_schema::{KINDS, Kind};
use nixvirt_templates::arguments::Argument;

use crate::describe;
use crate::lsp::at_cursor::{self, AtCursor, AttributeAt, is_beside};
use crate::lsp::context::{Context, Wanted, of_mark};
use crate::lsp::cursor::{self, Cursor};
use crate::lsp::diagnostics::is_ours;
use crate::lsp::question::Question;
use crate::lsp::templates;
use crate::lsp::{json, option_help, syntax, xml_help};
use crate::source::Language;
use nixvirt_expand::evaluate::{Evaluated, to_json};

/// The description of the thing at a place.
pub(super) fn hover(question: &Question<'_>) -> Option<Hover> {
    let found = match question.document.language {
        Language::Nix => template(question)
            .or_else(|| of_hits(question))
            .or_else(|| option_help::hover(question))
            .or_else(|| said_kind(question))
            .or_else(|| unevaluated(question)),
        Language::Json => in_json(question),
        Language::Xml => xml_help::hover(question),
    };
    let (text, range) = found?;
    let kind = if question.client.hover_markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind, value: text }),
        range: Some(question.document.text.range(range, question.client.style.encoding)),
    })
}

/// The text that is shown, and the range that it describes.
type Shown = (String, std::ops::Range<usize>);

fn template(question: &Question<'_>) -> Option<Shown> {
    let (name, kind, range) = syntax::template_at(&question.document.text.text, question.offset)?;
    let templates = templates::all(kind);
    let template = templates.iter().find(|template| template.name == name)?;
    let arguments: Vec<String> = template
        .arguments
        .iter()
        .map(|argument| match &argument.default {
            Some(default) => format!("- `{}` ? `{default}`: {}", argument.name, argument.doc),
            None => format!("- `{}` (must be given): {}", argument.name, argument.doc),
        })
        .collect();
    let title = format!("**{name}**, a template of a {}", template.kind);
    Some((format!("{title}\n\n{}\n\n{}", template.doc, arguments.join("\n")), range))
}

fn of_hits(question: &Question<'_>) -> Option<Shown> {
    let AtCursor { survey, at_cursor } = at_cursor::at(question)?;
    let evaluator = survey.evaluator();
    let mut parts: Vec<String> = Vec::new();
    let argument = at_cursor.iter().find_map(|attribute_at| {
        let formals = attribute_at.template.as_ref().filter(|_| attribute_at.path.0.len() == 1)?;
        templates::arguments(evaluator, formals)
            .iter()
            .find(|argument| argument.name == &*attribute_at.entry.name)
    });
    if let Some(argument) = argument {
        parts.push(of_argument(argument));
    }
    let spec = at_cursor.iter().find(|attribute_at| attribute_at.template.is_none());
    if let Some(attribute_at) = spec.or(at_cursor.first().filter(|_| argument.is_none())) {
        let described = describe(question, attribute_at);
        if !described.is_empty() {
            parts.push(described);
        }
        let from = attribute_at.value.span;
        let text = &question.document.text.text;
        let elsewhere = attribute_at.span == attribute_at.entry.span
            && !is_beside(attribute_at, text)
            && from != attribute_at.entry.span;
        if let (true, Some(source)) = (elsewhere, evaluator.source(from.file)) {
            let line =
                source.text.get(..from.range().start).map_or(0, |before| before.matches('\n').count()) + 1;
            let file = source.path.strip_prefix(nixvirt_evaluator::EMBEDDED).unwrap_or(&source.path);
            let value = shown(&attribute_at.value).map(|value| format!(" (`{value}`)")).unwrap_or_default();
            parts.push(format!("The value{value} comes from {}, line {line}.", file.display()));
        }
    }
    let range = at_cursor.first()?.span.range();
    (!parts.is_empty()).then(|| (parts.join("\n\n---\n\n"), range))
}

/// A plain value as it would be written.
fn shown(value: &Tree) -> Option<String> {
    match &value.content {
        Content::Str(text) | Content::Path(text) if text.len() < 80 => Some(nix::string(text)),
        Content::Int(value) => Some(value.to_string()),
        Content::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn describe(question: &Question<'_>, attribute_at: &AttributeAt) -> String {
    let offers = meanings(attribute_at.json.clone(), attribute_at.kind, &attribute_at.path);
    described(question, &offers, &attribute_at.path)
}

fn described(question: &Question<'_>, offers: &[Offer], path: &Place) -> String {
    if offers.is_empty() {
        return String::new();
    }
    let offers: Vec<&Offer> = offers.iter().collect();
    format!(
        "**{path}**\n\n{}{}",
        describe::markdown(&offers),
        describe::pages(question.client.reference.as_deref(), &offers)
    )
}

/// Describes a place that nothing evaluates, by the names around it.
fn unevaluated(question: &Question<'_>) -> Option<Shown> {
    let text = &question.document.text.text;
    let (wanted, written) = match cursor::at(text, question.offset)? {
        Cursor::Key(written) => (Wanted::Key, written),
        Cursor::Value(written) | Cursor::Element(written) => (Wanted::Value, written),
        Cursor::Template(..) => return None,
    };
    if written.range.is_empty() {
        return None;
    }
    let contexts = of_mark(question, &written.marked, wanted);
    let context = contexts.iter().find(|context| context.arguments.is_none()).or(contexts.first())?;
    let mut path = context.path.clone();
    if wanted == Wanted::Key {
        path.0.push(PathStep { key: text[written.range.clone()].to_owned(), index: None });
    }
    let shown = own(&contexts, &path)
        .unwrap_or_else(|| described(question, &meanings(context.json.clone(), context.kind, &path), &path));
    (!shown.is_empty()).then_some((shown, written.range))
}

/// The description of a key of a spec that is nixvirt's own: an argument of the template, or what says the kind.
fn own(contexts: &[Context], path: &Place) -> Option<String> {
    let [PathStep { key, .. }] = path.0.as_slice() else { return None };
    let mut arguments = contexts.iter().filter_map(|context| context.arguments).flatten();
    if let Some(argument) = arguments.find(|argument| argument.name == key) {
        return Some(of_argument(argument));
    }
    (key == "kind").then(|| of_kinds(contexts.first().map(|context| context.kind)))
}

/// The description of the key that says the kind, and of the kind that it says.
fn of_kinds(said: Option<&Kind>) -> String {
    let kinds: Vec<String> = KINDS.iter().map(|kind| format!("`{}`", kind.name)).collect();
    let said = said.map(|kind| format!("\n\n`{}`: {}", kind.name, kind.root.doc)).unwrap_or_default();
    format!("**kind**\n\nThe kind of object: {}. Where it is missing, a domain.{said}", kinds.join(", "))
}

fn said_kind(question: &Question<'_>) -> Option<Shown> {
    let (kind, range) = syntax::said_kind_at(&question.document.text.text, question.offset)?;
    Some((of_kinds(Some(kind)), range))
}

fn of_argument(argument: &Argument) -> String {
    format!("**{}**, an argument of the template\n\n{}", argument.name, templates::markdown(argument))
}

fn in_json(question: &Question<'_>) -> Option<Shown> {
    let tree = json::parse(&question.document.text.text);
    if !is_ours(&tree) {
        return None;
    }
    let (wanted, written) = match json::cursor(&question.document.text.text, question.offset)? {
        Cursor::Key(written) => (Wanted::Key, written),
        Cursor::Value(written) | Cursor::Element(written) => (Wanted::Value, written),
        Cursor::Template(..) => return None,
    };
    let contexts = of_mark(question, &written.marked, wanted);
    let context = contexts.iter().find(|context| context.arguments.is_none()).or(contexts.first())?;
    let mut path = context.path.clone();
    if wanted == Wanted::Key {
        path.0.push(PathStep {
            key: question.document.text.text[written.range.clone()].to_owned(),
            index: None,
        });
    }
    // Hovering changes no text, so that the whole spec counts.
    let whole = way(Evaluated(&tree), &path).whole;
    let spec = if whole { to_json(&tree) } else { context.json.clone() };
    let shown = own(&contexts, &path)
        .unwrap_or_else(|| described(question, &meanings(spec, context.kind, &path), &path));
    (!shown.is_empty()).then_some((shown, written.range))
}
