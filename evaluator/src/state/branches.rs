//! The unknown conditions that were met, what is assumed of them, and how to go back to where nothing was assumed.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::ir::Expr;
use crate::limits::Limits;
use crate::met_conditions::{MetConditionSets, MetConditions};
use crate::span::Span;
use crate::state::arena::{Arena, Extent, Slot};
use crate::state::noticed::NoticedCount;
use crate::value::{Env, Thunk};

/// More conditions than this are not told apart: the others stay unknown.
const MOST_CONDITIONS: usize = 2000;

/// A condition that cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCondition {
    /// The number that names it, the same however often it is met.
    name: u64,
    /// Where it stands, or the user's call that led to it.
    pub span: Span,
}

/// An assumption about a condition.
#[derive(Clone, Copy, Debug)]
pub struct Assumption {
    /// The condition that the assumption is about.
    pub condition: UnknownCondition,
    /// Which way it goes.
    pub value: bool,
}

/// An expression that was evaluated for its own sake.
#[derive(Clone, Debug)]
pub(crate) struct RootExpr {
    pub expr: Rc<Expr>,
    pub env: Env,
    /// The thunk that it has been put off to, if there is one.
    pub thunk: Option<Thunk>,
    pub name: u64,
    pub call: Span,
    pub met_conditions: MetConditions,
}

/// How much there was of everything before something was assumed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    pub extent: Extent,
    pub noticed: NoticedCount,
    pub reached: usize,
    pub left: Limits,
}

/// The known conditions, and the state before anything was assumed.
#[derive(Debug, Default)]
pub(crate) struct Branches {
    met: Vec<UnknownCondition>,
    numbers: BTreeMap<u64, u32>,
    assumed: Vec<Assumption>,
    /// Thunks that depend on conditions, as they were before they were evaluated.
    kept: Vec<(Thunk, MetConditions, Slot)>,
    /// Which of these depend on each condition.
    conditional: Vec<Vec<u32>>,
    roots: Vec<RootExpr>,
    /// How much there was before something was assumed.
    mark: Option<Mark>,
    /// The earlier content of thunks that a branch has changed.
    trail: Vec<(Thunk, Slot)>,
    /// The steps that all branches together have spent.
    spent: u64,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    before: Before,
    met: usize,
    roots: usize,
}

impl Branches {
    /// How many thunks depend on conditions.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    /// The bytes that all of it takes.
    pub(crate) fn bytes(&self) -> u64 {
        // A thunk is also among those of each of its conditions, of which there are few.
        let kept = self.kept.len() * (size_of::<(Thunk, MetConditions, Slot)>() + size_of::<u64>());
        let trail = self.trail.len() * size_of::<(Thunk, Slot)>();
        (kept + trail + self.roots.len() * size_of::<RootExpr>()) as u64
    }

    // Conditions.

    /// The number of a condition, which is a new one where it was not met before; nothing where there are too many.
    pub(crate) fn meet(&mut self, name: u64, span: Span) -> Option<u32> {
        if let Some(number) = self.numbers.get(&name) {
            return Some(*number);
        }
        if self.met.len() >= MOST_CONDITIONS {
            return None;
        }
        let number = u32::try_from(self.met.len()).unwrap_or(u32::MAX);
        self.met.push(UnknownCondition { name, span });
        self.numbers.insert(name, number);
        Some(number)
    }

    /// The conditions that were met, in that order.
    pub(crate) fn conditions(&self) -> &[UnknownCondition] {
        &self.met
    }

    /// The value that is assumed for a condition, if there is one.
    pub(crate) fn assumed(&self, name: u64) -> Option<bool> {
        let mut assumed = self.assumed.iter();
        assumed.find(|assumed| assumed.condition.name == name).map(|assumed| assumed.value)
    }

    /// Whether something is assumed of one of these conditions.
    pub(crate) fn assumes_any_of(&self, conditions: MetConditions, sets: &MetConditionSets) -> bool {
        conditions != MetConditions::NONE
            && self.assumed.iter().any(|assumed| {
                let number = self.numbers.get(&assumed.condition.name);
                number.is_some_and(|number| sets.contains(conditions, *number))
            })
    }

    /// Whether something is assumed, or evaluated aside.
    pub(crate) fn in_branch(&self) -> bool {
        self.mark.is_some()
    }

    // Thunks.

    /// A thunk begins to be evaluated: in a branch, what it held is put back at the end.
    pub(crate) fn remember(&mut self, thunk: Thunk, held: &Slot) {
        if self.mark.is_some_and(|mark| mark.before.extent.has(thunk)) {
            self.trail.push((thunk, held.clone()));
        }
    }

    /// A thunk was evaluated and met conditions.
    pub(crate) fn keep(&mut self, thunk: Thunk, met_conditions: MetConditions, held: Slot) {
        if self.mark.is_none() {
            self.kept.push((thunk, met_conditions, held));
        }
    }

    // Expressions evaluated for their own sake.

    pub(crate) fn add_root(&mut self, root: RootExpr) {
        self.roots.push(root);
    }

    pub(crate) fn roots(&self) -> &[RootExpr] {
        &self.roots
    }

    /// Ends what is evaluated with nothing assumed: sees which thunks depend on each condition.
    pub(crate) fn settle(&mut self, sets: &MetConditionSets) {
        let mut conditional = vec![Vec::new(); self.met.len()];
        for (at, (_, met_conditions, _)) in self.kept.iter().enumerate() {
            for condition in sets.of(*met_conditions) {
                conditional[*condition as usize].push(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        self.conditional = conditional;
    }

    // Branches.

    /// The steps that all branches together may still spend, out of `of`.
    pub(crate) fn steps_left(&self, of: u64) -> u64 {
        of.saturating_sub(self.spent)
    }

    /// Notes what a branch has spent.
    pub(crate) fn spend(&mut self, steps: u64) {
        self.spent += steps;
    }

    /// Begins a branch: notes how much there is of everything.
    pub(crate) fn begin(&mut self, before: Before) {
        self.mark = Some(Mark { before, met: self.met.len(), roots: self.roots.len() });
    }

    /// Assumes something: what depends on the condition is pending again.
    pub(crate) fn assume(&mut self, assumption: Assumption, arena: &mut Arena) {
        self.assumed.push(assumption);
        let number = self.numbers.get(&assumption.condition.name);
        let conditional = number.and_then(|number| self.conditional.get(*number as usize));
        for at in conditional.into_iter().flatten() {
            let (thunk, _, held) = &self.kept[*at as usize];
            let before = arena.replace(*thunk, held.clone());
            self.trail.push((*thunk, before));
        }
    }

    /// Assumes nothing any more.
    pub(crate) fn forget_assumptions(&mut self) {
        self.assumed.clear();
    }

    /// Ends a branch: puts conditions, roots and thunks back to how they were; gives how much there was of the rest.
    pub(crate) fn unwind(&mut self, arena: &mut Arena) -> Option<Before> {
        let mark = self.mark.take()?;
        while let Some((thunk, held)) = self.trail.pop() {
            arena.replace(thunk, held);
        }
        arena.cut(mark.before.extent);
        self.roots.truncate(mark.roots);
        for condition in self.met.drain(mark.met..) {
            self.numbers.remove(&condition.name);
        }
        Some(mark.before)
    }
}
