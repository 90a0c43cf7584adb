//! Which unknown conditions were met on the way to a value: sets of them, each kept once, so that a mark is one number.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A set of conditions, by their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taint(u32);

impl Taint {
    /// No condition.
    pub const NONE: Taint = Taint(0);
}

/// What a set takes beside its conditions, and what is remembered of two.
const SET: usize = 80;
const UNION: usize = 24;

/// Every set of conditions that was needed.
#[derive(Debug)]
pub(crate) struct Taints {
    sets: Vec<Rc<[u32]>>,
    known: BTreeMap<Rc<[u32]>, Taint>,
    unions: BTreeMap<(Taint, Taint), Taint>,
    /// What the sets take.
    bytes: u64,
}

impl Default for Taints {
    fn default() -> Taints {
        let none: Rc<[u32]> = Rc::new([]);
        let known = BTreeMap::from([(Rc::clone(&none), Taint::NONE)]);
        Taints { sets: vec![none], known, unions: BTreeMap::new(), bytes: 0 }
    }
}

impl Taints {
    fn set(&mut self, set: Rc<[u32]>) -> Taint {
        if let Some(taint) = self.known.get(&set) {
            return *taint;
        }
        let taint = Taint(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        self.bytes += (size_of_val(&*set) + SET) as u64;
        self.sets.push(Rc::clone(&set));
        self.known.insert(set, taint);
        taint
    }

    /// The bytes that the sets take.
    pub fn bytes(&self) -> u64 {
        self.bytes + (self.unions.len() * UNION) as u64
    }

    /// One condition.
    pub fn single(&mut self, condition: u32) -> Taint {
        self.set(Rc::new([condition]))
    }

    /// The conditions of both.
    pub fn union(&mut self, one: Taint, other: Taint) -> Taint {
        if one == other || other == Taint::NONE {
            return one;
        }
        if one == Taint::NONE {
            return other;
        }
        let key = (one.min(other), one.max(other));
        if let Some(union) = self.unions.get(&key) {
            return *union;
        }
        let mut set: Vec<u32> = self.of(one).iter().chain(self.of(other)).copied().collect();
        set.sort_unstable();
        set.dedup();
        let union = self.set(set.into());
        self.unions.insert(key, union);
        union
    }

    /// The conditions of a set, in order.
    pub fn of(&self, taint: Taint) -> &[u32] {
        &self.sets[taint.0 as usize]
    }

    /// Whether a condition is in a set.
    pub fn contains(&self, taint: Taint, condition: u32) -> bool {
        taint != Taint::NONE && self.of(taint).binary_search(&condition).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Taint, Taints};

    #[test]
    fn sets_are_kept_once_and_united() {
        let mut taints = Taints::default();
        let (one, two, three) = (taints.single(1), taints.single(2), taints.single(3));
        let both = taints.union(one, two);
        assert_eq!(taints.union(two, one), both);
        assert_eq!(taints.union(both, one), both);
        assert_eq!(taints.union(Taint::NONE, three), three);
        assert_eq!(taints.single(2), two);
        assert!(taints.contains(both, 1) && taints.contains(both, 2) && !taints.contains(both, 3));
        assert!(!taints.contains(Taint::NONE, 0));
    }
}
