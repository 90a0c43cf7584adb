//! Thunks: how they are made, and how each is evaluated, once.

use std::rc::Rc;

use crate::error::{ErrorKind, Stop};
use crate::evaluator::Evaluator;
use crate::ir::{Bindings, Bound, Expr, ExprKind};
use crate::met_conditions::MetConditions;
use crate::state::arena::{FrameScope, Region, Slot};
use crate::state::computation::Worker;
use crate::value::{Env, Thunk, Value};

/// Forgetting fewer thunks than this takes longer than it is worth.
const WORTHWHILE: usize = 16;

impl Evaluator {
    /// Has something done by a worker of its own; what it met, whoever asked for it has met as well.
    pub(crate) fn working<T>(
        &mut self,
        worker: Worker,
        work: impl FnOnce(&mut Evaluator) -> T,
    ) -> (T, MetConditions) {
        let outer = self.current.begin(worker);
        let result = work(self);
        let own = self.current.end(outer);
        (result, own)
    }

    pub(crate) fn slot(&mut self, slot: Slot) -> Thunk {
        let name = self.current.give_name();
        self.arena.push(slot, name)
    }

    /// A thunk that is a value already.
    pub fn done(&mut self, value: Value) -> Thunk {
        let origin = self.current.origin;
        self.slot(Slot::Done(value, origin, MetConditions::NONE))
    }

    /// A thunk that is a plain value already: the one before it, where that is the last that was made, and not the first.
    pub(crate) fn again(&mut self, before: Thunk, first: Thunk, value: Value) -> Thunk {
        if before == first || !self.arena.is_last(before) {
            return self.done(value);
        }
        let name = self.current.give_name();
        self.arena.renew(before, Slot::Done(value, self.current.origin, MetConditions::NONE), name);
        before
    }

    /// A thunk that calls a function.
    pub(crate) fn lazy_call(&mut self, function: Value, arguments: &[Thunk]) -> Thunk {
        let call = self.current.user_call;
        self.slot(Slot::Call(function, arguments.into(), call))
    }

    /// A thunk that calls a function, which is not asked for before.
    pub(crate) fn lazy_apply(&mut self, function: Thunk, arguments: &[Thunk]) -> Thunk {
        let call = self.current.user_call;
        self.slot(Slot::Apply(function, arguments.into(), call))
    }

    /// A thunk of an expression; none is made for what needs no evaluation.
    pub(crate) fn delay(&mut self, expr: &Rc<Expr>, env: Env) -> Thunk {
        let value = match &expr.kind {
            ExprKind::Local(up, at) => return self.arena.local(env, *up, *at),
            ExprKind::Int(value) => Value::Int(*value),
            ExprKind::Str(text) => Value::Str(text.clone()),
            ExprKind::Lambda(lambda) => Value::Lambda(Rc::clone(lambda), env),
            _ => {
                let call = self.current.user_call;
                return self.slot(Slot::Pending(Rc::clone(expr), env, call));
            }
        };
        self.slot(Slot::Done(value, expr.span, MetConditions::NONE))
    }

    /// Evaluates a thunk as far as its outermost part.
    pub fn force(&mut self, thunk: Thunk) -> Result<Value, Stop> {
        match self.arena.slot(thunk) {
            Slot::Done(value, origin, met_conditions) => {
                self.current.origin = *origin;
                let (value, met_conditions) = (value.clone(), *met_conditions);
                self.current.note_met(met_conditions);
                return Ok(value);
            }
            Slot::Busy => {
                return Err(Stop::new(ErrorKind::Recursion, "infinite recursion: the value needs itself"));
            }
            Slot::Failed(error, met_conditions) => {
                let (error, met_conditions) = (error.clone(), *met_conditions);
                self.current.note_met(met_conditions);
                return Err(Stop::Error(error));
            }
            Slot::Pending(..) | Slot::Call(..) | Slot::Apply(..) | Slot::Select(..) => {}
        }
        // A set may inherit from one that inherits, as often as a source is long.
        let depth = self.budget.depth();
        if let Slot::Select(..) | Slot::Apply(..) = self.arena.slot(thunk) {
            self.enter()?;
        }
        // Only calls leave many thunks behind.
        let calls = match self.arena.slot(thunk) {
            Slot::Pending(expr, ..) => matches!(expr.kind, ExprKind::Apply(..)),
            slot => !matches!(slot, Slot::Select(..)),
        };
        let region = calls.then(|| self.region());
        let pending = self.arena.replace(thunk, Slot::Busy);
        self.branches.remember(thunk, &pending);
        let worker = Worker { thunk: Some(thunk), ..Worker::new(self.arena.name_of(thunk)) };
        let outer_call = self.current.user_call;
        let (result, met_conditions) = self.working(worker, |it| match &pending {
            Slot::Pending(expr, env, call) => {
                it.current.user_call = *call;
                it.eval(expr, *env)
            }
            Slot::Call(function, arguments, call) => {
                it.current.user_call = *call;
                it.call_all(function.clone(), arguments)
            }
            Slot::Apply(function, arguments, call) => {
                it.current.user_call = *call;
                let function = it.force(*function)?;
                it.call_all(function, arguments)
            }
            Slot::Select(set, name) => it.force(*set).and_then(|set| it.attribute(&set, *name)),
            Slot::Busy | Slot::Done(..) | Slot::Failed(..) => Err(Stop::Opaque),
        });
        self.current.user_call = outer_call;
        self.budget.ascend_to(depth);
        let result = match result {
            Err(Stop::Opaque) => Ok(Value::opaque()),
            other => other,
        };
        let slot = match &result {
            Ok(value) => Slot::Done(value.clone(), self.current.origin, met_conditions),
            Err(Stop::Error(error)) => Slot::Failed(error.clone(), met_conditions),
            Err(Stop::Opaque) => Slot::Done(Value::opaque(), self.current.origin, met_conditions),
        };
        self.arena.replace(thunk, slot);
        if met_conditions != MetConditions::NONE {
            self.branches.keep(thunk, met_conditions, pending);
        }
        let plain = result.as_ref().is_ok_and(Value::is_plain);
        if !plain {
            self.arena.outlives(thunk);
        }
        if let Some(region) = region {
            self.close(&region, plain, WORTHWHILE);
        }
        result
    }

    /// How much refers to thunks from outside the arena: what was made for that is not forgotten.
    fn noted(&self) -> usize {
        self.branches.kept() + self.noticed.total() + self.sources.reached().len()
    }

    /// Begins a region of the arena.
    pub(crate) fn region(&mut self) -> Region {
        self.arena.open_region(self.noted())
    }

    /// Ends a region of the arena and frees its thunks where nothing can reach them.
    pub(crate) fn close(&mut self, region: &Region, plain: bool, least: usize) {
        self.arena.close_region(region, self.noted(), plain, least);
    }

    /// The scope of recursive bindings.
    pub(crate) fn bind(&mut self, bindings: &Bindings, env: Env) -> Env {
        let inner = self.arena.push_frame(env, FrameScope::Cells(self.arena.next_cell()));
        // The cells exist before any thunk does that may be an alias of another one's.
        let thunks: Vec<Thunk> = bindings.names.iter().map(|_| self.slot(Slot::Busy)).collect();
        self.arena.extend_cells(&thunks);
        let sources: Vec<Thunk> = bindings.sources.iter().map(|source| self.delay(source, inner)).collect();
        let call = self.current.user_call;
        for (binding, thunk) in bindings.names.iter().zip(thunks) {
            let slot = match &binding.value {
                Bound::Inner(expr) => Slot::Pending(Rc::clone(expr), inner, call),
                Bound::Outer(expr) => Slot::Pending(Rc::clone(expr), env, call),
                Bound::From(source) => Slot::Select(sources[*source], binding.name),
            };
            self.arena.replace(thunk, slot);
        }
        inner
    }
}
