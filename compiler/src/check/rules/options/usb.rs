//! Options of USB devices.

use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::{HOSTDEV, SOURCE};
use nixvirt_schema::domain::devices::hub::HUB;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::redirdev::REDIRDEV;
use nixvirt_schema::{Versions, below, child_name};

use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, at, child, usb};
use crate::document::Node;

pub(super) static USB_ADDRESS: Rule = Rule {
    code: refused(
        "usb-address",
        "A USB device has an address that is none of USB.",
        "A USB device is on a USB bus, whatever the machine has beside it. Leave the address out: libvirt assigns one.",
        machine!(
            "devices.input = { type = \"tablet\"; bus = \"usb\"; address = { type = \"pci\"; slot = 9; }; };"
        ),
        machine!("devices.input = { type = \"tablet\"; bus = \"usb\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainInputDefParseXML, virDomainRedirdevDefParseXML, virDomainHubDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        let of_kind = |device: &Node<'_>| {
            [&INPUT, &REDIRDEV, &HUB].iter().any(|element| std::ptr::eq(device.element, *element))
        };
        let found: Vec<_> = check.devices().filter(|it| of_kind(it) && usb::is_usb(check, it)).collect();
        for device in found {
            if at(device, below!(DISK, "address", "type")).is_some_and(|kind| kind != "usb") {
                let message = "a USB device has an address of the type `usb`".to_owned();
                check.rule_problem(device, Some("address"), message).help("leave the address out").add();
            }
        }
    },
};

pub(super) static USB_VENDOR_ZERO: Rule = Rule {
    code: refused(
        "usb-vendor-zero",
        "A USB device of the host has the vendor 0.",
        "`lsusb` prints the vendor and the product of a device as `ID 046d:c52b`: write `vendor.id = \"0x046d\"`.",
        machine!(
            "devices.hostdev = { mode = \"subsystem\"; type = \"usb\"; source = { vendor.id = 0; product.id = 4660; }; };"
        ),
        machine!(
            "devices.hostdev = { mode = \"subsystem\"; type = \"usb\"; source = { vendor.id = 1133; product.id = 4660; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainHostdevSubsysUSBDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[HOSTDEV.name],
    versions: Versions::ALL,
    check: |check| {
        for device in check.devices_of(&HOSTDEV) {
            let Some(source) = child(device, child_name!(HOSTDEV, "source")) else { continue };
            let id = at(source, below!(SOURCE, "vendor", "id")).and_then(nixvirt_schema::parse_number);
            if id == Some(0) {
                check.say(source, Some("vendor"), "no vendor has the number 0".to_owned());
            }
        }
    },
};
