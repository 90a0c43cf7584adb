//! What libvirt refuses though its grammar allows it: rules that look at a whole object.
//!
//! A rule mirrors a function of libvirt's. It claims nothing about what it cannot know: a value that is wrong or unknown, or
//! a part that may be there, makes it silent.

pub mod rules;
pub mod structure;

use std::collections::BTreeMap;

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::{Family, QEMU_TYPES, family, is_x86};
use nixvirt_schema::{Element, Version};
use nixvirt_schema::{attribute, below, child_name};

use crate::diagnostics::codes::Code;
use crate::diagnostics::report::Report;
use crate::diagnostics::{Diagnostic, Problem, Related};
use crate::document::keys::child_key;
use crate::document::path::{Path, Step};
use crate::document::{Document, Node};

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// What its problem is called, means and looks like.
    pub code: Code,
    /// The kind of object that it looks at.
    pub kind: &'static str,
    /// The function of libvirt that refuses the object.
    pub mirrors: &'static str,
    /// Which hypervisors it was checked for.
    pub holds: Holds,
    /// Looks at an object, and says what breaks the rule.
    pub check: fn(&mut Check<'_, '_>),
}

/// For which hypervisors a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// For every one: libvirt checks it before any driver does.
    Always,
    /// For the domain types that QEMU runs.
    Qemu,
}

/// Holds a document against every rule of its kind.
pub fn check(document: &Document<'_>, report: &mut Report) {
    let domain_type = document.root.get(attribute!(DOMAIN, "type"));
    let is_qemu = document.kind.name != "domain" || domain_type.is_some_and(|it| QEMU_TYPES.contains(&it));
    for rule in rules::all() {
        if rule.kind == document.kind.name && (is_qemu || rule.holds == Holds::Always) {
            (rule.check)(&mut Check { document, rule, report });
        }
    }
}

/// A document while one rule looks at it.
pub struct Check<'c, 'a> {
    document: &'c Document<'a>,
    rule: &'static Rule,
    report: &'c mut Report,
}

impl<'c, 'a> Check<'c, 'a> {
    /// The version of libvirt that the object is for.
    pub fn libvirt(&self) -> Version {
        self.report.libvirt()
    }

    /// The root.
    pub fn root(&self) -> &'c Node<'a> {
        &self.document.root
    }

    /// Every device of a domain, in order.
    pub fn devices(&self) -> impl Iterator<Item = &'c Node<'a>> + use<'c, 'a> {
        let devices = child_name!(DOMAIN, "devices");
        self.document.root.children_named(devices).flat_map(|devices| &devices.children)
    }

    /// The devices that are of an element.
    pub fn devices_of(&self, element: &'static Element) -> impl Iterator<Item = &'c Node<'a>> + use<'c, 'a> {
        self.devices().filter(move |device| std::ptr::eq(device.element, element))
    }

    /// Whether a domain may have devices of a name that the source does not tell.
    pub fn may_have_device(&self, name: &str) -> bool {
        let mut holders = self.root().children_named(child_name!(DOMAIN, "devices")).peekable();
        let none = holders.peek().is_none();
        (none && may_have(self.root(), child_name!(DOMAIN, "devices")))
            || holders.any(|devices| may_have(devices, name))
    }

    /// The architecture that a domain names.
    pub fn arch(&self) -> Option<&'c str> {
        self.os_type()?.get(below!(OS, "type", "arch").1)
    }

    /// Whether a domain is of an x86 architecture; nothing where it does not say.
    pub fn is_x86(&self) -> Option<bool> {
        self.arch().map(is_x86)
    }

    /// The family of a domain's machine type; nothing where it names none, or one of no family.
    pub fn family(&self) -> Option<Family> {
        self.os_type()?.get(below!(OS, "type", "machine").1).and_then(family)
    }

    fn os_type(&self) -> Option<&'c Node<'a>> {
        let os = self.root().children_named(child_name!(DOMAIN, "os")).next()?;
        os.children_named(child_name!(OS, "type")).next()
    }

    /// Says that the rule is broken at a node, or at the part of it that is named.
    pub fn say(&mut self, node: &Node<'_>, part: Option<&str>, message: String) {
        self.finding(node, part, message).add();
    }

    /// Begins to say that the rule is broken.
    pub fn finding<'f>(&'f mut self, node: &Node<'_>, part: Option<&str>, message: String) -> Finding<'f> {
        let mut path = self.path(node);
        path.0.extend(part.map(|key| Step { key: key.to_owned(), index: None }));
        Finding {
            path,
            offset: node.offset,
            message,
            help: None,
            related: Vec::new(),
            code: &self.rule.code,
            report: self.report,
        }
    }

    /// Another place that a problem speaks of.
    pub fn related(&self, node: &Node<'_>, message: &str) -> Related {
        Related { path: self.path(node), offset: node.offset, message: message.to_owned() }
    }

    /// The way from the root to a node, worked out only for a problem.
    pub fn path(&self, node: &Node<'_>) -> Path {
        let mut steps = Vec::new();
        find(&self.document.root, node, &mut steps);
        Path(steps)
    }
}

/// Adds the steps to a node, if it is below another one.
fn find(here: &Node<'_>, wanted: &Node<'_>, steps: &mut Vec<Step>) -> bool {
    if std::ptr::addr_eq(here, wanted) {
        return true;
    }
    for child in &here.children {
        let hoisted = here.child_entry(child).hoisted;
        if !hoisted {
            let key = child_key(here.element, child.element).into_owned();
            steps.push(Step { key, index: child.index });
        }
        if find(child, wanted, steps) {
            return true;
        }
        if !hoisted {
            steps.pop();
        }
    }
    false
}

/// A problem that is being put together.
pub struct Finding<'f> {
    path: Path,
    offset: Option<usize>,
    message: String,
    help: Option<String>,
    related: Vec<Related>,
    code: &'static Code,
    report: &'f mut Report,
}

impl Finding<'_> {
    /// Says what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names another place.
    pub fn with(mut self, related: Related) -> Self {
        self.related.push(related);
        self
    }

    /// Adds the problem to the report.
    pub fn add(self) {
        let Finding { path, offset, message, help, related, code, report } = self;
        let problem = Problem::Rule { code, message, help, fix: None };
        let diagnostic = Diagnostic { offset, related, ..Diagnostic::new(problem, path, code.severity) };
        report.add_rule(diagnostic);
    }
}

/// Whether a node may have a part that its source does not tell: it could not be read, is unknown, or was misspelt.
pub(crate) fn may_have(node: &Node<'_>, name: &str) -> bool {
    node.broken || node.unknown.may_have(name) || node.meant.iter().any(|meant| meant == name)
}

/// Whether a node certainly has neither an attribute nor a child of a name.
pub(crate) fn lacks(node: &Node<'_>, name: &str) -> bool {
    let has = node.attribute(name).is_some() || node.children_named(name).next().is_some();
    !has && !may_have(node, name)
}

/// The value of an attribute of a child.
pub(crate) fn at<'n>(node: &'n Node<'_>, (child, name): (&'static str, &'static str)) -> Option<&'n str> {
    node.children.iter().find(|other| other.element.name == child)?.get(name)
}

/// The first child of a name.
pub(crate) fn child<'n, 'a>(node: &'n Node<'a>, name: &'static str) -> Option<&'n Node<'a>> {
    node.children.iter().find(|other| other.element.name == name)
}

/// What has the key of something before it: the key, the later one and the first one, in the order given.
pub(crate) fn repeats<K: Ord, T: Copy>(keyed: impl IntoIterator<Item = (K, T)>) -> Vec<(K, T, T)> {
    let mut first: BTreeMap<K, T> = BTreeMap::new();
    let mut found = Vec::new();
    for (key, item) in keyed {
        match first.get(&key) {
            Some(other) => found.push((key, item, *other)),
            None => {
                first.insert(key, item);
            }
        }
    }
    found
}
