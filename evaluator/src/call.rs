//! Calls: of functions, of builtins, and of sets that are functions.

use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::ir::{Lambda, Parameter};
use crate::met_conditions::MetConditions;
use crate::span::Span;
use crate::state::arena::{FrameScope, Slot};
use crate::symbol::Symbol;
use crate::value::{Env, Set, Thunk, Value, wrong_type};

/// The message for a set that is called: usually several stand one after the other, where a list of them is meant.
const SET_CALLED: &str =
    "a set cannot stand here; expected a function (several values stand in a list: `[ { ... } { ... } ]`)";

impl Evaluator {
    /// Calls a function that is called with several arguments.
    pub(crate) fn call_all(&mut self, mut function: Value, arguments: &[Thunk]) -> Result<Value, Stop> {
        let span = self.current.user_call;
        for argument in arguments {
            function = self.call(function, *argument, span)?;
        }
        Ok(function)
    }

    /// Calls a function with one argument; `span` is the place of the call.
    pub(crate) fn call(&mut self, function: Value, argument: Thunk, span: Span) -> Result<Value, Stop> {
        match function {
            Value::Lambda(lambda, env) => {
                self.notice(&lambda, argument, span);
                let env = self.arguments(&lambda, env, argument)?;
                self.eval(&lambda.body, env)
            }
            Value::Builtin(builtin, given) => {
                let given: Rc<[Thunk]> = given.iter().copied().chain([argument]).collect();
                let called = self.builtins.get(builtin);
                if given.len() < called.arity {
                    return Ok(Value::Builtin(builtin, given));
                }
                self.enter()?;
                self.current.origin = span;
                let result = (called.run)(self, &given);
                self.leave();
                result
            }
            Value::Set(set) => {
                let functor = self.symbols.intern("__functor");
                match set.get(functor) {
                    Some(attribute) => {
                        let functor = self.force(attribute.value)?;
                        let itself = self.done(Value::Set(set));
                        let bound = self.call(functor, itself, span)?;
                        self.call(bound, argument, span)
                    }
                    None if set.open.is_some() => Err(Stop::Opaque),
                    None => Err(Stop::evaluation(SET_CALLED)),
                }
            }
            Value::Opaque(opaque) => Ok(self.opaque_call(&opaque, argument, span)),
            other => Err(wrong_type(&other, "a function")),
        }
    }

    /// The variables of a function's body.
    fn arguments(&mut self, lambda: &Rc<Lambda>, env: Env, argument: Thunk) -> Result<Env, Stop> {
        let start = self.arena.next_cell();
        let Parameter::Pattern { formals, sorted, open, whole, .. } = &lambda.parameter else {
            self.arena.push_cell(argument);
            return Ok(self.arena.push_frame(env, FrameScope::Cells(start)));
        };
        let given = match self.force(argument)? {
            Value::Set(set) => set,
            Value::Opaque(opaque) => Rc::new(Set { open: Some(opaque), ..Set::default() }),
            other => return Err(wrong_type(&other, "a set")),
        };
        let start = self.arena.next_cell();
        let inner = self.arena.push_frame(env, FrameScope::Cells(start));
        // All cells of a scope are next to each other, so that they are taken before anything is evaluated.
        self.arena.push_cells(formals.len() + usize::from(whole.is_some()), argument);
        for (at, formal) in formals.iter().enumerate() {
            let thunk = match (given.get(formal.name), &given.open, &formal.default) {
                (Some(attribute), _, _) => attribute.value,
                // Whether it is given cannot be told, so that it need not be the default.
                (None, Some(_), Some(_)) => self.done(Value::opaque()),
                (None, Some(opaque), None) => {
                    let opaque = Rc::clone(opaque);
                    let value = self.opaque_attribute(&opaque, formal.name)?;
                    self.done(value)
                }
                (None, None, Some(default)) => {
                    let call = self.current.user_call;
                    self.slot(Slot::Pending(Rc::clone(default), inner, call))
                }
                (None, None, None) => {
                    let name = self.symbols.name(formal.name);
                    return Err(Stop::evaluation(format!(
                        "the function is called without its argument `{name}`"
                    )));
                }
            };
            self.arena.set_cell(start + at as u32, thunk);
        }
        if !open {
            let known = |name: &Symbol| sorted.binary_search(name).is_ok();
            let mut unknown = given.entries.iter().filter(|(name, entry)| !known(name) && !entry.maybe);
            if let Some((first, _)) = unknown.next() {
                // The first by name: symbols are in the order in which this evaluator met them.
                let names = unknown.map(|(name, _)| self.symbols.name(*name));
                let name = names.fold(self.symbols.name(*first), |one, other| one.min(other)).clone();
                let names = formals.iter().map(|formal| &**self.symbols.name(formal.name));
                let hint = crate::nearest::nearest(names, &name, self.budget.comparisons());
                let hint = hint.map(|hint| format!("; did you mean `{hint}`?")).unwrap_or_default();
                return Err(Stop::evaluation(format!("the function has no argument `{name}`{hint}")));
            }
        }
        Ok(inner)
    }
}

impl Evaluator {
    /// A thunk that calls a function.
    pub fn apply(&mut self, function: Thunk, argument: Thunk) -> Thunk {
        match self.force(function) {
            Ok(function) => self.lazy_call(function, &[argument]),
            Err(Stop::Error(error)) => self.slot(Slot::Failed(error, MetConditions::NONE)),
            Err(Stop::Opaque) => self.done(Value::opaque()),
        }
    }
}
