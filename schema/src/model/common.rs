//! Builder methods that several kinds of entry have: guards, needs and versions.

use crate::condition::{Condition, RelationRule, Subject, Test};
use crate::model::{Attribute, Child, Need, Text};

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
