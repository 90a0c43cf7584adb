//! What an opaque value is known to hold all the same, and the calls of it that are noticed.

use std::rc::Rc;

use crate::arena::{Slot, Worker};
use crate::error::Stop;
use crate::eval::Evaluator;
use crate::met_conditions::MetConditions;
use crate::span::Span;
use crate::symbol::Symbol;
use crate::value::{NixString, Opaque, Set, Thunk, Value};

/// Longer ways than this are cut at the front: only their ends say something.
const LONGEST: usize = 6;

/// The known parts of opaque values.
#[derive(Debug, Default)]
pub(crate) struct KnownScopes {
    /// An opaque value reached by a path that ends so has the attributes of this set.
    known: Vec<Known>,
    /// Calls of an opaque value reached by a path that ends so are noticed.
    watched: Vec<Vec<Symbol>>,
    /// Calls of an opaque value's attribute of such a name give that value once more.
    renewing: Vec<Symbol>,
}

/// The known part of an opaque value.
#[derive(Debug)]
struct Known {
    /// The end of the path by which it is reached.
    path: Vec<Symbol>,
    /// A test of the name before the path, if there is one.
    of: Option<fn(&str) -> bool>,
    /// The value of that part.
    set: Thunk,
}

/// The key that tells calls at one place from each other: the argument's expression and variables, or its thunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallKey(usize, u32);

/// A call of something opaque that was being watched.
#[derive(Clone, Debug)]
pub struct Call {
    /// The end of the path by which the function was reached.
    pub function: Vec<NixString>,
    /// The argument of the call.
    pub argument: Thunk,
    /// The arguments of calls on the way to it, see [`Evaluator::renews`].
    pub given: Vec<Thunk>,
    /// Where it was called.
    pub span: Span,
    /// The key that tells it from other calls at its place.
    pub key: CallKey,
    /// Who called it.
    pub(crate) owner: Worker,
    /// The conditions that whoever called it has met, once that is settled.
    pub made_in: MetConditions,
}

impl Evaluator {
    /// Says that an opaque value reached by a path that ends so has the attributes of this set.
    pub fn know(&mut self, path: &[&str], set: Thunk) {
        let path = path.iter().map(|name| self.symbols.intern(name)).collect();
        self.scopes.known.push(Known { path, of: None, set });
    }

    /// The same, where nothing stands before that end, or something of such a name.
    pub fn know_of(&mut self, of: fn(&str) -> bool, path: &[&str], set: Thunk) {
        let path = path.iter().map(|name| self.symbols.intern(name)).collect();
        self.scopes.known.push(Known { path, of: Some(of), set });
    }

    /// Asks to be told of calls of an opaque value reached by a path that ends so.
    pub fn watch(&mut self, path: &[&str]) {
        let path = path.iter().map(|name| self.symbols.intern(name)).collect();
        self.scopes.watched.push(path);
    }

    /// Says that a function of that name among the attributes of something opaque gives that value once more, only made
    /// otherwise: what it was given goes with what comes of it.
    pub fn renews(&mut self, name: &str) {
        let name = self.symbols.intern(name);
        self.scopes.renewing.push(name);
    }

    /// The calls of what is being watched, as far as anything was evaluated.
    pub fn calls(&self) -> &[Call] {
        &self.calls
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
        let known = self.scopes.known.iter().find(|known| {
            let before = opaque.path.strip_suffix(known.path.as_slice());
            before.is_some_and(|before| match (known.of, before.last()) {
                (Some(of), Some(name)) => of(self.symbols.name(*name)),
                _ => true,
            })
        });
        let known = known.map(|known| known.set);
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
            && self.scopes.renewing.contains(last)
        {
            let given = opaque.given.iter().copied().chain([argument]).collect();
            return Value::Opaque(Rc::new(Opaque { path: path.to_vec(), given }));
        }
        let watched = self.scopes.watched.iter().find(|path| opaque.path.ends_with(path));
        if let Some(path) = watched {
            let function = path.iter().map(|name| self.symbols.name(*name).clone()).collect();
            let key = match &self.slots[argument.0 as usize] {
                Slot::Pending(expr, env, _) => CallKey(Rc::as_ptr(expr).addr(), env.0),
                _ => CallKey(0, argument.0),
            };
            let span = if self.is_embedded(span) { self.user_call } else { span };
            let (owner, made_in) = (self.worker, MetConditions::NONE);
            let given = opaque.given.clone();
            self.calls.push(Call { function, argument, given, span, key, owner, made_in });
        }
        Value::opaque()
    }
}
