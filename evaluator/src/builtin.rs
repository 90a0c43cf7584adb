//! The interface of a builtin function. The evaluator takes its table of builtins from outside, so that the two stay
//! apart.

use std::rc::Rc;

use crate::error::Stop;
use crate::ir::BuiltinId;
use crate::value::{Set, Thunk, Value};

/// A builtin function that an evaluator `E` runs.
#[derive(Debug)]
pub(crate) struct BuiltinFunction<E> {
    /// Its name in `builtins`.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: usize,
    /// Runs the function. It gets `arity` arguments.
    pub run: fn(&mut E, &[Thunk]) -> Result<Value, Stop>,
}

/// The builtins that an evaluator has.
#[derive(Debug)]
pub(crate) struct Builtins<E: 'static> {
    all: Vec<&'static BuiltinFunction<E>>,
    /// The value of `builtins`, made when it is first used.
    pub set: Option<Rc<Set>>,
}

impl<E> Builtins<E> {
    pub(crate) fn new(all: impl Iterator<Item = &'static BuiltinFunction<E>>) -> Builtins<E> {
        Builtins { all: all.collect(), set: None }
    }

    /// The function of this id.
    pub(crate) fn get(&self, id: BuiltinId) -> &'static BuiltinFunction<E> {
        self.all[id.0 as usize]
    }

    /// All builtins by name, each with the id that [`Builtins::get`] takes.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, BuiltinId)> {
        self.all.iter().zip(0..).map(|(builtin, at)| (builtin.name, BuiltinId(at)))
    }
}
