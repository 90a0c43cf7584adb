//! The names that stand in a document, as a set that is quick to fill and to ask. Most rules speak of what few documents have.

use crate::document::Node;

/// How many words of bits there are.
const WORDS: usize = 8;

/// A set of names that may seem to have some that it does not have: each name is one of 512 bits, which others share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Names([u64; WORDS]);

impl Names {
    /// The names of the elements and attributes in a tree.
    pub fn in_tree(root: &Node<'_>) -> Names {
        fn add(node: &Node<'_>, names: &mut Names) {
            names.insert(node.element.name);
            for attribute in &node.attributes {
                names.insert(node.attribute_entry(attribute).name);
            }
            node.children.iter().for_each(|child| add(child, names));
        }
        let mut names = Names([0; WORDS]);
        add(root, &mut names);
        names
    }

    /// These names. Where there is none, whatever shares a name with them: everything does.
    pub fn of(names: &[&str]) -> Names {
        if names.is_empty() {
            return Names([u64::MAX; WORDS]);
        }
        let mut set = Names([0; WORDS]);
        names.iter().for_each(|name| set.insert(name));
        set
    }

    fn insert(&mut self, name: &str) {
        let bytes = name.as_bytes();
        let at = |place: usize| bytes.get(place).copied().map_or(0, usize::from);
        let last = bytes.len().saturating_sub(1);
        let bit = (bytes.len() * 5 + at(0) * 17 + at(last / 2) * 71 + at(last) * 131) % (WORDS * 64);
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether both have a name; if not, they certainly do not.
    #[inline]
    pub fn may_share(&self, other: &Names) -> bool {
        // Without a branch for each word, they are compared several at a time.
        self.0.iter().zip(&other.0).fold(0, |shared, (one, other)| shared | (one & other)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn what_is_in_both_is_found() {
        let some = Names::of(&["disk", "copy_on_read"]);
        assert!(some.may_share(&Names::of(&["copy_on_read"])));
        assert!(some.may_share(&Names::of(&[])), "any object may break a rule without names");
        assert!(!some.may_share(&Names::of(&["interface"])));
    }
}
