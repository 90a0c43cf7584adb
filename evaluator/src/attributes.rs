//! Sets and their attributes: made, asked for, selected.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::ir::{AttributeName, Bindings, Bound, Expr};
use crate::state::arena::Slot;
use crate::symbol::Symbol;
use crate::value::{Env, NixAttribute, Opaque, Thunk, Value, wrong_type};

impl Evaluator {
    pub(crate) fn set(&mut self, recursive: bool, bindings: &Bindings, env: Env) -> Result<Value, Stop> {
        let mut entries = Vec::with_capacity(bindings.names.len() + bindings.computed.len());
        let mut inner = env;
        if recursive {
            inner = self.bind(bindings, env);
            for (at, binding) in bindings.names.iter().enumerate() {
                let value = self.arena.local(inner, 0, at as u32);
                entries.push((
                    binding.name,
                    NixAttribute { value, span: binding.span, replaced: None, maybe: false },
                ));
            }
        } else {
            let sources: Vec<Thunk> = bindings.sources.iter().map(|source| self.delay(source, env)).collect();
            for binding in &bindings.names {
                let value = match &binding.value {
                    Bound::Inner(expr) | Bound::Outer(expr) => self.delay(expr, env),
                    Bound::From(source) => self.slot(Slot::Select(sources[*source], binding.name)),
                };
                entries.push((
                    binding.name,
                    NixAttribute { value, span: binding.span, replaced: None, maybe: false },
                ));
            }
        }
        let mut open = None;
        let known = entries.iter().map(|(name, _)| *name);
        let mut known: BTreeSet<Symbol> =
            if bindings.computed.is_empty() { BTreeSet::new() } else { known.collect() };
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
            if !known.insert(symbol) {
                return Err(Stop::evaluation(format!("`{key}` is defined twice in the same set")));
            }
            let value = self.delay(value, inner);
            entries.push((symbol, NixAttribute { value, span: name.span, replaced: None, maybe: false }));
        }
        self.set_value(entries, open)
    }

    /// Evaluates a step of a path to a name.
    pub(crate) fn name(&mut self, name: &AttributeName, env: Env) -> Result<Symbol, Stop> {
        match name {
            AttributeName::Static(symbol, _) => Ok(*symbol),
            AttributeName::Computed(expr) => match self.eval(expr, env)? {
                Value::Str(text) => Ok(self.symbols.intern(&text)),
                other => Err(wrong_type(&other, "a string")),
            },
        }
    }

    pub(crate) fn select(
        &mut self,
        base: &Rc<Expr>,
        names: &[AttributeName],
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
                    let name = self.symbols.name(name).clone();
                    let hint = crate::nearest::nearest(
                        set.entries.iter().map(|(other, _)| &**self.symbols.name(*other)),
                        &name,
                        self.budget.comparisons(),
                    );
                    let hint = hint.map(|hint| format!("; did you mean `{hint}`?")).unwrap_or_default();
                    Err(Stop::evaluation(format!("the set has no attribute `{name}`{hint}")))
                }
            },
            Value::Opaque(opaque) => self.opaque_attribute(&Rc::clone(opaque), name),
            other => Err(wrong_type(other, "a set")),
        }
    }

    pub(crate) fn has_attribute(
        &mut self,
        base: &Rc<Expr>,
        names: &[AttributeName],
        env: Env,
    ) -> Result<Value, Stop> {
        let mut value = self.eval(base, env)?;
        for (at, name) in names.iter().enumerate() {
            let symbol = self.name(name, env)?;
            let last = at + 1 == names.len();
            value = match &value {
                Value::Set(set) => match set.get(symbol) {
                    Some(attribute) if last && attribute.maybe => return Err(Stop::Opaque),
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
}
