//! XML as a tree, read by somebody else's parser, and the difference of two of them by content: attributes have no
//! order, elements only among those of their name, white space that indents is nothing, and numbers count by value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An element, to compare documents by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The name, with the namespace in braces before it.
    pub name: String,
    /// The attributes, namespace declarations aside.
    pub attributes: BTreeMap<String, String>,
    /// The text, without white space at its ends.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Tree>,
}

impl Tree {
    /// Reads XML.
    ///
    /// # Errors
    /// XML that is not well-formed.
    pub fn read(xml: &str) -> Result<Tree, String> {
        let document = roxmltree::Document::parse(xml).map_err(|error| error.to_string())?;
        Ok(Tree::of(document.root_element()))
    }

    fn of(node: roxmltree::Node<'_, '_>) -> Tree {
        let name = match node.tag_name().namespace() {
            Some(namespace) => format!("{{{namespace}}}{}", node.tag_name().name()),
            None => node.tag_name().name().to_owned(),
        };
        let attributes =
            node.attributes().map(|one| (one.name().to_owned(), one.value().to_owned())).collect();
        let text: String =
            node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect();
        let children = node.children().filter(roxmltree::Node::is_element).map(Tree::of).collect();
        Tree { name, attributes, text: text.trim().to_owned(), children }
    }

    /// Goes through the values of this element that another one has at the same place, too: the place, this one's, the other's.
    /// Of children with one name, the first meets the first; where they are not as many, none.
    pub fn values_beside<'t>(&'t self, other: &'t Tree, visit: &mut dyn FnMut(&str, &'t str, &'t str)) {
        self.values_below(other, &self.name, visit);
    }

    fn values_below<'t>(
        &'t self,
        other: &'t Tree,
        place: &str,
        visit: &mut dyn FnMut(&str, &'t str, &'t str),
    ) {
        for (name, value) in &self.attributes {
            if let Some(theirs) = other.attributes.get(name) {
                visit(&format!("{place}/@{name}"), value, theirs);
            }
        }
        if self.children.is_empty()
            && other.children.is_empty()
            && ![&self.text, &other.text].contains(&&String::new())
        {
            visit(place, &self.text, &other.text);
        }
        let names: BTreeSet<&str> = self.children.iter().map(|child| &*child.name).collect();
        for name in names {
            let (ours, theirs) = (self.children_named(name), other.children_named(name));
            if ours.clone().count() == theirs.clone().count() {
                ours.zip(theirs)
                    .for_each(|(one, two)| one.values_below(two, &format!("{place}/{name}"), visit));
            }
        }
    }

    /// The first child of a name.
    pub fn child<'t>(&'t self, name: &'t str) -> Option<&'t Tree> {
        self.children_named(name).next()
    }

    /// The children of a name.
    pub fn children_named<'t>(&'t self, name: &'t str) -> impl Iterator<Item = &'t Tree> + Clone {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The child of a name; one is made where there is none.
    pub fn child_or_new(&mut self, name: &str) -> &mut Tree {
        let at = self.children.iter().position(|child| child.name == name).unwrap_or_else(|| {
            self.children.push(Tree::leaf(name, ""));
            self.children.len() - 1
        });
        &mut self.children[at]
    }

    /// An element that holds only text.
    pub fn leaf(name: &str, text: &str) -> Tree {
        Tree {
            name: name.to_owned(),
            attributes: BTreeMap::new(),
            text: text.to_owned(),
            children: Vec::new(),
        }
    }

    /// All differences to another tree, ordered by place.
    pub fn differences(&self, other: &Tree) -> Vec<Difference> {
        let mut found = Vec::new();
        if self.name != other.name {
            found.push(Difference::new("", Some(&self.name), Some(&other.name)));
        }
        compare(self, other, &self.name, &mut found);
        found.sort();
        found
    }
}

/// A difference between two trees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The place: `domain/devices/disk[1]/driver/@cache`; an element beyond the other tree's is one with its index.
    pub place: String,
    /// The part of the first tree; nothing where it is missing.
    pub first: Option<String>,
    /// The part of the second tree; nothing where it is missing.
    pub second: Option<String>,
}

impl Difference {
    fn new(place: &str, first: Option<&str>, second: Option<&str>) -> Difference {
        Difference {
            place: place.to_owned(),
            first: first.map(str::to_owned),
            second: second.map(str::to_owned),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| {
            value.as_ref().map_or("nothing".to_owned(), |value| format!("{value:?}"))
        };
        write!(out, "{}: {} instead of {}", self.place, shown(&self.first), shown(&self.second))
    }
}

fn compare(first: &Tree, second: &Tree, place: &str, found: &mut Vec<Difference>) {
    let names = first.attributes.keys().chain(second.attributes.keys());
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    for name in names {
        let (one, other) = (first.attributes.get(name), second.attributes.get(name));
        let same = matches!((one, other), (Some(one), Some(other)) if same_value(one, other));
        if !same {
            let place = format!("{place}/@{name}");
            found.push(Difference::new(&place, one.map(String::as_str), other.map(String::as_str)));
        }
    }
    if !same_value(&first.text, &second.text) {
        found.push(Difference::new(&format!("{place}/#"), Some(&first.text), Some(&second.text)));
    }
    let mut names: Vec<&str> =
        first.children.iter().chain(&second.children).map(|child| &*child.name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let (mut ours, mut theirs) = (first.children_named(name), second.children_named(name));
        let several = first.children_named(name).count().max(second.children_named(name).count()) > 1;
        for index in 0.. {
            let index = if several { format!("[{index}]") } else { String::new() };
            let place = format!("{place}/{name}{index}");
            match (ours.next(), theirs.next()) {
                (None, None) => break,
                (Some(one), Some(other)) => compare(one, other, &place, found),
                (one, other) => {
                    found.push(Difference::new(
                        &place,
                        one.map(|_| "an element"),
                        other.map(|_| "an element"),
                    ));
                }
            }
        }
    }
}

/// Whether two values are the same, numbers by value: `0x0a` and `10`.
fn same_value(one: &str, other: &str) -> bool {
    one == other || matches!((number(one), number(other)), (Some(one), Some(other)) if one == other)
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
