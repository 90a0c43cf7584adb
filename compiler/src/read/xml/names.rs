//! The names in XML: namespaces that tags declare, and what prefixes stand for.

use std::borrow::Cow;

use crate::diagnostics::Problem;
use crate::diagnostics::printable::Name;
use crate::document::foreign::Foreign;
use crate::read::xml::{Opened, Reader};
use crate::source::xml::check_depth;
use crate::source::xml_names::declared_prefix;
use crate::source::xml_tag::{Start, XmlFault};

impl<'a> Reader<'a, '_> {
    /// Takes the attributes of a tag and the namespaces that it declares.
    pub(super) fn open(&mut self, start: Start<'a>, depth: usize) -> Result<Opened<'a>, XmlFault> {
        check_depth(depth, start.offset)?;
        let mut attributes = std::mem::take(&mut self.spare_attributes);
        start.attributes(&mut attributes)?;
        let mut wrong = Ok(());
        if attributes.iter().any(|(name, _)| declared_prefix(name).is_some()) {
            attributes.retain(|(name, value)| {
                let Cow::Borrowed(name) = name else { return true };
                let Some(prefix) = declared_prefix(name) else { return true };
                if wrong.is_ok() {
                    wrong = self.namespaces.declare(depth, prefix, value.clone());
                }
                false
            });
        }
        let names = || attributes.iter().map(|(name, _)| &**name);
        let wrong = wrong.and_then(|()| match self.namespaces.same(names()) {
            Some((one, other)) => {
                Err(format!("the attributes `{}` and `{}` have the same name", Name(one), Name(other)))
            }
            None => Ok(()),
        });
        wrong.map_err(|message| (Problem::Syntax { language: "XML", message }, start.offset))?;
        Ok(Opened { start, attributes })
    }

    /// The namespace and local name that a name with a prefix stands for. An undeclared prefix stands for itself.
    pub(super) fn identify<'n>(&self, name: &'n str) -> (Option<&str>, &'n str) {
        let (prefix, local) = match name.bytes().position(|byte| byte == b':') {
            Some(colon) => (&name[..colon], &name[colon + 1..]),
            None if self.namespaces.is_empty() => return (None, name),
            None => ("", name),
        };
        match self.namespaces.of(prefix) {
            Some("") => (None, local),
            Some(uri) => (Some(uri), local),
            None => (Some("undeclared"), local),
        }
    }

    /// The namespaces that an element declares for the foreign XML in it: its own, and those of elements around it that
    /// are used there. libvirt prints them on the same element (`xmlCopyNode` brings them along).
    pub(super) fn declared_for(
        &self,
        foreign: &[Foreign<'a>],
        depth: usize,
    ) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let attribute = |prefix: &str| Cow::Owned(format!("xmlns:{prefix}"));
        let own = self.namespaces.at(depth);
        let mut declared: Vec<_> = own.map(|(prefix, uri)| (attribute(prefix), uri.clone())).collect();
        for piece in foreign {
            let Foreign::Element(element) = piece else { continue };
            for prefix in element.undeclared_prefixes() {
                let name = attribute(&prefix);
                if let Some(uri) = self.namespaces.of(&prefix)
                    && !declared.iter().any(|(known, _)| *known == name)
                {
                    declared.push((name, Cow::Owned(uri.to_owned())));
                }
            }
        }
        declared
    }
}
