//! The evaluator: its parts, and what is done with several of them at once.
//!
//! Evaluation is in files of its own, by its object: `eval.rs` expressions, `force.rs` thunks, `call.rs` calls,
//! `attributes.rs` sets, `operators.rs` operators, `opaque.rs` what cannot be known, `to_tree.rs` whole values.

use crate::builtin::{BuiltinFunction, Builtins};
use crate::error::Stop;
use crate::files::Files;
use crate::limits::Limits;
use crate::lower::Globals;
use crate::state::arena::Arena;
use crate::state::branches::Branches;
use crate::state::budget::Budget;
use crate::state::computation::Computation;
use crate::state::forest::Forest;
use crate::state::known_parts::KnownParts;
use crate::state::noticed::Noticed;
use crate::state::sources::Sources;
use crate::symbol::Symbols;

/// An evaluator and all that it has evaluated.
pub struct Evaluator {
    /// The interned names of attributes and variables.
    pub symbols: Symbols,
    pub(crate) sources: Sources,
    /// The thunks and variables of the evaluation.
    pub(crate) arena: Arena,
    pub(crate) budget: Budget,
    pub(crate) current: Computation,
    /// Conditions that cannot be known, and what is assumed of them.
    pub(crate) branches: Branches,
    /// The parts of opaque values that are known all the same.
    pub(crate) known_parts: KnownParts,
    /// The calls that a checker wants to know of.
    pub(crate) noticed: Noticed,
    /// The values that were evaluated to the end.
    pub(crate) forest: Forest,
    pub(crate) builtins: Builtins<Evaluator>,
}

impl Evaluator {
    /// An evaluator with these builtins.
    pub(crate) fn with_builtins(
        machine: Box<dyn Files>,
        limits: Limits,
        lenient: bool,
        builtins: impl Iterator<Item = &'static BuiltinFunction<Evaluator>>,
        globals: Globals,
    ) -> Evaluator {
        Evaluator {
            symbols: Symbols::default(),
            sources: Sources::new(machine, lenient, globals),
            arena: Arena::new(),
            budget: Budget::new(limits),
            current: Computation::default(),
            branches: Branches::default(),
            known_parts: KnownParts::default(),
            noticed: Noticed::default(),
            forest: Forest::default(),
            builtins: Builtins::new(builtins),
        }
    }

    /// Bounds evaluations from now on, for a caller whose stack is not [`Limits::STACK`].
    pub fn set_limits(&mut self, limits: Limits) {
        self.budget.set_limits(limits);
    }

    /// Forgets everything but the sources, so that they can be evaluated anew; those whose text is the same when they are
    /// added or imported again are not parsed again.
    pub fn restart(&mut self) {
        self.sources.restart();
        self.arena.clear();
        self.budget = self.budget.renewed();
        self.current = Computation::default();
        self.branches = Branches::default();
        self.known_parts = KnownParts::default();
        self.noticed = Noticed::default();
        self.forest = Forest::default();
        self.builtins.set = None;
    }

    /// Enters one level of evaluation: spends a step, and fails at the limits of depth, steps and memory.
    pub(crate) fn enter(&mut self) -> Result<(), Stop> {
        self.budget.allows_deeper()?;
        if self.budget.is_look_due(self.arena.thunks()) {
            self.fits(0)?;
        }
        self.budget.descend();
        Ok(())
    }

    /// Leaves one level of evaluation.
    pub(crate) fn leave(&mut self) {
        self.budget.ascend();
    }

    /// Refuses what does not fit into memory beside what lives.
    ///
    /// # Errors
    /// Where it does not.
    pub(crate) fn fits(&mut self, bytes: u64) -> Result<(), Stop> {
        self.budget.fits(self.live(), bytes, self.arena.thunks())
    }

    /// The bytes that live: values, thunks, variables, names, trees, sources.
    pub(crate) fn live(&self) -> u64 {
        self.budget.held()
            + (self.arena.bytes() + self.sources.bytes()) as u64
            + self.symbols.bytes()
            + self.current.met().bytes()
            + self.branches.bytes()
            + self.forest.bytes()
    }

    /// Spends the steps that going through so many bytes takes.
    pub(crate) fn work(&mut self, bytes: usize) {
        self.budget.spend_on_bytes(bytes);
    }
}
