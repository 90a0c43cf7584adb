//! A part of an element that the schema offers at a place, and whether it may stand there.

use std::borrow::Cow;

use nixvirt_schema::{
    Attribute, Child, Default, Element, Format, Guard, Need, Occurs, Text, Versions, Words,
};

/// A part of an element, by its entry in the schema.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// An attribute of the element.
    Attribute(&'static Attribute),
    /// The text of the element.
    Text(&'static Element, &'static Text),
    /// A child of the element.
    Child(&'static Child),
}

/// Whether a part may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It may: its guard holds.
    Yes,
    /// Its guard depends on a value that is wrong or cannot be known.
    Unclear,
    /// It may not: its guard fails because of another part of the spec.
    No,
}

/// A key that the schema has for a set, and what it stands for there.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The key as a spec spells it.
    pub key: Cow<'static, str>,
    /// The attribute, text or child that the key stands for.
    pub part: Part,
    /// The element that has it.
    pub within: &'static Element,
    /// The place in libvirt's format pages.
    pub page: &'static str,
    /// Whether it may stand there.
    pub fit: Fit,
    /// Whether the spec has it already.
    pub given: bool,
}

impl Offer {
    /// The description of the part, one sentence.
    pub fn doc(&self) -> &'static str {
        match self.part {
            Part::Attribute(attribute) => attribute.doc,
            Part::Text(element, _) => element.doc,
            Part::Child(child) => child.element.doc,
        }
    }

    /// Whether it may be left out.
    pub fn need(&self) -> Need {
        match self.part {
            Part::Attribute(attribute) => attribute.need,
            Part::Text(_, text) => text.need,
            Part::Child(child) => child.need,
        }
    }

    /// The versions of libvirt that have it.
    pub fn versions(&self) -> Versions {
        match self.part {
            Part::Attribute(attribute) => attribute.versions,
            Part::Text(_, text) => text.versions,
            Part::Child(child) => child.versions,
        }
    }

    /// When it may stand there.
    pub fn guard(&self) -> Guard {
        match self.part {
            Part::Attribute(attribute) => attribute.guard,
            Part::Text(_, text) => text.guard,
            Part::Child(child) => child.guard,
        }
    }

    /// The meanings of the words of its format.
    pub fn words(&self) -> Words {
        match self.part {
            Part::Attribute(attribute) => attribute.words,
            Part::Text(_, text) => text.words,
            Part::Child(child) => child.element.text.map_or(&[], |text| text.words),
        }
    }

    /// The common description of the words of its format, where they are names; empty where words have meanings of their own.
    pub fn each(&self) -> &'static str {
        match self.part {
            Part::Attribute(attribute) => attribute.each,
            Part::Text(..) | Part::Child(_) => "",
        }
    }

    /// The value that libvirt assumes where the part is missing, if the schema says.
    pub fn default(&self) -> Option<Default> {
        match self.part {
            Part::Attribute(attribute) => attribute.default,
            Part::Text(_, text) => text.default,
            Part::Child(child) => child.element.text.and_then(|text| text.default),
        }
    }

    /// The format of the plain value that it takes, if it takes one.
    pub fn format(&self) -> Option<&'static Format> {
        match self.part {
            Part::Attribute(attribute) => Some(&attribute.format),
            Part::Text(element, _) => element.text.as_ref().map(|text| &text.format),
            Part::Child(child) => child.element.text.as_ref().map(|text| &text.format),
        }
    }

    /// The element of a child.
    pub fn element(&self) -> Option<&'static Element> {
        match self.part {
            Part::Child(child) => Some(child.element),
            _ => None,
        }
    }

    /// Whether it takes nothing but a plain value.
    pub fn is_plain(&self) -> bool {
        self.element().is_none_or(Element::is_leaf)
    }

    /// Whether only the description of a running object has it.
    pub fn is_live(&self) -> bool {
        match self.part {
            Part::Attribute(attribute) => attribute.live,
            Part::Child(child) => child.live,
            Part::Text(..) => false,
        }
    }

    /// Whether several may stand side by side, in a list.
    pub fn is_many(&self) -> bool {
        matches!(self.part, Part::Child(child) if child.occurs != Occurs::Once)
    }

    /// The values that it may have, as far as they can be listed, as a spec spells them in Nix and JSON alike.
    pub fn values(&self) -> Vec<String> {
        let mut values = self.format().map(literals).unwrap_or_default();
        if self.element().is_some_and(Element::is_flag) {
            values.extend(["true", "false"].map(str::to_owned));
        }
        let mut seen: Vec<String> = Vec::new();
        values.retain(|value| {
            let new = !seen.contains(value);
            seen.push(value.clone());
            new
        });
        values
    }
}

/// The values of a format that can be listed, as literals.
fn literals(format: &Format) -> Vec<String> {
    match *format {
        Format::YesNo | Format::OnOff => ["true", "false"].map(str::to_owned).into(),
        Format::AnyOf(formats) => formats.iter().flat_map(literals).collect(),
        Format::Dated { format, .. } | Format::Spelt { format, .. } => literals(format),
        Format::ByParser(_) => Vec::new(),
        _ => format.words().iter().map(|word| format!("{word:?}")).collect(),
    }
}
