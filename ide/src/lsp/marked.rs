//! A spec in which a mark stands where something is being written.

use std::rc::Rc;

use nixvirt_compiler::{Json, Path as Place, PathStep};
use nixvirt_evaluator::{Content, Tree, TreeEntry};
use nixvirt_schema::{Kind, Naming, Reference};
use nixvirt_templates::arguments::Argument;

use crate::lsp::cursor::MARK;

/// A place in a spec or in the arguments of a template.
pub(super) struct Context {
    /// The kind of object.
    pub kind: &'static Kind,
    /// The parameters of the template, where these are its arguments.
    pub arguments: Option<&'static [Argument]>,
    /// The spec or the arguments, without what is being written.
    pub json: Json<'static>,
    /// The place: of the set in which a name is being written, or of the value that is.
    pub path: Place,
    /// The objects that the configuration has beside it.
    pub others: Vec<Declared>,
}

/// An object of a configuration, by its name.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// The name of the object.
    pub name: String,
    /// The name of the object that holds it: of a volume, its pool.
    pub holder: Option<String>,
}

impl Declared {
    /// Whether a reference of a kind names it, which is within an object of that name where it is known.
    pub(super) fn is_named_by(&self, reference: Reference, within: Option<&str>) -> bool {
        self.kind.name == reference.kind
            && reference.by == Naming::Name
            && (self.holder.is_none() || within.is_none() || self.holder.as_deref() == within)
    }
}

/// Whether what is looked for is the name of an attribute, or a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The name of an attribute, which is being written.
    Key,
    /// The value of an attribute.
    Value,
}

/// Where in a value the mark is.
pub(super) fn find(tree: &Tree, wanted: Wanted) -> Option<Place> {
    let mut path = Vec::new();
    seek(tree, wanted, &mut path).then_some(Place(path))
}

fn seek(tree: &Tree, wanted: Wanted, path: &mut Vec<PathStep>) -> bool {
    match &tree.content {
        Content::Str(text) => wanted == Wanted::Value && text.contains(MARK),
        Content::List(items, _) => items.iter().enumerate().any(|(at, item)| {
            let outer = path.last_mut().map(|step| step.index.replace(at));
            let found = seek(item, wanted, path);
            if let (false, Some(step), Some(outer)) = (found, path.last_mut(), outer) {
                step.index = outer;
            }
            found
        }),
        Content::Set(entries, _) => entries.iter().any(|entry| {
            if is_mark(entry) {
                return wanted == Wanted::Key;
            }
            path.push(PathStep { key: entry.name.to_string(), index: None });
            let found = seek(&entry.value, wanted, path);
            if !found {
                path.pop();
            }
            found
        }),
        _ => false,
    }
}

fn is_mark(entry: &TreeEntry) -> bool {
    &*entry.name == MARK
}

/// A value without the mark.
pub(super) fn clean(tree: &Tree) -> Tree {
    let marks = |value: &Tree| matches!(&value.content, Content::Str(text) if text.contains(MARK));
    let content = match &tree.content {
        Content::List(items, open) => {
            let items = items.iter().filter(|item| !marks(item));
            Content::List(items.map(|item| Rc::new(clean(item))).collect(), *open)
        }
        Content::Set(entries, open) => {
            let entries = entries.iter().filter(|entry| !is_mark(entry) && !marks(&entry.value));
            let cleaned =
                |entry: &TreeEntry| TreeEntry { value: Rc::new(clean(&entry.value)), ..entry.clone() };
            Content::Set(entries.map(cleaned).collect(), *open)
        }
        other => other.clone(),
    };
    Tree { content, span: tree.span, met_conditions: tree.met_conditions }
}
