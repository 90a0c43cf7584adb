//! What a spec says to the compiler itself, under the key `nixvirt`. It never reaches the XML.
//!
//! A bundle says the same for all of its objects, by `allow` and `warn` at its root, and for one of them beside its `spec`.

use std::borrow::Cow;

use crate::diagnostics::codes::{self, Code};
use crate::diagnostics::report::Report;
use crate::diagnostics::suggest;
use crate::diagnostics::{Hint, Problem, Severity};
use crate::document::path::{Path, Trail};
use crate::source::json::Json;
use crate::target::{self, LIBVIRT};

/// The key of the settings in a spec.
pub const SETTINGS: &str = "nixvirt";

/// The list of the rules that are not to be said, by their codes.
pub const ALLOW: &str = "allow";
/// The list of the rules that are no more than warnings, by their codes.
pub const WARN: &str = "warn";

/// What becomes of what breaks a rule, by the rule's code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    silenced: Vec<&'static str>,
    lowered: Vec<&'static str>,
}

impl Levels {
    /// Those of two lists of codes: what is not said, and what is a warning.
    pub fn of(allow: &[&'static str], warn: &[&'static str]) -> Levels {
        Levels { silenced: allow.to_vec(), lowered: warn.to_vec() }
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

    /// How bad it is to break a rule; nothing where that is not to be said.
    pub fn severity(&self, code: &Code) -> Option<Severity> {
        match code.name {
            _ if self.is_silenced(code) => None,
            name if self.lowered.contains(&name) => Some(Severity::Warning),
            _ => Some(code.severity),
        }
    }

    /// Takes what a list under `allow` or `warn` says. `place` is the way to the list, or to one of its elements.
    ///
    /// A key that is neither is left to the caller.
    pub fn take(
        &mut self,
        key: &str,
        value: &Json<'_>,
        report: &mut Report,
        place: impl Fn(Option<usize>) -> Path,
    ) {
        let codes = match value {
            Json::List(codes) => codes,
            Json::Null | Json::Opaque => return,
            other => return report.add(other.instead_of("a list of codes of rules"), None, || place(None)),
        };
        let list = if key == WARN { &mut self.lowered } else { &mut self.silenced };
        for (index, code) in codes.iter().enumerate() {
            match code {
                Json::Str(name) => match rule(name) {
                    Ok(code) => list.push(code),
                    Err(problem) => report.add(problem, None, || place(Some(index))),
                },
                Json::Opaque => {}
                other => report.add(other.instead_of("the code of a rule"), None, || place(Some(index))),
            }
        }
    }
}

/// Takes the settings out of a spec and follows them.
pub fn take<'a>(set: &mut Vec<(Cow<'a, str>, Json<'a>)>, report: &mut Report) {
    let Some(at) = set.iter().position(|(key, _)| key == SETTINGS) else { return };
    let trail = Trail::ROOT.step(SETTINGS, None);
    let settings = match set.remove(at).1 {
        Json::Set(settings) | Json::Open(settings) => settings,
        Json::Null | Json::Opaque => return,
        other => {
            return report
                .add(other.instead_of("a set such as { allow = [ \"code\" ]; }"), None, || trail.path());
        }
    };
    let mut levels = Levels::default();
    for (key, value) in settings {
        let trail = trail.step(&key, None);
        if key == LIBVIRT {
            match target::of_value(&value) {
                Ok(Some(target)) => report.set_target(target),
                Ok(None) => {}
                Err(problem) => report.add(problem, None, || trail.path()),
            }
            continue;
        }
        if key != ALLOW && key != WARN {
            let hint = suggest::word(&[ALLOW, WARN, LIBVIRT], &key).map(|name| Hint::Name(name.to_owned()));
            let name = key.clone().into_owned();
            report.add(Problem::Unknown { element: false, name, parent: SETTINGS, hint }, None, || {
                trail.path()
            });
            continue;
        }
        levels.take(&key, &value, report, |index| match index {
            Some(index) => trail.item(index).path(),
            None => trail.path(),
        });
    }
    report.level(&levels);
}

/// The code of a rule by its name.
///
/// # Errors
/// Where no rule has the code: the grammar, for one, cannot be silenced.
pub fn rule(name: &str) -> Result<&'static str, Problem> {
    let codes = codes::of_rules();
    codes.iter().copied().find(|code| *code == name).ok_or_else(|| Problem::BadValue {
        value: format!("{name:?}"),
        expected: "the code of a rule, as a message shows it; the grammar of libvirt's format cannot be allowed away"
            .to_owned(),
        hint: suggest::word(codes, name).map(|code| format!("{code:?}")),
    })
}
