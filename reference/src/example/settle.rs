//! Makes a draft valid: what the compiler finds missing is added, what it finds out of place is taken out or changed, until it
//! finds nothing.

use nixvirt_compiler::{
    CompileOptions, Diagnostic, Fit, Fix, Part, Path, Problem, Severity, TEXT, Target, check_xml,
    offers_in_xml,
};
use nixvirt_schema::{Kind, Relation};

use super::draft::Draft;
use super::sample;

/// How often a draft is mended before it is given up.
const MOST_ROUNDS: usize = 40;

/// Mends a draft until the compiler finds nothing wrong. Gives how many warnings are left; nothing where errors are.
pub(super) fn settle(draft: &mut Draft, kind: &'static Kind, target: Target, turn: usize) -> Option<usize> {
    for round in 0..MOST_ROUNDS {
        let (xml, offsets) = draft.write();
        let found = problems(&xml, kind, target);
        if found.is_empty() {
            return Some(0);
        }
        let mut mended = false;
        for problem in &found {
            // The innermost element that begins at or before the problem; a problem knows where its element begins.
            let offset = problem.offset.unwrap_or(0);
            let Some((start, way)) = offsets.iter().rfind(|(start, _)| *start <= offset) else { continue };
            let mut mending = Mending { xml: &xml, kind, start: *start, turn, round };
            if mending.mend(draft, way, problem) {
                // The ways to the other problems may have changed.
                mended = true;
                break;
            }
        }
        if !mended {
            let errors = found.iter().any(|problem| problem.severity == Severity::Error);
            return (!errors).then_some(found.len());
        }
    }
    None
}

/// The problems of a document, rules included.
pub(super) fn problems(xml: &str, kind: &'static Kind, target: Target) -> Vec<Diagnostic> {
    let options = CompileOptions { kind: Some(kind), target, writes: false, ..CompileOptions::DEFAULT };
    check_xml(xml.as_bytes(), options).diagnostics
}

/// One problem that is being mended.
struct Mending<'m> {
    xml: &'m str,
    kind: &'static Kind,
    /// Where the element of the problem begins.
    start: usize,
    turn: usize,
    round: usize,
}

impl Mending<'_> {
    fn mend(&mut self, draft: &mut Draft, way: &[usize], problem: &Diagnostic) -> bool {
        match &problem.problem {
            Problem::Missing { name, .. } => self.add(draft.at(way), name),
            Problem::Broken { relation, .. } => self.relate(draft.at(way), relation),
            Problem::Misplaced { name, .. } | Problem::Ignored { name, .. } => {
                let node = draft.at(way);
                node.remove(&format!("@{name}")) || node.remove(name) || remove_self(draft, way, name)
            }
            Problem::OtherVersion { .. } | Problem::Unknown { .. } => {
                last(&problem.path).is_some_and(|name| draft.at(way).remove(&format!("@{name}")))
                    || remove_self(draft, way, draft.clone().at(way).element.name)
            }
            Problem::Repeated { name, times, .. } => {
                let node = draft.at(way);
                let found = node.children.iter().filter(|child| child.element.name == *name).count();
                if found < *times { node.add(name, self.turn) } else { node.remove(name) }
            }
            Problem::Rule { fix: Some(Fix::Replace(value)), .. } => {
                let value = value.trim_matches('"').to_owned();
                let Some(name) = last(&problem.path) else { return false };
                let node = draft.at(way);
                match node.attributes.iter_mut().find(|given| given.name == name && !given.kept) {
                    Some(given) if given.value != value => {
                        given.value = value;
                        true
                    }
                    _ => false,
                }
            }
            Problem::BadValue { .. } | Problem::OutsideSchema { .. } | Problem::Rule { .. } => {
                self.other_value(draft.at(way), &problem.path)
            }
            _ => false,
        }
    }

    /// Adds what is missing: the entry of that name that fits there.
    fn add(&self, node: &mut Draft, name: &str) -> bool {
        let offers = offers_in_xml(self.xml.as_bytes(), Some(self.kind), self.start);
        let is_text = |key: &str| key == TEXT && node.element.text.is_some_and(|text| text.key == name);
        let mut fitting = offers.iter().filter(|offer| offer.fit != Fit::No && !offer.given);
        let Some(offer) = fitting.find(|offer| offer.key == name || is_text(&offer.key)) else {
            return false;
        };
        match offer.part {
            Part::Attribute(attribute) => {
                let values = sample::of_attribute(attribute);
                let Some(value) = super::draft::turned(&values, self.turn) else { return false };
                node.set(attribute.name, value.clone(), false);
                true
            }
            Part::Text(..) => node.add("#", self.turn),
            Part::Child(child) => {
                node.children.push(Draft::filled(child.element, self.turn));
                true
            }
        }
    }

    /// Makes a relation between the parts of an element hold.
    fn relate(&self, node: &mut Draft, relation: &Relation) -> bool {
        let has = |node: &Draft, part: &str| match part.strip_prefix('@') {
            Some(name) => node.value(name).is_some(),
            None if part == "#" => node.text.is_some(),
            None => node.children.iter().any(|child| child.element.name == part),
        };
        match *relation {
            Relation::ExactlyOne(parts) | Relation::AtLeastOne(parts)
                if !parts.iter().any(|part| has(node, part)) =>
            {
                let start = self.turn + self.round;
                (0..parts.len()).any(|next| node.add(parts[(start + next) % parts.len()], self.turn))
            }
            Relation::ExactlyOne(parts) | Relation::AtMostOne(parts) => {
                let there: Vec<&str> = parts.iter().copied().filter(|part| has(node, part)).collect();
                there.iter().rev().any(|part| node.remove(part))
            }
            Relation::Together(parts) | Relation::TogetherBySchema(parts) => {
                parts.iter().any(|part| !has(node, part) && node.add(part, self.turn))
            }
            Relation::Needs(part, others) => {
                others.iter().any(|other| !has(node, other) && node.add(other, self.turn))
                    || node.remove(part)
            }
            Relation::Excludes(part, others) => {
                others.iter().any(|other| node.remove(other)) || node.remove(part)
            }
            Relation::Within(part, values) => match (part.strip_prefix('@'), values) {
                (Some(_), []) => node.remove(part),
                (Some(name), [first, ..]) => {
                    let entry = node.element.attributes.iter().find(|entry| entry.name == name);
                    let Some(entry) = entry else { return false };
                    node.set(entry.name, (*first).to_owned(), false);
                    true
                }
                (None, _) => false,
            },
            Relation::AtLeastOne(_) | Relation::InOrder(_) => false,
        }
    }

    /// Gives the attribute or text that a path ends with its next value, or takes it out where it has had all.
    fn other_value(&self, node: &mut Draft, path: &Path) -> bool {
        let name = last(path).unwrap_or_default();
        let of_text = node.element.text.is_some_and(|text| text.key == name) || node.element.name == name;
        let entries = node.element.attributes.iter().filter(|entry| entry.name == name);
        let values: Vec<String> = entries.flat_map(sample::of_attribute).collect();
        if let Some(given) = node.attributes.iter_mut().find(|given| given.name == name && !given.kept) {
            let next = values.iter().skip_while(|value| **value != given.value).nth(1);
            let Some(next) = next else { return node.remove(&format!("@{name}")) };
            given.value = next.clone();
            return true;
        }
        match (node.element.text, &node.text) {
            (Some(text), Some(current)) if of_text => {
                let values = sample::of_text(&text);
                let next = values.iter().skip_while(|value| *value != current).nth(1).cloned();
                let changed = next.is_some();
                node.text = next.or(node.text.take());
                changed
            }
            _ => false,
        }
    }
}

/// Takes an element out of the one that holds it, where it need not stay.
fn remove_self(draft: &mut Draft, way: &[usize], name: &str) -> bool {
    let Some((last, above)) = way.split_last() else { return false };
    let holder = draft.at(above);
    let gone = holder.children.get(*last).is_some_and(|child| child.element.name == name && !child.kept);
    if gone {
        holder.children.remove(*last);
    }
    gone
}

fn last(path: &Path) -> Option<&str> {
    path.0.last().map(|step| &*step.key)
}
