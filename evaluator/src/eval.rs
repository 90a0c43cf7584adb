//! The evaluator: an arena of thunks, and expressions evaluated as far as somebody asks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::{Error, ErrorKind, Stop};
use crate::formals::EmbeddedCall;
use crate::ir::{Bindings, Bound, Expr, Kind, Name, Part};
use crate::lower::{Lowered, lower};
use crate::scopes::{Call, Choices, Scopes};
use crate::span::{FileId, Source, Span};
use crate::symbol::{Symbol, Symbols};
use crate::value::{Attribute, Env, List, Opaque, Set, Thunk, Value};

/// Gives the text of a file.
pub type Loader = Box<dyn Fn(&Path) -> std::io::Result<String>>;

/// How much an evaluation may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Expressions evaluated.
    pub steps: u64,
    /// Thunks, and elements and bytes of what they hold.
    pub memory: u64,
    /// Expressions being evaluated at a time.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: 20_000_000, memory: 100_000_000, depth: 5_000 }
    }
}

/// What a thunk holds.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Pending(Rc<Expr>, Env),
    Call(Value, Rc<[Thunk]>),
    Select(Thunk, Symbol),
    Busy,
    Done(Value, Span),
    Failed(Box<Error>),
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

/// An evaluator and all that it has evaluated.
pub struct Evaluator {
    /// The sources that were read.
    pub sources: Vec<Source>,
    /// Names.
    pub symbols: Symbols,
    pub(crate) trees: Vec<Rc<Lowered>>,
    pub(crate) scopes: Scopes,
    pub(crate) choices: Choices,
    pub(crate) calls: Vec<Call>,
    pub(crate) embedded_calls: Vec<EmbeddedCall>,
    pub(crate) watches_embedded: bool,
    pub(crate) slots: Vec<Slot>,
    pub(crate) cells: Vec<Thunk>,
    pub(crate) frames: Vec<Frame>,
    /// Where the value that was evaluated last came from.
    pub(crate) origin: Span,
    /// The innermost call that stands in a source of the user's.
    pub(crate) user_call: Span,
    imports: BTreeMap<PathBuf, (FileId, Thunk)>,
    loader: Loader,
    limits: Limits,
    depth: u32,
    /// Whether sources that Nix would not parse are evaluated as far as possible, for a checker.
    lenient: bool,
}

/// The outermost scope.
pub(crate) const TOP: Env = Env(0);

impl Evaluator {
    /// An evaluator that reads files by `loader`. Sources that Nix would not parse are errors unless `lenient`.
    pub fn new(loader: Loader, limits: Limits, lenient: bool) -> Evaluator {
        Evaluator {
            sources: Vec::new(),
            symbols: Symbols::default(),
            trees: Vec::new(),
            scopes: Scopes::default(),
            choices: Choices::default(),
            calls: Vec::new(),
            embedded_calls: Vec::new(),
            watches_embedded: false,
            slots: Vec::new(),
            cells: Vec::new(),
            frames: vec![Frame { parent: TOP, scope: FrameScope::Top }],
            origin: Span::default(),
            user_call: Span::default(),
            imports: BTreeMap::new(),
            loader,
            limits,
            depth: 0,
            lenient,
        }
    }

    /// Adds a source; what it evaluates to is the thunk.
    pub fn add(&mut self, path: &Path, text: &str, embedded: bool) -> (FileId, Thunk) {
        if let Some(known) = self.imports.get(path) {
            return *known;
        }
        let file = FileId(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        self.sources.push(Source { path: path.to_owned(), text: text.into(), embedded });
        let tree = Rc::new(lower(text, file, &mut self.symbols));
        let thunk = match tree.problems.first() {
            Some(problem) if !self.lenient => self.slot(Slot::Failed(Box::new(problem.clone()))),
            _ => self.slot(Slot::Pending(Rc::clone(&tree.expr), TOP)),
        };
        self.trees.push(tree);
        self.imports.insert(path.to_owned(), (file, thunk));
        (file, thunk)
    }

    /// What Nix would refuse while parsing a source.
    pub fn problems(&self, file: FileId) -> &[Error] {
        self.trees.get(file.0 as usize).map_or(&[], |tree| &tree.problems)
    }

    /// Evaluates a file as `import` does.
    pub(crate) fn import(&mut self, path: &Path) -> Result<Thunk, Stop> {
        let mut path = path.to_owned();
        if path.extension().is_none() && (self.loader)(&path).is_err() {
            path.push("default.nix");
        }
        if let Some((_, thunk)) = self.imports.get(&path) {
            return Ok(*thunk);
        }
        let text = (self.loader)(&path)
            .map_err(|error| Stop::evaluation(format!("cannot import {}: {error}", path.display())))?;
        self.charge(text.len() as u64)?;
        let embedded = path.starts_with(crate::EMBEDDED);
        Ok(self.add(&path, &text, embedded).1)
    }

    /// Reads a file as text.
    pub(crate) fn read(&mut self, path: &Path) -> std::io::Result<String> {
        (self.loader)(path)
    }

    /// Whether a place is in a source that is part of the program.
    pub fn is_embedded(&self, span: Span) -> bool {
        self.sources.get(span.file.0 as usize).is_none_or(|source| source.embedded)
    }

    // Thunks.

    pub(crate) fn slot(&mut self, slot: Slot) -> Thunk {
        let thunk = Thunk(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        self.slots.push(slot);
        thunk
    }

    /// A thunk that is a value already.
    pub fn done(&mut self, value: Value) -> Thunk {
        let origin = self.origin;
        self.slot(Slot::Done(value, origin))
    }

    /// A thunk that calls a function.
    pub(crate) fn lazy_call(&mut self, function: Value, arguments: &[Thunk]) -> Thunk {
        self.slot(Slot::Call(function, arguments.into()))
    }

    /// A thunk of an expression; none is made for what needs no evaluation.
    pub(crate) fn delay(&mut self, expr: &Rc<Expr>, env: Env) -> Thunk {
        let value = match &expr.kind {
            Kind::Local(up, at) => return self.local(env, *up, *at),
            Kind::Int(value) => Value::Int(*value),
            Kind::Str(text) => Value::Str(Rc::clone(text)),
            Kind::Lambda(lambda) => Value::Lambda(Rc::clone(lambda), env),
            _ => return self.slot(Slot::Pending(Rc::clone(expr), env)),
        };
        self.slot(Slot::Done(value, expr.span))
    }

    /// Evaluates a thunk as far as its outermost part.
    pub fn force(&mut self, thunk: Thunk) -> Result<Value, Stop> {
        let at = thunk.0 as usize;
        match &self.slots[at] {
            Slot::Done(value, origin) => {
                self.origin = *origin;
                return Ok(value.clone());
            }
            Slot::Busy => {
                return Err(Stop::new(ErrorKind::Recursion, "infinite recursion: the value needs itself"));
            }
            Slot::Failed(error) => return Err(Stop::Error(error.clone())),
            _ => {}
        }
        let pending = std::mem::replace(&mut self.slots[at], Slot::Busy);
        let result = match pending {
            Slot::Pending(expr, env) => self.eval(&expr, env),
            Slot::Call(function, arguments) => self.call_all(function, &arguments),
            Slot::Select(set, name) => self.force(set).and_then(|set| self.attribute(&set, name)),
            other => {
                self.slots[at] = other;
                return Err(Stop::Opaque);
            }
        };
        let result = match result {
            Err(Stop::Opaque) => Ok(Value::opaque()),
            other => other,
        };
        self.slots[at] = match &result {
            Ok(value) => Slot::Done(value.clone(), self.origin),
            Err(Stop::Error(error)) => Slot::Failed(error.clone()),
            Err(Stop::Opaque) => Slot::Done(Value::opaque(), self.origin),
        };
        result
    }

    /// Spends memory.
    pub(crate) fn charge(&mut self, amount: u64) -> Result<(), Stop> {
        match self.limits.memory.checked_sub(amount) {
            Some(left) => {
                self.limits.memory = left;
                Ok(())
            }
            None => Err(Stop::new(ErrorKind::Limit, "the evaluation takes too much memory")),
        }
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
                let calls = matches!(expr.kind, Kind::Apply(..));
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
            Err(stop) => Err(at_expr(stop)),
            Ok(value) => Ok(value),
        }
    }

    fn eval_kind(&mut self, expr: &Rc<Expr>, env: Env) -> Result<Value, Stop> {
        let value = match &expr.kind {
            Kind::Int(value) => Value::Int(*value),
            Kind::Float(value) => Value::Float(*value),
            Kind::Str(text) => Value::Str(Rc::clone(text)),
            Kind::Template(parts) => self.template(parts, env)?,
            Kind::Path(parts) => self.path(parts, env, expr.span)?,
            Kind::SearchPath(path) => self.search_path(path),
            Kind::Local(up, at) => {
                let thunk = self.local(env, *up, *at);
                return self.force(thunk);
            }
            Kind::Dynamic(name) => return self.dynamic(*name, env),
            Kind::Global(name) => self.global(*name)?,
            Kind::Undefined(name) => {
                let message = format!("undefined variable `{}`", self.symbols.name(*name));
                return Err(Stop::new(ErrorKind::Undefined, message));
            }
            Kind::Broken => return Err(Stop::Opaque),
            Kind::Select(base, names, default) => return self.select(base, names, default.as_ref(), env),
            Kind::HasAttr(base, names) => self.has_attribute(base, names, env)?,
            Kind::Lambda(lambda) => Value::Lambda(Rc::clone(lambda), env),
            Kind::Apply(function, argument) => {
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
            Kind::If(condition, yes, no) => {
                let taken = if self.condition(condition, env, expr.span)? { yes } else { no };
                return self.eval(taken, env);
            }
            Kind::Assert(condition, body) => {
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
            Kind::With(namespace, body) => {
                let namespace = self.delay(namespace, env);
                let env = self.frame(env, FrameScope::With(namespace))?;
                return self.eval(body, env);
            }
            Kind::Let(bindings, body) => {
                let env = self.bind(bindings, env)?;
                return self.eval(body, env);
            }
            Kind::Set(recursive, bindings) => {
                let value = self.set(*recursive, bindings, env)?;
                self.origin = expr.span;
                value
            }
            Kind::List(items) => {
                self.charge(items.len() as u64 + 1)?;
                let items = items.iter().map(|item| self.delay(item, env)).collect();
                Value::List(Rc::new(List { items, open: false }))
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, env, expr.span)?,
            Kind::Not(inner) => match self.eval(inner, env)? {
                Value::Bool(value) => Value::Bool(!value),
                other => return Err(wrong_type(&other, "a boolean")),
            },
            Kind::Negate(inner) => match self.eval(inner, env)? {
                Value::Int(value) => Value::Int(value.wrapping_neg()),
                Value::Float(value) => Value::Float(-value),
                other => return Err(wrong_type(&other, "a number")),
            },
            Kind::Position => return Err(Stop::Opaque),
        };
        self.origin = expr.span;
        Ok(value)
    }

    pub(crate) fn frame(&mut self, parent: Env, scope: FrameScope) -> Result<Env, Stop> {
        self.charge(1)?;
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

    /// The scope of recursive bindings.
    pub(crate) fn bind(&mut self, bindings: &Bindings, env: Env) -> Result<Env, Stop> {
        let start = self.cells.len();
        let inner = self.frame(env, FrameScope::Cells(u32::try_from(start).unwrap_or(u32::MAX)))?;
        self.charge(bindings.names.len() as u64)?;
        // The cells exist before any thunk does that may be an alias of another one's.
        let thunks: Vec<Thunk> = bindings.names.iter().map(|_| self.slot(Slot::Busy)).collect();
        self.cells.extend(&thunks);
        let sources: Vec<Thunk> = bindings.sources.iter().map(|source| self.delay(source, inner)).collect();
        for (binding, thunk) in bindings.names.iter().zip(thunks) {
            self.slots[thunk.0 as usize] = match &binding.value {
                Bound::Inner(expr) => Slot::Pending(Rc::clone(expr), inner),
                Bound::Outer(expr) => Slot::Pending(Rc::clone(expr), env),
                Bound::From(source) => Slot::Select(sources[*source], binding.name),
            };
        }
        Ok(inner)
    }

    fn set(&mut self, recursive: bool, bindings: &Bindings, env: Env) -> Result<Value, Stop> {
        self.charge(bindings.names.len() as u64 + 1)?;
        let mut entries = Vec::with_capacity(bindings.names.len() + bindings.computed.len());
        let mut inner = env;
        if recursive {
            inner = self.bind(bindings, env)?;
            for (at, binding) in bindings.names.iter().enumerate() {
                let value = self.local(inner, 0, at as u32);
                entries.push((binding.name, Attribute { value, span: binding.span, replaced: None }));
            }
        } else {
            let sources: Vec<Thunk> = bindings.sources.iter().map(|source| self.delay(source, env)).collect();
            for binding in &bindings.names {
                let value = match &binding.value {
                    Bound::Inner(expr) | Bound::Outer(expr) => self.delay(expr, env),
                    Bound::From(source) => self.slot(Slot::Select(sources[*source], binding.name)),
                };
                entries.push((binding.name, Attribute { value, span: binding.span, replaced: None }));
            }
        }
        let mut open = None;
        for (name, value) in &bindings.computed {
            let key = match self.eval(name, inner)? {
                Value::Str(key) => key,
                // A name that is null leaves the attribute out.
                Value::Null => continue,
                Value::Opaque(_) => {
                    open = Some(Rc::new(Opaque::default()));
                    continue;
                }
                other => return Err(wrong_type(&other, "a string")),
            };
            let symbol = self.symbols.intern(&key);
            if entries.iter().any(|(known, _)| *known == symbol) {
                return Err(Stop::evaluation(format!("`{key}` is defined twice in the same set")));
            }
            let value = self.delay(value, inner);
            entries.push((symbol, Attribute { value, span: name.span, replaced: None }));
        }
        let mut set = Set::new(entries);
        set.open = open;
        Ok(Value::Set(Rc::new(set)))
    }

    fn template(&mut self, parts: &[Part], env: Env) -> Result<Value, Stop> {
        let mut text = String::new();
        let mut opaque = false;
        for part in parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Expr(expr) => {
                    let value = self.eval(expr, env)?;
                    match self.coerce(&value, false) {
                        Ok(part) => text.push_str(&part),
                        Err(Stop::Opaque) => opaque = true,
                        Err(stop) => return Err(stop),
                    }
                }
            }
        }
        self.charge(text.len() as u64)?;
        if opaque { Err(Stop::Opaque) } else { Ok(Value::string(text)) }
    }

    fn path(&mut self, parts: &[Part], env: Env, span: Span) -> Result<Value, Stop> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Expr(expr) => {
                    let value = self.eval(expr, env)?;
                    text.push_str(&self.coerce_path_part(&value)?);
                }
            }
        }
        let folder = self.sources.get(span.file.0 as usize).map_or(Path::new("/"), Source::folder);
        let path = if text.starts_with('/') { PathBuf::from(&text) } else { folder.join(&text) };
        Ok(Value::Path(crate::coerce::normal_path(&path.to_string_lossy()).into()))
    }

    fn search_path(&mut self, path: &str) -> Value {
        let path = path.split('/').map(|part| self.symbols.intern(part)).collect();
        Value::Opaque(Rc::new(Opaque { path }))
    }

    /// The name that a step of a path comes to.
    pub(crate) fn name(&mut self, name: &Name, env: Env) -> Result<Symbol, Stop> {
        match name {
            Name::Static(symbol, _) => Ok(*symbol),
            Name::Computed(expr) => match self.eval(expr, env)? {
                Value::Str(text) => Ok(self.symbols.intern(&text)),
                other => Err(wrong_type(&other, "a string")),
            },
        }
    }

    fn select(
        &mut self,
        base: &Rc<Expr>,
        names: &[Name],
        default: Option<&Rc<Expr>>,
        env: Env,
    ) -> Result<Value, Stop> {
        let mut value = self.eval(base, env)?;
        for name in names {
            let symbol = self.name(name, env)?;
            let found = match (&value, default) {
                (Value::Set(set), _) if set.get(symbol).is_some() => self.attribute(&value, symbol),
                // Whether there is such an attribute cannot be told, so that neither it nor the default is the answer.
                (Value::Opaque(_), Some(_)) => Err(Stop::Opaque),
                (Value::Set(set), Some(_)) if set.open.is_some() => Err(Stop::Opaque),
                (_, Some(default)) => return self.eval(default, env),
                (_, None) => self.attribute(&value, symbol),
            };
            value = found.map_err(|stop| match stop {
                Stop::Error(mut error) if error.spans.is_empty() => {
                    error.spans.push(name.span());
                    Stop::Error(error)
                }
                stop => stop,
            })?;
        }
        Ok(value)
    }

    /// The attribute of a value.
    pub(crate) fn attribute(&mut self, value: &Value, name: Symbol) -> Result<Value, Stop> {
        match value {
            Value::Set(set) => match (set.get(name), &set.open) {
                (Some(attribute), _) => self.force(attribute.value),
                (None, Some(open)) => self.opaque_attribute(&Rc::clone(open), name),
                (None, None) => {
                    let name = Rc::clone(self.symbols.name(name));
                    let hint = crate::coerce::nearest(
                        set.entries.iter().map(|(other, _)| &**self.symbols.name(*other)),
                        &name,
                    );
                    let hint = hint.map(|hint| format!("; did you mean `{hint}`?")).unwrap_or_default();
                    Err(Stop::evaluation(format!("the set has no attribute `{name}`{hint}")))
                }
            },
            Value::Opaque(opaque) => self.opaque_attribute(&Rc::clone(opaque), name),
            other => Err(wrong_type(other, "a set")),
        }
    }

    fn has_attribute(&mut self, base: &Rc<Expr>, names: &[Name], env: Env) -> Result<Value, Stop> {
        let mut value = self.eval(base, env)?;
        for (at, name) in names.iter().enumerate() {
            let symbol = self.name(name, env)?;
            let last = at + 1 == names.len();
            value = match &value {
                Value::Set(set) => match set.get(symbol) {
                    Some(_) if last => return Ok(Value::Bool(true)),
                    Some(attribute) => self.force(attribute.value)?,
                    None if set.open.is_some() => return Err(Stop::Opaque),
                    None => return Ok(Value::Bool(false)),
                },
                Value::Opaque(_) => return Err(Stop::Opaque),
                _ => return Ok(Value::Bool(false)),
            };
        }
        Ok(Value::Bool(true))
    }

    /// Decides a condition; where it cannot be known, what was asked for is taken, and nothing otherwise.
    fn condition(&mut self, condition: &Rc<Expr>, env: Env, span: Span) -> Result<bool, Stop> {
        match self.eval(condition, env)? {
            Value::Bool(value) => Ok(value),
            Value::Opaque(_) => {
                let site = if self.is_embedded(span) { self.user_call } else { span };
                self.choices.decide(site).ok_or(Stop::Opaque)
            }
            other => Err(wrong_type(&other, "a boolean")),
        }
    }
}

/// A value where one of another type belongs.
pub(crate) fn wrong_type(found: &Value, expected: &str) -> Stop {
    match found {
        Value::Opaque(_) => Stop::Opaque,
        other => Stop::evaluation(format!("{} cannot stand here; expected {expected}", other.shape())),
    }
}
