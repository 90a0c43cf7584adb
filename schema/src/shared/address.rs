//! Addresses: where a device sits in the guest, and where one of the host's sits in the host.
//!
//! <https://libvirt.org/formatdomain.html#device-addresses>; `address` in domaincommon.rng;
//! `virDomainDeviceInfoFormat` in `src/conf/domain_conf.c`.

use super::values::{HEX_TEXT, PCI_BUS, PCI_DOMAIN, PCI_FUNCTION, PCI_SLOT, UNSIGNED_INT};
use crate::Format::{Chars, Choice, Cpuset, Integer, OnOff, Pattern};
use crate::{
    Attribute, Child, Element, Format, Generated, Guard, Notation, Print, Relation, Spelling, Subject, Test,
    attr, attributes, child, element, number, rule,
};

const PAGE: &str = "formatdomain.html#device-addresses";

/// A number of up to so many decimal digits, as the schema writes the parts of a drive's address.
const fn digits(most: u32) -> Format {
    Integer { min: 0, max: 10i128.pow(most) - 1 }
}

/// A number that the schema has in hexadecimal only.
const fn hex(max: u64) -> Format {
    Format::Number { max, print: Print::Hex(0), notation: Notation::Hex }
}

/// The four numbers of a PCI address (`pciaddress`), without `multifunction`.
pub const PCI_NUMBERS: &[Attribute] = &[
    attr("domain", PCI_DOMAIN, "The PCI domain (segment).")
        .default("0x0000", "virPCIDeviceAddressParseXML in src/conf/device_conf.c"),
    attr("bus", PCI_BUS, "The PCI bus.")
        .default("0x00", "virPCIDeviceAddressParseXML in src/conf/device_conf.c"),
    attr("slot", PCI_SLOT, "The slot on the bus.")
        .default("0x00", "virPCIDeviceAddressParseXML in src/conf/device_conf.c"),
    attr("function", PCI_FUNCTION, "The function of the slot.")
        .default("0x0", "virPCIDeviceAddressParseXML in src/conf/device_conf.c"),
];

/// A PCI address (`pciaddress`).
pub const PCI_ADDRESS: &[Attribute] = attributes![
    PCI_NUMBERS,
    &[attr("multifunction", OnOff, "Whether the slot's other functions are used as well.").default_in_words(
        "on, where the slot's other functions are used",
        "virDomainPCIAddressSetAllMulti in src/conf/domain_addr.c"
    )]
];

/// The number of a bus or device on the host's USB (`usbAddr`; libvirt prints it in decimal).
pub const USB_NUMBER: Format = number(0xfff, Print::Decimal);

/// A port path on a USB bus (`usbPort`).
pub const USB_PORT: Format = Pattern {
    what: "a USB port, or a path of up to four joined by dots",
    pattern: r"((0x)?[0-9a-fA-F]{1,3}\.){0,3}(0x)?[0-9a-fA-F]{1,3}",
    example: "1.2",
};

static ZPCI: Element = element("zpci", "The identifiers of a PCI device on s390x.").attributes(&[
    attr("uid", number(0xffff, Print::Hex(4)), "The user-defined identifier.").default_in_words(
        "the next free identifier",
        "virDomainZPCIAddressReserveNextUid in src/conf/domain_addr.c",
    ),
    attr("fid", number(0xffff_ffff, Print::Hex(8)), "The function identifier.").default_in_words(
        "the next free identifier",
        "virDomainZPCIAddressReserveNextFid in src/conf/domain_addr.c",
    ),
]);

/// Where a device sits in the guest.
pub static ADDRESS: Element = element("address", "Where the device sits in the guest.")
    .page(PAGE)
    .attributes(&[
        attr(
            "type",
            Choice(&[
                "pci",
                "drive",
                "virtio-serial",
                "ccid",
                "usb",
                "spapr-vio",
                "ccw",
                "isa",
                "virtio-mmio",
                "dimm",
                "unassigned",
            ]),
            "The bus that the device is on.",
        )
        .words(&[
            ("pci", "a slot of PCI or PCI Express"),
            ("drive", "a place on a controller of disks"),
            ("virtio-serial", "a port of a virtio controller of channels"),
            ("ccid", "a slot of a smart card reader"),
            ("usb", "a port of a USB controller"),
            ("spapr-vio", "a register of the virtual bus of pSeries machines"),
            ("ccw", "a subchannel of an s390 machine"),
            ("isa", "an I/O port and an interrupt of the PC's old bus"),
            ("virtio-mmio", "a range of memory, on ARM and RISC-V machines"),
            ("dimm", "a slot for memory"),
            ("unassigned", "none: the host gives the device up, and the guest does not get it"),
        ])
        .required(),
        attr("domain", PCI_DOMAIN, "The PCI domain (segment).")
            .default("0x0000", "virPCIDeviceAddressParseXML in src/conf/device_conf.c")
            .when("type", &["pci"]),
        attr("controller", digits(2), "The index of the controller.")
            .default("0", "virDomainDeviceDriveAddressParseXML in src/conf/device_conf.c")
            .when("type", &["drive"]),
        attr("controller", digits(2), "The index of the controller.")
            .default("0", "virDomainDeviceDriveAddressParseXML in src/conf/device_conf.c")
            .by_schema()
            .when("type", &["virtio-serial", "ccid"]),
        attr("bus", PCI_BUS, "The PCI bus: the index of its controller.")
            .default_in_words(
                "0x00, or a bus with a free slot where bus and slot are missing",
                "virDomainPCIAddressEnsureAddr in src/conf/domain_addr.c",
            )
            .when("type", &["pci"]),
        attr("bus", digits(2), "The bus of the controller.")
            .default("0", "virDomainDeviceDriveAddressParseXML in src/conf/device_conf.c")
            .when("type", &["drive", "virtio-serial"]),
        attr("bus", USB_NUMBER, "The USB bus: the index of its controller.")
            .default_in_words("0", "virDomainDeviceUSBAddressParseXML in src/conf/device_conf.c")
            .by_schema()
            .when("type", &["usb"]),
        attr("target", digits(2), "The target on the bus.")
            .default("0", "virDomainDeviceDriveAddressParseXML in src/conf/device_conf.c")
            .when("type", &["drive"]),
        attr("unit", digits(5), "The unit on the bus.")
            .default("0", "virDomainDeviceDriveAddressParseXML in src/conf/device_conf.c")
            .when("type", &["drive"]),
        attr("port", digits(2), "The port of the controller.")
            .default_in_words(
                "the next free port",
                "virDomainVirtioSerialAddrAutoAssign in src/conf/domain_addr.c",
            )
            .when("type", &["virtio-serial"]),
        attr("port", USB_PORT, "The port on the bus, with the ports of hubs before it.")
            .default_in_words("the next free port", "virDomainUSBAddressEnsure in src/conf/domain_addr.c")
            .when("type", &["usb"]),
        attr("slot", PCI_SLOT, "The slot on the bus.")
            .default_in_words(
                "0x00, or a free slot where the bus is missing, too",
                "virPCIDeviceAddressParseXML in src/conf/device_conf.c",
            )
            .when("type", &["pci"]),
        attr("slot", digits(2), "The slot of the controller.")
            .default_in_words("0", "virDomainDeviceCcidAddressParseXML in src/conf/device_conf.c")
            .when("type", &["ccid"]),
        attr("slot", UNSIGNED_INT, "The memory slot.").when("type", &["dimm"]),
        attr("base", HEX_TEXT, "The address at which the memory begins.").when("type", &["dimm"]),
        attr("function", PCI_FUNCTION, "The function of the slot.")
            .default("0x0", "virPCIDeviceAddressParseXML in src/conf/device_conf.c")
            .when("type", &["pci"]),
        attr("multifunction", OnOff, "Whether the slot's other functions are used as well.")
            .default_in_words(
                "on, where the slot's other functions are used",
                "virDomainPCIAddressSetAllMulti in src/conf/domain_addr.c",
            )
            .when("type", &["pci"]),
        attr("reg", number(0xffff_ffff, Print::Hex(8)), "The register.")
            .default_in_words(
                "the next free register",
                "qemuDomainAssignSpaprVIOAddress in src/qemu/qemu_domain_address.c",
            )
            .when("type", &["spapr-vio"]),
        attr("cssid", number(0xfe, Print::Hex(0)), "The number of the channel subsystem.")
            .when("type", &["ccw"]),
        attr("ssid", number(3, Print::Hex(0)), "The number of the subchannel set.").when("type", &["ccw"]),
        attr("devno", number(0xffff, Print::Hex(4)), "The device number.").when("type", &["ccw"]),
        attr("iobase", hex(0xffff), "The first I/O port.").when("type", &["isa"]),
        attr("irq", hex(0xf), "The interrupt.").when("type", &["isa"]),
    ])
    .children(&[child(&ZPCI).when("type", &["pci"])])
    .rules(&[rule(Relation::Together(&["@cssid", "@ssid", "@devno"]))]);

static ALIAS: Element =
    element("alias", "The name by which libvirt knows the device; yours begin with `ua-`.")
        .page("formatdomain.html#devices")
        .attributes(&[attr("name", super::values::ALIAS_NAME, "The name.").by_schema()]);

static ACPI: Element = element("acpi", "What the guest's firmware tells of the device.")
    .page("formatdomain.html#network-interfaces")
    .attributes(&[
        attr("index", UNSIGNED_INT, "The number after which the guest names the device."),
        attr("nodeset", Cpuset, "The guest's NUMA nodes that the device belongs to.").since("11.8.0"),
    ]);

static BOOT: Element =
    element("boot", "The device's place in the boot order.").page("formatdomain.html#devices").attributes(&[
        attr("order", super::values::POSITIVE_INTEGER, "The place; 1 comes first.").required(),
        attr(
            "loadparm",
            Format::Spelt {
                format: &Chars {
                    what: "1 to 8 letters, digits, dots and spaces",
                    set: r"a-zA-Z0-9.\s",
                    min: 1,
                    max: 8,
                },
                spelling: Spelling::Upper,
            },
            "The loading parameter of an s390 guest.",
        ),
    ]);

static ROM: Element = element("rom", "The device's ROM, as the guest sees it.")
    .page("formatdomain.html#host-device-assignment")
    .attributes(&[
        attr("enabled", Format::YesNo, "Whether the guest sees a ROM at all."),
        attr("bar", OnOff, "Whether the ROM is in the guest's memory map."),
        attr("file", Format::Path, "A file on the host to be used as the ROM."),
    ]);

/// The device's place in the boot order.
pub const BOOT_CHILD: Child = child(&BOOT);
/// `alias`: the name of a device, by which others refer to it.
pub const ALIAS_CHILD: Child = child(&ALIAS)
    .generated(Generated::Where(&[Guard::of(Subject::Attribute(0, "name"), Test::BeginsNot(&["ua-"]))]));
/// `rom`: the option ROM of a PCI device.
pub const ROM_CHILD: Child = child(&ROM);
/// `acpi`: the index under which the guest's firmware lists the device.
pub const ACPI_CHILD: Child = child(&ACPI);
/// The device's address in the guest.
pub const ADDRESS_CHILD: Child = child(&ADDRESS);

/// The children that `virDomainDeviceInfoFormat` prints for most devices, in its order.
pub const DEVICE_INFO: &[Child] = &[ALIAS_CHILD, ACPI_CHILD, ADDRESS_CHILD];
/// The same for devices that can be booted from.
pub const BOOTABLE_INFO: &[Child] = &[BOOT_CHILD, ALIAS_CHILD, ACPI_CHILD, ADDRESS_CHILD];
