//! "Did you mean": what an unknown name or a wrong word may have been meant to be, all of it out of the schema.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use nixvirt_schema::{Element, Kind, kind_of};
use nixvirt_templates::arguments::TEMPLATES;
use strsim::damerau_levenshtein;

use crate::diagnostics::{Hint, foreign_words};
use crate::document::keys::{child_key, keys};

/// How many sets deep a name is looked for.
const DEPTH: usize = 4;
/// Longer names than any of libvirt's are no slips of the finger, and comparing takes time quadratic in them.
const LONGEST: usize = 64;

/// The hint for an unknown key of an element's set; `parent` is the element around it.
pub(crate) fn for_key(
    root: &'static Element,
    element: &'static Element,
    parent: Option<&'static Element>,
    name: &str,
) -> Option<Hint> {
    if let Some((_, words)) = element.misplaced_names.iter().find(|(wrong, _)| *wrong == name) {
        return Some(Hint::Words(Cow::Borrowed(words)));
    }
    if let Some(hint) = foreign_words::key(element.name, name) {
        return Some(hint);
    }
    if name.len() > LONGEST {
        return None;
    }
    // A key of the element around it is meant, even where a key of this element is spelt alike.
    let has = |holder: &Element| keys(holder).iter().any(|key| key == name);
    if let Some(parent) = parent.filter(|parent| has(parent)) {
        let words = format!("`{name}` belongs to `{}`, beside `{}`", parent.name, element.name);
        return Some(Hint::Words(Cow::Owned(words)));
    }
    if !std::ptr::eq(root, element) && parent.is_some() && has(root) {
        return Some(Hint::FromRoot(name.to_owned()));
    }
    // Text beside attributes has a key of its own.
    if let (Some(text), true) = (element.text, ["value", "text", "content", "#text", "_"].contains(&name)) {
        return Some(Hint::Name(text.key.to_owned()));
    }
    let below = Below::of(element);
    let normal_name = normal(name);
    let alike = || below.here.iter().find(|(_, normal)| *normal == normal_name).map(|(key, _)| key.clone());
    let close = |most| {
        closest(below.here.iter().map(|(key, _)| &**key), name, most).map(str::to_owned).map(Hint::Name)
    };
    let kind = kind_of(element).filter(|_| std::ptr::eq(root, element));
    if let Some(hint) = kind.and_then(|kind| argument(kind, name)) {
        return Some(hint);
    }
    let tokens: Vec<&str> = name.split(['_', '-', '.', ':']).collect();
    alike()
        .map(Hint::Name)
        .or_else(|| if std::ptr::eq(root, element) { of_part(root, name) } else { None })
        // The very name one level further down is meant, even where a key here is spelt alike.
        .or_else(|| {
            let mut places = below.find(&[name]).into_iter();
            places.find(|place| place.split('.').count() == 2).map(Hint::Below)
        })
        // Of a name this short, one edit leaves little: its very place further down comes first.
        .or_else(|| if name.len() > 3 { close(1) } else { None })
        .or_else(|| kind.and_then(|kind| nearest_argument(kind, name)))
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

/// The hint for a key of an object that is another tool's word for a key of one of the object's parts.
fn of_part(root: &Element, name: &str) -> Option<Hint> {
    root.children.iter().filter(|child| !child.element.is_leaf()).find_map(|child| {
        let part = child.element.name;
        Some(match foreign_words::key(part, name)? {
            Hint::Name(place) | Hint::Below(place) => Hint::Below(format!("{part}.{place}")),
            Hint::Words(words) => Hint::Words(Cow::Owned(format!("in `{part}`, {words}"))),
            Hint::FromRoot(place) => Hint::FromRoot(place),
        })
    })
}

/// The hint for a key of an object that is an argument of templates of its kind: what is no argument of a template is
/// taken for a key of what it makes.
fn argument(kind: &Kind, name: &str) -> Option<Hint> {
    let of_kind = || TEMPLATES.iter().filter(|template| template.kind == kind.name);
    let having: Vec<String> = of_kind()
        .filter(|template| template.argument(name).is_some())
        .map(|template| format!("`{}`", template.name))
        .collect();
    let (last, rest) = having.split_last()?;
    let listed = if rest.is_empty() { last.clone() } else { format!("{} and {last}", rest.join(", ")) };
    let templates = if rest.is_empty() { "the template" } else { "the templates" };
    let words = match having.len() == of_kind().count() {
        true => format!("it is an argument of {templates} {listed}: call one of them with it"),
        false => format!("it is an argument of {templates} {listed} only: leave it out"),
    };
    Some(Hint::Words(Cow::Owned(words)))
}

/// The argument of a template that a key of an object is probably a misspelling of.
fn nearest_argument(kind: &Kind, name: &str) -> Option<Hint> {
    let of_kind = TEMPLATES.iter().filter(|template| template.kind == kind.name);
    let names = of_kind.flat_map(|template| template.arguments.iter().map(|argument| argument.name));
    let near = closest(names, name, 1 + name.len() / 6)?;
    Some(Hint::Words(Cow::Owned(format!("did you mean `{near}`, an argument of the templates?"))))
}

/// The place that an unknown key of an element's set may have been meant to be.
pub fn suggest_key(root: &'static Element, element: &'static Element, name: &str) -> Option<String> {
    match for_key(root, element, None, name)? {
        Hint::Name(place) | Hint::Below(place) | Hint::FromRoot(place) => Some(place),
        Hint::Words(_) => None,
    }
}

/// The hint for an unknown attribute or element of XML.
pub(crate) fn for_xml(
    root: &'static Element,
    element: &'static Element,
    parent: Option<&'static Element>,
    child: bool,
    name: &str,
) -> Option<Hint> {
    let hint = |words: String| Some(Hint::Words(Cow::Owned(words)));
    if let (true, Some((prefix, local))) = (child, name.split_once(':')) {
        let own =
            element.children.iter().filter_map(|child| Some((child.element.name, child.element.namespace?)));
        if let Some((_, namespace)) =
            own.into_iter().find(|(name, space)| *name == local && space.prefix == prefix)
        {
            return hint(format!(
                "write `xmlns:{prefix}='{}'` on `{}`: without, libvirt drops this without a word",
                namespace.uri, element.name
            ));
        }
    }
    let attributes = || element.attributes.iter().map(|attribute| attribute.name);
    let children = || element.children.iter().map(|child| child.element.name);
    if child && attributes().any(|known| known == name) {
        return hint(format!("`{name}` is an attribute of `{}`, not an element", element.name));
    }
    if !child && children().any(|known| known == name) {
        return hint(format!("`{name}` is an element in `{}`, not an attribute", element.name));
    }
    let foreign = || match foreign_words::key(element.name, name)? {
        Hint::Name(name) => Some(Hint::Name(name)),
        Hint::Below(place) => hint(format!("did you mean `{}`?", place.replace('.', "/"))),
        Hint::FromRoot(_) | Hint::Words(_) => None,
    };
    if !child {
        return nearest(attributes(), name).or_else(foreign);
    }
    let holds = |holder: &Element| holder.children.iter().any(|child| child.element.name == name);
    if let Some(parent) = parent.filter(|parent| holds(parent)) {
        return hint(format!("it belongs in `{}`, beside `{}`", parent.name, element.name));
    }
    let holders = |element: &'static Element| {
        let places = Below::of(element).find(&[name]).into_iter();
        places.filter_map(|place| Some(place.strip_suffix(name)?.strip_suffix('.')?.replace('.', "/")))
    };
    // A similar name here is more probable than the same name somewhere else.
    let near = || nearest(children(), name);
    let elsewhere = || {
        let mut of_root = holders(root);
        of_root.next().filter(|_| of_root.next().is_none()).map(|holder| format!("{}/{holder}", root.name))
    };
    let within = holders(element).next().filter(|_| name.len() > 3);
    match within {
        Some(holder) if !holder.contains('/') => hint(format!("it belongs in `{holder}`")),
        _ => foreign().or_else(near).or_else(|| hint(format!("it belongs in `{}`", elsewhere()?))),
    }
}

/// The nearest of some names of XML.
pub(crate) fn nearest(names: impl Iterator<Item = &'static str>, name: &str) -> Option<Hint> {
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
        .or_else(|| closest(words.iter().copied(), &value.to_ascii_lowercase(), 1 + value.len() / 4))
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

/// A cache by the address of the element in memory: elements are static, so that the address names them.
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
