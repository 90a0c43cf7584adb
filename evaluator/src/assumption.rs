//! Conditions that cannot be known, and what would be if one of them went one way.
//!
//! At first nothing is assumed, and what depends on such a condition is opaque. Then (`suppose`) a condition goes one way:
//! what depends on it is pending again and whatever is evaluated comes out accordingly, until `retract` puts
//! everything back. So a branch costs what depends on its condition, and nothing else.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::ir::Expr;
use crate::limits::Limits;
use crate::met_conditions::MetConditions;
use crate::span::Span;
use crate::state::branches::{Assumption, Before, RootExpr, UnknownCondition};
use crate::state::computation::{Worker, mix};
use crate::value::{Env, Thunk, Value, wrong_type};

/// Work that was interrupted by other work.
#[derive(Debug)]
pub struct Interrupted(Worker, Span);

impl Evaluator {
    /// The assumption about the condition at this place, which cannot be known.
    pub(crate) fn decide(&mut self, span: Span) -> Option<bool> {
        let name = self.current.give_name();
        let span = if self.is_embedded(span) { self.current.user_call } else { span };
        let number = self.branches.meet(name, span)?;
        self.current.note_condition(number);
        self.branches.assumed(name)
    }

    /// The conditions that could not be known, in the order in which they were met.
    pub fn conditions(&self) -> &[UnknownCondition] {
        self.branches.conditions()
    }

    /// Whether a condition, by its place among `conditions`, is one of these.
    pub fn has_met(&self, met_conditions: MetConditions, condition: usize) -> bool {
        u32::try_from(condition).is_ok_and(|condition| self.current.met().contains(met_conditions, condition))
    }

    /// Whether one of the conditions of which something is assumed is one of these.
    pub fn is_doubtful(&self, met_conditions: MetConditions) -> bool {
        self.branches.assumes_any_of(met_conditions, self.current.met())
    }

    /// Begins a piece of work, which `about` tells from other pieces of the work that it interrupts, so that what it makes
    /// is named the same each time; the innermost call of the user's is `call`.
    pub fn begin(&mut self, about: u64, call: Span) -> Interrupted {
        let name = mix(self.current.worker.name, about);
        let worker = self.current.begin(Worker::new(name));
        Interrupted(worker, std::mem::replace(&mut self.current.user_call, call))
    }

    /// Ends it; gives the conditions that were met on the way.
    pub fn end(&mut self, interrupted: Interrupted) -> MetConditions {
        let own = self.current.end(interrupted.0);
        self.current.user_call = interrupted.1;
        own
    }

    /// The number that names a thunk, the same in every branch.
    pub fn name_of(&self, thunk: Thunk) -> u64 {
        self.arena.name_of(thunk)
    }

    /// Grants steps for one of the things that there may be many of in a source, each of which is some work. What a branch may
    /// take stays as it is.
    pub fn grant(&mut self, steps: u64) {
        if !self.branches.in_branch() {
            self.budget.grant(steps);
        }
    }

    /// Spends steps on work that is not the evaluator's.
    pub fn spend(&mut self, steps: u64) {
        self.budget.spend(steps);
    }

    /// Evaluates an expression for its own sake.
    pub(crate) fn root(&mut self, expr: &Rc<Expr>, env: Env, thunk: Option<Thunk>) {
        let (name, call) = (self.current.give_name(), self.current.user_call);
        // Whether it fails matters only where it is needed.
        let (_, met_conditions) = self.working(Worker::new(name), |it| it.whole(expr, env, thunk));
        self.branches.add_root(RootExpr { expr: Rc::clone(expr), env, thunk, name, call, met_conditions });
    }

    /// The expressions evaluated for their own sake that met a condition.
    pub fn roots_of(&self, condition: usize) -> Vec<usize> {
        let roots = self.branches.roots().iter().enumerate();
        roots.filter(|(_, root)| self.has_met(root.met_conditions, condition)).map(|(at, _)| at).collect()
    }

    /// Evaluates one of these again.
    pub fn rerun(&mut self, root: usize) {
        let Some(RootExpr { expr, env, thunk, name, call, .. }) = self.branches.roots().get(root).cloned()
        else {
            return;
        };
        let outer = std::mem::replace(&mut self.current.user_call, call);
        let _ = self.working(Worker::new(name), |it| it.whole(&expr, env, thunk));
        self.current.user_call = outer;
    }

    /// Ends what is evaluated with nothing assumed: sees which calls and thunks each condition taints.
    pub fn settle(&mut self) {
        let by_name: BTreeMap<u64, MetConditions> =
            self.branches.roots().iter().map(|root| (root.name, root.met_conditions)).collect();
        let owners: Vec<MetConditions> = self
            .noticed
            .calls()
            .iter()
            .map(|call| match call.owner.thunk {
                Some(thunk) => self.arena.met_by(thunk),
                None => by_name.get(&call.owner.name).copied().unwrap_or_default(),
            })
            .collect();
        for (call, met_conditions) in self.noticed.calls_mut().iter_mut().zip(owners) {
            call.made_in = met_conditions;
        }
        self.branches.settle(self.current.met());
    }

    /// Assumes something of conditions, until it is retracted. False where all that branches may spend is spent: then
    /// nothing is assumed.
    #[must_use]
    pub fn suppose(&mut self, assumptions: &[Assumption]) -> bool {
        // A branch is some work by itself, even where nothing depends on its condition.
        const ITSELF: u64 = 500;
        let left = self.branches.steps_left(self.budget.given().steps);
        if self.branches.in_branch() || left < ITSELF {
            return false;
        }
        self.branches.spend(ITSELF);
        self.mark();
        self.budget.set_left(Limits { steps: left - ITSELF, ..self.budget.given() });
        for assumption in assumptions {
            self.branches.assume(*assumption, &mut self.arena);
        }
        true
    }

    /// Notes how much there is of everything.
    fn mark(&mut self) {
        self.branches.begin(Before {
            extent: self.arena.extent(),
            noticed: self.noticed.count(),
            reached: self.sources.reached().len(),
            left: self.budget.left(),
        });
    }

    /// Has something evaluated with limits of its own, of which nothing is kept but what `work` gives: no thunk in that is
    /// anything afterwards.
    pub fn aside<T>(&mut self, work: impl FnOnce(&mut Evaluator) -> T) -> T {
        if self.branches.in_branch() {
            return work(self);
        }
        self.mark();
        self.budget.set_left(self.budget.given());
        let result = work(self);
        if let Some(limits) = self.unwind() {
            self.budget.set_left(limits);
        }
        result
    }

    /// Takes back what was assumed, and all that came of it.
    pub fn retract(&mut self) {
        let Some(limits) = self.unwind() else { return };
        let given = self.branches.steps_left(self.budget.given().steps);
        self.branches.spend(given.saturating_sub(self.budget.left().steps));
        self.budget.set_left(limits);
        self.branches.forget_assumptions();
    }

    /// Puts everything back to how it was marked; gives the limits of then.
    fn unwind(&mut self) -> Option<Limits> {
        let before = self.branches.unwind(&mut self.arena)?;
        self.noticed.cut(before.noticed);
        self.sources.cut(before.reached);
        self.forest.cut();
        Some(before.left)
    }

    /// Decides a value that is to be a boolean.
    pub(crate) fn decided(&mut self, value: &Value, span: Span) -> Result<bool, Stop> {
        match value {
            Value::Bool(value) => Ok(*value),
            Value::Opaque(_) => self.decide(span).ok_or(Stop::Opaque),
            other => Err(wrong_type(other, "a boolean")),
        }
    }
}
