//! Values are made within what memory holds.

use std::rc::Rc;

use crate::error::{Error, ErrorKind, Stop};
use crate::evaluator::Evaluator;
use crate::memory::Held;
use crate::nix_string::NixString;
use crate::symbol::Symbol;
use crate::value::{List, NixAttribute, Opaque, Set, Thunk, Value};

/// The bytes that a value takes beside its content: the counters, the allocator's own share.
const OVERHEAD: usize = 64;

impl Evaluator {
    fn hold(&mut self, bytes: usize) -> Result<Held, Stop> {
        let bytes = bytes + OVERHEAD;
        self.fits(bytes as u64)?;
        self.work(bytes);
        Ok(self.budget.hold(bytes as u64))
    }

    /// Makes a string.
    ///
    /// # Errors
    /// Where memory does not hold it.
    pub(crate) fn text(&mut self, text: impl Into<Box<str>> + AsRef<str>) -> Result<NixString, Stop> {
        let held = self.hold(text.as_ref().len())?;
        Ok(NixString::held(text.into(), held))
    }

    /// Makes the value of a string.
    ///
    /// # Errors
    /// Where memory does not hold it.
    pub(crate) fn string_value(&mut self, text: impl Into<Box<str>> + AsRef<str>) -> Result<Value, Stop> {
        self.text(text).map(Value::Str)
    }

    /// Makes a list; `open` where it may have more elements than these.
    ///
    /// # Errors
    /// Where memory does not hold it.
    pub(crate) fn list_value(&mut self, items: Vec<Thunk>, open: bool) -> Result<Value, Stop> {
        let held = self.hold(items.capacity() * size_of::<Thunk>())?;
        Ok(Value::List(Rc::new(List { items, open, _held: held })))
    }

    /// Makes a set of attributes in any order, each name once; what else it may hold is an attribute of `open`.
    ///
    /// # Errors
    /// Where memory does not hold it.
    pub(crate) fn set_value(
        &mut self,
        mut entries: Vec<(Symbol, NixAttribute)>,
        open: Option<Rc<Opaque>>,
    ) -> Result<Value, Stop> {
        let held = self.hold(entries.capacity() * size_of::<(Symbol, NixAttribute)>())?;
        if !entries.is_sorted_by_key(|(name, _)| *name) {
            entries.sort_unstable_by_key(|(name, _)| *name);
        }
        Ok(Value::Set(Rc::new(Set { entries, open, _held: held })))
    }

    /// Notes where a limit was exceeded first, once that is known to be in a source of the user's. In a branch, a limit only
    /// ends the branch.
    pub(crate) fn exceeds(&mut self, error: &Error) {
        let users = error.spans.iter().any(|span| !self.is_embedded(*span));
        if error.kind == ErrorKind::Limit && users && !self.branches.in_branch() {
            self.budget.exceed(error);
        }
    }

    /// The first limit that was exceeded: what was to be evaluated then, and mostly what came after it, is unknown.
    pub fn exceeded(&self) -> Option<&Error> {
        self.budget.exceeded()
    }

    /// The bytes that a restart keeps: sources, their trees and names.
    pub fn kept(&self) -> u64 {
        self.sources.kept() as u64 + self.symbols.bytes()
    }
}
