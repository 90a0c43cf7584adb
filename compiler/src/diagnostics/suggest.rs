//! "Did you mean": what an unknown name or a wrong word may have been meant to be, all of it out of the schema.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use nixvirt_schema::Element;
use strsim::damerau_levenshtein;

use crate::diagnostics::{Hint, foreign_words};
use crate::document::keys::{child_key, keys};

/// How many sets deep a name is looked for.
const DEPTH: usize = 4;
/// Longer names than any of libvirt's are no slips of the finger, and comparing takes time quadratic in them.
const LONGEST: usize = 64;

/// What an unknown key of an element's set may have been meant to be.
pub fn for_key(root: &'static Element, element: &'static Element, name: &str) -> Option<Hint> {
    if let Some((_, words)) = element.misplaced_names.iter().find(|(wrong, _)| *wrong == name) {
        return Some(Hint::Words(words));
    }
    if let Some(words) = foreign_words::key(element.name, name) {
        return Some(Hint::Words(words));
    }
    if name.len() > LONGEST {
        return None;
    }
    let below = Below::of(element);
    let normal_name = normal(name);
    let alike = || below.here.iter().find(|(_, normal)| *normal == normal_name).map(|(key, _)| key.clone());
    let close = |most| {
        closest(below.here.iter().map(|(key, _)| &**key), name, most).map(str::to_owned).map(Hint::Name)
    };
    let tokens: Vec<&str> = name.split(['_', '-', '.', ':']).collect();
    alike()
        .map(Hint::Name)
        // Of a name this short, one edit leaves little: its very place further down comes first.
        .or_else(|| if name.len() > 3 { close(1) } else { None })
        .or_else(|| below.find(&[name]).into_iter().next().map(Hint::Below))
        .or_else(|| {
            if tokens.len() > 1 { below.find(&tokens).into_iter().next().map(Hint::Below) } else { None }
        })
        .or_else(|| match &*Below::of(root).find(&[name]) {
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
    if value.len() > LONGEST {
        return None;
    }
    let normal_value = normal(value);
    words
        .iter()
        .find(|word| normal(word) == normal_value)
        .copied()
        .or_else(|| closest(words.iter().copied(), value, 1 + value.len() / 4))
}

/// The name nearest to the given one, if no more than `most` edits away.
fn closest<'n>(names: impl Iterator<Item = &'n str>, name: &str, most: usize) -> Option<&'n str> {
    if name.len() > LONGEST {
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

/// The keys of an element's set and of the sets below it, as they are looked for: worked out once, for a file may have
/// thousands of wrong keys.
struct Below {
    /// The keys of the set itself, each also without what people get wrong in it.
    here: Vec<(String, String)>,
    /// The places further down, nearest first.
    places: Vec<Place>,
    /// Which places have a last step like this, without what people get wrong in it.
    index: BTreeMap<String, Vec<usize>>,
}

/// A place further down.
struct Place {
    /// Its steps, each also without what people get wrong in it.
    steps: Vec<(String, String)>,
}

/// What was worked out, by where the element is in memory: elements are static.
static KNOWN: Mutex<BTreeMap<usize, Arc<Below>>> = Mutex::new(BTreeMap::new());

impl Below {
    fn of(element: &'static Element) -> Arc<Below> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let below =
            known.entry(std::ptr::from_ref(element).addr()).or_insert_with(|| Arc::new(Below::new(element)));
        Arc::clone(below)
    }

    fn new(element: &'static Element) -> Below {
        let both = |key: &str| (key.to_owned(), normal(key));
        let here = keys(element).iter().map(|key| both(key)).collect();
        let mut below = Below { here, places: Vec::new(), index: BTreeMap::new() };
        let mut pending: VecDeque<(&'static Element, Vec<(String, String)>)> =
            VecDeque::from([(element, Vec::new())]);
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        while let Some((element, path)) = pending.pop_front() {
            for key in keys(element).iter().filter(|_| !path.is_empty()) {
                let steps: Vec<_> = path.iter().cloned().chain([both(key)]).collect();
                let last = normal(key);
                below.index.entry(last).or_default().push(below.places.len());
                below.places.push(Place { steps });
            }
            let new = seen.insert(std::ptr::from_ref(element).addr());
            if new && path.len() + 1 < DEPTH {
                for child in element.children.iter().filter(|child| !child.hoisted) {
                    let key = both(&child_key(element, child.element));
                    pending.push_back((child.element, path.iter().cloned().chain([key]).collect()));
                }
            }
        }
        below
    }

    /// The places whose last steps are these: the very same first, then those that differ in what people get wrong, each
    /// nearest first.
    fn find(&self, wanted: &[&str]) -> Vec<String> {
        let Some(last) = wanted.last() else { return Vec::new() };
        let normal_wanted: Vec<String> = wanted.iter().map(|step| normal(step)).collect();
        let (mut found, mut alike) = (Vec::new(), Vec::new());
        for at in self.index.get(&normal(last)).into_iter().flatten() {
            let steps = &self.places[*at].steps;
            let Some(start) = steps.len().checked_sub(wanted.len()) else { continue };
            let same =
                |wanted: &[&str]| steps[start..].iter().map(|(key, _)| &**key).eq(wanted.iter().copied());
            let close = || steps[start..].iter().map(|(_, normal)| normal).eq(&normal_wanted);
            let place = || steps.iter().map(|(key, _)| &**key).collect::<Vec<_>>().join(".");
            if same(wanted) {
                found.push(place());
            } else if close() {
                alike.push(place());
            }
        }
        found.append(&mut alike);
        found.dedup();
        found
    }
}
