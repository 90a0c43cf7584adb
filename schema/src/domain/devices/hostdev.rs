//! Host devices: devices of the host that the guest gets as they are.
//!
//! <https://libvirt.org/formatdomain.html#host-device-assignment>; `hostdev` in domaincommon.rng, `sourceinfoadapter`
//! and `hostdevDriver` in basictypes.rng; `virDomainHostdevDefFormat` in `src/conf/domain_conf.c`.
//!
//! The type decides what `source` may hold, so that its entries are guarded by the `type` one level up.
//!
//! As libxml2 reads the schema, nothing may stand between `driver`, `source` and `teaming`, whatever their order; ours is
//! such an order, and no other is refused.

use super::disk_source::INITIATOR;
use super::interface::TEAMING;
use crate::Format::{Choice, Integer, OnOff, Path, Pattern, Text, Uuid, YesNo};
use crate::shared::adapter::ADAPTER;
use crate::shared::address::{
    ACPI_CHILD, ADDRESS_CHILD, ALIAS_CHILD, BOOT_CHILD, PCI_ADDRESS, ROM_CHILD, USB_NUMBER, USB_PORT,
};
use crate::shared::encryption::DISK_AUTH;
use crate::shared::ip::{IP_CHILD, ROUTE_CHILD};
use crate::shared::values::{DEVICE_NAME, GENERIC_NAME, PORT_NUMBER, VIRTIO_MODEL};
use crate::shared::words::{HOST_DRIVERS, SGIO, VIRTIO_MODELS};
use crate::{
    Child, Element, Format, Identity, Print, Relation, attr, attributes, child, element, flag, leaf, number,
    rule,
};

/// A vendor's or product's number on USB (`usbId`). libvirt's schema takes hexadecimal digits without `0x` as well; its
/// parser reads them as decimal, or refuses them.
const USB_ID: Format = number(0xffff, Print::Hex(4));

/// The types of host device that are on a bus of the host's.
const SUBSYSTEM: &[&str] = &["usb", "pci", "scsi", "scsi_host", "mdev"];

/// The host's driver that holds a device for a guest (`hostdevDriver`).
pub static DRIVER: Element = element("driver", "The host's driver that holds the device for the guest.")
    .attributes(&[
        attr("name", Choice(&["kvm", "vfio", "xen"]), "The kind of driver.")
            .words(HOST_DRIVERS)
            .by_schema()
            .until("10.0.0"),
        attr("name", Choice(&["kvm", "vfio", "xen"]), "The kind of driver.")
            .words(HOST_DRIVERS)
            .since("10.0.0"),
        attr("model", GENERIC_NAME, "The kernel module, where it is not the kind's usual one.")
            .since("10.0.0"),
        attr("iommufd", YesNo, "Whether the device is reached by the host's IOMMUFD.").since("12.1.0"),
    ]);

static VENDOR: Element =
    element("vendor", "Who made the USB device.")
        .attributes(&[attr("id", USB_ID, "The vendor's number.").required()]);
static PRODUCT: Element = element("product", "Which product the USB device is.").attributes(&[attr(
    "id",
    USB_ID,
    "The product's number.",
)
.required()]);

static PCI_SOURCE_ADDRESS: Element =
    element("address", "Where the device is on the host.").attributes(attributes![
        // NixVirt's users write it, since they make this address as they make the guest's.
        &[attr("type", Choice(&["pci"]), "The bus, which goes without saying here.")
            .words(&[("pci", "PCI or PCI Express")])
            .ignored()],
        PCI_ADDRESS,
    ]);
/// Which USB device of the host it is.
pub static USB_SOURCE_ADDRESS: Element = element("address", "Where the device is on the host.")
    .attributes(&[
        attr("bus", USB_NUMBER, "The number of the bus.").required(),
        attr(
            "device",
            USB_NUMBER,
            "The number of the device on the bus, which changes when it is plugged in again.",
        ),
        attr("port", USB_PORT, "The port that the device is plugged into, which stays.").since("12.8.0"),
    ])
    .rules(&[rule(Relation::ExactlyOne(&["@device", "@port"]))]);
static SCSI_SOURCE_ADDRESS: Element = element("address", "Where the device is on the host.").attributes(&[
    attr("bus", Integer { min: 0, max: 99 }, "The bus of the adapter.").required(),
    attr("target", Integer { min: 0, max: 9_999_999_999 }, "The target on the bus.").required(),
    attr("unit", Integer { min: 0, max: 99_999_999_999_999_999_999 }, "The unit of the target.").required(),
]);
/// Which mediated device of the host it is.
pub static MDEV_SOURCE_ADDRESS: Element = element("address", "Which mediated device it is.")
    .attributes(&[attr("uuid", Uuid, "The UUID of the device.").names_by_uuid("nodedev").required()]);

static HOST: Element =
    element("host", "The iSCSI server.").identity(Identity::First(&["name"])).attributes(&[
        attr("name", Text, "Its name or address.").required(),
        attr("port", PORT_NUMBER, "Its port."),
    ]);

static BLOCK: Element = leaf("block", Path, "The block device.");
static CHAR: Element = leaf("char", Path, "The character device.");
static INTERFACE: Element = leaf("interface", DEVICE_NAME, "The network interface.");

/// Which device it is. libvirt's parser takes the vendor and the product of a USB device in any order, only one server
/// of an iSCSI device, and a startup policy for no other type than `usb`.
pub static SOURCE: Element = element("source", "Which of the host's devices it is.")
    .attributes(&[
        attr("protocol", Choice(&["adapter", "iscsi"]), "How the host reaches a SCSI device.")
            .words(&[
                ("adapter", "by an adapter of its own"),
                ("iscsi", "by a server, to which the hypervisor logs in"),
            ])
            .implied("adapter")
            .when_up(1, "type", &["scsi"]),
        attr("protocol", Choice(&["vhost"]), "How the host passes on the SCSI adapter.")
            .words(&[("vhost", "by the kernel's vhost-scsi")])
            .required()
            .when_up(1, "type", &["scsi_host"]),
        attr("name", Text, "The iSCSI qualified name and LUN.")
            .required()
            .when_up(1, "type", &["scsi"])
            .when("protocol", &["iscsi"]),
        attr(
            "wwpn",
            Pattern {
                what: "a port name of `naa.` and 16 hexadecimal digits",
                pattern: r"(naa\.)[0-9a-fA-F]{16}",
                example: "naa.5123456789abcde0",
            },
            "The port name of the SCSI target.",
        )
        .required()
        .when_up(1, "type", &["scsi_host"]),
        attr(
            "startupPolicy",
            Choice(&["mandatory", "requisite", "optional"]),
            "What happens where the device is missing.",
        )
        .words(&[
            ("mandatory", "the machine does not start"),
            ("requisite", "the machine does not start; it loses the device where that goes away on a move"),
            ("optional", "the machine starts without"),
        ])
        .when_up(1, "type", &["usb", "pci"]),
        attr("guestReset", Choice(&["off", "uninitialized", "on"]), "When the guest may reset the device.")
            .words(&[("off", "never"), ("uninitialized", "until it has set the device up"), ("on", "always")])
            .when_up(1, "type", &["usb"]),
        attr("writeFiltering", YesNo, "Whether writes to the device's configuration are filtered.").when_up(
            1,
            "type",
            &["pci"],
        ),
    ])
    .children(&[
        child(&VENDOR).when_up(1, "type", &["usb"]),
        child(&PRODUCT).when_up(1, "type", &["usb"]),
        child(&HOST).many().required().when_up(1, "type", &["scsi"]).when("protocol", &["iscsi"]),
        child(&DISK_AUTH).when_up(1, "type", &["scsi"]).when("protocol", &["iscsi"]),
        child(&INITIATOR).when_up(1, "type", &["scsi"]).when("protocol", &["iscsi"]),
        // libvirt's parser takes no more than the adapter's name here; the schema is that of a pool's adapter.
        child(&ADAPTER).required().when_up(1, "type", &["scsi"]).when("protocol", &["adapter"]),
        child(&USB_SOURCE_ADDRESS).when_up(1, "type", &["usb"]),
        child(&PCI_SOURCE_ADDRESS).required().when_up(1, "type", &["pci"]),
        child(&SCSI_SOURCE_ADDRESS).required().when_up(1, "type", &["scsi"]).when("protocol", &["adapter"]),
        child(&MDEV_SOURCE_ADDRESS).required().when_up(1, "type", &["mdev"]),
        child(&BLOCK).required().when_up(1, "type", &["storage"]),
        child(&CHAR).required().when_up(1, "type", &["misc"]),
        child(&INTERFACE).required().when_up(1, "type", &["net"]),
    ])
    .rules(&[
        rule(Relation::Together(&["vendor", "product"])),
        rule(Relation::AtLeastOne(&["vendor", "address"])).when_up(1, "type", &["usb"]),
        rule(Relation::InOrder(&["vendor", "product", "address"])),
    ]);

const RAMFB: &str = "Whether the display shows something before the guest's driver is loaded.";

const READONLY: Child = child(&flag("readonly", "The guest cannot write to the device."));
const SHAREABLE: Child = child(&flag("shareable", "Several machines may use the device at the same time."));

/// A device of the host.
pub static HOSTDEV: Element = element("hostdev", "A device of the host that the guest gets as it is.")
    .page("formatdomain.html#host-device-assignment")
    .attributes(&[
        attr(
            "mode",
            Choice(&["subsystem", "capabilities"]),
            "Whether it is on a bus, or a capability of a container.",
        )
        .default("subsystem", "virDomainHostdevDefParseXML in src/conf/domain_conf.c")
        .words(&[
            ("subsystem", "a device of a bus, e.g. PCI or USB"),
            ("capabilities", "a device that a container may use"),
        ])
        .implied("subsystem"),
        attr("type", Choice(SUBSYSTEM), "The kind of device.")
            .words(&[
                ("usb", "a USB device"),
                ("pci", "a PCI device"),
                ("scsi", "a SCSI device"),
                ("scsi_host", "a SCSI adapter, by vhost"),
                ("mdev", "a part of a device that its driver has set apart (a vGPU, say)"),
            ])
            .required()
            .when("mode", &["subsystem"]),
        attr("type", Choice(&["storage", "misc", "net"]), "The kind of device.")
            .words(&[
                ("storage", "a block device"),
                ("misc", "a character device"),
                ("net", "a network card"),
            ])
            .required()
            .when("mode", &["capabilities"]),
        attr("managed", YesNo, "Whether libvirt takes the device from the host and gives it back.")
            .default("no", "virDomainHostdevDefParseXMLSubsys in src/conf/domain_conf.c")
            .when("mode", &["subsystem"]),
        attr(
            "sgio",
            Choice(&["filtered", "unfiltered"]),
            "Whether the kernel filters the guest's SCSI commands.",
        )
        .words(SGIO)
        .when("type", &["scsi"]),
        attr("rawio", YesNo, "Whether the guest may send raw SCSI commands.").when("type", &["scsi"]),
        attr("model", VIRTIO_MODEL, "The virtio model.").words(VIRTIO_MODELS).when("type", &["scsi_host"]),
        attr(
            "model",
            Choice(&["vfio-pci", "vfio-ccw", "vfio-ap"]),
            "How the guest gets the mediated device.",
        )
        .words(&[
            ("vfio-pci", "as a PCI device"),
            ("vfio-ccw", "as a mainframe's channel device"),
            ("vfio-ap", "as a mainframe's crypto adapter"),
        ])
        .required()
        .when("type", &["mdev"]),
        attr("display", OnOff, "Whether the device is a display.")
            .default_in_words(
                "off, where the model is vfio-pci",
                "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
            )
            .when("type", &["mdev"]),
        attr("display", OnOff, "Whether the device is a display.").when("type", &["pci"]).since("10.3.0"),
        attr("ramfb", OnOff, RAMFB).when("type", &["mdev"]),
        attr("ramfb", OnOff, RAMFB).when("type", &["pci"]).since("10.3.0"),
    ])
    .children(&[
        child(&DRIVER).when("type", &["pci"]),
        child(&SOURCE).required(),
        IP_CHILD.when("type", &["net"]),
        ROUTE_CHILD.when("type", &["net"]),
        child(&TEAMING).when("type", &["pci"]),
        READONLY,
        SHAREABLE,
        BOOT_CHILD,
        ALIAS_CHILD,
        ROM_CHILD,
        ACPI_CHILD,
        ADDRESS_CHILD,
    ]);
