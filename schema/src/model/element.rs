//! The entry of an element: builder methods, and questions.

use crate::condition::RelationRule;
use crate::facts::Identity;
use crate::model::{Attribute, Child, Default, Element, Namespace, Text, Words};
use crate::version::Versions;

impl Element {
    /// Sets the namespace, for an element outside libvirt's nameless one.
    pub const fn namespace(mut self, namespace: &'static Namespace) -> Self {
        self.namespace = Some(namespace);
        self
    }

    /// Sets the place in libvirt's format pages, e.g. `formatdomain.html#cpu-tuning`.
    pub const fn page(mut self, page: &'static str) -> Self {
        self.page = page;
        self
    }

    /// Sets the text that the element holds.
    pub const fn text(mut self, text: Text) -> Self {
        self.text = Some(text);
        self
    }

    /// Sets the attributes, in printing order.
    pub const fn attributes(mut self, attributes: &'static [Attribute]) -> Self {
        self.attributes = attributes;
        self
    }

    /// Sets the children, in printing order.
    pub const fn children(mut self, children: &'static [Child]) -> Self {
        self.children = children;
        self
    }

    /// Sets the rules between its parts.
    pub const fn rules(mut self, rules: &'static [RelationRule]) -> Self {
        self.rules = rules;
        self
    }

    /// Lets `true` stand for the bare element.
    pub const fn flag(mut self) -> Self {
        self.flag = true;
        self
    }

    /// Lets any foreign XML stand in it.
    pub const fn foreign(mut self) -> Self {
        self.foreign = true;
        self
    }

    /// libvirt prints an end tag of its own for it even where it is empty.
    pub const fn end_tag(mut self) -> Self {
        self.end_tag = Some(Versions::ALL);
        self
    }

    /// The same, for versions of libvirt before this one.
    ///
    /// # Panics
    /// In a table where the text is no version, while it is compiled.
    pub const fn end_tag_until(mut self, version: &str) -> Self {
        self.end_tag = Some(Versions::ALL.until(version));
        self
    }

    /// Says what to do instead of using a name that does not exist here.
    pub const fn misplaced_names(mut self, misplaced_names: &'static [(&'static str, &'static str)]) -> Self {
        self.misplaced_names = misplaced_names;
        self
    }

    /// The place in libvirt's format pages: its own, or that of the element that holds it.
    pub const fn page_within(&self, holder: &'static str) -> &'static str {
        if self.page.is_empty() { holder } else { self.page }
    }

    /// It and its variants are whole objects of that kind, also within others.
    pub const fn object(mut self, kind: &'static str) -> Self {
        self.object = kind;
        self
    }

    /// Sets where the value stands that makes one a variant of its own.
    pub const fn variant(mut self, place: &'static str) -> Self {
        self.variant = place;
        self
    }

    /// Sets what tells it from its siblings of the same name.
    pub const fn identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// Sets the unit in which libvirt counts the number in its text where the attribute `unit` is missing.
    ///
    /// # Panics
    /// In a table whose element has no text, while it is compiled.
    pub const fn default_unit(mut self, unit: &'static str) -> Self {
        match self.text {
            Some(text) => self.text = Some(Text { default_unit: Some(unit), ..text }),
            None => panic!("only a number in the text of an element has a unit"),
        }
        self
    }

    /// Says what the words of its text mean.
    ///
    /// # Panics
    /// In a table whose element has no text, while it is compiled.
    pub const fn words(mut self, words: Words) -> Self {
        match self.text {
            Some(text) => self.text = Some(Text { words, ..text }),
            None => panic!("only a text has words"),
        }
        self
    }

    /// Says which value libvirt takes where the element is missing, always, and which function does so.
    ///
    /// # Panics
    /// In a table whose element has no text, while it is compiled.
    pub const fn default(self, value: &'static str, source: &'static str) -> Self {
        self.with_default(Default { value, source, always: true })
    }

    /// Says in words what libvirt takes where the element is missing, as it depends on other parts, and which function does so.
    ///
    /// # Panics
    /// In a table whose element has no text, while it is compiled.
    pub const fn default_in_words(self, value: &'static str, source: &'static str) -> Self {
        self.with_default(Default { value, source, always: false })
    }

    const fn with_default(mut self, default: Default) -> Self {
        match self.text {
            Some(text) => self.text = Some(Text { default: Some(default), ..text }),
            None => panic!("only a text has a default"),
        }
        self
    }

    /// libvirt refuses the object where the element is there and its text is not.
    ///
    /// # Panics
    /// In a table whose element has no text, while it is compiled.
    pub const fn required_text(mut self) -> Self {
        match self.text {
            Some(text) => self.text = Some(text.required()),
            None => panic!("only a text can be required"),
        }
        self
    }

    /// Whether the element consists of its text alone, so that a spec holds the plain value.
    pub const fn is_leaf(&self) -> bool {
        self.text.is_some() && self.attributes.is_empty() && self.children.is_empty()
    }

    /// Whether `true` stands for the bare element in a spec: it is marked so, or there is nothing else that it could say.
    pub const fn is_flag(&self) -> bool {
        let bare = self.text.is_none() && self.attributes.is_empty() && self.children.is_empty();
        self.flag || (bare && !self.foreign)
    }

    /// The entries of the attribute whose first entry is given, with their positions: those of its name.
    pub fn attribute_entries(
        &'static self,
        first: usize,
    ) -> impl Iterator<Item = (usize, &'static Attribute)> + Clone {
        let name = self.attributes[first].name;
        self.attributes.iter().enumerate().skip(first).filter(move |(_, attribute)| attribute.name == name)
    }

    /// The entries of the child whose first entry is given, with their positions: those of its name and namespace.
    pub fn child_entries(&'static self, first: usize) -> impl Iterator<Item = (usize, &'static Child)> {
        let wanted = self.children[first].element;
        let same = move |other: &Element| other.name == wanted.name && other.namespace == wanted.namespace;
        self.children.iter().enumerate().skip(first).filter(move |(_, child)| same(child.element))
    }

    /// The position of a child's entry in printing order; entries that keep their order among each other share one.
    pub fn rank(&self, mut index: usize) -> usize {
        while index > 0 && self.children[index].interleaved {
            index -= 1;
        }
        index
    }
}
