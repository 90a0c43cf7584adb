//! Values that must not be in the Nix store, where anybody can read them.
//!
//! `graphics.passwd = { file = "/run/secrets/x"; }` says where the value will be when it is needed. Between compiling and
//! applying it travels in `metadata`, in an element of nixvirt's own, so that the XML stays libvirt's and valid.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use nixvirt_schema::{Child, Element, Kind, Occurs, all_kinds};

use crate::document::foreign::{Foreign, ForeignElement};
use crate::document::keys::{Meaning, child_key, meaning};
use crate::document::path::{Path, Trail};
use crate::document::{Document, Node};
use crate::source::json::Json;

/// The namespace of the element in `metadata`.
pub const SECRETS: &str = "urn:nixvirt:secrets:1";

/// A place in objects of a kind that may hold a secret.
struct Place {
    /// The entries on the way from the root to the element.
    way: Vec<&'static Child>,
    /// The attribute of the element.
    attribute: &'static str,
}

/// The places of every kind, in the order of [`all_kinds`]. Each is worked out when it is first asked for.
static PLACES: LazyLock<Vec<OnceLock<Vec<Place>>>> =
    LazyLock::new(|| all_kinds().map(|_| OnceLock::new()).collect());

fn places(kind: &Kind) -> &'static [Place] {
    let at = all_kinds().position(|other| other.name == kind.name);
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

/// The value that a spec gives for a secret.
pub(crate) enum GivenSecret<'j> {
    /// The file that holds the value.
    File(&'j str),
    /// The value itself, which anybody can read then.
    Plain,
}

/// Reads the value of a spec for a secret; nothing where it is neither a file nor a text.
pub(crate) fn given<'j>(value: &'j Json<'_>) -> Option<GivenSecret<'j>> {
    match value {
        Json::Str(_) => Some(GivenSecret::Plain),
        Json::Set(entries) => match &**entries {
            [(key, Json::Str(file))] if key == "file" => Some(GivenSecret::File(file)),
            _ => None,
        },
        _ => None,
    }
}

/// The place of a secret in an object, the same however a spec spells it: where there may be several of an element, the
/// place says which one it is.
pub(crate) fn place(root: &'static Element, trail: &Trail<'_>) -> Path {
    let mut path = trail.path();
    let mut element = root;
    for step in &mut path.0 {
        let (Meaning::Child(at) | Meaning::Both(_, at)) = meaning(element, &step.key) else { break };
        let child = &element.children[at];
        step.key = child_key(element, child.element).into_owned();
        if child.occurs == Occurs::Many {
            step.index = step.index.or(Some(0));
        }
        element = child.element;
    }
    path
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
pub(crate) fn put(root: &mut Node<'_>, files: Vec<(Path, String)>) {
    let entry = root.element.children.iter().position(|child| child.element.foreign);
    let Some(entry) = entry.filter(|_| !files.is_empty()) else { return };
    let secret = |(path, file): (Path, String)| {
        Foreign::Element(ForeignElement {
            name: Cow::Borrowed("nixvirt:secret"),
            attributes: vec![
                (Cow::Borrowed("path"), Cow::Owned(path.to_string())),
                (Cow::Borrowed("file"), Cow::Owned(file)),
            ],
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
