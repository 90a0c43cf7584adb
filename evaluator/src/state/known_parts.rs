//! The known parts of opaque values, the calls of them that are watched, and those that return the value again.

use crate::symbol::{Symbol, Symbols};
use crate::value::{Opaque, Thunk};

/// A test of the name before a path.
pub(crate) type NameTest = fn(&str) -> bool;

/// The known parts of opaque values.
#[derive(Debug, Default)]
pub(crate) struct KnownParts {
    /// An opaque value reached by a path that ends so has the attributes of this set.
    known: Vec<KnownPart>,
    /// Calls of an opaque value reached by a path that ends so are noticed.
    watched: Vec<Vec<Symbol>>,
    /// Calls of an opaque value's attribute of such a name give that value once more.
    renewing: Vec<Symbol>,
}

/// The known part of an opaque value.
#[derive(Debug)]
struct KnownPart {
    /// The end of the path by which it is reached.
    path: Vec<Symbol>,
    /// A test of the name before the path, if there is one.
    of: Option<NameTest>,
    /// The value of that part.
    set: Thunk,
}

impl KnownParts {
    /// Makes a part known, where nothing stands before that end of a path, or something of which `of` holds.
    pub(crate) fn add(&mut self, path: Vec<Symbol>, of: Option<NameTest>, set: Thunk) {
        self.known.push(KnownPart { path, of, set });
    }

    /// Watches calls of what is reached by a path that ends so.
    pub(crate) fn watch(&mut self, path: Vec<Symbol>) {
        self.watched.push(path);
    }

    /// Takes calls of an attribute of that name for the value itself.
    pub(crate) fn renew(&mut self, name: Symbol) {
        self.renewing.push(name);
    }

    /// The set that is known of an opaque value.
    pub(crate) fn of(&self, opaque: &Opaque, symbols: &Symbols) -> Option<Thunk> {
        let known = self.known.iter().find(|known| {
            let before = opaque.path.strip_suffix(known.path.as_slice());
            before.is_some_and(|before| match (known.of, before.last()) {
                (Some(of), Some(name)) => of(symbols.name(*name)),
                _ => true,
            })
        });
        known.map(|known| known.set)
    }

    /// The end of the path of an opaque value whose calls are watched.
    pub(crate) fn watched(&self, opaque: &Opaque) -> Option<&[Symbol]> {
        self.watched.iter().find(|path| opaque.path.ends_with(path)).map(Vec::as_slice)
    }

    /// Whether a call of an attribute of that name gives the value once more.
    pub(crate) fn renews(&self, name: Symbol) -> bool {
        self.renewing.contains(&name)
    }
}
