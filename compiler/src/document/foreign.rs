//! Foreign XML: what stands in `metadata` and means nothing to libvirt.

use std::borrow::Cow;

use crate::document::remark::Remark;
use crate::source::xml_characters::is_blank;

/// A piece of foreign XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign<'a> {
    /// An element with all that it holds.
    Element(ForeignElement<'a>),
    /// Text between elements, unescaped.
    Text(Cow<'a, str>),
    /// A comment or a processing instruction, which libvirt keeps here.
    Remark(Remark<'a>),
}

/// An element outside of libvirt's namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignElement<'a> {
    /// The name, with its prefix.
    pub name: Cow<'a, str>,
    /// The attributes, namespace declarations included, in document order.
    pub attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The elements, texts and remarks in it, in document order.
    pub body: Vec<Foreign<'a>>,
}

impl ForeignElement<'_> {
    /// Drops the white space that only indents: where elements stand in an element, blank text beside them.
    pub fn drop_indentation(&mut self) {
        let blank = |piece: &Foreign<'_>| matches!(piece, Foreign::Text(text) if is_blank(text));
        let only_indented = self.body.iter().all(|piece| blank(piece) || !matches!(piece, Foreign::Text(_)));
        if only_indented && self.body.iter().any(|piece| !blank(piece)) {
            self.body.retain(|piece| !blank(piece));
        }
    }

    /// The prefixes that are used in it and not declared there, in document order.
    pub fn undeclared_prefixes(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.find_undeclared(&mut Vec::new(), &mut found);
        found
    }

    fn find_undeclared<'e>(&'e self, declared: &mut Vec<&'e str>, found: &mut Vec<String>) {
        let outside = declared.len();
        declared.extend(self.attributes.iter().filter_map(|(name, _)| name.strip_prefix("xmlns:")));
        let names = self.attributes.iter().map(|(name, _)| name).filter(|name| !name.starts_with("xmlns"));
        for name in [&self.name].into_iter().chain(names) {
            let Some((prefix, _)) = name.split_once(':') else { continue };
            let known = prefix == "xml" || declared.contains(&prefix);
            if !known && !found.iter().any(|other| other == prefix) {
                found.push(prefix.to_owned());
            }
        }
        for piece in &self.body {
            if let Foreign::Element(element) = piece {
                element.find_undeclared(declared, found);
            }
        }
        declared.truncate(outside);
    }
}

impl Foreign<'_> {
    /// How deep elements are nested in it, itself included.
    pub fn depth(&self) -> usize {
        match self {
            Foreign::Text(_) | Foreign::Remark(_) => 0,
            Foreign::Element(element) => 1 + element.body.iter().map(Foreign::depth).max().unwrap_or(0),
        }
    }

    /// The same, free of the source.
    pub fn into_owned(self) -> Foreign<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Foreign::Text(text) => Foreign::Text(own(text)),
            Foreign::Remark(remark) => Foreign::Remark(remark.into_owned()),
            Foreign::Element(element) => Foreign::Element(ForeignElement {
                name: own(element.name),
                attributes: element
                    .attributes
                    .into_iter()
                    .map(|(name, value)| (own(name), own(value)))
                    .collect(),
                body: element.body.into_iter().map(Foreign::into_owned).collect(),
            }),
        }
    }
}
