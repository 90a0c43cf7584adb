//! Deciding guards: a node among its ancestors, and what the conditions of an entry make of it.

use nixvirt_schema::{Condition, Guard, Subject, Test};

use crate::document::{Known, Node};

/// A node and the way up to the root.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s, 'a> {
    /// The node.
    pub node: &'s Node<'a>,
    /// The scope of the element that holds it.
    pub parent: Option<&'s Scope<'s, 'a>>,
    /// Whether the node's children have been read, so that a condition can look at them.
    pub complete: bool,
}

/// What a guard comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All conditions hold.
    Holds,
    /// This condition does not.
    Fails(Condition),
    /// It goes by a value that is wrong or not yet known.
    Unclear,
}

impl<'s, 'a> Scope<'s, 'a> {
    /// The scope of a node whose children have been read.
    pub fn of(node: &'s Node<'a>, parent: Option<&'s Scope<'s, 'a>>) -> Scope<'s, 'a> {
        Scope { node, parent, complete: true }
    }

    /// Decides a guard.
    pub fn decide(&self, guard: &Guard) -> Verdict {
        let mut verdict = Verdict::Holds;
        for condition in guard.conditions() {
            match self.holds(condition) {
                Some(true) => {}
                Some(false) => return Verdict::Fails(*condition),
                None => verdict = Verdict::Unclear,
            }
        }
        verdict
    }

    /// What is known of a condition's subject.
    pub fn subject(&self, subject: &Subject) -> Known<'s> {
        match *subject {
            Subject::Attribute(levels, name) => {
                self.up(levels).map_or(Known::Unclear, |node| node.known(name))
            }
            Subject::BesideAttribute(sibling, name) => match self.parent {
                Some(parent) if parent.complete => parent.subject(&Subject::ChildAttribute(sibling, name)),
                _ => Known::Unclear,
            },
            _ if !self.complete => Known::Unclear,
            Subject::ChildText(child) | Subject::ChildAttribute(child, _)
                if self.node.children_named(child).next().is_none() && self.node.unknown.may_have(child) =>
            {
                Known::Unclear
            }
            Subject::Text => text_of(self.node),
            Subject::ChildText(child) => match self.node.children_named(child).next() {
                None => Known::Missing,
                Some(child) => text_of(child),
            },
            Subject::ChildAttribute(child, name) => {
                self.node.children_named(child).next().map_or(Known::Missing, |child| child.known(name))
            }
        }
    }

    fn holds(&self, condition: &Condition) -> Option<bool> {
        let known = self.subject(&condition.subject);
        match (condition.test, known) {
            (_, Known::Unclear) => None,
            (Test::In(values), Known::Is(value)) => Some(values.contains(&value)),
            (Test::NotIn(values), Known::Is(value)) => Some(!values.contains(&value)),
            (Test::In(_), Known::Missing) => Some(false),
            (Test::NotIn(_), Known::Missing) => Some(true),
            (Test::Begins(starts), Known::Is(value)) => {
                Some(starts.iter().any(|start| value.starts_with(start)))
            }
            (Test::BeginsNot(starts), Known::Is(value)) => {
                Some(!starts.iter().any(|start| value.starts_with(start)))
            }
            (Test::Begins(_), Known::Missing) => Some(false),
            (Test::BeginsNot(_), Known::Missing) => Some(true),
            (Test::Present, known) => Some(known != Known::Missing),
            (Test::Absent, known) => Some(known == Known::Missing),
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

/// What is known of a node's text.
fn text_of<'n>(node: &'n Node<'_>) -> Known<'n> {
    match &node.text {
        None if node.unknown.may_have("#") => Known::Unclear,
        None => Known::Is(""),
        Some(text) if text.valid => Known::Is(&text.text),
        Some(_) => Known::Unclear,
    }
}
