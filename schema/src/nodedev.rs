//! The node device format: a device of the host. libvirt describes all of them, and defines mediated devices.
//!
//! <https://libvirt.org/formatnode.html>; nodedev.rng; `virNodeDeviceDefFormat` in `src/conf/node_device_conf.c`.
//!
//! A `capability` says what a device is, and those within it what else it can do; the entries of each are guarded by its
//! `type`.

use crate::Format::{Chars, Choice, Pattern, Text, Uuid};
use crate::interface::LINK;
use crate::shared::address::PCI_NUMBERS;
use crate::shared::values::{HEX_TEXT, INT, UINT8, UNSIGNED_INT, UNSIGNED_LONG, WWN};
use crate::{Attribute, Child, Derived, Element, Format, Print, attr, child, element, leaf, number, text};

/// A text of libvirt's, whatever it says.
const fn said(name: &'static str, doc: &'static str) -> Element {
    leaf(name, Text, doc)
}

/// An element that holds an unsigned number.
const fn count(name: &'static str, doc: &'static str) -> Element {
    leaf(name, UNSIGNED_LONG, doc)
}

/// A path in `/dev` or `/sys`.
const PATH: Format = Pattern {
    what: "a path of letters, digits, `_`, `+`, `-`, `/` and `%`",
    pattern: r"/[a-zA-Z0-9_+\-/%]+",
    example: "/dev/sda",
};

// --- What a device is.

static CLASS: Element = leaf(
    "class",
    Pattern {
        what: "a PCI class of six hexadecimal digits",
        pattern: "0x[0-9a-fA-F]{6}",
        example: "0x030000",
    },
    "The class of the PCI device.",
);
static DOMAIN: Element = count("domain", "The PCI domain.");
static BUS: Element = count("bus", "The number of the bus.");
static SLOT: Element = count("slot", "The slot on the bus.");
static FUNCTION: Element = count("function", "The function of the slot.");
static DEVICE_NUMBER: Element = count("device", "The number of the device on the USB bus.");
static PORT: Element = count("port", "The port of the USB bus.");

const ID: &[Attribute] = &[attr("id", HEX_TEXT, "The number.").required()];
static PRODUCT: Element =
    element("product", "The product.").attributes(ID).text(text(Text).key("name").optional());
static VENDOR: Element =
    element("vendor", "Who made it.").attributes(ID).text(text(Text).key("name").optional());

const ALL_NUMBERS: [Attribute; 4] = [
    PCI_NUMBERS[0].required(),
    PCI_NUMBERS[1].required(),
    PCI_NUMBERS[2].required(),
    PCI_NUMBERS[3].required(),
];
static PCI_ADDRESS: Element = element("address", "A PCI address.").attributes(&ALL_NUMBERS);
static IOMMU_GROUP: Element = element("iommuGroup", "The devices that can only be handed over together.")
    .attributes(&[attr("number", UNSIGNED_INT, "The number of the group.").required()])
    .children(&[child(&PCI_ADDRESS).many()]);
static NUMA: Element = element("numa", "Where the device sits.").attributes(&[attr(
    "node",
    INT,
    "The host's NUMA node; -1 for none.",
)]);
static EXPRESS_LINK: Element = element("link", "A link of PCI Express.").attributes(&[
    attr("validity", Choice(&["cap", "sta"]), "What it can do, or what it does.")
        .words(&[("cap", "the best that it is capable of"), ("sta", "what it does now")])
        .required(),
    attr("port", UNSIGNED_INT, "The number of the port."),
    attr(
        "speed",
        Pattern { what: "a speed in GT/s", pattern: "[0-9]+(.[0-9]+)?", example: "2.5" },
        "The speed in GT/s.",
    ),
    attr("width", UNSIGNED_INT, "The number of lanes.").required(),
]);
static PCI_EXPRESS: Element =
    element("pci-express", "The links of PCI Express.").children(&[child(&EXPRESS_LINK).many()]);

static MDEV_NAME: Element = said("name", "The name of the type.");
static DEVICE_API: Element =
    leaf("deviceAPI", Choice(&["vfio-pci", "vfio-ccw", "vfio-ap"]), "How a guest gets a device of the type.")
        .words(&[
            ("vfio-pci", "as a PCI device"),
            ("vfio-ccw", "as a channel device of s390"),
            ("vfio-ap", "as a crypto card of s390"),
        ]);
static AVAILABLE: Element =
    leaf("availableInstances", UNSIGNED_INT, "How many more devices of the type can be made.");
static MDEV_TYPE: Element = element("type", "A type of mediated device.")
    .attributes(&[attr("id", Text, "The name by which it is asked for.").required()])
    .children(&[child(&MDEV_NAME), child(&DEVICE_API).required(), child(&AVAILABLE).required()]);

/// A value of a device's vital product data (`vpdFieldValueFormat`).
const VPD: Format = Chars { what: "at most 255 characters", set: r"^\n", min: 0, max: 255 };
const INDEX: &[Attribute] =
    &[attr("index", Chars { what: "a digit or letter", set: "0-9A-Z", min: 1, max: 1 }, "The key.")
        .required()];
static VPD_NAME: Element = leaf("name", VPD, "The name of the product.");
static CHANGE_LEVEL: Element = leaf("change_level", VPD, "The revision.");
static MANUFACTURE_ID: Element = leaf("manufacture_id", VPD, "The number of the maker.");
static PART_NUMBER: Element = leaf("part_number", VPD, "The number of the part.");
static SERIAL_NUMBER: Element = leaf("serial_number", VPD, "The serial number.");
static ASSET_TAG: Element = leaf("asset_tag", VPD, "The owner's tag.");
static VENDOR_FIELD: Element =
    element("vendor_field", "A field of the maker's.").attributes(INDEX).text(text(VPD));
static SYSTEM_FIELD: Element =
    element("system_field", "A field of the system's.").attributes(INDEX).text(text(VPD));
static FIELDS: Element = element("fields", "Fields of the vital product data.")
    .attributes(&[attr("access", Choice(&["readonly", "readwrite"]), "Whether they can be written.")
        .words(&[
            ("readonly", "they can be read, not written"),
            ("readwrite", "they can be read and written"),
        ])
        .required()])
    .children(&[
        child(&CHANGE_LEVEL).when("access", &["readonly"]),
        child(&MANUFACTURE_ID).when("access", &["readonly"]),
        child(&PART_NUMBER).when("access", &["readonly"]),
        child(&SERIAL_NUMBER).when("access", &["readonly"]),
        child(&ASSET_TAG).when("access", &["readwrite"]),
        child(&VENDOR_FIELD).many(),
        child(&SYSTEM_FIELD).many().when("access", &["readwrite"]),
    ]);

// --- What else it can do.

static FIBRE_WWNN: Element = leaf("wwnn", WWN, "The world wide node name.");
static FIBRE_WWPN: Element = leaf("wwpn", WWN, "The world wide port name.");
static FABRIC_WWN: Element = leaf("fabric_wwn", WWN, "The world wide name of the fabric.");
static MAX_VPORTS: Element = leaf("max_vports", UNSIGNED_INT, "How many virtual ports there can be.");
static VPORTS: Element = leaf("vports", UNSIGNED_INT, "How many virtual ports there are.");
static REMOTE_PORT: Element = said("rport", "The remote port.");
static GROUP_DEVICE: Element = said("group_device", "The group that the device is in.");
static CARD_TYPE: Element = said("card_type", "The type of the card.");
static CHPID: Element = said("chpid", "The identifier of the channel path.");
static MEDIA_AVAILABLE: Element = leaf("media_available", Choice(&["0", "1"]), "Whether there is a medium.")
    .words(&[("0", "the drive is empty"), ("1", "there is one in it")]);
static MEDIA_SIZE: Element = count("media_size", "The size of the medium in bytes.");
static MEDIA_LABEL: Element = said("media_label", "The label of the medium.");
static LOGICAL_BLOCK_SIZE: Element = count("logical_block_size", "The smallest unit of I/O, in bytes.");
static NUM_BLOCKS: Element = count("num_blocks", "The number of blocks.");

/// A nested `capability`: a further ability of a device.
static FURTHER: Element = element("capability", "What else the device can do.")
    .attributes(&[
        attr("type", Choice(PCI_FURTHER), "What it is.")
            .words(&[
                ("phys_function", "a virtual function, with the function that it is part of"),
                ("virt_functions", "a physical function, with its virtual ones"),
                ("pci-bridge", "a bridge between buses of PCI"),
                ("cardbus-bridge", "a bridge to CardBus"),
                ("mdev_types", "a parent of mediated devices, with their types"),
                ("vpd", "a device that says its number and maker (vital product data)"),
            ])
            .required()
            .when_up(1, "type", &["pci"]),
        attr("type", Choice(&["80203", "80211"]), "What it is.")
            .words(&[("80203", "a wired card (Ethernet)"), ("80211", "a wireless card (WLAN)")])
            .required()
            .when_up(1, "type", &["net"]),
        attr("type", Choice(&["fc_host", "vport_ops"]), "What it is.")
            .words(&[
                ("fc_host", "a Fibre Channel adapter"),
                ("vport_ops", "an adapter that can have virtual ports"),
            ])
            .required()
            .when_up(1, "type", &["scsi_host"]),
        attr("type", Choice(&["fc_remote_port"]), "What it is.")
            .words(&[("fc_remote_port", "a port on the other side of Fibre Channel")])
            .required()
            .when_up(1, "type", &["scsi_target"]),
        attr("type", Choice(&["removable", "hotpluggable"]), "What it is.")
            .words(&[
                ("removable", "a drive whose medium can be taken out"),
                ("hotpluggable", "a drive that can be taken out while it runs"),
            ])
            .required()
            .when_up(1, "type", &["storage"]),
        attr("type", Choice(&["ccwgroup_member"]), "What it is.")
            .words(&[("ccwgroup_member", "a device that is part of a group")])
            .required()
            .when_up(1, "type", &["ccw"]),
        attr("type", Choice(&["qeth_generic", "qeth_layer2", "qeth_layer3"]), "What it is.")
            .words(&[
                ("qeth_generic", "an OSA network card whose layer is not set"),
                ("qeth_layer2", "an OSA network card for Ethernet"),
                ("qeth_layer3", "an OSA network card for IP"),
            ])
            .required()
            .when_up(1, "type", &["ccwgroup"]),
        attr("type", Choice(&["mdev_types"]), "What it is.")
            .words(&[("mdev_types", "a parent of mediated devices, with their types")])
            .required()
            .when_up(1, "type", &["css", "ap_matrix"]),
        attr("maxCount", UNSIGNED_INT, "How many virtual functions there can be.")
            .when("type", &["virt_functions"]),
    ])
    .children(&[
        child(&PCI_ADDRESS).when("type", &["phys_function"]),
        child(&PCI_ADDRESS).many().when("type", &["virt_functions"]),
        child(&MDEV_TYPE).many().by_schema().when("type", &["mdev_types"]),
        child(&VPD_NAME).required().when("type", &["vpd"]),
        child(&FIELDS).many().when("type", &["vpd"]),
        child(&FIBRE_WWNN).required().when("type", &["fc_host"]),
        child(&REMOTE_PORT).required().when("type", &["fc_remote_port"]),
        child(&FIBRE_WWPN).required().when("type", &["fc_host", "fc_remote_port"]),
        child(&FABRIC_WWN).when("type", &["fc_host"]),
        child(&MAX_VPORTS).required().when("type", &["vport_ops"]),
        child(&VPORTS).required().when("type", &["vport_ops"]),
        child(&GROUP_DEVICE).required().when("type", &["ccwgroup_member"]),
        child(&CARD_TYPE).required().when("type", QETH),
        child(&CHPID).required().when("type", QETH),
        child(&MEDIA_AVAILABLE).required().when("type", &["removable"]),
        child(&MEDIA_SIZE).required().when("type", &["removable"]),
        child(&MEDIA_LABEL).when("type", &["removable"]),
        child(&LOGICAL_BLOCK_SIZE).when("type", &["removable"]),
        child(&NUM_BLOCKS).when("type", &["removable"]),
    ]);

const PCI_FURTHER: &[&str] =
    &["phys_function", "virt_functions", "pci-bridge", "cardbus-bridge", "mdev_types", "vpd"];
const QETH: &[&str] = &["qeth_generic", "qeth_layer2", "qeth_layer3"];
/// The types of devices that can have further abilities.
const HAS_FURTHER: &[&str] =
    &["pci", "net", "scsi_host", "scsi_target", "storage", "ccw", "ccwgroup", "css", "ap_matrix"];

// --- What only some are.

static SYSTEM_PRODUCT: Element = said("product", "The name of the computer.");
static SYSTEM_VENDOR: Element = said("vendor", "Who made it.");
static SYSTEM_VERSION: Element = said("version", "The version.");
static SYSTEM_SERIAL: Element = said("serial", "The serial number.");
static SYSTEM_UUID: Element = leaf("uuid", Uuid, "The UUID of the computer.");
static RELEASE_DATE: Element = said("release_date", "When the firmware was released.");
static HARDWARE: Element = element("hardware", "The computer.").children(&[
    child(&SYSTEM_VENDOR),
    child(&SYSTEM_VERSION),
    child(&SYSTEM_SERIAL),
    child(&SYSTEM_UUID).required(),
]);
static FIRMWARE: Element = element("firmware", "The computer's firmware.").children(&[
    child(&SYSTEM_VENDOR),
    child(&SYSTEM_VERSION),
    child(&RELEASE_DATE),
]);

static NUMBER: Element = count("number", "The number of the USB interface.");
static USB_CLASS: Element = count("class", "The class of the USB interface.");
static USB_SUBCLASS: Element = count("subclass", "The subclass of the USB interface.");
static USB_PROTOCOL: Element = count("protocol", "The protocol of the USB interface.");
static USB_DESCRIPTION: Element = said("description", "What the USB interface is.");

static INTERFACE: Element = said("interface", "The name of the network interface.");
static MAC: Element = leaf("address", Format::Mac { unicast: false }, "The MAC address.");
static NET_FEATURE: Element = element("feature", "Something that the card does.").attributes(&[attr(
    "name",
    Chars { what: "a name of letters, `-` and `_`", set: "a-zA-Z_-", min: 1, max: usize::MAX },
    "The feature.",
)
.required()]);

static CHAR: Element = said("char", "The character device.");
static HOST: Element = count("host", "The number of the SCSI host.");
static UNIQUE_ID: Element = leaf("unique_id", UNSIGNED_INT, "What tells the host from others of its driver.");
static TARGET: Element = said("target", "The name of the SCSI target.");
static TARGET_NUMBER: Element = count("target", "The number of the SCSI target.");
static LUN: Element = count("lun", "The number of the unit.");
// The attribute of the same name says what the device is.
static SCSI_TYPE: Element = element("type", "What kind of unit it is.").text(text(Text).key("scsi_type"));
static DRM_TYPE: Element = element("type", "What kind of node it is.")
    .text(text(Choice(&["primary", "control", "render"])).key("drm_type"))
    .words(&[
        ("primary", "for all that the card can do, screens included"),
        ("control", "for setting screens; Linux no longer has it"),
        ("render", "only for computing pictures, without rights over screens"),
    ]);

static BLOCK: Element = leaf("block", PATH, "The block device.");
static STORAGE_BUS: Element = said("bus", "The bus that it is on.");
static DRIVE_TYPE: Element = said("drive_type", "What kind of drive it is.");
static MODEL: Element = said("model", "The model.");
static STORAGE_VENDOR: Element = said("vendor", "Who made it.");
static SERIAL: Element = said("serial", "The serial number.");
static SIZE: Element = count("size", "The size in bytes.");

static TYPE_OF_MDEV: Element = element("type", "The type of the mediated device.").attributes(&[attr(
    "id",
    Text,
    "One of the types that the parent has.",
)
.required()]);
static MDEV_UUID: Element = leaf("uuid", Uuid, "The UUID of the mediated device.");
static PARENT_ADDRESS: Element = said("parent_addr", "The address of the parent device.");
static MDEV_ATTRIBUTE: Element = element("attr", "An attribute of the mediated device.")
    .attributes(&[attr("name", Text, "The name.").required(), attr("value", Text, "The value.").required()]);

/// The numbers of a device on the channels of a mainframe.
static CSSID: Element = leaf("cssid", number(0xfe, Print::Hex(0)), "The number of the channel subsystem.");
static SSID: Element = leaf("ssid", number(3, Print::Hex(0)), "The number of the subchannel set.");
static DEVNO: Element = leaf("devno", number(0xffff, Print::Hex(4)), "The device number.");
static CHANNEL_ADDRESS: Element =
    element("channel_dev_addr", "The address of the device behind the channel.").children(&[
        child(&CSSID).required(),
        child(&SSID).required(),
        child(&DEVNO).required(),
    ]);
static CCW_STATE: Element = leaf("state", Choice(&["online", "offline"]), "Whether the device is online.")
    .words(&[("online", "it can be used"), ("offline", "it cannot be used")]);
static MEMBER: Element = element("ccw_device", "A device of the group.")
    .attributes(&[attr("ref", Text, "What the device is to the group.").required()])
    .text(text(Text).key("device"));
static MEMBERS: Element = element("members", "The devices of the group.").children(&[child(&MEMBER).many()]);

static CHARDEV: Element = leaf("chardev", PATH, "The character device.");
static AP_ADAPTER: Element = leaf("ap-adapter", UINT8, "The number of the adapter.");
static AP_DOMAIN: Element = leaf("ap-domain", number(0xffff, Print::Hex(4)), "The number of the domain.");

const CCW: &[&str] = &["ccw", "ccwgroup", "css"];

/// The `capability` of a device, whose `type` decides the other entries.
pub static CAPABILITY: Element = element("capability", "What the device is.")
    .attributes(&[attr(
        "type",
        Choice(&[
            "system",
            "pci",
            "usb_device",
            "usb",
            "net",
            "scsi_generic",
            "scsi_host",
            "scsi_target",
            "scsi",
            "storage",
            "drm",
            "mdev",
            "ccw",
            "ccwgroup",
            "css",
            "vdpa",
            "ap_card",
            "ap_queue",
            "ap_matrix",
        ]),
        "What it is.",
    )
    .words(&[
        ("system", "the host itself"),
        ("pci", "a PCI device"),
        ("usb_device", "a USB device"),
        ("usb", "an interface of a USB device"),
        ("net", "a network card"),
        ("scsi_generic", "a SCSI unit, for commands of any kind"),
        ("scsi_host", "a SCSI adapter"),
        ("scsi_target", "a target that an adapter reaches"),
        ("scsi", "a SCSI unit"),
        ("storage", "a block device"),
        ("drm", "a node of a graphics card"),
        ("mdev", "a mediated device: a part of another"),
        ("ccw", "a device of an s390 machine's channels"),
        ("ccwgroup", "several such devices as one"),
        ("css", "a subchannel of an s390 machine"),
        ("vdpa", "a virtio device in hardware"),
        ("ap_card", "an s390 crypto card"),
        ("ap_queue", "a queue of an s390 crypto card"),
        ("ap_matrix", "what mediated devices of s390 crypto cards are made of"),
    ])
    .required()])
    .children(PARTS);

const PARTS: &[Child] = &[
    child(&SYSTEM_PRODUCT).when("type", &["system"]),
    child(&HARDWARE).required().when("type", &["system"]),
    child(&FIRMWARE).required().when("type", &["system"]),
    child(&CLASS).when("type", &["pci"]),
    child(&DOMAIN).required().when("type", &["pci"]),
    child(&HOST).required().when("type", &["scsi_host", "scsi"]),
    child(&UNIQUE_ID).when("type", &["scsi_host"]),
    child(&BLOCK).required().when("type", &["storage"]),
    child(&BUS).required().when("type", &["pci", "usb_device", "scsi"]),
    child(&STORAGE_BUS).when("type", &["storage"]),
    child(&SLOT).required().when("type", &["pci"]),
    child(&FUNCTION).required().when("type", &["pci"]),
    child(&DEVICE_NUMBER).required().when("type", &["usb_device"]),
    // The schema demands it since 12.8.0; what an older libvirt printed has none.
    child(&PORT).when("type", &["usb_device"]).since("12.8.0"),
    child(&PRODUCT).required().when("type", &["pci", "usb_device"]),
    child(&VENDOR).required().when("type", &["pci", "usb_device"]),
    child(&NUMBER).required().when("type", &["usb"]),
    child(&USB_CLASS).required().when("type", &["usb"]),
    child(&USB_SUBCLASS).required().when("type", &["usb"]),
    child(&USB_PROTOCOL).required().when("type", &["usb"]),
    child(&USB_DESCRIPTION).when("type", &["usb"]),
    child(&INTERFACE).required().when("type", &["net"]),
    child(&MAC).when("type", &["net"]),
    child(&LINK).when("type", &["net"]),
    child(&NET_FEATURE).many().when("type", &["net"]),
    child(&TARGET).required().when("type", &["scsi_target"]),
    child(&TARGET_NUMBER).required().when("type", &["scsi"]),
    child(&LUN).required().when("type", &["scsi"]),
    child(&SCSI_TYPE).hoisted().when("type", &["scsi"]),
    child(&CHAR).required().when("type", &["scsi_generic"]),
    child(&DRIVE_TYPE).when("type", &["storage"]),
    child(&MODEL).when("type", &["storage"]),
    child(&STORAGE_VENDOR).when("type", &["storage"]),
    child(&SERIAL).when("type", &["storage"]),
    child(&SIZE).when("type", &["storage"]),
    child(&LOGICAL_BLOCK_SIZE).when("type", &["storage"]),
    child(&NUM_BLOCKS).when("type", &["storage"]),
    child(&DRM_TYPE).hoisted().required().when("type", &["drm"]),
    child(&TYPE_OF_MDEV).required().when("type", &["mdev"]),
    child(&MDEV_UUID).derived(Derived::Uuid).when("type", &["mdev"]),
    child(&PARENT_ADDRESS).when("type", &["mdev"]),
    child(&CCW_STATE).when("type", &["ccw", "ccwgroup"]),
    child(&CSSID).required().when("type", CCW),
    child(&SSID).required().when("type", CCW),
    child(&DEVNO).required().when("type", CCW),
    child(&CHANNEL_ADDRESS).when("type", &["css"]),
    child(&MEMBERS).when("type", &["ccwgroup"]),
    child(&CHARDEV).required().when("type", &["vdpa"]),
    child(&AP_ADAPTER).required().when("type", &["ap_card", "ap_queue"]),
    child(&AP_DOMAIN).required().when("type", &["ap_queue"]),
    child(&FURTHER).many().when("type", HAS_FURTHER),
    child(&IOMMU_GROUP).when("type", &["pci", "mdev"]),
    child(&MDEV_ATTRIBUTE).many().when("type", &["mdev"]),
    child(&NUMA).when("type", &["pci"]),
    child(&PCI_EXPRESS).when("type", &["pci"]),
];

// --- The device.

static NAME: Element = said("name", "The name by which libvirt knows the device.");
static SYS_PATH: Element = said("path", "Where the device is in `/sys`.");
static DEVNODE: Element = element("devnode", "Where the device is in `/dev`.")
    .attributes(&[attr("type", Choice(&["dev", "link"]), "Whether it is the device or a link to it.")
        .words(&[("dev", "the device"), ("link", "a symbolic link to it")])
        .required()])
    .text(text(Text).key("path"));
static PARENT: Element = element("parent", "The device that it is part of.")
    .attributes(&[
        attr("wwnn", WWN, "The world wide node name of the parent."),
        attr("wwpn", WWN, "The world wide port name of the parent."),
        attr("fabric_wwn", WWN, "The world wide name of the parent's fabric."),
    ])
    .text(text(Text).key("name").optional());
static DRIVER_NAME: Element = said("name", "The name of the driver.");
static DRIVER: Element =
    element("driver", "The host's driver of the device.").children(&[child(&DRIVER_NAME).required()]);

/// A device of the host.
pub static NODE_DEVICE: Element =
    element("device", "A device of the host.").page("formatnode.html#node-device-xml").children(&[
        child(&NAME).by_schema().filled_by_libvirt(),
        child(&SYS_PATH).live(),
        child(&DEVNODE).many().live(),
        child(&PARENT),
        child(&DRIVER).live(),
        child(&CAPABILITY).many(),
    ]);
