//! The elements of the tables, each with the address of its one page on the reference site, and all places where it may stand. The site
//! is made of them, and an editor that stands beside the site links its pages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use nixvirt_compiler::{Offer, Part, child_key};
use nixvirt_schema::{Child, Element, Guard, Kind, Subject, Test, Versions, all_kinds};

/// An element of the tables, with its page.
#[derive(Debug)]
pub struct Entry {
    /// The element that the page is about.
    pub element: &'static Element,
    /// The kind of the object in which it was met first.
    pub kind: &'static Kind,
    /// The keys that lead to it in a spec, from the root of the object; empty for the root itself.
    pub place: Vec<String>,
    /// The path of its page from the root of the site, e.g. `domain/devices.disk.html`.
    pub address: String,
    /// The entry that holds it first, and its own entry there; nothing for a root.
    pub holder: Option<(usize, &'static Child)>,
    /// Every entry that may hold it, with its own entry there, in the order of the tables.
    pub holders: Vec<(usize, &'static Child)>,
    /// The place in libvirt's format pages.
    pub page: &'static str,
}

impl Entry {
    /// The place as `explain` takes it, e.g. `devices.disk`; the name of the kind for a root.
    pub fn title(&self) -> String {
        if self.place.is_empty() { self.kind.name.to_owned() } else { self.place.join(".") }
    }

    /// The versions of libvirt that have it where it was met first.
    pub fn versions(&self) -> Versions {
        self.holder.map_or(Versions::ALL, |(_, child)| child.versions)
    }
}

/// The one catalogue of a program that asks for single pages.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::of_tables);

/// The path of the page that describes a part of the format, from the root of the site, with the place on it.
pub fn page_of(offer: &Offer) -> Option<String> {
    let address = |element| CATALOGUE.of(element).map(|entry| &entry.address);
    match offer.part {
        Part::Child(child) => address(child.element).cloned(),
        Part::Attribute(attribute) => {
            Some(format!("{}#{}", address(offer.within)?, id("value", attribute.name)))
        }
        Part::Text(element, text) => Some(format!("{}#{}", address(element)?, id("value", text.key))),
    }
}

/// A name as an id of a page: letters, digits, `_`, `-` and `.`, of which the rest becomes `-`.
pub fn id(prefix: &str, name: &str) -> String {
    let kept = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.');
    let name: String = name.chars().map(|one| if kept(one) { one } else { '-' }).collect();
    format!("{prefix}-{}", name.trim_matches('-'))
}

/// All elements, in the order in which they are met: kind by kind, those near the root first.
pub struct Catalogue {
    /// The entries, one for each element.
    pub entries: Vec<Entry>,
    by_element: BTreeMap<usize, usize>,
}

impl Catalogue {
    /// Walks the tables of all kinds.
    pub fn of_tables() -> Catalogue {
        let mut catalogue = Catalogue { entries: Vec::new(), by_element: BTreeMap::new() };
        let mut taken = BTreeSet::new();
        for kind in all_kinds() {
            let root = Entry {
                element: kind.root,
                kind,
                place: Vec::new(),
                address: address(kind, &[], None, &mut taken),
                holder: None,
                holders: Vec::new(),
                page: kind.root.page,
            };
            let mut level = vec![catalogue.add(root)];
            // Level by level, so that an element that stands in many places goes by a short one; of equally short ones, by that of
            // a device.
            while !level.is_empty() {
                level.sort_by_key(|index| !catalogue.is_unit(*index));
                let first = catalogue.entries.len();
                for holder in level {
                    for child in catalogue.entries[holder].element.children {
                        catalogue.meet(holder, child, &mut taken);
                    }
                }
                level = (first..catalogue.entries.len()).collect();
            }
        }
        catalogue
    }

    /// The entry of an element. Every element of the tables has one.
    pub fn of(&self, element: &'static Element) -> Option<&Entry> {
        self.by_element.get(&key(element)).map(|index| &self.entries[*index])
    }

    /// The entries from the root of a kind down to this one.
    pub fn trail<'c>(&'c self, entry: &'c Entry) -> Vec<&'c Entry> {
        let mut trail = vec![entry];
        while let Some((holder, _)) = trail.last().and_then(|last| last.holder) {
            trail.push(&self.entries[holder]);
        }
        trail.reverse();
        trail
    }

    /// Whether an entry is below one that groups parts, such as `devices`.
    fn is_unit(&self, index: usize) -> bool {
        let trail = self.trail(&self.entries[index]);
        trail.iter().any(|entry| entry.holder.is_some_and(|(_, child)| child.units))
    }

    fn add(&mut self, entry: Entry) -> usize {
        let index = self.entries.len();
        self.by_element.insert(key(entry.element), index);
        self.entries.push(entry);
        index
    }

    fn meet(&mut self, holder: usize, child: &'static Child, taken: &mut BTreeSet<String>) {
        if let Some(&known) = self.by_element.get(&key(child.element)) {
            self.entries[known].holders.push((holder, child));
            return;
        }
        let Entry { kind, element, place, page, .. } = &self.entries[holder];
        let (kind, page) = (*kind, child.element.page_within(page));
        let mut place = place.clone();
        place.push(child_key(element, child.element).into_owned());
        let address = address(kind, &place, Some(&child.guard), taken);
        let holder = (holder, child);
        self.add(Entry {
            element: child.element,
            kind,
            place,
            address,
            holder: Some(holder),
            holders: vec![holder],
            page,
        });
    }
}

/// Tells elements apart: each is one constant of the tables.
fn key(element: &'static Element) -> usize {
    std::ptr::from_ref(element).addr()
}

/// A free path for a page. Of several elements at one place, the value that its guard asks for tells them apart, else a number.
/// Paths differ by more than case, for file systems that do not tell it apart.
fn address(kind: &Kind, place: &[String], guard: Option<&Guard>, taken: &mut BTreeSet<String>) -> String {
    let name = if place.is_empty() { "index".to_owned() } else { place.join(".") };
    let name = format!("{}/{name}", kind.name);
    let value = guard.and_then(|guard| {
        guard.conditions().find_map(|condition| match (condition.subject, condition.test) {
            (Subject::Attribute(..), Test::In([value])) => Some(*value),
            _ => None,
        })
    });
    let safe = |value: &&str| value.chars().all(|one| one.is_ascii_alphanumeric() || one == '-');
    let by_value = value.filter(safe).map(|value| format!("{name}-{value}"));
    let by_number = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.clone()).chain(by_value).chain(by_number);
    let free = names.find(|name| taken.insert(name.to_lowercase())).unwrap_or_default();
    format!("{free}.html")
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, id};

    #[test]
    fn ids_are_plain() {
        assert_eq!(id("option", "connections.<name>.check"), "option-connections.-name-.check");
    }

    #[test]
    fn each_element_has_one_address() {
        let catalogue = Catalogue::of_tables();
        assert!(catalogue.entries.len() > 800, "only {} elements", catalogue.entries.len());
        for entry in &catalogue.entries {
            let known = catalogue.of(entry.element).map(|known| &known.address);
            assert_eq!(known, Some(&entry.address));
            for child in entry.element.children {
                assert!(catalogue.of(child.element).is_some(), "{} in {}", child.element.name, entry.address);
            }
        }
        let disk = catalogue.entries.iter().find(|entry| entry.address == "domain/devices.disk.html");
        assert_eq!(disk.map(|entry| entry.title()).as_deref(), Some("devices.disk"));
    }
}
