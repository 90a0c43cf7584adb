//! A node together with those that hold it, so that the place of what is found there can be said.

use nixvirt_schema::Element;

use crate::document::keys::child_key;
use crate::document::path::{Path, Step};
use crate::document::{Known, Node};
use crate::link::facts::Place;

/// A node with the way to it.
#[derive(Clone)]
pub struct At<'n, 'a> {
    nodes: Vec<&'n Node<'a>>,
}

impl<'n, 'a> At<'n, 'a> {
    /// The root of a document.
    pub fn root(node: &'n Node<'a>) -> At<'n, 'a> {
        At { nodes: vec![node] }
    }

    /// The node.
    pub fn node(&self) -> &'n Node<'a> {
        // There is always the root.
        self.nodes[self.nodes.len() - 1]
    }

    /// Whether the node is of an element.
    pub fn is(&self, element: &'static Element) -> bool {
        std::ptr::eq(self.node().element, element)
    }

    /// The children of a name, in order.
    pub fn children(&self, name: &'static str) -> impl Iterator<Item = At<'n, 'a>> {
        self.all().filter(move |child| child.node().element.name == name)
    }

    /// All children, in order.
    pub fn all(&self) -> impl Iterator<Item = At<'n, 'a>> {
        self.node().children.iter().map(|child| {
            let mut nodes = self.nodes.clone();
            nodes.push(child);
            At { nodes }
        })
    }

    /// The first child of a name.
    pub fn child(&self, name: &'static str) -> Option<At<'n, 'a>> {
        let child = self.node().children.iter().find(|child| child.element.name == name)?;
        let mut nodes = self.nodes.clone();
        nodes.push(child);
        Some(At { nodes })
    }

    /// A valid value: the attribute at the end of a way through first children, or the text of the last of them.
    pub fn value(&self, way: &[&'static str]) -> Option<&'n str> {
        let (last, holders) = way.split_last()?;
        let mut here = self.node();
        for name in holders {
            here = here.children.iter().find(|child| child.element.name == *name)?;
        }
        here.get(last).or_else(|| {
            let child = here.children.iter().find(|child| child.element.name == *last)?;
            child.text.as_ref().filter(|text| text.valid).map(|text| &*text.text)
        })
    }

    /// What is known of the attribute at the end of a way, where a missing child on the way leaves nothing unclear.
    pub fn known(&self, way: &[&'static str]) -> Known<'n> {
        let Some((last, holders)) = way.split_last() else { return Known::Missing };
        let mut here = self.node();
        for name in holders {
            here = match here.children.iter().find(|child| child.element.name == *name) {
                Some(child) => child,
                None if crate::check::may_have(here, name) => return Known::Unclear,
                None => return Known::Missing,
            };
        }
        if here.broken { Known::Unclear } else { here.known(last) }
    }

    /// The place of what is at the end of a way through first children; as much of the way as there is.
    pub fn place(&self, way: &[&'static str]) -> Place {
        let mut nodes = self.nodes.clone();
        let mut attribute = None;
        for name in way {
            let here = nodes[nodes.len() - 1];
            match here.children.iter().find(|child| child.element.name == *name) {
                Some(child) if here.attribute(name).is_none() => nodes.push(child),
                _ => {
                    attribute = here.attribute(name).map(|_| *name);
                    break;
                }
            }
        }
        let holders = nodes.iter().zip(nodes.iter().skip(1));
        let mut steps: Vec<Step> = holders.filter_map(|(parent, child)| step(parent, child)).collect();
        steps.extend(attribute.map(|key| Step { key: key.to_owned(), index: None }));
        Place { path: Path(steps), offset: nodes[nodes.len() - 1].offset }
    }
}

/// The step from a node to one of its children; none where a spec has both in one set.
pub fn step(parent: &Node<'_>, child: &Node<'_>) -> Option<Step> {
    let hoisted = parent.child_entry(child).hoisted;
    (!hoisted)
        .then(|| Step { key: child_key(parent.element, child.element).into_owned(), index: child.index })
}
