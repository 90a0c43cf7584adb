//! The parameters of functions that are part of the program, and the user's calls of them: for editors.

use std::rc::Rc;

use crate::evaluator::Evaluator;
use crate::ir::{Lambda, Parameter};
use crate::span::Span;
use crate::state::noticed::{EmbeddedCall, FormalPlace};
use crate::value::{Thunk, Value};

impl Evaluator {
    /// The parameters of a function that takes a set of certain names.
    pub fn formals(&mut self, function: Thunk) -> Vec<FormalPlace> {
        match self.force(function) {
            Ok(Value::Lambda(lambda, _)) => self.formals_of(&lambda),
            _ => Vec::new(),
        }
    }

    /// The calls, in the user's sources, of functions that are part of the program, as far as anything was evaluated.
    pub fn embedded_calls(&self) -> &[EmbeddedCall] {
        self.noticed.embedded_calls()
    }

    /// Asks to be told of such calls.
    pub fn watch_embedded(&mut self) {
        self.noticed.watch_embedded();
    }

    /// Records a call of an embedded function, where somebody has asked for such calls.
    pub(crate) fn notice(&mut self, lambda: &Rc<Lambda>, argument: Thunk, span: Span) {
        if !self.noticed.watches_embedded() || self.is_embedded(span) || !self.is_embedded(lambda.body.span) {
            return;
        }
        let formals = self.formals_of(lambda);
        if !formals.is_empty() {
            self.noticed.add_embedded_call(EmbeddedCall { formals, argument, span });
        }
    }

    fn formals_of(&self, lambda: &Lambda) -> Vec<FormalPlace> {
        let Parameter::Pattern { formals, .. } = &lambda.parameter else { return Vec::new() };
        formals
            .iter()
            .map(|formal| FormalPlace {
                name: self.symbols.name(formal.name).clone(),
                span: formal.span,
                default: formal.default.as_ref().map(|default| default.span),
            })
            .collect()
    }
}
