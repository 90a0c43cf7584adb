//! The parts that libvirt adds to the description of an object by itself, which an import leaves out.
//!
//! A choice that libvirt made for a running guest cannot always be told from one of its definition: an import keeps the
//! features that libvirt adds to a CPU of a named model.

use nixvirt_schema::{Generated, Guard};

use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{AttributeNode, Document, Node};

/// Which parts of a document are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// Whether no part is left out.
    all: bool,
    /// Whether the document describes a running guest.
    running: bool,
}

impl Kept {
    /// For a definition, or a description that may be of a running guest or not: two documents are compared part by part.
    pub(crate) const DEFINED: Kept = Kept { all: false, running: false };

    /// For an import of a document; with `live`, all of it is kept.
    pub(crate) fn of(document: &Document<'_>, live: bool) -> Kept {
        // Only a running object has attributes of its own that its definition does not have (the `id` of a domain).
        let root = &document.root;
        let running = root.attributes.iter().any(|attribute| root.attribute_entry(attribute).live);
        Kept { all: live, running }
    }

    /// Whether an attribute is kept.
    pub(crate) fn attribute(self, node: &Node<'_>, attribute: &AttributeNode<'_>) -> bool {
        let entry = node.attribute_entry(attribute);
        let picked = || entry.picked.is_some_and(|by| node.get(by) == Some("yes"));
        self.all || !(entry.live || (self.running && picked()))
    }

    /// Whether a child is kept.
    pub(crate) fn child(self, parent: &Node<'_>, child: &Node<'_>) -> bool {
        self.all || !(is_live_child(parent, child) || (self.running && is_set_at_start(parent, child)))
    }
}

/// Whether a child says what libvirt sets at a start where the definition says nothing. The LXC driver then has it in the
/// definition, too.
pub(crate) fn is_set_at_start(parent: &Node<'_>, child: &Node<'_>) -> bool {
    match parent.child_entry(child).generated {
        Generated::WhileRunning(guard) => holds(parent, child, guard),
        _ => false,
    }
}

/// Whether a child is there only because the object runs, or because libvirt made it up.
pub(crate) fn is_live_child(parent: &Node<'_>, child: &Node<'_>) -> bool {
    let entry = parent.child_entry(child);
    entry.live
        || match entry.generated {
            Generated::Never | Generated::WhileRunning(_) => false,
            Generated::Where(guards) => guards.iter().any(|guard| holds(parent, child, guard)),
            Generated::ChannelSocket => is_channel_socket(parent, child),
        }
}

fn holds(parent: &Node<'_>, child: &Node<'_>, guard: &Guard) -> bool {
    let parent = Scope::of(parent, None);
    Scope::of(child, Some(&parent)).decide(guard) == GuardVerdict::Holds
}

/// Whether a channel's source is a socket that libvirt made, see [`Generated::ChannelSocket`].
fn is_channel_socket(channel: &Node<'_>, source: &Node<'_>) -> bool {
    let name = channel.children_named("target").next().and_then(|target| target.get("name"));
    let (Some(name), Some(path)) = (name, source.get("path")) else { return false };
    let folder = path.strip_suffix(name).and_then(|folder| folder.strip_suffix('/'));
    let own = folder.and_then(|folder| folder.rsplit_once("/channel/")).is_some_and(|(_, below)| {
        let below = below.strip_prefix("target/").unwrap_or(below);
        let number = below.split('-').next().unwrap_or("");
        let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        !below.contains('/') && (below.starts_with("domain-") || numbered)
    });
    source.get("mode") == Some("bind") && own
}
