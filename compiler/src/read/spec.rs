//! Reading a spec: the JSON of a Nix attribute set into a document.

mod children;
mod unknowns;
mod values;

use std::borrow::Cow;

use nixvirt_schema::{Element, Kind, Scalar};

use crate::diagnostics::report::Report;
use crate::diagnostics::suggest;
use crate::diagnostics::{Hint, Problem};
use crate::document::keys::{Meaning, meaning};
use crate::document::path::{Path, Trail};
use crate::document::scope::Scope;
use crate::document::{Document, Node};
use crate::read::kind;
use crate::read::settings;
use crate::read::spec::unknowns::{holds_unknown, unknown, unsettled_child};
use crate::read::{choose_child, resolve_attributes};
use crate::secrets;
use crate::source::json::Json;

/// A set of a spec.
type Set<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// Reads a spec. `kind` is what the caller asks for; the spec may name its kind itself.
pub fn read<'a>(spec: Json<'a>, kind: Option<&'static Kind>, report: &mut Report) -> Option<Document<'a>> {
    report.unknowns = spec.has_unknowns();
    let open = matches!(spec, Json::Open(_));
    let (Json::Set(mut set) | Json::Open(mut set)) = spec else {
        if spec == Json::Opaque {
            return None;
        }
        report.add(spec.instead_of("a set"), None, || Trail::ROOT.path());
        return None;
    };
    let kind = kind::of_spec(&mut set, kind, report)?;
    settings::take(&mut set, report);
    let salt = kind::salt_of_spec(&mut set, report);
    let mut root = Node::new(kind.root, 0);
    root.unknown.open = open;
    let mut reader = Reader { root: kind.root, report, secrets: Vec::new() };
    reader.read_set(&mut root, set, &Trail::ROOT, None);
    secrets::put(&mut root, reader.secrets);
    Some(Document { kind, root, salt, behind: Vec::new() })
}

struct Reader<'r> {
    root: &'static Element,
    report: &'r mut Report,
    /// The secrets that files hold, each with its place.
    secrets: Vec<(Path, String)>,
}

impl Reader<'_> {
    /// Reads a set into the node that it stands for.
    fn read_set<'a>(
        &mut self,
        node: &mut Node<'a>,
        set: Set<'a>,
        trail: &Trail<'_>,
        parent: Option<&Scope<'_, 'a>>,
    ) {
        let element = node.element;
        let mut attributes: Vec<(usize, Scalar<'a>)> = Vec::new();
        let mut children: Vec<(usize, Cow<'a, str>, Json<'a>)> = Vec::new();
        let mut hoisted: Vec<(usize, Set<'a>)> = Vec::new();
        for (key, value) in set {
            match meaning(element, &key) {
                known if value == Json::Null && known != Meaning::Unknown => {}
                // A key that libvirt does not know is wrong whatever its value.
                known
                    if value == Json::Opaque && !matches!(known, Meaning::Hoisted(_) | Meaning::Unknown) =>
                {
                    unknown(node, known);
                }
                Meaning::Plain(plain) => {
                    self.read_plain(node, plain, value, &trail.step(&key, None), &mut attributes);
                }
                Meaning::Child(entry) => children.push((entry, key, value)),
                Meaning::Both(plain, child) => {
                    let (scalar, rest) = split(value);
                    if let Some(scalar) = scalar {
                        self.read_plain(node, plain, scalar, &trail.step(&key, None), &mut attributes);
                    }
                    children.extend(rest.map(|rest| (child, key, rest)));
                }
                Meaning::Children => {
                    self.read_ordered(element, value, &trail.step(&key, None), &mut children)
                }
                Meaning::Hoisted(child) => match hoisted.iter_mut().find(|(entry, _)| *entry == child) {
                    Some((_, set)) => set.push((key, value)),
                    None => hoisted.push((child, vec![(key, value)])),
                },
                Meaning::Unknown => {
                    let around = parent.map(|parent| parent.node.element);
                    node.meant.extend(self.say_unknown(element, around, &key, trail));
                }
            }
        }
        resolve_attributes(node, &mut attributes, parent, self.report, &|name| trail.step(name, None).path());
        let open = node.unknown.open;
        let scope = Scope { node, parent, complete: false };
        let mut read = Vec::with_capacity(hoisted.len() + children.len());
        for (child, set) in hoisted {
            let entry = choose_child(&scope, element, child, self.report.libvirt());
            let mut hoisted = Node::new(element.children[entry].element, entry);
            // Its keys are among those of this set.
            hoisted.unknown.open = open;
            self.read_set(&mut hoisted, set, trail, Some(&scope));
            read.push(hoisted);
        }
        let mut unsettled = Vec::new();
        for (first, key, value) in children {
            if self.report.unknowns && (holds_unknown(&value) || unsettled_child(&scope, first)) {
                unsettled.push(element.children[first].element.name);
            }
            if !(self.report.unknowns && unsettled_child(&scope, first)) {
                self.read_children(first, &key, value, trail, &scope, &mut read);
            }
        }
        node.unknown.names.extend(unsettled);
        node.children = read;
        node.sort();
    }

    /// Says that a key is unknown; gives the one that was probably meant.
    fn say_unknown(
        &mut self,
        element: &'static Element,
        parent: Option<&'static Element>,
        key: &str,
        trail: &Trail<'_>,
    ) -> Option<String> {
        let hint =
            if self.report.is_full() { None } else { suggest::for_key(self.root, element, parent, key) };
        let meant = match &hint {
            Some(Hint::Name(name)) => Some(name.clone()),
            Some(Hint::Below(place)) => place.split('.').next().map(str::to_owned),
            _ => None,
        };
        let problem = Problem::Unknown { element: false, name: key.to_owned(), parent: element.name, hint };
        self.report.add(problem, None, || trail.step(key, None).path());
        meant
    }
}

/// The scalar and the rest of a value whose key stands for an attribute and a child alike.
fn split(value: Json<'_>) -> (Option<Json<'_>>, Option<Json<'_>>) {
    match value {
        Json::List(items) => {
            let (sets, mut scalars): (Vec<_>, Vec<_>) = items
                .into_iter()
                .partition(|item| matches!(item, Json::Set(_) | Json::Open(_) | Json::Opaque));
            let rest = (!sets.is_empty()).then_some(Json::List(sets));
            match scalars.len() {
                0 | 1 => (scalars.pop(), rest),
                _ => (Some(Json::List(scalars)), rest),
            }
        }
        Json::Set(_) | Json::Open(_) => (None, Some(value)),
        scalar => (Some(scalar), None),
    }
}
