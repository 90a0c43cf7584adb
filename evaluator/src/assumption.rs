//! Conditions that cannot be known, and what would be if one of them went one way.
//!
//! At first nothing is assumed, and what depends on such a condition is opaque. Then (`suppose`) a condition goes one way:
//! what was tainted by it is pending again and whatever is evaluated comes out accordingly, until `retract` puts
//! everything back. So a branch costs what depends on its condition, and nothing else.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::arena::{Slot, Worker, mix};
use crate::error::Stop;
use crate::eval::{Evaluator, Limits};
use crate::ir::Expr;
use crate::met_conditions::MetConditions;
use crate::span::Span;
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
    /// The condition.
    pub condition: UnknownCondition,
    /// Which way it goes.
    pub value: bool,
}

/// An expression that was evaluated for its own sake.
#[derive(Debug)]
pub(crate) struct RootExpr {
    expr: Rc<Expr>,
    env: Env,
    /// The thunk that it has been put off to, if there is one.
    thunk: Option<Thunk>,
    name: u64,
    call: Span,
    met_conditions: MetConditions,
}

/// The known conditions, and the state before anything was assumed.
#[derive(Debug, Default)]
pub(crate) struct Branches {
    met: Vec<UnknownCondition>,
    numbers: BTreeMap<u64, u32>,
    assumed: Vec<Assumption>,
    /// Tainted thunks as they were before they were evaluated.
    kept: Vec<(Thunk, MetConditions, Slot)>,
    /// Which of these each condition taints.
    conditional: Vec<Vec<u32>>,
    pub roots: Vec<RootExpr>,
    /// How much there was before something was assumed.
    mark: Option<Mark>,
    /// The earlier content of thunks that a branch has changed.
    trail: Vec<(Thunk, Slot)>,
    /// The steps that all branches together have spent.
    spent: u64,
}

/// How much there is of everything.
#[derive(Clone, Copy, Debug)]
struct Mark {
    slots: usize,
    cells: usize,
    frames: usize,
    calls: usize,
    embedded_calls: usize,
    met: usize,
    reached: usize,
    roots: usize,
    limits: Limits,
}

impl Branches {
    /// How many thunks were tainted.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// The bytes that all of it takes.
    pub fn bytes(&self) -> u64 {
        // A tainted thunk is also among those of each of its conditions, of which there are few.
        let kept = self.kept.len() * (size_of::<(Thunk, MetConditions, Slot)>() + size_of::<u64>());
        let trail = self.trail.len() * size_of::<(Thunk, Slot)>();
        (kept + trail + self.roots.len() * size_of::<RootExpr>()) as u64
    }
}

/// Work that was interrupted by other work.
#[derive(Debug)]
pub struct Interrupted(Worker, Span);

impl Evaluator {
    /// The assumption about the condition at this place, which cannot be known.
    pub(crate) fn decide(&mut self, span: Span) -> Option<bool> {
        let name = self.give_name();
        let number = match self.branches.numbers.get(&name) {
            Some(number) => *number,
            None if self.branches.met.len() >= MOST_CONDITIONS => return None,
            None => {
                let number = u32::try_from(self.branches.met.len()).unwrap_or(u32::MAX);
                let span = if self.is_embedded(span) { self.user_call } else { span };
                self.branches.met.push(UnknownCondition { name, span });
                self.branches.numbers.insert(name, number);
                number
            }
        };
        let met_conditions = self.met_condition_sets.single(number);
        self.note_met(met_conditions);
        let mut assumed = self.branches.assumed.iter();
        assumed.find(|assumed| assumed.condition.name == name).map(|assumed| assumed.value)
    }

    /// The conditions that could not be known, in the order in which they were met.
    pub fn conditions(&self) -> &[UnknownCondition] {
        &self.branches.met
    }

    /// Whether a condition, by its place among `conditions`, is one of these.
    pub fn has_met(&self, met_conditions: MetConditions, condition: usize) -> bool {
        u32::try_from(condition)
            .is_ok_and(|condition| self.met_condition_sets.contains(met_conditions, condition))
    }

    /// Whether one of the conditions of which something is assumed is one of these.
    pub fn is_doubtful(&self, met_conditions: MetConditions) -> bool {
        met_conditions != MetConditions::NONE
            && self.branches.assumed.iter().any(|assumed| {
                let number = self.branches.numbers.get(&assumed.condition.name);
                number.is_some_and(|number| self.met_condition_sets.contains(met_conditions, *number))
            })
    }

    /// Whether something is assumed.
    pub(crate) fn in_branch(&self) -> bool {
        self.branches.mark.is_some()
    }

    /// Begins a piece of work, which `about` tells from other pieces of the work that it interrupts, so that what it makes
    /// is named the same each time; the innermost call of the user's is `call`.
    pub fn begin(&mut self, about: u64, call: Span) -> Interrupted {
        let name = mix(self.worker.name, about);
        let worker = std::mem::replace(&mut self.worker, Worker::new(name));
        Interrupted(worker, std::mem::replace(&mut self.user_call, call))
    }

    /// Ends it; gives the conditions that were met on the way.
    pub fn end(&mut self, interrupted: Interrupted) -> MetConditions {
        let own = self.worker.met_conditions;
        self.worker = interrupted.0;
        self.user_call = interrupted.1;
        self.note_met(own);
        own
    }

    /// The number that names a thunk, the same in every branch.
    pub fn name_of(&self, thunk: Thunk) -> u64 {
        self.names[thunk.0 as usize]
    }

    /// Grants steps for one of the things that there may be many of in a source, each of which is some work. What a branch may
    /// take stays as it is.
    pub fn grant(&mut self, steps: u64) {
        if !self.in_branch() {
            self.limits.steps = self.limits.steps.saturating_add(steps);
        }
    }

    /// Spends steps on work that is not the evaluator's.
    pub fn spend(&mut self, steps: u64) {
        self.limits.steps = self.limits.steps.saturating_sub(steps);
    }

    /// Evaluates an expression for its own sake.
    pub(crate) fn root(&mut self, expr: &Rc<Expr>, env: Env, thunk: Option<Thunk>) {
        let (name, call) = (self.give_name(), self.user_call);
        // Whether it fails matters only where it is needed.
        let (_, met_conditions) = self.working(Worker::new(name), |it| it.whole(expr, env, thunk));
        self.branches.roots.push(RootExpr { expr: Rc::clone(expr), env, thunk, name, call, met_conditions });
    }

    /// The expressions evaluated for their own sake that met a condition.
    pub fn roots_of(&self, condition: usize) -> Vec<usize> {
        let roots = self.branches.roots.iter().enumerate();
        roots.filter(|(_, root)| self.has_met(root.met_conditions, condition)).map(|(at, _)| at).collect()
    }

    /// Evaluates one of these again.
    pub fn rerun(&mut self, root: usize) {
        let Some(RootExpr { expr, env, thunk, name, call, .. }) = self.branches.roots.get(root) else {
            return;
        };
        let (expr, env, thunk, name) = (Rc::clone(expr), *env, *thunk, *name);
        let outer = std::mem::replace(&mut self.user_call, *call);
        let _ = self.working(Worker::new(name), |it| it.whole(&expr, env, thunk));
        self.user_call = outer;
    }

    /// A thunk begins to be evaluated: in a branch, what it held is put back at the end.
    pub(crate) fn remember(&mut self, thunk: Thunk, held: &Slot) {
        if self.branches.mark.is_some_and(|mark| (thunk.0 as usize) < mark.slots) {
            self.branches.trail.push((thunk, held.clone()));
        }
    }

    /// A thunk was evaluated and met conditions.
    pub(crate) fn keep(&mut self, thunk: Thunk, met_conditions: MetConditions, held: Slot) {
        if self.branches.mark.is_none() {
            self.branches.kept.push((thunk, met_conditions, held));
        }
    }

    /// Ends what is evaluated with nothing assumed: sees which calls and thunks each condition taints.
    pub fn settle(&mut self) {
        let by_name: BTreeMap<u64, MetConditions> =
            self.branches.roots.iter().map(|root| (root.name, root.met_conditions)).collect();
        let owners: Vec<MetConditions> = self
            .calls
            .iter()
            .map(|call| match call.owner.thunk {
                Some(thunk) => self.taint_of(thunk),
                None => by_name.get(&call.owner.name).copied().unwrap_or_default(),
            })
            .collect();
        for (call, met_conditions) in self.calls.iter_mut().zip(owners) {
            call.made_in = met_conditions;
        }
        let mut conditional = vec![Vec::new(); self.branches.met.len()];
        for (at, (_, met_conditions, _)) in self.branches.kept.iter().enumerate() {
            for condition in self.met_condition_sets.of(*met_conditions) {
                conditional[*condition as usize].push(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        self.branches.conditional = conditional;
    }

    /// Assumes something of conditions, until it is retracted. False where all that branches may spend is spent: then
    /// nothing is assumed.
    #[must_use]
    pub fn suppose(&mut self, assumptions: &[Assumption]) -> bool {
        // A branch is some work by itself, even where nothing depends on its condition.
        const ITSELF: u64 = 500;
        let left = self.most.steps.saturating_sub(self.branches.spent);
        if self.in_branch() || left < ITSELF {
            return false;
        }
        self.branches.spent += ITSELF;
        self.mark();
        self.limits = Limits { steps: left - ITSELF, ..self.most };
        for assumption in assumptions {
            self.branches.assumed.push(*assumption);
            let number = self.branches.numbers.get(&assumption.condition.name);
            let conditional = number.and_then(|number| self.branches.conditional.get(*number as usize));
            for at in conditional.into_iter().flatten() {
                let (thunk, _, held) = &self.branches.kept[*at as usize];
                let before = std::mem::replace(&mut self.slots[thunk.0 as usize], held.clone());
                self.branches.trail.push((*thunk, before));
            }
        }
        true
    }

    /// Notes how much there is of everything.
    fn mark(&mut self) {
        self.branches.mark = Some(Mark {
            slots: self.slots.len(),
            cells: self.cells.len(),
            frames: self.frames.len(),
            calls: self.calls.len(),
            embedded_calls: self.embedded_calls.len(),
            met: self.branches.met.len(),
            reached: self.reached.len(),
            roots: self.branches.roots.len(),
            limits: self.limits,
        });
    }

    /// Has something evaluated with limits of its own, of which nothing is kept but what `work` gives: no thunk in that is
    /// anything afterwards.
    pub fn aside<T>(&mut self, work: impl FnOnce(&mut Evaluator) -> T) -> T {
        if self.in_branch() {
            return work(self);
        }
        self.mark();
        self.limits = self.most;
        let result = work(self);
        if let Some(limits) = self.unwind() {
            self.limits = limits;
        }
        result
    }

    /// Takes back what was assumed, and all that came of it.
    pub fn retract(&mut self) {
        let Some(limits) = self.unwind() else { return };
        let given = self.most.steps.saturating_sub(self.branches.spent);
        self.branches.spent += given.saturating_sub(self.limits.steps);
        self.limits = limits;
        self.branches.assumed.clear();
    }

    /// Puts everything back to how it was marked; gives the limits of then.
    fn unwind(&mut self) -> Option<Limits> {
        let mark = self.branches.mark.take()?;
        while let Some((thunk, held)) = self.branches.trail.pop() {
            self.slots[thunk.0 as usize] = held;
        }
        self.slots.truncate(mark.slots);
        self.names.truncate(mark.slots);
        self.cells.truncate(mark.cells);
        self.frames.truncate(mark.frames);
        self.calls.truncate(mark.calls);
        self.embedded_calls.truncate(mark.embedded_calls);
        for file in self.reached.drain(mark.reached..) {
            self.imports.remove(&self.sources[file.0 as usize].path);
        }
        self.branches.roots.truncate(mark.roots);
        for condition in self.branches.met.drain(mark.met..) {
            self.branches.numbers.remove(&condition.name);
        }
        self.forest.cut();
        Some(mark.limits)
    }

    /// Decides a value that is to be a boolean.
    pub(crate) fn decided(&mut self, value: &crate::Value, span: Span) -> Result<bool, Stop> {
        match value {
            crate::Value::Bool(value) => Ok(*value),
            crate::Value::Opaque(_) => self.decide(span).ok_or(Stop::Opaque),
            other => Err(crate::eval::wrong_type(other, "a boolean")),
        }
    }
}
