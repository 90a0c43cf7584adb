//! Evaluates expressions, lazily: to their outermost part only.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::{ErrorKind, Stop};
use crate::evaluator::Evaluator;
use crate::ir::{Expr, ExprKind, Operator, StringPart};
use crate::paths::normal_path;
use crate::span::{SourceFile, Span};
use crate::state::arena::{FrameScope, TOP};
use crate::symbol::Symbol;
use crate::value::{Env, Opaque, Value, wrong_type};

impl Evaluator {
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
        let depth = self.budget.depth();
        self.enter().map_err(at_expr)?;
        let result = self.eval_kind(expr, env);
        // Whatever went deeper and was stopped there has not come back up by itself.
        self.budget.ascend_to(depth);
        match result {
            Err(Stop::Opaque) => {
                self.current.origin = expr.span;
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
                let thunk = self.arena.local(env, *up, *at);
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
                    self.current.origin = expr.span;
                }
                return Ok(value);
            }
            ExprKind::HasAttr(base, names) => self.has_attribute(base, names, env)?,
            ExprKind::Lambda(lambda) => Value::Lambda(Rc::clone(lambda), env),
            ExprKind::Apply(function, argument) => return self.eval_call(function, argument, env, expr.span),
            ExprKind::If(condition, yes, no) => {
                let taken = match self.condition(condition, env, expr.span) {
                    Ok(true) => yes,
                    Ok(false) => no,
                    Err(Stop::Opaque) => return self.common_of(yes, no, env),
                    Err(stop) => return Err(stop),
                };
                return self.eval(taken, env);
            }
            ExprKind::Assert(condition, body) => return self.assert(condition, body, env),
            ExprKind::With(namespace, body) => {
                let namespace = self.delay(namespace, env);
                let env = self.arena.push_frame(env, FrameScope::With(namespace));
                return self.eval(body, env);
            }
            ExprKind::Let(bindings, body) => {
                let env = self.bind(bindings, env);
                return self.eval(body, env);
            }
            ExprKind::Set(recursive, bindings) => {
                let value = self.set(*recursive, bindings, env)?;
                self.current.origin = expr.span;
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
        self.current.origin = expr.span;
        Ok(value)
    }

    /// Evaluates a call, which stands at `span`.
    fn eval_call(
        &mut self,
        function: &Rc<Expr>,
        argument: &Rc<Expr>,
        env: Env,
        span: Span,
    ) -> Result<Value, Stop> {
        let outer = self.current.user_call;
        if !self.is_embedded(span) {
            self.current.user_call = span;
        }
        let result = self.eval(function, env).and_then(|function| {
            let argument = self.delay(argument, env);
            self.current.origin = span;
            self.call(function, argument, span)
        });
        self.current.user_call = outer;
        result
    }

    fn assert(&mut self, condition: &Rc<Expr>, body: &Rc<Expr>, env: Env) -> Result<Value, Stop> {
        match self.eval(condition, env)? {
            // An unknown condition is taken to hold: no failure is claimed.
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
        self.eval(body, env)
    }

    /// Looks a name up in the sets of `with`, innermost first.
    fn dynamic(&mut self, name: Symbol, mut env: Env) -> Result<Value, Stop> {
        while env != TOP {
            let frame = self.arena.frame(env);
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
        let folder = self.sources.get(span.file).map_or(Path::new("/"), SourceFile::folder);
        let path = if text.starts_with('/') { PathBuf::from(&text) } else { folder.join(&text) };
        self.text(normal_path(&path.to_string_lossy())).map(Value::Path)
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
