//! Which unknown conditions were met on the way to a value: sets of them, each kept once, so that a mark is one number.

use std::collections::BTreeMap;
use std::rc::Rc;

/// A set of conditions, by their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetConditions(u32);

impl MetConditions {
    /// The empty set: the value depends on no unknown condition.
    pub const NONE: MetConditions = MetConditions(0);
}

/// The bytes that a set takes beside its conditions, and those of a remembered union.
const SET: usize = 80;
const UNION: usize = 24;

/// Every set of conditions that was needed.
#[derive(Debug)]
pub(crate) struct MetConditionSets {
    sets: Vec<Rc<[u32]>>,
    known: BTreeMap<Rc<[u32]>, MetConditions>,
    unions: BTreeMap<(MetConditions, MetConditions), MetConditions>,
    /// The bytes that the sets take.
    bytes: u64,
}

impl Default for MetConditionSets {
    fn default() -> MetConditionSets {
        let none: Rc<[u32]> = Rc::new([]);
        let known = BTreeMap::from([(Rc::clone(&none), MetConditions::NONE)]);
        MetConditionSets { sets: vec![none], known, unions: BTreeMap::new(), bytes: 0 }
    }
}

impl MetConditionSets {
    fn set(&mut self, set: Rc<[u32]>) -> MetConditions {
        if let Some(met_conditions) = self.known.get(&set) {
            return *met_conditions;
        }
        let met_conditions = MetConditions(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        self.bytes += (size_of_val(&*set) + SET) as u64;
        self.sets.push(Rc::clone(&set));
        self.known.insert(set, met_conditions);
        met_conditions
    }

    /// The bytes that the sets take.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes + (self.unions.len() * UNION) as u64
    }

    /// The set of this condition alone.
    pub(crate) fn single(&mut self, condition: u32) -> MetConditions {
        self.set(Rc::new([condition]))
    }

    /// The conditions of both.
    pub(crate) fn union(&mut self, one: MetConditions, other: MetConditions) -> MetConditions {
        if one == other || other == MetConditions::NONE {
            return one;
        }
        if one == MetConditions::NONE {
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
    pub(crate) fn of(&self, met_conditions: MetConditions) -> &[u32] {
        &self.sets[met_conditions.0 as usize]
    }

    /// Whether a condition is in a set.
    pub(crate) fn contains(&self, met_conditions: MetConditions, condition: u32) -> bool {
        met_conditions != MetConditions::NONE && self.of(met_conditions).binary_search(&condition).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{MetConditionSets, MetConditions};

    #[test]
    fn sets_are_kept_once_and_united() {
        let mut met_condition_sets = MetConditionSets::default();
        let (one, two, three) =
            (met_condition_sets.single(1), met_condition_sets.single(2), met_condition_sets.single(3));
        let both = met_condition_sets.union(one, two);
        assert_eq!(met_condition_sets.union(two, one), both);
        assert_eq!(met_condition_sets.union(both, one), both);
        assert_eq!(met_condition_sets.union(MetConditions::NONE, three), three);
        assert_eq!(met_condition_sets.single(2), two);
        assert!(
            met_condition_sets.contains(both, 1)
                && met_condition_sets.contains(both, 2)
                && !met_condition_sets.contains(both, 3)
        );
        assert!(!met_condition_sets.contains(MetConditions::NONE, 0));
    }
}
