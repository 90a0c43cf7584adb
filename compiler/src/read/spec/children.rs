//! The children in a spec: one or several under a key, in an order of their own, or foreign XML.

use std::borrow::Cow;

use nixvirt_schema::{Child, Element};

use crate::diagnostics::Problem;
use crate::document::Node;
use crate::document::foreign::{Foreign, ForeignElement};
use crate::document::keys::{Meaning, Plain, meaning};
use crate::document::path::Trail;
use crate::document::scope::Scope;
use crate::read::choose_child;
use crate::read::foreign;
use crate::read::mismatch;
use crate::read::spec::{Reader, Set};
use crate::source::json::Json;

impl Reader<'_> {
    /// Reads children in an order of their own: each a set with the child's key.
    pub(super) fn read_ordered<'a>(
        &mut self,
        element: &'static Element,
        value: Json<'a>,
        here: &Trail<'_>,
        children: &mut Vec<(usize, Cow<'a, str>, Json<'a>)>,
    ) {
        let items = match value {
            Json::List(items) => items,
            one => vec![one],
        };
        for item in items {
            let type_name = item.type_name();
            if let Json::Opaque | Json::Open(_) = item {
                continue;
            }
            let mut set = if let Json::Set(set) = item { set } else { Set::new() };
            match (set.pop(), set.is_empty()) {
                (Some((key, value)), true) => match meaning(element, &key) {
                    Meaning::Child(entry) => children.push((entry, key, value)),
                    _ => {
                        self.say_unknown(element, None, &key, here);
                    }
                },
                _ => {
                    let expected = "sets with one child each, e.g. { rule = { ... }; }".to_owned();
                    self.report.add(
                        Problem::WrongType { found: type_name, expected, hint: None },
                        None,
                        || here.path(),
                    );
                }
            }
        }
    }

    /// Reads what a key holds: one child or a list of them.
    pub(super) fn read_children<'a>(
        &mut self,
        first: usize,
        key: &str,
        value: Json<'a>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'a>,
        read: &mut Vec<Node<'a>>,
    ) {
        let element = scope.node.element;
        let entry = choose_child(scope, element, first, self.report.libvirt());
        let child = &element.children[entry];
        if child.element.foreign && value.has_unknowns() {
            return;
        }
        if child.element.foreign {
            let mut node = Node::new(child.element, entry);
            let pieces = foreign::read(value, &trail.step(key, None), self.report);
            (node.declared, node.foreign) = unwrap(child.element.name, pieces);
            if !node.foreign.is_empty() {
                read.push(node);
            }
            return;
        }
        match value {
            Json::List(items) if let Some(problem) = mismatch::words(child, &items) => {
                self.report.add(problem, None, || trail.step(key, None).path());
                let mut node = Node::new(child.element, entry);
                node.broken = true;
                read.push(node);
            }
            Json::List(items) => {
                for (index, item) in items.into_iter().enumerate() {
                    let here = trail.step(key, Some(index));
                    let mut node = Node::new(child.element, entry);
                    node.index = Some(index);
                    read.extend(self.read_child(node, child, item, &here, scope));
                }
            }
            item => {
                let here = trail.step(key, None);
                read.extend(self.read_child(Node::new(child.element, entry), child, item, &here, scope));
            }
        }
    }

    /// Reads one child: a set, `true`, or the plain value of its text.
    fn read_child<'a>(
        &mut self,
        mut node: Node<'a>,
        child: &'static Child,
        value: Json<'a>,
        here: &Trail<'_>,
        scope: &Scope<'_, 'a>,
    ) -> Option<Node<'a>> {
        let element = node.element;
        match value {
            Json::Null | Json::Opaque => None,
            Json::Set(_) | Json::Open(_) => {
                node.unknown.open = matches!(value, Json::Open(_));
                let (Json::Set(set) | Json::Open(set)) = value else { return None };
                self.read_set(&mut node, set, here, Some(scope));
                Some(node)
            }
            Json::Bool(given) if element.is_flag() => given.then_some(node),
            Json::Str(amount) if mismatch::amount(element, &amount).is_some() => {
                self.report.add(mismatch::wrong_amount(element, &amount), None, || here.path());
                node.broken = true;
                Some(node)
            }
            Json::Bool(_) | Json::Int(_) | Json::Str(_) if element.text.is_some() => {
                self.read_plain(&mut node, Plain::Text, value, here, &mut Vec::new());
                Some(node)
            }
            value => {
                let below = Scope::of(&node, Some(scope));
                self.report.add(mismatch::wrong_child(child, &value, &below), None, || here.path());
                node.broken = true;
                Some(node)
            }
        }
    }
}

/// Namespaces that are declared for foreign XML, and that XML.
type Declared<'a> = (Vec<(Cow<'a, str>, Cow<'a, str>)>, Vec<Foreign<'a>>);

/// Takes foreign XML out of the element that it stands in, where a spec has that as well, for the namespaces that it
/// declares.
fn unwrap<'a>(name: &str, mut pieces: Vec<Foreign<'a>>) -> Declared<'a> {
    let holds = |element: &ForeignElement<'_>| {
        element.name == name && element.attributes.iter().all(|(name, _)| name.starts_with("xmlns:"))
    };
    match pieces.pop() {
        Some(Foreign::Element(element)) if pieces.is_empty() && holds(&element) => {
            (element.attributes, element.body)
        }
        last => {
            pieces.extend(last);
            (Vec::new(), pieces)
        }
    }
}
