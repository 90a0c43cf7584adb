//! The claims of a domain on its host: addresses, ports, devices, disk images.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::chardev::{CHANNEL, CONSOLE, PARALLEL, SERIAL};
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::vsock::VSOCK;
use nixvirt_schema::{attribute, child_name, way};

use crate::check::lacks;
use crate::document::KnownValue;
use crate::link::at::At;
use crate::link::facts::{Claim, Facts, ObjectPlace, OfKind, Resource, canonical_uuid};
use crate::link::mentions::{macs_of, references_of};
use crate::link::parts::{Card, Disk, DomainParts, ImageLocation};

/// Gathers the facts of a domain that has these MAC addresses.
pub(super) fn gather(root: &At<'_, '_, '_>, macs: Vec<(String, ObjectPlace)>, facts: &mut Facts) {
    for (address, place) in macs {
        facts.claim(Resource::Mac, address, place);
    }
    nvram(root, facts);
    let mut machine = DomainParts::default();
    for devices in root.children(child_name!(DOMAIN, "devices")) {
        for device in devices.all() {
            machine.cards.extend(card(&device));
            gather_device(&device, facts, &mut machine.disks);
        }
    }
    facts.of_kind = OfKind::Domain(machine);
}

/// The card that a device is, where it is one on a network.
fn card(device: &At<'_, '_, '_>) -> Option<Card> {
    if !device.is(&INTERFACE) {
        return None;
    }
    let (mut named, mut macs) = (Vec::new(), Vec::new());
    device.each(&mut |at| {
        references_of(at, &mut named);
        macs_of(at, &mut macs);
    });
    let network = named.into_iter().find(|reference| reference.kind == "network")?.value;
    Some(Card { network, mac: macs.into_iter().next().map(|(mac, _)| mac) })
}

fn gather_device(device: &At<'_, '_, '_>, facts: &mut Facts, disks: &mut Vec<Disk>) {
    let is = |element| device.is(element);
    if is(&DISK) {
        disk(device, facts, disks);
    } else if is(&GRAPHICS) {
        graphics(device, facts);
    } else if is(&HOSTDEV) {
        host_device(device, facts);
    } else if is(&INTERFACE) && device.value(&[attribute!(INTERFACE, "type")]) == Some("hostdev") {
        pci(device, facts);
    } else if is(&VSOCK) {
        vsock(device, facts);
    } else if [&SERIAL, &PARALLEL, &CONSOLE, &CHANNEL].into_iter().any(is) {
        listener(device, facts);
    }
}

/// The variables of the firmware: each machine writes its own.
fn nvram(root: &At<'_, '_, '_>, facts: &mut Facts) {
    let ways = [way!(DOMAIN, "os", "nvram"), way!(DOMAIN, "os", "nvram", "source", "file")];
    for way in ways {
        if let Some(path) = root.value(way).filter(|path| !path.is_empty()) {
            facts.claim(Resource::Image, path, root.place(way));
        }
    }
}

fn disk(disk: &At<'_, '_, '_>, facts: &mut Facts, disks: &mut Vec<Disk>) {
    let (file, dev) = (way!(DISK, "source", "file"), way!(DISK, "source", "dev"));
    let (pool, volume) = (way!(DISK, "source", "pool"), way!(DISK, "source", "volume"));
    let path = |way| disk.value(way).map(|path| (ImageLocation::Path(path.to_owned()), way));
    let of_pool = || {
        let names = ImageLocation::Volume {
            pool: disk.value(pool)?.to_owned(),
            volume: disk.value(volume)?.to_owned(),
        };
        Some((names, volume))
    };
    let Some((on, way)) = path(file).or_else(|| path(dev)).or_else(of_pool) else { return };
    let shared =
        [child_name!(DISK, "readonly"), child_name!(DISK, "shareable"), child_name!(DISK, "transient")];
    let device = disk.known(&[attribute!(DISK, "device")]);
    let written = matches!(device, KnownValue::Is("disk" | "lun"))
        && shared.iter().all(|name| lacks(disk.node(), name));
    if written {
        let (key, within) = match &on {
            ImageLocation::Path(path) => (path.clone(), None),
            ImageLocation::Volume { pool, volume } => (volume.clone(), Some(pool.clone())),
        };
        facts.claims.push(Claim { what: Resource::Image, key, within, place: disk.place(way) });
    }
    let driver = way!(DISK, "driver", "type");
    let format = match disk.known(driver) {
        KnownValue::Is(format) => Some(format.to_owned()),
        // libvirt looks into no image, since its guest could have written anything there (`qemuDomainDeviceDiskDefPostParse`).
        KnownValue::Missing => Some("raw".to_owned()),
        KnownValue::Unclear => None,
    };
    disks.push(Disk { on, format, place: disk.place(driver) });
}

fn graphics(graphics: &At<'_, '_, '_>, facts: &mut Facts) {
    let picked = graphics.known(&[attribute!(GRAPHICS, "autoport")]);
    let Some(address) = listens(graphics) else { return };
    let fixed = matches!(picked, KnownValue::Missing | KnownValue::Is("no"));
    let ports = [
        (attribute!(GRAPHICS, "port"), fixed),
        (attribute!(GRAPHICS, "tlsPort"), fixed),
        (attribute!(GRAPHICS, "websocket"), true),
    ];
    for (name, _) in ports.into_iter().filter(|(_, counts)| *counts) {
        port(graphics, &[name], &address, facts);
    }
}

/// The address that a screen listens at; nothing where it does not, or where it is not known.
fn listens(graphics: &At<'_, '_, '_>) -> Option<String> {
    let listen = child_name!(GRAPHICS, "listen");
    let mut addresses = graphics.children(listen);
    match addresses.next() {
        Some(listen) => match listen.value(&["type"])? {
            "address" => Some(listen.value(&["address"]).unwrap_or(LOCAL).to_owned()),
            _ => None,
        },
        None => match graphics.known(&[attribute!(GRAPHICS, "listen")]) {
            KnownValue::Is(address) => Some(address.to_owned()),
            KnownValue::Missing if lacks(graphics.node(), listen) => Some(LOCAL.to_owned()),
            _ => None,
        },
    }
}

/// Where screens listen by default (`vnc_listen` and `spice_listen` in `qemu.conf`).
const LOCAL: &str = "127.0.0.1";

/// A character device that listens on a port.
fn listener(device: &At<'_, '_, '_>, facts: &mut Facts) {
    let is_tcp = device.value(&[attribute!(SERIAL, "type")]) == Some("tcp");
    let (mode, host) = (way!(SERIAL, "source", "mode"), way!(SERIAL, "source", "host"));
    if is_tcp && device.value(mode) == Some("bind") {
        let address = device.value(host).unwrap_or_default();
        port(device, way!(SERIAL, "source", "service"), address, facts);
    }
}

/// Claims the port at the end of a way, unless it is one that is picked.
fn port(device: &At<'_, '_, '_>, way: &[&'static str], address: &str, facts: &mut Facts) {
    let Some(port) = device.value(way).and_then(|port| port.parse::<u16>().ok()).filter(|port| *port > 0)
    else {
        return;
    };
    facts.claims.push(Claim {
        what: Resource::Port,
        key: port.to_string(),
        within: Some(address.to_owned()),
        place: device.place(way),
    });
}

fn host_device(device: &At<'_, '_, '_>, facts: &mut Facts) {
    match device.value(&[attribute!(HOSTDEV, "type")]) {
        Some("pci") => pci(device, facts),
        Some("usb") => usb(device, facts),
        Some("mdev") => {
            let uuid = way!(HOSTDEV, "source", "address", "uuid");
            if let Some(value) = device.value(uuid) {
                facts.claim(Resource::Mediated, canonical_uuid(value), device.place(uuid));
            }
        }
        _ => {}
    }
}

/// The PCI device of a host device, or of an interface that is one, whose source is the same.
fn pci(device: &At<'_, '_, '_>, facts: &mut Facts) {
    let number = |way| device.value(way).and_then(number);
    let bus = number(way!(HOSTDEV, "source", "address", "bus"));
    let slot = number(way!(HOSTDEV, "source", "address", "slot"));
    let domain = number(way!(HOSTDEV, "source", "address", "domain")).unwrap_or(0);
    let function = number(way!(HOSTDEV, "source", "address", "function")).unwrap_or(0);
    if let (Some(bus), Some(slot)) = (bus, slot) {
        let address = format!("{domain:04x}:{bus:02x}:{slot:02x}.{function}");
        facts.claim(Resource::Pci, address, device.place(way!(HOSTDEV, "source", "address")));
    }
}

fn usb(device: &At<'_, '_, '_>, facts: &mut Facts) {
    let number = |way| device.value(way).and_then(number);
    let (bus, place) =
        (way!(HOSTDEV, "source", "address", "bus"), way!(HOSTDEV, "source", "address", "device"));
    let (vendor, product) =
        (way!(HOSTDEV, "source", "vendor", "id"), way!(HOSTDEV, "source", "product", "id"));
    if let (Some(on), Some(at)) = (number(bus), number(place)) {
        facts.claim(Resource::Usb, format!("bus {on}, device {at}"), device.place(bus));
    } else if let (Some(vendor_id), Some(product)) = (number(vendor), number(product)) {
        facts.claim(Resource::Usb, format!("{vendor_id:04x}:{product:04x}"), device.place(vendor));
    }
}

fn vsock(device: &At<'_, '_, '_>, facts: &mut Facts) {
    let (cid, picked) = (way!(VSOCK, "cid", "address"), way!(VSOCK, "cid", "auto"));
    if device.value(picked) != Some("yes")
        && let Some(number) = device.value(cid)
    {
        facts.claim(Resource::Cid, number, device.place(cid));
    }
}

/// A number as libvirt writes them: decimal, or hexadecimal with `0x`.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
