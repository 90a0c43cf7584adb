//! The tables are consistent in themselves: what a compiler cannot see, since names and values are strings.
//!
//! Each test walks every table of every kind and reports all problems at once.

use std::borrow::Cow;
use std::fmt::Write;

use nixvirt_schema::{
    Attribute, Child, Derived, Element, Format, Generated, Guard, Identity, Relation, Subject, TableEntry,
    Test, Text, Version, Versions, all_kinds, visit_entries,
};

/// An element, where it was found first, and what holds it.
struct Table {
    element: &'static Element,
    path: String,
    parents: Vec<usize>,
}

/// Every element of every kind, once.
struct Tables(Vec<Table>);

impl Tables {
    fn all() -> Tables {
        let mut tables = Tables(Vec::new());
        for kind in all_kinds() {
            tables.add(kind.root, None);
        }
        tables
    }

    fn add(&mut self, element: &'static Element, parent: Option<usize>) {
        let known = self.0.iter().position(|table| std::ptr::eq(table.element, element));
        let index = known.unwrap_or_else(|| {
            let above = parent.map(|parent| format!("{}/", self.0[parent].path));
            let path = above.unwrap_or_default() + element.name;
            self.0.push(Table { element, path, parents: Vec::new() });
            self.0.len() - 1
        });
        self.0[index].parents.extend(parent);
        if known.is_none() {
            for child in element.children {
                self.add(child.element, Some(index));
            }
        }
    }

    /// The elements that hold this one, so many levels up, by whatever path.
    fn ancestors(&self, index: usize, levels: usize) -> Vec<usize> {
        let mut found = vec![index];
        for _ in 0..levels {
            let mut above: Vec<usize> =
                found.iter().flat_map(|&below| self.0[below].parents.iter().copied()).collect();
            above.sort_unstable();
            above.dedup();
            found = above;
        }
        found
    }
}

/// Fails with all the problems that `check` finds in any of the tables.
#[track_caller]
fn check_all(mut check: impl FnMut(&Tables, usize, &mut dyn FnMut(String))) {
    let tables = Tables::all();
    let (mut problems, mut count) = (String::new(), 0);
    for (index, table) in tables.0.iter().enumerate() {
        check(&tables, index, &mut |problem| {
            count += 1;
            let _ = write!(problems, "\n  {}: {problem}", table.path);
        });
    }
    assert!(problems.is_empty(), "{count} problems:{problems}");
}

/// The name by which an element is told from its neighbours.
fn full_name(child: &Child) -> String {
    let prefix = child.element.namespace.map_or(String::new(), |namespace| format!("{}:", namespace.prefix));
    prefix + child.element.name
}

/// Every format of an element, those within others included, with where it stands.
fn formats(element: &'static Element) -> Vec<(String, Format)> {
    let mut formats: Vec<(String, Format)> = element
        .attributes
        .iter()
        .map(|attribute| (format!("@{}", attribute.name), attribute.format))
        .collect();
    formats.extend(element.text.map(|text| ("#".into(), text.format)));
    let mut at = 0;
    while at < formats.len() {
        match formats[at].clone() {
            (place, Format::AnyOf(parts)) => {
                formats.extend(parts.iter().map(|part| (place.clone(), *part)));
            }
            (
                place,
                Format::Dated { format, .. } | Format::Spelt { format, .. } | Format::ByParser(format),
            ) => formats.push((place, *format)),
            _ => {}
        }
        at += 1;
    }
    formats
}

#[test]
fn walk_visits_every_element_once() {
    for kind in all_kinds() {
        let mut tables = Tables(Vec::new());
        tables.add(kind.root, None);
        let mut visited: Vec<&'static Element> = Vec::new();
        let mut attributes = 0;
        visit_entries(kind.root, &mut |entry| match entry {
            TableEntry::Element(element, _) => visited.push(element),
            TableEntry::Attribute(..) => attributes += 1,
        });
        assert_eq!(visited.len(), tables.0.len(), "elements of {}", kind.name);
        for table in &tables.0 {
            assert!(visited.iter().any(|element| std::ptr::eq(*element, table.element)), "{}", table.path);
        }
        let all: usize = tables.0.iter().map(|table| table.element.attributes.len()).sum();
        assert_eq!(attributes, all, "attributes of {}", kind.name);
    }
}

#[test]
fn no_two_entries_are_the_same() {
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let attributes =
            element.attributes.iter().map(|entry| (format!("@{}", entry.name), entry.guard, entry.versions));
        let children = element.children.iter().map(|entry| (full_name(entry), entry.guard, entry.versions));
        let entries: Vec<(String, Guard, Versions)> = attributes.chain(children).collect();
        for (at, entry) in entries.iter().enumerate() {
            if entries[..at].contains(entry) {
                problem(format!("{} stands twice under the same guard", entry.0));
            }
        }
    });
}

/// Readers rely on it: they look for one variant of an attribute right after another.
#[test]
fn attributes_of_one_name_stand_together() {
    check_all(|tables, index, problem| {
        let entries = tables.0[index].element.attributes;
        for (at, entry) in entries.iter().enumerate().skip(1) {
            let known = entries[..at].iter().any(|other| other.name == entry.name);
            if known && entries[at - 1].name != entry.name {
                problem(format!("@{} stands in two places", entry.name));
            }
        }
    });
}

#[test]
fn names_are_names() {
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
    };
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let attributes = element.attributes.iter().map(|attribute| attribute.name);
        for name in attributes.chain([element.name]).chain(element.text.map(|text| text.key)) {
            if !is_name(name) {
                problem(format!("{name:?} is no name"));
            }
        }
    });
}

/// A scalar is the text where a child goes by the same key; beside an attribute nothing would tell them apart.
#[test]
fn no_text_goes_by_the_name_of_an_attribute() {
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let Some(Text { key, .. }) = element.text else { return };
        if element.attributes.iter().any(|attribute| attribute.name == key) {
            problem(format!("the key of its text, {key}, is the name of an attribute"));
        }
    });
}

#[test]
fn every_doc_is_a_sentence() {
    /// Names that are lower-case even where a sentence begins.
    const LOWER_CASE: &[&str] = &["libvirt", "libvirt's", "virtio", "vCPU", "vCPUs", "iSCSI", "eBPF", "zlib"];
    let is_sentence = |doc: &str| {
        let first = doc.split(' ').next().unwrap_or_default();
        let begins = doc.starts_with(|first: char| first.is_uppercase() || first == '`');
        let one_line = !doc.contains('\n') && !doc.contains("  ") && doc.trim() == doc;
        (begins || LOWER_CASE.contains(&first)) && doc.len() > 2 && doc.ends_with('.') && one_line
    };
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        if !is_sentence(element.doc) {
            problem(format!("{:?} is no sentence", element.doc));
        }
        for attribute in element.attributes.iter().filter(|attribute| !is_sentence(attribute.doc)) {
            problem(format!("@{}: {:?} is no sentence", attribute.name, attribute.doc));
        }
    });
}

/// An element without a page has that of whatever holds it, on whichever path; so a root needs one, and that is enough.
#[test]
fn every_root_has_a_page() {
    for kind in all_kinds() {
        assert!(!kind.root.page.is_empty(), "{}", kind.name);
    }
}

/// Pages are libvirt's `format...html`; the hypervisors' own namespaces are described on the pages of their drivers.
#[test]
fn every_page_is_one_of_libvirts() {
    let is_anchor = |anchor: &str| {
        !anchor.is_empty()
            && anchor
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
    };
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let (file, anchor) = element.page.split_once('#').unwrap_or((element.page, "top"));
        let of_driver = element.namespace.is_some() && file.starts_with("drv");
        let known = (file.starts_with("format") || of_driver) && file.ends_with(".html");
        let sound = element.page.is_empty() || (known && is_anchor(anchor));
        if !sound {
            problem(format!("{:?} is no page", element.page));
        }
    });
}

#[test]
fn every_format_can_be_met() {
    check_all(|tables, index, problem| {
        for (place, format) in formats(tables.0[index].element) {
            let sound = match format {
                Format::Choice(words) => {
                    let unique = words.iter().enumerate().all(|(at, word)| !words[..at].contains(word));
                    !words.is_empty() && unique && !words.contains(&"")
                }
                Format::Integer { min, max } => min <= max,
                Format::Chars { what, set, min, max } => !what.is_empty() && !set.is_empty() && min <= max,
                Format::AnyOf(parts) => parts.len() > 1,
                Format::Pattern { what, example, .. } => !what.is_empty() && accepts(&format, example),
                _ => true,
            };
            if !sound {
                problem(format!("{place}: nothing meets {format:?}, or not its own example"));
            }
        }
    });
}

fn accepts(format: &Format, value: &str) -> bool {
    format.accept(Cow::Borrowed(value)).is_ok()
}

#[test]
fn guards_look_at_what_exists() {
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let attributes = element.attributes.iter().map(|entry| (format!("@{}", entry.name), entry.guard));
        let children = element.children.iter().map(|entry| (full_name(entry), entry.guard));
        let text = element.text.map(|text| ("#".into(), text.guard));
        let rules = element.rules.iter().map(|rule| (format!("{:?}", rule.relation), rule.guard));
        let derived = element.children.iter().filter_map(|entry| {
            entry.derived.map(|(_, guard)| (format!("derived {}", full_name(entry)), *guard))
        });
        for (place, guard) in attributes.chain(children).chain(text).chain(rules).chain(derived) {
            check_guard(tables, index, &place, guard, problem);
        }
    });
}

#[test]
fn guards_of_generated_children_look_at_what_exists() {
    check_all(|tables, index, problem| {
        for entry in tables.0[index].element.children {
            let guards: Vec<Guard> = match entry.generated {
                Generated::Never | Generated::ChannelSocket => Vec::new(),
                Generated::Where(guards) => guards.to_vec(),
                Generated::WhileRunning(guard) => vec![*guard],
            };
            let own = tables.0.iter().position(|table| std::ptr::eq(table.element, entry.element));
            for (guard, own) in guards.into_iter().zip(own.into_iter().cycle()) {
                check_guard(tables, own, &full_name(entry), guard, problem);
            }
        }
    });
}

/// Says which conditions of a guard go by something that does not exist, or ask for a value that it never has.
fn check_guard(tables: &Tables, index: usize, place: &str, guard: Guard, problem: &mut dyn FnMut(String)) {
    for condition in guard.conditions() {
        let formats = subjects(tables, index, condition.subject);
        let values = match condition.test {
            Test::In(values) | Test::NotIn(values) => values,
            Test::Begins(_) | Test::BeginsNot(_) | Test::Present | Test::Absent => &[],
        };
        if let Test::In([]) | Test::NotIn([]) | Test::Begins([]) | Test::BeginsNot([]) = condition.test {
            problem(format!("{place}: no values for {:?}", condition.subject));
        }
        // A child that has no text can be there all the same.
        let bare = match (condition.subject, condition.test) {
            (Subject::ChildText(name), Test::Present | Test::Absent) => {
                tables.0[index].element.children.iter().any(|child| child.element.name == name)
            }
            _ => false,
        };
        if formats.is_empty() && !bare {
            problem(format!("{place}: there is no {:?}", condition.subject));
        }
        for value in values {
            if !formats.is_empty() && !formats.iter().any(|format| accepts(format, value)) {
                problem(format!("{place}: {:?} is never {value:?}", condition.subject));
            }
        }
    }
}

/// The formats of what a condition looks at; none where there is no such thing. For an attribute further up, one path
/// on which there is one is enough: on the others the entry cannot stand.
fn subjects(tables: &Tables, index: usize, subject: Subject) -> Vec<Format> {
    let named = |attributes: &[Attribute], name: &str| -> Vec<Format> {
        let same = attributes.iter().filter(|attribute| attribute.name == name);
        same.map(|attribute| attribute.format).collect()
    };
    let children = |name: &'static str| {
        let children = tables.0[index].element.children.iter();
        children.map(|child| child.element).filter(move |element| element.name == name)
    };
    match subject {
        Subject::Attribute(levels, name) => {
            let ancestors = tables.ancestors(index, levels).into_iter();
            ancestors.flat_map(|above| named(tables.0[above].element.attributes, name)).collect()
        }
        Subject::Text => tables.0[index].element.text.iter().map(|text| text.format).collect(),
        Subject::ChildText(name) => {
            children(name).filter_map(|element| element.text).map(|text| text.format).collect()
        }
        Subject::ChildAttribute(name, attribute) => {
            children(name).flat_map(|element| named(element.attributes, attribute)).collect()
        }
        Subject::BesideAttribute(name, attribute) => {
            let above = tables.0[index].parents.iter();
            above
                .flat_map(|&above| subjects(tables, above, Subject::ChildAttribute(name, attribute)))
                .collect()
        }
    }
}

#[test]
fn identities_name_what_exists() {
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let has = |element: &Element, name: &str| element.attributes.iter().any(|entry| entry.name == name);
        match element.identity {
            Identity::Nothing => {}
            Identity::First(names) | Identity::All(names) => {
                for name in names.iter().filter(|name| !has(element, name)) {
                    problem(format!("the identity goes by @{name}, which does not exist"));
                }
            }
            Identity::Child(child, name) => {
                let mut children = element.children.iter().map(|entry| entry.element);
                if !children.any(|other| other.name == child && has(other, name)) {
                    problem(format!("the identity goes by {child}/@{name}, which does not exist"));
                }
            }
        }
    });
}

#[test]
fn what_is_picked_goes_by_an_attribute_that_exists() {
    check_all(|tables, index, problem| {
        let attributes = tables.0[index].element.attributes;
        for entry in attributes.iter().filter(|entry| entry.picked.is_some()) {
            let said = |by: &Attribute| Some(by.name) == entry.picked && accepts(&by.format, "yes");
            if !attributes.iter().any(said) {
                problem(format!("@{}: picked by {:?}", entry.name, entry.picked));
            }
        }
    });
}

#[test]
fn an_element_with_a_secret_has_one_place() {
    check_all(|tables, index, problem| {
        let table = &tables.0[index];
        if table.element.attributes.iter().any(|entry| entry.secret) && table.parents.len() != 1 {
            problem(format!("{} elements hold it", table.parents.len()));
        }
    });
}

#[test]
fn references_name_kinds() {
    check_all(|tables, index, problem| {
        for entry in tables.0[index].element.attributes {
            if let Some(reference) = entry.refers_to
                && nixvirt_schema::kind(reference.kind).is_none()
            {
                problem(format!("@{} names a {:?}, which is no kind", entry.name, reference.kind));
            }
        }
    });
}

#[test]
fn derived_values_have_a_place() {
    check_all(|tables, index, problem| {
        for entry in tables.0[index].element.children {
            let has = match entry.derived {
                None => continue,
                Some((Derived::Uuid, _)) => entry.element.is_leaf(),
                Some((Derived::Mac, _)) => {
                    entry.element.attributes.iter().any(|entry| matches!(entry.name, "address"))
                }
            };
            if !has {
                problem(format!("{}: there is no place for what is derived", full_name(entry)));
            }
        }
    });
}

#[test]
fn what_is_implied_can_be_said() {
    check_all(|tables, index, problem| {
        for attribute in tables.0[index].element.attributes {
            let all: Vec<&Attribute> = tables.0[index]
                .element
                .attributes
                .iter()
                .filter(|other| other.name == attribute.name)
                .collect();
            let said = |value| all.iter().any(|attribute| accepts(&attribute.format, value));
            if !attribute.implied.is_none_or(said) {
                problem(format!("@{}: {:?} is not of its format", attribute.name, attribute.implied));
            }
        }
    });
}

#[test]
fn rules_name_what_exists() {
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let exists = |part: &str| match part.strip_prefix('@') {
            Some(name) => element.attributes.iter().any(|attribute| attribute.name == name),
            None if part == "#" => element.text.is_some(),
            None => element.children.iter().any(|child| child.element.name == part),
        };
        for rule in element.rules {
            let (first, others, least) = match rule.relation {
                Relation::AtLeastOne(parts) => (None, parts, 1),
                Relation::AtMostOne(parts)
                | Relation::ExactlyOne(parts)
                | Relation::Together(parts)
                | Relation::TogetherBySchema(parts)
                | Relation::InOrder(parts) => (None, parts, 2),
                Relation::Needs(first, others) | Relation::Excludes(first, others) => {
                    (Some(first), others, 1)
                }
                Relation::Within(part, values) => {
                    let name = part.trim_start_matches('@');
                    let entries = element.attributes.iter().filter(|attribute| attribute.name == name);
                    for value in values {
                        if !entries.clone().any(|attribute| accepts(&attribute.format, value)) {
                            problem(format!("{part} cannot be {value}"));
                        }
                    }
                    (Some(part), &[] as &[&str], 0)
                }
            };
            if others.len() < least {
                problem(format!("{:?} says nothing", rule.relation));
            }
            for part in others.iter().copied().chain(first).filter(|part| !exists(part)) {
                problem(format!("{:?}: there is no {part}", rule.relation));
            }
        }
    });
}

/// The order of RELAX NG's sequences must be the printing order of the tables.
#[test]
fn printing_keeps_the_order_of_the_schema() {
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        for rule in element.rules {
            let Relation::InOrder(parts) = rule.relation else { continue };
            let rank = |part: &&str| {
                let place = element.children.iter().position(|child| child.element.name == *part);
                place.map(|place| element.rank(place))
            };
            if !parts.iter().map(rank).is_sorted() {
                problem(format!("{parts:?} are printed in another order"));
            }
        }
    });
}

#[test]
fn no_table_is_still_to_be_written() {
    check_all(|tables, index, problem| {
        if tables.0[index].element.doc == "To be written." {
            problem("it is still to be written".into());
        }
    });
}

/// A mark says something, and nothing that is there is never there.
#[test]
fn versions_are_known_ones() {
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let mut marks: Vec<(String, Versions)> = Vec::new();
        marks.extend(element.attributes.iter().map(|entry| (format!("@{}", entry.name), entry.versions)));
        marks.extend(element.children.iter().map(|entry| (full_name(entry), entry.versions)));
        marks.extend(element.text.map(|text| ("#".into(), text.versions)));
        marks.extend(element.rules.iter().map(|rule| (format!("{:?}", rule.relation), rule.versions)));
        for (place, format) in formats(element) {
            if let Format::Dated { versions, .. } = format {
                marks.push((place, versions));
            }
        }
        for (place, versions) in marks.into_iter().filter(|(_, versions)| *versions != Versions::ALL) {
            let known = |version: Version| Version::OLDEST < version && version <= Version::NEWEST;
            let (since, until) = (versions.introduced(), versions.removed());
            let sound = since.is_none_or(known)
                && until.is_none_or(known)
                && (since.is_some() || until.is_some())
                && since.zip(until).is_none_or(|(since, until)| since < until);
            if !sound {
                problem(format!("{place}: {versions:?}"));
            }
        }
    });
}

#[test]
fn versions_are_read_and_compared() {
    let read = |text| Version::parse(text).map(|version| version.to_string());
    assert_eq!(read("11.3.0").as_deref(), Some("11.3.0"));
    assert_eq!(read("9.0").as_deref(), Some("9.0.0"));
    for wrong in ["", "11", "11.", ".3", "11.3.0.1", "11.3-rc1", "1234.0.0", "v11.3", "11..3"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
    assert_eq!(Version::from_number(12_008_000), Version::parse("12.8.0"));
    assert!(Version::parse("9.10.0") > Version::parse("9.9.0"));
    let versions = Versions::ALL.since("9.10.0").until("12.1.0");
    let has = |text| versions.contains(Version::parse(text).expect("a version"));
    assert_eq!(["9.9.0", "9.10.0", "12.0.0", "12.1.0"].map(has), [false, true, true, false]);
}

/// A meaning belongs to a word of the format, stands once, and is a phrase.
#[test]
fn meanings_are_those_of_words_of_the_format() {
    let mut problems = Vec::new();
    let mut many = 0;
    for table in Tables::all().0 {
        let attributes =
            table.element.attributes.iter().map(|it| (it.name, &it.format, it.words, it.default));
        let texts = table.element.text.iter().map(|it| (it.key, &it.format, it.words, it.default));
        for (name, format, words, default) in attributes.chain(texts) {
            let known = format.words();
            for (at, (word, meaning)) in words.iter().enumerate() {
                many += 1;
                let twice = words[..at].iter().any(|(other, _)| other == word);
                let is_phrase = !meaning.is_empty() && !meaning.ends_with('.') && !meaning.contains("  ");
                if !known.contains(word) || twice || !is_phrase {
                    problems.push(format!("{}/{name}: {word}: {meaning}", table.path));
                }
            }
            if default.is_some_and(|it| !it.source.contains(" in src/")) {
                problems.push(format!("{}/{name}: a default names the function that it is from", table.path));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(many > 100, "there should be many meanings, not {many}");
}

/// A default that always holds is a value of the format, and what guards see where the value is missing; one that depends on other
/// parts is in words.
#[test]
fn defaults_are_values_or_words() {
    check_all(|tables, index, problem| {
        let element = tables.0[index].element;
        let attributes = element.attributes.iter().map(|it| (it.name, it.format, it.default, it.implied));
        let text = element.text.iter().map(|it| (it.key, it.format, it.default, None));
        for (name, format, default, implied) in attributes.chain(text) {
            let Some(default) = default else { continue };
            if default.always && !accepts(&format, default.value) {
                problem(format!("{name}: {:?} is not of its format", default.value));
            }
            if default.always && implied.is_some_and(|implied| implied != default.value) {
                problem(format!("{name}: {:?} by default, and {implied:?} for guards", default.value));
            }
            if !default.always && format.words().contains(&default.value) {
                problem(format!("{name}: {:?} is a value, and it is not said when it holds", default.value));
            }
        }
    });
}
