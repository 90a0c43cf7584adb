//! The entries of a child and of a text: builder methods.

use crate::condition::Guard;
use crate::facts::{Derived, Generated};
use crate::model::{Child, Need, Occurs, Text};

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
