//! Value formats: one closed list. Each describes itself, accepts a value (from text or from a spec's scalar),
//! prints it canonically and gives back the scalar that a spec would hold.

mod accept;
mod lexical;
mod pattern;
mod scalar;
mod spelling;

pub use lexical::number as parse_number;

pub use accept::{Accepted, Refused};
pub use scalar::Scalar;
pub use spelling::Spelling;

use crate::version::{Version, Versions};

/// The format of an attribute's value or of an element's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `yes` or `no`; a boolean in a spec.
    YesNo,
    /// `on` or `off`; a boolean in a spec.
    OnOff,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A decimal integer within these bounds.
    Integer {
        /// The least allowed value, itself included.
        min: i128,
        /// The greatest allowed value, itself included.
        max: i128,
    },
    /// An unsigned integer that libvirt reads in C's notations (decimal, `0x` hexadecimal, `0` octal).
    Number {
        /// The greatest allowed value, itself included.
        max: u64,
        /// How libvirt prints it.
        print: Print,
        /// Which notations libvirt's schema accepts (its parser accepts all).
        notation: Notation,
    },
    /// A file mode in octal digits; printed with a leading `0`, at least four digits.
    Octal {
        /// The greatest allowed mode, e.g. `0o777`.
        max: u32,
    },
    /// No text at all.
    Empty,
    /// Any text, including none.
    Text,
    /// One line of text, not empty.
    Line,
    /// An absolute path. libvirt's schema demands that it begins with `/` (or a drive letter), its parser does not.
    Path,
    /// A path that may be relative; not empty.
    AnyPath,
    /// A UUID; printed in lower case with hyphens.
    Uuid,
    /// A MAC address: six octets in hexadecimal, with colons between them.
    Mac {
        /// Whether it must be a unicast address.
        unicast: bool,
    },
    /// An IPv4 address in dotted decimal notation.
    Ipv4,
    /// An IPv6 address, in full or with `::`.
    Ipv6,
    /// A set of numbers, e.g. `0-3,^2,8`.
    Cpuset,
    /// Text made of certain characters only.
    Chars {
        /// The name of the format with its article, e.g. `a device name`, for messages.
        what: &'static str,
        /// The characters, as in a bracket expression: `a-zA-Z0-9_.-` (a hyphen last stands for itself; a `^` first
        /// negates).
        set: &'static str,
        /// The least number of characters.
        min: usize,
        /// The greatest number of characters.
        max: usize,
    },
    /// Text of a certain build.
    Pattern {
        /// The name of the format with its article, e.g. `an iSCSI qualified name`, for messages.
        what: &'static str,
        /// The build, as an anchored regular expression with literals, `.`, `[...]`, `(...)`, `|` and the quantifiers
        /// `?`, `*`, `+`, `{m}`, `{m,n}`.
        pattern: &'static str,
        /// A value of that build, for messages.
        example: &'static str,
    },
    /// Values that libvirt's parser takes and its schema refuses, beside other formats in an [`Format::AnyOf`].
    ByParser(&'static Format),
    /// A format whose values libvirt prints in one of their spellings.
    Spelt {
        /// The format that decides which values are accepted.
        format: &'static Format,
        /// How they are printed.
        spelling: Spelling,
    },
    /// One of several formats; the first that accepts a value decides how it is printed.
    AnyOf(&'static [Format]),
    /// A format that only some versions of libvirt have: words or spellings that came later.
    Dated {
        /// The versions of libvirt that have the format.
        versions: Versions,
        /// The format in those versions.
        format: &'static Format,
    },
}

/// How a [`Format::Number`] is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Print {
    /// In decimal digits, without leading zeros.
    Decimal,
    /// `0x` and at least so many hexadecimal digits.
    Hex(usize),
    /// As it was written; libvirt keeps the text.
    AsGiven,
}

/// The notations of a [`Format::Number`] that libvirt's schema accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Decimal, or hexadecimal after `0x`.
    Any,
    /// Hexadecimal after `0x` only.
    Hex,
}

/// A [`Format::Number`] in any notation.
pub const fn number(max: u64, print: Print) -> Format {
    Format::Number { max, print, notation: Notation::Any }
}

/// A format that libvirt has since a version, e.g. `11.5.0`.
pub const fn since(version: &str, format: &'static Format) -> Format {
    Format::Dated { versions: Versions::ALL.since(version), format }
}

impl Format {
    /// Describes the accepted values, for references. Words that came later are listed with the version that added
    /// them.
    pub fn describe(&self) -> String {
        self.described(None)
    }

    /// Describes the values that a version of libvirt accepts, for "expected ..." in messages.
    pub fn describe_for(&self, version: Version) -> String {
        self.described(Some(version))
    }

    fn described(&self, version: Option<Version>) -> String {
        match *self {
            Format::YesNo => "true or false (yes or no)".into(),
            Format::OnOff => "true or false (on or off)".into(),
            Format::Choice([one]) => format!("`{one}`"),
            Format::Choice(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", words.join(", "))
            }
            Format::Integer { min, max } if max >= i128::from(u64::MAX) => {
                format!("an integer of at least {min}")
            }
            Format::Integer { min, max } => format!("an integer from {min} to {max}"),
            Format::Number { max, .. } => format!("an integer from 0 to {max} (or a string like \"0x1f\")"),
            Format::Octal { .. } => "a file mode in octal digits, e.g. \"0644\"".into(),
            Format::Empty => "nothing".into(),
            Format::Text => "text".into(),
            Format::Line => "one line of text".into(),
            Format::Path => "an absolute path".into(),
            Format::AnyPath => "a path".into(),
            Format::Uuid => "a UUID, e.g. \"c7a5fdbd-cdaf-9455-926a-d65c16db1809\"".into(),
            Format::Mac { unicast: true } => "a unicast MAC address, e.g. \"52:54:00:12:34:56\"".into(),
            Format::Mac { unicast: false } => "a MAC address, e.g. \"52:54:00:12:34:56\"".into(),
            Format::Ipv4 => "an IPv4 address".into(),
            Format::Ipv6 => "an IPv6 address".into(),
            Format::Cpuset => "a set of numbers, e.g. \"0-3,^2,8\"".into(),
            Format::Chars { what, .. } => what.into(),
            Format::Pattern { what, example, .. } => format!("{what}, e.g. \"{example}\""),
            Format::ByParser(format) | Format::Spelt { format, .. } => format.described(version),
            Format::AnyOf(formats) => describe_any(formats, version),
            Format::Dated { versions, format } => match version {
                Some(_) => format.described(version),
                None => format!("{} ({versions})", format.described(None)),
            },
        }
    }

    /// The words that a value may be, where they can be listed.
    pub fn words(&self) -> Vec<&'static str> {
        match *self {
            Format::YesNo => vec!["yes", "no"],
            Format::OnOff => vec!["on", "off"],
            Format::Choice(words) => words.to_vec(),
            Format::AnyOf(formats) => formats.iter().flat_map(Format::words).collect(),
            Format::Dated { format, .. } | Format::Spelt { format, .. } | Format::ByParser(format) => {
                format.words()
            }
            _ => Vec::new(),
        }
    }
}

/// Describes alternatives: lists of words as one list.
fn describe_any(formats: &[Format], version: Option<Version>) -> String {
    let (mut words, mut others, mut first_choice) = (Vec::new(), Vec::new(), 0);
    // A value that the schema refuses is not recommended.
    for format in formats.iter().filter(|format| !matches!(format, Format::ByParser(_))) {
        let (format, versions) = match format {
            Format::Dated { versions, format } => (*format, *versions),
            format => (format, Versions::ALL),
        };
        if version.is_some_and(|version| !versions.contains(version)) {
            continue;
        }
        let note = match version {
            None if versions != Versions::ALL => format!(" ({versions})"),
            _ => String::new(),
        };
        match format {
            Format::Choice(choice) => {
                if words.is_empty() {
                    first_choice = others.len();
                }
                words.extend(choice.iter().map(|word| format!("`{word}`{note}")));
            }
            format => others.push(format.described(version) + &note),
        }
    }
    match &words[..] {
        [] => {}
        [one] => others.insert(first_choice, one.clone()),
        words => others.insert(first_choice, format!("one of {}", words.join(", "))),
    }
    others.join(", or ")
}
