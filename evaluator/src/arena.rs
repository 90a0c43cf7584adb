//! The arena: thunks and variables, and how a thunk is evaluated, once.
//!
//! Every thunk keeps which unknown conditions were met while it was evaluated, and a number that names it by who made it:
//! evaluated again under an assumption (`assumption.rs`), the same computation makes thunks and meets conditions of the same
//! numbers.

use std::rc::Rc;

use crate::error::{Error, ErrorKind, Stop};
use crate::eval::Evaluator;
use crate::ir::{Bindings, Bound, Expr, ExprKind};
use crate::met_conditions::MetConditions;
use crate::span::Span;
use crate::symbol::Symbol;
use crate::value::{Env, Thunk, Value};

/// What a thunk holds. The place of what is pending is the innermost call of the user's that it was made in.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Pending(Rc<Expr>, Env, Span),
    Call(Value, Rc<[Thunk]>, Span),
    /// A call of a function that is evaluated only then.
    Apply(Thunk, Rc<[Thunk]>, Span),
    Select(Thunk, Symbol),
    Busy,
    Done(Value, Span, MetConditions),
    Failed(Box<Error>, MetConditions),
}

/// Variables: those of one scope, and where to go on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub parent: Env,
    pub scope: FrameScope,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum FrameScope {
    /// Variables from this cell on.
    Cells(u32),
    /// The set of a `with`.
    With(Thunk),
    /// Nothing: the outermost scope.
    Top,
}

/// How much there was before something was evaluated.
#[derive(Debug)]
pub(crate) struct Region {
    slots: usize,
    cells: usize,
    frames: usize,
    kept: usize,
    noted: usize,
    /// The oldest thunk that came to more than a plain value before.
    oldest: usize,
}

/// Forgetting fewer thunks than this takes longer than it is worth.
const WORTHWHILE: usize = 16;

/// The outermost scope.
pub(crate) const TOP: Env = Env(0);

/// Who is at work: what it is named by, how many names it has given, and what conditions it has met.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Worker {
    pub name: u64,
    pub given: u32,
    pub met_conditions: MetConditions,
    /// The thunk that is being evaluated, or none.
    pub thunk: Option<Thunk>,
}

impl Worker {
    /// One that works for nobody's thunk.
    pub fn new(name: u64) -> Worker {
        Worker { name, ..Worker::default() }
    }
}

/// Mixes two numbers into one that names what they name together.
pub(crate) fn mix(one: u64, other: u64) -> u64 {
    let mut mixed = one ^ other.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 32)
}

impl Evaluator {
    /// The next name that whoever is at work gives.
    pub(crate) fn give_name(&mut self) -> u64 {
        self.worker.given += 1;
        mix(self.worker.name, u64::from(self.worker.given))
    }

    /// Has something done by a worker of its own; what it met, whoever asked for it has met as well.
    pub(crate) fn working<T>(
        &mut self,
        worker: Worker,
        work: impl FnOnce(&mut Evaluator) -> T,
    ) -> (T, MetConditions) {
        let outer = std::mem::replace(&mut self.worker, worker);
        let result = work(self);
        let own = self.worker.met_conditions;
        self.worker = outer;
        self.note_met(own);
        (result, own)
    }

    /// Notes that conditions were met.
    pub(crate) fn note_met(&mut self, met_conditions: MetConditions) {
        if met_conditions != self.worker.met_conditions && met_conditions != MetConditions::NONE {
            self.worker.met_conditions =
                self.met_condition_sets.union(self.worker.met_conditions, met_conditions);
        }
    }

    pub(crate) fn slot(&mut self, slot: Slot) -> Thunk {
        let thunk = Thunk(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        let name = self.give_name();
        self.slots.push(slot);
        self.names.push(name);
        thunk
    }

    /// A thunk that is a value already.
    pub fn done(&mut self, value: Value) -> Thunk {
        let origin = self.origin;
        self.slot(Slot::Done(value, origin, MetConditions::NONE))
    }

    /// A thunk that is a plain value already: the one before it, where that is the last that was made, and not the first.
    pub(crate) fn again(&mut self, before: Thunk, first: Thunk, value: Value) -> Thunk {
        let at = before.0 as usize;
        if before == first || self.slots.len() != at + 1 {
            return self.done(value);
        }
        self.names[at] = self.give_name();
        self.slots[at] = Slot::Done(value, self.origin, MetConditions::NONE);
        before
    }

    /// A thunk that calls a function.
    pub(crate) fn lazy_call(&mut self, function: Value, arguments: &[Thunk]) -> Thunk {
        let call = self.user_call;
        self.slot(Slot::Call(function, arguments.into(), call))
    }

    /// A thunk that calls a function, which is not asked for before.
    pub(crate) fn lazy_apply(&mut self, function: Thunk, arguments: &[Thunk]) -> Thunk {
        let call = self.user_call;
        self.slot(Slot::Apply(function, arguments.into(), call))
    }

    /// A thunk of an expression; none is made for what needs no evaluation.
    pub(crate) fn delay(&mut self, expr: &Rc<Expr>, env: Env) -> Thunk {
        let value = match &expr.kind {
            ExprKind::Local(up, at) => return self.local(env, *up, *at),
            ExprKind::Int(value) => Value::Int(*value),
            ExprKind::Str(text) => Value::Str(text.clone()),
            ExprKind::Lambda(lambda) => Value::Lambda(Rc::clone(lambda), env),
            _ => {
                let call = self.user_call;
                return self.slot(Slot::Pending(Rc::clone(expr), env, call));
            }
        };
        self.slot(Slot::Done(value, expr.span, MetConditions::NONE))
    }

    /// Evaluates a thunk as far as its outermost part.
    pub fn force(&mut self, thunk: Thunk) -> Result<Value, Stop> {
        let at = thunk.0 as usize;
        match &self.slots[at] {
            Slot::Done(value, origin, met_conditions) => {
                self.origin = *origin;
                let (value, met_conditions) = (value.clone(), *met_conditions);
                self.note_met(met_conditions);
                return Ok(value);
            }
            Slot::Busy => {
                return Err(Stop::new(ErrorKind::Recursion, "infinite recursion: the value needs itself"));
            }
            Slot::Failed(error, met_conditions) => {
                let (error, met_conditions) = (error.clone(), *met_conditions);
                self.note_met(met_conditions);
                return Err(Stop::Error(error));
            }
            Slot::Pending(..) | Slot::Call(..) | Slot::Apply(..) | Slot::Select(..) => {}
        }
        // A set may inherit from one that inherits, as often as a source is long.
        let depth = self.depth;
        if let Slot::Select(..) | Slot::Apply(..) = &self.slots[at] {
            self.enter()?;
        }
        // Only what calls something leaves much behind.
        let calls = match &self.slots[at] {
            Slot::Pending(expr, ..) => matches!(expr.kind, ExprKind::Apply(..)),
            slot => !matches!(slot, Slot::Select(..)),
        };
        let region = calls.then(|| self.region());
        let pending = std::mem::replace(&mut self.slots[at], Slot::Busy);
        self.remember(thunk, &pending);
        let worker = Worker { thunk: Some(thunk), ..Worker::new(self.names[at]) };
        let outer_call = self.user_call;
        let (result, met_conditions) = self.working(worker, |it| match &pending {
            Slot::Pending(expr, env, call) => {
                it.user_call = *call;
                it.eval(expr, *env)
            }
            Slot::Call(function, arguments, call) => {
                it.user_call = *call;
                it.call_all(function.clone(), arguments)
            }
            Slot::Apply(function, arguments, call) => {
                it.user_call = *call;
                let function = it.force(*function)?;
                it.call_all(function, arguments)
            }
            Slot::Select(set, name) => it.force(*set).and_then(|set| it.attribute(&set, *name)),
            Slot::Busy | Slot::Done(..) | Slot::Failed(..) => Err(Stop::Opaque),
        });
        self.user_call = outer_call;
        self.depth = depth;
        let result = match result {
            Err(Stop::Opaque) => Ok(Value::opaque()),
            other => other,
        };
        self.slots[at] = match &result {
            Ok(value) => Slot::Done(value.clone(), self.origin, met_conditions),
            Err(Stop::Error(error)) => Slot::Failed(error.clone(), met_conditions),
            Err(Stop::Opaque) => Slot::Done(Value::opaque(), self.origin, met_conditions),
        };
        if met_conditions != MetConditions::NONE {
            self.keep(thunk, met_conditions, pending);
        }
        let plain = result.as_ref().is_ok_and(Value::is_plain);
        if !plain {
            self.oldest = self.oldest.min(at);
        }
        if let Some(region) = region {
            self.close(&region, plain, WORTHWHILE);
        }
        result
    }

    /// The conditions that were met while a thunk was evaluated.
    pub(crate) fn taint_of(&self, thunk: Thunk) -> MetConditions {
        match &self.slots[thunk.0 as usize] {
            Slot::Done(_, _, met_conditions) | Slot::Failed(_, met_conditions) => *met_conditions,
            _ => MetConditions::NONE,
        }
    }

    // Regions.

    /// Begins a region: what is made in it may be forgotten at its end.
    pub(crate) fn region(&mut self) -> Region {
        Region {
            slots: self.slots.len(),
            cells: self.cells.len(),
            frames: self.frames.len(),
            kept: self.branches.kept(),
            noted: self.calls.len() + self.embedded_calls.len() + self.reached.len(),
            oldest: std::mem::replace(&mut self.oldest, usize::MAX),
        }
    }

    /// Ends a region. Where it comes to a plain value, and nothing from before it has come to anything else meanwhile, nobody
    /// can get at what was made in it, and that is forgotten, unless it is no more than `least` thunks. So a loop over many elements does not keep what each has left.
    pub(crate) fn close(&mut self, region: &Region, plain: bool, least: usize) {
        let unreachable = plain && self.oldest >= region.slots;
        let noted = self.calls.len() + self.embedded_calls.len() + self.reached.len();
        let unnoted = noted == region.noted && self.branches.kept() == region.kept;
        if unreachable && unnoted && self.slots.len() > region.slots + least {
            self.slots.truncate(region.slots);
            self.names.truncate(region.slots);
            self.cells.truncate(region.cells);
            self.frames.truncate(region.frames);
        }
        self.oldest = self.oldest.min(region.oldest);
    }

    // Variables.

    pub(crate) fn frame(&mut self, parent: Env, scope: FrameScope) -> Result<Env, Stop> {
        self.frames.push(Frame { parent, scope });
        Ok(Env(u32::try_from(self.frames.len() - 1).unwrap_or(u32::MAX)))
    }

    pub(crate) fn local(&self, mut env: Env, up: u32, at: u32) -> Thunk {
        for _ in 0..up {
            env = self.frames[env.0 as usize].parent;
        }
        match self.frames[env.0 as usize].scope {
            FrameScope::Cells(start) => self.cells[(start + at) as usize],
            FrameScope::With(thunk) => thunk,
            FrameScope::Top => Thunk(0),
        }
    }

    /// The scope of recursive bindings.
    pub(crate) fn bind(&mut self, bindings: &Bindings, env: Env) -> Result<Env, Stop> {
        let start = self.cells.len();
        let inner = self.frame(env, FrameScope::Cells(u32::try_from(start).unwrap_or(u32::MAX)))?;
        // The cells exist before any thunk does that may be an alias of another one's.
        let thunks: Vec<Thunk> = bindings.names.iter().map(|_| self.slot(Slot::Busy)).collect();
        self.cells.extend(&thunks);
        let sources: Vec<Thunk> = bindings.sources.iter().map(|source| self.delay(source, inner)).collect();
        let call = self.user_call;
        for (binding, thunk) in bindings.names.iter().zip(thunks) {
            self.slots[thunk.0 as usize] = match &binding.value {
                Bound::Inner(expr) => Slot::Pending(Rc::clone(expr), inner, call),
                Bound::Outer(expr) => Slot::Pending(Rc::clone(expr), env, call),
                Bound::From(source) => Slot::Select(sources[*source], binding.name),
            };
        }
        Ok(inner)
    }
}
