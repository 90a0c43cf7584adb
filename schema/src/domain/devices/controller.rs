//! Controllers: the buses that other devices sit on.
//!
//! <https://libvirt.org/formatdomain.html#controllers>; `controller` in domaincommon.rng;
//! `virDomainControllerDefFormat` in `src/conf/domain_conf.c`.

use super::disk::{IOTHREADS, SERIAL};
use crate::Format::{AnyOf, Choice, OnOff};
use crate::shared::address::{ACPI_CHILD, ADDRESS_CHILD, ALIAS_CHILD, USB_PORT};
use crate::shared::amount::memory_amount;
use crate::shared::device::VIRTIO_OPTIONS;
use crate::shared::values::{UINT8, UNSIGNED_INT, UNSIGNED_LONG, VIRTIO_MODEL};
use crate::{Element, Identity, Print, attr, attributes, child, element, leaf, number, since};

/// The implementation of a PCI controller, beside the attribute of the same name that says what it is.
static PCI_MODEL: Element = element("model", "Which of its device models implements the PCI controller.")
    .attributes(&[attr(
        "name",
        Choice(&[
            "spapr-pci-host-bridge",
            "pci-bridge",
            "i82801b11-bridge",
            "pcie-pci-bridge",
            "ioh3420",
            "pcie-root-port",
            "x3130-upstream",
            "xio3130-downstream",
            "pxb",
            "pxb-pcie",
        ]),
        "The device model.",
    )
    .by_schema()]);

static NODE: Element = leaf("node", UNSIGNED_INT, "The NUMA node of the guest that the bus belongs to.");

static TARGET: Element = element("target", "How the guest sees the PCI controller.")
    .attributes(&[
        attr("chassisNr", UINT8, "The chassis number of a PCI bridge."),
        attr("chassis", UINT8, "The chassis number of a PCIe port."),
        attr("port", number(0xff, Print::Hex(0)), "The port number of a PCIe port."),
        attr("busNr", UINT8, "The number of the first bus below an expander bus."),
        attr("index", UINT8, "Which of a pSeries guest's host bridges it is."),
        attr("hotplug", OnOff, "Whether devices can be plugged in while the guest runs."),
        attr("memReserve", UNSIGNED_LONG, "The memory in KiB that the firmware keeps for devices to come.")
            .since("10.3.0"),
    ])
    .children(&[child(&NODE)]);

static DRIVER: Element = element("driver", "How the hypervisor runs the controller.")
    .attributes(attributes![
        &[
            attr("queues", UNSIGNED_INT, "The number of virtqueues."),
            attr("cmd_per_lun", UNSIGNED_INT, "How many commands each device may have queued."),
            attr("max_sectors", UNSIGNED_INT, "How many sectors one command may transfer."),
            attr("ioeventfd", OnOff, "Whether I/O is handled outside the vCPU's thread."),
            attr("iothread", UNSIGNED_INT, "The I/O thread that serves the controller."),
        ],
        VIRTIO_OPTIONS,
    ])
    .children(&[child(&IOTHREADS).since("11.2.0")]);

static MASTER: Element =
    element("master", "Where a companion controller stands beside its USB 2 controller.").attributes(&[
        attr("startport", USB_PORT, "The master's first port that is the companion's.").by_schema(),
    ]);

static PCIHOLE64: Element =
    memory_amount("pcihole64", "The size of the memory hole above 4 GiB for PCI devices.");

/// The models of a PCI controller that stand at the root.
const PCI_ROOTS: &[&str] = &["pci-root", "pcie-root"];

/// A controller. libvirt's parser takes one without a type for `ide`; its schema refuses that. A `pci` one without a model passes its
/// parser, and is refused by what QEMU's driver checks of a definition.
pub static CONTROLLER: Element = element("controller", "A bus that other devices sit on.")
    .identity(Identity::All(&["type", "index"]))
    .page("formatdomain.html#controllers")
    .attributes(&[
        attr(
            "type",
            AnyOf(&[
                Choice(&[
                    "ide",
                    "fdc",
                    "scsi",
                    "sata",
                    "virtio-serial",
                    "ccid",
                    "usb",
                    "pci",
                    "xenbus",
                    "isa",
                ]),
                since("11.5.0", &Choice(&["nvme"])),
            ]),
            "The kind of bus.",
        )
        .by_schema()
        .implied("ide"),
        attr("index", UNSIGNED_INT, "The number by which addresses know it, counted for each type."),
        attr("model", Choice(&["piix3", "piix4", "ich6"]), "The model of the controller.")
            .when("type", &["ide"]),
        attr(
            "model",
            Choice(&[
                "auto",
                "buslogic",
                "lsilogic",
                "lsisas1068",
                "vmpvscsi",
                "ibmvscsi",
                "virtio-scsi",
                "lsisas1078",
                "virtio-transitional",
                "virtio-non-transitional",
                "ncr53c90",
                "dc390",
                "am53c974",
            ]),
            "The model of the controller.",
        )
        .when("type", &["scsi"]),
        attr(
            "model",
            Choice(&[
                "piix3-uhci",
                "piix4-uhci",
                "ehci",
                "ich9-ehci1",
                "ich9-uhci1",
                "ich9-uhci2",
                "ich9-uhci3",
                "vt82c686b-uhci",
                "pci-ohci",
                "nec-xhci",
                "none",
                "qusb1",
                "qusb2",
                "qemu-xhci",
            ]),
            "The model of the controller; `none` for a machine without USB.",
        )
        .when("type", &["usb"]),
        attr("model", VIRTIO_MODEL, "The virtio model.").when("type", &["virtio-serial"]),
        attr(
            "model",
            Choice(&[
                "pci-root",
                "pcie-root",
                "pci-bridge",
                "dmi-to-pci-bridge",
                "pcie-to-pci-bridge",
                "pcie-root-port",
                "pcie-switch-upstream-port",
                "pcie-switch-downstream-port",
                "pci-expander-bus",
                "pcie-expander-bus",
            ]),
            "What the controller is on the PCI topology.",
        )
        .required()
        .when("type", &["pci"]),
        attr("ports", UNSIGNED_INT, "How many ports it has.").when("type", &["usb", "virtio-serial"]),
        attr("vectors", UNSIGNED_INT, "How many interrupt vectors it has.").when("type", &["virtio-serial"]),
        attr("maxGrantFrames", UNSIGNED_INT, "How many grant frames the guest may have.")
            .when("type", &["xenbus"]),
        attr("maxEventChannels", UNSIGNED_INT, "How many event channels the guest may have.")
            .when("type", &["xenbus"]),
    ])
    .children(&[
        child(&PCI_MODEL).when("type", &["pci"]),
        child(&TARGET).when("type", &["pci"]),
        child(&SERIAL).when("type", &["nvme"]),
        child(&DRIVER),
        ALIAS_CHILD,
        child(&MASTER).when("type", &["usb"]),
        ACPI_CHILD,
        ADDRESS_CHILD,
        child(&PCIHOLE64).when("type", &["pci"]).when("model", PCI_ROOTS),
    ]);
