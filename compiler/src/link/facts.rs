//! What is to be known of an object beside others: a few facts, each with its place, that outlive its document.
//!
//! What the schema says of its entries is read from there: where a name and a UUID stand, what names another object, what is a
//! MAC address. What is left are the parts of the host that an object takes for itself.

use nixvirt_schema::{Derived, Format, Kind, Named, Naming};

use crate::diagnostics::levels::Levels;
use crate::diagnostics::report::Report;
use crate::document::{AttributeNode, Document, Node};
use crate::link::at::At;
pub use crate::link::at::ObjectPlace;
use crate::link::{domain, network, pool};

/// What is to be known of an object beside others.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its kind.
    pub kind: &'static Kind,
    /// Its name, as its kind has it; nothing where that is missing or wrong.
    pub name: Option<String>,
    /// Whether all of it is known: no part depends on what only Nix can tell.
    pub known: bool,
    /// What becomes of the rules that it breaks.
    pub levels: Levels,
    /// The other objects that it names.
    pub references: Vec<ObjectReference>,
    /// What it takes for itself.
    pub claims: Vec<Claim>,
    /// What else matters, by its kind.
    pub of_kind: OfKind,
}

/// What matters of one kind of object only.
#[derive(Clone, Debug)]
pub enum OfKind {
    /// A domain: its disks.
    Domain(Vec<domain::Disk>),
    /// A network: its addresses.
    Network(network::Addresses),
    /// A pool: where its volumes are.
    Pool(pool::Pool),
    /// A volume: what is in it.
    Volume(pool::Volume),
    /// Any other.
    Other,
}

/// That an object names another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectReference {
    /// The kind of the other one, as in [`Kind::name`].
    pub kind: &'static str,
    /// By what it is named.
    pub by: Naming,
    /// The name, UUID or use.
    pub value: String,
    /// The object that holds the other one, where objects of its kind are in another: the pool of a volume.
    pub within: Option<String>,
    /// Where.
    pub place: ObjectPlace,
}

/// Something that no two objects can have, or not at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it is.
    pub what: Resource,
    /// Which of these it is.
    pub key: String,
    /// What the key is within: the address of a port, the pool of a volume.
    pub within: Option<String>,
    /// Where it stands.
    pub place: ObjectPlace,
}

/// What objects take for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The name.
    Name,
    /// The UUID.
    Uuid,
    /// What a secret is for.
    Usage,
    /// The bridge that libvirt makes for a network.
    Bridge,
    /// The folder, or the source, of a pool.
    PoolPlace,
    /// A MAC address.
    Mac,
    /// A TCP port of the host, within an address of the host.
    Port,
    /// A PCI device of the host.
    Pci,
    /// A USB device of the host.
    Usb,
    /// A mediated device of the host.
    Mediated,
    /// The number of a guest on the vsock bus.
    Cid,
    /// A disk image or device that is written to: a path, or a volume within its pool.
    Image,
}

impl Facts {
    /// The facts of a document.
    pub fn of(document: &Document<'_>, report: &Report) -> Facts {
        let root = At::root(&document.root);
        let (mut references, mut macs) = (Vec::new(), Vec::new());
        root.each(&mut |at| {
            references_of(at, &mut references);
            macs_of(at, &mut macs);
        });
        let mut facts = Facts {
            kind: document.kind,
            name: document.name().map(str::to_owned),
            known: !report.unknowns,
            levels: report.levels().clone(),
            references,
            claims: Vec::new(),
            of_kind: OfKind::Other,
        };
        facts.identify(document, &root);
        match facts.kind.name {
            "domain" => domain::gather(&root, macs, &mut facts),
            "network" => network::gather(&root, &mut facts),
            "pool" => pool::gather(&root, &mut facts),
            "volume" => pool::gather_volume(&root, &mut facts),
            "secret" => facts.usage(&root),
            _ => {}
        }
        facts
    }

    /// What it is called in messages.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{} `{name}`", self.kind.name),
            None => format!("a {} without a name", self.kind.name),
        }
    }

    /// Notes that it takes something for itself.
    pub(super) fn claim(&mut self, what: Resource, key: impl Into<String>, place: ObjectPlace) {
        self.claims.push(Claim { what, key: key.into(), within: None, place });
    }

    /// Its name and UUID, where its kind has them.
    fn identify(&mut self, document: &Document<'_>, root: &At<'_, '_, '_>) {
        if let (Some(name), Named::Child(at) | Named::Attribute(at)) = (&self.name, self.kind.named) {
            let place = root.place(&[at]);
            self.claim(Resource::Name, name.clone(), place);
        }
        let is_uuid = |child: &&Node<'_>| child.element.text.is_some_and(|text| text.format == Format::Uuid);
        if let (Some(uuid), Some(child)) = (document.uuid(), document.root.children.iter().find(is_uuid)) {
            self.claim(Resource::Uuid, canonical_uuid(uuid), root.place(&[child.element.name]));
        }
    }

    fn usage(&mut self, root: &At<'_, '_, '_>) {
        use nixvirt_schema::secret::SECRET;
        let Some(usage) = root.child(nixvirt_schema::child_name!(SECRET, "usage")) else { return };
        let Some(kind) = usage.value(&["type"]) else { return };
        let names = [
            nixvirt_schema::way!(SECRET, "usage", "volume"),
            nixvirt_schema::way!(SECRET, "usage", "name"),
            nixvirt_schema::way!(SECRET, "usage", "target"),
        ];
        if let Some(name) = names.iter().find_map(|way| root.value(way)) {
            self.claim(Resource::Usage, format!("{kind} {name}"), usage.place(&[]));
        }
    }
}

/// A UUID as libvirt prints it, so that two notations of one are the same.
pub(super) fn canonical_uuid(uuid: &str) -> String {
    uuid::Uuid::parse_str(uuid).map_or_else(|_| uuid.to_owned(), |uuid| uuid.to_string())
}

/// The other objects that a document names, in the order of the document. What the schema says of an attribute decides.
pub fn references(document: &Document<'_>) -> Vec<ObjectReference> {
    let mut found = Vec::new();
    At::root(&document.root).each(&mut |at| references_of(at, &mut found));
    found
}

/// The other objects that a node names.
fn references_of(at: &At<'_, '_, '_>, found: &mut Vec<ObjectReference>) {
    let node = at.node();
    for attribute in node.attributes.iter().filter(|attribute| attribute.value.valid) {
        let entry = node.attribute_entry(attribute);
        let Some(reference) = entry.refers_to else { continue };
        let holder = nixvirt_schema::kind(reference.kind).and_then(|kind| kind.parent);
        let of_holder = |other: &&AttributeNode<'_>| {
            let refers = node.attribute_entry(other).refers_to;
            refers.is_some_and(|refers| Some(refers.kind) == holder)
        };
        let within = node.attributes.iter().find(of_holder).map(|other| other.value.text.to_string());
        found.push(ObjectReference {
            kind: reference.kind,
            by: reference.by,
            value: attribute.value.text.to_string(),
            within,
            place: at.place(&[entry.name]),
        });
    }
}

/// The MAC addresses below the root of a document, where libvirt or we would make one up if there were none, in the order of
/// the document and in lower case.
pub fn mac_addresses(root: &Node<'_>) -> Vec<(String, ObjectPlace)> {
    let mut found = Vec::new();
    At::root(root).each(&mut |at| macs_of(at, &mut found));
    found
}

/// The MAC address that a node is, if it is one.
fn macs_of(at: &At<'_, '_, '_>, found: &mut Vec<(String, ObjectPlace)>) {
    let entry = at.holder().map(|holder| holder.child_entry(at.node()));
    if matches!(entry.and_then(|entry| entry.derived), Some((Derived::Mac, _))) {
        for attribute in at.node().attributes.iter().filter(|attribute| attribute.value.valid) {
            let name = at.node().attribute_entry(attribute).name;
            found.push((attribute.value.text.to_ascii_lowercase(), at.place(&[name])));
        }
    }
}
