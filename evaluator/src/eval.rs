//! The evaluator, and expressions evaluated as far as somebody asks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::arena::{Frame, FrameScope, Slot, TOP, Worker};
use crate::assumption::Branches;
use crate::error::{Error, ErrorKind, Stop};
use crate::files::Files;
use crate::formals::EmbeddedCall;
use crate::ir::{Expr, ExprKind, Operator, StringPart};
use crate::memory::Memory;
use crate::met_conditions::MetConditionSets;
use crate::parse::Lowered;
use crate::scopes::{Call, KnownScopes};
use crate::span::{FileId, Source, Span};
use crate::symbol::{Symbol, Symbols};
use crate::traversal::MOST_OF_ALL;
use crate::tree::Forest;
use crate::value::{Env, Opaque, Set, Thunk, Value};

/// The thunks, names and variables that there is always room for.
const MOST_ROOM: usize = 1 << 16;
/// The names that are compared at most, in one evaluation, to say what was meant.
const MOST_COMPARED: u64 = 100_000;

/// How much an evaluation may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Expressions evaluated; what takes long by itself counts for more than one.
    pub steps: u64,
    /// Bytes that live at a time.
    pub memory: u64,
    /// Expressions being evaluated at a time. What else goes deep, such as nesting in a source, is bounded by it as well.
    pub depth: u32,
}

impl Limits {
    /// The stack in bytes that a caller has who says nothing of it: natively that of [`with_stack`](crate::with_stack), in
    /// WebAssembly, which has no threads, what linkers and browsers give a program.
    pub const STACK: usize = if cfg!(target_family = "wasm") { 1 << 20 } else { 256 << 20 };
    /// What one level of depth takes of the stack at most, in bytes, as measured. Natively, in a build that is not optimised.
    const LEVEL: usize = if cfg!(target_family = "wasm") { 4 << 10 } else { 52_428 };
    /// The depth that is enough for everybody.
    const DEEPEST: usize = 5_000;

    /// The usual limits for a caller with a stack of so many bytes.
    pub fn for_stack(bytes: usize) -> Limits {
        let depth = (bytes / Limits::LEVEL).min(Limits::DEEPEST);
        Limits { steps: 20_000_000, memory: 512 << 20, depth: u32::try_from(depth).unwrap_or(u32::MAX) }
    }

    /// How deep expressions may be nested in a source.
    pub(crate) fn nesting(&self) -> usize {
        self.depth as usize * 2 / 5
    }

    /// How deep a search for a regular expression may go.
    pub(crate) fn search(&self) -> u32 {
        self.depth.saturating_mul(10)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::for_stack(Limits::STACK)
    }
}

/// An evaluator and all that it has evaluated.
pub struct Evaluator {
    /// The sources that were read.
    pub sources: Vec<Source>,
    /// Names.
    pub symbols: Symbols,
    pub(crate) trees: Vec<Rc<Lowered>>,
    pub(crate) files: BTreeMap<PathBuf, FileId>,
    pub(crate) reached: Vec<FileId>,
    pub(crate) imports: BTreeMap<PathBuf, (FileId, Thunk)>,
    pub(crate) machine: Box<dyn Files>,
    /// Whether sources that Nix would not parse are evaluated as far as possible, for a checker.
    pub(crate) lenient: bool,
    /// The bytes that may be parsed to say what is wrong with a source.
    pub(crate) mending: usize,

    pub(crate) scopes: KnownScopes,
    pub(crate) calls: Vec<Call>,
    pub(crate) embedded_calls: Vec<EmbeddedCall>,
    pub(crate) watches_embedded: bool,
    pub(crate) branches: Branches,
    pub(crate) met_condition_sets: MetConditionSets,
    pub(crate) forest: Forest,

    pub(crate) slots: Vec<Slot>,
    /// The number that names each thunk.
    pub(crate) names: Vec<u64>,
    pub(crate) cells: Vec<Thunk>,
    pub(crate) frames: Vec<Frame>,

    /// The bytes that values hold.
    pub(crate) memory: Memory,
    /// The bytes of the sources that were reached.
    pub(crate) read: usize,
    /// How many thunks there may be before memory is looked at again.
    pub(crate) look: usize,
    /// The oldest thunk that has come to more than a plain value in the innermost region.
    pub(crate) oldest: usize,
    /// The first limit that was exceeded.
    pub(crate) exceeded: Option<Box<Error>>,

    /// `builtins`, once somebody has asked for it.
    pub(crate) builtins: Option<Rc<Set>>,

    pub(crate) worker: Worker,
    /// Where the value that was evaluated last came from.
    pub(crate) origin: Span,
    /// The innermost call that stands in a source of the user's.
    pub(crate) user_call: Span,
    /// The limits, and what is left of them.
    pub(crate) most: Limits,
    pub(crate) limits: Limits,
    pub(crate) depth: u32,
    /// How many conditions that cannot be known are being looked into.
    pub(crate) undecided: u32,
    /// How many values may still be evaluated for their own sake.
    pub(crate) spare: u32,
    /// The names that may still be compared to say what was meant.
    pub(crate) comparisons: u64,
}

impl Evaluator {
    /// An evaluator that sees no other files than `machine` shows. Sources that Nix would not parse are errors unless `lenient`.
    pub fn new(machine: Box<dyn Files>, limits: Limits, lenient: bool) -> Evaluator {
        Evaluator {
            sources: Vec::new(),
            symbols: Symbols::default(),
            trees: Vec::new(),
            files: BTreeMap::new(),
            reached: Vec::new(),
            imports: BTreeMap::new(),
            machine,
            lenient,
            mending: crate::repair::MOST_PARSED,
            scopes: KnownScopes::default(),
            calls: Vec::new(),
            embedded_calls: Vec::new(),
            watches_embedded: false,
            branches: Branches::default(),
            met_condition_sets: MetConditionSets::default(),
            forest: Forest::default(),
            slots: Vec::new(),
            names: Vec::new(),
            cells: Vec::new(),
            frames: vec![Frame { parent: TOP, scope: FrameScope::Top }],
            memory: Memory::default(),
            read: 0,
            look: 0,
            oldest: usize::MAX,
            exceeded: None,
            builtins: None,
            worker: Worker::default(),
            origin: Span::default(),
            user_call: Span::default(),
            most: limits,
            limits,
            depth: 0,
            undecided: 0,
            spare: MOST_OF_ALL,
            comparisons: MOST_COMPARED,
        }
    }

    /// Bounds evaluations from now on, for a caller whose stack is not [`Limits::STACK`].
    pub fn set_limits(&mut self, limits: Limits) {
        (self.most, self.limits) = (limits, limits);
    }

    /// Forgets everything but the sources, so that they can be evaluated anew; those whose text is the same when they are
    /// added or imported again are not parsed again.
    pub fn restart(&mut self) {
        self.reached.clear();
        self.imports.clear();
        self.scopes = KnownScopes::default();
        self.calls.clear();
        self.embedded_calls.clear();
        self.watches_embedded = false;
        self.branches = Branches::default();
        self.met_condition_sets = MetConditionSets::default();
        self.forest = Forest::default();
        // What a large evaluation has grown to is not kept for the next one.
        self.slots.clear();
        self.slots.shrink_to(MOST_ROOM);
        self.names.clear();
        self.names.shrink_to(MOST_ROOM);
        self.cells.clear();
        self.cells.shrink_to(MOST_ROOM);
        self.frames.truncate(1);
        self.frames.shrink_to(MOST_ROOM);
        self.builtins = None;
        self.worker = Worker::default();
        self.origin = Span::default();
        self.user_call = Span::default();
        self.limits = self.most;
        self.spare = MOST_OF_ALL;
        self.comparisons = MOST_COMPARED;
        self.depth = 0;
        self.read = 0;
        self.look = 0;
        self.oldest = usize::MAX;
        self.exceeded = None;
    }

    /// Goes one deeper.
    pub(crate) fn enter(&mut self) -> Result<(), Stop> {
        if self.depth >= self.limits.depth {
            let message =
                format!("infinite recursion: the evaluation is nested more than {} deep", self.depth);
            return Err(Stop::new(ErrorKind::Recursion, message));
        }
        if self.limits.steps == 0 {
            return Err(Stop::new(ErrorKind::Limit, "the evaluation takes too many steps"));
        }
        if self.slots.len() >= self.look {
            self.fits(0)?;
        }
        self.limits.steps -= 1;
        self.depth += 1;
        Ok(())
    }

    /// Comes back up.
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    // Expressions.

    /// Evaluates an expression as far as its outermost part.
    pub(crate) fn eval(&mut self, expr: &Rc<Expr>, env: Env) -> Result<Value, Stop> {
        let at_expr = |stop: Stop| match stop {
            Stop::Error(mut error) => {
                let calls = matches!(expr.kind, ExprKind::Apply(..));
                if error.spans.is_empty() || (calls && error.spans.len() < 8) {
                    error.spans.push(expr.span);
                }
                Stop::Error(error)
            }
            Stop::Opaque => Stop::Opaque,
        };
        let depth = self.depth;
        self.enter().map_err(at_expr)?;
        let result = self.eval_kind(expr, env);
        // Whatever went deeper and was stopped there has not come back up by itself.
        self.depth = depth;
        match result {
            Err(Stop::Opaque) => {
                self.origin = expr.span;
                Ok(Value::opaque())
            }
            Err(stop) => {
                let stop = at_expr(stop);
                if let Stop::Error(error) = &stop {
                    self.exceeds(error);
                }
                Err(stop)
            }
            Ok(value) => Ok(value),
        }
    }

    fn eval_kind(&mut self, expr: &Rc<Expr>, env: Env) -> Result<Value, Stop> {
        let value = match &expr.kind {
            ExprKind::Int(value) => Value::Int(*value),
            ExprKind::Float(value) => Value::Float(*value),
            ExprKind::Str(text) => Value::Str(text.clone()),
            ExprKind::Template(parts) => self.template(parts, env)?,
            ExprKind::Path(parts) => self.path(parts, env, expr.span)?,
            ExprKind::SearchPath(path) => self.search_path(path),
            ExprKind::Local(up, at) => {
                let thunk = self.local(env, *up, *at);
                return self.force(thunk);
            }
            ExprKind::Dynamic(name) => return self.dynamic(*name, env),
            ExprKind::Global(global) => self.global(*global),
            ExprKind::Undefined(name) => {
                let message = format!("undefined variable `{}`", self.symbols.name(*name));
                return Err(Stop::new(ErrorKind::Undefined, message));
            }
            ExprKind::Broken => return Err(Stop::Opaque),
            ExprKind::Select(base, names, default) => {
                let value = self.select(base, names, default.as_ref(), env)?;
                // An attribute of something unknown is written nowhere but here.
                if let Value::Opaque(_) = value {
                    self.origin = expr.span;
                }
                return Ok(value);
            }
            ExprKind::HasAttr(base, names) => self.has_attribute(base, names, env)?,
            ExprKind::Lambda(lambda) => Value::Lambda(Rc::clone(lambda), env),
            ExprKind::Apply(function, argument) => {
                let outer = self.user_call;
                if !self.is_embedded(expr.span) {
                    self.user_call = expr.span;
                }
                let result = self.eval(function, env).and_then(|function| {
                    let argument = self.delay(argument, env);
                    self.origin = expr.span;
                    self.call(function, argument, expr.span)
                });
                self.user_call = outer;
                return result;
            }
            ExprKind::If(condition, yes, no) => {
                let taken = match self.condition(condition, env, expr.span) {
                    Ok(true) => yes,
                    Ok(false) => no,
                    Err(Stop::Opaque) => return self.common_of(yes, no, env),
                    Err(stop) => return Err(stop),
                };
                return self.eval(taken, env);
            }
            ExprKind::Assert(condition, body) => {
                match self.eval(condition, env)? {
                    // Nothing is claimed about what an assertion that cannot be known comes to.
                    Value::Bool(true) | Value::Opaque(_) => {}
                    Value::Bool(false) => {
                        let mut error = Stop::new(ErrorKind::Assert, "the assertion fails");
                        if let Stop::Error(error) = &mut error {
                            error.spans.push(condition.span);
                        }
                        return Err(error);
                    }
                    other => return Err(wrong_type(&other, "a boolean")),
                }
                return self.eval(body, env);
            }
            ExprKind::With(namespace, body) => {
                let namespace = self.delay(namespace, env);
                let env = self.frame(env, FrameScope::With(namespace))?;
                return self.eval(body, env);
            }
            ExprKind::Let(bindings, body) => {
                let env = self.bind(bindings, env)?;
                return self.eval(body, env);
            }
            ExprKind::Set(recursive, bindings) => {
                let value = self.set(*recursive, bindings, env)?;
                self.origin = expr.span;
                value
            }
            ExprKind::List(items) => {
                let items = items.iter().map(|item| self.delay(item, env)).collect();
                self.list_value(items, false)?
            }
            ExprKind::Binary(Operator::Update, left, right) => self.updates(left, right, env, expr.span)?,
            ExprKind::Binary(operator, left, right) => self.binary(*operator, left, right, env)?,
            ExprKind::Not(inner) => match self.eval(inner, env)? {
                Value::Bool(value) => Value::Bool(!value),
                other => return Err(wrong_type(&other, "a boolean")),
            },
            ExprKind::Negate(inner) => match self.eval(inner, env)? {
                Value::Int(value) => Value::Int(value.wrapping_neg()),
                Value::Float(value) => Value::Float(-value),
                other => return Err(wrong_type(&other, "a number")),
            },
            ExprKind::Position => return Err(Stop::Opaque),
        };
        self.origin = expr.span;
        Ok(value)
    }

    /// Looks a name up in the sets of `with`, innermost first.
    fn dynamic(&mut self, name: Symbol, mut env: Env) -> Result<Value, Stop> {
        while env != TOP {
            let frame = self.frames[env.0 as usize];
            if let FrameScope::With(namespace) = frame.scope {
                match self.force(namespace)? {
                    Value::Set(set) => {
                        if let Some(attribute) = set.get(name) {
                            return self.force(attribute.value);
                        }
                        if let Some(open) = &set.open {
                            return self.opaque_attribute(&Rc::clone(open), name);
                        }
                    }
                    Value::Opaque(opaque) => return self.opaque_attribute(&opaque, name),
                    other => return Err(wrong_type(&other, "a set")),
                }
            }
            env = frame.parent;
        }
        let message = format!("undefined variable `{}`", self.symbols.name(name));
        Err(Stop::new(ErrorKind::Undefined, message))
    }

    fn template(&mut self, parts: &[StringPart], env: Env) -> Result<Value, Stop> {
        let mut text = String::new();
        let mut opaque = false;
        for part in parts {
            match part {
                StringPart::Text(part) => text.push_str(part),
                StringPart::Expr(expr) => {
                    let value = self.eval(expr, env)?;
                    match self.coerce_into(&value, false, &mut text) {
                        Ok(()) => {}
                        Err(Stop::Opaque) => opaque = true,
                        Err(stop) => return Err(stop),
                    }
                }
            }
        }
        if opaque { Err(Stop::Opaque) } else { self.string_value(text) }
    }

    fn path(&mut self, parts: &[StringPart], env: Env, span: Span) -> Result<Value, Stop> {
        let mut text = String::new();
        for part in parts {
            match part {
                StringPart::Text(part) => text.push_str(part),
                StringPart::Expr(expr) => {
                    let value = self.eval(expr, env)?;
                    text.push_str(&self.coerce_path_part(&value)?);
                }
            }
        }
        let folder = self.sources.get(span.file.0 as usize).map_or(Path::new("/"), Source::folder);
        let path = if text.starts_with('/') { PathBuf::from(&text) } else { folder.join(&text) };
        self.text(crate::coerce::normal_path(&path.to_string_lossy())).map(Value::Path)
    }

    fn search_path(&mut self, path: &str) -> Value {
        let path = path.split('/').map(|part| self.symbols.intern(part)).collect();
        Value::Opaque(Rc::new(Opaque { path, ..Opaque::default() }))
    }

    /// Decides a condition; where it cannot be known, what was asked for is taken, and nothing otherwise.
    fn condition(&mut self, condition: &Rc<Expr>, env: Env, span: Span) -> Result<bool, Stop> {
        let value = self.eval(condition, env)?;
        self.decided(&value, span)
    }
}

/// A value where one of another type belongs.
pub(crate) fn wrong_type(found: &Value, expected: &str) -> Stop {
    match found {
        Value::Opaque(_) => Stop::Opaque,
        other => Stop::evaluation(format!("{} cannot stand here; expected {expected}", other.type_name())),
    }
}
