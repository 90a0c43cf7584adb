//! The parts of a document that are left out.

use std::collections::BTreeSet;

use crate::document::{AttributeNode, Node};

/// The parts that are left out, by their places in memory.
#[derive(Debug, Default)]
pub(super) struct LeftOut(BTreeSet<usize>);

impl LeftOut {
    /// Leaves out a node, unless somebody has commented it.
    pub(super) fn node(&mut self, node: &Node<'_>) {
        if !has_remarks(node) {
            self.0.insert(std::ptr::from_ref(node).addr());
        }
    }

    pub(super) fn attribute(&mut self, attribute: &AttributeNode<'_>) {
        self.0.insert(std::ptr::from_ref(attribute).addr());
    }

    pub(super) fn has(&self, node: &Node<'_>) -> bool {
        self.0.contains(&std::ptr::from_ref(node).addr())
    }

    pub(super) fn has_attribute(&self, attribute: &AttributeNode<'_>) -> bool {
        self.0.contains(&std::ptr::from_ref(attribute).addr())
    }

    /// Whether nothing of a node is left, apart from the attributes of these names.
    pub(super) fn is_bare(&self, node: &Node<'_>, names: &[&str]) -> bool {
        let said = |attribute: &&AttributeNode<'_>| {
            !self.has_attribute(attribute) && !names.contains(&node.attribute_entry(attribute).name)
        };
        node.attributes.iter().find(said).is_none()
            && node.text.is_none()
            && node.foreign.is_empty()
            && node.children.iter().all(|child| self.has(child))
    }

    /// Takes them out of a node and of what is in it. Nodes keep their places in memory meanwhile.
    pub(super) fn apply(&self, node: &mut Node<'_>) {
        node.children.iter_mut().for_each(|child| self.apply(child));
        node.attributes.retain(|attribute| !self.has_attribute(attribute));
        node.children.retain(|child| !self.has(child));
    }
}

/// Whether somebody has commented a node or a part of it.
pub(super) fn has_remarks(node: &Node<'_>) -> bool {
    node.remarks.is_some() || node.children.iter().any(has_remarks)
}
