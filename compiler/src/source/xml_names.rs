//! Names and namespaces as XML 1.0 (5th edition) and Namespaces in XML 1.0 ask for them, which quick-xml leaves to its
//! users.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::diagnostics::Problem;
use crate::diagnostics::printable::Name;
use crate::document::foreign::Foreign;

/// The namespace of the prefix `xml`, which needs no declaration.
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of the prefix `xmlns`, which nothing may declare.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// The prefix that an attribute declares, empty for the namespace of names without one; nothing where it declares none.
pub(crate) fn declared_prefix(attribute: &str) -> Option<&str> {
    match attribute.strip_prefix("xmlns") {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix(':'),
        None => None,
    }
}

/// The namespaces that the open elements declare.
#[derive(Debug, Default)]
pub(crate) struct Namespaces<'n> {
    /// Depth of the element, prefix, name.
    declared: Vec<(usize, &'n str, Cow<'n, str>)>,
}

impl<'n> Namespaces<'n> {
    /// Adds the declaration of a prefix by an element.
    ///
    /// # Errors
    /// A declaration that the namespaces of XML forbid, in words.
    pub(crate) fn declare(
        &mut self,
        depth: usize,
        prefix: &'n str,
        name: Cow<'n, str>,
    ) -> Result<(), String> {
        match (prefix, &*name) {
            ("xmlns", _) => Err("the prefix `xmlns` cannot be declared".to_owned()),
            ("xml", XML) => Ok(()),
            ("xml", _) => Err(format!("the prefix `xml` can only stand for {XML}")),
            (_, XML | XMLNS) => Err(format!("no prefix can be declared to stand for {name}")),
            _ if prefix.is_empty() || !name.is_empty() => {
                self.declared.push((depth, prefix, name));
                Ok(())
            }
            _ => Err(format!("`xmlns:{}` is empty; expected the name of a namespace", Name(prefix))),
        }
    }

    /// Forgets what an element of this depth, and those in it, declared.
    pub(crate) fn close(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|(declared, ..)| *declared >= depth) {
            self.declared.pop();
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.declared.is_empty()
    }

    /// The namespace that a prefix stands for here; nothing where it is not declared. The empty prefix is declared to be
    /// no namespace (the empty name) where nothing says otherwise.
    pub(crate) fn of(&self, prefix: &str) -> Option<&str> {
        match self.declared.iter().rev().find(|(_, declared, _)| *declared == prefix) {
            Some((.., name)) => Some(name),
            None if prefix.is_empty() => Some(""),
            None if prefix == "xml" => Some(XML),
            None => None,
        }
    }

    /// The prefixes that the element of this depth declares, with their names.
    pub(crate) fn at(&self, depth: usize) -> impl Iterator<Item = (&'n str, &Cow<'n, str>)> {
        self.declared
            .iter()
            .filter(move |(at, prefix, _)| *at == depth && !prefix.is_empty())
            .map(|(_, prefix, name)| (*prefix, name))
    }

    /// Two attributes of an element that have one name, if there are such: other prefixes may stand for the same namespace.
    pub(crate) fn same<'a>(&self, attributes: impl Iterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
        // Where none is declared, only the same attributes have the same names.
        if self.declared.is_empty() {
            return None;
        }
        let mut seen: Vec<(&str, &str, &str)> = Vec::new();
        for name in attributes {
            let Some((prefix, local)) = name.split_once(':') else { continue };
            let Some(namespace) = self.of(prefix) else { continue };
            if let Some((.., other)) =
                seen.iter().find(|(known, other, _)| *known == namespace && *other == local)
            {
                return Some((other, name));
            }
            seen.push((namespace, local, name));
        }
        None
    }
}

/// The namespace errors in foreign XML, in an element that declares some namespaces itself.
pub(crate) fn check_foreign(
    declared: &[(Cow<'_, str>, Cow<'_, str>)],
    pieces: &[Foreign<'_>],
) -> Vec<Problem> {
    let mut namespaces = Namespaces::default();
    let mut found = Vec::new();
    declare_all(&mut namespaces, 0, declared, &mut found);
    check_pieces(&mut namespaces, 1, pieces, &mut found);
    // A prefix that nothing declares is one mistake, however many names have it.
    let mut prefixes = BTreeSet::new();
    found.retain(|problem| match problem {
        Problem::UndeclaredPrefix { name } => {
            prefixes.insert(name.split_once(':').map_or_else(String::new, |(prefix, _)| prefix.to_owned()))
        }
        _ => true,
    });
    found
}

fn declare_all<'n>(
    namespaces: &mut Namespaces<'n>,
    depth: usize,
    attributes: &'n [(Cow<'_, str>, Cow<'_, str>)],
    found: &mut Vec<Problem>,
) {
    for (attribute, name) in attributes {
        let Some(prefix) = declared_prefix(attribute) else { continue };
        if let Err(message) = namespaces.declare(depth, prefix, Cow::Borrowed(name)) {
            found.push(Problem::Syntax { language: "XML", message });
        }
    }
}

fn check_pieces<'n>(
    namespaces: &mut Namespaces<'n>,
    depth: usize,
    pieces: &'n [Foreign<'_>],
    found: &mut Vec<Problem>,
) {
    for piece in pieces {
        let Foreign::Element(element) = piece else { continue };
        declare_all(namespaces, depth, &element.attributes, found);
        let attributes = element.attributes.iter().map(|(name, _)| &**name);
        let plain = attributes.filter(|name| declared_prefix(name).is_none());
        for name in [&*element.name].into_iter().chain(plain.clone()) {
            let prefix = name.split_once(':').map(|(prefix, _)| prefix);
            if prefix.is_some_and(|prefix| namespaces.of(prefix).is_none()) {
                found.push(Problem::UndeclaredPrefix { name: name.to_owned() });
            }
        }
        if let Some((one, other)) = namespaces.same(plain) {
            let message = format!("the attributes `{}` and `{}` have the same name", Name(one), Name(other));
            found.push(Problem::Syntax { language: "XML", message });
        }
        check_pieces(namespaces, depth + 1, &element.body, found);
        namespaces.close(depth);
    }
}
