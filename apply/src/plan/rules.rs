//! The input of a plan: the declarations, the rights of the run, and the comparison of definitions.

use nixvirt_compiler::{Policy, Report};

use crate::bundle::Prune;
use crate::declared::{Broken, Declared};
use crate::document::{child, child_text, read_document};
use crate::hooks::Site;
use crate::key::hash;
use crate::kind::ObjectKind;
use crate::names;
use crate::roots::Roots;

/// The rights of a run, and the tools that it may use.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which objects that are not declared are removed.
    pub prune: Prune,
    /// The bundle's name among others for the host.
    pub owner: Option<String>,
    /// Whether what can be changed in a running domain is.
    pub live: bool,
    /// The hooks, where they can be installed.
    pub hooks: Option<Site>,
    /// The roots of Nix's garbage collector, where there are any.
    pub roots: Option<Roots>,
    /// Whether a network that is restarted takes domains along that are not declared.
    pub takes_along: bool,
}

/// The declarations that a plan aims at.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The objects that could be read.
    pub declared: &'w [Declared],
    /// The entries of which it is not known which objects they are.
    pub broken: &'w [Broken],
    /// The kinds whose list is there.
    pub kinds: &'w [ObjectKind],
    /// The kinds that are no longer declared at all.
    pub unset: &'w [ObjectKind],
}

impl Wanted<'_> {
    /// The kinds of which all that is declared is known.
    pub fn whole(&self) -> Vec<ObjectKind> {
        let is_whole = |kind: &ObjectKind| !self.broken.iter().any(|broken| broken.kind == *kind);
        self.kinds.iter().copied().filter(is_whole).collect()
    }
}

/// The folder of a pool of type `dir`. Pools of other types have something else to be made: a file system, a volume
/// group.
pub(crate) fn pool_folder(definition: &str) -> Option<String> {
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(ObjectKind::Pool, definition, &mut report).ok()?;
    let target = child(&document.root, names::TARGET)?;
    let is_dir = document.root.get(names::TYPE) == Some("dir");
    child_text(target, names::PATH).filter(|_| is_dir).map(str::to_owned)
}

/// The XML of an object without the parts that change by themselves: the content of a pool, and its permissions.
pub fn without_volatile(kind: ObjectKind, xml: String) -> String {
    if kind != ObjectKind::Pool {
        return xml;
    }
    let mut kept = String::with_capacity(xml.len());
    let mut within = false;
    for line in xml.lines() {
        let tag = line.trim_start();
        within |= tag.starts_with("<permissions>");
        let varies = ["<capacity", "<allocation", "<available"].iter().any(|name| tag.starts_with(name));
        if !within && !varies {
            kept.push_str(line);
            kept.push('\n');
        }
        within &= !tag.starts_with("</permissions>");
    }
    kept
}

/// The hash of what libvirt says of an object.
pub fn made_hash(without_volatile: &str) -> u128 {
    hash(&[without_volatile.as_bytes()])
}
