//! Rules on whole objects: errors that libvirt reports though its grammar allows the definition.
//!
//! A rule mirrors a function of libvirt's. It claims nothing about what it cannot know: a value that is wrong or unknown, or
//! a part that may be there, makes it silent.

pub mod host;
mod names;
mod pci;
pub mod rules;
pub mod structure;
mod usb;

pub(crate) use usb::added as added_usb;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::{CPU, NUMA};
use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::namespaces::{QEMU_COMMANDLINE, QEMU_OVERRIDE};
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::{Family, QEMU_TYPES, default_machine, family, is_x86};
use nixvirt_schema::{Element, Version, Versions};
use nixvirt_schema::{attribute, below, child_name, parse_number};

use crate::check::names::Positions;
use crate::diagnostics::codes::Code;
use crate::diagnostics::report::Report;
use crate::diagnostics::{Diagnostic, Problem, Related, Severity};
use crate::document::keys::child_key;
use crate::document::path::{Path, PathStep};
use crate::document::{Document, Node};

/// A rule: a check of a whole object that libvirt makes, too.
#[derive(Debug)]
pub struct Rule {
    /// The code of its problem, with explanation and examples.
    pub code: Code,
    /// The kind of object that it looks at.
    pub kind: &'static str,
    /// The function of libvirt that refuses the object.
    pub mirrors: &'static str,
    /// Which hypervisors it was checked for.
    pub holds: Holds,
    /// Names of elements and attributes. An object that breaks the rule has one of them at least; where there is none here, any
    /// object may break it.
    pub with: &'static [&'static str],
    /// The versions of libvirt that refuse it. Where only an interval is known in which libvirt began to, from its end on: 9.0 takes
    /// it, and 11.3 does not.
    pub versions: Versions,
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

/// Holds a document against the rules of its kind, those aside that it cannot break by the names in it.
pub fn check(document: &Document<'_>, report: &mut Report) {
    let domain_type = document.root.get(attribute!(DOMAIN, "type"));
    let is_qemu = document.kind.name != "domain" || domain_type.is_some_and(|it| QEMU_TYPES.contains(&it));
    let of_kind = rules::of_kind(document.kind.name);
    let breakable = of_kind.names.of_object(&document.root);
    // Debug builds run every rule, to test that the names that each rule lists are complete.
    let asked = if cfg!(debug_assertions) { Positions::first(of_kind.rules.len()) } else { breakable };
    let view = View::of(document);
    let libvirt = report.libvirt();
    let mut found = Vec::new();
    for at in asked.iter() {
        let rule = of_kind.rules[at];
        if !is_qemu && rule.holds != Holds::Always {
            continue;
        }
        if report.levels().is_silenced(&rule.code) || !rule.versions.contains(libvirt) {
            continue;
        }
        let mut check = Check { document, view: &view, rule, libvirt, found };
        (rule.check)(&mut check);
        found = check.found;
        debug_assert!(
            breakable.contains(at) || found.is_empty(),
            "{} is broken without its names",
            rule.code.name
        );
        if !found.is_empty() {
            found.drain(..).for_each(|found| report.add_rule(found));
        }
    }
}

/// Facts of a document that several rules need, computed once: its devices, and what libvirt adds and implies.
struct View<'c, 'a> {
    /// The devices of a domain, in order.
    devices: Vec<&'c Node<'a>>,
    /// The same, those of one element side by side: most rules look at the devices of one.
    by_element: Vec<&'c Node<'a>>,
    /// Where a domain says what it is.
    os_type: Option<&'c Node<'a>>,
    machine: OnceCell<Option<&'c str>>,
    family: OnceCell<Option<Family>>,
    pci: OnceCell<Option<Vec<pci::PciFault<'c>>>>,
    usb: OnceCell<Option<usb::Usb<'c>>>,
    /// Which node holds a node, by its address; put together for the first problem.
    holders: OnceCell<BTreeMap<usize, &'c Node<'c>>>,
}

impl<'c, 'a> View<'c, 'a> {
    fn of(document: &'c Document<'a>) -> View<'c, 'a> {
        let (mut devices, mut os_type) = (Vec::new(), None);
        for part in &document.root.children {
            if std::ptr::eq(part.element, &DEVICES) {
                devices.extend(&part.children);
            } else if std::ptr::eq(part.element, &OS) && os_type.is_none() {
                os_type = Some(child(part, child_name!(OS, "type")));
            }
        }
        let mut by_element = devices.clone();
        by_element.sort_by_key(|device| std::ptr::from_ref(device.element).addr());
        View {
            devices,
            by_element,
            os_type: os_type.flatten(),
            machine: OnceCell::new(),
            family: OnceCell::new(),
            pci: OnceCell::new(),
            usb: OnceCell::new(),
            holders: OnceCell::new(),
        }
    }
}

/// A document while one rule looks at it.
pub struct Check<'c, 'a> {
    document: &'c Document<'a>,
    view: &'c View<'c, 'a>,
    rule: &'static Rule,
    libvirt: Version,
    found: Vec<Diagnostic>,
}

/// Daemons of 9.0, of this version and of 12.8 were asked. What 9.0 takes and this one refuses is refused from this version on; what
/// this one refuses and 12.8 takes, up to this version. In between, nobody is refused wrongly.
pub(crate) const ASKED: Version = Version::new(11, 3, 0);

impl<'c, 'a> Check<'c, 'a> {
    /// The version of libvirt that the object is for.
    pub fn libvirt(&self) -> Version {
        self.libvirt
    }

    /// The root element of the document.
    pub fn root(&self) -> &'c Node<'a> {
        &self.document.root
    }

    /// Whether QEMU gets arguments of the user's, or properties beside libvirt's: no rule speaks of what these may change.
    pub fn qemu_gets_more(&self) -> bool {
        let names = [QEMU_COMMANDLINE.name, QEMU_OVERRIDE.name];
        names.iter().any(|name| !lacks(self.root(), name))
    }

    /// The NUMA cells of a domain; nothing where it may have others.
    pub(crate) fn cells(&self) -> Option<Vec<&'c Node<'c>>> {
        let (cpu, numa) = (child_name!(DOMAIN, "cpu"), child_name!(CPU, "numa"));
        let Some(cpu) = child(self.root(), cpu) else { return lacks(self.root(), cpu).then(Vec::new) };
        let Some(numa) = child(cpu, numa) else { return lacks(cpu, numa).then(Vec::new) };
        let known = !may_have(numa, child_name!(NUMA, "cell"));
        known.then(|| numa.children_named(child_name!(NUMA, "cell")).map(|cell| cell as &Node<'_>).collect())
    }

    /// Every device of a domain, in order.
    pub fn devices(&self) -> impl Iterator<Item = &'c Node<'a>> + use<'c, 'a> {
        self.view.devices.iter().copied()
    }

    /// The devices that are of an element.
    pub fn devices_of(&self, element: &'static Element) -> impl Iterator<Item = &'c Node<'a>> + use<'c, 'a> {
        let (all, wanted) = (&self.view.by_element[..], std::ptr::from_ref(element).addr());
        let address = |device: &Node<'_>| std::ptr::from_ref(device.element).addr();
        let begin = all.partition_point(|device| address(device) < wanted);
        let count = all[begin..].iter().take_while(|device| address(device) == wanted).count();
        all[begin..begin + count].iter().copied()
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
        self.view.os_type?.get(below!(OS, "type", "arch").1)
    }

    /// Whether a domain is of an x86 architecture; nothing where it does not say.
    pub fn is_x86(&self) -> Option<bool> {
        self.arch().map(is_x86)
    }

    /// The machine type of a domain: the one that it names, or the one that libvirt takes then for the architecture.
    pub fn machine(&self) -> Option<&'c str> {
        *self.view.machine.get_or_init(|| {
            let (os_type, name) = (self.view.os_type?, below!(OS, "type", "machine").1);
            match os_type.get(name) {
                None if lacks(os_type, name) => self.arch().and_then(default_machine),
                machine => machine,
            }
        })
    }

    /// The family of a domain's machine type; nothing where it is of none, or not known.
    pub fn family(&self) -> Option<Family> {
        *self.view.family.get_or_init(|| self.machine().and_then(family))
    }

    /// The faults of the PCI addresses of a domain; nothing where too little is known of it.
    pub(crate) fn pci(&self) -> Option<&'c [pci::PciFault<'c>]> {
        self.view.pci.get_or_init(|| pci::faults(self)).as_deref()
    }

    /// The USB buses of a domain; nothing where too little is known of it.
    pub(crate) fn usb(&self) -> Option<&'c usb::Usb<'c>> {
        self.view.usb.get_or_init(|| usb::usb(self)).as_ref()
    }

    /// The controllers of a type, each with its index: the one that it has, or the one that libvirt gives it
    /// (`virDomainDefPostParseDeviceIterator` and what comes after it). Nothing where an index is not known.
    pub(crate) fn controllers(&self, kind: &str) -> Option<Vec<(u64, &'c Node<'c>)>> {
        let of_kind = |it: &&Node<'_>| it.get(attribute!(CONTROLLER, "type")) == Some(kind);
        let found: Vec<&'c Node<'c>> =
            self.devices_of(&CONTROLLER).map(|it| it as &Node<'_>).filter(of_kind).collect();
        let index = attribute!(CONTROLLER, "index");
        let mut given = Vec::with_capacity(found.len());
        for controller in &found {
            given.push(match controller.attribute(index) {
                Some(index) => Some(parse_number(&index.value.text)?),
                None if lacks(controller, index) => None,
                None => return None,
            });
        }
        let mut taken: BTreeSet<u64> = given.iter().flatten().copied().collect();
        let mut free = 0;
        for at in 0..found.len() {
            if given[at].is_none() {
                // The companions of a USB 2 controller get the index of the one before them.
                let model = found[at].get(attribute!(CONTROLLER, "model"));
                if model.is_some_and(|model| model.starts_with("ich9-")) && found.len() > 1 {
                    return None;
                }
                while taken.contains(&free) {
                    free += 1;
                }
                taken.insert(free);
                given[at] = Some(free);
            }
        }
        Some(given.into_iter().flatten().zip(found).collect())
    }

    /// The index of a controller among those of its type.
    pub(crate) fn index_of(&self, controller: &Node<'_>) -> Option<u64> {
        let of_type = self.controllers(controller.get(attribute!(CONTROLLER, "type"))?)?;
        of_type.into_iter().find(|(_, it)| std::ptr::addr_eq(*it, controller)).map(|(index, _)| index)
    }

    /// Says that the rule is broken at a node, or at the part of it that is named.
    pub fn say(&mut self, node: &Node<'_>, part: Option<&str>, message: String) {
        self.rule_problem(node, part, message).add();
    }

    /// Begins to say that the rule is broken.
    pub fn rule_problem<'f>(
        &'f mut self,
        node: &Node<'_>,
        part: Option<&str>,
        message: String,
    ) -> RuleProblem<'f> {
        let mut path = self.path(node);
        path.0.extend(part.map(|key| PathStep { key: key.to_owned(), index: None }));
        RuleProblem {
            path,
            offset: node.offset,
            message,
            help: None,
            related: Vec::new(),
            severity: self.rule.code.severity,
            code: &self.rule.code,
            found: &mut self.found,
        }
    }

    /// Another place that a problem speaks of.
    pub fn related(&self, node: &Node<'_>, message: &str) -> Related {
        Related { path: self.path(node), offset: node.offset, file: None, message: message.to_owned() }
    }

    /// The way from the root to a node, worked out only for a problem.
    pub fn path(&self, node: &Node<'_>) -> Path {
        let holders = self.view.holders.get_or_init(|| {
            let mut holders = BTreeMap::new();
            note_holders(&self.document.root, &mut holders);
            holders
        });
        let mut steps = Vec::new();
        let mut here = node;
        while let Some(holder) = holders.get(&address_of(here)) {
            if !holder.child_entry(here).hoisted {
                let key = child_key(holder.element, here.element).into_owned();
                steps.push(PathStep { key, index: here.index });
            }
            here = holder;
        }
        steps.reverse();
        Path(steps)
    }
}

fn address_of(node: &Node<'_>) -> usize {
    std::ptr::from_ref(node).addr()
}

/// Notes which node holds each node below one.
fn note_holders<'c>(holder: &'c Node<'c>, holders: &mut BTreeMap<usize, &'c Node<'c>>) {
    for child in &holder.children {
        holders.insert(address_of(child), holder);
        note_holders(child, holders);
    }
}

/// A problem that is being put together.
pub struct RuleProblem<'f> {
    path: Path,
    offset: Option<usize>,
    message: String,
    help: Option<String>,
    related: Vec<Related>,
    severity: Severity,
    code: &'static Code,
    found: &'f mut Vec<Diagnostic>,
}

impl RuleProblem<'_> {
    /// Says what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a related place, such as the first use of a number.
    pub fn with(mut self, related: Related) -> Self {
        self.related.push(related);
        self
    }

    /// Sets the severity, where it depends on the version of libvirt.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds the problem to the report.
    pub fn add(self) {
        let RuleProblem { path, offset, message, help, related, severity, code, found } = self;
        let problem = Problem::Rule { code, message, help, fix: None };
        let diagnostic = Diagnostic { offset, related, ..Diagnostic::new(problem, path, severity) };
        found.push(diagnostic);
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

/// Numbers of a node's attributes; what is missing is 0.
pub(crate) fn numbers<const N: usize>(node: &Node<'_>, names: [&'static str; N]) -> Option<[u64; N]> {
    let mut found = [0; N];
    for (number, name) in found.iter_mut().zip(names) {
        *number = match node.attribute(name) {
            None => 0,
            Some(attribute) => parse_number(&attribute.value.text)?,
        };
    }
    Some(found)
}

/// The numbers in a list like `0-3,^2,8`; nothing where it is none, or has numbers beyond any machine's.
pub(crate) fn number_set(list: &str) -> Option<BTreeSet<u64>> {
    const MOST: u64 = 16384;
    let mut numbers = BTreeSet::new();
    for part in list.split(',') {
        if let Some(without) = part.strip_prefix('^') {
            numbers.remove(&without.parse().ok()?);
            continue;
        }
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if last > MOST {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}

/// The value of an attribute of a child.
pub(crate) fn at<'n>(node: &'n Node<'_>, (child, name): (&'static str, &'static str)) -> Option<&'n str> {
    node.children.iter().find(|other| other.element.name == child)?.get(name)
}

/// The first child of a name.
pub(crate) fn child<'n, 'a>(node: &'n Node<'a>, name: &'static str) -> Option<&'n Node<'a>> {
    node.children.iter().find(|other| other.element.name == name)
}

/// The node at the end of a path of child names, through the first child of each name.
pub(crate) fn reach<'n, 'a>(node: &'n Node<'a>, way: &[&'static str]) -> Option<&'n Node<'a>> {
    way.iter().try_fold(node, |node, name| child(node, name))
}

/// The valid text of a node.
pub(crate) fn text_of<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.text.as_ref().filter(|text| text.valid).map(|text| &*text.text)
}

/// The repeated keys: the key, the later value and the first one, in the order given.
pub(crate) fn repeats<K: Ord, T: Copy>(keyed: impl IntoIterator<Item = (K, T)>) -> Vec<(K, T, T)> {
    let mut keyed = keyed.into_iter().peekable();
    let (mut first, mut found) = (BTreeMap::<K, T>::new(), Vec::new());
    while let Some((key, item)) = keyed.next() {
        // Most machines have one of a thing, or none.
        if first.is_empty() && keyed.peek().is_none() {
            break;
        }
        match first.get(&key) {
            Some(other) => found.push((key, item, *other)),
            None => {
                first.insert(key, item);
            }
        }
    }
    found
}
