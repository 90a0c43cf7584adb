//! The current computation: what it is named by, where it is, and which unknown conditions it has met.

use crate::met_conditions::{MetConditionSets, MetConditions};
use crate::span::Span;
use crate::value::Thunk;

/// One evaluation, of a thunk or a root expression: the number that names it, how many names it has given to thunks, and the
/// unknown conditions that it has met.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Worker {
    pub name: u64,
    pub given: u32,
    pub met_conditions: MetConditions,
    /// The thunk that is being evaluated, or none.
    pub thunk: Option<Thunk>,
}

impl Worker {
    /// An evaluation that no thunk asked for.
    pub(crate) fn new(name: u64) -> Worker {
        Worker { name, ..Worker::default() }
    }
}

/// Mixes two numbers into one that names what they name together.
pub(crate) fn mix(one: u64, other: u64) -> u64 {
    let mut mixed = one ^ other.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 32)
}

/// The current computation: who computes, and where the evaluation is.
#[derive(Debug, Default)]
pub(crate) struct Computation {
    /// The evaluation that the next names of thunks belong to.
    pub worker: Worker,
    /// Where the value that was evaluated last came from.
    pub origin: Span,
    /// The innermost call that stands in a source of the user's.
    pub user_call: Span,
    /// Every set of conditions that was met.
    met: MetConditionSets,
}

impl Computation {
    /// The next name that the current evaluation gives to a thunk.
    pub(crate) fn give_name(&mut self) -> u64 {
        self.worker.given += 1;
        mix(self.worker.name, u64::from(self.worker.given))
    }

    /// Begins a piece of work; gives the one that it interrupts.
    pub(crate) fn begin(&mut self, worker: Worker) -> Worker {
        std::mem::replace(&mut self.worker, worker)
    }

    /// Ends it and goes on with the outer one, which has met what the inner one has met; gives that.
    pub(crate) fn end(&mut self, outer: Worker) -> MetConditions {
        let own = self.worker.met_conditions;
        self.worker = outer;
        self.note_met(own);
        own
    }

    /// Notes that conditions were met.
    pub(crate) fn note_met(&mut self, met_conditions: MetConditions) {
        if met_conditions != self.worker.met_conditions && met_conditions != MetConditions::NONE {
            self.worker.met_conditions = self.met.union(self.worker.met_conditions, met_conditions);
        }
    }

    /// Notes that a condition was met.
    pub(crate) fn note_condition(&mut self, number: u32) {
        let met_conditions = self.met.single(number);
        self.note_met(met_conditions);
    }

    /// The conditions of both.
    pub(crate) fn union(&mut self, one: MetConditions, other: MetConditions) -> MetConditions {
        self.met.union(one, other)
    }

    /// Every set of conditions that was met.
    pub(crate) fn met(&self) -> &MetConditionSets {
        &self.met
    }
}
