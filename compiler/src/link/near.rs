//! Names that are nearly one of many others, found without comparing each with each.

use std::collections::{BTreeMap, BTreeSet};

/// Names are looked for up to this length: what is kept of one grows with its square.
const LONGEST: usize = 64;
/// The length of the shortest name that is compared: one edit of a shorter one leaves too little to tell what was
/// meant.
const SHORTEST: usize = 3;

/// Names, to be asked for those that are nearly alike.
#[derive(Debug, Default)]
pub(super) struct Near<'n> {
    /// The names by what is left of them without one of their characters.
    by_rest: BTreeMap<String, Vec<&'n str>>,
    known: BTreeSet<&'n str>,
}

impl<'n> Near<'n> {
    /// Takes a name in.
    pub(super) fn add(&mut self, name: &'n str) {
        if self.known.insert(name) && fits(name) {
            for rest in rests(name) {
                let names = self.by_rest.entry(rest).or_default();
                // So many names that differ in one character only are numbered, and a slip cannot be told from another.
                if names.len() < 8 {
                    names.push(name);
                }
            }
        }
    }

    /// The name that was probably meant: one slip of the finger away.
    pub(super) fn meant(&self, name: &str) -> Option<&'n str> {
        if !fits(name) {
            return None;
        }
        let candidates = rests(name).into_iter().filter_map(|rest| self.by_rest.get(&rest)).flatten();
        candidates.copied().filter(|other| *other != name && is_slip(other, name)).min()
    }
}

fn fits(name: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&name.chars().count())
}

/// A name as it is, and without each of its characters in turn; in lower case, so that the case makes no difference.
fn rests(name: &str) -> Vec<String> {
    let name = name.to_lowercase();
    let without = |(at, character): (usize, char)| [&name[..at], &name[at + character.len_utf8()..]].concat();
    name.char_indices().map(without).chain([name.clone()]).collect()
}

/// Whether one name is another one with a slip of the finger: a letter of the wrong case, two that changed places, one twice, one too
/// many, one too few, or another one. What numbers or letters at the end tell apart are several things on purpose, and so are
/// short words that differ in a letter, such as `lan` and `wan`.
fn is_slip(one: &str, other: &str) -> bool {
    const SHORT: usize = 5;
    let characters = |name: &str| name.to_lowercase().chars().collect::<Vec<char>>();
    let (mut short, mut long) = (characters(one), characters(other));
    if short.len() > long.len() {
        std::mem::swap(&mut short, &mut long);
    }
    let Some(at) = (0..long.len()).find(|at| short.get(*at) != long.get(*at)) else { return true };
    let differing = [short.get(at), long.get(at)];
    if differing.into_iter().flatten().any(char::is_ascii_digit) {
        return false;
    }
    match long.len() - short.len() {
        0 if short[at + 1..] == long[at + 1..] => at + 1 < short.len() && short.len() >= SHORT,
        0 => {
            let swapped = short.get(at) == long.get(at + 1) && short.get(at + 1) == long.get(at);
            swapped && short[at + 2..] == long[at + 2..]
        }
        1 if short[at..] == long[at + 1..] => {
            let twice = at > 0 && long[at - 1] == long[at];
            twice || short.len() >= SHORT
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Near;

    #[test]
    fn one_slip_is_seen_and_a_number_is_none() {
        let mut names = Near::default();
        for name in ["lan", "default", "storage", "vm1", "Lab", "disks-a"] {
            names.add(name);
        }
        for (name, meant) in [
            ("lann", Some("lan")),
            ("defualt", Some("default")),
            ("defaul", Some("default")),
            ("storaje", Some("storage")),
            ("lab", Some("Lab")),
            ("vm2", None),
            ("lan1", None),
            ("wan", None),
            ("vlan", None),
            ("LAN", Some("lan")),
            ("aln", Some("lan")),
            ("disks-b", None),
            ("storages", Some("storage")),
            ("other", None),
            ("la", None),
        ] {
            assert_eq!(names.meant(name), meant, "{name}");
        }
    }
}
