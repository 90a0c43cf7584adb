//! Reads the settings of the compiler in a spec, under the key `nixvirt`. They never reach the XML.
//!
//! A bundle says the same for all of its objects, by `allow` and `warn` at its root, and for one of them beside its `spec`.

use std::borrow::Cow;

use nixvirt_schema::Version;

use crate::diagnostics::levels::Levels;
use crate::diagnostics::report::{Policy, Report};
use crate::diagnostics::suggest;
use crate::diagnostics::{Hint, Instead, Problem};
use crate::document::path::{Path, Trail};
use crate::registry;
use crate::source::json::Json;
use crate::target::{EXPECTED, LIBVIRT, Target};

/// The key of the settings in a spec.
pub const SETTINGS: &str = "nixvirt";

/// The list of the rules that are not to be said, by their codes.
pub const ALLOW: &str = "allow";
/// The list of the rules that are no more than warnings, by their codes.
pub const WARN: &str = "warn";

/// Takes what a list under `allow` or `warn` says. `place` is the way to the list, or to one of its elements.
///
/// A key that is neither is left to the caller.
pub fn take_levels(
    levels: &mut Levels,
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
    for (index, code) in codes.iter().enumerate() {
        match code {
            Json::Str(name) => match rule(name) {
                Ok(code) => levels.add(code, key == WARN),
                Err(problem) => report.add(problem, None, || place(Some(index))),
            },
            Json::Opaque => {}
            other => report.add(other.instead_of("the code of a rule"), None, || place(Some(index))),
        }
    }
}

/// The levels of rules under `allow` and `warn` of a set, as far as they are well-formed.
pub fn levels_of(set: &Json<'_>) -> Levels {
    let (mut levels, mut report) = (Levels::default(), Report::new(Policy::Libvirt));
    for key in [ALLOW, WARN] {
        if let Some(value) = set.get(key) {
            take_levels(&mut levels, key, value, &mut report, |_| Path::default());
        }
    }
    levels
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
            match target_of(&value) {
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
        take_levels(&mut levels, &key, &value, report, |index| match index {
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
    let codes = registry::of_rules();
    codes.iter().copied().find(|code| *code == name).ok_or_else(|| Problem::BadValue {
        value: format!("{name:?}"),
        expected: "the code of a rule, as a message shows it; the grammar of libvirt's format cannot be allowed away"
            .to_owned(),
        hint: suggest::word(codes, name).map(|code| Instead::Value(format!("{code:?}"))),
    })
}

/// The target that the value of `libvirt` asks for; nothing for `null`.
///
/// # Errors
/// A value that is not a version.
pub fn target_of(value: &Json<'_>) -> Result<Option<Target>, Problem> {
    let expected = EXPECTED.to_owned();
    match value {
        Json::Null | Json::Opaque => Ok(None),
        Json::Str(text) => match Version::parse(text) {
            Some(version) => Ok(Some(Target::of(version).0)),
            None => Err(Problem::BadValue { value: format!("{text:?}"), expected, hint: None }),
        },
        other => Err(other.instead_of(expected)),
    }
}
