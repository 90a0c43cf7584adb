//! A small matcher for the regular expressions of libvirt's RELAX NG.
//!
//! It interprets the pattern's text directly and carries the set of all positions that a match can have reached, so
//! there is nothing to compile, no backtracking, and time is bounded by pattern times text squared. The `regex`
//! crate would do as well, but the tables depend on nothing.

use super::lexical::in_set;

/// The positions (numbers of characters) that a match can have reached.
type Reached = Vec<bool>;

/// Whether the whole text matches the pattern. A pattern that is not well-formed matches nothing.
pub fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut start = vec![false; text.len() + 1];
    start[0] = true;
    alternatives(pattern, &text, &start).last() == Some(&true)
}

/// Goes on from `from` by any of the branches that top-level `|` separate.
fn alternatives(pattern: &str, text: &[char], from: &Reached) -> Reached {
    let mut reached = vec![false; from.len()];
    let (mut depth, mut start, mut skip, mut in_class) = (0, 0, false, false);
    for (at, symbol) in pattern.char_indices().chain([(pattern.len(), '|')]) {
        match symbol {
            _ if skip => skip = false,
            '\\' => skip = true,
            '[' => in_class = true,
            ']' => in_class = false,
            _ if in_class => {}
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => {
                merge(&mut reached, &sequence(&pattern[start..at], text, from));
                start = at + 1;
            }
            _ => {}
        }
    }
    reached
}

/// Goes on from `from` by one atom after the other.
fn sequence(mut pattern: &str, text: &[char], from: &Reached) -> Reached {
    let mut reached = from.clone();
    while !pattern.is_empty() {
        let (atom, rest) = pattern.split_at(atom_length(pattern));
        let (least, most, rest) = quantifier(rest);
        pattern = rest;
        for _ in 0..least {
            reached = step(atom, text, &reached);
        }
        let mut frontier = reached.clone();
        for _ in least..most {
            frontier = step(atom, text, &frontier);
            if !merge(&mut reached, &frontier) {
                break;
            }
        }
    }
    reached
}

/// Adds what was reached; says whether there was anything new.
fn merge(reached: &mut Reached, more: &Reached) -> bool {
    let mut grown = false;
    for (old, &new) in reached.iter_mut().zip(more) {
        grown |= new && !*old;
        *old |= new;
    }
    grown
}

/// The length of the pattern's first atom: a group, a class, an escape or a character.
fn atom_length(pattern: &str) -> usize {
    let (mut depth, mut skip, mut in_class) = (0, false, false);
    for (at, symbol) in pattern.char_indices() {
        match symbol {
            _ if skip => skip = false,
            '\\' => {
                skip = true;
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            _ if in_class => {}
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 && !in_class {
            return at + symbol.len_utf8();
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
fn step(atom: &str, text: &[char], from: &Reached) -> Reached {
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
    let mut reached = vec![false; from.len()];
    for (at, &character) in text.iter().enumerate() {
        reached[at + 1] = from[at] && fits(character);
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
