//! A small matcher for the regular expressions of libvirt's RELAX NG.
//!
//! It interprets the pattern's text directly and carries the set of all positions that a match can have reached, so
//! there is nothing to compile, no backtracking, and time is bounded by pattern times text squared. The `regex`
//! crate would do as well, but the tables depend on nothing.

use super::lexical::in_set;

/// How long a text may be, in bytes. Every pattern of libvirt's is for names and addresses far shorter than this.
const LONGEST: usize = 1023;

/// The positions in the text, in bytes, that a match can have reached: a bit for each, in so many words.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Reached<const N: usize>([u64; N]);

impl<const N: usize> Reached<N> {
    const NOWHERE: Reached<N> = Reached([0; N]);

    fn add(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 != 0
    }

    /// Adds what was reached; says whether there was anything new.
    fn merge(&mut self, more: &Reached<N>) -> bool {
        let old = *self;
        self.0.iter_mut().zip(more.0).for_each(|(word, more)| *word |= more);
        *self != old
    }
}

/// Whether the whole text matches the pattern. A pattern that is not well-formed matches nothing, and nothing matches a
/// text that is longer than any libvirt has a pattern for.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    match text.len() {
        0..64 => matches_in::<1>(pattern, text),
        64..=LONGEST => matches_in::<{ LONGEST / 64 + 1 }>(pattern, text),
        _ => false,
    }
}

fn matches_in<const N: usize>(pattern: &str, text: &str) -> bool {
    let mut start = Reached::<N>::NOWHERE;
    start.add(0);
    alternatives(pattern, text, &start).has(text.len())
}

/// Goes on from `from` by any of the branches that top-level `|` separate.
fn alternatives<const N: usize>(pattern: &str, text: &str, from: &Reached<N>) -> Reached<N> {
    if !pattern.as_bytes().contains(&b'|') {
        return sequence(pattern, text, from);
    }
    let mut reached = Reached::NOWHERE;
    let (mut depth, mut start, mut skip, mut in_class) = (0, 0, false, false);
    // All symbols with a meaning are ASCII, whose bytes occur in no other character.
    for (at, symbol) in pattern.bytes().chain([b'|']).enumerate() {
        match symbol {
            _ if skip => skip = false,
            b'\\' => skip = true,
            b'[' => in_class = true,
            b']' => in_class = false,
            _ if in_class => {}
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'|' if depth == 0 => {
                reached.merge(&sequence(&pattern[start..at], text, from));
                start = at + 1;
            }
            _ => {}
        }
    }
    reached
}

/// Goes on from `from` by one atom after the other.
fn sequence<const N: usize>(mut pattern: &str, text: &str, from: &Reached<N>) -> Reached<N> {
    let mut reached = *from;
    while !pattern.is_empty() && reached != Reached::NOWHERE {
        let (atom, rest) = pattern.split_at(atom_length(pattern));
        let (least, most, rest) = quantifier(rest);
        pattern = rest;
        for _ in 0..least {
            reached = step(atom, text, &reached);
        }
        let mut frontier = reached;
        for _ in least..most {
            frontier = step(atom, text, &frontier);
            if !reached.merge(&frontier) {
                break;
            }
        }
    }
    reached
}

/// The length of the pattern's first atom: a group, a class, an escape or a character.
fn atom_length(pattern: &str) -> usize {
    let (mut depth, mut skip, mut in_class) = (0, false, false);
    for (at, symbol) in pattern.bytes().enumerate() {
        match symbol {
            _ if skip => skip = false,
            b'\\' => {
                skip = true;
                continue;
            }
            b'[' => in_class = true,
            b']' => in_class = false,
            _ if in_class => {}
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 && !in_class {
            // A character beyond ASCII is all of its bytes.
            let rest = pattern.as_bytes()[at + 1..].iter();
            return at + 1 + rest.take_while(|byte| **byte & 0xc0 == 0x80).count();
        }
    }
    pattern.len()
}

/// The least and the greatest number of times that the quantifier in front allows, and what follows it.
fn quantifier(pattern: &str) -> (usize, usize, &str) {
    let rest = pattern.get(1..).unwrap_or("");
    match pattern.as_bytes().first() {
        Some(b'?') => (0, 1, rest),
        Some(b'*') => (0, usize::MAX, rest),
        Some(b'+') => (1, usize::MAX, rest),
        Some(b'{') => {
            let (bounds, rest) = rest.split_once('}').unwrap_or((rest, ""));
            let (least, most) = bounds.split_once(',').unwrap_or((bounds, bounds));
            (least.parse().unwrap_or(0), most.parse().unwrap_or(usize::MAX), rest)
        }
        _ => (1, 1, pattern),
    }
}

/// Goes on from `from` by one occurrence of the atom.
fn step<const N: usize>(atom: &str, text: &str, from: &Reached<N>) -> Reached<N> {
    if let Some(group) = atom.strip_prefix('(') {
        return alternatives(group.strip_suffix(')').unwrap_or(group), text, from);
    }
    let class = atom.strip_prefix('[').map(|class| class.strip_suffix(']').unwrap_or(class));
    let literal = atom.chars().last();
    let fits = |character: char| match class {
        Some(class) => in_set(character, class),
        None if atom == "." => character != '\n',
        None => Some(character) == literal,
    };
    let mut reached = Reached::NOWHERE;
    for (index, &word) in from.0.iter().enumerate() {
        let mut word = word;
        while word != 0 {
            let at = index * 64 + word.trailing_zeros() as usize;
            word &= word - 1;
            if let Some(character) = text[at..].chars().next().filter(|character| fits(*character)) {
                reached.add(at + character.len_utf8());
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[track_caller]
    fn check(pattern: &str, accepted: &[&str], refused: &[&str]) {
        for text in accepted {
            assert!(matches(pattern, text), "{pattern} should match {text:?}");
        }
        for text in refused {
            assert!(!matches(pattern, text), "{pattern} should not match {text:?}");
        }
    }

    #[test]
    fn disk_target() {
        let pattern = "(ioemu:)?(fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+";
        check(pattern, &["vda", "ioemu:hdc", "xvda1"], &["", "vd", "foo", "ioemu:", "vda/"]);
    }

    #[test]
    fn bounded_repetition() {
        check(
            "((0x)?[0-9a-f]{1,3}\\.){0,3}[0-9]{1,3}",
            &["1", "1.2", "0xf.1.2.3"],
            &["1.2.3.4.5", "1.", "1234"],
        );
    }

    #[test]
    fn repetition_of_what_can_be_empty_ends() {
        check("(a?)*b", &["b", "aaab"], &["", "a", "ba"]);
    }

    #[test]
    fn classes_and_escapes() {
        check("\\[[^\\]]x\\.[a.]", &[], &["x"]);
        check("[0-9]+\\.[0-9]+", &["1.1", "0.10"], &["1", "1x1", "1."]);
        check("[^,]{0,3}", &["", "ab "], &["a,", "abcd"]);
    }
}
