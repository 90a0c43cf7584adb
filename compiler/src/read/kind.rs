//! Reads the keys of a spec that are not part of the object: its kind, and the salt of its host.

use std::borrow::Cow;

use nixvirt_schema::{KINDS, Kind, kind};

use crate::diagnostics::Problem;
use crate::diagnostics::report::Report;
use crate::document::path::Trail;
use crate::recognise;
use crate::source::json::Json;

/// Takes `kind` out of a spec's set and settles it with what the caller asks for; a domain where neither says.
pub(crate) fn of_spec<'a>(
    set: &mut Vec<(Cow<'a, str>, Json<'a>)>,
    asked: Option<&'static Kind>,
    report: &mut Report,
) -> Option<&'static Kind> {
    let said = set.iter().position(|(key, _)| key == "kind").map(|at| set.remove(at).1);
    let found = match said {
        None | Some(Json::Null | Json::Opaque) => return Some(asked.unwrap_or_else(|| by_keys(set, report))),
        Some(Json::Str(name)) => match kind(&name) {
            Some(kind) => Ok(kind),
            None => Err(Problem::UnknownKind { kind: name.into_owned() }),
        },
        Some(other) => Err(other.instead_of("the name of a kind, e.g. \"domain\"")),
    };
    let chosen = found.and_then(|kind| match asked {
        Some(asked) if asked.name != kind.name => Err(Problem::BadValue {
            value: format!("{:?}", kind.name),
            expected: format!("`{}`, as was asked for", asked.name),
            hint: None,
        }),
        _ => Ok(kind),
    });
    chosen.map_err(|problem| report.add(problem, None, || Trail::ROOT.step("kind", None).path())).ok()
}

/// The kind of a spec that does not say it: a domain. Where its keys are those of another kind, that is said, once, and the spec
/// is read as one of that.
fn by_keys(set: &[(Cow<'_, str>, Json<'_>)], report: &mut Report) -> &'static Kind {
    let told = recognise::of_keys(set.iter().map(|(key, value)| (&**key, value)));
    match told {
        Some(kind) if kind.name != KINDS[0].name => {
            report.add(Problem::UnsaidKind { kind: kind.name }, None, || Trail::ROOT.path());
            kind
        }
        _ => &KINDS[0],
    }
}

/// Takes `salt` out of a spec's set.
pub(crate) fn salt_of_spec<'a>(
    set: &mut Vec<(Cow<'a, str>, Json<'a>)>,
    report: &mut Report,
) -> Option<Cow<'a, str>> {
    let said = set.iter().position(|(key, _)| key == SALT).map(|at| set.remove(at).1)?;
    salt(said).map_err(|problem| report.add(problem, None, || Trail::ROOT.step(SALT, None).path())).ok()?
}

/// The key of a spec and of a bundle whose text goes into what is derived.
pub(crate) const SALT: &str = "salt";

/// The value of that key; nothing for `null`.
///
/// # Errors
/// A value that is not a text.
pub(crate) fn salt(value: Json<'_>) -> Result<Option<Cow<'_, str>>, Problem> {
    let expected = "a text that only this host has, e.g. its name".to_owned();
    match value {
        Json::Null | Json::Opaque => Ok(None),
        Json::Str(salt) if salt.is_empty() => {
            Err(Problem::BadValue { value: "\"\"".to_owned(), expected, hint: None })
        }
        Json::Str(salt) => Ok(Some(salt)),
        other => Err(other.instead_of(expected)),
    }
}
