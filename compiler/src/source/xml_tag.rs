//! Start tags in XML, and their attributes.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::attributes::{AttrError, Attributes};

use crate::diagnostics::Problem;
use crate::diagnostics::printable::Name;
use crate::source::xml_characters::{is_char, is_name};

/// How many attributes an element may have. libvirt's own have at most thirty.
const MAX_ATTRIBUTES: usize = 1000;

/// A problem and its place in bytes.
pub(crate) type XmlFault = (Problem, usize);

/// The attributes of a tag: names and unescaped values, in document order.
pub(crate) type RawAttributes<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The start of an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    /// The name, with its prefix.
    pub name: &'a str,
    /// The rest of the tag: the attributes.
    pub(super) attributes: &'a str,
    /// Where the tag begins, in bytes.
    pub offset: usize,
    /// Whether the element ends with the tag.
    pub empty: bool,
}

/// Where the parser of attributes stumbled, from the end of the element's name.
fn place_of(error: &AttrError) -> usize {
    match error {
        AttrError::ExpectedEq(at)
        | AttrError::ExpectedValue(at)
        | AttrError::UnquotedValue(at)
        | AttrError::ExpectedQuote(at, _)
        | AttrError::Duplicated(at, _) => *at,
    }
}

impl<'a> Start<'a> {
    /// The attributes, unescaped, namespace declarations included, added to none.
    ///
    /// # Errors
    /// A malformed attribute, or one that stands twice.
    pub(crate) fn attributes(&self, found: &mut RawAttributes<'a>) -> Result<(), XmlFault> {
        let fault = |message: String| (Problem::Syntax { language: "XML", message }, self.offset);
        found.clear();
        // quick-xml's own check for duplicates takes time quadratic in their number.
        for attribute in Attributes::new(self.attributes, 0).with_checks(false) {
            if found.len() == MAX_ATTRIBUTES {
                let what = format!("the element has more than {MAX_ATTRIBUTES} attributes");
                return Err((Problem::Limit { what }, self.offset));
            }
            let attribute = attribute.map_err(|error: AttrError| {
                let text = error.to_string();
                let message = text.split_once(": ").map_or(&*text, |(_, message)| message).to_owned();
                (
                    Problem::Syntax { language: "XML", message },
                    self.offset + 1 + self.name.len() + place_of(&error),
                )
            })?;
            // quick-xml does not mind where nothing stands between two attributes; XML does.
            let key = attribute.key.into_inner();
            let before = key.as_ptr().addr() - self.attributes.as_ptr().addr();
            if !self.attributes[..before].ends_with([' ', '\t', '\n', '\r']) {
                return Err(fault(format!("there is no space before the attribute `{}`", Name(key))));
            }
            if !is_name(key) {
                return Err(fault(format!("{:?} is no name of an attribute", Name(key).to_string())));
            }
            if !attribute.value.bytes().any(|byte| matches!(byte, b'<' | b'&' | b'\t' | b'\n' | b'\r')) {
                found.push((Cow::Borrowed(key), attribute.value));
                continue;
            }
            if attribute.value.contains('<') {
                return Err(fault(format!("the value of `{}` holds a `<`", Name(key))));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| fault(error.to_string()))?;
            if !value.chars().all(is_char) {
                return Err(fault(format!("the value of `{}` is not text of XML", Name(key))));
            }
            found.push((Cow::Borrowed(key), value));
        }
        match twice(found) {
            Some(name) => Err(fault(format!("the attribute `{}` stands twice", Name(name)))),
            None => Ok(()),
        }
    }
}

/// The name that two attributes have, if any do.
fn twice<'n>(attributes: &'n RawAttributes<'_>) -> Option<&'n str> {
    if attributes.len() <= 8 {
        let mut names = attributes.iter().enumerate().map(|(at, (name, _))| (at, &**name));
        let before = |at: usize, name: &str| attributes[..at].iter().any(|(other, _)| other == name);
        return names.find(|(at, name)| before(*at, name)).map(|(_, name)| name);
    }
    let mut names: Vec<&str> = attributes.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}
