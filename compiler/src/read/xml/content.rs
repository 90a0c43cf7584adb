//! The text of an element in XML, and problems of its parts: their order, and names that libvirt does not know.

use std::borrow::Cow;

use nixvirt_schema::{Element, Need, Relation, Scalar};

use crate::diagnostics::suggest;
use crate::diagnostics::{Instead, Problem};
use crate::document::path::Trail;
use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{Node, NodeValue};
use crate::read::xml::Reader;
use crate::read::{accept, mismatch};
use crate::source::xml_characters::is_blank;

impl<'a> Reader<'a, '_> {
    /// Gives a node its text.
    pub(super) fn take_text(&mut self, node: &mut Node<'a>, found: Cow<'a, str>, trail: &Trail<'_>) {
        let blank = is_blank(&found);
        match node.element.text {
            Some(text)
                if !(blank
                    && (found.is_empty() || !node.children.is_empty() || text.need == Need::Optional)) =>
            {
                if let Some((number, unit)) = mismatch::amount(node.element, found.trim())
                    && node.attribute("unit").is_none()
                {
                    let problem = Problem::BadValue {
                        value: format!("{:?}", found.trim()),
                        expected: text.format.describe(),
                        hint: Some(Instead::Words(format!(
                            "write `<{name} unit='{unit}'>{number}</{name}>`",
                            name = node.element.name
                        ))),
                    };
                    self.report.add(problem, node.offset, || trail.path());
                    node.text = Some(NodeValue::WRONG);
                    return;
                }
                let place =
                    || if node.element.is_leaf() { trail.path() } else { trail.step(text.key, None).path() };
                node.text = Some(accept(&text.format, Scalar::Str(found), self.report, node.offset, place));
            }
            None if !blank => {
                let text = found.trim().chars().take(40).collect();
                let problem =
                    Problem::UnexpectedText { text, parent: node.element.name, values: absent(node) };
                self.report.add(problem, node.offset, || trail.path());
            }
            _ => {}
        }
    }

    /// Says where children stand in an order that libvirt's schema does not have.
    pub(super) fn say_disorder(
        &mut self,
        node: &Node<'a>,
        parent: Option<&Scope<'_, 'a>>,
        trail: &Trail<'_>,
    ) {
        for rule in node.element.rules {
            let Relation::InOrder(names) = rule.relation else { continue };
            let ranks = node
                .children
                .iter()
                .filter_map(|child| names.iter().position(|name| *name == child.element.name));
            let holds = Scope::of(node, parent).decide(&rule.guard) == GuardVerdict::Holds;
            if holds && rule.versions.contains(self.report.libvirt()) && !ranks.is_sorted() {
                let problem = Problem::Broken { relation: rule.relation, parent: node.element.name };
                self.report.add(problem, node.offset, || trail.path());
            }
        }
    }

    pub(super) fn say_unknown(
        &mut self,
        element: &'static Element,
        parent: Option<&Scope<'_, 'a>>,
        name: &str,
        child: bool,
        trail: &Trail<'_>,
        offset: usize,
    ) {
        let around = || std::iter::successors(parent, |scope| scope.parent).map(|scope| scope.node.element);
        let hint = match self.report.is_full() {
            true => None,
            false => {
                suggest::for_xml(around().last().unwrap_or(element), element, around().next(), child, name)
            }
        };
        let problem = Problem::Unknown { element: child, name: name.to_owned(), parent: element.name, hint };
        self.report.add(problem, Some(offset), || trail.step(name, None).path());
    }
}

/// The attributes that a node must have and has not, as they are written; where it has all, those that it may have.
fn absent(node: &Node<'_>) -> Vec<String> {
    const MOST: usize = 4;
    let absent = || node.element.attributes.iter().filter(|entry| node.attribute(entry.name).is_none());
    let required: Vec<_> = absent().filter(|entry| entry.need != Need::Optional).collect();
    let meant = if required.is_empty() { absent().collect() } else { required };
    meant.iter().take(MOST).map(|entry| format!("`{}='...'`", entry.name)).collect()
}
