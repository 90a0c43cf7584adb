//! Which of many lists of names an object has a name of. Most rules speak of what few objects have.

use crate::document::Node;

/// How many words of bits a set of positions has.
const WORDS: usize = 4;

/// A set of positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Positions([u64; WORDS]);

impl Positions {
    /// How many positions there can be.
    pub(super) const MOST: usize = WORDS * 64;

    /// The set of the first positions, up to this number.
    pub(super) fn first(count: usize) -> Positions {
        let mut first = Positions::default();
        (0..count).for_each(|at| first.insert(at));
        first
    }

    /// Whether a position is among them.
    pub(super) fn contains(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    /// All of them, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(word, bits)| {
            let rest = std::iter::successors(Some(bits), |bits| Some(bits & bits.wrapping_sub(1)));
            rest.take_while(|bits| *bits != 0).map(move |bits| word * 64 + bits.trailing_zeros() as usize)
        })
    }

    fn insert(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn extend(&mut self, other: &Positions) {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word |= more);
    }
}

/// Lists of names, to be asked for those that an object has a name of.
#[derive(Debug)]
pub(super) struct NameLists {
    /// The lists without a name, which every object has to do with.
    always: Positions,
    /// The names, each with the lists that it is in.
    by_name: Vec<(&'static str, Positions)>,
    /// For each hash of a name, the place behind which the name is in `by_name`, or 0: an open hash table that is never full.
    slots: Vec<u16>,
}

impl NameLists {
    /// Puts lists in order.
    pub(super) fn new<'l>(lists: impl Iterator<Item = &'l [&'static str]> + Clone) -> NameLists {
        let names = lists.clone().map(<[_]>::len).sum::<usize>();
        let slots = vec![0; (names * 4).next_power_of_two()];
        let mut built = NameLists { always: Positions::default(), by_name: Vec::new(), slots };
        for (at, names) in lists.enumerate() {
            if names.is_empty() {
                built.always.insert(at);
            }
            for name in names {
                built.add(at, name);
            }
        }
        built
    }

    /// Notes that a name is in a list.
    fn add(&mut self, list: usize, name: &'static str) {
        let slot = self.slot(name);
        if self.slots[slot] == 0 {
            self.by_name.push((name, Positions::default()));
            self.slots[slot] = u16::try_from(self.by_name.len()).unwrap_or(u16::MAX);
        }
        let place = usize::from(self.slots[slot]) - 1;
        self.by_name[place].1.insert(list);
    }

    /// Where a name is among the slots, or, where it is in no list, would be.
    #[inline]
    fn slot(&self, name: &str) -> usize {
        let bytes = name.as_bytes();
        let at = |place: usize| bytes.get(place).copied().map_or(0, usize::from);
        let last = bytes.len().saturating_sub(1);
        let hash = bytes.len() * 5 + at(0) * 17 + at(last / 2) * 71 + at(last) * 131;
        let mut slot = hash & (self.slots.len() - 1);
        loop {
            let Some(place) = usize::from(self.slots[slot]).checked_sub(1) else { return slot };
            let other = self.by_name[place].0;
            // Names of the tables are one text in most cases.
            if std::ptr::eq(other, name) || other == name {
                return slot;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// The lists that have a name of an element or attribute of an object, and those without names.
    pub(super) fn of_object(&self, root: &Node<'_>) -> Positions {
        let mut found = self.always;
        self.add_of(root, &mut found);
        found
    }

    fn add_of(&self, node: &Node<'_>, found: &mut Positions) {
        let mut add = |name| {
            if let Some(place) = usize::from(self.slots[self.slot(name)]).checked_sub(1) {
                found.extend(&self.by_name[place].1);
            }
        };
        add(node.element.name);
        for attribute in &node.attributes {
            add(node.attribute_entry(attribute).name);
        }
        node.children.iter().for_each(|child| self.add_of(child, found));
    }
}

#[cfg(test)]
mod tests {
    use nixvirt_schema::domain::DOMAIN;
    use nixvirt_schema::domain::devices::DEVICES;

    use super::{NameLists, Positions};
    use crate::document::Node;

    #[test]
    fn the_lists_that_have_a_name_are_found() {
        let lists: [&[&str]; 5] = [&["disk", "hub"], &[], &["domain"], &["hub"], &["target"]];
        let lists = NameLists::new(lists.into_iter());
        let of = |name: &str| {
            let mut machine = Node::new(&DOMAIN, 0);
            let entry = DEVICES.children.iter().position(|child| child.element.name == name);
            let device = entry.map(|entry| Node::new(DEVICES.children[entry].element, entry));
            machine.children.extend(device);
            lists.of_object(&machine).iter().collect::<Vec<_>>()
        };
        assert_eq!(of(""), [1, 2]);
        assert_eq!(of("disk"), [0, 1, 2]);
        assert_eq!(of("hub"), [0, 1, 2, 3]);
    }

    #[test]
    fn no_name_is_taken_for_another() {
        let names: Vec<&'static str> = DEVICES.children.iter().map(|child| child.element.name).collect();
        let lists: Vec<[&'static str; 1]> = names.iter().map(|name| [*name]).collect();
        let lists = NameLists::new(lists.iter().map(|list| &list[..]));
        for (entry, child) in DEVICES.children.iter().enumerate() {
            let found: Vec<usize> = lists.of_object(&Node::new(child.element, entry)).iter().collect();
            assert!(!found.is_empty());
            assert!(found.iter().all(|at| names[*at] == child.element.name), "{found:?}");
        }
    }

    #[test]
    fn a_set_has_its_members_in_order() {
        assert_eq!(Positions::first(0).iter().count(), 0);
        assert!(Positions::first(130).iter().eq(0..130));
        let mut some = Positions::default();
        [129, 0, 64, 63].into_iter().for_each(|at| some.insert(at));
        assert!(some.iter().eq([0, 63, 64, 129]));
        assert!(some.contains(64) && !some.contains(65));
    }
}
