//! A draft of a document: elements with what was put into them, some of it for good, some of it to be changed or taken out again.

use std::fmt::Write as _;

use nixvirt_compiler::Node;
use nixvirt_schema::{Attribute, Child, Condition, Element, Guard, Subject, Test};

use super::sample;

/// An element of a draft.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The table of the element.
    pub element: &'static Element,
    /// The attributes, by name.
    pub attributes: Vec<Given>,
    /// The text, where it has one.
    pub text: Option<String>,
    /// The children in the order in which they were added.
    pub children: Vec<Draft>,
    /// Whether it must stay, since the example is about it or needs it by its guard.
    pub kept: bool,
}

/// An attribute of a draft.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// The name as XML has it.
    pub name: &'static str,
    /// The value as XML has it.
    pub value: String,
    /// Whether a guard of the example depends on it.
    pub kept: bool,
}

impl Draft {
    /// An element without content.
    pub(super) fn new(element: &'static Element, kept: bool) -> Draft {
        Draft { element, attributes: Vec::new(), text: None, children: Vec::new(), kept }
    }

    /// The draft that a document's node gives.
    pub(super) fn of(node: &Node<'_>) -> Draft {
        let given = |attribute: &nixvirt_compiler::AttributeNode<'_>| Given {
            name: node.element.attributes[attribute.entry].name,
            value: attribute.value.text.to_string(),
            kept: false,
        };
        Draft {
            element: node.element,
            attributes: node.attributes.iter().map(given).collect(),
            text: node.text.as_ref().map(|text| text.text.to_string()),
            children: node.children.iter().map(Draft::of).collect(),
            kept: false,
        }
    }

    /// The element at a way of positions among children.
    pub(super) fn at(&mut self, way: &[usize]) -> &mut Draft {
        way.iter().fold(self, |draft, index| &mut draft.children[*index])
    }

    /// The value of an attribute.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|given| given.name == name).map(|given| &*given.value)
    }

    /// Gives an attribute a value, in place of any that it has.
    pub(super) fn set(&mut self, name: &'static str, value: String, kept: bool) {
        match self.attributes.iter_mut().find(|given| given.name == name) {
            Some(given) => (given.value, given.kept) = (value, given.kept || kept),
            None => self.attributes.push(Given { name, value, kept }),
        }
    }

    /// Takes a part out that need not stay: `@name` is an attribute, `#` the text, `name` a child. Says whether there was one.
    pub(super) fn remove(&mut self, part: &str) -> bool {
        let before = self.attributes.len() + self.children.len() + usize::from(self.text.is_some());
        match part.strip_prefix('@') {
            Some(name) => self.attributes.retain(|given| given.name != name || given.kept),
            None if part == "#" => self.text = None,
            None => self.children.retain(|child| child.element.name != part || child.kept),
        }
        before != self.attributes.len() + self.children.len() + usize::from(self.text.is_some())
    }

    /// Adds a part with a value, where the element has it. Says whether it was added.
    pub(super) fn add(&mut self, part: &str, turn: usize) -> bool {
        if let Some(name) = part.strip_prefix('@') {
            let entry = self.element.attributes.iter().find(|entry| entry.name == name && !entry.ignored);
            let Some(entry) = entry.filter(|_| self.value(name).is_none()) else { return false };
            let values = sample::of_attribute(entry);
            let Some(value) = turned(&values, turn) else { return false };
            self.set(entry.name, value.clone(), false);
            return true;
        }
        if part == "#" {
            let Some(text) = self.element.text.filter(|_| self.text.is_none()) else { return false };
            self.text = turned(&sample::of_text(&text), turn).cloned();
            return self.text.is_some();
        }
        let entry = self.element.children.iter().find(|child| child.element.name == part);
        entry.map(|child| self.children.push(Draft::filled(child.element, turn))).is_some()
    }

    /// An element with its text, where it needs one.
    pub(super) fn filled(element: &'static Element, turn: usize) -> Draft {
        let mut draft = Draft::new(element, false);
        draft.add("#", turn);
        draft
    }

    /// Makes a guard hold of the element at a way, as far as values can.
    pub(super) fn impose(&mut self, way: &[usize], guard: &Guard, turn: usize) {
        for condition in guard.conditions() {
            let (levels, part) = match condition.subject {
                Subject::Attribute(levels, name) => (levels, Part::Attribute(name)),
                Subject::Text => (0, Part::Text),
                Subject::ChildText(child) => (0, Part::Child(child, None)),
                Subject::ChildAttribute(child, name) => (0, Part::Child(child, Some(name))),
                Subject::BesideAttribute(child, name) => (1, Part::Child(child, Some(name))),
            };
            let Some(depth) = way.len().checked_sub(levels) else { continue };
            let node = self.at(&way[..depth]);
            node.meet(part, condition.test, turn);
            // An attribute may have conditions of its own, which look further up.
            if let (Part::Attribute(name), Test::In(_) | Test::Present | Test::Begins(_)) =
                (part, condition.test)
            {
                let value = node.value(name).unwrap_or_default().to_owned();
                let takes =
                    |entry: &&Attribute| entry.name == name && entry.format.accept((&*value).into()).is_ok();
                let entry = node.element.attributes.iter().find(takes);
                let guard = entry.map_or(Guard::ALWAYS, |entry| entry.guard);
                let looks_up = |it: &Condition| matches!(it.subject, Subject::Attribute(1.., _));
                if guard.conditions().all(looks_up) {
                    self.impose(&way[..depth], &guard, turn);
                }
            }
        }
    }

    fn meet(&mut self, part: Part, test: Test, turn: usize) {
        match part {
            Part::Attribute(name) => {
                let current = self.value(name).map(str::to_owned);
                let entries = self.element.attributes.iter().filter(|entry| entry.name == name);
                let values: Vec<String> = entries.flat_map(sample::of_attribute).collect();
                match wanted(test, current.as_deref(), &values, turn) {
                    Wanted::AsIs => {}
                    Wanted::Nothing => self.attributes.retain(|given| given.name != name),
                    Wanted::Value(value) => {
                        let entry = self.element.attributes.iter().find(|entry| entry.name == name);
                        entry.into_iter().for_each(|entry| self.set(entry.name, value.clone(), true));
                    }
                }
            }
            Part::Text => {
                let values = self.element.text.map(|text| sample::of_text(&text)).unwrap_or_default();
                match wanted(test, self.text.as_deref(), &values, turn) {
                    Wanted::AsIs => {}
                    Wanted::Nothing => self.text = None,
                    Wanted::Value(value) => self.text = Some(value),
                }
            }
            Part::Child(child, attribute) => {
                let entry = self.element.children.iter().find(|entry| entry.element.name == child);
                let Some(entry) = entry else { return };
                let index = self.children.iter().position(|known| known.element.name == child);
                match (test, index) {
                    (Test::Absent, _) if attribute.is_none() => {
                        self.children.retain(|known| known.element.name != child);
                    }
                    (Test::NotIn(_) | Test::BeginsNot(_) | Test::Absent, None) => {}
                    (_, index) => {
                        let index = index.unwrap_or_else(|| {
                            self.children.push(Draft::filled(entry.element, turn));
                            self.children.len() - 1
                        });
                        let inner = attribute.map_or(Part::Text, Part::Attribute);
                        self.children[index].kept = true;
                        self.children[index].meet(inner, test, turn);
                    }
                }
            }
        }
    }

    /// Adds the elements of a chain of entries, each within the one before, with what their guards ask for. What is there
    /// already is used.
    pub(super) fn extend(&mut self, chain: &[&'static Child], turn: usize) {
        for (depth, child) in chain.iter().enumerate() {
            let Some(way) = self.way(&chain[..depth]) else { return };
            self.impose(&way, &child.guard, turn);
            // What a guard does not allow was taken out, which moves the rest.
            let Some(way) = self.way(&chain[..depth]) else { return };
            let holder = self.at(&way);
            let index = holder.nearest(&chain[depth..]).unwrap_or_else(|| {
                holder.children.push(Draft::filled(child.element, turn));
                holder.children.len() - 1
            });
            holder.children[index].kept = true;
        }
    }

    /// The positions among children that lead along a chain of entries.
    pub(super) fn way(&self, chain: &[&'static Child]) -> Option<Vec<usize>> {
        let mut here = self;
        let mut way = Vec::new();
        for depth in 0..chain.len() {
            let index = here.nearest(&chain[depth..])?;
            way.push(index);
            here = &here.children[index];
        }
        Some(way)
    }

    /// How much of a chain of entries it has.
    pub(super) fn depth(&self, chain: &[&'static Child]) -> usize {
        self.nearest(chain).map_or(0, |index| 1 + self.children[index].depth(&chain[1..]))
    }

    /// The child that begins a chain of entries: of several, one that must stay, then the one that has most of the chain.
    fn nearest(&self, chain: &[&'static Child]) -> Option<usize> {
        let (first, rest) = chain.split_first()?;
        let same = |(_, known): &(usize, &Draft)| std::ptr::eq(known.element, first.element);
        let found = self.children.iter().enumerate().filter(same);
        found
            .max_by_key(|(at, known)| (known.kept, known.depth(rest), std::cmp::Reverse(*at)))
            .map(|(at, _)| at)
    }

    /// Writes it as XML, and notes where each element begins.
    pub(super) fn write(&self) -> (String, Vec<(usize, Vec<usize>)>) {
        let (mut out, mut offsets) = (String::new(), Vec::new());
        self.write_into(&mut out, "", &mut Vec::new(), &mut offsets);
        (out, offsets)
    }

    fn write_into(
        &self,
        out: &mut String,
        declared: &str,
        way: &mut Vec<usize>,
        offsets: &mut Vec<(usize, Vec<usize>)>,
    ) {
        offsets.push((out.len(), way.clone()));
        let prefix = self.element.namespace.map_or("", |namespace| namespace.prefix);
        let colon = if prefix.is_empty() { "" } else { ":" };
        let name = format!("{prefix}{colon}{}", self.element.name);
        let _ = write!(out, "<{name}");
        if let Some(namespace) = self.element.namespace.filter(|_| prefix != declared) {
            let _ = write!(out, " xmlns:{}='{}'", namespace.prefix, namespace.uri);
        }
        for Given { name, value, .. } in &self.attributes {
            let _ = write!(out, " {name}='{}'", escaped(value));
        }
        out.push('>');
        out.push_str(&escaped(self.text.as_deref().unwrap_or_default()));
        for (index, child) in self.children.iter().enumerate() {
            way.push(index);
            child.write_into(out, prefix, way, offsets);
            way.pop();
        }
        if self.element.foreign && self.children.is_empty() {
            out.push_str("<note:text xmlns:note='http://example.org/notes'>web server</note:text>");
        }
        let _ = write!(out, "</{name}>");
    }
}

/// The part of an element that a condition looks at.
#[derive(Clone, Copy)]
enum Part {
    Attribute(&'static str),
    Text,
    Child(&'static str, Option<&'static str>),
}

/// The wish of a condition about a value.
enum Wanted {
    AsIs,
    Nothing,
    Value(String),
}

fn wanted(test: Test, current: Option<&str>, values: &[String], turn: usize) -> Wanted {
    let value = |found: Option<&String>| found.map_or(Wanted::AsIs, |value| Wanted::Value(value.clone()));
    match test {
        Test::In(words) if current.is_some_and(|current| words.contains(&current)) => Wanted::AsIs,
        Test::In(words) => Wanted::Value(words[turn % words.len()].to_owned()),
        Test::NotIn(words) if current.is_none_or(|current| !words.contains(&current)) => Wanted::AsIs,
        Test::NotIn(words) => value(values.iter().find(|value| !words.contains(&value.as_str()))),
        Test::Present if current.is_some() => Wanted::AsIs,
        Test::Present => value(turned(values, turn)),
        Test::Absent => Wanted::Nothing,
        Test::Begins(starts)
            if current.is_some_and(|current| starts.iter().any(|it| current.starts_with(it))) =>
        {
            Wanted::AsIs
        }
        Test::Begins(starts) => {
            let fits = |value: &&String| starts.iter().any(|start| value.starts_with(start));
            let made = || Wanted::Value(format!("{}a", starts[0]));
            values.iter().find(fits).map_or_else(made, |value| Wanted::Value(value.clone()))
        }
        Test::BeginsNot(starts) => {
            let begins = |value: &str| starts.iter().any(|start| value.starts_with(start));
            match current {
                Some(current) if begins(current) => value(values.iter().find(|value| !begins(value))),
                _ => Wanted::AsIs,
            }
        }
    }
}

/// One of some values: the first, or in another turn another one.
pub(super) fn turned(values: &[String], turn: usize) -> Option<&String> {
    values.get(turn % values.len().max(1))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;")
}
