//! The keys that the schema has for a set of a spec, given the rest of the spec: for completion, hover and `explain`.

use std::borrow::Cow;

use nixvirt_schema::{
    Attribute, Child, Default, Element, Format, Guard, Kind, Need, Occurs, Text, Versions, Words,
};

use crate::diagnostics::report::{Policy, Report};
use crate::document::Node;
use crate::document::keys::child_key;
use crate::document::path::{Path, PathStep};
use crate::document::scope::{GuardVerdict, Scope};
use crate::read::spec;
use crate::source::json::Json;

/// A part of an element, by its entry in the schema.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// An attribute of the element.
    Attribute(&'static Attribute),
    /// The text of the element.
    Text(&'static Element, &'static Text),
    /// A child of the element.
    Child(&'static Child),
}

/// Whether a part may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It may: its guard holds.
    Yes,
    /// Its guard depends on a value that is wrong or cannot be known.
    Unclear,
    /// It may not: its guard fails because of another part of the spec.
    No,
}

/// A key that the schema has for a set, and what it stands for there.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The key as a spec spells it.
    pub key: Cow<'static, str>,
    /// The attribute, text or child that the key stands for.
    pub part: Part,
    /// The place in libvirt's format pages.
    pub page: &'static str,
    /// Whether it may stand there.
    pub fit: Fit,
    /// Whether the spec has it already.
    pub given: bool,
}

impl Offer {
    /// The description of the part, one sentence.
    pub fn doc(&self) -> &'static str {
        match self.part {
            Part::Attribute(attribute) => attribute.doc,
            Part::Text(element, _) => element.doc,
            Part::Child(child) => child.element.doc,
        }
    }

    /// Whether it may be left out.
    pub fn need(&self) -> Need {
        match self.part {
            Part::Attribute(attribute) => attribute.need,
            Part::Text(_, text) => text.need,
            Part::Child(child) => child.need,
        }
    }

    /// The versions of libvirt that have it.
    pub fn versions(&self) -> Versions {
        match self.part {
            Part::Attribute(attribute) => attribute.versions,
            Part::Text(_, text) => text.versions,
            Part::Child(child) => child.versions,
        }
    }

    /// When it may stand there.
    pub fn guard(&self) -> Guard {
        match self.part {
            Part::Attribute(attribute) => attribute.guard,
            Part::Text(_, text) => text.guard,
            Part::Child(child) => child.guard,
        }
    }

    /// The meanings of the words of its format.
    pub fn words(&self) -> Words {
        match self.part {
            Part::Attribute(attribute) => attribute.words,
            Part::Text(_, text) => text.words,
            Part::Child(child) => child.element.text.map_or(&[], |text| text.words),
        }
    }

    /// What each word of its format is, where they are names; empty where words have meanings of their own.
    pub fn each(&self) -> &'static str {
        match self.part {
            Part::Attribute(attribute) => attribute.each,
            Part::Text(..) | Part::Child(_) => "",
        }
    }

    /// The value that libvirt assumes where the part is missing, if the schema says.
    pub fn default(&self) -> Option<Default> {
        match self.part {
            Part::Attribute(attribute) => attribute.default,
            Part::Text(_, text) => text.default,
            Part::Child(child) => child.element.text.and_then(|text| text.default),
        }
    }

    /// The format of the plain value that it takes, if it takes one.
    pub fn format(&self) -> Option<&'static Format> {
        match self.part {
            Part::Attribute(attribute) => Some(&attribute.format),
            Part::Text(element, _) => element.text.as_ref().map(|text| &text.format),
            Part::Child(child) => child.element.text.as_ref().map(|text| &text.format),
        }
    }

    /// The element of a child.
    pub fn element(&self) -> Option<&'static Element> {
        match self.part {
            Part::Child(child) => Some(child.element),
            _ => None,
        }
    }

    /// Whether it takes nothing but a plain value.
    pub fn is_plain(&self) -> bool {
        self.element().is_none_or(Element::is_leaf)
    }

    /// Whether only the description of a running object has it.
    pub fn is_live(&self) -> bool {
        match self.part {
            Part::Attribute(attribute) => attribute.live,
            Part::Child(child) => child.live,
            Part::Text(..) => false,
        }
    }

    /// Whether several may stand side by side, in a list.
    pub fn is_many(&self) -> bool {
        matches!(self.part, Part::Child(child) if child.occurs != Occurs::Once)
    }

    /// The values that it may have, as far as they can be listed, as a spec spells them in Nix and JSON alike.
    pub fn values(&self) -> Vec<String> {
        let mut values = self.format().map(literals).unwrap_or_default();
        if self.element().is_some_and(Element::is_flag) {
            values.extend(["true", "false"].map(str::to_owned));
        }
        let mut seen: Vec<String> = Vec::new();
        values.retain(|value| {
            let new = !seen.contains(value);
            seen.push(value.clone());
            new
        });
        values
    }
}

/// The values of a format that can be listed, as literals.
fn literals(format: &Format) -> Vec<String> {
    match *format {
        Format::YesNo | Format::OnOff => ["true", "false"].map(str::to_owned).into(),
        Format::AnyOf(formats) => formats.iter().flat_map(literals).collect(),
        Format::Dated { format, .. } | Format::Spelt { format, .. } => literals(format),
        Format::ByParser(_) => Vec::new(),
        _ => format.words().iter().map(|word| format!("{word:?}")).collect(),
    }
}

/// The keys that a set at a path of a spec may have; none where the schema has no set there. Nothing is said about
/// the spec itself: it may be wrong, or half-written.
pub fn offers(spec: Json<'_>, kind: &'static Kind, path: &Path) -> Vec<Offer> {
    let mut report = Report::new(Policy::Libvirt);
    let document = spec::read(spec, Some(kind), &mut report);
    let root = document.map_or_else(|| unknown(kind.root, 0), |document| document.root);
    let mut found = Vec::new();
    gather(&Scope::of(&root, None), kind.root.page, &path.0, &mut found);
    found
}

/// The parts that the last key of a path of a spec may stand for.
pub fn meanings(spec: Json<'_>, kind: &'static Kind, path: &Path) -> Vec<Offer> {
    let Some((last, holder)) = path.0.split_last() else { return Vec::new() };
    let mut found = offers(spec, kind, &Path(holder.to_vec()));
    found.retain(|offer| offer.key == last.key || also(offer) == Some(&*last.key));
    let best = found.iter().map(|offer| offer.fit).min();
    // Where some fit, the others are not meant.
    found.retain(|offer| offer.fit != Fit::No || best == Some(Fit::No));
    found
}

/// The place in libvirt's format pages of what a path leads to, or of the innermost part of it that the schema knows.
pub fn page_of(root: &'static Element, path: &Path) -> &'static str {
    let (mut element, mut page) = (root, root.page);
    for step in &path.0 {
        let named = |child: &&Child| !child.hoisted && child_key(element, child.element) == step.key;
        let Some(child) = element.children.iter().find(named) else { break };
        element = child.element;
        page = element.page_within(page);
    }
    page
}

/// A second key of a child.
fn also(offer: &Offer) -> Option<&'static str> {
    match offer.part {
        Part::Child(child) => child.also,
        _ => None,
    }
}

/// A node of which nothing is known.
fn unknown<'a>(element: &'static Element, entry: usize) -> Node<'a> {
    let mut node = Node::new(element, entry);
    node.unknown.open = true;
    node
}

fn gather(scope: &Scope<'_, '_>, page: &'static str, path: &[PathStep], found: &mut Vec<Offer>) {
    let element = scope.node.element;
    let Some((step, rest)) = path.split_first() else {
        return list(scope, page, found);
    };
    let named = |child: &Child| {
        !child.hoisted && (child_key(element, child.element) == step.key || child.also == Some(&*step.key))
    };
    let mut possible: Vec<(usize, &'static Child, Fit)> = element
        .children
        .iter()
        .enumerate()
        .filter(|(_, child)| named(child))
        .map(|(entry, child)| (entry, child, fit(scope, &child.guard)))
        .collect();
    let fits = possible.iter().any(|(.., fit)| *fit != Fit::No);
    possible.retain(|(.., fit)| *fit != Fit::No || !fits);
    let mut seen: Vec<&'static Element> = Vec::new();
    for (entry, child, _) in possible {
        if seen.iter().any(|known| std::ptr::eq(*known, child.element)) {
            continue;
        }
        seen.push(child.element);
        let page = child.element.page_within(page);
        let same = |node: &&Node<'_>| std::ptr::eq(node.element, child.element) && node.index == step.index;
        match scope.node.children.iter().find(same) {
            Some(node) => gather(&Scope::of(node, Some(scope)), page, rest, found),
            None => gather(&Scope::of(&unknown(child.element, entry), Some(scope)), page, rest, found),
        }
    }
}

/// Lists the keys of a node's set.
fn list(scope: &Scope<'_, '_>, page: &'static str, found: &mut Vec<Offer>) {
    let node = scope.node;
    let element = node.element;
    found.extend(attributes(scope, page));
    found.extend(text(scope, page, |text| text.key).filter(|_| !element.is_leaf()));
    for (entry, child) in element.children.iter().enumerate() {
        if !child.hoisted {
            found.push(of_child(scope, child, child_key(element, child.element), page));
            continue;
        }
        let same = |node: &&Node<'_>| std::ptr::eq(node.element, child.element);
        match node.children.iter().find(same) {
            Some(node) => hoisted(&Scope::of(node, Some(scope)), page, found),
            None => hoisted(&Scope::of(&unknown(child.element, entry), Some(scope)), page, found),
        }
    }
}

/// Lists the keys of a hoisted child, its text included though it may be all that it has.
fn hoisted(scope: &Scope<'_, '_>, page: &'static str, found: &mut Vec<Offer>) {
    let is_leaf = scope.node.element.is_leaf();
    found.extend(text(scope, page, |text| text.key).filter(|_| is_leaf));
    list(scope, page, found);
}

/// The attributes that an element may have.
pub(super) fn attributes(scope: &Scope<'_, '_>, page: &'static str) -> impl Iterator<Item = Offer> {
    let attributes = scope.node.element.attributes.iter().filter(|attribute| !attribute.ignored);
    attributes.map(move |attribute| Offer {
        key: Cow::Borrowed(attribute.name),
        part: Part::Attribute(attribute),
        page,
        fit: fit(scope, &attribute.guard),
        given: scope.node.attribute(attribute.name).is_some(),
    })
}

/// The text that an element may have, under a key.
pub(super) fn text(
    scope: &Scope<'_, '_>,
    page: &'static str,
    key: fn(&Text) -> &'static str,
) -> Option<Offer> {
    let element = scope.node.element;
    element.text.as_ref().map(|text| Offer {
        key: Cow::Borrowed(key(text)),
        part: Part::Text(element, text),
        page,
        fit: fit(scope, &text.guard),
        given: scope.node.text.is_some(),
    })
}

/// A child that an element may have, under a key.
pub(super) fn of_child(
    scope: &Scope<'_, '_>,
    child: &'static Child,
    key: Cow<'static, str>,
    page: &'static str,
) -> Offer {
    Offer {
        key,
        part: Part::Child(child),
        page: child.element.page_within(page),
        fit: fit(scope, &child.guard),
        given: scope.node.children_named(child.element.name).next().is_some(),
    }
}

/// Whether a guard lets something stand in a scope.
pub(super) fn fit(scope: &Scope<'_, '_>, guard: &Guard) -> Fit {
    match scope.decide(guard) {
        GuardVerdict::Holds => Fit::Yes,
        GuardVerdict::Unclear => Fit::Unclear,
        GuardVerdict::Fails(_) => Fit::No,
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, Offer, meanings, offers};
    use crate::document::path::{Path, PathStep};
    use crate::source::json::parse;

    fn path(text: &str) -> Path {
        let step = |step: &str| match step.split_once('[') {
            Some((key, index)) => {
                PathStep { key: key.to_owned(), index: index.trim_end_matches(']').parse().ok() }
            }
            None => PathStep { key: step.to_owned(), index: None },
        };
        Path(text.split('.').filter(|step| !step.is_empty()).map(step).collect())
    }

    fn at(spec: &str, place: &str) -> Vec<Offer> {
        offers(parse(spec.as_bytes()).expect("JSON").value, &nixvirt_schema::KINDS[0], &path(place))
    }

    fn keys(offers: &[Offer], fit: Fit) -> Vec<&str> {
        offers.iter().filter(|offer| offer.fit == fit).map(|offer| &*offer.key).collect()
    }

    #[test]
    fn guards_decide() {
        let spec = r#"{ "devices": { "disk": [ { "type": "block", "source": { } } ] } }"#;
        let source = at(spec, "devices.disk[0].source");
        assert!(keys(&source, Fit::Yes).contains(&"dev"), "{source:?}");
        assert!(keys(&source, Fit::No).contains(&"file"), "{source:?}");
    }

    #[test]
    fn nothing_is_ruled_out_by_what_is_not_known() {
        let source = at("{ }", "devices.disk.source");
        assert!(!keys(&source, Fit::No).contains(&"file"), "{source:?}");
        assert!(at("{ }", "devices.dsk").is_empty());
    }

    #[test]
    fn hoisted_keys_are_listed_where_they_stand() {
        let os = at(r#"{ "os": { "type": "hvm" } }"#, "os");
        for key in ["type", "arch", "machine", "loader"] {
            assert!(os.iter().any(|offer| offer.key == key), "{key}: {os:?}");
        }
        assert!(os.iter().any(|offer| offer.key == "type" && offer.given));
    }

    #[test]
    fn values_are_literals() {
        let values = |spec: &str, place: &str| -> Vec<String> {
            let spec = parse(spec.as_bytes()).expect("JSON").value;
            let found = meanings(spec, &nixvirt_schema::KINDS[0], &path(place));
            found.iter().flat_map(Offer::values).collect()
        };
        assert!(values("{ }", "devices.disk.driver.cache").contains(&"\"writeback\"".to_owned()));
        assert_eq!(values("{ }", "devices.disk.readonly"), ["true", "false"]);
        assert!(values("{ }", "on_poweroff").contains(&"\"destroy\"".to_owned()));
        assert_eq!(values("{ }", "features.acpi"), ["true", "false"]);
    }
}
