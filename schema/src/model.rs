//! The schema model: what an entry of a table can say.
//!
//! Everything is `Copy`, built by `const fn` and put into `static`s, so that a table costs nothing at run time
//! and elements can refer to one another (and to themselves) by reference. Lists of attributes and children
//! stand in the order in which libvirt's own formatter prints them: position *is* printing order.

mod attribute;
mod child;
mod common;
mod element;

use crate::condition::{Guard, RelationRule};
use crate::facts::{Derived, Generated, Identity, Reference};
use crate::format::Format;
use crate::version::Versions;

/// An XML namespace of libvirt's, with the prefix under which libvirt prints it.
#[derive(Debug, PartialEq, Eq)]
pub struct Namespace {
    /// The prefix, e.g. `qemu`.
    pub prefix: &'static str,
    /// The namespace name, e.g. `http://libvirt.org/schemas/domain/qemu/1.0`.
    pub uri: &'static str,
}

/// One element of libvirt's in one context.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    /// The local name, e.g. `disk`.
    pub name: &'static str,
    /// The namespace, for the few elements outside libvirt's own (nameless) one.
    pub namespace: Option<&'static Namespace>,
    /// A description in one sentence, for editors and references.
    pub doc: &'static str,
    /// The place in libvirt's format pages; empty: the place of the element that holds it.
    pub page: &'static str,
    /// The text that stands in it, if any.
    pub text: Option<Text>,
    /// The attributes, in printing order.
    pub attributes: &'static [Attribute],
    /// The children, in printing order.
    pub children: &'static [Child],
    /// The rules for its parts together, beyond their own guards.
    pub rules: &'static [RelationRule],
    /// Whether `true` stands for the bare element and `false` for its absence.
    pub flag: bool,
    /// Whether any foreign XML may stand in it (`metadata`).
    pub foreign: bool,
    /// The versions of libvirt that print an end tag of its own for it even where it is empty.
    pub end_tag: Option<Versions>,
    /// Names that users try here in vain, each with what to do instead.
    pub misplaced_names: &'static [(&'static str, &'static str)],
    /// The way to tell it from its siblings of the same name.
    pub identity: Identity,
    /// Where its value stands that makes one a variant of its own, e.g. `model.type`: two of different variants have too little in
    /// common to be laid over each other. Empty where there is no such value.
    pub variant: &'static str,
    /// The kind of the object that it describes wherever it stands, as in [`crate::Kind::name`]: a snapshot holds a whole domain.
    /// Empty for what is no object by itself.
    pub object: &'static str,
}

/// How much an entry is needed where its guard holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// May be left out.
    Optional,
    /// libvirt's schema demands it, its parser does not: a warning where it is missing.
    BySchema,
    /// libvirt's parser demands it, its schema does not: an error where it is missing, as with `Required`.
    ByParser,
    /// libvirt refuses the object without it.
    Required,
}

impl Need {
    /// Whether libvirt refuses the object without it, whatever its schema says.
    pub const fn is_required(self) -> bool {
        matches!(self, Need::Required | Need::ByParser)
    }
}

/// An attribute of an element.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// The name in libvirt's XML.
    pub name: &'static str,
    /// A description in one sentence, for editors and references.
    pub doc: &'static str,
    /// The format of its value.
    pub format: Format,
    /// Whether it may be left out.
    pub need: Need,
    /// When it may stand here.
    pub guard: Guard,
    /// The versions of libvirt that have it.
    pub versions: Versions,
    /// The value that guards of other entries see where the attribute is missing: libvirt's default.
    pub implied: Option<&'static str>,
    /// Whether libvirt's schema refuses it while its parser takes and ignores it: read from a spec, said, dropped.
    pub ignored: bool,
    /// Whether only the description of a running object has it: an import leaves it out.
    pub live: bool,
    /// The attribute of the same element whose `yes` makes libvirt pick the value anew at each start, so that the value
    /// of a running guest is not part of its definition.
    pub picked: Option<&'static str>,
    /// Whether the value must not be read by others: it is not shown, and a spec should name a file instead.
    pub secret: bool,
    /// The object that the value names.
    pub refers_to: Option<Reference>,
    /// The meanings of the words of its format.
    pub words: Words,
    /// One phrase for all words that have no meaning of their own: names that stand for nothing but themselves, such as those of
    /// architectures. Empty where each word has a meaning.
    pub each: &'static str,
    /// The value that libvirt assumes, or fills in, where the attribute is missing.
    pub default: Option<Default>,
    /// Short words that libvirt replaces by the newest of a family when it defines an object, each with the name of the
    /// family (`q35` and `pc-q35` for `pc-q35-10.0`).
    pub families: &'static [(&'static str, &'static str)],
    /// The value that libvirt fills in under a condition, where `default` can say it in words only.
    pub filled: Option<FilledWhere>,
}

/// Words of a format, each with what it means.
pub type Words = &'static [(&'static str, &'static str)];

/// The value that libvirt assumes where an attribute or a text is missing.
#[derive(Clone, Copy, Debug)]
pub struct Default {
    /// The value; where it depends on other parts, what it is, in words for people.
    pub value: &'static str,
    /// The function of libvirt's that fills it in.
    pub source: &'static str,
    /// Whether it is exactly this value wherever the entry stands, whatever else the object or the host has: leaving it out is then
    /// the same as writing it.
    pub always: bool,
}

/// A value that libvirt fills in under a condition, of an attribute whose default says in words what it depends on. Where the condition
/// holds, leaving the value out is the same as writing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilledWhere {
    /// The value, as libvirt prints it.
    pub value: &'static str,
    /// The condition under which libvirt fills it in.
    pub guard: Guard,
}

/// How often a child may stand in its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    /// At most once among its siblings.
    Once,
    /// Any number of times.
    Many,
    /// This many times, or not at all.
    Exactly(usize),
}

/// A child of an element.
#[derive(Clone, Copy, Debug)]
pub struct Child {
    /// The table of the child.
    pub element: &'static Element,
    /// How often it may stand.
    pub occurs: Occurs,
    /// Whether only libvirt's parser takes more than one, and its schema takes one.
    pub repeats_by_parser: bool,
    /// The versions of libvirt in which it may stand more than once, where it may.
    pub repeats: Versions,
    /// Whether it may be left out.
    pub need: Need,
    /// When it may stand here.
    pub guard: Guard,
    /// The versions of libvirt that have it.
    pub versions: Versions,
    /// Whether it keeps its place in the document among the entries before it, instead of being sorted behind them.
    pub interleaved: bool,
    /// Whether its attributes and text are attributes of the parent's set in the spec language (`os.type`).
    pub hoisted: bool,
    /// A second key under which a spec may hold it.
    pub also: Option<&'static str>,
    /// Whether only the description of a running object has it: an import leaves it out.
    pub live: bool,
    /// When libvirt adds it to a description by itself.
    pub generated: Generated,
    /// Whether libvirt adds it to a definition that has none, and keeps it from then on.
    pub filled_by_libvirt: bool,
    /// The value that the compiler derives where the child is missing and the guard holds of its parent.
    pub derived: Option<(Derived, &'static Guard)>,
    /// Whether the order among those of its name decides what a guest sees: their addresses and names follow from it.
    pub ordered: bool,
    /// Whether it groups parts that are compared and changed one by one, as the root does (`devices`).
    pub units: bool,
}

/// The text of an element.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// The key by which it goes in a spec, beside the element's attributes.
    pub key: &'static str,
    /// The format of its value.
    pub format: Format,
    /// Whether it may be left out.
    pub need: Need,
    /// When it may stand here.
    pub guard: Guard,
    /// The versions of libvirt that have it.
    pub versions: Versions,
    /// The unit in which libvirt counts a number where the attribute `unit` beside it is missing.
    pub default_unit: Option<&'static str>,
    /// The meanings of the words of its format.
    pub words: Words,
    /// The value that libvirt assumes, or fills in, where the text is missing.
    pub default: Option<Default>,
}

/// Begins the table of an [`Element`] with its name and description; it has no attributes, text or children yet.
pub const fn element(name: &'static str, doc: &'static str) -> Element {
    Element {
        name,
        namespace: None,
        doc,
        page: "",
        text: None,
        attributes: &[],
        children: &[],
        rules: &[],
        flag: false,
        foreign: false,
        end_tag: None,
        misplaced_names: &[],
        identity: Identity::Nothing,
        variant: "",
        object: "",
    }
}

/// Begins an optional [`Attribute`].
pub const fn attr(name: &'static str, format: Format, doc: &'static str) -> Attribute {
    Attribute {
        name,
        doc,
        format,
        need: Need::Optional,
        guard: Guard::ALWAYS,
        versions: Versions::ALL,
        implied: None,
        ignored: false,
        live: false,
        picked: None,
        secret: false,
        refers_to: None,
        words: &[],
        each: "",
        default: None,
        families: &[],
        filled: None,
    }
}

/// Begins an optional [`Child`] that stands at most once.
pub const fn child(element: &'static Element) -> Child {
    Child {
        element,
        occurs: Occurs::Once,
        repeats_by_parser: false,
        repeats: Versions::ALL,
        need: Need::Optional,
        guard: Guard::ALWAYS,
        versions: Versions::ALL,
        interleaved: false,
        hoisted: false,
        also: None,
        live: false,
        generated: Generated::Never,
        filled_by_libvirt: false,
        derived: None,
        ordered: false,
        units: false,
    }
}

/// Begins a [`Text`] whose key in a spec is `value`. libvirt's schema wants it to be there; its parser takes most empty elements
/// for none.
pub const fn text(format: Format) -> Text {
    Text {
        key: "value",
        format,
        need: Need::BySchema,
        guard: Guard::ALWAYS,
        versions: Versions::ALL,
        default_unit: None,
        words: &[],
        default: None,
    }
}

/// The simplest element: one that says all it has to say by its text.
pub const fn leaf(name: &'static str, format: Format, doc: &'static str) -> Element {
    element(name, doc).text(text(format))
}

/// An element that says all it has to say by being there.
pub const fn flag(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).flag()
}
