//! Expressions as they are evaluated: variables resolved to places, dotted paths merged into nested sets.

use std::rc::Rc;

use crate::nix_string::NixString;
use crate::span::Span;
use crate::symbol::Symbol;

/// An expression and where it stands.
#[derive(Debug)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// The kind of expression, with its parts.
    pub kind: ExprKind,
}

/// A kind of expression.
#[derive(Debug)]
pub enum ExprKind {
    /// An integer.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A string without interpolation.
    Str(NixString),
    /// A string with interpolation.
    Template(Vec<StringPart>),
    /// A path, which may be interpolated.
    Path(Vec<StringPart>),
    /// A path of the search path, such as `<nixpkgs>`.
    SearchPath(Rc<str>),
    /// A variable of a scope: how many scopes up, and which of its names.
    Local(u32, u32),
    /// A variable of no scope, to be looked for in the sets of `with` and then among the builtins.
    Dynamic(Symbol),
    /// A builtin.
    Global(Global),
    /// A variable that is not there at all.
    Undefined(Symbol),
    /// A part of the source that could not be parsed.
    Broken,
    /// `set.path or default`
    Select(Rc<Expr>, Vec<AttributeName>, Option<Rc<Expr>>),
    /// `set ? path`
    HasAttr(Rc<Expr>, Vec<AttributeName>),
    /// A function.
    Lambda(Rc<Lambda>),
    /// A call.
    Apply(Rc<Expr>, Rc<Expr>),
    /// `if .. then .. else ..`
    If(Rc<Expr>, Rc<Expr>, Rc<Expr>),
    /// `assert ..; ..`
    Assert(Rc<Expr>, Rc<Expr>),
    /// `with ..; ..`
    With(Rc<Expr>, Rc<Expr>),
    /// `let .. in ..`
    Let(Bindings, Rc<Expr>),
    /// A set, recursive or not.
    Set(bool, Bindings),
    /// A list.
    List(Vec<Rc<Expr>>),
    /// `left op right`
    Binary(Operator, Rc<Expr>, Rc<Expr>),
    /// `!`
    Not(Rc<Expr>),
    /// `-`
    Negate(Rc<Expr>),
    /// `__curPos`
    Position,
}

/// A builtin function, by its place in the table that the evaluator was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltinId(pub(crate) u16);

/// A builtin that is a variable.
#[derive(Clone, Copy, Debug)]
pub enum Global {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// `builtins`
    Builtins,
    /// A function.
    Function(BuiltinId),
    /// One of which nothing is known.
    Unknown(&'static str),
}

/// A part of a string or path.
#[derive(Debug)]
pub enum StringPart {
    /// Text.
    Text(Rc<str>),
    /// `${..}`
    Expr(Rc<Expr>),
}

/// One step of an attribute path.
#[derive(Debug)]
pub enum AttributeName {
    /// A name that is known.
    Static(Symbol, Span),
    /// One that is computed.
    Computed(Rc<Expr>),
}

impl AttributeName {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            AttributeName::Static(_, span) => *span,
            AttributeName::Computed(expr) => expr.span,
        }
    }
}

/// The bindings of a set or a `let`. In a recursive scope, `names` is also the order of its variables.
#[derive(Debug, Default)]
pub struct Bindings {
    /// Names, where they stand, and what they are bound to.
    pub names: Vec<Binding>,
    /// Names that are computed, and what they are bound to.
    pub computed: Vec<(Rc<Expr>, Rc<Expr>)>,
    /// What `inherit (..)` takes from.
    pub sources: Vec<Rc<Expr>>,
}

/// A binding of a name.
#[derive(Debug)]
pub struct Binding {
    /// The name.
    pub name: Symbol,
    /// Where it stands.
    pub span: Span,
    /// The bound expression.
    pub value: Bound,
}

/// The expression that a name is bound to, and the scope of its variables.
#[derive(Debug)]
pub enum Bound {
    /// An expression in the scope of the bindings themselves, where they are recursive.
    Inner(Rc<Expr>),
    /// `inherit name`: a variable of the scope outside.
    Outer(Rc<Expr>),
    /// `inherit (source) name`, by the source's position.
    From(usize),
}

/// A function.
#[derive(Debug)]
pub struct Lambda {
    /// The parameter.
    pub parameter: Parameter,
    /// The body.
    pub body: Rc<Expr>,
}

/// The parameter of a function.
#[derive(Debug)]
pub enum Parameter {
    /// One name for whatever is given.
    Name(Symbol, Span),
    /// A set with certain names. A name for the set itself is the last variable of the scope.
    Pattern {
        /// The names.
        formals: Vec<Formal>,
        /// The same by themselves, in the order of symbols.
        sorted: Vec<Symbol>,
        /// Whether others may be given.
        open: bool,
        /// The name of the set itself.
        whole: Option<Symbol>,
        /// Where the pattern stands.
        span: Span,
    },
}

/// A name that a function takes.
#[derive(Debug)]
pub struct Formal {
    /// The name.
    pub name: Symbol,
    /// Where it stands.
    pub span: Span,
    /// The default where the argument has no such attribute.
    pub default: Option<Rc<Expr>>,
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Concat,
    Update,
    Add,
    Sub,
    Mul,
    Div,
    And,
    Or,
    Implies,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}
