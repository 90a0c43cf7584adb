//! The outline of a document: the objects in it and their parts.

use std::ops::Range;

use lsp_types::{DocumentSymbol, DocumentSymbolResponse, Location, SymbolInformation, SymbolKind};
use nixvirt_compiler::printable::printable_line;
use nixvirt_evaluator::{Content, FileId, Span, Tree, TreeEntry};
use nixvirt_schema::{KINDS, Kind};

use crate::lsp::context::name_of;
use crate::lsp::diagnostics::is_ours;
use crate::lsp::documents::{Documents, OpenDocument};
use crate::lsp::json;
use crate::lsp::question::Client;
use crate::lsp::thread_analyser::{Survey, ThreadAnalyser};
use crate::lsp::xml_tree::{TextElement, parse};
use crate::recognise::is_libvirts;
use crate::source::Language;

/// Parts within parts more deeply than this are left out: nobody looks for them in an outline.
const MAX_DEPTH: usize = 6;
/// Longer texts are cut.
const LONGEST: usize = 60;

/// A part of a document.
struct OutlineEntry {
    name: String,
    detail: String,
    kind: SymbolKind,
    /// The whole of it, and its name.
    range: Range<usize>,
    selection: Range<usize>,
    children: Vec<OutlineEntry>,
}

/// The outline of a document; nothing of what is not libvirt's.
pub(super) fn symbols(
    document: &OpenDocument,
    documents: &Documents,
    client: &Client,
    thread_analyser: &ThreadAnalyser,
) -> Option<DocumentSymbolResponse> {
    let text = &*document.text.text;
    let found = match document.language {
        Language::Xml if is_libvirts(text) => {
            parse(text).document.children.iter().map(|element| of_element(text, element, 0)).collect()
        }
        Language::Json => match json::parse(text) {
            tree if is_ours(&tree) => of_tree(&tree, tree.span.file, 0),
            _ => Vec::new(),
        },
        Language::Nix => in_nix(document, documents, thread_analyser),
        Language::Xml => Vec::new(),
    };
    if found.is_empty() {
        return None;
    }
    Some(match client.nested_symbols {
        true => DocumentSymbolResponse::Nested(
            found.into_iter().map(|symbol| nested(symbol, document, client)).collect(),
        ),
        false => {
            let mut flat = Vec::new();
            found.into_iter().for_each(|symbol| flatten(symbol, None, document, client, &mut flat));
            DocumentSymbolResponse::Flat(flat)
        }
    })
}

#[allow(deprecated, reason = "the protocol's type still has the field")]
fn nested(symbol: OutlineEntry, document: &OpenDocument, client: &Client) -> DocumentSymbol {
    let place = |range| document.text.range(range, client.style.encoding);
    let children: Vec<_> = symbol.children.into_iter().map(|child| nested(child, document, client)).collect();
    DocumentSymbol {
        name: symbol.name,
        detail: (!symbol.detail.is_empty()).then_some(symbol.detail),
        kind: symbol.kind,
        tags: None,
        deprecated: None,
        range: place(symbol.range),
        selection_range: place(symbol.selection),
        children: (!children.is_empty()).then_some(children),
    }
}

#[allow(deprecated, reason = "the protocol's type still has the field")]
fn flatten(
    symbol: OutlineEntry,
    holder: Option<&str>,
    document: &OpenDocument,
    client: &Client,
    flat: &mut Vec<SymbolInformation>,
) {
    let range = document.text.range(symbol.range, client.style.encoding);
    flat.push(SymbolInformation {
        name: symbol.name.clone(),
        kind: symbol.kind,
        tags: None,
        deprecated: None,
        location: Location { uri: document.uri.clone(), range },
        container_name: holder.map(str::to_owned),
    });
    for child in symbol.children {
        flatten(child, Some(&symbol.name), document, client, flat);
    }
}

/// A text in one short line.
fn short(text: &str) -> String {
    let line = printable_line(text.trim());
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.into_owned(),
    }
}

fn of_element(text: &str, element: &TextElement, depth: usize) -> OutlineEntry {
    let attributes: Vec<&str> = element
        .attributes
        .iter()
        .filter_map(|attribute| text.get(attribute.value.clone()?))
        .filter(|value| !value.is_empty())
        .collect();
    let content = element.texts.iter().map(|range| text[range.clone()].trim());
    let content: String = content.filter(|_| element.children.is_empty()).collect();
    let detail = if content.is_empty() { attributes.join(", ") } else { content };
    let kind = match (depth, element.children.is_empty()) {
        (0, _) => SymbolKind::CLASS,
        (_, true) => SymbolKind::FIELD,
        (_, false) => SymbolKind::OBJECT,
    };
    let children = element.children.iter().filter(|child| depth < MAX_DEPTH && !child.name.is_empty());
    // A client refuses a symbol without a name.
    let name = text.get(element.name.clone()).filter(|name| !name.is_empty()).unwrap_or("<");
    OutlineEntry {
        name: name.to_owned(),
        detail: short(&detail),
        kind,
        range: element.tag.start..element.end.max(element.tag.end),
        selection: element.name.clone(),
        children: children.map(|child| of_element(text, child, depth + 1)).collect(),
    }
}

/// The parts of a set that are written in a file. What was put beside them, such as the name of an option, is left out.
fn of_tree(tree: &Tree, file: FileId, depth: usize) -> Vec<OutlineEntry> {
    let Content::Set(entries, _) = &tree.content else { return Vec::new() };
    let is_here = |span: Span| span.file == file && span != tree.span;
    let entries = entries.iter().filter(|entry| is_here(entry.span) && !entry.name.is_empty());
    let mut symbols: Vec<OutlineEntry> = entries.map(|entry| of_entry(entry, file, depth)).collect();
    symbols.sort_by_key(|symbol| symbol.range.start);
    symbols
}

fn of_entry(entry: &TreeEntry, file: FileId, depth: usize) -> OutlineEntry {
    let (selection, value) = (entry.span.range(), &entry.value);
    let (kind, detail) = kind_of(value);
    let name = short(&entry.name);
    let inner = value.span.range();
    let mut range = selection.clone();
    let mut children = match &value.content {
        _ if depth >= MAX_DEPTH || value.span.file != file => Vec::new(),
        Content::List(items, _) => items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.span.file == file)
            .map(|(at, item)| {
                let (kind, detail) = kind_of(item);
                let range = item.span.range();
                let selection = range.start..range.start;
                let children = of_tree(item, file, depth + 2);
                OutlineEntry { name: format!("{name}[{at}]"), detail, kind, range, selection, children }
            })
            .collect(),
        _ => of_tree(value, file, depth + 1),
    };
    if value.span.file == file && inner.start >= selection.end {
        range.end = inner.end;
        children.retain(|child| inner.start <= child.range.start && child.range.end <= inner.end);
    } else if value.span.file == file && inner.start >= selection.start {
        // A dotted path: its sets have no braces.
        range.end = children.iter().map(|child| child.range.end).fold(range.end, usize::max);
    } else {
        // It comes from elsewhere, where its parts are.
        children.clear();
    }
    OutlineEntry { name, detail, kind, range, selection, children }
}

/// The symbol's kind and detail for a value. The detail of a set is made of its first plain values.
fn kind_of(value: &Tree) -> (SymbolKind, String) {
    let plain = |value: &Tree| match &value.content {
        Content::Str(text) | Content::Path(text) => Some((SymbolKind::STRING, short(text))),
        Content::Int(number) => Some((SymbolKind::NUMBER, number.to_string())),
        Content::Bool(value) => Some((SymbolKind::BOOLEAN, value.to_string())),
        _ => None,
    };
    match &value.content {
        Content::Set(entries, _) => {
            let words: Vec<String> = entries
                .iter()
                .filter_map(|entry| plain(&entry.value))
                .map(|(_, text)| text)
                .take(3)
                .collect();
            (SymbolKind::OBJECT, short(&words.join(", ")))
        }
        Content::List(..) => (SymbolKind::ARRAY, String::new()),
        _ => plain(value).unwrap_or((SymbolKind::FIELD, String::new())),
    }
}

fn in_nix(
    document: &OpenDocument,
    documents: &Documents,
    thread_analyser: &ThreadAnalyser,
) -> Vec<OutlineEntry> {
    let find = |survey: &Survey<'_>| Some(of_survey(survey, document)).filter(|found| !found.is_empty());
    thread_analyser.search(&document.path, documents, None, find).map(|(_, found)| found).unwrap_or_default()
}

/// The objects that are written in a document, each once.
fn of_survey(survey: &Survey<'_>, document: &OpenDocument) -> Vec<OutlineEntry> {
    let evaluator = survey.evaluator();
    let is_here = |span: Span| {
        let source = evaluator.source(span.file);
        source.is_some_and(|source| source.path == document.path) && !span.range().is_empty()
    };
    let mut found: Vec<OutlineEntry> = Vec::new();
    for seen in survey.seen.iter().filter(|seen| is_here(seen.tree.span)) {
        let kind: &Kind = seen.kind.unwrap_or(&KINDS[0]);
        let range = seen.tree.span.range();
        if found.iter().any(|symbol| symbol.selection.start == range.start) {
            continue;
        }
        let name = name_of(&seen.tree, kind).filter(|name| !name.is_empty());
        let mut children = of_tree(&seen.tree, seen.tree.span.file, 0);
        let is_inside =
            |child: &OutlineEntry| range.start <= child.range.start && child.range.end <= range.end;
        let mut whole = range.clone();
        match children.iter().any(is_inside) {
            true => children.retain(is_inside),
            // A dotted path, as in `spec.memory = 1;`.
            false => {
                whole.end = children.iter().map(|child| child.range.end).fold(range.end, usize::max);
                children.retain(|child| range.end <= child.range.start);
            }
        }
        found.push(OutlineEntry {
            name: name.map_or_else(|| format!("a {}", kind.name), |name| short(&name)),
            detail: kind.name.to_owned(),
            kind: SymbolKind::CLASS,
            selection: range.start..range.start,
            range: whole,
            children,
        });
    }
    found.sort_by_key(|symbol| symbol.range.start);
    found
}
