//! An entry of the tables of builtins.

use crate::error::Stop;
use crate::evaluator::Evaluator;
use crate::value::{Thunk, Value};

/// A builtin function of the evaluator.
pub(crate) type Builtin = crate::builtin::BuiltinFunction<Evaluator>;

/// An entry of a table.
pub(crate) const fn builtin(
    name: &'static str,
    arity: usize,
    run: fn(&mut Evaluator, &[Thunk]) -> Result<Value, Stop>,
) -> Builtin {
    Builtin { name, arity, run }
}
