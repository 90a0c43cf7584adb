//! Operators, equality and order.

mod compare;
mod update;

use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::ir::{Expr, Operator};
use crate::value::{Env, List, Value, wrong_type};

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
}
