//! Many values by their keys. They are sorted by a hash of the key, so that looking for one compares numbers, and a key only
//! where the numbers are the same. What it gives does not depend on the hash.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Values by their keys.
pub(super) struct Lookup<K, V> {
    /// The hash of the key and the position, in order, then the key and the value.
    entries: Vec<(u64, usize, K, V)>,
}

impl<K: Hash + Eq, V: Copy> Lookup<K, V> {
    /// Sorts keys with their values.
    pub(super) fn new(keyed: impl IntoIterator<Item = (K, V)>) -> Lookup<K, V> {
        let keyed = keyed.into_iter().enumerate();
        let mut entries: Vec<_> =
            keyed.map(|(position, (key, value))| (hash(&key), position, key, value)).collect();
        entries.sort_unstable_by_key(|(hash, position, ..)| (*hash, *position));
        Lookup { entries }
    }

    /// The first value of a key.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        let wanted = hash(key);
        let start = self.entries.partition_point(|(hash, ..)| *hash < wanted);
        let alike = self.entries[start..].iter().take_while(|(hash, ..)| *hash == wanted);
        alike.into_iter().find(|(_, _, other, _)| other == key).map(|(.., value)| *value)
    }

    /// The keys, each as often as it was given, in no order that means anything.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(_, _, key, _)| key)
    }

    /// The repeated keys: the key, the later value and the first one, in the order given.
    pub(super) fn repeats(&self) -> Vec<(&K, V, V)> {
        let mut found = Vec::new();
        for alike in self.entries.chunk_by(|(one, ..), (other, ..)| one == other) {
            for (at, (_, position, key, value)) in alike.iter().enumerate().skip(1) {
                let first = alike[..at].iter().find(|(_, _, other, _)| other == key);
                found.extend(first.map(|(.., first)| (*position, key, *value, *first)));
            }
        }
        found.sort_unstable_by_key(|(position, ..)| *position);
        found.into_iter().map(|(_, key, value, first)| (key, value, first)).collect()
    }
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::Lookup;

    #[test]
    fn the_first_of_a_key_is_found_and_the_others_repeat_it() {
        let lookup = Lookup::new([("b", 0), ("a", 1), ("b", 2), ("c", 3), ("b", 4), ("a", 5)]);
        assert_eq!(lookup.get(&"b"), Some(0));
        assert_eq!(lookup.get(&"d"), None);
        assert_eq!(lookup.repeats(), [(&"b", 2, 0), (&"b", 4, 0), (&"a", 5, 1)]);
        assert_eq!(lookup.keys().count(), 6);
    }
}
