//! The levels of rules: whether a broken rule is an error, a warning, or not reported.

use crate::diagnostics::Severity;
use crate::diagnostics::codes::Code;

/// The levels of rules, by their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    silenced: Vec<&'static str>,
    lowered: Vec<&'static str>,
}

impl Levels {
    /// The levels by two lists of codes: those that are not reported, and those that are warnings.
    pub fn of(allow: &[&'static str], warn: &[&'static str]) -> Levels {
        Levels { silenced: allow.to_vec(), lowered: warn.to_vec() }
    }

    /// Adds the code of a rule that is not said, or with `lower`, that is no more than a warning.
    pub fn add(&mut self, code: &'static str, lower: bool) {
        if lower { &mut self.lowered } else { &mut self.silenced }.push(code);
    }

    /// Adds what else is not said, or is a warning.
    pub fn extend(&mut self, more: &Levels) {
        self.silenced.extend(&more.silenced);
        self.lowered.extend(&more.lowered);
    }

    /// Whether it is not to be said that a rule is broken.
    pub fn is_silenced(&self, code: &Code) -> bool {
        !self.silenced.is_empty() && self.silenced.contains(&code.name)
    }

    /// The severity of a broken rule, which is `usual` unless somebody lowered it; nothing where it is silenced.
    pub fn severity(&self, code: &Code, usual: Severity) -> Option<Severity> {
        match code.name {
            _ if self.is_silenced(code) => None,
            name if self.lowered.contains(&name) => Some(Severity::Warning),
            _ => Some(usual),
        }
    }
}
