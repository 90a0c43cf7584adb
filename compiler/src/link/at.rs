//! A node together with those that hold it, so that the place of what is found there can be said.

use std::sync::Arc;

use nixvirt_schema::Element;
use smallvec::SmallVec;

use crate::document::keys::child_key;
use crate::document::path::{Path, PathStep};
use crate::document::{KnownValue, Node};

/// A place in an object. Most are never said: what a message shows is put together by [`ObjectPlace::path`].
#[derive(Clone, Debug)]
pub struct ObjectPlace {
    /// The element of the object.
    root: &'static Element,
    /// The steps from element to element.
    steps: SmallVec<[ChildStep; 4]>,
    /// The attribute of the last element that it is the place of.
    attribute: Option<&'static str>,
    /// Where its element begins in XML, in bytes, if the object was read from XML.
    pub offset: Option<usize>,
    /// The way from the entry of the object, where it is beside the object and not in it.
    beside: Option<Arc<[PathStep]>>,
}

/// A step from an element to one of its children.
#[derive(Clone, Copy, Debug)]
struct ChildStep {
    /// The position of the child's entry.
    entry: u32,
    /// The child's index, where it is one of a list. No source is so long that there are more than 32 bits have room for.
    index: Option<u32>,
}

impl ObjectPlace {
    /// A place in the entry of an object, beside the object.
    pub fn of_entry(root: &'static Element, way: &[PathStep]) -> ObjectPlace {
        ObjectPlace { root, steps: SmallVec::new(), attribute: None, offset: None, beside: Some(way.into()) }
    }

    /// The way from the entry of the object, where the place is beside the object.
    pub fn beside(&self) -> Option<&[PathStep]> {
        self.beside.as_deref()
    }

    /// The place, as a spec spells it. Where a spec has an element and its child in one set, there is no step between them.
    /// A place beside the object is one in its entry.
    pub fn path(&self) -> Path {
        if let Some(way) = &self.beside {
            return Path(way.to_vec());
        }
        let mut path = Vec::with_capacity(self.steps.len() + 1);
        let mut element = self.root;
        for step in &self.steps {
            let child = &element.children[step.entry as usize];
            if !child.hoisted {
                let key = child_key(element, child.element).into_owned();
                path.push(PathStep { key, index: step.index.map(|index| index as usize) });
            }
            element = child.element;
        }
        path.extend(self.attribute.map(|name| PathStep { key: name.to_owned(), index: None }));
        Path(path)
    }
}

/// A node with the way to it.
#[derive(Clone, Copy)]
pub(super) struct At<'t, 'n, 'a> {
    up: Option<&'t At<'t, 'n, 'a>>,
    node: &'n Node<'a>,
}

impl<'t, 'n, 'a> At<'t, 'n, 'a> {
    /// The root of a document.
    pub(super) fn root(node: &'n Node<'a>) -> At<'t, 'n, 'a> {
        At { up: None, node }
    }

    /// The node at the place.
    pub(super) fn node(&self) -> &'n Node<'a> {
        self.node
    }

    /// The node that holds it.
    pub(super) fn holder(&self) -> Option<&'n Node<'a>> {
        self.up.map(|up| up.node)
    }

    /// Whether the node is of an element.
    pub(super) fn is(&self, element: &'static Element) -> bool {
        std::ptr::eq(self.node.element, element)
    }

    /// The children of a name, in order.
    pub(super) fn children<'s>(&'s self, name: &'static str) -> impl Iterator<Item = At<'s, 'n, 'a>> {
        self.all().filter(move |child| child.node.element.name == name)
    }

    /// All children, in order.
    pub(super) fn all<'s>(&'s self) -> impl Iterator<Item = At<'s, 'n, 'a>> {
        self.node.children.iter().map(move |node| At { up: Some(self), node })
    }

    /// The first child of a name.
    pub(super) fn child<'s>(&'s self, name: &'static str) -> Option<At<'s, 'n, 'a>> {
        self.children(name).next()
    }

    /// A valid value: the attribute at the end of a way through first children, or the text of the last of them.
    pub(super) fn value(&self, way: &[&'static str]) -> Option<&'n str> {
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

    /// The knowledge of the attribute at the end of a path, where a missing child on the way leaves nothing unclear.
    pub(super) fn known(&self, way: &[&'static str]) -> KnownValue<'n> {
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
    pub(super) fn place(&self, way: &[&'static str]) -> ObjectPlace {
        let step = |child: &Node<'_>| ChildStep {
            entry: child.entry as u32,
            index: child.index.map(|index| index as u32),
        };
        let mut steps = SmallVec::new();
        let mut holder = self;
        while let Some(up) = holder.up {
            steps.push(step(holder.node));
            holder = up;
        }
        steps.reverse();
        let (mut here, mut attribute) = (self.node, None);
        for name in way {
            match here.children.iter().find(|child| child.element.name == *name) {
                Some(child) if here.attribute(name).is_none() => {
                    steps.push(step(child));
                    here = child;
                }
                _ => {
                    attribute = here.attribute(name).map(|_| *name);
                    break;
                }
            }
        }
        ObjectPlace { root: holder.node.element, steps, attribute, offset: here.offset, beside: None }
    }

    /// Goes through the node and all below it.
    pub(super) fn each(&self, look: &mut impl FnMut(&At<'_, 'n, 'a>)) {
        look(self);
        for child in self.all() {
            child.each(look);
        }
    }
}
