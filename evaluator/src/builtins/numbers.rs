//! Builtins on numbers: arithmetic, comparison, bits and rounding.

use crate::builtins::entry::{Builtin, builtin};
use crate::error::Stop;
use crate::ir::Operator;
use crate::value::Value;
use crate::value::wrong_type;

pub(super) const TABLE: &[Builtin] = &[
    builtin("add", 2, |it, given| {
        let (left, right) = (it.force(given[0])?, it.force(given[1])?);
        it.arithmetic(Operator::Add, &left, &right)
    }),
    builtin("sub", 2, |it, given| {
        let (left, right) = (it.force(given[0])?, it.force(given[1])?);
        it.arithmetic(Operator::Sub, &left, &right)
    }),
    builtin("mul", 2, |it, given| {
        let (left, right) = (it.force(given[0])?, it.force(given[1])?);
        it.arithmetic(Operator::Mul, &left, &right)
    }),
    builtin("div", 2, |it, given| {
        let (left, right) = (it.force(given[0])?, it.force(given[1])?);
        it.arithmetic(Operator::Div, &left, &right)
    }),
    builtin("lessThan", 2, |it, given| {
        let (left, right) = (it.force(given[0])?, it.force(given[1])?);
        it.less(&left, &right).map(Value::Bool)
    }),
    builtin("bitAnd", 2, |it, given| Ok(Value::Int(it.int(given[0])? & it.int(given[1])?))),
    builtin("bitOr", 2, |it, given| Ok(Value::Int(it.int(given[0])? | it.int(given[1])?))),
    builtin("bitXor", 2, |it, given| Ok(Value::Int(it.int(given[0])? ^ it.int(given[1])?))),
    builtin("ceil", 1, |it, given| round(&it.force(given[0])?, f64::ceil)),
    builtin("floor", 1, |it, given| round(&it.force(given[0])?, f64::floor)),
];

fn round(value: &Value, how: fn(f64) -> f64) -> Result<Value, Stop> {
    match value {
        Value::Int(value) => Ok(Value::Int(*value)),
        Value::Float(value) => Ok(Value::Int(how(*value) as i64)),
        other => Err(wrong_type(other, "a number")),
    }
}
