//! Values that must not be in the Nix store, where anybody can read them.
//!
//! `graphics.passwd = { file = "/run/secrets/x"; }` says where the value will be when it is needed. Between compiling and
//! applying it travels in `metadata`, in an element of nixvirt's own, so that the XML stays libvirt's and valid.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use nixvirt_schema::{Child, Element, KINDS, Kind, Occurs};

use crate::diagnostic::Problem;
use crate::document::{Document, Node};
use crate::foreign::{Foreign, ForeignElement};
use crate::json::Json;
use crate::keys::child_key;
use crate::path::Trail;
use crate::report::Report;

/// The namespace of the element in `metadata`.
pub const SECRETS: &str = "urn:nixvirt:secrets:1";

/// A place in objects of a kind that may hold a secret.
struct Place {
    /// The entries on the way from the root to the element.
    way: Vec<&'static Child>,
    /// The attribute of the element.
    attribute: &'static str,
}

/// The places of every kind, in the order of [`KINDS`]. Each is worked out when it is first asked for.
static PLACES: LazyLock<Vec<OnceLock<Vec<Place>>>> =
    LazyLock::new(|| KINDS.iter().map(|_| OnceLock::new()).collect());

fn places(kind: &Kind) -> &'static [Place] {
    let at = KINDS.iter().position(|other| other.name == kind.name);
    let places = at.and_then(|at| PLACES.get(at));
    places.map_or(&[], |places| {
        places.get_or_init(|| {
            let mut found = Vec::new();
            add_places(kind.root, &mut Vec::new(), &mut BTreeSet::new(), &mut found);
            found
        })
    })
}

/// Adds the places in an element and below it. An element that several others hold is entered once: one with a secret
/// has one place in each kind, which a test of the tables demands.
fn add_places(
    element: &'static Element,
    way: &mut Vec<&'static Child>,
    seen: &mut BTreeSet<*const Element>,
    found: &mut Vec<Place>,
) {
    if !seen.insert(element) {
        return;
    }
    let secrets = element.attributes.iter().filter(|entry| entry.secret);
    found.extend(secrets.map(|entry| Place { way: way.clone(), attribute: entry.name }));
    for child in element.children {
        way.push(child);
        add_places(child.element, way, seen, found);
        way.pop();
    }
}

/// A secret that a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile {
    /// Its place, as a spec spells it.
    pub path: String,
    /// The attribute that gets the value.
    pub attribute: &'static str,
    /// The file that holds it.
    pub file: String,
    /// Where the tag of its element begins in the XML.
    pub offset: usize,
}

/// Takes the files of secrets out of a spec; warns about values that stand in it.
pub(crate) fn take<'a>(
    set: &mut [(Cow<'a, str>, Json<'a>)],
    kind: &'static Kind,
    report: &mut Report,
) -> Vec<(String, Cow<'a, str>)> {
    let mut found = Vec::new();
    for place in places(kind) {
        let root = kind.root;
        if let [first, way @ ..] = &*place.way {
            let mut search = Search { attribute: place.attribute, found: &mut found, report };
            search.below(set, root, first, way, &Trail::ROOT);
        }
    }
    found
}

/// A search for one secret in a spec.
struct Search<'s, 'a> {
    attribute: &'static str,
    found: &'s mut Vec<(String, Cow<'a, str>)>,
    report: &'s mut Report,
}

impl<'a> Search<'_, 'a> {
    /// Goes on with the children of a set that an entry stands for.
    fn below(
        &mut self,
        set: &mut [(Cow<'a, str>, Json<'a>)],
        parent: &'static Element,
        entry: &'static Child,
        way: &[&'static Child],
        trail: &Trail<'_>,
    ) {
        let key = child_key(parent, entry.element);
        let Some((_, value)) = set.iter_mut().find(|(name, _)| *name == key) else { return };
        let items = match value {
            Json::List(items) => &mut **items,
            one => std::slice::from_mut(one),
        };
        for (index, item) in items.iter_mut().enumerate() {
            let trail = trail.step(&key, (entry.occurs == Occurs::Many).then_some(index));
            match (item, way) {
                (Json::Set(set) | Json::Open(set), [next, way @ ..]) => {
                    self.below(set, entry.element, next, way, &trail);
                }
                (Json::Set(set) | Json::Open(set), []) => self.take(set, &trail),
                _ => {}
            }
        }
    }

    fn take(&mut self, set: &mut Vec<(Cow<'a, str>, Json<'a>)>, trail: &Trail<'_>) {
        let name = self.attribute;
        let Some(at) = set.iter().position(|(key, _)| key == name) else { return };
        let path = trail.step(name, None).path();
        match &set[at].1 {
            Json::Str(_) => self.report.add(Problem::PlainSecret { name }, None, || path),
            Json::Set(entries) if matches!(&**entries, [(key, Json::Str(_))] if key == "file") => {
                if let (_, Json::Set(mut entries)) = set.remove(at)
                    && let Some((_, Json::Str(file))) = entries.pop()
                {
                    self.found.push((path.to_string(), file));
                }
            }
            _ => {}
        }
    }
}

/// The elements of a document that have a place for a secret, with its path and attribute.
fn holders<'d, 'a>(document: &'d Document<'a>) -> Vec<(String, &'static str, &'d Node<'a>)> {
    let mut found = Vec::new();
    for place in places(document.kind) {
        add_holders(&document.root, &place.way, &Trail::ROOT, place.attribute, &mut found);
    }
    found
}

fn add_holders<'d, 'a>(
    node: &'d Node<'a>,
    way: &[&'static Child],
    trail: &Trail<'_>,
    attribute: &'static str,
    found: &mut Vec<(String, &'static str, &'d Node<'a>)>,
) {
    let [entry, way @ ..] = way else {
        found.push((trail.step(attribute, None).path().to_string(), attribute, node));
        return;
    };
    let key = child_key(node.element, entry.element);
    for (index, child) in node.children_named(entry.element.name).enumerate() {
        let trail = trail.step(&key, (entry.occurs == Occurs::Many).then_some(index));
        add_holders(child, way, &trail, attribute, found);
    }
}

/// Puts the files of secrets into the metadata of an object.
pub(crate) fn put<'a>(root: &mut Node<'a>, files: Vec<(String, Cow<'a, str>)>) {
    let entry = root.element.children.iter().position(|child| child.element.foreign);
    let Some(entry) = entry.filter(|_| !files.is_empty()) else { return };
    let secret = |(path, file)| {
        Foreign::Element(ForeignElement {
            name: Cow::Borrowed("nixvirt:secret"),
            attributes: vec![(Cow::Borrowed("path"), Cow::Owned(path)), (Cow::Borrowed("file"), file)],
            body: Vec::new(),
        })
    };
    let secrets = Foreign::Element(ForeignElement {
        name: Cow::Borrowed("nixvirt:secrets"),
        attributes: vec![(Cow::Borrowed("xmlns:nixvirt"), Cow::Borrowed(SECRETS))],
        body: files.into_iter().map(secret).collect(),
    });
    match root.children.iter_mut().find(|child| child.element.foreign) {
        Some(metadata) => metadata.foreign.push(secrets),
        None => {
            let mut metadata = Node::new(root.element.children[entry].element, entry);
            metadata.foreign.push(secrets);
            root.children.push(metadata);
            root.sort();
        }
    }
}

/// The files of secrets in the metadata of an object that was read from XML.
///
/// # Errors
/// Where one of them is for no place that holds a secret.
pub fn secret_files(document: &Document<'_>) -> Result<Vec<SecretFile>, String> {
    let mut found = Vec::new();
    let holders = holders(document);
    let metadata = document.root.children.iter().filter(|child| child.element.foreign);
    let metadata = metadata.flat_map(|metadata| &metadata.foreign);
    for secrets in metadata {
        let Foreign::Element(secrets) = secrets else { continue };
        let ours = |(key, value): &(Cow<'_, str>, Cow<'_, str>)| key.starts_with("xmlns") && value == SECRETS;
        if !secrets.attributes.iter().any(ours) {
            continue;
        }
        for secret in &secrets.body {
            let Foreign::Element(secret) = secret else { continue };
            let get = |name| secret.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value);
            let (Some(path), Some(file)) = (get("path"), get("file")) else {
                return Err("a secret in `metadata` needs `path` and `file`".to_owned());
            };
            let place = holders.iter().find(|(place, _, _)| place == path);
            let Some(&(_, attribute, node)) = place else {
                return Err(format!("`metadata` has a secret for `{path}`, where there is no place for one"));
            };
            if node.attribute(attribute).is_some() {
                return Err(format!("`{path}` has a value and a file; leave one of them out"));
            }
            found.push(SecretFile {
                path: path.to_string(),
                attribute,
                file: file.to_string(),
                offset: node.offset.unwrap_or_default(),
            });
        }
    }
    Ok(found)
}
