//! What a spec says to the compiler itself, under the key `nixvirt`. It never reaches the XML.

use std::borrow::Cow;

use crate::check::rules;
use crate::diagnostics::report::Report;
use crate::diagnostics::suggest;
use crate::diagnostics::{Hint, Problem};
use crate::document::path::Trail;
use crate::source::json::Json;
use crate::target::{self, LIBVIRT};

/// The key of the settings in a spec.
pub const SETTINGS: &str = "nixvirt";

/// The list of the rules that an object may break, by their codes.
const ALLOW: &str = "allow";

/// Takes the settings out of a spec and follows them.
pub fn take<'a>(set: &mut Vec<(Cow<'a, str>, Json<'a>)>, report: &mut Report) {
    let Some(at) = set.iter().position(|(key, _)| key == SETTINGS) else { return };
    let trail = Trail::ROOT.step(SETTINGS, None);
    let settings = match set.remove(at).1 {
        Json::Set(settings) | Json::Open(settings) => settings,
        Json::Null | Json::Opaque => return,
        other => {
            return report
                .add(wrong(&other, "a set such as { allow = [ \"code\" ]; }"), None, || trail.path());
        }
    };
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
        if key != ALLOW {
            let hint = suggest::word(&[ALLOW, LIBVIRT], &key).map(|name| Hint::Name(name.to_owned()));
            let name = key.clone().into_owned();
            report.add(Problem::Unknown { element: false, name, parent: SETTINGS, hint }, None, || {
                trail.path()
            });
            continue;
        }
        let codes = match value {
            Json::List(codes) => codes,
            Json::Null | Json::Opaque => continue,
            other => {
                report.add(wrong(&other, "a list of codes of rules"), None, || trail.path());
                continue;
            }
        };
        for (index, code) in codes.iter().enumerate() {
            match code {
                Json::Str(name) => match rule(name) {
                    Ok(code) => report.silence([code]),
                    Err(problem) => report.add(problem, None, || trail.item(index).path()),
                },
                Json::Opaque => {}
                other => report.add(wrong(other, "the code of a rule"), None, || trail.item(index).path()),
            }
        }
    }
}

/// The code of a rule by its name.
///
/// # Errors
/// Where no rule has the code: the grammar, for one, cannot be silenced.
pub fn rule(name: &str) -> Result<&'static str, Problem> {
    let codes = rules::codes();
    codes.iter().copied().find(|code| *code == name).ok_or_else(|| Problem::BadValue {
        value: format!("{name:?}"),
        expected: "the code of a rule, as a message shows it; the grammar of libvirt's format cannot be allowed away"
            .to_owned(),
        hint: suggest::word(codes, name).map(|code| format!("{code:?}")),
    })
}

fn wrong(found: &Json<'_>, expected: &str) -> Problem {
    Problem::WrongShape { found: found.shape(), expected: expected.to_owned(), hint: None }
}
