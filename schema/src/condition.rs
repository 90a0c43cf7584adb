//! Guards and rules: which parts of an element go together.
//!
//! Where libvirt's RELAX NG has a choice that an attribute decides, the entries of each alternative carry a guard.
//! A choice without a deciding attribute (exactly one of these, that one only with this one) is a rule of the
//! element.

use crate::version::Versions;

/// The part of an element that a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The attribute of the element that is so many levels up; 0 is the element itself.
    Attribute(usize, &'static str),
    /// The text of the element itself. An attribute's entry is chosen before it is known: it is for rules.
    Text,
    /// The text of the element's first child of that name.
    ChildText(&'static str),
    /// An attribute (second) of the element's first child of that name (first).
    ChildAttribute(&'static str, &'static str),
    /// An attribute (second) of the first sibling of that name (first).
    BesideAttribute(&'static str, &'static str),
}

/// The test that a condition makes on its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is there and is one of these.
    In(&'static [&'static str]),
    /// It is missing, or none of these.
    NotIn(&'static [&'static str]),
    /// The part is present, with any value.
    Present,
    /// The part is absent.
    Absent,
    /// It is there and begins with one of these.
    Begins(&'static [&'static str]),
    /// It is missing, or begins with none of these.
    BeginsNot(&'static [&'static str]),
}

/// One condition of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The attribute, text or child that is looked at.
    pub subject: Subject,
    /// The test that must succeed.
    pub test: Test,
}

/// Up to four conditions, all of which must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard([Option<Condition>; 4]);

impl Guard {
    /// The guard that always holds.
    pub const ALWAYS: Guard = Guard([None; 4]);

    /// Adds a condition.
    ///
    /// # Panics
    /// In a table with more than four conditions on an entry, while it is compiled.
    pub const fn and(mut self, condition: Condition) -> Guard {
        let mut free = 0;
        while self.0[free].is_some() {
            free += 1;
        }
        self.0[free] = Some(condition);
        self
    }

    /// A guard of one condition.
    pub const fn of(subject: Subject, test: Test) -> Guard {
        Guard::ALWAYS.and(Condition { subject, test })
    }

    /// Whether it is the guard that always holds.
    pub const fn is_always(&self) -> bool {
        self.0[0].is_none()
    }

    /// The conditions, all of which must hold; none for the guard that always holds.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.0.iter().flatten()
    }
}

/// Where the text of the first child of that name is one of the values.
pub const fn child_text(child: &'static str, values: &'static [&'static str]) -> Condition {
    Condition { subject: Subject::ChildText(child), test: Test::In(values) }
}

/// Where the element's own text is one of the values.
pub const fn own_text(values: &'static [&'static str]) -> Condition {
    Condition { subject: Subject::Text, test: Test::In(values) }
}

/// Where there is no child of that name.
pub const fn no_child(child: &'static str) -> Condition {
    Condition { subject: Subject::ChildText(child), test: Test::Absent }
}

/// Where the attribute of the first child of that name is one of the values.
pub const fn child_attr(
    child: &'static str,
    attribute: &'static str,
    values: &'static [&'static str],
) -> Condition {
    Condition { subject: Subject::ChildAttribute(child, attribute), test: Test::In(values) }
}

/// A relation between parts of an element. A part is `@name` for an attribute, `name` for a child and `#` for
/// the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// At most one of the parts is there.
    AtMostOne(&'static [&'static str]),
    /// Exactly one of the parts is there.
    ExactlyOne(&'static [&'static str]),
    /// At least one of the parts is there.
    AtLeastOne(&'static [&'static str]),
    /// All of the parts are there, or none.
    Together(&'static [&'static str]),
    /// All of the parts are there, or none, for libvirt's schema; its parser does not mind.
    TogetherBySchema(&'static [&'static str]),
    /// The first part is there only if all the others are.
    Needs(&'static str, &'static [&'static str]),
    /// The first part is there only if none of the others is.
    Excludes(&'static str, &'static [&'static str]),
    /// The attribute, where it is there, has one of these values (libvirt's schema has only these; its parser does not
    /// mind). Without values: it is not there.
    Within(&'static str, &'static [&'static str]),
    /// The children stand in this order in the document (libvirt's schema has a sequence here; its parser does not
    /// mind, and its formatter prints this order).
    InOrder(&'static [&'static str]),
}

impl Relation {
    /// Whether only libvirt's schema demands it, not its parser.
    pub const fn is_by_schema(&self) -> bool {
        matches!(self, Relation::TogetherBySchema(_) | Relation::Within(..) | Relation::InOrder(_))
    }
}

/// A relation, and where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelationRule {
    /// The relation that is to hold between parts.
    pub relation: Relation,
    /// The condition under which it is to hold.
    pub guard: Guard,
    /// The versions of libvirt in which it holds.
    pub versions: Versions,
}

/// Begins a [`RelationRule`] that always holds.
pub const fn rule(relation: Relation) -> RelationRule {
    RelationRule { relation, guard: Guard::ALWAYS, versions: Versions::ALL }
}
