//! Accepting a value's text and printing it canonically, in one go.

use std::borrow::Cow;

use crate::version::Versions;

use super::{Format, Notation, Print, Spelling, lexical, pattern, spelling};

/// A value that was accepted, as libvirt prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<'a> {
    /// The text as libvirt prints it.
    pub text: Cow<'a, str>,
    /// Whether libvirt's schema accepts it as well; if not, only its parser does.
    pub by_schema: bool,
    /// The versions of libvirt that accept it.
    pub versions: Versions,
}

/// The value is not of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

impl Format {
    /// Reads the text of a value as it stands in XML or in a string of a spec.
    ///
    /// # Errors
    /// [`Refused`] where the text is not of this format.
    pub fn accept<'a>(&self, text: Cow<'a, str>) -> Result<Accepted<'a>, Refused> {
        let accepted = |text, by_schema| Ok(Accepted { text, by_schema, versions: Versions::ALL });
        let ok = |text| accepted(text, true);
        let when = |holds: bool, text: Cow<'a, str>| if holds { ok(text) } else { Err(Refused) };
        match *self {
            Format::YesNo => when(matches!(&*text, "yes" | "no"), text),
            Format::OnOff => when(matches!(&*text, "on" | "off"), text),
            Format::Choice(words) => when(words.contains(&&*text), text),
            Format::Empty => when(text.trim_ascii().is_empty(), Cow::Borrowed("")),
            Format::Integer { min, max } => {
                // The schema's unsigned types have no minus sign, not even before a zero.
                let signed = min < 0 || !text.starts_with('-');
                let within = |value: &i128| signed && (min..=max).contains(value);
                let value = lexical::decimal(&text).filter(within).ok_or(Refused)?;
                ok(lexical::canonical_decimal(text, value))
            }
            Format::Number { max, print, notation } => {
                let value = lexical::number(&text).filter(|&value| value <= max).ok_or(Refused)?;
                let by_schema =
                    text.starts_with("0x") || notation == Notation::Any && !text.starts_with("0X");
                let text = match print {
                    Print::AsGiven => text,
                    Print::Decimal => lexical::canonical_decimal(text, value.into()),
                    Print::Hex(width) => lexical::canonical_hex(text, value, width),
                };
                accepted(text, by_schema)
            }
            Format::Octal { max } => ok(lexical::octal(text, max).ok_or(Refused)?),
            Format::Text => ok(text),
            Format::Line | Format::AnyPath => when(!text.is_empty() && !text.contains('\n'), text),
            Format::Path if text.is_empty() => Err(Refused),
            Format::Path => {
                let by_schema = lexical::is_absolute(&text);
                accepted(text, by_schema)
            }
            Format::Uuid => ok(lexical::uuid(text).ok_or(Refused)?),
            Format::Mac { unicast } if lexical::is_mac(&text, unicast) => ok(Spelling::Mac.of(text)),
            Format::Mac { .. } => Err(Refused),
            Format::Ipv4 => when(lexical::is_ipv4(&text), text),
            Format::Ipv6 => when(lexical::is_ipv6(&text), text),
            Format::Cpuset if lexical::is_cpuset(&text) => ok(spelling::cpuset(text)),
            Format::Cpuset => Err(Refused),
            Format::Chars { set, min, max, .. } => when(lexical::made_of(&text, set, min, max), text),
            // The example is what most people write, too: `KiB`, `vda`.
            Format::Pattern { pattern, example, .. } => {
                when(*text == *example || pattern::matches(pattern, &text), text)
            }
            Format::ByParser(format) => {
                format.accept(text).map(|accepted| Accepted { by_schema: false, ..accepted })
            }
            Format::Spelt { format, spelling } => {
                format.accept(text).map(|accepted| Accepted { text: spelling.of(accepted.text), ..accepted })
            }
            Format::AnyOf(formats) => accept_any(formats, text),
            Format::Dated { format, versions } => {
                format.accept(text).map(|accepted| Accepted { versions, ..accepted })
            }
        }
    }
}

/// The first format that accepts the text as libvirt's schema does; else the first that accepts it at all.
fn accept_any<'a>(formats: &[Format], text: Cow<'a, str>) -> Result<Accepted<'a>, Refused> {
    let mut tolerated = Err(Refused);
    for format in formats {
        match format.accept(text.clone()) {
            Ok(accepted) if accepted.by_schema => return Ok(accepted),
            Ok(accepted) if tolerated.is_err() => tolerated = Ok(accepted),
            _ => {}
        }
    }
    tolerated
}
