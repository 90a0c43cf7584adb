//! Equality and order of values.

use std::rc::Rc;

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::value::Value;

impl Evaluator {
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
