//! The two ends of an evaluation without a value: an error with its place, or something that cannot be known.

use std::fmt;

use crate::nix_string::NixString;
use crate::span::Span;

/// A longer message is cut: one that a user throws may be as long as memory allows, and all that needs the value keeps it.
const LONGEST: usize = 10_000;

/// A kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The source is not Nix.
    Syntax,
    /// A name that is not there.
    Undefined,
    /// The user's code called `throw`.
    Throw,
    /// The condition of an `assert` is false.
    Assert,
    /// The user's code called `abort`.
    Abort,
    /// A value of the wrong type, a missing attribute, and the like.
    Evaluation,
    /// A value that needs itself.
    Recursion,
    /// Too many steps, too much memory, too deep.
    Limit,
}

impl ErrorKind {
    /// The code by which tools know the kind of error.
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::Syntax => "syntax",
            ErrorKind::Undefined => "undefined-variable",
            ErrorKind::Throw => "throw",
            ErrorKind::Assert => "assertion",
            ErrorKind::Abort => "abort",
            ErrorKind::Evaluation => "evaluation",
            ErrorKind::Recursion => "infinite-recursion",
            ErrorKind::Limit => "limit",
        }
    }
}

/// An error of an evaluation.
#[derive(Clone, Debug)]
pub struct Error {
    /// The kind of error, which decides its code.
    pub kind: ErrorKind,
    /// The message; a text of the user's in it may make it long, so that it is cut after 10,000 bytes.
    pub message: NixString,
    /// Where; and then, from the inside out, what was being evaluated.
    pub spans: Vec<Span>,
}

impl Error {
    /// An error at places, from the inside out.
    pub fn new(kind: ErrorKind, message: impl AsRef<str>, spans: Vec<Span>) -> Error {
        let message = message.as_ref();
        let message = match message.len() > LONGEST {
            true => {
                let cut = (0..=LONGEST).rev().find(|at| message.is_char_boundary(*at)).unwrap_or(0);
                format!("{}...", &message[..cut]).as_str().into()
            }
            false => message.into(),
        };
        Error { kind, message, spans }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Why there is no value.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The value depends on something that cannot be known; it becomes an opaque value at the next expression.
    Opaque,
    /// There is an error.
    Error(Box<Error>),
}

/// An opaque value as an error, for callers that need a value.
impl From<Stop> for Error {
    fn from(stop: Stop) -> Error {
        match stop {
            Stop::Error(error) => *error,
            Stop::Opaque => {
                let message = "the value depends on something that cannot be known without Nix";
                Error::new(ErrorKind::Evaluation, message, Vec::new())
            }
        }
    }
}

impl Stop {
    /// An error, to be given its place by the expression being evaluated.
    pub fn new(kind: ErrorKind, message: impl AsRef<str>) -> Stop {
        Stop::Error(Box::new(Error::new(kind, message, Vec::new())))
    }

    /// An error of evaluation.
    pub fn evaluation(message: impl AsRef<str>) -> Stop {
        Stop::new(ErrorKind::Evaluation, message)
    }
}
