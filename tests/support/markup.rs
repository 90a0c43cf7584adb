//! XML that a test can take apart and put together again: everything keeps its order and its prefix.

use std::collections::BTreeMap;
use std::fmt::Write;

/// An element with its attributes and content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup {
    /// The name, with its prefix.
    pub name: String,
    /// The attributes, with their prefixes, without namespace declarations.
    pub attributes: Vec<(String, String)>,
    /// The content, in document order.
    pub content: Vec<Content>,
}

/// A part of the content of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text, with its references replaced.
    Text(String),
    /// An element within it.
    Element(Markup),
}

/// The namespaces of a document: prefix to name. All of them are declared on its root when it is written.
pub type Namespaces = BTreeMap<String, String>;

impl Markup {
    /// An element with nothing in it.
    pub fn new(name: &str) -> Markup {
        Markup { name: name.to_owned(), ..Markup::default() }
    }

    /// Reads a document, and adds its namespaces to those that are known. White space that only indents is dropped.
    ///
    /// # Errors
    /// A document that is not well-formed.
    pub fn read(xml: &str, namespaces: &mut Namespaces) -> Result<Markup, String> {
        let document = roxmltree::Document::parse(xml).map_err(|error| error.to_string())?;
        Ok(Markup::of(document.root_element(), namespaces))
    }

    fn of(node: roxmltree::Node<'_, '_>, namespaces: &mut Namespaces) -> Markup {
        let mut qualified = |uri: Option<&str>, name: &str| match uri {
            None => name.to_owned(),
            Some("http://www.w3.org/XML/1998/namespace") => format!("xml:{name}"),
            Some(uri) => {
                let known =
                    namespaces.iter().find(|(_, known)| *known == uri).map(|(prefix, _)| prefix.clone());
                let prefix = known.unwrap_or_else(|| {
                    let wanted = node.lookup_prefix(uri).unwrap_or("foreign");
                    let free = |prefix: &String| !namespaces.contains_key(prefix);
                    let numbered = (2..).map(|number| format!("{wanted}{number}"));
                    let prefix = std::iter::once(wanted.to_owned()).chain(numbered).find(free);
                    let prefix = prefix.unwrap_or_else(|| wanted.to_owned());
                    namespaces.insert(prefix.clone(), uri.to_owned());
                    prefix
                });
                format!("{prefix}:{name}")
            }
        };
        let name = qualified(node.tag_name().namespace(), node.tag_name().name());
        let attributes = node
            .attributes()
            .map(|one| (qualified(one.namespace(), one.name()), one.value().to_owned()))
            .collect();
        let elements = node.children().any(|child| child.is_element());
        let content = node
            .children()
            .filter_map(|child| match child.text() {
                Some(text) if child.is_text() => {
                    (!(elements && text.trim().is_empty())).then(|| Content::Text(text.to_owned()))
                }
                _ => child.is_element().then(|| Content::Element(Markup::of(child, namespaces))),
            })
            .collect();
        Markup { name, attributes, content }
    }

    /// Writes the element as a document of its own.
    pub fn write(&self, namespaces: &Namespaces) -> String {
        let mut used = Vec::new();
        self.prefixes(&mut used);
        let mut declarations = String::new();
        for (prefix, uri) in namespaces.iter().filter(|(prefix, _)| used.contains(&prefix.as_str())) {
            let _ = write!(declarations, " xmlns:{prefix}=\"{}\"", escape(uri));
        }
        let mut out = String::new();
        self.write_into(&mut out, 0, &declarations);
        out
    }

    fn prefixes<'m>(&'m self, used: &mut Vec<&'m str>) {
        let names = self.attributes.iter().map(|(name, _)| name).chain([&self.name]);
        used.extend(names.filter_map(|name| name.split_once(':').map(|(prefix, _)| prefix)));
        self.elements().for_each(|element| element.prefixes(used));
    }

    fn write_into(&self, out: &mut String, depth: usize, declarations: &str) {
        let name = &self.name;
        let _ = write!(out, "<{name}{declarations}");
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"{}\"", escape(value));
        }
        if self.content.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        let indented = self.content.iter().all(|piece| matches!(piece, Content::Element(_)));
        let indent = |out: &mut String, depth: usize| {
            if indented {
                let _ = write!(out, "\n{:1$}", "", depth * 2);
            }
        };
        for piece in &self.content {
            indent(out, depth + 1);
            match piece {
                Content::Text(text) => out.push_str(&escape(text)),
                Content::Element(element) => element.write_into(out, depth + 1, ""),
            }
        }
        indent(out, depth);
        let _ = write!(out, "</{name}>");
    }

    /// The elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Markup> {
        self.content.iter().filter_map(|piece| match piece {
            Content::Element(element) => Some(element),
            Content::Text(_) => None,
        })
    }

    /// The text in it, elements aside.
    pub fn text(&self) -> String {
        let texts = self.content.iter().filter_map(|piece| match piece {
            Content::Text(text) => Some(text.as_str()),
            Content::Element(_) => None,
        });
        texts.collect()
    }

    /// Where each element is, itself first: positions among the content of what holds it.
    pub fn places(&self) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new()];
        let mut at = 0;
        while at < found.len() {
            let here = found[at].clone();
            for (position, piece) in self.at(&here).content.iter().enumerate() {
                if matches!(piece, Content::Element(_)) {
                    found.push(here.iter().copied().chain([position]).collect());
                }
            }
            at += 1;
        }
        found
    }

    /// The element at a place.
    ///
    /// # Panics
    /// Where there is none.
    pub fn at(&self, place: &[usize]) -> &Markup {
        match place.split_first() {
            None => self,
            Some((first, rest)) => match &self.content[*first] {
                Content::Element(element) => element.at(rest),
                Content::Text(text) => panic!("{text:?} is no element"),
            },
        }
    }

    /// The element at a place, to be changed.
    ///
    /// # Panics
    /// Where there is none.
    pub fn at_mut(&mut self, place: &[usize]) -> &mut Markup {
        match place.split_first() {
            None => self,
            Some((first, rest)) => match &mut self.content[*first] {
                Content::Element(element) => element.at_mut(rest),
                Content::Text(text) => panic!("{text:?} is no element"),
            },
        }
    }

    /// The names on the way to a place: `domain/devices/disk`.
    pub fn path(&self, place: &[usize]) -> String {
        let mut path = self.name.clone();
        for depth in 1..=place.len() {
            path.push('/');
            path.push_str(&self.at(&place[..depth]).name);
        }
        path
    }

    /// Gives an attribute a value, whether or not it is there.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.attributes.push((name.to_owned(), value.to_owned())),
        }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out
}
