//! Reading a spec: the JSON of a Nix attribute set into a document.

use std::borrow::Cow;

use nixvirt_schema::{Child, Element, Format, Kind, Scalar};

use crate::diagnostics::report::Report;
use crate::diagnostics::suggest;
use crate::diagnostics::{Hint, Problem};
use crate::document::foreign::{Foreign, ForeignElement};
use crate::document::keys::{Meaning, Plain, meaning};
use crate::document::path::{Path, Trail};
use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{AttributeNode, Document, Node, NodeValue};
use crate::read::foreign;
use crate::read::kind;
use crate::read::mismatch;
use crate::read::settings;
use crate::read::{accept, choose_child, resolve_attributes};
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

/// The value of a spec in the place of a scalar.
enum Given<'a> {
    /// There is no value, or `null`.
    Nothing,
    /// A scalar, to be checked against the format.
    Scalar(Scalar<'a>),
    /// Something else, which has been said.
    Wrong,
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

    /// Reads a plain value: the node's text, or an attribute to be resolved with the others.
    fn read_plain<'a>(
        &mut self,
        node: &mut Node<'a>,
        plain: Plain,
        value: Json<'a>,
        here: &Trail<'_>,
        attributes: &mut Vec<(usize, Scalar<'a>)>,
    ) {
        let element = node.element;
        if let Plain::Attribute(entry) = plain
            && element.attributes[entry].secret
        {
            match secrets::given(&value) {
                Some(secrets::GivenSecret::File(file)) => {
                    return self.secrets.push((secrets::place(self.root, here), file.to_owned()));
                }
                Some(secrets::GivenSecret::Plain) => {
                    let problem = Problem::PlainSecret { name: element.attributes[entry].name };
                    self.report.add(problem, None, || secrets::place(self.root, here));
                }
                None => {}
            }
        }
        match (plain, element.text) {
            (Plain::Attribute(entry), _) if element.attributes[entry].ignored => {
                let problem = Problem::Ignored { name: element.attributes[entry].name, parent: element.name };
                self.report.add(problem, None, || here.path());
            }
            (Plain::Attribute(entry), _) => match self.scalar(&element.attributes[entry].format, value, here)
            {
                Given::Scalar(scalar) => attributes.push((entry, scalar)),
                Given::Wrong => node.attributes.push(AttributeNode { entry, value: NodeValue::WRONG }),
                Given::Nothing => {}
            },
            (Plain::Text, Some(text)) => match self.scalar(&text.format, value, here) {
                Given::Scalar(scalar) => {
                    node.text = Some(accept(&text.format, scalar, self.report, None, || here.path()));
                }
                Given::Wrong => node.text = Some(NodeValue::WRONG),
                Given::Nothing => {}
            },
            (Plain::Text, None) => {}
        }
    }

    /// Reads children in an order of their own: each a set with the child's key.
    fn read_ordered<'a>(
        &mut self,
        element: &'static Element,
        value: Json<'a>,
        here: &Trail<'_>,
        children: &mut Vec<(usize, Cow<'a, str>, Json<'a>)>,
    ) {
        let items = match value {
            Json::List(items) => items,
            one => vec![one],
        };
        for item in items {
            let type_name = item.type_name();
            if let Json::Opaque | Json::Open(_) = item {
                continue;
            }
            let mut set = if let Json::Set(set) = item { set } else { Set::new() };
            match (set.pop(), set.is_empty()) {
                (Some((key, value)), true) => match meaning(element, &key) {
                    Meaning::Child(entry) => children.push((entry, key, value)),
                    _ => {
                        self.say_unknown(element, None, &key, here);
                    }
                },
                _ => {
                    let expected = "sets with one child each, e.g. { rule = { ... }; }".to_owned();
                    self.report.add(
                        Problem::WrongType { found: type_name, expected, hint: None },
                        None,
                        || here.path(),
                    );
                }
            }
        }
    }

    /// Reads what a key holds: one child or a list of them.
    fn read_children<'a>(
        &mut self,
        first: usize,
        key: &str,
        value: Json<'a>,
        trail: &Trail<'_>,
        scope: &Scope<'_, 'a>,
        read: &mut Vec<Node<'a>>,
    ) {
        let element = scope.node.element;
        let entry = choose_child(scope, element, first, self.report.libvirt());
        let child = &element.children[entry];
        if child.element.foreign && value.has_unknowns() {
            return;
        }
        if child.element.foreign {
            let mut node = Node::new(child.element, entry);
            let pieces = foreign::read(value, &trail.step(key, None), self.report);
            (node.declared, node.foreign) = unwrap(child.element.name, pieces);
            if !node.foreign.is_empty() {
                read.push(node);
            }
            return;
        }
        match value {
            Json::List(items) if let Some(problem) = mismatch::words(child, &items) => {
                self.report.add(problem, None, || trail.step(key, None).path());
                let mut node = Node::new(child.element, entry);
                node.broken = true;
                read.push(node);
            }
            Json::List(items) => {
                for (index, item) in items.into_iter().enumerate() {
                    let here = trail.step(key, Some(index));
                    let mut node = Node::new(child.element, entry);
                    node.index = Some(index);
                    read.extend(self.read_child(node, child, item, &here, scope));
                }
            }
            item => {
                let here = trail.step(key, None);
                read.extend(self.read_child(Node::new(child.element, entry), child, item, &here, scope));
            }
        }
    }

    /// Reads one child: a set, `true`, or the plain value of its text.
    fn read_child<'a>(
        &mut self,
        mut node: Node<'a>,
        child: &'static Child,
        value: Json<'a>,
        here: &Trail<'_>,
        scope: &Scope<'_, 'a>,
    ) -> Option<Node<'a>> {
        let element = node.element;
        match value {
            Json::Null | Json::Opaque => None,
            Json::Set(_) | Json::Open(_) => {
                node.unknown.open = matches!(value, Json::Open(_));
                let (Json::Set(set) | Json::Open(set)) = value else { return None };
                self.read_set(&mut node, set, here, Some(scope));
                Some(node)
            }
            Json::Bool(given) if element.is_flag() => given.then_some(node),
            Json::Str(amount) if mismatch::amount(element, &amount).is_some() => {
                self.report.add(mismatch::wrong_amount(element, &amount), None, || here.path());
                node.broken = true;
                Some(node)
            }
            Json::Bool(_) | Json::Int(_) | Json::Str(_) if element.text.is_some() => {
                self.read_plain(&mut node, Plain::Text, value, here, &mut Vec::new());
                Some(node)
            }
            value => {
                let below = Scope::of(&node, Some(scope));
                self.report.add(mismatch::wrong_child(child, &value, &below), None, || here.path());
                node.broken = true;
                Some(node)
            }
        }
    }

    /// The scalar that a value is; anything else is said, an empty list is nothing.
    fn scalar<'a>(&mut self, format: &Format, value: Json<'a>, here: &Trail<'_>) -> Given<'a> {
        match value {
            Json::Bool(value) => Given::Scalar(Scalar::Bool(value)),
            Json::Int(value) => Given::Scalar(Scalar::Int(value)),
            Json::Str(text) => Given::Scalar(Scalar::Str(text)),
            Json::Null | Json::Opaque => Given::Nothing,
            Json::List(items) if items.iter().all(|item| *item == Json::Opaque) => Given::Nothing,
            other => {
                self.report.add(mismatch::wrong_scalar(format, &other), None, || here.path());
                Given::Wrong
            }
        }
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

/// Notes that what a key stands for may be there.
fn unknown(node: &mut Node<'_>, meaning: Meaning) {
    let element = node.element;
    let plain = |plain| match plain {
        Plain::Text => "#",
        Plain::Attribute(entry) => element.attributes[entry].name,
    };
    let child = |entry: usize| element.children[entry].element.name;
    match meaning {
        Meaning::Plain(known) => node.unknown.names.push(plain(known)),
        Meaning::Child(entry) => node.unknown.names.push(child(entry)),
        Meaning::Both(known, entry) => node.unknown.names.extend([plain(known), child(entry)]),
        Meaning::Children => node.unknown.open = true,
        Meaning::Hoisted(_) | Meaning::Unknown => {}
    }
}

/// Whether a value may be more children than are known.
fn holds_unknown(value: &Json<'_>) -> bool {
    match value {
        Json::Opaque => true,
        Json::List(items) => items.contains(&Json::Opaque),
        _ => false,
    }
}

/// Whether what is not known decides which of several elements a child is.
fn unsettled_child(scope: &Scope<'_, '_>, first: usize) -> bool {
    let element = scope.node.element;
    let wanted = element.children[first].element;
    let mut possible = element.children[first..].iter().filter(|child| {
        child.element.name == wanted.name
            && child.element.namespace == wanted.namespace
            && !matches!(scope.decide(&child.guard), GuardVerdict::Fails(_))
    });
    let one = possible.next();
    possible.any(|other| one.is_some_and(|one| !std::ptr::eq(one.element, other.element)))
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

/// Namespaces that are declared for foreign XML, and that XML.
type Declared<'a> = (Vec<(Cow<'a, str>, Cow<'a, str>)>, Vec<Foreign<'a>>);

/// Takes foreign XML out of the element that it stands in, where a spec has that as well, for the namespaces that it
/// declares.
fn unwrap<'a>(name: &str, mut pieces: Vec<Foreign<'a>>) -> Declared<'a> {
    let holds = |element: &ForeignElement<'_>| {
        element.name == name && element.attributes.iter().all(|(name, _)| name.starts_with("xmlns:"))
    };
    match pieces.pop() {
        Some(Foreign::Element(element)) if pieces.is_empty() && holds(&element) => {
            (element.attributes, element.body)
        }
        last => {
            pieces.extend(last);
            (Vec::new(), pieces)
        }
    }
}
