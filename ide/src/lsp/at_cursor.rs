//! The attributes and values at a place of a Nix text, in the specs that are made of them.

use std::path::Path;
use std::rc::Rc;

use nixvirt_compiler::{Json, Path as Place, PathStep};
use nixvirt_evaluator::{Content, FormalPlace, Span, Tree, TreeEntry};
use nixvirt_schema::{KINDS, Kind};

use crate::lsp::question::Question;
use crate::lsp::thread_analyser::Survey;
use nixvirt_expand::evaluate::to_json;

/// An attribute of a spec, or of the arguments of a template, that is written at a place.
pub(super) struct AttributeAt {
    /// The kind of object.
    pub kind: &'static Kind,
    /// The parameters of the template, where these are its arguments.
    pub template: Option<Vec<FormalPlace>>,
    /// The spec or the arguments.
    pub json: Json<'static>,
    /// The attribute's place in it.
    pub path: Place,
    /// The attribute with its name and value.
    pub entry: TreeEntry,
    /// The value, or the element of the list that it is.
    pub value: Rc<Tree>,
    /// Where the name or value stands that is at the place.
    pub span: Span,
}

/// The attributes at a place.
pub(super) struct AtCursor<'w> {
    /// The specs in which they were found.
    pub survey: Survey<'w>,
    /// The attributes: first those whose name or value takes the least room there.
    pub at_cursor: Vec<AttributeAt>,
}

/// The attributes at a place.
pub(super) fn at<'q>(question: &Question<'q>) -> Option<AtCursor<'q>> {
    let Question { document, documents, thread_analyser, offset, .. } = question;
    let here = &document.path;
    let find =
        |survey: &Survey<'q>| Some(of(survey, here, *offset)).filter(|at_cursor| !at_cursor.is_empty());
    let (survey, at_cursor) = thread_analyser.search(here, documents, None, find)?;
    Some(AtCursor { survey, at_cursor })
}

fn of(survey: &Survey<'_>, here: &Path, offset: usize) -> Vec<AttributeAt> {
    let evaluator = survey.evaluator();
    let covers = |span: Span| {
        let file = evaluator.source(span.file);
        file.is_some_and(|file| file.path == here)
            && span.range().start <= offset
            && offset <= span.range().end
    };
    let mut at_cursor = Vec::new();
    for seen in &survey.seen {
        let kind = seen.kind.unwrap_or(&KINDS[0]);
        let mut json = None;
        visit(&seen.tree, &mut Vec::new(), &mut |path, entry, value| {
            let scalar = !matches!(value.content, Content::Set(..) | Content::List(..) | Content::Opaque);
            let span = match (covers(entry.span), scalar && covers(value.span)) {
                (true, _) => entry.span,
                (_, true) => value.span,
                _ => return,
            };
            at_cursor.push(AttributeAt {
                kind,
                template: seen.template.clone(),
                json: json.get_or_insert_with(|| to_json(&seen.tree)).clone(),
                path: Place(path.to_vec()),
                entry: entry.clone(),
                value: Rc::clone(value),
                span,
            });
        });
    }
    at_cursor.sort_by_key(|attribute_at| attribute_at.span.range().len());
    let least = at_cursor.first().map(|attribute_at| attribute_at.span);
    at_cursor.retain(|attribute_at| Some(attribute_at.span) == least);
    at_cursor
}

/// Goes through the attributes of a value: each with its path, and each element of a list that it is.
fn visit(tree: &Tree, path: &mut Vec<PathStep>, see: &mut impl FnMut(&[PathStep], &TreeEntry, &Rc<Tree>)) {
    let Content::Set(entries, _) = &tree.content else { return };
    for entry in entries {
        path.push(PathStep { key: entry.name.to_string(), index: None });
        see(path, entry, &entry.value);
        match &entry.value.content {
            Content::List(items, _) => {
                for (at, item) in items.iter().enumerate() {
                    if let Some(step) = path.last_mut() {
                        step.index = Some(at);
                    }
                    if !matches!(item.content, Content::Set(..)) {
                        see(path, entry, item);
                    }
                    visit(item, path, see);
                }
            }
            _ => visit(&entry.value, path, see),
        }
        path.pop();
    }
}

/// Whether a value is written where its name is.
pub(super) fn is_beside(attribute_at: &AttributeAt, text: &str) -> bool {
    let (name, value) = (attribute_at.entry.span, attribute_at.value.span);
    name.file == value.file
        && name.end <= value.start
        && text.get(name.end as usize..value.start as usize).is_some_and(|between| !between.contains(';'))
}
