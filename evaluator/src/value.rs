//! Values. What they hold is in the evaluator's arena, so that nothing is dropped recursively and cycles do no harm.

use std::rc::Rc;

use crate::error::Stop;
use crate::ir::{BuiltinId, Lambda};
use crate::memory::Held;
use crate::nix_string::NixString;
use crate::span::Span;
use crate::symbol::Symbol;

/// A value that may not have been evaluated yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thunk(pub(crate) u32);

/// Variables that an expression is evaluated with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Env(pub(crate) u32);

/// A value, evaluated as far as its outermost part.
#[derive(Clone, Debug)]
pub enum Value {
    /// The value of the variable `null`.
    Null,
    /// A boolean: `true` or `false`.
    Bool(bool),
    /// A number without a fraction.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string, with its context left out.
    Str(NixString),
    /// An absolute path, not copied to the store.
    Path(NixString),
    /// A list, shared by its copies.
    List(Rc<List>),
    /// A set, shared by its copies.
    Set(Rc<Set>),
    /// A function and the scope that it was made in.
    Lambda(Rc<Lambda>, Env),
    /// A builtin with some of its arguments.
    Builtin(BuiltinId, Rc<[Thunk]>),
    /// An opaque value: it cannot be known.
    Opaque(Rc<Opaque>),
}

/// The elements of a list, as thunks.
#[derive(Debug, Default)]
pub struct List {
    /// The elements that are known to be in it.
    pub items: Vec<Thunk>,
    /// Whether there may be others, anywhere between them.
    pub open: bool,
    pub(crate) _held: Held,
}

/// The attributes of a set, as thunks.
#[derive(Debug, Default)]
pub struct Set {
    /// The attributes that are known to be in it, ordered by symbol.
    pub entries: Vec<(Symbol, NixAttribute)>,
    /// Where it may hold more attributes: the value that these belong to.
    pub open: Option<Rc<Opaque>>,
    pub(crate) _held: Held,
}

/// An attribute of a set.
#[derive(Clone, Copy, Debug)]
pub struct NixAttribute {
    /// The thunk of the attribute's value.
    pub value: Thunk,
    /// Where its name stands.
    pub span: Span,
    /// The attribute that it replaced by `//`: the operator's place, and that attribute's.
    pub replaced: Option<(Span, Span)>,
    /// Whether it may as well not be there; its value is opaque then.
    pub maybe: bool,
}

/// The description of a value that cannot be known.
#[derive(Clone, Debug, Default)]
pub struct Opaque {
    /// The variable and the attributes by which it was reached.
    pub path: Vec<Symbol>,
    /// The arguments of calls on the way to it that give the same value once more, see [`crate::Evaluator::renews`].
    pub given: Vec<Thunk>,
}

impl Set {
    /// Whether its attributes are known, every one of them.
    pub fn is_closed(&self) -> bool {
        self.open.is_none() && self.entries.iter().all(|(_, attribute)| !attribute.maybe)
    }

    /// The attribute of a name.
    pub fn get(&self, name: Symbol) -> Option<&NixAttribute> {
        let at = self.entries.binary_search_by_key(&name, |(name, _)| *name).ok()?;
        Some(&self.entries[at].1)
    }
}

impl Value {
    /// An opaque value of which nothing more is known.
    pub fn opaque() -> Value {
        Value::Opaque(Rc::new(Opaque::default()))
    }

    /// Its type in words, with an article.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Str(_) => "a string",
            Value::Path(_) => "a path",
            Value::List(_) => "a list",
            Value::Set(_) => "a set",
            Value::Lambda(..) | Value::Builtin(..) => "a function",
            Value::Opaque(_) => "something that cannot be known",
        }
    }

    /// Whether it holds neither thunks nor variables.
    pub(crate) fn is_plain(&self) -> bool {
        use Value::{Bool, Float, Int, Null, Opaque, Path, Str};
        match self {
            Null | Bool(_) | Int(_) | Float(_) | Str(_) | Path(_) => true,
            Opaque(opaque) => opaque.given.is_empty(),
            _ => false,
        }
    }
}

/// The error of a value where one of another type belongs; what cannot be known is no error.
pub(crate) fn wrong_type(found: &Value, expected: &str) -> Stop {
    match found {
        Value::Opaque(_) => Stop::Opaque,
        other => Stop::evaluation(format!("{} cannot stand here; expected {expected}", other.type_name())),
    }
}
