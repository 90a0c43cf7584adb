//! The keys that the schema has for a set of a spec, given the rest of the spec: for completion, hover and `explain`.

use std::borrow::Cow;

use nixvirt_schema::{Child, Element, Guard, Kind, Text};

use crate::assist::part::{Fit, Offer, Part};
use crate::diagnostics::report::{Policy, Report};
use crate::document::Node;
use crate::document::keys::child_key;
use crate::document::path::{Path, PathStep};
use crate::document::scope::{GuardVerdict, Scope};
use crate::read::spec;
use crate::source::json::Json;

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
        within: scope.node.element,
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
        within: element,
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
        within: scope.node.element,
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
