//! Values as a spec holds them: booleans, integers and strings.

use std::borrow::Cow;

use super::{Accepted, Format, Print, Refused, lexical};

/// A scalar of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// A boolean of JSON; XML has none.
    Bool(bool),
    /// A number without a fraction.
    Int(i128),
    /// A text: a string of JSON, or the value of an attribute or element of XML.
    Str(Cow<'a, str>),
}

impl Format {
    /// Reads a value from a spec's scalar.
    ///
    /// # Errors
    /// [`Refused`] where the scalar is not of this format.
    pub fn accept_scalar<'a>(&self, scalar: Scalar<'a>) -> Result<Accepted<'a>, Refused> {
        match scalar {
            Scalar::Str(text) => self.accept(text),
            Scalar::Int(value) => match *self {
                Format::Dated { format, .. } => format.accept_scalar(scalar),
                Format::Spelt { format, spelling } => format
                    .accept_scalar(scalar)
                    .map(|accepted| Accepted { text: spelling.of(accepted.text), ..accepted }),
                Format::ByParser(format) => {
                    format.accept_scalar(scalar).map(|accepted| Accepted { by_schema: false, ..accepted })
                }
                Format::Mac { .. } | Format::Uuid | Format::Path | Format::AnyPath => Err(Refused),
                // Nix has no hexadecimal, so that an integer counts as any notation.
                Format::Number { .. } => {
                    let accepted = self.accept(Cow::Owned(value.to_string()))?;
                    Ok(Accepted { by_schema: true, ..accepted })
                }
                _ => self.accept(Cow::Owned(value.to_string())),
            },
            Scalar::Bool(value) => {
                let accepted = self.accept(Cow::Borrowed(self.word_for(value).ok_or(Refused)?))?;
                Ok(Accepted { by_schema: true, ..accepted })
            }
        }
    }

    /// The word that a boolean stands for.
    pub fn word_for(&self, value: bool) -> Option<&'static str> {
        match *self {
            Format::YesNo => Some(if value { "yes" } else { "no" }),
            Format::OnOff => Some(if value { "on" } else { "off" }),
            Format::Choice(words) => {
                let meant: &[&str] = if value { &["yes", "on"] } else { &["no", "off"] };
                words.iter().find(|word| meant.contains(word)).copied()
            }
            Format::AnyOf(formats) => formats.iter().find_map(|format| format.word_for(value)),
            Format::Dated { format, .. } | Format::Spelt { format, .. } | Format::ByParser(format) => {
                format.word_for(value)
            }
            _ => None,
        }
    }

    /// The scalar that a spec holds for a canonical text: the inverse of [`Format::accept_scalar`].
    pub fn scalar<'a>(&self, text: &'a str) -> Scalar<'a> {
        let string = Scalar::Str(Cow::Borrowed(text));
        match *self {
            Format::YesNo | Format::OnOff => Scalar::Bool(matches!(text, "yes" | "on")),
            Format::Integer { .. } => integer(lexical::decimal(text)).unwrap_or(string),
            Format::Number { print: Print::Decimal | Print::Hex(_), .. } => {
                integer(lexical::number(text).map(i128::from)).unwrap_or(string)
            }
            Format::AnyOf(formats) => {
                let format = formats.iter().find(|format| format.accepts_exactly(text));
                let scalar = format.map_or(string.clone(), |format| format.scalar(text));
                // Another of the formats may take the scalar first and print it otherwise: decimal for hexadecimal.
                let same = self.accept_scalar(scalar.clone()).is_ok_and(|accepted| accepted.text == text);
                if same { scalar } else { string }
            }
            Format::Dated { format, .. } | Format::Spelt { format, .. } | Format::ByParser(format) => {
                format.scalar(text)
            }
            _ => string,
        }
    }

    /// Whether the text is of this format, and canonical in it.
    fn accepts_exactly(&self, text: &str) -> bool {
        self.accept(Cow::Borrowed(text)).is_ok_and(|accepted| accepted.by_schema && accepted.text == text)
    }
}

/// An integer scalar, as far as Nix can hold it (64 bits, signed).
fn integer<'a>(value: Option<i128>) -> Option<Scalar<'a>> {
    value.filter(|&value| i64::try_from(value).is_ok()).map(Scalar::Int)
}
