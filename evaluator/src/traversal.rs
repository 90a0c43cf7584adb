//! Going through a whole file, the bodies of its functions included, so that no call goes unnoticed for want of a caller.

use std::path::PathBuf;
use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::ir::{AttributeName, Bindings, Bound, Expr, ExprKind, Parameter, StringPart};
use crate::span::FileId;
use crate::state::arena::{FrameScope, TOP};
use crate::state::computation::{Worker, mix};
use crate::symbol::Symbol;
use crate::value::{Env, Opaque, Thunk, Value};

/// The step of an option that stands for any name.
pub const ANY: &str = "*";

/// A definition of one of the options that were looked for.
#[derive(Clone, Debug)]
pub struct Option {
    /// The end of its path.
    pub path: Vec<Rc<str>>,
    /// The thunk of the definition's value.
    pub value: Thunk,
}

/// A walk through a file.
struct Traversal<'e> {
    evaluator: &'e mut Evaluator,
    options: &'e [&'e [&'e str]],
    found: Vec<Option>,
    imports: Vec<PathBuf>,
    /// The attributes that are being defined.
    path: Vec<std::option::Option<Symbol>>,
}

impl Evaluator {
    /// Evaluates every call in a file, with nothing known about the arguments of its functions; gives the definitions of
    /// options whose paths end in one of these, where [`ANY`] stands for any name. What it imports is read, too.
    pub fn traverse(&mut self, file: FileId, options: &[&[&str]]) -> Vec<Option> {
        let Some(expr) = self.sources.expression(file).map(Rc::clone) else { return Vec::new() };
        const WALK: u64 = 3;
        let worker = Worker::new(mix(WALK, u64::from(file.0)));
        let ((found, imports), _) = self.working(worker, |it| {
            let mut traverse = Traversal {
                evaluator: it,
                options,
                found: Vec::new(),
                imports: Vec::new(),
                path: Vec::new(),
            };
            traverse.expr(&expr, TOP);
            (traverse.found, traverse.imports)
        });
        for path in imports {
            // A module that is not there is for Nix to complain about, which knows where it comes from.
            let _ = self.import(&path);
        }
        found
    }
}

/// The limits for evaluating the results of calls for their own sake: the depth of sets and lists, and the number of values.
const DEEPEST: u32 = 4;
const MOST: u32 = 200;

impl Evaluator {
    /// Evaluates an expression, by the thunk that it has been put off to where there is one, and what it holds, for the calls
    /// that are made there.
    pub(crate) fn whole(
        &mut self,
        expr: &Rc<Expr>,
        env: Env,
        thunk: std::option::Option<Thunk>,
    ) -> Result<(), Stop> {
        let value = match thunk {
            Some(thunk) => self.force(thunk)?,
            None => self.eval(expr, env)?,
        };
        let most = MOST.min(self.budget.spare());
        let mut left = most;
        self.within(&value, DEEPEST, &mut left);
        self.budget.use_spare(most - left);
        Ok(())
    }

    /// Evaluates what is in a value; whether it fails matters only where it is needed.
    fn within(&mut self, value: &Value, depth: u32, left: &mut u32) {
        let below: Vec<Thunk> = match value {
            Value::List(list) => list.items.clone(),
            // What the module system makes of a property is looked at where its option is.
            Value::Set(set) if set.get(self.symbols.intern("_type")).is_none() => {
                set.entries.iter().map(|(_, attribute)| attribute.value).collect()
            }
            _ => return,
        };
        for thunk in below {
            let Some(fewer) = left.checked_sub(1).filter(|_| depth > 0) else { return };
            *left = fewer;
            if let Ok(value) = self.force(thunk) {
                self.within(&value, depth - 1, left);
            }
        }
    }
}

impl Traversal<'_> {
    fn expr(&mut self, expr: &Rc<Expr>, env: Env) {
        match &expr.kind {
            ExprKind::Apply(..) => self.call(expr, env, None),
            ExprKind::Lambda(lambda) => {
                self.lambda(lambda, env);
            }
            ExprKind::Let(bindings, body) => {
                let inner = self.evaluator.bind(bindings, env);
                self.bindings(bindings, env, inner, false);
                self.expr(body, inner);
            }
            ExprKind::Set(recursive, bindings) => {
                let inner = if *recursive { self.evaluator.bind(bindings, env) } else { env };
                self.bindings(bindings, env, inner, true);
            }
            ExprKind::With(namespace, body) => {
                self.expr(namespace, env);
                let namespace = self.evaluator.delay(namespace, env);
                let inner = self.evaluator.arena.push_frame(env, FrameScope::With(namespace));
                self.expr(body, inner);
            }
            ExprKind::Select(base, names, default) => {
                self.expr(base, env);
                self.names(names, env);
                if let Some(default) = default {
                    self.expr(default, env);
                }
            }
            ExprKind::HasAttr(base, names) => {
                self.expr(base, env);
                self.names(names, env);
            }
            ExprKind::Template(parts) | ExprKind::Path(parts) => {
                for part in parts {
                    if let StringPart::Expr(part) = part {
                        self.expr(part, env);
                    }
                }
            }
            ExprKind::If(condition, yes, no) => {
                for part in [condition, yes, no] {
                    self.expr(part, env);
                }
            }
            ExprKind::Assert(one, other) | ExprKind::Binary(_, one, other) => {
                self.expr(one, env);
                self.expr(other, env);
            }
            ExprKind::List(items) => {
                for item in items {
                    self.expr(item, env);
                }
            }
            ExprKind::Not(inner) | ExprKind::Negate(inner) => self.expr(inner, env),
            _ => {}
        }
    }

    /// Goes through a call, which is also evaluated: once, where it has been put off to a thunk.
    fn call(&mut self, expr: &Rc<Expr>, env: Env, thunk: std::option::Option<Thunk>) {
        self.evaluator.root(expr, env, thunk);
        // A partial call has no result yet.
        let mut expr = expr;
        while let ExprKind::Apply(function, argument) = &expr.kind {
            self.expr(argument, env);
            expr = function;
        }
        self.expr(expr, env);
    }

    fn names(&mut self, names: &[AttributeName], env: Env) {
        for name in names {
            if let AttributeName::Computed(expr) = name {
                self.expr(expr, env);
            }
        }
    }

    fn bindings(&mut self, bindings: &Bindings, outer: Env, inner: Env, attributes: bool) {
        for source in &bindings.sources {
            self.expr(source, inner);
        }
        for (at, binding) in bindings.names.iter().enumerate() {
            let (expr, env) = match &binding.value {
                Bound::Inner(expr) => (expr, inner),
                Bound::Outer(expr) => (expr, outer),
                Bound::From(_) => continue,
            };
            if !attributes {
                match expr.kind {
                    ExprKind::Apply(..) => {
                        let thunk =
                            self.evaluator.arena.local(inner, 0, u32::try_from(at).unwrap_or(u32::MAX));
                        self.call(expr, env, Some(thunk));
                    }
                    _ => self.expr(expr, env),
                }
                continue;
            }
            self.path.push(Some(binding.name));
            self.option(expr, env);
            if matches!(&**self.evaluator.symbols.name(binding.name), "imports" | "modules") {
                self.imports(expr, env);
            }
            self.expr(expr, env);
            self.path.pop();
        }
        for (name, value) in &bindings.computed {
            self.expr(name, inner);
            self.path.push(None);
            self.expr(value, inner);
            self.path.pop();
        }
    }

    /// Notes a definition of an option that is looked for.
    fn option(&mut self, expr: &Rc<Expr>, env: Env) {
        for option in self.options {
            let matches = self.path.len() >= option.len()
                && self.path.iter().rev().zip(option.iter().rev()).all(|(step, wanted)| {
                    *wanted == ANY || step.is_some_and(|step| &**self.evaluator.symbols.name(step) == *wanted)
                });
            if matches {
                let value = self.evaluator.delay(expr, env);
                self.found.push(Option { path: option.iter().map(|step| (*step).into()).collect(), value });
            }
        }
    }

    /// Notes the files of a list of modules.
    fn imports(&mut self, expr: &Rc<Expr>, env: Env) {
        let ExprKind::List(items) = &expr.kind else { return };
        for item in items {
            if let ExprKind::Path(_) = &item.kind
                && let Ok(Value::Path(path)) = self.evaluator.eval(item, env)
            {
                self.imports.push(PathBuf::from(&*path));
            }
        }
    }

    /// Goes through a function, whatever it may be called with.
    fn lambda(&mut self, lambda: &crate::ir::Lambda, env: Env) {
        let unknown = |name: Symbol| Value::Opaque(Rc::new(Opaque { path: vec![name], ..Opaque::default() }));
        let start = self.evaluator.arena.next_cell();
        let inner = self.evaluator.arena.push_frame(env, FrameScope::Cells(start));
        match &lambda.parameter {
            Parameter::Name(name, _) => {
                let cell = self.evaluator.done(unknown(*name));
                self.evaluator.arena.push_cell(cell);
            }
            Parameter::Pattern { formals, whole, .. } => {
                for name in formals.iter().map(|formal| formal.name).chain(*whole) {
                    let value = if Some(name) == *whole { Value::opaque() } else { unknown(name) };
                    let cell = self.evaluator.done(value);
                    self.evaluator.arena.push_cell(cell);
                }
                for default in formals.iter().filter_map(|formal| formal.default.as_ref()) {
                    self.expr(default, inner);
                }
            }
        }
        self.expr(&lambda.body, inner);
    }
}
