//! Holding a document against the schema: guards, required parts, occurrences, rules.

mod parts;

use nixvirt_schema::{Condition, Element, Format, Guard, Need, Occurs, Relation, RelationRule, Test, Text};
use smallvec::SmallVec;

use crate::check::structure::parts::{has_part, may_have_part, other_variant, subject_name};
use crate::diagnostics::Problem;
use crate::diagnostics::report::Report;
use crate::document::foreign::Foreign;
use crate::document::keys::child_key;
use crate::document::path::Trail;
use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{Document, KnownValue, Node, Valid};
use crate::source::limits::{MAX_DEPTH, too_deep};
use crate::source::xml_names::check_foreign;

/// Checks a document. It is valid if neither this nor reading it found an error.
pub fn validate<'a>(document: Document<'a>, report: &mut Report) -> Option<Valid<'a>> {
    Validator { report }.node(&document.root, &Trail::ROOT, None, 1);
    (!report.has_errors() && !report.unknowns).then_some(Valid(document))
}

struct Validator<'r> {
    report: &'r mut Report,
}

impl Validator<'_> {
    /// Checks a node, so many elements deep (the root is one), and what is in it.
    fn node(&mut self, node: &Node<'_>, trail: &Trail<'_>, parent: Option<&Scope<'_, '_>>, depth: usize) {
        if node.broken {
            return;
        }
        if depth > MAX_DEPTH {
            self.report.add(too_deep(), node.offset, || trail.path());
            return;
        }
        let scope = Scope::of(node, parent);
        self.attributes(&scope, trail);
        self.text(&scope, trail);
        self.children(&scope, trail);
        for rule in node.element.rules {
            self.rule(&scope, rule, trail);
        }
        for child in &node.children {
            let key = child_key(node.element, child.element);
            match node.child_entry(child).hoisted {
                true => self.node(child, trail, Some(&scope), depth + 1),
                false => self.node(child, &trail.step(&key, child.index), Some(&scope), depth + 1),
            }
        }
        self.foreign(node, trail, depth);
    }

    /// Checks the foreign XML in a node: whatever it comes from, it must be XML, and not too deep to be read again.
    fn foreign(&mut self, node: &Node<'_>, trail: &Trail<'_>, depth: usize) {
        if node.foreign.is_empty() {
            return;
        }
        for problem in check_foreign(&node.declared, &node.foreign) {
            self.report.add(problem, node.offset, || trail.path());
        }
        if depth + node.foreign.iter().map(Foreign::depth).max().unwrap_or(0) > MAX_DEPTH {
            self.report.add(too_deep(), node.offset, || trail.path());
        }
    }

    fn attributes(&mut self, scope: &Scope<'_, '_>, trail: &Trail<'_>) {
        let (node, libvirt) = (scope.node, self.report.libvirt());
        for attribute in &node.attributes {
            let entry = node.attribute_entry(attribute);
            let trail_of = || trail.step(entry.name, None).path();
            self.report.add_unless_in(entry.versions, || format!("`{}`", entry.name), node.offset, trail_of);
            if entry.guard.is_always() {
                continue;
            }
            let guards = node.element.attributes.iter().filter(|other| other.name == entry.name);
            self.place(scope, entry.name, &entry.guard, guards.map(|other| other.guard), trail);
        }
        for entry in node.element.attributes.iter().filter(|entry| entry.need != Need::Optional) {
            if !entry.versions.contains(libvirt) {
                continue;
            }

            let absent = node.attribute(entry.name).is_none() && !node.unknown.may_have(entry.name);
            if absent && scope.decide(&entry.guard) == GuardVerdict::Holds {
                let instead = other_variant(scope, &entry.guard);
                self.missing(
                    node,
                    (entry.name, entry.need),
                    entry.doc,
                    (Some(&entry.format), instead),
                    trail,
                );
            }
        }
    }

    fn text(&mut self, scope: &Scope<'_, '_>, trail: &Trail<'_>) {
        let node = scope.node;
        let Some(text) = node.element.text else { return };
        if node.text.is_some() {
            let path = || trail.step(text.key, None).path();
            self.report.add_unless_in(text.versions, || format!("`{}`", text.key), node.offset, path);
        }
        match (&node.text, scope.decide(&text.guard)) {
            (Some(_), GuardVerdict::Fails(_)) => {
                self.place(scope, text.key, &text.guard, [text.guard].into_iter(), trail)
            }
            (None, GuardVerdict::Holds) if text.need != Need::Optional => {
                self.empty_text(scope, &text, trail)
            }
            _ => {}
        }
    }

    /// Says what is wrong with an element that has no text: it is missing, or only libvirt's parser takes an empty one.
    fn empty_text(&mut self, scope: &Scope<'_, '_>, text: &Text, trail: &Trail<'_>) {
        let node = scope.node;
        match text.format.accept("".into()) {
            Err(_) if !node.unknown.may_have("#") => {
                // In a spec, a hoisted element is part of the set that holds it.
                let holder = scope.parent.filter(|parent| parent.node.child_entry(node).hoisted);
                let holder = holder.map_or(node, |parent| parent.node);
                self.missing(
                    holder,
                    (text.key, text.need),
                    node.element.doc,
                    (Some(&text.format), None),
                    trail,
                );
            }
            // Only XML has an element without text; in a spec, an empty text is one.
            Ok(accepted) if !accepted.by_schema && node.offset.is_some() => {
                let expected = text.format.describe_for(self.report.libvirt());
                let value = format!("an empty `{}`", node.element.name);
                self.report.add(Problem::OutsideSchema { value, expected }, node.offset, || trail.path());
            }
            _ => {}
        }
    }

    fn children(&mut self, scope: &Scope<'_, '_>, trail: &Trail<'_>) {
        let (node, libvirt) = (scope.node, self.report.libvirt());
        let element = node.element;
        // Few names, however many children: going back over these for each child would take time quadratic in them.
        let mut seen: SmallVec<[&Element; 8]> = SmallVec::new();
        for child in &node.children {
            let entry = node.child_entry(child);
            let same = |other: &Element| {
                std::ptr::eq(other, child.element)
                    || (other.name == child.element.name && other.namespace == child.element.namespace)
            };
            if !entry.guard.is_always() {
                let guards =
                    element.children.iter().filter(|other| same(other.element)).map(|other| other.guard);
                self.place(scope, child.element.name, &entry.guard, guards, trail);
            }
            let place = || trail.step(child.element.name, child.index).path();
            let what = || format!("`{}`", child.element.name);
            self.report.add_unless_in(entry.versions, what, child.offset, place);
            let repeats = seen.iter().any(|before| same(before));
            if !repeats {
                seen.push(child.element);
            }
            let fits = match entry.occurs {
                Occurs::Once => !repeats,
                Occurs::Many => {
                    if repeats {
                        let what = || format!("more than one `{}` in `{}`", child.element.name, element.name);
                        self.report.add_unless_in(entry.repeats, what, child.offset, place);
                        if entry.repeats_by_parser {
                            let problem =
                                Problem::OutsideSchema { value: what(), expected: "one".to_owned() };
                            self.report.add(problem, child.offset, place);
                        }
                    }
                    true
                }
                // Said once, at the first of them.
                Occurs::Exactly(_) if node.unknown.may_have(child.element.name) => true,
                Occurs::Exactly(times) => repeats || node.children_named(child.element.name).count() == times,
            };
            if !fits {
                let times = if let Occurs::Exactly(times) = entry.occurs { times } else { 1 };
                let problem = Problem::Repeated { name: child.element.name, parent: element.name, times };
                self.report.add(problem, child.offset, || trail.step(child.element.name, child.index).path());
            }
        }
        for entry in element.children.iter().filter(|entry| entry.need != Need::Optional) {
            if !entry.versions.contains(libvirt) {
                continue;
            }

            let present = node.children_named(entry.element.name).next().is_some()
                || node.unknown.may_have(entry.element.name);
            if !present && scope.decide(&entry.guard) == GuardVerdict::Holds {
                let format =
                    entry.element.text.as_ref().filter(|_| entry.element.is_leaf()).map(|text| &text.format);
                let name = match (entry.hoisted, entry.element.text) {
                    (true, Some(text)) => text.key,
                    _ => entry.element.name,
                };
                self.missing(node, (name, entry.need), entry.element.doc, (format, None), trail);
            }
        }
    }

    /// Says why an entry may not stand where it does. `guards` are those of all entries of its name.
    fn place(
        &mut self,
        scope: &Scope<'_, '_>,
        name: &'static str,
        guard: &Guard,
        guards: impl Iterator<Item = Guard>,
        trail: &Trail<'_>,
    ) {
        let GuardVerdict::Fails(failed) = scope.decide(guard) else { return };
        let guards: Vec<Guard> = guards.collect();
        // While reading, the entry could not be chosen where the choice depends on a child.
        if guards.iter().any(|guard| !matches!(scope.decide(guard), GuardVerdict::Fails(_))) {
            return;
        }
        let not = matches!(failed.test, Test::NotIn(_) | Test::Absent);
        let mut wanted: Vec<&'static str> = Vec::new();
        // Other entries of the name may be had with other values of the same subject.
        let failing = guards.iter().flat_map(|guard| guard.conditions().copied().collect::<Vec<Condition>>());
        for condition in failing.filter(|condition| condition.subject == failed.subject) {
            if let (Test::In(values), false) | (Test::NotIn(values), true) = (condition.test, not) {
                wanted.extend(values.iter().filter(|value| !wanted.contains(value)).collect::<Vec<_>>());
            }
        }
        let actual = match scope.subject(&failed.subject) {
            KnownValue::Is(value) => Some(value.to_owned()),
            _ => None,
        };
        let subject = subject_name(scope, &failed.subject);
        let problem = Problem::Misplaced { name, subject, wanted, not, actual };
        self.report.add(problem, scope.node.offset, || trail.step(name, None).path());
    }

    fn rule(&mut self, scope: &Scope<'_, '_>, rule: &RelationRule, trail: &Trail<'_>) {
        if !rule.versions.contains(self.report.libvirt()) || scope.decide(&rule.guard) != GuardVerdict::Holds
        {
            return;
        }
        // How many parts there are, and how many there may be.
        let count = |parts: &[&str]| parts.iter().filter(|part| has_part(scope.node, part)).count();
        let most = |parts: &[&str]| {
            parts.iter().filter(|part| has_part(scope.node, part) || may_have_part(scope.node, part)).count()
        };
        let kept = match rule.relation {
            Relation::AtMostOne(parts) => count(parts) <= 1,
            Relation::ExactlyOne(parts) => count(parts) <= 1 && most(parts) >= 1,
            Relation::AtLeastOne(parts) => most(parts) >= 1,
            Relation::Together(parts) | Relation::TogetherBySchema(parts) => {
                count(parts) == 0 || most(parts) == parts.len()
            }
            Relation::Needs(part, others) => count(&[part]) == 0 || most(others) == others.len(),
            Relation::Excludes(part, others) => count(&[part]) == 0 || count(others) == 0,
            Relation::Within(part, values) => {
                let attribute = scope.node.attribute(part.trim_start_matches('@'));
                attribute.is_none_or(|attribute| {
                    !attribute.value.valid || values.contains(&&*attribute.value.text)
                })
            }
            // Only the order of an XML document can break it; its reader has looked.
            Relation::InOrder(_) => true,
        };
        if !kept {
            let problem = Problem::Broken { relation: rule.relation, parent: scope.node.element.name };
            self.report.add(problem, scope.node.offset, || trail.path());
        }
    }

    fn missing(
        &mut self,
        node: &Node<'_>,
        (name, need): (&'static str, Need),
        doc: &'static str,
        (format, instead): (Option<&Format>, Option<String>),
        trail: &Trail<'_>,
    ) {
        if node.meant.iter().any(|meant| meant == name) {
            return;
        }
        let expected = format.map(|format| format.describe_for(self.report.libvirt()));
        let problem = Problem::Missing { name, doc, parent: node.element.name, expected, need, instead };
        self.report.add(problem, node.offset, || trail.path());
    }
}
