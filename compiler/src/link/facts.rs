//! The facts of an object that matter to other objects, each with its place. They outlive the document.
//! `gather.rs` makes them.

use nixvirt_schema::{Kind, Naming};

use crate::diagnostics::levels::Levels;
use crate::document::path::PathStep;
pub use crate::link::at::ObjectPlace;
use crate::link::parts::{Addresses, DomainParts, NodeDevice, Pool, Volume};

/// The facts of an object that matter to other objects.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The kind of the object.
    pub kind: &'static Kind,
    /// Its name, as its kind has it; nothing where that is missing or wrong.
    pub name: Option<String>,
    /// Whether all of it is known: no part depends on what only Nix can tell.
    pub known: bool,
    /// The levels of the rules that it breaks.
    pub levels: Levels,
    /// The other objects that it names.
    pub references: Vec<ObjectReference>,
    /// The resources that it takes for itself.
    pub claims: Vec<Claim>,
    /// The facts that only its kind has.
    pub of_kind: OfKind,
}

/// The facts that only one kind of object has.
#[derive(Clone, Debug)]
pub enum OfKind {
    /// A domain: its disks and network cards.
    Domain(DomainParts),
    /// A network: its addresses.
    Network(Addresses),
    /// A pool: where its volumes are.
    Pool(Pool),
    /// A volume: what is in it.
    Volume(Volume),
    /// A node device: whether it can be declared.
    NodeDevice(NodeDevice),
    /// An object of any other kind.
    Other,
}

/// A reference of an object to another one.
#[derive(Clone, Debug)]
pub struct ObjectReference {
    /// The kind of the other one, as in [`Kind::name`].
    pub kind: &'static str,
    /// By what it is named.
    pub by: Naming,
    /// The name, UUID or use.
    pub value: String,
    /// The object that holds the other one, where objects of its kind are in another: the pool of a volume.
    pub within: Option<String>,
    /// The place of the reference.
    pub place: ObjectPlace,
}

/// Something that no two objects can have, or not at the same time.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The kind of resource.
    pub what: Resource,
    /// Which of these it is.
    pub key: String,
    /// The scope of the key: the address of a port, the pool of a volume.
    pub within: Option<String>,
    /// The place of the claim.
    pub place: ObjectPlace,
}

/// A kind of resource that an object takes for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The name of an object of one kind.
    Name,
    /// The UUID of an object of one kind.
    Uuid,
    /// The use of a secret.
    Usage,
    /// The bridge that libvirt makes for a network.
    Bridge,
    /// The folder, or the source, of a pool.
    PoolPlace,
    /// The MAC address of a network card.
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
    /// The name of the resource in messages.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{} `{name}`", self.kind.name),
            None => format!("a {} without a name", self.kind.name),
        }
    }

    /// Notes that its entry names another object, at a place beside its own.
    pub fn names(&mut self, kind: &'static str, name: String, within: Option<String>, way: &[PathStep]) {
        let place = ObjectPlace::of_entry(self.kind.root, way);
        self.references.push(ObjectReference { kind, by: Naming::Name, value: name, within, place });
    }

    /// Notes that it takes something for itself.
    pub(super) fn claim(&mut self, what: Resource, key: impl Into<String>, place: ObjectPlace) {
        self.claims.push(Claim { what, key: key.into(), within: None, place });
    }
}

/// A UUID as libvirt prints it, so that two notations of one are the same.
pub(super) fn canonical_uuid(uuid: &str) -> String {
    uuid::Uuid::parse_str(uuid).map_or_else(|_| uuid.to_owned(), |uuid| uuid.to_string())
}
