//! Deciding guards: a node among its ancestors, and what the conditions of an entry make of it.

use nixvirt_schema::{Condition, Guard, Subject, Test};

use crate::document::{KnownValue, Node};

/// A node and the way up to the root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'s, 'a> {
    /// The node that conditions are decided for.
    pub node: &'s Node<'a>,
    /// The scope of the element that holds it.
    pub parent: Option<&'s Scope<'s, 'a>>,
    /// Whether the node's children have been read, so that a condition can look at them.
    pub complete: bool,
}

/// The result of deciding a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GuardVerdict {
    /// All conditions of the guard hold.
    Holds,
    /// This condition does not.
    Fails(Condition),
    /// It depends on a value that is wrong or not yet known.
    Unclear,
}

impl<'s, 'a> Scope<'s, 'a> {
    /// The scope of a node whose children have been read.
    pub(crate) fn of(node: &'s Node<'a>, parent: Option<&'s Scope<'s, 'a>>) -> Scope<'s, 'a> {
        Scope { node, parent, complete: true }
    }

    /// Decides whether a guard holds of the node.
    pub(crate) fn decide(&self, guard: &Guard) -> GuardVerdict {
        let mut verdict = GuardVerdict::Holds;
        for condition in guard.conditions() {
            match self.holds(condition) {
                Some(true) => {}
                Some(false) => return GuardVerdict::Fails(*condition),
                None => verdict = GuardVerdict::Unclear,
            }
        }
        verdict
    }

    /// The knowledge of the part that a condition looks at.
    pub(crate) fn subject(&self, subject: &Subject) -> KnownValue<'s> {
        match *subject {
            Subject::Attribute(levels, name) => {
                self.up(levels).map_or(KnownValue::Unclear, |node| node.known(name))
            }
            Subject::BesideAttribute(sibling, name) => match self.parent {
                Some(parent) if parent.complete => parent.subject(&Subject::ChildAttribute(sibling, name)),
                _ => KnownValue::Unclear,
            },
            _ if !self.complete => KnownValue::Unclear,
            Subject::ChildText(child) | Subject::ChildAttribute(child, _)
                if self.node.children_named(child).next().is_none() && self.node.unknown.may_have(child) =>
            {
                KnownValue::Unclear
            }
            Subject::Text => text_of(self.node),
            Subject::ChildText(child) => match self.node.children_named(child).next() {
                None => KnownValue::Missing,
                Some(child) => text_of(child),
            },
            Subject::ChildAttribute(child, name) => {
                self.node.children_named(child).next().map_or(KnownValue::Missing, |child| child.known(name))
            }
        }
    }

    fn holds(&self, condition: &Condition) -> Option<bool> {
        let known = self.subject(&condition.subject);
        match (condition.test, known) {
            (_, KnownValue::Unclear) => None,
            (Test::In(values), KnownValue::Is(value)) => Some(values.contains(&value)),
            (Test::NotIn(values), KnownValue::Is(value)) => Some(!values.contains(&value)),
            (Test::In(_), KnownValue::Missing) => Some(false),
            (Test::NotIn(_), KnownValue::Missing) => Some(true),
            (Test::Begins(starts), KnownValue::Is(value)) => {
                Some(starts.iter().any(|start| value.starts_with(start)))
            }
            (Test::BeginsNot(starts), KnownValue::Is(value)) => {
                Some(!starts.iter().any(|start| value.starts_with(start)))
            }
            (Test::Begins(_), KnownValue::Missing) => Some(false),
            (Test::BeginsNot(_), KnownValue::Missing) => Some(true),
            (Test::Present, known) => Some(known != KnownValue::Missing),
            (Test::Absent, known) => Some(known == KnownValue::Missing),
        }
    }

    fn up(&self, levels: usize) -> Option<&'s Node<'a>> {
        let mut scope = self;
        for _ in 0..levels {
            scope = scope.parent?;
        }
        Some(scope.node)
    }
}

/// The knowledge of a node's text.
fn text_of<'n>(node: &'n Node<'_>) -> KnownValue<'n> {
    match &node.text {
        None if node.unknown.may_have("#") => KnownValue::Unclear,
        None => KnownValue::Is(""),
        Some(text) if text.valid => KnownValue::Is(&text.text),
        Some(_) => KnownValue::Unclear,
    }
}
