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
use crate::shared::words::VIRTIO_MODELS;
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
    .default_in_words(
        "QEMU's device for the model of the controller",
        "qemuDomainAssignPCIAddresses in src/qemu/qemu_domain_address.c",
    )
    .words(&[
        ("spapr-pci-host-bridge", "the host bridge of pSeries machines"),
        ("pci-bridge", "QEMU's bridge of conventional PCI"),
        ("i82801b11-bridge", "Intel's bridge from PCI Express to PCI"),
        ("pcie-pci-bridge", "QEMU's bridge from PCI Express to PCI"),
        ("ioh3420", "Intel's root port"),
        ("pcie-root-port", "QEMU's own root port"),
        ("x3130-upstream", "the upstream port of Texas Instruments' switch"),
        ("xio3130-downstream", "a downstream port of Texas Instruments' switch"),
        ("pxb", "QEMU's expander bus of conventional PCI"),
        ("pxb-pcie", "QEMU's expander bus of PCI Express"),
    ])
    .by_schema()]);

static NODE: Element = leaf("node", UNSIGNED_INT, "The NUMA node of the guest that the bus belongs to.");

static TARGET: Element = element("target", "How the guest sees the PCI controller.")
    .attributes(&[
        attr("chassisNr", UINT8, "The chassis number of a PCI bridge.").default_in_words(
            "the index of the controller",
            "qemuDomainAssignPCIAddresses in src/qemu/qemu_domain_address.c",
        ),
        attr("chassis", UINT8, "The chassis number of a PCIe port.").default_in_words(
            "the index of the controller",
            "qemuDomainAssignPCIAddresses in src/qemu/qemu_domain_address.c",
        ),
        attr("port", number(0xff, Print::Hex(0)), "The port number of a PCIe port.").default_in_words(
            "a number that follows from slot and function",
            "qemuDomainAssignPCIAddresses in src/qemu/qemu_domain_address.c",
        ),
        attr("busNr", UINT8, "The number of the first bus below an expander bus.").default_in_words(
            "a number that leaves room for the buses below",
            "qemuDomainAssignPCIAddresses in src/qemu/qemu_domain_address.c",
        ),
        attr("index", UINT8, "Which of a pSeries guest's host bridges it is.").default_in_words(
            "the next free number",
            "qemuDomainAssignPCIAddresses in src/qemu/qemu_domain_address.c",
        ),
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
        attr("startport", USB_PORT, "The master's first port that is the companion's.")
            .default("0", "virDomainControllerDefParseXML in src/conf/domain_conf.c")
            .by_schema(),
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
        .default("ide", "virDomainControllerDefParseXML in src/conf/domain_conf.c")
        .words(&[
            ("ide", "the PC's old bus for disks"),
            ("fdc", "the PC's floppy controller"),
            ("scsi", "disks, tapes and other SCSI devices"),
            ("sata", "disks by AHCI"),
            ("virtio-serial", "channels and consoles of virtio"),
            ("ccid", "smart cards"),
            ("usb", "USB devices"),
            ("pci", "slots of PCI or PCI Express"),
            ("xenbus", "Xen's paravirtual devices"),
            ("isa", "the PC's old bus for cards"),
            ("nvme", "namespaces of an NVMe drive"),
        ])
        .by_schema()
        .implied("ide"),
        attr("index", UNSIGNED_INT, "The number by which addresses know it, counted for each type.")
            .default_in_words(
                "the next free number of the type",
                "virDomainDefRejectDuplicateControllers in src/conf/domain_conf.c",
            ),
        attr("model", Choice(&["piix3", "piix4", "ich6"]), "The model of the controller.")
            .words(&[("piix3", "Intel's PIIX3"), ("piix4", "Intel's PIIX4"), ("ich6", "Intel's ICH6")])
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
        .words(&[
            ("auto", "as the hypervisor likes"),
            ("buslogic", "BusLogic's parallel SCSI card"),
            ("lsilogic", "LSI's parallel SCSI card (53C895A)"),
            ("lsisas1068", "LSI's SAS card 1068"),
            ("vmpvscsi", "VMware's paravirtual card"),
            ("ibmvscsi", "the virtual SCSI of pSeries machines"),
            ("virtio-scsi", "the paravirtual controller, for guests with its driver"),
            ("lsisas1078", "LSI's SAS card 1078"),
            ("virtio-transitional", "virtio-scsi for legacy and new drivers, in a slot of conventional PCI"),
            ("virtio-non-transitional", "virtio-scsi for drivers of virtio 1.0 and later only"),
            ("ncr53c90", "the controller that is built into some boards, and into nothing else"),
            ("dc390", "Tekram's parallel SCSI card"),
            ("am53c974", "AMD's parallel SCSI card"),
        ])
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
        .words(&[
            ("piix3-uhci", "USB 1.1, as Intel's PIIX3 has it"),
            ("piix4-uhci", "USB 1.1, as Intel's PIIX4 has it"),
            ("ehci", "USB 2.0 alone"),
            ("ich9-ehci1", "USB 2.0, as Intel's ICH9 has it; it needs the three companions"),
            ("ich9-uhci1", "the first companion of ICH9's, for USB 1.1"),
            ("ich9-uhci2", "the second companion of ICH9's, for USB 1.1"),
            ("ich9-uhci3", "the third companion of ICH9's, for USB 1.1"),
            ("vt82c686b-uhci", "USB 1.1, as VIA's chip has it"),
            ("pci-ohci", "USB 1.1, by the OHCI standard"),
            ("nec-xhci", "USB 3, as NEC's chip has it"),
            ("none", "no USB: neither this controller nor another"),
            ("qusb1", "Xen's paravirtual USB 1.1"),
            ("qusb2", "Xen's paravirtual USB 2.0"),
            ("qemu-xhci", "USB 3, without a model in hardware: the best where the guest can drive it"),
        ])
        .when("type", &["usb"]),
        attr("model", VIRTIO_MODEL, "The virtio model.")
            .words(VIRTIO_MODELS)
            .when("type", &["virtio-serial"]),
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
        .words(&[
            ("pci-root", "the bus that a PC of the old kind has from the beginning"),
            ("pcie-root", "the bus that a PCI Express machine has from the beginning"),
            ("pci-bridge", "a bridge to 31 more slots of conventional PCI"),
            ("dmi-to-pci-bridge", "a bridge from PCI Express to conventional PCI, without hotplug"),
            ("pcie-to-pci-bridge", "a bridge from PCI Express to conventional PCI, with hotplug"),
            ("pcie-root-port", "a slot of PCI Express for one device, with hotplug"),
            ("pcie-switch-upstream-port", "the side of a switch that is towards the CPU"),
            ("pcie-switch-downstream-port", "a slot of a switch"),
            ("pci-expander-bus", "a second bus of conventional PCI, with a NUMA node of its own"),
            ("pcie-expander-bus", "a second bus of PCI Express, with a NUMA node of its own"),
        ])
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
