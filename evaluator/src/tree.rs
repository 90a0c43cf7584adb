//! A value evaluated to the end, every part of it with the place that it came from; what fails, fails in its own place.

use std::rc::Rc;

use crate::error::Error;
use crate::met_conditions::MetConditions;
use crate::nix_string::NixString;
use crate::span::Span;

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The evaluated value itself.
    pub content: Content,
    /// Where it came from.
    pub span: Span,
    /// The unknown conditions that were met on the way to it and to what it holds.
    pub met_conditions: MetConditions,
}

/// A value evaluated to the end.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nix's `null`, which JSON has as well.
    Null,
    /// A boolean: `true` or `false`.
    Bool(bool),
    /// A number without a fraction.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string, with its context left out.
    Str(NixString),
    /// An absolute path, not copied to the store.
    Path(NixString),
    /// A list; whether there may be more elements, anywhere.
    List(Vec<Rc<Tree>>, bool),
    /// A set, ordered by name; whether there may be more attributes.
    Set(Vec<TreeEntry>, bool),
    /// A function, which has no data to show.
    Function,
    /// A value that cannot be known.
    Opaque,
    /// An evaluation that fails, with its error.
    Failed(Box<Error>),
}

/// An attribute of a set.
#[derive(Clone, Debug)]
pub struct TreeEntry {
    /// The name of the attribute.
    pub name: NixString,
    /// Where the name stands.
    pub span: Span,
    /// The attribute that it replaced by `//`: the operator's place, and that attribute's.
    pub replaced: Option<(Span, Span)>,
    /// The value of the attribute.
    pub value: Rc<Tree>,
}

impl Tree {
    /// A tree that no evaluation made, so that it depends on no unknown condition.
    pub fn new(content: Content, span: Span) -> Tree {
        Tree { content, span, met_conditions: MetConditions::NONE }
    }

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&Rc<Tree>> {
        match &self.content {
            Content::Set(entries, _) => {
                entries.iter().find(|entry| &*entry.name == name).map(|entry| &entry.value)
            }
            _ => None,
        }
    }
}
