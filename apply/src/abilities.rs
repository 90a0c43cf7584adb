//! Compares the declared objects with the abilities of the host, as its libvirt describes them, before anything is
//! touched.

use std::collections::BTreeMap;

use nixvirt_compiler::check::host::{HOST_LACKS, HostVerdict, verdict};
use nixvirt_compiler::{Document, HostDescription, Policy, Report};
use nixvirt_libvirt_calls::storage_pool_capabilities;
use virt::enumutil::Enum;
use virt::error::ErrorNumber;

use crate::declared::Declared;
use crate::document::{child, child_text, read_document};
use crate::error::{Error, of_libvirt};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::names;

/// A question to libvirt: the abilities of an emulator, architecture, machine type and domain type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    /// Nothing where libvirt chooses it.
    emulator: Option<String>,
    arch: Option<String>,
    machine: Option<String>,
    domain_type: Option<String>,
}

impl Asked {
    fn of(document: &Document<'_>) -> Asked {
        let root = &document.root;
        let os_type = child(root, names::OS).and_then(|os| child(os, names::TYPE));
        let of_type = |name| os_type.and_then(|os_type| os_type.get(name)).map(str::to_owned);
        let emulator = child(root, names::DEVICES).and_then(|devices| child_text(devices, names::EMULATOR));
        Asked {
            emulator: emulator.map(str::to_owned),
            arch: of_type(names::ARCH),
            machine: of_type(names::MACHINE),
            domain_type: root.get(names::TYPE).map(str::to_owned),
        }
    }
}

/// A host's answers, each asked for once.
struct Abilities<'h> {
    host: &'h Host,
    name: String,
    machines: BTreeMap<Asked, Result<HostDescription, Error>>,
    pools: Option<HostDescription>,
}

/// Adds to each object that is new or changed what the host lacks for it. What the host does not say is not held against it.
///
/// Only QEMU's driver says all that it has: others take more than they list.
pub(crate) fn hold(host: &Host, declared: &mut [Declared]) {
    if host.driver != "QEMU" {
        return;
    }
    let mut abilities = None;
    for object in declared {
        // An object that was applied before and has not changed was compared with the host then.
        let Some(text) = &object.text else { continue };
        if !matches!(object.entry.kind, ObjectKind::Domain | ObjectKind::Pool) {
            continue;
        }
        let mut report = Report::new(Policy::Lenient);
        let Ok(document) = read_document(object.entry.kind, text, &mut report) else { continue };
        let abilities = abilities.get_or_insert_with(|| Abilities::of(host));
        let found = abilities.lacks(object.entry.kind, &document);
        object.lacks = found;
    }
}

impl<'h> Abilities<'h> {
    fn of(host: &'h Host) -> Abilities<'h> {
        let name = host.connect.hostname().unwrap_or_else(|_| host.uri.clone());
        Abilities { host, name, machines: BTreeMap::new(), pools: None }
    }

    /// The errors for abilities that the host lacks for an object.
    fn lacks(&mut self, kind: ObjectKind, document: &Document<'_>) -> Vec<Error> {
        let (host, name) = (self.host, &self.name);
        let description = match kind {
            ObjectKind::Domain => {
                let asked = Asked::of(document);
                let found = || machines(host, name, &asked);
                self.machines.entry(asked.clone()).or_insert_with(found).as_ref()
            }
            _ => Ok(&*self.pools.get_or_insert_with(|| {
                let mut description = HostDescription::new(name);
                add(&mut description, storage_pool_capabilities(&host.connect, 0).ok().as_deref());
                description
            })),
        };
        match description.map(|description| verdict(document, description)) {
            Ok(HostVerdict::No(found)) => found.iter().map(Error::of_diagnostic).collect(),
            Ok(HostVerdict::Yes | HostVerdict::Unknown) => Vec::new(),
            Err(why) => vec![why.clone()],
        }
    }
}

/// Reads libvirt's description of machines.
///
/// # Errors
/// That the emulator which is named has no such machines.
fn machines(host: &Host, name: &str, asked: &Asked) -> Result<HostDescription, Error> {
    let mut description = HostDescription::new(name);
    let own = asked.emulator.as_deref();
    // A host lists guests for the emulators that libvirt chooses. An emulator that is named has machine types of its own.
    match own {
        None => add(&mut description, host.capabilities()),
        Some(_) => add(&mut description, host.capabilities_without_guests().as_deref()),
    }
    let connect = &host.connect;
    let Asked { arch, machine, domain_type, .. } = asked;
    match connect.domain_capabilities(own, arch.as_deref(), machine.as_deref(), domain_type.as_deref(), 0) {
        Ok(said) => add(&mut description, Some(&said)),
        // Other errors are of the question. What a host lacks that names no emulator stands in its list of guests.
        Err(error) if own.is_some() && error.code() == Enum::Known(ErrorNumber::InvalidArg) => {
            let message = format!("the host `{name}` cannot run it");
            return Err(of_libvirt(HOST_LACKS, &error).within(message));
        }
        Err(_) => {}
    }
    Ok(description)
}

/// Adds what libvirt says. A driver that says something else says nothing.
fn add(description: &mut HostDescription, said: Option<&str>) {
    if let Some(said) = said {
        let _ = description.add(said.as_bytes());
    }
}
