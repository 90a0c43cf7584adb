//! Operators, equality and order.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::ir::{Expr, ExprKind, Operator};
use crate::span::Span;
use crate::symbol::Symbol;
use crate::value::{Env, List, NixAttribute, Opaque, Set, Value, wrong_type};

impl Evaluator {
    pub(crate) fn binary(
        &mut self,
        operator: Operator,
        left: &Rc<Expr>,
        right: &Rc<Expr>,
        env: Env,
    ) -> Result<Value, Stop> {
        // Nix has `<` alone: `a > b` is `b < a`, and `a <= b` the opposite of that, so that `b` is evaluated first.
        if let Operator::More | Operator::LessOrEqual = operator {
            let other = self.eval(right, env)?;
            let value = self.eval(left, env)?;
            let more = self.less(&other, &value)?;
            return Ok(Value::Bool(more == (operator == Operator::More)));
        }
        let value = self.eval(left, env)?;
        if let Operator::And | Operator::Or | Operator::Implies = operator {
            return self.logic(operator, &value, right, env);
        }
        let other = self.eval(right, env)?;
        match operator {
            Operator::Equal => self.equal(&value, &other).map(Value::Bool),
            Operator::NotEqual => self.equal(&value, &other).map(|equal| Value::Bool(!equal)),
            Operator::Less => self.less(&value, &other).map(Value::Bool),
            Operator::MoreOrEqual => self.less(&value, &other).map(|less| Value::Bool(!less)),
            Operator::Concat => self.concat(value, other),
            Operator::Add => self.plus(&value, &other),
            _ => self.arithmetic(operator, &value, &other),
        }
    }

    fn logic(&mut self, operator: Operator, left: &Value, right: &Rc<Expr>, env: Env) -> Result<Value, Stop> {
        // The value on the left that settles it, and to what.
        let (settles, result) = match operator {
            Operator::And => (false, false),
            Operator::Or => (true, true),
            _ => (false, true),
        };
        let decides = |value: bool, result: bool| Ok(Value::Bool(if value { result } else { !result }));
        match left {
            Value::Bool(value) if *value == settles => Ok(Value::Bool(result)),
            Value::Bool(_) => match self.eval(right, env)? {
                Value::Bool(value) => Ok(Value::Bool(value)),
                other => Err(wrong_type(&other, "a boolean")),
            },
            Value::Opaque(_) => match (operator, self.eval(right, env)) {
                (Operator::And, Ok(Value::Bool(false))) => decides(true, false),
                (Operator::Or | Operator::Implies, Ok(Value::Bool(true))) => decides(true, true),
                _ => Err(Stop::Opaque),
            },
            other => Err(wrong_type(other, "a boolean")),
        }
    }

    /// One or more `//` in a row. Of many sets, each attribute is copied once.
    pub(crate) fn updates(
        &mut self,
        left: &Rc<Expr>,
        mut right: &Rc<Expr>,
        env: Env,
        mut span: Span,
    ) -> Result<Value, Stop> {
        const MANY: usize = 4;
        let mut under = Vec::new();
        let mut left = left;
        loop {
            under.push((self.eval(left, env)?, span));
            let ExprKind::Binary(Operator::Update, next, rest) = &right.kind else { break };
            (left, right, span) = (next, rest, right.span);
        }
        let mut over = self.eval(right, env)?;
        if under.len() >= MANY && under.iter().all(|(value, _)| is_closed(value)) && is_closed(&over) {
            return self.laid_over(&under, &over);
        }
        while let Some((under, span)) = under.pop() {
            over = self.update(under, over, span)?;
        }
        Ok(over)
    }

    /// Sets of which nothing is unknown, each laid over the one before it, with the operator between them.
    fn laid_over(&mut self, under: &[(Value, Span)], over: &Value) -> Result<Value, Stop> {
        let mut entries: BTreeMap<Symbol, NixAttribute> = BTreeMap::new();
        let operators = under.iter().rev().map(|(_, span)| *span);
        let sets = std::iter::once(over).chain(under.iter().rev().map(|(value, _)| value));
        for (set, operator) in sets.zip(std::iter::once(Span::default()).chain(operators)) {
            let Value::Set(set) = set else { return Err(Stop::Opaque) };
            for (name, attribute) in &set.entries {
                let own = entries.entry(*name);
                own.and_modify(|after| after.replaced = Some((operator, attribute.span)))
                    .or_insert(*attribute);
            }
        }
        self.set_value(entries.into_iter().collect(), None)
    }

    /// The operator `//`: a set with the attributes of both, those of the right first.
    pub(crate) fn update(&mut self, left: Value, right: Value, span: Span) -> Result<Value, Stop> {
        let (under, over) = match (left, right) {
            (Value::Set(under), Value::Set(over)) => (under, over),
            // Whatever is not laid over stays as unknown as it was.
            (Value::Opaque(opaque), Value::Set(over)) => {
                let open = Some(over.open.clone().unwrap_or(opaque));
                return self.set_value(over.entries.clone(), open);
            }
            (Value::Set(under), Value::Opaque(opaque)) => {
                (under, Rc::new(Set { open: Some(opaque), ..Set::default() }))
            }
            (Value::Set(_) | Value::Opaque(_), other) | (other, _) => {
                return Err(wrong_type(&other, "a set"));
            }
        };
        self.fits((size_of_val(&*under.entries) + size_of_val(&*over.entries)) as u64)?;
        if let Some(open) = &over.open {
            return self.laid_under(&under, &over, open);
        }
        let mut entries = Vec::with_capacity(under.entries.len() + over.entries.len());
        let (mut one, mut two) = (under.entries.iter().peekable(), over.entries.iter().peekable());
        loop {
            let order = match (one.peek(), two.peek()) {
                (Some((one, _)), Some((two, _))) => one.cmp(two),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => entries.extend(one.next().copied()),
                Ordering::Greater => entries.extend(two.next().copied()),
                Ordering::Equal => {
                    if let (Some((_, before)), Some((name, after))) = (one.next(), two.next()) {
                        let attribute = match after.maybe {
                            // Either of the two values, and there where the one below is.
                            true => NixAttribute { value: after.value, replaced: None, ..*before },
                            false => NixAttribute { replaced: Some((span, before.span)), ..*after },
                        };
                        entries.push((*name, attribute));
                    }
                }
            }
        }
        self.set_value(entries, under.open.clone())
    }

    /// A set under one that may hold anything: its names stay, whatever their values are.
    fn laid_under(&mut self, under: &Set, over: &Set, open: &Rc<Opaque>) -> Result<Value, Stop> {
        let mut entries = over.entries.clone();
        let under = if self.is_plain(under) { under } else { &Set::default() };
        for (name, attribute) in under.entries.iter().filter(|(name, _)| over.get(*name).is_none()) {
            let value = self.opaque_attribute(open, *name)?;
            let value = self.done(value);
            entries.push((*name, NixAttribute { value, replaced: None, ..*attribute }));
        }
        self.set_value(entries, Some(Rc::clone(open)))
    }

    fn concat(&mut self, left: Value, right: Value) -> Result<Value, Stop> {
        let as_list = |value: &Value| match value {
            Value::List(list) => Ok(Rc::clone(list)),
            Value::Opaque(_) => Ok(Rc::new(List { open: true, ..List::default() })),
            other => Err(wrong_type(other, "a list")),
        };
        let (left, right) = (as_list(&left)?, as_list(&right)?);
        self.fits((size_of_val(&*left.items) + size_of_val(&*right.items)) as u64)?;
        let items = left.items.iter().chain(&right.items).copied().collect();
        self.list_value(items, left.open || right.open)
    }

    fn plus(&mut self, left: &Value, right: &Value) -> Result<Value, Stop> {
        match (left, right) {
            (Value::Int(_) | Value::Float(_), _) => self.arithmetic(Operator::Add, left, right),
            (Value::Path(path), _) => {
                let rest = match right {
                    Value::Path(rest) => rest.clone(),
                    other => self.coerce(other, false)?,
                };
                self.text(crate::paths::normal_path(&format!("{path}{rest}"))).map(Value::Path)
            }
            (Value::Opaque(_), _) => Err(Stop::Opaque),
            _ => {
                let (left, right) = (self.coerce(left, false), self.coerce(right, false));
                let (left, right) = (left?, right?);
                self.fits((left.len() + right.len()) as u64)?;
                self.string_value(format!("{left}{right}"))
            }
        }
    }

    pub(crate) fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Value,
        right: &Value,
    ) -> Result<Value, Stop> {
        let number = |value: &Value| match value {
            Value::Int(value) => Ok(*value as f64),
            Value::Float(value) => Ok(*value),
            other => Err(wrong_type(other, "a number")),
        };
        if let (Value::Int(left), Value::Int(right)) = (left, right) {
            let result = match operator {
                Operator::Add => left.checked_add(*right),
                Operator::Sub => left.checked_sub(*right),
                Operator::Mul => left.checked_mul(*right),
                _ if *right == 0 => return Err(Stop::evaluation("division by zero")),
                _ => left.checked_div(*right),
            };
            return result.map(Value::Int).ok_or_else(|| Stop::evaluation("the integer overflows 64 bits"));
        }
        let (left, right) = (number(left)?, number(right)?);
        Ok(Value::Float(match operator {
            Operator::Add => left + right,
            Operator::Sub => left - right,
            Operator::Mul => left * right,
            _ if right == 0.0 => return Err(Stop::evaluation("division by zero")),
            _ => left / right,
        }))
    }

    /// Whether two values are equal. Where some parts cannot be known, only a difference elsewhere settles it.
    pub(crate) fn equal(&mut self, left: &Value, right: &Value) -> Result<bool, Stop> {
        self.enter()?;
        let result = self.equal_inner(left, right);
        self.leave();
        result
    }

    fn equal_inner(&mut self, left: &Value, right: &Value) -> Result<bool, Stop> {
        match (left, right) {
            (Value::Opaque(_), _) | (_, Value::Opaque(_)) => Err(Stop::Opaque),
            (Value::Null, Value::Null) => Ok(true),
            (Value::Bool(one), Value::Bool(other)) => Ok(one == other),
            (Value::Int(one), Value::Int(other)) => Ok(one == other),
            (Value::Float(one), Value::Float(other)) => Ok(one == other),
            (Value::Int(int), Value::Float(float)) | (Value::Float(float), Value::Int(int)) => {
                Ok(*int as f64 == *float)
            }
            (Value::Str(one), Value::Str(other)) | (Value::Path(one), Value::Path(other)) => {
                self.work(one.len().min(other.len()));
                Ok(one == other)
            }
            (Value::List(one), Value::List(other)) => {
                if Rc::ptr_eq(one, other) && !one.open {
                    return Ok(true);
                }
                if one.open || other.open {
                    return Err(Stop::Opaque);
                }
                if one.items.len() != other.items.len() {
                    return Ok(false);
                }
                let pairs: Vec<_> = one.items.iter().copied().zip(other.items.iter().copied()).collect();
                self.all_equal(&pairs)
            }
            (Value::Set(one), Value::Set(other)) => {
                if !one.is_closed() || !other.is_closed() {
                    return Err(Stop::Opaque);
                }
                if Rc::ptr_eq(one, other) {
                    return Ok(true);
                }
                let same = one.entries.len() == other.entries.len()
                    && one.entries.iter().zip(&other.entries).all(|(one, other)| one.0 == other.0);
                if !same {
                    return Ok(false);
                }
                let mut pairs: Vec<_> = one
                    .entries
                    .iter()
                    .zip(&other.entries)
                    .map(|(one, other)| (one.0, one.1.value, other.1.value))
                    .collect();
                pairs.sort_by(|one, other| self.symbols.name(one.0).cmp(self.symbols.name(other.0)));
                let pairs: Vec<_> = pairs.into_iter().map(|(_, one, other)| (one, other)).collect();
                self.all_equal(&pairs)
            }
            _ => Ok(false),
        }
    }

    fn all_equal(&mut self, pairs: &[(crate::Thunk, crate::Thunk)]) -> Result<bool, Stop> {
        let mut opaque = false;
        for (one, other) in pairs {
            // Nix asks whether it is the same thunk before it looks inside, so that equal functions can be.
            if one == other {
                continue;
            }
            let (one, other) = (self.force(*one)?, self.force(*other)?);
            match self.equal(&one, &other) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(Stop::Opaque) => opaque = true,
                Err(stop) => return Err(stop),
            }
        }
        if opaque { Err(Stop::Opaque) } else { Ok(true) }
    }

    /// Whether one value is less than another.
    pub(crate) fn less(&mut self, left: &Value, right: &Value) -> Result<bool, Stop> {
        match (left, right) {
            (Value::Opaque(_), _) | (_, Value::Opaque(_)) => Err(Stop::Opaque),
            (Value::Int(one), Value::Int(other)) => Ok(one < other),
            (Value::Float(one), Value::Float(other)) => Ok(one < other),
            (Value::Int(one), Value::Float(other)) => Ok((*one as f64) < *other),
            (Value::Float(one), Value::Int(other)) => Ok(*one < *other as f64),
            (Value::Str(one), Value::Str(other)) | (Value::Path(one), Value::Path(other)) => {
                self.work(one.len().min(other.len()));
                Ok(one < other)
            }
            (Value::List(one), Value::List(other)) => {
                if one.open || other.open {
                    return Err(Stop::Opaque);
                }
                self.enter()?;
                for (at, right) in other.items.iter().enumerate() {
                    let Some(left) = one.items.get(at) else {
                        self.leave();
                        return Ok(true);
                    };
                    let (left, right) = (self.force(*left)?, self.force(*right)?);
                    if !self.equal(&left, &right)? {
                        let less = self.less(&left, &right);
                        self.leave();
                        return less;
                    }
                }
                self.leave();
                Ok(false)
            }
            (one, other) => {
                let message = format!("{} and {} have no order", one.type_name(), other.type_name());
                Err(Stop::evaluation(message))
            }
        }
    }
}

/// Whether it is a set of which nothing is unknown.
fn is_closed(value: &Value) -> bool {
    matches!(value, Value::Set(set) if set.is_closed())
}
