//! The kinds of problem, each with its facts, its code and its correction.

use std::borrow::Cow;

use nixvirt_schema::{Need, Relation, Version, Versions};

use crate::diagnostics::codes::{self, Code};

/// Where a name that is unknown here might have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Another name at the same place.
    Name(String),
    /// Another place, relative to the set that holds the unknown name.
    Below(String),
    /// Another place, from the root of the object.
    FromRoot(String),
    /// Advice in words, for what no single name corrects.
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
    /// Advice in words, for what no single value corrects.
    Words(String),
}

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
}
