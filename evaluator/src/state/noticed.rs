//! The calls that were recorded: those of watched opaque values, and those of functions that are part of the program.

use crate::met_conditions::MetConditions;
use crate::nix_string::NixString;
use crate::span::Span;
use crate::state::computation::Worker;
use crate::value::Thunk;

/// The key that tells calls at one place from each other: the argument's expression and variables, or its thunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallKey(pub(crate) usize, pub(crate) u32);

/// A call of something opaque that was being watched.
#[derive(Clone, Debug)]
pub struct Call {
    /// The end of the path by which the function was reached.
    pub function: Vec<NixString>,
    /// The argument of the call.
    pub argument: Thunk,
    /// The arguments of calls on the way to it, see [`Evaluator::renews`](crate::Evaluator::renews).
    pub given: Vec<Thunk>,
    /// Where it was called.
    pub span: Span,
    /// The key that tells it from other calls at its place.
    pub key: CallKey,
    /// The evaluation that made the call.
    pub(crate) owner: Worker,
    /// The conditions that the calling evaluation has met, once it has ended.
    pub made_in: MetConditions,
}

/// A call, in a source of the user's, of a function that is part of the program.
#[derive(Clone, Debug)]
pub struct EmbeddedCall {
    /// The parameters of the function.
    pub formals: Vec<FormalPlace>,
    /// The argument of the call.
    pub argument: Thunk,
    /// Where it is called.
    pub span: Span,
}

/// A name that a function takes, and where that is written.
#[derive(Clone, Debug)]
pub struct FormalPlace {
    /// The name of the parameter.
    pub name: NixString,
    /// The place of the name in the program's own source.
    pub span: Span,
    /// Where its default stands.
    pub default: Option<Span>,
}

/// The calls that were recorded.
#[derive(Debug, Default)]
pub(crate) struct Noticed {
    calls: Vec<Call>,
    embedded_calls: Vec<EmbeddedCall>,
    watches_embedded: bool,
}

/// How much was noticed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoticedCount {
    calls: usize,
    embedded_calls: usize,
}

impl Noticed {
    /// The calls of what is watched.
    pub(crate) fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The same, for what becomes known of them later.
    pub(crate) fn calls_mut(&mut self) -> &mut [Call] {
        &mut self.calls
    }

    /// Records a call of a watched opaque value.
    pub(crate) fn add_call(&mut self, call: Call) {
        self.calls.push(call);
    }

    /// Asks to be told of calls of functions that are part of the program.
    pub(crate) fn watch_embedded(&mut self) {
        self.watches_embedded = true;
    }

    /// Whether such calls are recorded.
    pub(crate) fn watches_embedded(&self) -> bool {
        self.watches_embedded
    }

    /// The recorded calls of functions that are part of the program.
    pub(crate) fn embedded_calls(&self) -> &[EmbeddedCall] {
        &self.embedded_calls
    }

    /// Records a call of a function that is part of the program.
    pub(crate) fn add_embedded_call(&mut self, call: EmbeddedCall) {
        self.embedded_calls.push(call);
    }

    /// How much was noticed.
    pub(crate) fn count(&self) -> NoticedCount {
        NoticedCount { calls: self.calls.len(), embedded_calls: self.embedded_calls.len() }
    }

    /// The same as one number.
    pub(crate) fn total(&self) -> usize {
        self.calls.len() + self.embedded_calls.len()
    }

    /// Forgets what was noticed since.
    pub(crate) fn cut(&mut self, count: NoticedCount) {
        self.calls.truncate(count.calls);
        self.embedded_calls.truncate(count.embedded_calls);
    }
}
