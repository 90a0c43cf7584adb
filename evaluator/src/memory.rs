//! How many bytes the values of an evaluator hold, counted while they live.
//!
//! Lists, sets and strings carry a [`Held`], which gives its bytes back when the value is dropped. What stands in the arena
//! is counted by its length (`Evaluator::live`).

use std::cell::Cell;
use std::rc::Rc;

use crate::arena::{Frame, Slot};
use crate::error::{Error, ErrorKind, Stop};
use crate::eval::Evaluator;
use crate::symbol::Symbol;
use crate::value::{List, NixAttribute, NixString, Opaque, Set, Thunk, Value};

/// The bytes that the values of one evaluator hold at the moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Rc<Cell<u64>>);

impl Memory {
    /// Counts bytes for as long as what is returned lives.
    pub fn hold(&self, bytes: u64) -> Held {
        self.0.set(self.0.get() + bytes);
        Held { bytes, memory: Some(self.clone()) }
    }

    /// The bytes that are held.
    pub fn held(&self) -> u64 {
        self.0.get()
    }
}

/// Bytes that are counted for as long as this lives. The default counts nothing: it is for what belongs to a source.
#[derive(Debug, Default)]
pub(crate) struct Held {
    bytes: u64,
    memory: Option<Memory>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(Memory(held)) = &self.memory {
            held.set(held.get() - self.bytes);
        }
    }
}

/// The bytes that a value takes beside its content: the counters, the allocator's own share.
const OVERHEAD: usize = 64;
/// The bytes that a thunk takes: its slot, its name, and the arguments of a call that is put off.
pub(crate) const THUNK: usize = size_of::<Slot>() + size_of::<u64>() + 32;
/// The bytes that a syntax tree takes for each byte of its source, about.
const TREE: usize = 16;
/// The bytes that are copied in the time of one step, about.
const BYTES_PER_STEP: u64 = 1024;
/// So many thunks are made before memory is looked at again.
const THUNKS_BETWEEN: usize = 1 << 16;

impl Evaluator {
    /// The bytes that live: values, thunks, variables, names, trees, sources.
    pub(crate) fn live(&self) -> u64 {
        let arena = self.slots.len() * THUNK
            + self.cells.len() * size_of::<Thunk>()
            + self.frames.len() * size_of::<Frame>();
        let sources = self.read * TREE;
        self.memory.held()
            + (arena + sources) as u64
            + self.symbols.bytes()
            + self.met_condition_sets.bytes()
            + self.branches.bytes()
            + self.forest.bytes()
    }

    /// Refuses what does not fit into memory beside what lives.
    ///
    /// # Errors
    /// Where it does not.
    pub(crate) fn fits(&mut self, bytes: u64) -> Result<(), Stop> {
        self.look = self.slots.len() + THUNKS_BETWEEN;
        if self.live().saturating_add(bytes) <= self.limits.memory {
            return Ok(());
        }
        let message = format!("the evaluation needs more than {} MB of memory", self.limits.memory >> 20);
        Err(Stop::new(ErrorKind::Limit, message))
    }

    /// Spends the steps that going through so many bytes takes.
    pub(crate) fn work(&mut self, bytes: usize) {
        self.limits.steps = self.limits.steps.saturating_sub(bytes as u64 / BYTES_PER_STEP);
    }

    fn hold(&mut self, bytes: usize) -> Result<Held, Stop> {
        let bytes = bytes + OVERHEAD;
        self.fits(bytes as u64)?;
        self.work(bytes);
        Ok(self.memory.hold(bytes as u64))
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
        if error.kind == ErrorKind::Limit && self.exceeded.is_none() && users && !self.in_branch() {
            self.exceeded = Some(Box::new(error.clone()));
        }
    }

    /// The first limit that was exceeded: what was to be evaluated then, and mostly what came after it, is unknown.
    pub fn exceeded(&self) -> Option<&Error> {
        self.exceeded.as_deref()
    }

    /// The bytes that a restart keeps: sources, their trees and names.
    pub fn kept(&self) -> u64 {
        let sources: usize = self.sources.iter().map(|source| source.text.len() * (1 + TREE)).sum();
        sources as u64 + self.symbols.bytes()
    }
}
