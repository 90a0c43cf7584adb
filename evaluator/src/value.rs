//! Values. What they hold is in the evaluator's arena, so that nothing is dropped recursively and cycles do no harm.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::builtins::Builtin;
use crate::ir::Lambda;
use crate::memory::Held;
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
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(NixString),
    /// An absolute path.
    Path(NixString),
    /// A list.
    List(Rc<List>),
    /// A set.
    Set(Rc<Set>),
    /// A function.
    Lambda(Rc<Lambda>, Env),
    /// A builtin with some of its arguments.
    Builtin(&'static Builtin, Rc<[Thunk]>),
    /// An opaque value: it cannot be known.
    Opaque(Rc<Opaque>),
}

/// A text of a value. Copies share it; while any of them lives, its evaluator counts the bytes.
#[derive(Clone)]
pub struct NixString(Rc<Inner>);

struct Inner {
    text: Box<str>,
    /// Counts the bytes.
    _held: Held,
}

/// A list.
#[derive(Debug, Default)]
pub struct List {
    /// The elements that are known to be in it.
    pub items: Vec<Thunk>,
    /// Whether there may be others, anywhere between them.
    pub open: bool,
    pub(crate) _held: Held,
}

/// A set.
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
    /// Its value.
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

impl NixString {
    /// A text whose bytes are counted.
    pub(crate) fn held(text: Box<str>, held: Held) -> NixString {
        NixString(Rc::new(Inner { text, _held: held }))
    }
}

/// A text whose bytes nobody counts.
impl From<&str> for NixString {
    fn from(text: &str) -> NixString {
        NixString::held(text.into(), Held::default())
    }
}

impl std::ops::Deref for NixString {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl std::borrow::Borrow<str> for NixString {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for NixString {
    fn eq(&self, other: &NixString) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl Eq for NixString {}

impl PartialOrd for NixString {
    fn partial_cmp(&self, other: &NixString) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NixString {
    fn cmp(&self, other: &NixString) -> Ordering {
        (**self).cmp(other)
    }
}

impl Hash for NixString {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (**self).hash(hasher);
    }
}

impl fmt::Debug for NixString {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

impl fmt::Display for NixString {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self)
    }
}
