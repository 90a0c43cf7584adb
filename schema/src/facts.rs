//! Facts about an entry beyond its grammar: what tells two siblings apart, what is left to us or to libvirt, and what
//! refers to another object. Comparing, deriving and applying objects rely on these facts.

use crate::condition::Guard;

/// The way to tell an element from its siblings of the same name when two documents are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Nothing but its content and its place.
    Nothing,
    /// The first of these attributes that it has.
    First(&'static [&'static str]),
    /// The values of all these attributes together.
    All(&'static [&'static str]),
    /// The attribute (second) of its first child of that name (first).
    Child(&'static str, &'static str),
}

/// A value that the compiler derives where a spec leaves it out, so that it is the same in every build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// The UUID of the object, from its kind and name.
    Uuid,
    /// A MAC address in the attribute `address`, from the object's UUID and the number of the interface.
    Mac,
}

/// How an attribute names another object of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The name of the kind of the object, as in [`crate::Kind::name`].
    pub kind: &'static str,
    /// By what the object is named.
    pub by: Naming,
}

/// By what a reference names its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// The object's name, as [`crate::Named`] describes it.
    Name,
    /// The object's UUID, with hyphens.
    Uuid,
    /// By what it is used for. Only libvirt can tell which object that is.
    Usage,
}

/// When libvirt adds a child to the description of an object by itself. An import leaves such a child out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    /// libvirt prints it only where the definition has it.
    Never,
    /// Where one of these guards holds of the child.
    Where(&'static [Guard]),
    /// In the description of a running guest, where the guard holds of the child.
    WhileRunning(&'static Guard),
    /// Where it is a socket in libvirt's own folder for the channels of a guest: `.../channel/[target/]FOLDER/NAME`,
    /// with the name of the channel (`qemuDomainChrDefDropDefaultPath` in `src/qemu/qemu_domain.c`).
    ChannelSocket,
}
