//! Giving a running domain what changed.

use std::time::{Duration, Instant};

use nixvirt_compiler::{
    AttributeNode, Change, Foreign, ForeignElement, Node, Policy, Report, Unit, View, fragment, units,
};
use virt::domain::Domain;
use virt::sys;

use super::refused::{no_call, refused, unknown};
use super::{effect, tune};
use crate::document::read_document;
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::names;

/// How long a guest may take to let go of a device.
const DETACHING: Duration = Duration::from_secs(5);

/// Gives a running domain one changed part. Its definition has it already.
pub(super) fn give(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), Error> {
    let live = sys::VIR_DOMAIN_AFFECT_LIVE;
    let text = |node: Option<&Node<'_>>| node.and_then(|node| Some(node.text.as_ref()?.text.to_string()));
    let number = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok());
    match (unit.name, unit.device) {
        (names::TITLE | names::DESCRIPTION, false) => {
            let kind = match unit.name {
                names::TITLE => sys::VIR_DOMAIN_METADATA_TITLE,
                _ => sys::VIR_DOMAIN_METADATA_DESCRIPTION,
            };
            let text = text(unit.new);
            host.write(|| domain.set_metadata(kind as i32, text.as_deref(), None, None, live))
        }
        (names::METADATA, false) => return metadata(host, domain, unit),
        (names::CURRENT_MEMORY, false) => {
            let memory = number(text(unit.new)).ok_or_else(|| unknown("its amount"))?;
            host.write(|| domain.set_memory_flags(memory, live))
        }
        (names::VCPU, false) => {
            let node = unit.new.ok_or_else(|| unknown("its number"))?;
            let current = node.get(names::CURRENT).map(str::to_owned).or_else(|| text(Some(node)));
            let current = number(current).and_then(|count| u32::try_from(count).ok());
            let current = current.ok_or_else(|| unknown("its number"))?;
            host.write(|| domain.set_vcpus_flags(current, live))
        }
        (names::IOTHREADS | names::IOTHREADIDS, false) => return tune::iothreads(host, domain),
        (names::CPUTUNE, false) => return tune::pins(host, domain, unit),
        (names::MEMBALLOON, true) if unit.old.is_some() && unit.new.is_some() => {
            return tune::balloon_period(host, domain, unit);
        }
        (_, true) => match (unit.old, unit.new) {
            (Some(old), Some(new)) => {
                let is_limit =
                    |change: &Change| change.path.0.get(2).is_some_and(|step| step.key == names::IOTUNE);
                if unit.name == names::DISK && unit.changes.iter().any(is_limit) {
                    tune::disk_limits(host, domain, unit)?;
                    if unit.changes.iter().all(is_limit) {
                        return Ok(());
                    }
                }
                let device = match unit.name {
                    names::GRAPHICS => with_login_of(old, new),
                    _ => in_place_of(old, new),
                };
                host.write(|| domain.update_device_flags(&device, live))
            }
            (None, Some(new)) => host.write(|| domain.attach_device_flags(&without_address(new), live)),
            (Some(old), None) => return detach(host, domain, unit, old),
            (None, None) => Ok(()),
        },
        (name, false) => match tune::LIFECYCLE.iter().find(|(of, _)| *of == name) {
            Some((_, event)) => return tune::lifecycle(host, domain, unit, *event),
            None => return Err(no_call()),
        },
    }
    .map_err(|error| refused(&error))
}

/// A running screen with who may see it. Where it listens is only known while it runs, and libvirt wants it the same.
fn with_login_of(old: &Node<'_>, new: &Node<'_>) -> String {
    let mut node = old.clone();
    let of_login = |node: &Node<'_>, attribute: &AttributeNode<'_>| {
        effect::LOGIN.contains(&node.attribute_entry(attribute).name)
    };
    node.attributes.retain(|attribute| !of_login(old, attribute));
    node.attributes.extend(new.attributes.iter().filter(|attribute| of_login(new, attribute)).cloned());
    fragment(&node)
}

/// A device with the address at which it runs: the definition may have it elsewhere.
fn in_place_of(old: &Node<'_>, new: &Node<'_>) -> String {
    let mut node = new.clone();
    let of_place = |child: &&Node<'_>| matches!(child.element.name, names::ADDRESS | names::ALIAS);
    node.children.retain(|child| !of_place(&child));
    node.children.extend(old.children.iter().filter(of_place).cloned());
    fragment(&node)
}

/// A new device finds a place of its own among the running ones.
fn without_address(node: &Node<'_>) -> String {
    let mut node = node.clone();
    node.children
        .retain(|child| child.element.name != names::ADDRESS || child.get(names::TYPE) == Some("usb"));
    fragment(&node)
}

/// Takes a device away. The guest has a say in it, so that it may take its time.
fn detach(host: &Host, domain: &Domain, unit: &Unit<'_, '_>, old: &Node<'_>) -> Result<(), Error> {
    let asked = host.write(|| domain.detach_device_flags(&fragment(old), sys::VIR_DOMAIN_AFFECT_LIVE));
    asked.map_err(|error| refused(&error))?;
    let started = Instant::now();
    while started.elapsed() < DETACHING {
        let running = domain.xml_desc(0).map_err(libvirt(&codes::CANNOT_ASK, "read the running domain"))?;
        let mut report = Report::new(Policy::Lenient);
        let document = read_document(ObjectKind::Domain, &running, &mut report)?;
        // Held against a domain without any device, each device is a part that differs.
        let mut bare = document.clone();
        bare.root.children.iter_mut().filter(|child| child.element.name == names::DEVICES).for_each(
            |devices| {
                devices.children.clear();
            },
        );
        if !units(&document, &bare, View::Exact).iter().any(|other| other.key == unit.key) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(Error::new(&codes::LIVE_REFUSED, "the guest does not let go of it"))
}

fn metadata(host: &Host, domain: &Domain, unit: &Unit<'_, '_>) -> Result<(), Error> {
    let (old, new) = (elements(unit.old), elements(unit.new));
    let place = |element: &ForeignElement<'_>| {
        let prefix = element.name.split_once(':').map(|(prefix, _)| prefix.to_owned());
        let name = prefix.as_ref().map_or("xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
        let uri = element.attributes.iter().find(|(key, _)| *key == name);
        uri.map(|(_, uri)| (prefix.unwrap_or_else(|| "nixvirt".to_owned()), uri.to_string()))
    };
    let give = |xml: Option<&str>, key: &str, uri: &str| {
        let kind = sys::VIR_DOMAIN_METADATA_ELEMENT as i32;
        let given =
            host.write(|| domain.set_metadata(kind, xml, Some(key), Some(uri), sys::VIR_DOMAIN_AFFECT_LIVE));
        given.map_err(|error| refused(&error))
    };
    for (key, uri) in old.iter().filter_map(place) {
        if !new.iter().filter_map(place).any(|(_, other)| other == uri) {
            give(None, &key, &uri)?;
        }
    }
    for element in new.iter().filter(|element| !old.contains(element)) {
        if let Some((key, uri)) = place(element) {
            // libvirt puts the prefix and the namespace there itself.
            let mut bare = element.clone();
            let local = bare.name.rsplit(':').next().unwrap_or_default().to_owned();
            bare.name = local.into();
            bare.attributes.retain(|(name, _)| *name != "xmlns" && *name != format!("xmlns:{key}"));
            let mut xml = String::new();
            bare.write(&mut xml, 0, true);
            give(Some(&xml), &key, &uri)?;
        }
    }
    Ok(())
}

fn elements<'a>(node: Option<&Node<'a>>) -> Vec<ForeignElement<'a>> {
    let pieces = node.map(|node| &*node.foreign).unwrap_or_default().iter();
    let elements = pieces.filter_map(|piece| match piece {
        Foreign::Element(element) => Some(element.clone()),
        Foreign::Text(_) | Foreign::Remark(_) => None,
    });
    elements.collect()
}
