//! The kinds of object that a host holds, and what a domain leaves when it is gone.

use serde::{Deserialize, Serialize};

/// A kind of object. The order is that of defining them; removal goes the other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A secret, which pools and domains refer to.
    Secret,
    /// A network filter, which domains and other filters refer to.
    Nwfilter,
    /// A virtual network, which domains refer to.
    Network,
    /// A storage pool; its volumes belong to it.
    Pool,
    /// A mediated device, the only node device that can be declared.
    NodeDevice,
    /// A domain, which may need all the others.
    Domain,
}

impl ObjectKind {
    /// Every kind, in the order of defining.
    pub const ALL: [ObjectKind; 6] = [
        ObjectKind::Secret,
        ObjectKind::Nwfilter,
        ObjectKind::Network,
        ObjectKind::Pool,
        ObjectKind::NodeDevice,
        ObjectKind::Domain,
    ];

    /// The schema's entry.
    ///
    /// # Panics
    /// Never: the schema has every kind that is listed here, which a test holds it to.
    pub fn schema(self) -> &'static nixvirt_schema::Kind {
        let found = nixvirt_schema::kind(self.name());
        found.unwrap_or(&nixvirt_schema::KINDS[0])
    }

    /// The name of the kind, as in the schema.
    pub fn name(self) -> &'static str {
        match self {
            ObjectKind::Secret => "secret",
            ObjectKind::Nwfilter => "nwfilter",
            ObjectKind::Network => "network",
            ObjectKind::Pool => "pool",
            ObjectKind::NodeDevice => "nodedev",
            ObjectKind::Domain => "domain",
        }
    }

    /// The key of its list in a bundle.
    pub fn plural(self) -> &'static str {
        self.schema().plural
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<ObjectKind> {
        ObjectKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether an object of this kind can be started and stopped.
    pub fn runs(self) -> bool {
        self.schema().starts
    }
}

/// A file that libvirt keeps of a removed domain, for a later one of the same name or UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Left {
    /// The variables of its UEFI firmware.
    Nvram,
    /// The state of its TPM.
    Tpm,
}

impl Left {
    /// Everything of the kind, with its key.
    pub const ALL: [(&'static str, Left); 2] = [("nvram", Left::Nvram), ("tpm", Left::Tpm)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_those_of_the_schema_that_a_host_holds_in_its_order() {
        let mut held: Vec<_> = nixvirt_schema::KINDS.iter().filter(|kind| kind.parent.is_none()).collect();
        held.sort_by_key(|kind| kind.order);
        let held: Vec<&str> = held.into_iter().map(|kind| kind.name).collect();
        assert_eq!(ObjectKind::ALL.map(ObjectKind::name).to_vec(), held);
    }
}
