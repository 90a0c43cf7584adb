//! The schema model: what an entry of a table can say.
//!
//! Everything is `Copy`, built by `const fn` and put into `static`s, so that a table costs nothing at run time
//! and elements can refer to one another (and to themselves) by reference. Lists of attributes and children
//! stand in the order in which libvirt's own formatter prints them: position *is* printing order.

use crate::condition::{Condition, Guard, RelationRule, Subject, Test};
use crate::facts::{Derived, Generated, Identity, Naming, Reference};
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
    /// What each word is that has no meaning of its own, in one phrase: names that stand for nothing but themselves, such as
    /// those of architectures. Empty where each word has a meaning.
    pub each: &'static str,
    /// The value that libvirt assumes, or fills in, where the attribute is missing.
    pub default: Option<Default>,
    /// Short words that libvirt replaces by the newest of a family when it defines an object, each with the name of the
    /// family (`q35` and `pc-q35` for `pc-q35-10.0`).
    pub families: &'static [(&'static str, &'static str)],
}

/// Words of a format, each with what it means.
pub type Words = &'static [(&'static str, &'static str)];

/// The value that libvirt assumes where an attribute or a text is missing.
#[derive(Clone, Copy, Debug)]
pub struct Default {
    /// The value, or the parts that it depends on, in words for people.
    pub value: &'static str,
    /// The function of libvirt's that fills it in.
    pub source: &'static str,
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

    /// Says what libvirt takes where the element is missing, and which function does so.
    ///
    /// # Panics
    /// In a table whose element has no text, while it is compiled.
    pub const fn default(mut self, value: &'static str, source: &'static str) -> Self {
        match self.text {
            Some(text) => self.text = Some(Text { default: Some(Default { value, source }), ..text }),
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

    /// The position of a child's entry in printing order; entries that keep their order among each other share one.
    pub fn rank(&self, mut index: usize) -> usize {
        while index > 0 && self.children[index].interleaved {
            index -= 1;
        }
        index
    }
}

/// The builder methods of whatever may carry a guard.
macro_rules! guarded {
    ($entry:ident) => {
        impl $entry {
            /// Only where the attribute of the same element has one of the values (an attribute that is missing
            /// counts with its implied value). For a child and a rule, "the same element" is the one that lists it.
            pub const fn when(self, attribute: &'static str, values: &'static [&'static str]) -> Self {
                self.when_up(0, attribute, values)
            }

            /// Not where the attribute has one of the values; one that is missing is none of them.
            pub const fn unless(self, attribute: &'static str, values: &'static [&'static str]) -> Self {
                self.unless_up(0, attribute, values)
            }

            /// Like `when`, for an attribute of the element that is `levels` further up.
            pub const fn when_up(
                self,
                levels: usize,
                attribute: &'static str,
                values: &'static [&'static str],
            ) -> Self {
                self.only(Condition {
                    subject: Subject::Attribute(levels, attribute),
                    test: Test::In(values),
                })
            }

            /// Like `unless`, for an attribute of the element that is `levels` further up.
            pub const fn unless_up(
                self,
                levels: usize,
                attribute: &'static str,
                values: &'static [&'static str],
            ) -> Self {
                self.only(Condition {
                    subject: Subject::Attribute(levels, attribute),
                    test: Test::NotIn(values),
                })
            }

            /// Only where the same element has the attribute (given or implied).
            pub const fn with(self, attribute: &'static str) -> Self {
                self.only(Condition { subject: Subject::Attribute(0, attribute), test: Test::Present })
            }

            /// Only where the same element does not have the attribute.
            pub const fn without(self, attribute: &'static str) -> Self {
                self.only(Condition { subject: Subject::Attribute(0, attribute), test: Test::Absent })
            }

            /// Only under the condition; conditions add up.
            pub const fn only(mut self, condition: Condition) -> Self {
                self.guard = self.guard.and(condition);
                self
            }
        }
    };
}

/// The builder methods of whatever may be left out or not.
macro_rules! needed {
    ($entry:ident) => {
        impl $entry {
            /// libvirt refuses the object without it (where its guard holds).
            pub const fn required(mut self) -> Self {
                self.need = Need::Required;
                self
            }

            /// libvirt's parser demands it, its schema does not.
            pub const fn by_parser(mut self) -> Self {
                self.need = Need::ByParser;
                self
            }

            /// libvirt's schema demands it, its parser does not.
            pub const fn by_schema(mut self) -> Self {
                self.need = Need::BySchema;
                self
            }
        }
    };
}

/// The builder methods of whatever came or went with a version of libvirt.
macro_rules! dated {
    ($entry:ident) => {
        impl $entry {
            /// libvirt has it since this version, e.g. `11.7.0`.
            pub const fn since(mut self, version: &str) -> Self {
                self.versions = self.versions.since(version);
                self
            }

            /// libvirt has it in the versions before this one.
            pub const fn until(mut self, version: &str) -> Self {
                self.versions = self.versions.until(version);
                self
            }
        }
    };
}

dated!(Attribute);
dated!(Child);
dated!(Text);
dated!(RelationRule);
guarded!(Attribute);
guarded!(Child);
guarded!(Text);
guarded!(RelationRule);
needed!(Attribute);
needed!(Child);
needed!(Text);

impl Attribute {
    /// Says what the words of its format mean.
    pub const fn words(mut self, words: Words) -> Self {
        self.words = words;
        self
    }

    /// Says what each word of its format is, for names that stand for nothing but themselves.
    pub const fn each(mut self, meaning: &'static str) -> Self {
        self.each = meaning;
        self
    }

    /// Says what libvirt takes where it is missing, and which function does so.
    pub const fn default(mut self, value: &'static str, source: &'static str) -> Self {
        self.default = Some(Default { value, source });
        self
    }

    /// Sets the value that libvirt assumes where the attribute is missing, for the guards that depend on it.
    pub const fn implied(mut self, value: &'static str) -> Self {
        self.implied = Some(value);
        self
    }

    /// libvirt's schema refuses it, its parser ignores it: a spec may have it, to no effect.
    pub const fn ignored(mut self) -> Self {
        self.ignored = true;
        self
    }

    /// Only the description of a running object has it.
    pub const fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// libvirt picks the value at each start where the attribute `by` of the same element is `yes`.
    pub const fn picked(mut self, by: &'static str) -> Self {
        self.picked = Some(by);
        self
    }

    /// The value must not be read by others.
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The value is the name of an object of that kind.
    pub const fn names(self, kind: &'static str) -> Self {
        self.refers(kind, Naming::Name)
    }

    /// The value is the UUID of an object of that kind.
    pub const fn names_by_uuid(self, kind: &'static str) -> Self {
        self.refers(kind, Naming::Uuid)
    }

    /// The value is the usage of an object of that kind.
    pub const fn names_by_usage(self, kind: &'static str) -> Self {
        self.refers(kind, Naming::Usage)
    }

    const fn refers(mut self, kind: &'static str, by: Naming) -> Self {
        self.refers_to = Some(Reference { kind, by });
        self
    }

    /// Sets the short words that stand for the newest of a family.
    pub const fn families(mut self, families: &'static [(&'static str, &'static str)]) -> Self {
        self.families = families;
        self
    }
}

impl Child {
    /// May stand any number of times.
    pub const fn many(mut self) -> Self {
        self.occurs = Occurs::Many;
        self
    }

    /// May stand any number of times for libvirt's parser, and once for its schema.
    pub const fn many_by_parser(mut self) -> Self {
        self.occurs = Occurs::Many;
        self.repeats_by_parser = true;
        self
    }

    /// May stand any number of times since this version of libvirt, once before.
    pub const fn many_since(mut self, version: &str) -> Self {
        self.occurs = Occurs::Many;
        self.repeats = self.repeats.since(version);
        self
    }

    /// May stand so many times, no more and no fewer.
    pub const fn exactly(mut self, times: usize) -> Self {
        self.occurs = Occurs::Exactly(times);
        self
    }

    /// Keeps its order among the entries before it.
    pub const fn interleaved(mut self) -> Self {
        self.interleaved = true;
        self
    }

    /// Its text and attributes are attributes of the parent's set in a spec.
    pub const fn hoisted(mut self) -> Self {
        self.hoisted = true;
        self
    }

    /// A spec may hold it under this key, too.
    pub const fn also(mut self, key: &'static str) -> Self {
        self.also = Some(key);
        self
    }

    /// Only the description of a running object has it.
    pub const fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// libvirt adds it by itself then.
    pub const fn generated(mut self, generated: Generated) -> Self {
        self.generated = generated;
        self
    }

    /// libvirt adds it where a definition has none.
    pub const fn filled_by_libvirt(mut self) -> Self {
        self.filled_by_libvirt = true;
        self
    }

    /// The compiler derives it where it is missing.
    pub const fn derived(self, derived: Derived) -> Self {
        self.derived_where(derived, &Guard::ALWAYS)
    }

    /// The compiler derives it where it is missing and the guard holds of the element that would hold it.
    pub const fn derived_where(mut self, derived: Derived, guard: &'static Guard) -> Self {
        self.derived = Some((derived, guard));
        self
    }

    /// The order among those of its name decides what a guest sees.
    pub const fn ordered(mut self) -> Self {
        self.ordered = true;
        self
    }

    /// It groups parts that are changed one by one.
    pub const fn units(mut self) -> Self {
        self.units = true;
        self
    }
}

impl Text {
    /// Sets the key by which the text goes in a spec.
    pub const fn key(mut self, key: &'static str) -> Self {
        self.key = key;
        self
    }

    /// The text may be left out.
    pub const fn optional(mut self) -> Self {
        self.need = Need::Optional;
        self
    }
}
