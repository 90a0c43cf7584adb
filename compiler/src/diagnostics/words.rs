//! The words of problems: messages, and advice on what to write instead.

use std::fmt;

use nixvirt_schema::{Need, Relation};

use crate::diagnostics::printable::Name;
use crate::diagnostics::problem::{Hint, Instead, Problem};

/// The end of a message about input that only the schema refuses.
const BY_SCHEMA: &str = "libvirt's parser takes it, but `define --validate` refuses it";

impl Problem {
    /// The message and the advice in one text.
    pub fn with_help(&self) -> String {
        match self.help() {
            Some(help) => format!("{self}; {help}"),
            None => self.to_string(),
        }
    }

    /// Advice on how to correct the problem, if there is any.
    pub fn help(&self) -> Option<String> {
        match self {
            Problem::Unknown { hint: Some(hint), .. } => Some(match hint {
                Hint::Name(name) => format!("did you mean `{name}`?"),
                Hint::Below(place) => format!("did you mean `{place}`?"),
                Hint::FromRoot(place) => format!("it belongs at `{place}`"),
                Hint::Words(words) => words.clone().into_owned(),
            }),
            Problem::BadValue { hint: Some(hint), .. } => Some(match hint {
                Instead::Value(value) => format!("did you mean {value}?"),
                Instead::Nothing => "did you mean to leave it out?".to_owned(),
                Instead::Words(words) => words.clone(),
            }),
            Problem::UnexpectedText { values, .. } if !values.is_empty() => {
                Some(format!("write it as attributes: {}", values.join(" ")))
            }
            Problem::WrongType { hint: Some(hint), .. } => Some(format!("write {hint}")),
            Problem::UnsaidKind { kind } => {
                Some(format!("write `kind = {kind:?};` in it, or compile it with `--kind {kind}`"))
            }
            Problem::Missing { instead: Some(instead), name, doc, .. } => {
                Some(format!("write `{name}` ({doc}), or {instead}"))
            }
            Problem::Missing { doc, expected, name, need, .. } => {
                let mut help = format!("`{name}`: {doc}");
                if let Some(expected) = expected {
                    help.push_str(&format!(" Expected {expected}."));
                }
                if *need == Need::BySchema {
                    help.push_str(&format!(" ({BY_SCHEMA})"));
                }
                Some(help)
            }
            Problem::DecimalNumber { read, meant, .. } => Some(format!(
                "write {meant:?} for a number that `lsusb` or `lspci` prints, {read:?} for this one"
            )),
            Problem::OutsideSchema { .. } => Some(BY_SCHEMA.to_owned()),
            Problem::Broken { relation, .. } if relation.is_by_schema() => Some(BY_SCHEMA.to_owned()),
            Problem::PlainSecret { .. } => {
                Some("write { file = \"/run/secrets/...\"; }, which is read when it is applied".to_owned())
            }
            Problem::Ignored { .. } => Some("leave it out".to_owned()),
            Problem::OtherVersion { .. } => {
                Some("leave it out, or update libvirt and check for that version (`--libvirt`)".to_owned())
            }
            Problem::UndeclaredPrefix { name } => {
                let prefix = Name(name.split(':').next().unwrap_or_default());
                Some(format!("give it, or an element around it, the attribute `xmlns:{prefix}`"))
            }
            Problem::Rule { help, .. } => help.clone(),
            _ => None,
        }
    }
}

/// Joins names as in "`a`, `b` and `c`".
fn listed(parts: &[&str], last: &str) -> String {
    let quoted: Vec<String> = parts
        .iter()
        .map(|part| format!("`{}`", if *part == "#" { "text" } else { part.trim_start_matches('@') }))
        .collect();
    match quoted.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Syntax { language, message } => write!(out, "this is not {language}: {message}"),
            Problem::Limit { what } => write!(out, "{what}"),
            Problem::Evaluation { message, .. } | Problem::Rule { message, .. } => write!(out, "{message}"),
            Problem::DuplicateKey { key } => write!(out, "`{}` stands twice in the same set", Name(key)),
            Problem::UnknownKind { kind } => {
                let kinds: Vec<_> = nixvirt_schema::all_kinds().map(|kind| kind.name).collect();
                let kind = Name(kind);
                write!(out, "there is no kind of object `{kind}`; expected one of {}", listed(&kinds, "or"))
            }
            Problem::UnsaidKind { kind } => {
                let default = nixvirt_schema::KINDS[0].name;
                write!(
                    out,
                    "these are the keys of a spec of kind `{kind}`, but a spec without `kind` is a {default}"
                )
            }
            Problem::Unknown { element: false, name, parent, .. } => {
                write!(out, "unknown attribute `{}` on `{parent}`", Name(name))
            }
            Problem::Unknown { element: true, name, parent, .. } => {
                write!(out, "unknown element `{}` in `{parent}`", Name(name))
            }
            Problem::BadValue { value, expected, .. } => {
                write!(out, "{value} is not allowed here; expected {expected}")
            }
            Problem::DecimalNumber { value, read, .. } => {
                write!(out, "{value:?} is a decimal number to libvirt: {read}")
            }
            Problem::OutsideSchema { value, expected } => {
                write!(out, "{value} is outside libvirt's schema, which expects {expected}")
            }
            Problem::WrongType { found, expected, .. } => {
                write!(out, "{found} cannot stand here; expected {expected}")
            }
            Problem::ForbiddenCharacter { code } => {
                write!(out, "the value holds the character U+{code:04X}, which XML cannot carry")
            }
            Problem::UndeclaredPrefix { name } => {
                write!(out, "nothing declares the prefix of `{}`", Name(name))
            }
            Problem::UnexpectedText { text, parent, .. } => {
                write!(out, "`{parent}` takes no text; here it has {text:?}")
            }
            Problem::Misplaced { name, subject, wanted, not, actual } => {
                write_misplaced(out, (name, subject), wanted, *not, actual.as_deref())
            }
            Problem::Missing { name, parent, .. } => write!(out, "`{parent}` needs `{name}`"),
            Problem::Repeated { name, parent, times: 1 } => {
                write!(out, "`{parent}` can have only one `{name}`")
            }
            Problem::Repeated { name, parent, times } => {
                write!(out, "`{parent}` must have exactly {times} of `{name}`")
            }
            Problem::Broken { relation, parent } => write_broken(out, relation, parent),
            Problem::OtherVersion { what, versions, libvirt } => {
                write!(out, "{what} exists {versions}; this is for libvirt {libvirt}")
            }
            Problem::PlainSecret { name } => {
                write!(out, "the value of `{name}` is no secret: anybody can read it in the Nix store")
            }
            Problem::Ignored { name, parent } => write!(out, "libvirt ignores `{name}` on `{parent}`"),
        }
    }
}

/// The message for an entry whose guard failed: `name` goes with certain values of `subject`, or not with them.
fn write_misplaced(
    out: &mut fmt::Formatter<'_>,
    (name, subject): (&str, &str),
    wanted: &[&str],
    not: bool,
    actual: Option<&str>,
) -> fmt::Result {
    let wanted = listed(wanted, "or");
    match (wanted.is_empty(), not) {
        (true, false) => write!(out, "`{name}` goes with `{subject}`")?,
        (true, true) => write!(out, "`{name}` does not go with `{subject}`")?,
        (false, false) => write!(out, "`{name}` goes with `{subject}` = {wanted}")?,
        (false, true) => write!(out, "`{name}` does not go with `{subject}` = {wanted}")?,
    }
    match actual {
        Some(actual) => write!(out, "; here `{subject}` is `{}`", Name(actual)),
        None if not => Ok(()),
        None => write!(out, ", which is missing here"),
    }
}

/// The message for a relation between the parts of an element that does not hold.
fn write_broken(out: &mut fmt::Formatter<'_>, relation: &Relation, parent: &str) -> fmt::Result {
    match relation {
        Relation::AtMostOne(parts) => {
            write!(out, "`{parent}` can have only one of {}", listed(parts, "and"))
        }
        Relation::ExactlyOne(parts) => {
            write!(out, "`{parent}` needs exactly one of {}", listed(parts, "and"))
        }
        Relation::AtLeastOne(parts) => {
            write!(out, "`{parent}` needs at least one of {}", listed(parts, "and"))
        }
        Relation::Together(parts) | Relation::TogetherBySchema(parts) => {
            write!(out, "{} go together in `{parent}`", listed(parts, "and"))
        }
        Relation::Needs(part, others) => {
            write!(out, "{} needs {} in `{parent}`", listed(&[part], ""), listed(others, "and"))
        }
        Relation::Excludes(part, others) => {
            write!(out, "{} does not go with {} in `{parent}`", listed(&[part], ""), listed(others, "or"))
        }
        Relation::Within(part, []) => {
            write!(out, "libvirt's schema has no {} in such a `{parent}`", listed(&[part], ""))
        }
        Relation::Within(part, values) => {
            let (part, values) = (listed(&[part], ""), listed(values, "or"));
            write!(out, "in such a `{parent}`, libvirt's schema wants {part} to be {values}")
        }
        Relation::InOrder(parts) => {
            write!(out, "libvirt's schema wants {} in this order in `{parent}`", listed(parts, "and"))
        }
    }
}
