//! The scopes around an expression, while it is lowered: which variable a name is, in as many steps however many scopes
//! there are.

use std::collections::BTreeMap;

use crate::symbol::Symbol;

/// The scopes around a place, from the outermost to the innermost.
#[derive(Default)]
pub(crate) struct LexicalScopes {
    /// The names of each; nothing where it is one of `with`, whose names are known to nobody yet.
    open: Vec<Option<Vec<Symbol>>>,
    /// The scopes that have a name, and where in each of them it is, the innermost last.
    places: BTreeMap<Symbol, Vec<(usize, u32)>>,
    /// How many of them are scopes of `with`.
    withs: usize,
}

impl LexicalScopes {
    /// Enters a scope that has these names. Of a name that stands twice, the first counts.
    pub(crate) fn enter(&mut self, names: Vec<Symbol>) {
        let scope = self.open.len();
        for (&name, at) in names.iter().zip(0..) {
            let places = self.places.entry(name).or_default();
            if places.last().is_none_or(|(last, _)| *last != scope) {
                places.push((scope, at));
            }
        }
        self.open.push(Some(names));
    }

    /// Enters the scope of a `with`.
    pub(crate) fn enter_with(&mut self) {
        self.withs += 1;
        self.open.push(None);
    }

    /// Leaves the innermost scope.
    pub(crate) fn leave(&mut self) {
        let Some(left) = self.open.pop() else { return };
        let Some(names) = left else {
            self.withs -= 1;
            return;
        };
        let scope = self.open.len();
        for name in names {
            if let Some(places) = self.places.get_mut(&name)
                && places.last().is_some_and(|(last, _)| *last == scope)
            {
                places.pop();
            }
        }
    }

    /// Where the variable of a name is: how many scopes up, and where in that one.
    pub(crate) fn find(&self, name: Symbol) -> Option<(u32, u32)> {
        let (scope, at) = self.places.get(&name)?.last()?;
        Some(((self.open.len() - 1 - scope) as u32, *at))
    }

    /// Whether a name that nothing here has may come from a `with`.
    pub(crate) fn has_with(&self) -> bool {
        self.withs > 0
    }
}
