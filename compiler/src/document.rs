//! One object as typed nodes, each pointing at its entry in the schema.

pub(crate) mod amount;
pub(crate) mod foreign;
pub(crate) mod keys;
pub(crate) mod live;
pub(crate) mod path;
pub(crate) mod remark;
pub(crate) mod scope;

use std::borrow::Cow;

use nixvirt_schema::{Attribute, Child, Element, Format, Kind, Named, Need};

use crate::document::foreign::Foreign;
use crate::document::remark::{Remark, Remarks};

/// An object as it was read: every part known to the schema, nothing held against it yet but the format of values.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// The kind of object.
    pub kind: &'static Kind,
    /// The node of the root element.
    pub root: Node<'a>,
    /// A text that tells its host from others: it goes into the derived UUID and MAC addresses.
    pub salt: Option<Cow<'a, str>>,
    /// The comments and processing instructions behind the root element.
    pub behind: Vec<Remark<'a>>,
}

impl Document<'_> {
    /// The name of the object, as its kind has it; the name of a secret is its UUID. Nothing where it is missing or wrong.
    pub fn name(&self) -> Option<&str> {
        name_of(self.kind, &self.root)
    }

    /// The UUID of the object, as written.
    pub fn uuid(&self) -> Option<&str> {
        if let Named::Uuid(_) = self.kind.named {
            return self.name();
        }
        // Of the children that are UUIDs, the object's own comes first.
        let is_uuid = |entry: &&Child| entry.element.text.is_some_and(|text| text.format == Format::Uuid);
        let entry = self.kind.root.children.iter().find(is_uuid)?;
        let mut nodes = self.root.children.iter();
        let node = nodes.find(|node| std::ptr::eq(node.element, entry.element))?;
        node.text.as_ref().map(|text| &*text.text)
    }
}

/// The name of an object of a kind.
pub(crate) fn name_of<'n>(kind: &Kind, root: &'n Node<'_>) -> Option<&'n str> {
    match kind.named {
        Named::Child(name) => text_at(root, &[name]),
        Named::Uuid(way) => text_at(root, way),
        Named::Nowhere => None,
        Named::Attribute(name) => root.attribute(name).map(|attribute| &*attribute.value.text),
    }
}

/// The text of the last of some elements, each a child of the one before; nothing where it is empty.
fn text_at<'n>(root: &'n Node<'_>, way: &[&str]) -> Option<&'n str> {
    let mut node = root;
    for name in way {
        node = node.children.iter().find(|child| child.element.name == *name)?;
    }
    node.text.as_ref().map(|text| &*text.text).filter(|text| !text.is_empty())
}

/// A document that holds nothing that libvirt would refuse, as far as the schema tells. Only such a document can be
/// written as XML, and only [`mod@crate::check::structure`] makes one.
#[derive(Clone, Debug)]
pub struct Valid<'a>(pub(crate) Document<'a>);

impl<'a> Valid<'a> {
    /// The document, which has passed the checks of structure.
    pub fn document(&self) -> &Document<'a> {
        &self.0
    }
}

/// An element of an object.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// Its entry in the schema.
    pub element: &'static Element,
    /// The position of its entry among the children of its parent's element.
    pub entry: usize,
    /// Its index where the source holds it in a list (a spec) or beside others of its name (XML).
    pub index: Option<usize>,
    /// Where it begins in the XML that it was read from, in bytes.
    pub offset: Option<usize>,
    /// Its attributes, in printing order once the document is read.
    pub attributes: Vec<AttributeNode<'a>>,
    /// The value of its text, if it has one.
    pub text: Option<NodeValue<'a>>,
    /// Its children, in printing order once the document is read.
    pub children: Vec<Node<'a>>,
    /// The foreign XML in it.
    pub foreign: Vec<Foreign<'a>>,
    /// The namespaces that it declares for the foreign XML in it: the attribute (`xmlns:app`) and the name.
    pub declared: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The parts that it may have and that cannot be known.
    pub unknown: Unknown,
    /// Whether it stands for something that could not be read, so that nothing can be said of what it lacks.
    pub broken: bool,
    /// The names that unknown names in it were probably meant to be: what was misspelt is not missing as well.
    pub meant: Vec<String>,
    /// The comments and processing instructions around it and in it; few elements have any.
    pub remarks: Option<Box<Remarks<'a>>>,
}

/// The parts of a node that its source leaves open, where the source is Nix that is not fully known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// Whether it may hold anything at all.
    pub open: bool,
    /// The attributes and children that it may hold; `#` is its text.
    pub names: Vec<&'static str>,
}

impl Unknown {
    /// Whether there may be an attribute or child of this name (or, for `#`, text).
    pub fn may_have(&self, name: &str) -> bool {
        self.open || self.names.contains(&name)
    }
}

/// An attribute of an element.
#[derive(Clone, Debug)]
pub struct AttributeNode<'a> {
    /// The position of its entry among the attributes of the element.
    pub entry: usize,
    /// The value as it was read.
    pub value: NodeValue<'a>,
}

/// The value of an attribute or a text.
#[derive(Clone, Debug)]
pub struct NodeValue<'a> {
    /// Its canonical text; as given where it is not of its format.
    pub text: Cow<'a, str>,
    /// Whether it is of its format. Nothing can be said of parts that depend on an invalid value.
    pub valid: bool,
}

impl NodeValue<'_> {
    /// A value that could not be read.
    pub const WRONG: NodeValue<'static> = NodeValue { text: Cow::Borrowed(""), valid: false };
}

/// The knowledge of a value that a guard asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownValue<'n> {
    /// It is not there.
    Missing,
    /// It is there, but wrong, or cannot be known yet.
    Unclear,
    /// It has this value.
    Is(&'n str),
}

impl<'a> Node<'a> {
    /// A node without content.
    pub fn new(element: &'static Element, entry: usize) -> Node<'a> {
        Node {
            element,
            entry,
            index: None,
            offset: None,
            attributes: Vec::new(),
            text: None,
            children: Vec::new(),
            foreign: Vec::new(),
            declared: Vec::new(),
            unknown: Unknown::default(),
            broken: false,
            meant: Vec::new(),
            remarks: None,
        }
    }

    /// Its remarks, to add some.
    pub fn remarks_mut(&mut self) -> &mut Remarks<'a> {
        self.remarks.get_or_insert_default()
    }

    /// The schema's entry of one of this node's attributes.
    pub fn attribute_entry(&self, attribute: &AttributeNode<'_>) -> &'static Attribute {
        &self.element.attributes[attribute.entry]
    }

    /// The schema's entry of one of this node's children.
    pub fn child_entry(&self, child: &Node<'_>) -> &'static Child {
        &self.element.children[child.entry]
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeNode<'a>> {
        self.attributes.iter().find(|attribute| self.element.attributes[attribute.entry].name == name)
    }

    /// The value of the attribute of that name, where it is there and of its format.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attribute(name).filter(|attribute| attribute.value.valid).map(|attribute| &*attribute.value.text)
    }

    /// The children of that name.
    pub fn children_named<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Node<'a>> {
        self.children.iter().filter(move |child| child.element.name == name)
    }

    /// The knowledge of an attribute's value; a missing one has its implied value.
    pub fn known(&self, name: &str) -> KnownValue<'_> {
        match self.attribute(name) {
            Some(attribute) if attribute.value.valid => KnownValue::Is(&attribute.value.text),
            Some(_) => KnownValue::Unclear,
            None if self.unknown.may_have(name) => KnownValue::Unclear,
            None => {
                let mut missing = KnownValue::Missing;
                for entry in self.element.attributes.iter().filter(|entry| entry.name == name) {
                    if let Some(value) = entry.implied {
                        return KnownValue::Is(value);
                    }
                    // Its absence is reported already; the parts that depend on it need no report.
                    if entry.need == Need::Required && entry.guard.is_always() {
                        missing = KnownValue::Unclear;
                    }
                }
                missing
            }
        }
    }

    /// Brings attributes and children into printing order; entries that may mix keep the order that they have.
    pub fn sort(&mut self) {
        self.attributes.sort_by_key(|attribute| attribute.entry);
        let element = self.element;
        self.children.sort_by_key(|child| element.rank(child.entry));
    }
}
