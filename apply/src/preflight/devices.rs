//! Devices of the host that a domain names: bridges, cards, and what is passed through.

use std::fs;
use std::path::Path;

use nixvirt_compiler::{Document, Node};
use virt::enumutil::Enum;
use virt::error::ErrorNumber;

use super::networks::{interfaces, long_name};
use crate::document::child;
use crate::host::Host;
use crate::names;

/// A part of a device, as a spec spells it.
pub(super) fn place(device: &Node<'_>, part: &str) -> String {
    let index = device.index.map(|index| format!("[{index}]")).unwrap_or_default();
    format!("devices.{}{index}.{part}", device.element.name)
}

/// The host's devices and files that a domain needs and that do not exist, or cannot.
pub(super) fn obstacles(host: &Host, document: &Document<'_>) -> Vec<String> {
    let devices = child(&document.root, names::DEVICES).map(|devices| &*devices.children).unwrap_or_default();
    let mut found = Vec::new();
    let cards = interfaces(host);
    for device in devices {
        match device.element.name {
            names::INTERFACE => {
                let source = child(device, names::SOURCE);
                let named = |attribute: &'static str| Some((attribute, source?.get(attribute)?));
                for (attribute, name) in [named(names::BRIDGE), named("dev")].into_iter().flatten() {
                    let missing = cards.as_ref().is_some_and(|cards| !cards.iter().any(|one| one == name));
                    let place = place(device, &format!("source.{attribute}"));
                    let what = if attribute == "bridge" { "bridge" } else { "network card" };
                    if missing {
                        found.push(format!(
                            "the {what} `{name}` does not exist on the host (`{place}`); make it, or name another one"
                        ));
                    }
                }
                let target = child(device, names::TARGET).and_then(|target| target.get("dev"));
                found.extend(target.and_then(|name| long_name(name, &place(device, "target.dev"))));
            }
            names::HOSTDEV => found.extend(host_device(host, device)),
            _ => {}
        }
    }
    found
}

/// Whether a device is looked for among the host's only at the start, so that libvirt cannot tell before what it comes to.
pub(super) fn is_found_at_start(document: &Document<'_>) -> bool {
    let devices = child(&document.root, names::DEVICES).map(|devices| &*devices.children).unwrap_or_default();
    devices.iter().any(|device| {
        device.element.name == names::HOSTDEV
            && device.get(names::TYPE) == Some("usb")
            && child(device, names::SOURCE).is_some_and(|source| child(source, names::ADDRESS).is_none())
    })
}

/// Why a device cannot be passed through.
fn host_device(host: &Host, device: &Node<'_>) -> Option<String> {
    let source = child(device, names::SOURCE)?;
    let (name, is_there) = match device.get(names::TYPE)? {
        "pci" => {
            let address = child(source, names::ADDRESS)?;
            let part = |name| number(address.get(name).unwrap_or("0"));
            let (domain, bus, slot, function) =
                (part("domain")?, part("bus")?, part("slot")?, part("function")?);
            let shown = format!("{domain:04x}:{bus:02x}:{slot:02x}.{function:x}");
            let is_there = match host.is_local() {
                true => Path::new("/sys/bus/pci/devices").join(&shown).exists(),
                false => is_known(host, &format!("pci_{}", shown.replace([':', '.'], "_"))),
            };
            (format!("PCI device {shown}"), is_there)
        }
        "usb" if host.is_local() => {
            let id = |name| number(child(source, name)?.get("id")?);
            let (vendor, product) = (id(names::VENDOR)?, id(names::PRODUCT)?);
            let is_there = has_usb(vendor, product);
            (format!("USB device {vendor:04x}:{product:04x}"), is_there)
        }
        _ => return None,
    };
    let place = place(device, names::SOURCE);
    (!is_there).then(|| {
        format!("the host has no {name} (`{place}`); plug it in, name another one, or take the entry away")
    })
}

/// Whether libvirt knows a device of the host; also where it cannot tell.
fn is_known(host: &Host, name: &str) -> bool {
    let found = host.connect.lookup_node_device_by_name(name);
    found.err().is_none_or(|error| error.code() != Enum::Known(ErrorNumber::NoNodeDevice))
}

/// Whether such a USB device is plugged in; also where that cannot be told.
fn has_usb(vendor: u64, product: u64) -> bool {
    let Ok(all) = fs::read_dir("/sys/bus/usb/devices") else { return !Path::new("/sys/bus").exists() };
    let id = |device: &Path, file: &str| {
        let text = fs::read_to_string(device.join(file)).ok()?;
        u64::from_str_radix(text.trim(), 16).ok()
    };
    all.flatten().any(|device| {
        let device = device.path();
        id(&device, "idVendor") == Some(vendor) && id(&device, "idProduct") == Some(product)
    })
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
