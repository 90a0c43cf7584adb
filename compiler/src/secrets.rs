//! Values that must not be in the Nix store, where anybody can read them.
//!
//! `graphics.passwd = { file = "/run/secrets/x"; }` says where the value will be when it is needed. Between compiling and
//! applying it travels in `metadata`, in an element of nixvirt's own, so that the XML stays libvirt's and valid.

use std::borrow::Cow;

use nixvirt_schema::Kind;

use crate::diagnostic::Problem;
use crate::document::{Document, Node};
use crate::foreign::{Foreign, ForeignElement};
use crate::json::Json;
use crate::path::{Path, Step};
use crate::report::Report;

/// The namespace of the element in `metadata`.
pub const SECRETS: &str = "urn:nixvirt:secrets:1";

/// The devices that have a secret, and the attribute that holds it.
const PLACES: &[(&str, &str)] = &[("graphics", "passwd")];

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

/// Whether an attribute holds a secret.
pub fn is_secret(attribute: &str) -> bool {
    PLACES.iter().any(|(_, name)| *name == attribute)
}

/// Takes the files of secrets out of a spec; warns about values that stand in it.
pub(crate) fn take<'a>(
    set: &mut [(Cow<'a, str>, Json<'a>)],
    kind: &'static Kind,
    report: &mut Report,
) -> Vec<(String, Cow<'a, str>)> {
    let mut found = Vec::new();
    let devices = set.iter_mut().find(|(key, _)| key == "devices" && kind.name == "domain");
    let Some((_, Json::Set(devices) | Json::Open(devices))) = devices else { return found };
    for (key, value) in devices {
        let Some((_, attribute)) = PLACES.iter().find(|(name, _)| name == key) else { continue };
        let items = match value {
            Json::List(items) => &mut **items,
            one => std::slice::from_mut(one),
        };
        for (index, item) in items.iter_mut().enumerate() {
            let (Json::Set(device) | Json::Open(device)) = item else { continue };
            let Some(at) = device.iter().position(|(key, _)| key == attribute) else { continue };
            let step = |key: &str, index| Step { key: key.to_owned(), index };
            let path = Path(vec![step("devices", None), step(key, Some(index)), step(attribute, None)]);
            match &device[at].1 {
                Json::Str(_) => report.add(Problem::PlainSecret { name: attribute }, None, || path),
                Json::Set(entries) if matches!(&**entries, [(key, Json::Str(_))] if key == "file") => {
                    if let (_, Json::Set(mut entries)) = device.remove(at)
                        && let Some((_, Json::Str(file))) = entries.pop()
                    {
                        found.push((path.to_string(), file));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Puts the files of secrets into the metadata of an object.
pub(crate) fn put<'a>(root: &mut Node<'a>, files: Vec<(String, Cow<'a, str>)>) {
    let entry = root.element.children.iter().position(|child| child.element.name == "metadata");
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
    match root.children.iter_mut().find(|child| child.element.name == "metadata") {
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
    let metadata = document.root.children_named("metadata").flat_map(|metadata| &metadata.foreign);
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
            let place = PLACES.iter().find_map(|(name, attribute)| {
                let index = path.strip_prefix(&format!("devices.{name}["))?;
                let index: usize = index.strip_suffix(&format!("].{attribute}"))?.parse().ok()?;
                let devices = document.root.children_named("devices").next()?;
                Some((*attribute, devices.children_named(name).nth(index)?))
            });
            let Some((attribute, node)) = place else {
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
