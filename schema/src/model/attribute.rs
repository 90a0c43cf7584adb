//! The entry of an attribute: builder methods.

use crate::facts::{Naming, Reference};
use crate::model::{Attribute, Default, Words};

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

    /// Says which value libvirt takes where it is missing, always, and which function does so.
    pub const fn default(mut self, value: &'static str, source: &'static str) -> Self {
        self.default = Some(Default { value, source, always: true });
        self
    }

    /// Says in words what libvirt takes where it is missing, as it depends on other parts, and which function does so.
    pub const fn default_in_words(mut self, value: &'static str, source: &'static str) -> Self {
        self.default = Some(Default { value, source, always: false });
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
