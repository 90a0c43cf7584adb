//! The comments of a spec that was made from XML: a tree beside the value, as its places are.

use std::collections::BTreeMap;

use crate::document::Node;
use crate::document::remark::Remark;

/// The comments at a part of a value, and at its own parts. Each is a list of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// The comments before it.
    pub before: Vec<Vec<String>>,
    /// The comments at the end of it, where it is a set.
    pub inside: Vec<Vec<String>>,
    /// The comments behind it, on its line.
    pub after: Vec<Vec<String>>,
    /// The comments of the parts of a set, by their keys.
    pub keys: BTreeMap<String, Comments>,
    /// The comments of the parts of a list, by their positions.
    pub items: BTreeMap<usize, Comments>,
}

impl Comments {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        let own = [&self.before, &self.inside, &self.after];
        own.iter().all(|comments| comments.is_empty()) && self.keys.is_empty() && self.items.is_empty()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        let below = self.keys.values().chain(self.items.values()).map(Comments::count);
        self.before.len() + self.inside.len() + self.after.len() + below.sum::<usize>()
    }

    /// Takes those around a node.
    pub(crate) fn take_around(&mut self, node: &Node<'_>) {
        if let Some(remarks) = &node.remarks {
            self.before.extend(remarks.before.iter().map(lines));
            self.after.extend(remarks.after.iter().map(lines));
        }
    }

    /// Takes those in a node: as comments at the end of its set, or, where it is a plain value, before it.
    pub(crate) fn take_inside(&mut self, node: &Node<'_>, set: bool) {
        if let Some(remarks) = &node.remarks {
            let target = if set { &mut self.inside } else { &mut self.before };
            target.extend(remarks.first.iter().chain(&remarks.last).map(lines));
        }
    }

    /// Takes all of a node and of what stands in it, for it is left out itself.
    pub(crate) fn take_all(&mut self, node: &Node<'_>) {
        if let Some(remarks) = &node.remarks {
            let all = [&remarks.before, &remarks.first, &remarks.last, &remarks.after];
            self.inside.extend(all.into_iter().flatten().map(lines));
        }
        node.children.iter().for_each(|child| self.take_all(child));
    }

    /// Makes those of the one value that a key had those of the first of its list.
    pub(crate) fn begin_list(&mut self) {
        let first = std::mem::take(self);
        if !first.is_empty() {
            self.items.insert(0, first);
        }
    }
}

/// The lines of a remark.
pub(crate) fn lines(remark: &Remark<'_>) -> Vec<String> {
    remark.lines().into_iter().map(str::to_owned).collect()
}
