//! A node together with those that hold it, so that the place of what is found there can be said.

use std::borrow::Cow;

use nixvirt_schema::Element;

use crate::document::keys::child_key;
use crate::document::path::{Path, PathStep};
use crate::document::{KnownValue, Node};

/// A place in an object. Most are never said: what a message shows is put together by [`ObjectPlace::path`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectPlace {
    /// The steps to it, as a spec spells them.
    steps: Vec<(Cow<'static, str>, Option<usize>)>,
    /// Where its element begins in XML, in bytes, if the object was read from XML.
    pub offset: Option<usize>,
}

impl ObjectPlace {
    /// The place, as a spec spells it.
    pub fn path(&self) -> Path {
        let step =
            |(key, index): &(Cow<'_, str>, Option<usize>)| PathStep { key: key.to_string(), index: *index };
        Path(self.steps.iter().map(step).collect())
    }
}

/// A node with the way to it.
#[derive(Clone, Copy)]
pub struct At<'t, 'n, 'a> {
    up: Option<&'t At<'t, 'n, 'a>>,
    node: &'n Node<'a>,
}

impl<'t, 'n, 'a> At<'t, 'n, 'a> {
    /// The root of a document.
    pub fn root(node: &'n Node<'a>) -> At<'t, 'n, 'a> {
        At { up: None, node }
    }

    /// The node.
    pub fn node(&self) -> &'n Node<'a> {
        self.node
    }

    /// The node that holds it.
    pub fn holder(&self) -> Option<&'n Node<'a>> {
        self.up.map(|up| up.node)
    }

    /// Whether the node is of an element.
    pub fn is(&self, element: &'static Element) -> bool {
        std::ptr::eq(self.node.element, element)
    }

    /// The children of a name, in order.
    pub fn children<'s>(&'s self, name: &'static str) -> impl Iterator<Item = At<'s, 'n, 'a>> {
        self.all().filter(move |child| child.node.element.name == name)
    }

    /// All children, in order.
    pub fn all<'s>(&'s self) -> impl Iterator<Item = At<'s, 'n, 'a>> {
        self.node.children.iter().map(move |node| At { up: Some(self), node })
    }

    /// The first child of a name.
    pub fn child<'s>(&'s self, name: &'static str) -> Option<At<'s, 'n, 'a>> {
        self.children(name).next()
    }

    /// A valid value: the attribute at the end of a way through first children, or the text of the last of them.
    pub fn value(&self, way: &[&'static str]) -> Option<&'n str> {
        let (last, holders) = way.split_last()?;
        let mut here = self.node;
        for name in holders {
            here = here.children.iter().find(|child| child.element.name == *name)?;
        }
        here.get(last).or_else(|| {
            let child = here.children.iter().find(|child| child.element.name == *last)?;
            child.text.as_ref().filter(|text| text.valid).map(|text| &*text.text)
        })
    }

    /// What is known of the attribute at the end of a way, where a missing child on the way leaves nothing unclear.
    pub fn known(&self, way: &[&'static str]) -> KnownValue<'n> {
        let Some((last, holders)) = way.split_last() else { return KnownValue::Missing };
        let mut here = self.node;
        for name in holders {
            here = match here.children.iter().find(|child| child.element.name == *name) {
                Some(child) => child,
                None if crate::check::may_have(here, name) => return KnownValue::Unclear,
                None => return KnownValue::Missing,
            };
        }
        if here.broken { KnownValue::Unclear } else { here.known(last) }
    }

    /// The place of what is at the end of a way through first children; as much of the way as there is.
    pub fn place(&self, way: &[&'static str]) -> ObjectPlace {
        let mut steps = Vec::with_capacity(4 + way.len());
        let mut holder = self;
        while let Some(up) = holder.up {
            steps.extend(step(up.node, holder.node));
            holder = up;
        }
        steps.reverse();
        let mut here = self.node;
        for name in way {
            match here.children.iter().find(|child| child.element.name == *name) {
                Some(child) if here.attribute(name).is_none() => {
                    steps.extend(step(here, child));
                    here = child;
                }
                _ => {
                    steps.extend(here.attribute(name).map(|_| (Cow::Borrowed(*name), None)));
                    break;
                }
            }
        }
        ObjectPlace { steps, offset: here.offset }
    }

    /// Goes through the node and all below it.
    pub fn each(&self, look: &mut impl FnMut(&At<'_, 'n, 'a>)) {
        look(self);
        for child in self.all() {
            child.each(look);
        }
    }
}

/// The step from a node to one of its children; none where a spec has both in one set.
fn step(parent: &Node<'_>, child: &Node<'_>) -> Option<(Cow<'static, str>, Option<usize>)> {
    let hoisted = parent.child_entry(child).hoisted;
    (!hoisted).then(|| (child_key(parent.element, child.element), child.index))
}
