//! The token that is being written at a place of XML, and the XML without it, so that the compiler can read it.

use std::ops::Range;

use crate::lsp::xml_tree::{ElementTree, TextAttribute, TextElement, is_name, parse};

/// The part of XML that a place is in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum XmlPart {
    /// The name of an element, or a place where one may begin; whether its tag goes on.
    Element(bool),
    /// The name of an attribute; whether it has its value.
    Attribute(bool),
    /// The value of the attribute of this name.
    Value(String),
    /// Text, or a place where an element may begin as well.
    Text,
    /// The name in an end tag, which is to be this.
    End(String),
}

/// A place of a text, and the element that it belongs to: the one that holds it where an element is being written.
#[derive(Debug)]
pub(super) struct XmlCursor {
    /// The part of XML at the place.
    pub at: XmlPart,
    /// The part of the text that is being written.
    pub range: Range<usize>,
    /// The names of the elements around it, from the outside in, the one that it belongs to included.
    pub names: Vec<String>,
    /// XML with all that can be read, and with what is being written left out.
    pub xml: String,
    /// Where the element that it belongs to begins there.
    pub offset: usize,
}

/// Finds the token at an offset; nothing in a comment, or right behind a value.
pub(super) fn at(text: &str, offset: usize) -> Option<XmlCursor> {
    if let Some(ending) = ending(text, offset) {
        return Some(ending);
    }
    let ElementTree { document, hidden, .. } = parse(text);
    if hidden.iter().any(|hidden| hidden.start < offset && offset < hidden.end) {
        return None;
    }
    let (mut here, mut way) = (&document, vec![&document]);
    loop {
        let inside = |child: &&TextElement| {
            child.tag.start < offset && (offset < child.end || !child.is_closed && offset == child.end)
        };
        let Some(child) = here.children.iter().find(inside) else { break };
        let tag = &child.tag;
        if offset >= tag.end && child.is_finished {
            here = child;
            way.push(child);
            continue;
        }
        if child.name.start <= offset && offset <= child.name.end {
            let goes_on = child.is_finished || !child.attributes.is_empty();
            return cursor(text, XmlPart::Element(goes_on), child.name.clone(), &way, Some(child), None);
        }
        way.push(child);
        let touched = |range: &Range<usize>| range.start <= offset && offset <= range.end;
        for attribute in &child.attributes {
            if let Some(value) = attribute.value.clone().filter(touched) {
                let name = text[attribute.name.clone()].to_owned();
                return cursor(text, XmlPart::Value(name), value, &way, None, Some(attribute));
            }
            if touched(&attribute.name) {
                let at = XmlPart::Attribute(attribute.value.is_some());
                return cursor(text, at, attribute.name.clone(), &way, None, Some(attribute));
            }
        }
        let begins = text[..offset].ends_with(char::is_whitespace);
        return begins.then(|| cursor(text, XmlPart::Attribute(false), offset..offset, &way, None, None))?;
    }
    let around = here.texts.iter().find(|text| text.start <= offset && offset <= text.end);
    let range = around.map_or(offset..offset, |around| word(text, around, offset));
    cursor(text, XmlPart::Text, range, &way, None, None)
}

/// A text without the blanks around it; where it is blank, or the offset is beside what is not, nothing.
fn word(text: &str, around: &Range<usize>, offset: usize) -> Range<usize> {
    let inner = &text[around.clone()];
    let start = around.start + (inner.len() - inner.trim_start().len());
    let range = start..start + inner.trim().len();
    if range.start <= offset && offset <= range.end { range } else { offset..offset }
}

/// The end tag that is being written at an offset.
fn ending(text: &str, offset: usize) -> Option<XmlCursor> {
    let start = text[..offset].rfind('<')?;
    let written = text[start..offset].strip_prefix("</")?;
    if !written.chars().all(is_name) {
        return None;
    }
    let before = parse(&text[..start]);
    let name = text[before.open.last()?.clone()].to_owned();
    let rest = text[offset..].find(|other| !is_name(other)).unwrap_or(text.len() - offset);
    Some(XmlCursor {
        at: XmlPart::End(name),
        range: start + 2..offset + rest,
        names: Vec::new(),
        xml: String::new(),
        offset: 0,
    })
}

fn cursor(
    text: &str,
    at: XmlPart,
    range: Range<usize>,
    way: &[&TextElement],
    without: Option<&TextElement>,
    without_attribute: Option<&TextAttribute>,
) -> Option<XmlCursor> {
    let mut writer = XmlRepair {
        text,
        without,
        without_attribute,
        wanted: way.last().copied(),
        out: String::new(),
        found: 0,
    };
    // Beside the element around it, the text may have others, which are not XML any more.
    if let Some(root) = way.get(1) {
        writer.element(root);
    }
    let names = way[1..].iter().map(|element| text[element.name.clone()].to_owned()).collect();
    let XmlRepair { out, found, .. } = writer;
    Some(XmlCursor { at, range, names, xml: out, offset: found })
}

/// Writes elements so that they can be read.
struct XmlRepair<'t> {
    text: &'t str,
    without: Option<&'t TextElement>,
    without_attribute: Option<&'t TextAttribute>,
    wanted: Option<&'t TextElement>,
    out: String,
    found: usize,
}

impl XmlRepair<'_> {
    /// Whether a name can stand in XML, its prefix declared.
    fn can_be_read(&self, name: &str) -> bool {
        let starts = |name: &str| name.starts_with(|first: char| first.is_alphabetic() || first == '_');
        match name.split_once(':') {
            None => starts(name),
            Some(("xmlns", prefix)) => starts(prefix),
            Some((prefix, local)) => {
                starts(prefix) && starts(local) && self.text.contains(&format!("xmlns:{prefix}="))
            }
        }
    }

    /// Text in which nothing begins that XML would have to know.
    fn plain(&self, range: &Range<usize>) -> String {
        self.text[range.clone()].replace(['&', '<', '"'], "_")
    }

    fn element(&mut self, element: &TextElement) {
        let name = &self.text[element.name.clone()];
        if !self.can_be_read(name) || self.without.is_some_and(|without| std::ptr::eq(without, element)) {
            return;
        }
        if self.wanted.is_some_and(|wanted| std::ptr::eq(wanted, element)) {
            self.found = self.out.len();
        }
        self.out.push('<');
        self.out.push_str(name);
        let mut given: Vec<&str> = Vec::new();
        for attribute in &element.attributes {
            let name = &self.text[attribute.name.clone()];
            let Some(value) = &attribute.value else { continue };
            let is_left_out = self.without_attribute.is_some_and(|other| std::ptr::eq(other, attribute));
            if is_left_out || given.contains(&name) || !self.can_be_read(name) {
                continue;
            }
            given.push(name);
            let value = self.plain(value);
            self.out.push_str(&format!(" {name}=\"{value}\""));
        }
        self.out.push('>');
        for text in element.texts.iter().filter(|_| element.children.is_empty()) {
            let text = self.plain(text);
            self.out.push_str(&text);
        }
        for child in &element.children {
            self.element(child);
        }
        self.out.push_str(&format!("</{name}>"));
    }
}

#[cfg(test)]
mod tests {
    use super::{XmlPart, at};

    #[test]
    fn each_place_is_told() {
        for (text, wanted, range, names, xml) in [
            ("<a><b|</a>", XmlPart::Element(false), "b", "a", "<a></a>"),
            ("<a><|</a>", XmlPart::Element(false), "", "a", "<a></a>"),
            ("<a><b| x='1'/></a>", XmlPart::Element(true), "b", "a", "<a></a>"),
            ("<a><b |/></a>", XmlPart::Attribute(false), "", "a/b", "<a><b></b></a>"),
            ("<a><b x|='1' y='2'/></a>", XmlPart::Attribute(true), "x", "a/b", "<a><b y=\"2\"></b></a>"),
            ("<a><b x='1|' y='2'/></a>", XmlPart::Value("x".into()), "1", "a/b", "<a><b y=\"2\"></b></a>"),
            ("<a><b x='|", XmlPart::Value("x".into()), "", "a/b", "<a><b></b></a>"),
            ("<a> | <b/></a>", XmlPart::Text, "", "a", "<a><b></b></a>"),
            ("<a><b> on|e </b></a>", XmlPart::Text, "one", "a/b", "<a><b> one </b></a>"),
            ("<a><b></|</a>", XmlPart::End("b".into()), "", "", ""),
        ] {
            let offset = text.find('|').expect("a cursor");
            let text = text.replacen('|', "", 1);
            let cursor = at(&text, offset).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(cursor.at, wanted, "{text}");
            assert_eq!(&text[cursor.range], range, "{text}");
            assert_eq!((cursor.names.join("/").as_str(), cursor.xml.as_str()), (names, xml), "{text}");
        }
        for text in ["<a x='1'|/>", "<!-- | -->"] {
            let offset = text.find('|').expect("a cursor");
            let text = text.replacen('|', "", 1);
            assert!(at(&text, offset).is_none(), "{text}");
        }
    }
}
