//! Reading the definitions of a bundle: what each object is called, what it refers to, and what it hashes to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use nixvirt_compiler::{Node, Policy, Problem, Report, derive, fragment};
use nixvirt_schema::nodedev::NODE_DEVICE;
use nixvirt_schema::{Named, child_name};
use rayon::prelude::*;
use uuid::Uuid;

use crate::bundle::Entry;
use crate::definition::Definition;
use crate::document::{read_document, resolve};
use crate::error::{self, Error, Problems, codes};
use crate::files;
use crate::key::{Key, hash, title};
use crate::kind::ObjectKind;
use crate::references;
use crate::secrets;
use crate::state::State;

/// An object as it is declared.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The entry of the bundle.
    pub entry: Entry,
    /// The UUID, as declared or derived.
    pub uuid: Uuid,
    /// Its name; a secret's is its uuid.
    pub name: String,
    /// The hash of its definition, a secret's value included.
    pub hash: u128,
    /// The other objects that it needs.
    pub references: Vec<String>,
    /// Its definition; nothing where it is what was applied last, so that many objects do not fill the memory.
    pub text: Option<String>,
    /// Whether all of its definition is known to the schema, so that comparing documents compares everything.
    pub known: bool,
    /// The value of a secret.
    pub value: Option<Vec<u8>>,
    /// Whether its definition has secrets in files; a new value of one shows nowhere else than in the hash.
    pub secrets: bool,
    /// The errors that keep it from being applied.
    pub problems: Vec<Error>,
    /// The errors for abilities that the host lacks for it.
    pub lacks: Vec<Error>,
}

/// An entry of which not even the name can be told.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The kind of object that it is to be.
    pub kind: ObjectKind,
    /// The entry and its file.
    pub place: String,
    /// The errors of the entry.
    pub problems: Vec<Error>,
}

impl Declared {
    /// The key of the object: its kind and UUID.
    pub fn key(&self) -> Key {
        (self.entry.kind, self.uuid)
    }

    /// The name of the object in messages, e.g. "domain `web`".
    pub fn title(&self) -> String {
        title(self.entry.kind, &self.name)
    }
}

/// Reads the definitions of all entries. `salt` goes into what is derived of them. What is wrong with one says nothing
/// about the others.
pub fn read_all(entries: Vec<Entry>, salt: Option<&str>, state: &State) -> (Vec<Declared>, Vec<Broken>) {
    let mut declared: Vec<Declared> = Vec::with_capacity(entries.len());
    let mut broken = Vec::new();
    let mut seen: BTreeMap<Key, usize> = BTreeMap::new();
    let mut names: BTreeMap<(ObjectKind, String), usize> = BTreeMap::new();
    let read = |entry: Entry| {
        let place = format!("{} ({})", entry.place, entry.definition.path.display());
        (entry.kind, place, read(entry, salt, state))
    };
    let found: Vec<_> = entries.into_par_iter().map(read).collect();
    for (kind, place, found) in found {
        match found {
            Ok(mut object) => {
                let twice = seen.insert(object.key(), declared.len());
                let twice = twice.or(names.insert((object.entry.kind, object.name.clone()), declared.len()));
                if let Some(first) = twice.and_then(|first| declared.get_mut(first)) {
                    let said = |other: &str| {
                        Error::new(&codes::DECLARED_TWICE, format!("it has the name or uuid of {other}"))
                            .fact("other", other)
                            .help("give it one of its own")
                    };
                    object.problems.push(said(&first.entry.place));
                    first.problems.push(said(&object.entry.place));
                }
                declared.push(object);
            }
            Err(found) => broken.push(Broken { kind, place, problems: found.0 }),
        }
    }
    (declared, broken)
}

/// Reads one definition. What is wrong beside it (its secrets, its volumes) is the object's own problem.
///
/// # Errors
/// Where it cannot be told which object it is.
fn read(entry: Entry, salt: Option<&str>, state: &State) -> Result<Declared, Problems> {
    let text = entry.definition.read()?;
    let mut problems = Problems(entry.problems.clone());
    let value = entry.value.as_ref().and_then(|file| {
        let read = files::read(file).map_err(error::file(&codes::CANNOT_READ, "read the value in", file));
        read.map_err(|error| problems.add(error)).ok()
    });
    if let Some(value) = &value {
        secrets::remember(String::from_utf8_lossy(value).trim_end());
    }
    let mut parts = vec![entry.kind.name().as_bytes(), text.as_bytes(), value.as_deref().unwrap_or_default()];
    // An inactive pool's volumes are looked at only when something about them is new.
    let mut volumes = Vec::new();
    for volume in &entry.volumes {
        match volume.definition.as_ref().map(Definition::read).transpose() {
            Ok(text) => volumes.push(text.unwrap_or_default().into_bytes()),
            Err(error) => problems.add(error.at(&volume.place)),
        }
        volumes.push(format!("{:?} {}", volume.name, volume.present).into_bytes());
    }
    parts.extend(volumes.iter().map(Vec::as_slice));
    let with_secrets = match resolve(entry.kind, &text) {
        Ok(resolved) => resolved,
        Err(found) => {
            problems.0.extend(found.0);
            None
        }
    };
    let has_secrets = with_secrets.is_some();
    parts.extend(with_secrets.as_ref().map(|text| text.as_bytes()));
    parts.extend(salt.map(str::as_bytes));
    let hash = hash(&parts);
    // A definition that was applied last needs no parsing: the state has its name and UUID.
    if let (true, Some((uuid, known))) = (problems.is_empty(), state.by_hash(entry.kind, hash)) {
        return Ok(Declared {
            uuid,
            name: known.name.clone(),
            hash,
            references: known.references.clone(),
            text: None,
            known: true,
            value,
            secrets: has_secrets,
            problems: Vec::new(),
            lacks: Vec::new(),
            entry,
        });
    }
    let mut text = complete(entry.kind, text, salt)?;
    if entry.kind == ObjectKind::NodeDevice {
        text = without_name(text);
    }
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(entry.kind, &text, &mut report)?;
    secrets::remember_all(&document);
    let found = report.finish();
    let known =
        !found.iter().any(|one| matches!(one.problem, Problem::Unknown { .. } | Problem::Limit { .. }));
    let uuid = document.uuid().and_then(|uuid| Uuid::parse_str(uuid).ok());
    let Some(uuid) = uuid else {
        let error = Error::new(&codes::NO_DEFINITION, "it has neither a name nor a uuid");
        return Err(error.help("expected `<uuid>`").into());
    };
    let name = match document.kind.named {
        Named::Uuid(_) => uuid.to_string(),
        _ => document.name().map_or_else(|| uuid.to_string(), str::to_owned),
    };
    let references = references::of(&document);
    Ok(Declared {
        uuid,
        name,
        hash,
        references,
        text: Some(text),
        known,
        value,
        secrets: has_secrets,
        problems: problems.0,
        lacks: Vec::new(),
        entry,
    })
}

/// The text with the uuid and the MAC addresses that it leaves to us. libvirt would make up others at every definition.
///
/// # Errors
/// Where it is no definition of the kind.
pub fn complete(kind: ObjectKind, text: String, salt: Option<&str>) -> Result<String, Problems> {
    let mut report = Report::new(Policy::Lenient);
    let mut document = read_document(kind, &text, &mut report)?;
    document.salt = salt.map(Cow::Borrowed);
    derive(&mut document);
    let mut additions: Vec<(usize, String)> = Vec::new();
    add_derived(&document.root, &mut additions);
    drop(document);
    if additions.is_empty() {
        return Ok(text);
    }
    let mut text = text;
    additions.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    for (at, addition) in additions {
        insert(&mut text, at, &addition);
    }
    Ok(text)
}

/// The definition of a node device without the name, from which its uuid was derived: libvirt gives it one of its own.
fn without_name(mut text: String) -> String {
    let name = child_name!(NODE_DEVICE, "name");
    let range = roxmltree::Document::parse(&text).ok().and_then(|document| {
        let root = document.root_element();
        root.children().find(|child| child.has_tag_name(name)).map(|child| child.range())
    });
    if let Some(range) = range {
        text.replace_range(range, "");
    }
    text
}

/// Notes the children that were derived, each with the place of the tag of the element that is to hold it. What was
/// read has a place of its own, what was derived has none.
fn add_derived(node: &Node<'_>, additions: &mut Vec<(usize, String)>) {
    for child in &node.children {
        match (child.offset, node.offset) {
            (None, Some(at)) => additions.push((at, fragment(child).trim().to_owned())),
            _ => add_derived(child, additions),
        }
    }
}

/// Inserts a child behind the start tag at a place.
fn insert(text: &mut String, tag: usize, child: &str) {
    let mut quote = None;
    for (at, character) in text[tag..].char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '>') => {
                let at = tag + at;
                if text[..at].ends_with('/') {
                    let name = text[tag + 1..].split(|c: char| c.is_whitespace() || c == '/').next();
                    let closing = format!("</{}>", name.unwrap_or_default());
                    text.replace_range(at - 1..=at, &format!(">{child}{closing}"));
                } else {
                    text.insert_str(at + 1, child);
                }
                return;
            }
            _ => {}
        }
    }
}
