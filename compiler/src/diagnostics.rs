//! Problems of an object: kinds of problem with their facts as fields. Text is made only when it is printed.

pub(crate) mod codes;
pub(crate) mod foreign_words;
pub(crate) mod levels;
pub mod printable;
pub(crate) mod report;
mod severity;
pub(crate) mod suggest;

use std::borrow::Cow;
use std::fmt;

use nixvirt_schema::{Need, Relation, Version, Versions};

use crate::diagnostics::codes::Code;
use crate::diagnostics::printable::Name;
pub use crate::diagnostics::severity::Severity;
use crate::document::path::Path;

/// A problem at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The place, as a spec spells it.
    pub path: Path,
    /// The place in XML, in bytes, where the object was read from XML; in JSON that could not be parsed, too.
    pub offset: Option<usize>,
    /// The place in the file that defines the object, where that is another file than the source.
    pub file: Option<FilePlace>,
    /// How bad it is.
    pub severity: Severity,
    /// The kind of problem, with its facts.
    pub problem: Problem,
    /// Other places that it speaks of.
    pub related: Vec<Related>,
    /// Further sentences on the problem.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// A problem of which only this is known.
    pub fn new(problem: Problem, path: Path, severity: Severity) -> Diagnostic {
        Diagnostic {
            path,
            offset: None,
            file: None,
            severity,
            problem,
            related: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// A place in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// The file, as the source names it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

/// Another place that a problem speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place, as a spec spells it.
    pub path: Path,
    /// The place in XML, in bytes, where the object was read from XML.
    pub offset: Option<usize>,
    /// The place in the file that defines the object, where that is another file than the source.
    pub file: Option<FilePlace>,
    /// The relation of the place to the problem, e.g. "first used here".
    pub message: String,
}

/// Where a name that is unknown here might have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Another name at the same place.
    Name(String),
    /// Another place, relative to the set that holds the unknown name.
    Below(String),
    /// Another place, from the root of the object.
    FromRoot(String),
    /// Advice in words.
    Words(Cow<'static, str>),
}

/// A kind of problem.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The source is not JSON or XML.
    Syntax {
        /// Which of the two.
        language: &'static str,
        /// The message of the parser.
        message: String,
    },
    /// The source is larger or deeper than anything sensible.
    Limit {
        /// The quantity that is too large, and its limit.
        what: String,
    },
    /// The expression that makes the object cannot be evaluated, or not without Nix.
    Evaluation {
        /// The kind of problem.
        code: &'static Code,
        /// The message, one sentence without its place.
        message: String,
    },
    /// A rule that is no part of libvirt's grammar is broken. Such rules come and go, so that each brings its own words.
    Rule {
        /// The kind of problem.
        code: &'static Code,
        /// The message, one sentence without its place.
        message: String,
        /// Advice on what to write instead.
        help: Option<String>,
        /// The correction, where one change at the place of the problem is enough.
        fix: Option<Fix>,
    },
    /// A key stands twice in a set.
    DuplicateKey {
        /// The key that stands twice.
        key: String,
    },
    /// There is no such kind of object.
    UnknownKind {
        /// The name that was given for the kind.
        kind: String,
    },
    /// A spec that names no kind has the keys of another kind than a domain.
    UnsaidKind {
        /// The kind whose keys it has.
        kind: &'static str,
    },
    /// libvirt has no such attribute or element there.
    Unknown {
        /// Whether it is an element, read from XML; in a spec, everything is an attribute of a set.
        element: bool,
        /// The name that is not known there.
        name: String,
        /// The element that was to hold it.
        parent: &'static str,
        /// The name or place that was probably meant.
        hint: Option<Hint>,
    },
    /// The value is not of its format.
    BadValue {
        /// The value, as it would be written in Nix.
        value: String,
        /// A description of the values that the format accepts.
        expected: String,
        /// The value or advice that replaces the wrong one.
        hint: Option<Instead>,
    },
    /// Digits without `0x`, where hexadecimal numbers are usual.
    DecimalNumber {
        /// The digits as they were written.
        value: String,
        /// The number that libvirt reads.
        read: String,
        /// The number that has these digits in hexadecimal notation.
        meant: String,
    },
    /// libvirt's parser takes the value, its schema does not.
    OutsideSchema {
        /// The value, as it would be written in Nix.
        value: String,
        /// A description of the values that the schema accepts.
        expected: String,
    },
    /// A list, set or scalar where another of these belongs.
    WrongType {
        /// The type of the value, with its article.
        found: &'static str,
        /// The type that belongs there, with its article.
        expected: String,
        /// Advice on what to write instead.
        hint: Option<String>,
    },
    /// XML has no way to hold a character of the value.
    ForbiddenCharacter {
        /// The code point of the character.
        code: u32,
    },
    /// A name in foreign XML has a prefix that nothing declares.
    UndeclaredPrefix {
        /// The name, with its prefix.
        name: String,
    },
    /// Text in an element that has none.
    UnexpectedText {
        /// The beginning of the text.
        text: String,
        /// The name of the element that holds the text.
        parent: &'static str,
        /// The attributes that may have been meant, as XML has them.
        values: Vec<String>,
    },
    /// The entry goes with something that is not so.
    Misplaced {
        /// The name of the attribute or child that is out of place.
        name: &'static str,
        /// The subject of the guard that failed.
        subject: String,
        /// The values that the subject would have to have; none: any value, or (`absent`) no value.
        wanted: Vec<&'static str>,
        /// Whether the subject would have to be something else than `wanted`, or missing.
        not: bool,
        /// The value that the subject has; nothing where it is missing.
        actual: Option<String>,
    },
    /// Something that must be there is not.
    Missing {
        /// The name of the attribute or child that is missing.
        name: &'static str,
        /// The schema's description of it.
        doc: &'static str,
        /// The element that must hold it.
        parent: &'static str,
        /// A description of the accepted values, where it has a value.
        expected: Option<String>,
        /// The part of libvirt that demands it: its schema, its parser, or both.
        need: Need,
        /// Another correction, which fits the rest of the spec better.
        instead: Option<String>,
    },
    /// A child stands more or less often than it may.
    Repeated {
        /// The name of the child.
        name: &'static str,
        /// The element that holds it.
        parent: &'static str,
        /// How often it may stand.
        times: usize,
    },
    /// A rule of the element is broken.
    Broken {
        /// The relation that does not hold.
        relation: Relation,
        /// The name of the element whose parts break it.
        parent: &'static str,
    },
    /// The libvirt that the object is for does not have it.
    OtherVersion {
        /// The part that this libvirt lacks, e.g. "`hwuuid`".
        what: String,
        /// The versions that have it.
        versions: Versions,
        /// The version that the object is for.
        libvirt: Version,
    },
    /// A secret stands where anybody can read it.
    PlainSecret {
        /// The name of the attribute that holds the secret.
        name: &'static str,
    },
    /// libvirt takes the attribute and ignores it.
    Ignored {
        /// The name of the attribute.
        name: &'static str,
        /// The name of the element that has it.
        parent: &'static str,
    },
}

/// A correction that can be made without asking what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// The name is to be this one; in a spec, it may be a dotted path.
    Rename(String),
    /// The value is to be this one, as it is written in Nix.
    Replace(String),
}

/// The replacement of a wrong value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// This value, as it is written in Nix.
    Value(String),
    /// Nothing: the value is best left out.
    Nothing,
    /// Advice in words.
    Words(String),
}

/// The end of a message about input that only the schema refuses.
const BY_SCHEMA: &str = "libvirt's parser takes it, but `define --validate` refuses it";

impl Problem {
    /// The kind of problem, as tools know it.
    pub fn code(&self) -> &'static Code {
        match self {
            Problem::Syntax { .. } => &codes::SYNTAX,
            Problem::Limit { .. } => &codes::LIMIT,
            Problem::Evaluation { code, .. } | Problem::Rule { code, .. } => code,
            Problem::DuplicateKey { .. } => &codes::DUPLICATE_KEY,
            Problem::UnknownKind { .. } | Problem::UnsaidKind { .. } => &codes::UNKNOWN_KIND,
            Problem::Unknown { element: false, .. } => &codes::UNKNOWN_ATTRIBUTE,
            Problem::Unknown { element: true, .. } => &codes::UNKNOWN_ELEMENT,
            Problem::BadValue { .. } => &codes::BAD_VALUE,
            Problem::DecimalNumber { .. } => &codes::DECIMAL_NUMBER,
            Problem::OutsideSchema { .. } => &codes::OUTSIDE_SCHEMA,
            Problem::WrongType { .. } => &codes::WRONG_SHAPE,
            Problem::ForbiddenCharacter { .. } => &codes::FORBIDDEN_CHARACTER,
            Problem::UndeclaredPrefix { .. } => &codes::UNDECLARED_PREFIX,
            Problem::UnexpectedText { .. } => &codes::UNEXPECTED_TEXT,
            Problem::Misplaced { .. } => &codes::MISPLACED,
            Problem::Missing { .. } => &codes::MISSING,
            Problem::Repeated { .. } => &codes::REPEATED,
            Problem::Broken { relation, .. } => match relation {
                Relation::AtMostOne(_)
                | Relation::ExactlyOne(_)
                | Relation::Excludes(..)
                | Relation::Within(..) => &codes::CONFLICT,
                Relation::AtLeastOne(_)
                | Relation::Together(_)
                | Relation::TogetherBySchema(_)
                | Relation::Needs(..) => &codes::INCOMPLETE,
                Relation::InOrder(_) => &codes::OUT_OF_ORDER,
            },
            Problem::OtherVersion { .. } => &codes::LIBVIRT_VERSION,
            Problem::PlainSecret { .. } => &codes::PLAIN_SECRET,
            Problem::Ignored { .. } => &codes::IDLE,
        }
    }

    /// The correction, where one change at the place of the problem is enough.
    pub fn fix(&self) -> Option<Fix> {
        match self {
            Problem::Unknown { hint: Some(Hint::Name(name)), .. } => Some(Fix::Rename(name.clone())),
            Problem::Unknown { hint: Some(Hint::Below(place)), element: false, .. } => {
                Some(Fix::Rename(place.clone()))
            }
            Problem::BadValue { hint: Some(Instead::Value(value)), .. } => Some(Fix::Replace(value.clone())),
            Problem::Rule { fix, .. } => fix.clone(),
            _ => None,
        }
    }

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
                let wanted = listed(wanted, "or");
                match (wanted.is_empty(), not) {
                    (true, false) => write!(out, "`{name}` goes with `{subject}`")?,
                    (true, true) => write!(out, "`{name}` does not go with `{subject}`")?,
                    (false, false) => write!(out, "`{name}` goes with `{subject}` = {wanted}")?,
                    (false, true) => write!(out, "`{name}` does not go with `{subject}` = {wanted}")?,
                }
                match actual {
                    Some(actual) => write!(out, "; here `{subject}` is `{}`", Name(actual)),
                    None if *not => Ok(()),
                    None => write!(out, ", which is missing here"),
                }
            }
            Problem::Missing { name, parent, .. } => write!(out, "`{parent}` needs `{name}`"),
            Problem::Repeated { name, parent, times: 1 } => {
                write!(out, "`{parent}` can have only one `{name}`")
            }
            Problem::Repeated { name, parent, times } => {
                write!(out, "`{parent}` must have exactly {times} of `{name}`")
            }
            Problem::Broken { relation, parent } => match relation {
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
                    write!(
                        out,
                        "{} does not go with {} in `{parent}`",
                        listed(&[part], ""),
                        listed(others, "or")
                    )
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
            },
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
