//! The abilities of a host, as `virsh capabilities`, `virsh domcapabilities` and `virsh pool-capabilities` print
//! them.
//!
//! One text may hold what several of these commands printed, one after the other. What a host does not say is not known, and
//! nothing is claimed of it.

use nixvirt_schema::machine::family;

use crate::diagnostics::Problem;
use crate::document::foreign::{Foreign, ForeignElement};
use crate::source::xml_foreign::fragment;
use crate::source::xml_text::text_of;

/// A host, by what virsh prints of its abilities.
#[derive(Clone, Debug, Default)]
pub struct HostDescription {
    /// The name of the host, for messages.
    pub name: String,
    /// The roots of the descriptions, in the order given.
    described: Vec<Described>,
}

/// An element of a host's description.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Described>,
}

/// The roots that a description has.
const ROOTS: &[&str] = &["capabilities", "domainCapabilities", "storagepoolCapabilities"];

impl HostDescription {
    /// A host of which nothing is known.
    pub fn new(name: &str) -> HostDescription {
        HostDescription { name: name.to_owned(), described: Vec::new() }
    }

    /// Adds what one or more of the commands printed.
    ///
    /// # Errors
    /// Text that is not well-formed, or that describes no host.
    pub fn add(&mut self, source: &[u8]) -> Result<(), Problem> {
        let syntax = |message: String| Problem::Syntax { language: "XML", message };
        let text = text_of(source).map_err(|(problem, _)| problem)?;
        // Each command may print a declaration of its own.
        let mut rest = text;
        let mut body = String::with_capacity(text.len());
        while let Some((before, after)) = rest.split_once("<?xml") {
            body.push_str(before);
            rest = after.split_once("?>").map_or("", |(_, after)| after);
        }
        body.push_str(rest);
        let mut any = false;
        for part in fragment(&body)? {
            match part {
                Foreign::Element(element) if ROOTS.contains(&&*element.name) => {
                    self.described.push(described(&element));
                    any = true;
                }
                Foreign::Element(element) => {
                    let expected = "what `virsh capabilities`, `virsh domcapabilities` or `virsh pool-capabilities` print";
                    return Err(syntax(format!("expected {expected}, not `{}`", element.name)));
                }
                _ => {}
            }
        }
        match any {
            true => Ok(()),
            false => Err(syntax("it describes no host".to_owned())),
        }
    }

    fn roots(&self, name: &'static str) -> impl Iterator<Item = &Described> {
        self.described.iter().filter(move |root| root.name == name)
    }

    /// The architectures of guests, each with its emulator, machine types and domain types.
    fn arches(&self, name: &str) -> impl Iterator<Item = &Described> {
        let guests = self.roots("capabilities").flat_map(|root| root.all("guest"));
        guests.flat_map(|guest| guest.all("arch")).filter(move |arch| arch.attribute("name") == Some(name))
    }

    /// Whether the host says of which guests it can run.
    fn lists_guests(&self) -> bool {
        self.roots("capabilities").any(|root| root.child("guest").is_some())
    }

    /// The reason why the host cannot run any machine of an architecture, domain type and machine type.
    pub(crate) fn lacks_machine(&self, arch: &str, domain_type: &str, machine: Option<&str>) -> Option<Lack> {
        if !self.lists_guests() {
            return None;
        }
        let of_arch: Vec<&Described> = self.arches(arch).collect();
        if of_arch.is_empty() {
            return Some(Lack::Arch);
        }
        let domains = of_arch.iter().flat_map(|arch| arch.all("domain"));
        let of_type: Vec<&Described> =
            domains.filter(|domain| domain.attribute("type") == Some(domain_type)).collect();
        if of_type.is_empty() {
            return Some(Lack::Type);
        }
        let machine = machine?;
        // A domain type may have machine types of its own.
        let holders = of_arch.iter().copied().chain(of_type.iter().copied());
        let mut machines = holders.flat_map(|holder| holder.all("machine")).peekable();
        machines.peek()?;
        let is = |it: &Described| it.text == machine || it.attribute("canonical") == Some(machine);
        (!machines.any(is)).then_some(Lack::Machine)
    }

    /// The full name of a machine type, such as `pc-q35-10.0` for `q35`.
    fn canonical<'h>(&'h self, arch: &str, machine: &'h str) -> &'h str {
        let mut machines = self.arches(arch).flat_map(|arch| arch.all("machine"));
        let named = machines.find(|it| it.text == machine).and_then(|it| it.attribute("canonical"));
        named.unwrap_or(machine)
    }

    /// The host's description of machines of a domain type, architecture and machine type. Machine types of one
    /// family have the same devices.
    pub(crate) fn domain(&self, arch: &str, domain_type: &str, machine: &str) -> Option<&Described> {
        let machine = self.canonical(arch, machine);
        let text = |root: &Described, name| root.child(name).map(|it| it.text.clone());
        let fits = |root: &&Described| {
            text(root, "arch").as_deref() == Some(arch)
                && text(root, "domain").as_deref() == Some(domain_type)
        };
        let mut found = self.roots("domainCapabilities").filter(fits);
        let is = |root: &&Described| match text(root, "machine") {
            Some(given) => {
                given == machine || (family(&given).is_some() && family(&given) == family(machine))
            }
            None => false,
        };
        found.find(is)
    }

    /// Whether the host has pools of a type; nothing where it does not say.
    pub(crate) fn has_pool(&self, kind: &str) -> Option<bool> {
        let pools = self.roots("storagepoolCapabilities").flat_map(|root| root.all("pool"));
        let mut of_kind = pools.filter(|pool| pool.attribute("type") == Some(kind));
        of_kind.next().and_then(|pool| pool.attribute("supported")).map(|supported| supported == "yes")
    }

    /// The numbers of the host's NUMA nodes; nothing where it does not say.
    pub(crate) fn nodes(&self) -> Option<Vec<u64>> {
        let cells = self.reach(&["capabilities", "host", "topology", "cells"])?;
        cells.all("cell").map(|cell| cell.attribute("id")?.parse().ok()).collect()
    }

    /// The sizes of pages in KiB that the host's CPU has; nothing where it does not say.
    pub(crate) fn page_sizes(&self) -> Option<Vec<u128>> {
        let cpu = self.reach(&["capabilities", "host", "cpu"])?;
        let sizes: Vec<u128> = cpu.all("pages").filter_map(|it| it.attribute("size")?.parse().ok()).collect();
        (!sizes.is_empty()).then_some(sizes)
    }

    /// Whether the host's IOMMU can hand devices to guests; nothing where it does not say.
    pub(crate) fn has_iommu(&self) -> Option<bool> {
        let iommu = self.reach(&["capabilities", "host", "iommu"])?;
        Some(iommu.attribute("support")? == "yes")
    }

    fn reach(&self, way: &[&'static str]) -> Option<&Described> {
        let (root, rest) = way.split_first()?;
        rest.iter().try_fold(self.roots(root).next()?, |here, name| here.child(name))
    }
}

/// The missing ability of a host that cannot run any machine of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// An emulator of the architecture.
    Arch,
    /// The domain type, such as `kvm`.
    Type,
    /// The machine type, such as `q35`.
    Machine,
}

impl Described {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The text in it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Described> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of a name.
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &Described> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at the end of a path of child names.
    pub(crate) fn reach(&self, way: &[&str]) -> Option<&Described> {
        way.iter().try_fold(self, |here, name| here.child(name))
    }

    /// Whether the host says that it has none of this.
    pub(crate) fn is_missing(&self) -> bool {
        self.attribute("supported") == Some("no")
    }

    /// The values of an enumeration in it.
    pub(crate) fn values(&self, name: &str) -> Option<Vec<&str>> {
        let values = self.all("enum").find(|it| it.attribute("name") == Some(name))?;
        Some(values.all("value").map(|value| &*value.text).collect())
    }
}

fn described(element: &ForeignElement<'_>) -> Described {
    let mut found = Described {
        name: element.name.clone().into_owned(),
        attributes: element
            .attributes
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        text: String::new(),
        children: Vec::new(),
    };
    for part in &element.body {
        match part {
            Foreign::Element(child) => found.children.push(described(child)),
            Foreign::Text(text) => found.text.push_str(text),
            _ => {}
        }
    }
    found.text = found.text.trim().to_owned();
    found
}
