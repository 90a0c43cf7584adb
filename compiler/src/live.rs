//! What only the description of a running object has, so that an import of it leaves it out.
//!
//! What a running guest was given in place of what its definition leaves open cannot always be told from what it was
//! defined with: the features that libvirt adds to a CPU of a named model stay.

use crate::document::{AttributeNode, Document, Node};

/// The beginnings of the names that libvirt makes up for the host's side of an interface (`virNetDevGenerateName` and
/// its callers); a definition with such a name gets another one at every start.
const GENERATED_DEVICES: &[&str] = &["vnet", "macvtap", "macvlan", "vif"];

/// The resource partition that libvirt puts a guest into where its definition names none.
const DEFAULT_PARTITION: &str = "/machine";

/// What of a document is kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Everything.
    all: bool,
    /// Whether the document describes a guest that runs.
    running: bool,
}

impl Kept {
    /// What is kept of a definition, or of a description without knowing whether it is of a guest that runs: two documents
    /// are held against each other part by part.
    pub const DEFINED: Kept = Kept { all: false, running: false };

    /// What is kept of a document; with `live`, all of it.
    pub fn of(document: &Document<'_>, live: bool) -> Kept {
        Kept { all: live, running: document.root.attribute("id").is_some() }
    }

    /// Whether an attribute is kept.
    pub fn attribute(self, node: &Node<'_>, attribute: &AttributeNode<'_>) -> bool {
        let entry = node.attribute_entry(attribute);
        let picked = match (node.element.name, entry.name) {
            // libvirt picks the ports of a display, and the number of a vsock, where it is told to.
            ("graphics", "port" | "tlsPort") => node.get("autoport") == Some("yes"),
            ("cid", "address") => node.get("auto") == Some("yes"),
            _ => false,
        };
        self.all || !(entry.live || (self.running && picked))
    }

    /// Whether a child is kept.
    pub fn child(self, parent: &Node<'_>, child: &Node<'_>) -> bool {
        self.all || !(is_live_child(parent, child) || (self.running && is_default_resource(child)))
    }
}

/// Whether a child is there only because the object runs.
pub fn is_live_child(parent: &Node<'_>, child: &Node<'_>) -> bool {
    let get = |name| child.get(name).unwrap_or("");
    let has = |name| child.children_named(name).next().is_some();
    match (child.element.name, parent.element.name) {
        // The names that libvirt gives to devices; a user's own begin with `ua-`.
        ("alias", _) => !get("name").starts_with("ua-"),
        // Of a label that libvirt made up, the kind is part of the definition only where something else is said.
        ("seclabel", "domain") => {
            let made_up = child.get("type").is_none_or(|kind| kind == "dynamic");
            made_up && has("label") && !has("baselabel")
        }
        ("target", "interface") => GENERATED_DEVICES.iter().any(|prefix| get("dev").starts_with(prefix)),
        // The images below a disk's own that libvirt found; it numbers those of a running guest.
        ("backingStore", _) => {
            let numbered = |source: &Node<'_>| source.attribute("index").is_some();
            numbered(child) || parent.children_named("source").any(numbered)
        }
        ("source", "channel") => is_own_socket(parent, child),
        _ => parent.child_entry(child).live,
    }
}

/// Whether a child says only that a guest is in the partition where guests are.
fn is_default_resource(child: &Node<'_>) -> bool {
    let partition = child.children_named("partition").next().and_then(|node| node.text.as_ref());
    let default = partition.is_some_and(|text| text.text == DEFAULT_PARTITION);
    child.element.name == "resource" && default && child.children.len() == 1
}

/// Whether the socket of a channel is one that libvirt made in a folder of its own, which it drops from a definition as
/// well (`qemuDomainChrDefDropDefaultPath`): `.../channel/[target/]FOLDER/NAME`.
fn is_own_socket(channel: &Node<'_>, source: &Node<'_>) -> bool {
    let name = channel.children_named("target").next().and_then(|target| target.get("name"));
    let (Some(name), Some(path)) = (name, source.get("path")) else {
        return channel.child_entry(source).live;
    };
    let folder = path.strip_suffix(name).and_then(|folder| folder.strip_suffix('/'));
    let own = folder.and_then(|folder| folder.rsplit_once("/channel/")).is_some_and(|(_, below)| {
        let below = below.strip_prefix("target/").unwrap_or(below);
        let number = below.split('-').next().unwrap_or("");
        let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        !below.contains('/') && (below.starts_with("domain-") || numbered)
    });
    source.get("mode") == Some("bind") && own
}
