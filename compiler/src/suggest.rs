//! "Did you mean": what an unknown name or a wrong word may have been meant to be, all of it out of the schema.

use std::collections::VecDeque;

use nixvirt_schema::Element;
use strsim::damerau_levenshtein;

use crate::diagnostic::Hint;
use crate::keys::{child_key, keys};

/// How many sets deep a name is looked for.
const DEPTH: usize = 4;

/// What an unknown key of an element's set may have been meant to be.
pub fn for_key(root: &'static Element, element: &'static Element, name: &str) -> Option<Hint> {
    let here = keys(element);
    let astray = element.astray.iter().find(|(wrong, _)| *wrong == name);
    let alike = || here.iter().find(|key| normal(key) == normal(name)).map(|key| Hint::Name(key.to_string()));
    let close =
        |most| closest(here.iter().map(|key| &**key), name, most).map(|key| Hint::Name(key.to_owned()));
    let tokens: Vec<&str> = name.split(['_', '-', '.', ':']).collect();
    astray
        .map(|(_, words)| Hint::Words(words))
        .or_else(alike)
        // Of a name this short, one edit leaves little: its very place further down comes first.
        .or_else(|| if name.len() > 3 { close(1) } else { None })
        .or_else(|| find(element, &[name]).into_iter().next().map(Hint::Below))
        .or_else(|| {
            if tokens.len() > 1 { find(element, &tokens).into_iter().next().map(Hint::Below) } else { None }
        })
        .or_else(|| match &*find(root, &[name]) {
            [only] => Some(Hint::FromRoot(only.clone())),
            _ => None,
        })
        .or_else(|| close(name.chars().count() / 3))
}

/// The place that an unknown key of an element's set may have been meant to be.
pub fn suggest_key(root: &'static Element, element: &'static Element, name: &str) -> Option<String> {
    match for_key(root, element, name)? {
        Hint::Name(place) | Hint::Below(place) | Hint::FromRoot(place) => Some(place),
        Hint::Words(_) => None,
    }
}

/// What an unknown attribute or element of XML may have been meant to be.
pub fn for_xml(names: impl Iterator<Item = &'static str>, name: &str) -> Option<Hint> {
    closest(names, name, 1 + name.len() / 4).map(|name| Hint::Name(name.to_owned()))
}

/// Which of the words a wrong value may have been meant to be.
pub fn word<'w>(words: &[&'w str], value: &str) -> Option<&'w str> {
    words
        .iter()
        .find(|word| normal(word) == normal(value))
        .copied()
        .or_else(|| closest(words.iter().copied(), value, 1 + value.len() / 4))
}

/// The name nearest to the given one, if no more than `most` edits away.
fn closest<'n>(names: impl Iterator<Item = &'n str>, name: &str, most: usize) -> Option<&'n str> {
    // Longer names than any of libvirt's are no slips of the finger, and comparing takes time quadratic in them.
    if name.len() > 64 {
        return None;
    }
    names
        .map(|candidate| (damerau_levenshtein(candidate, name), candidate))
        .filter(|(distance, candidate)| *distance <= most && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A name without what people get wrong in it: case, separators, a plural.
fn normal(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    plain.strip_suffix('s').map(str::to_owned).unwrap_or(plain)
}

/// The places below an element whose last steps are these: the very same first, then those that differ in what people get
/// wrong, each nearest first.
fn find(element: &'static Element, wanted: &[&str]) -> Vec<String> {
    let (mut found, mut alike) = (Vec::new(), Vec::new());
    let normal_wanted: Vec<String> = wanted.iter().map(|step| normal(step)).collect();
    let mut pending: VecDeque<(&'static Element, Vec<String>)> = VecDeque::from([(element, Vec::new())]);
    let mut seen: Vec<&'static Element> = Vec::new();
    while let Some((element, path)) = pending.pop_front() {
        for key in keys(element) {
            let mut steps: Vec<&str> = path.iter().map(String::as_str).collect();
            steps.push(&key);
            let last = steps.len().checked_sub(wanted.len()).filter(|_| steps.len() > 1);
            match last.map(|start| &steps[start..]) {
                Some(last) if last == wanted => found.push(steps.join(".")),
                Some(last) if last.iter().map(|step| normal(step)).eq(normal_wanted.iter().cloned()) => {
                    alike.push(steps.join("."));
                }
                _ => {}
            }
        }
        let new = !seen.iter().any(|known| std::ptr::eq(*known, element));
        seen.push(element);
        if new && path.len() + 1 < DEPTH {
            for child in element.children.iter().filter(|child| !child.hoisted) {
                let mut below = path.clone();
                below.push(child_key(element, child.element).into_owned());
                pending.push_back((child.element, below));
            }
        }
    }
    found.append(&mut alike);
    found.dedup();
    found
}
