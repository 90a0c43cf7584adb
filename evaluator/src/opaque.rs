//! Opaque values: their attributes, and calls of them.

use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::met_conditions::MetConditions;
use crate::span::Span;
use crate::state::arena::Slot;
use crate::state::noticed::{Call, CallKey};
use crate::symbol::Symbol;
use crate::value::{Opaque, Set, Thunk, Value};

/// Longer ways than this are cut at the front: only their ends say something.
const LONGEST: usize = 6;

impl Evaluator {
    /// Says that an opaque value reached by a path that ends so has the attributes of this set.
    pub fn know(&mut self, path: &[&str], set: Thunk) {
        let path = path.iter().map(|name| self.symbols.intern(name)).collect();
        self.known_parts.add(path, None, set);
    }

    /// The same, where nothing stands before that end, or something of such a name.
    pub fn know_of(&mut self, of: fn(&str) -> bool, path: &[&str], set: Thunk) {
        let path = path.iter().map(|name| self.symbols.intern(name)).collect();
        self.known_parts.add(path, Some(of), set);
    }

    /// Asks to be told of calls of an opaque value reached by a path that ends so.
    pub fn watch(&mut self, path: &[&str]) {
        let path = path.iter().map(|name| self.symbols.intern(name)).collect();
        self.known_parts.watch(path);
    }

    /// Says that a function of that name among the attributes of something opaque gives that value once more, only made
    /// otherwise: what it was given goes with what comes of it.
    pub fn renews(&mut self, name: &str) {
        let name = self.symbols.intern(name);
        self.known_parts.renew(name);
    }

    /// The calls of what is being watched, as far as anything was evaluated.
    pub fn calls(&self) -> &[Call] {
        self.noticed.calls()
    }

    /// An opaque value that is reached by a path.
    pub fn opaque(&mut self, path: &[&str]) -> Value {
        let path = path.iter().map(|name| self.symbols.intern(name)).collect();
        Value::Opaque(Rc::new(Opaque { path, ..Opaque::default() }))
    }

    /// A set of which nothing is known but that it is one.
    pub fn unknown_set(&self) -> Value {
        Value::Set(Rc::new(Set { open: Some(Rc::default()), ..Set::default() }))
    }

    /// The attribute of an opaque value: what is known of it, or something opaque again.
    pub(crate) fn opaque_attribute(&mut self, opaque: &Rc<Opaque>, name: Symbol) -> Result<Value, Stop> {
        let known = self.known_parts.of(opaque, &self.symbols);
        if let Some(set) = known
            && let Value::Set(set) = self.force(set)?
            && let Some(attribute) = set.get(name)
        {
            return self.force(attribute.value);
        }
        let mut path = opaque.path.clone();
        path.push(name);
        if path.len() > LONGEST {
            path.remove(0);
        }
        Ok(Value::Opaque(Rc::new(Opaque { path, given: opaque.given.clone() })))
    }

    /// Notices a call of something opaque.
    pub(crate) fn opaque_call(&mut self, opaque: &Opaque, argument: Thunk, span: Span) -> Value {
        if let Some((last, path)) = opaque.path.split_last()
            && self.known_parts.renews(*last)
        {
            let given = opaque.given.iter().copied().chain([argument]).collect();
            return Value::Opaque(Rc::new(Opaque { path: path.to_vec(), given }));
        }
        if let Some(path) = self.known_parts.watched(opaque) {
            let function = path.iter().map(|name| self.symbols.name(*name).clone()).collect();
            let key = match self.arena.slot(argument) {
                Slot::Pending(expr, env, _) => CallKey(Rc::as_ptr(expr).addr(), env.0),
                _ => CallKey(0, argument.0),
            };
            let span = if self.is_embedded(span) { self.current.user_call } else { span };
            let (owner, made_in) = (self.current.worker, MetConditions::NONE);
            let given = opaque.given.clone();
            self.noticed.add_call(Call { function, argument, given, span, key, owner, made_in });
        }
        Value::opaque()
    }
}
