//! Expressions as they are evaluated: variables resolved to places, dotted paths merged into nested sets.

use std::rc::Rc;

use crate::nix_string::NixString;
use crate::span::Span;
use crate::symbol::Symbol;

/// An expression and where it stands.
#[derive(Debug)]
pub struct Expr {
    /// The place of the expression in its source.
    pub span: Span,
    /// The kind of expression, with its parts.
    pub kind: ExprKind,
}

/// A kind of expression.
#[derive(Debug)]
pub enum ExprKind {
    /// A number without a fraction.
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
    /// A builtin that is a variable, such as `map` or `true`.
    Global(Global),
    /// A variable that is not there at all.
    Undefined(Symbol),
    /// A part of the source that could not be parsed.
    Broken,
    /// `set.path or default`; the default is evaluated only where the path is missing.
    Select(Rc<Expr>, Vec<AttributeName>, Option<Rc<Expr>>),
    /// `set ? path`: whether the path exists.
    HasAttr(Rc<Expr>, Vec<AttributeName>),
    /// A function: `x: body` or `{ x, ... }: body`.
    Lambda(Rc<Lambda>),
    /// A call: the function and its argument.
    Apply(Rc<Expr>, Rc<Expr>),
    /// The expression `if .. then .. else ..`: its condition and both branches.
    If(Rc<Expr>, Rc<Expr>, Rc<Expr>),
    /// The expression `assert condition; body`.
    Assert(Rc<Expr>, Rc<Expr>),
    /// The expression `with set; body`.
    With(Rc<Expr>, Rc<Expr>),
    /// The expression `let .. in ..`: its bindings and its body.
    Let(Bindings, Rc<Expr>),
    /// A set, recursive or not.
    Set(bool, Bindings),
    /// A list, whose elements are evaluated when they are needed.
    List(Vec<Rc<Expr>>),
    /// `left op right`, for all operators of two operands.
    Binary(Operator, Rc<Expr>, Rc<Expr>),
    /// The opposite of a boolean: `!operand`.
    Not(Rc<Expr>),
    /// The negative of a number: `-operand`.
    Negate(Rc<Expr>),
    /// `__curPos`: the file, line and column of the expression itself.
    Position,
}

/// A builtin function, by its place in the table that the evaluator was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltinId(pub(crate) u16);

/// A builtin that is a variable.
#[derive(Clone, Copy, Debug)]
pub enum Global {
    /// The variable `null`, which is no keyword.
    Null,
    /// The value `true` or `false`.
    Bool(bool),
    /// The set `builtins`, with all builtins.
    Builtins,
    /// A builtin function, such as `map`.
    Function(BuiltinId),
    /// One of which nothing is known.
    Unknown(&'static str),
}

/// A part of a string or path.
#[derive(Debug)]
pub enum StringPart {
    /// Literal text, with its escapes resolved.
    Text(Rc<str>),
    /// `${..}`: evaluated to a string.
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
    /// The place of the name in its source.
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
    /// The sets of `inherit (set)`, which the bindings refer to by number.
    pub sources: Vec<Rc<Expr>>,
}

/// A binding of a name.
#[derive(Debug)]
pub struct Binding {
    /// The name that is bound.
    pub name: Symbol,
    /// The place of the name in its source.
    pub span: Span,
    /// The expression that it is bound to.
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

/// A function of one parameter, which may be a pattern.
#[derive(Debug)]
pub struct Lambda {
    /// The parameter: a name or a pattern of names.
    pub parameter: Parameter,
    /// The body, in which the parameter is bound.
    pub body: Rc<Expr>,
}

/// The parameter of a function.
#[derive(Debug)]
pub enum Parameter {
    /// One name for whatever is given.
    Name(Symbol, Span),
    /// A set with certain names. A name for the set itself is the last variable of the scope.
    Pattern {
        /// The names of the pattern, in the order of the source.
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
    /// The name of the attribute that is taken.
    pub name: Symbol,
    /// The place of the name in its source.
    pub span: Span,
    /// The default where the argument has no such attribute.
    pub default: Option<Rc<Expr>>,
}

/// An operator of two operands.
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
