//! The `source` of an interface: the host's side of its connection.
//!
//! <https://libvirt.org/formatdomain.html#network-interfaces>; `interface` in domaincommon.rng; `virDomainNetDefFormat`
//! in `src/conf/domain_conf.c`.
//!
//! The entries are guarded by the `type` of the interface, one level up. What the description of a running machine has
//! beyond its definition (which network and port a bridged interface came from, which bridge a network is on) is live.

use crate::Format::{self, AnyOf, ByParser, Chars, Choice, Ipv4, OnOff, Path, Text, Uuid, YesNo};
use crate::shared::address::USB_NUMBER;
use crate::shared::device::RECONNECT;
use crate::shared::ip::{IP_CHILD, ROUTE_CHILD};
use crate::shared::values::{
    DEVICE_NAME, FREE, LONG, MAC_TABLE_MANAGER, PCI_BUS, PCI_DOMAIN, PCI_FUNCTION, PCI_SLOT, PORT_NUMBER,
};
use crate::shared::words::MAC_TABLE;
use crate::shared::words::MACVTAP_MODES;
use crate::shared::words::SERVER_OR_CLIENT;
use crate::{Condition, Element, Print, Relation, Subject, Test, attr, child, element, number, rule};

/// A bridge of the host's; may be empty. libvirt's parser takes any name, such as oVirt's `;vdsmdummy;`.
const BRIDGE_NAME: Format = AnyOf(&[
    Chars { what: "the name of a bridge", set: r"a-zA-Z0-9_.\\:/ -", min: 0, max: usize::MAX },
    ByParser(&Text),
]);

/// An identifier of a USB vendor or product (`usbId`).
const USB_ID: Format = number(0xffff, Print::Hex(4));

/// Types whose source is a socket.
const SOCKETS: &[&str] = &["mcast", "client", "udp"];
/// Types that a network can turn out to be when the machine runs.
const ACTUAL: &[&str] = &["bridge", "direct"];

/// Where the address of a host's device has no type, or there is no address at all.
const UNTYPED: Condition =
    Condition { subject: Subject::ChildAttribute("address", "type"), test: Test::Absent };

static LOCAL: Element = element("local", "Where the packets of the other end arrive.").attributes(&[
    attr("address", Ipv4, "The address.").required(),
    attr("port", PORT_NUMBER, "The port.").required(),
]);

static VENDOR: Element = element("vendor", "The vendor of a USB device.").attributes(&[attr(
    "id",
    USB_ID,
    "The vendor's number.",
)
.required()]);
static PRODUCT: Element = element("product", "The product that a USB device is.").attributes(&[attr(
    "id",
    USB_ID,
    "The product's number.",
)
.required()]);

/// The address of a host's device. Beside `vendor` and `product` libvirt's schema wants it without a type; the parser
/// takes it with one, and the formatter prints one.
static ADDRESS: Element = element("address", "The address of the device on the host.").attributes(&[
    attr("type", Choice(&["pci", "usb"]), "The bus that the device is on.")
        .words(&[("pci", "PCI or PCI Express"), ("usb", "the Universal Serial Bus")]),
    attr("domain", PCI_DOMAIN, "The PCI domain (segment).")
        .default("0x0000", "virPCIDeviceAddressParseXML in src/conf/device_conf.c")
        .when("type", &["pci"]),
    attr("bus", PCI_BUS, "The PCI bus.")
        .default("0x00", "virPCIDeviceAddressParseXML in src/conf/device_conf.c")
        .when("type", &["pci"]),
    attr("bus", USB_NUMBER, "The USB bus.").required().unless("type", &["pci"]),
    attr("slot", PCI_SLOT, "The slot on the bus.")
        .default("0x00", "virPCIDeviceAddressParseXML in src/conf/device_conf.c")
        .when("type", &["pci"]),
    attr("function", PCI_FUNCTION, "The function of the slot.")
        .default("0x0", "virPCIDeviceAddressParseXML in src/conf/device_conf.c")
        .when("type", &["pci"]),
    attr("multifunction", OnOff, "Whether the slot's other functions are used as well.")
        .when("type", &["pci"]),
    attr("device", USB_NUMBER, "The number of the device on the bus.").required().unless("type", &["pci"]),
]);

/// The `source` of an interface, whose entries depend on the interface's `type`.
pub static SOURCE: Element = element("source", "What the interface is connected to.")
    .page("formatdomain.html#network-interfaces")
    .attributes(&[
        attr("type", Choice(&["unix"]), "How the other process is reached.")
            .words(&[("unix", "by a local socket")])
            .when_up(1, "type", &["vhostuser"]),
        attr("path", Path, "The socket of the other process.").when_up(1, "type", &["vhostuser"]),
        attr("switchid", Uuid, "The distributed switch.").required().when_up(1, "type", &["vds"]),
        attr("network", Text, "The name of the network.")
            .required()
            .when_up(1, "type", &["network"])
            .names("network"),
        attr("network", Text, "The name of the network that the interface is on.")
            .when_up(1, "type", ACTUAL)
            .live(),
        attr("portgroup", DEVICE_NAME, "The port group of the network.").when_up(1, "type", &["network"]),
        attr("portgroup", DEVICE_NAME, "The port group of the network.")
            .when_up(1, "type", ACTUAL)
            .with("network")
            .live(),
        attr("portid", Uuid, "The interface's port on the network.")
            .when_up(1, "type", &["network", "bridge", "direct"])
            .with("network")
            .live(),
        attr("portid", LONG, "The port of the switch.")
            .by_schema()
            .when_up(1, "type", &["vds"])
            .until("11.3.0"),
        attr("portid", LONG, "The port of the switch.").when_up(1, "type", &["vds"]).since("11.3.0"),
        attr("portgroupid", FREE, "The port group of the switch.")
            .by_schema()
            .when_up(1, "type", &["vds"])
            .until("11.3.0"),
        attr("portgroupid", FREE, "The port group of the switch.")
            .when_up(1, "type", &["vds"])
            .since("11.3.0"),
        attr("connectionid", LONG, "The connection to the switch.")
            .by_schema()
            .when_up(1, "type", &["vds"])
            .until("11.3.0"),
        attr("connectionid", LONG, "The connection to the switch.")
            .when_up(1, "type", &["vds"])
            .since("11.3.0"),
        attr("bridge", BRIDGE_NAME, "The host's bridge.").required().when_up(1, "type", &["bridge"]),
        attr("bridge", BRIDGE_NAME, "The bridge of the network.").when_up(1, "type", &["network"]).live(),
        attr("macTableManager", MAC_TABLE_MANAGER, "Who keeps the bridge's table of MAC addresses.")
            .words(MAC_TABLE)
            .when_up(1, "type", &["network", "bridge"])
            .with("bridge")
            .live(),
        attr("name", DEVICE_NAME, "The name of the internal network.").required().when_up(
            1,
            "type",
            &["internal"],
        ),
        attr("dev", DEVICE_NAME, "The host's device.").required().when_up(1, "type", &["direct", "vdpa"]),
        attr("dev", DEVICE_NAME, "The host's device that traffic goes through.").by_schema().when_up(
            1,
            "type",
            &["user"],
        ),
        attr("dev", DEVICE_NAME, "The host's device that traffic goes through, with the passt backend.")
            .when_up(1, "type", &["vhostuser"])
            .since("11.1.0"),
        attr(
            "mode",
            Choice(&["server", "client"]),
            "Whether we wait for the other process or connect to it.",
        )
        .default("client", "virDomainNetDefParseXML in src/conf/domain_conf.c")
        .words(SERVER_OR_CLIENT)
        .when_up(1, "type", &["vhostuser"]),
        attr(
            "mode",
            Choice(&["vepa", "bridge", "private", "passthrough"]),
            "How guests on the device reach one another.",
        )
        .default("vepa", "virDomainNetDefParseXML in src/conf/domain_conf.c")
        .words(MACVTAP_MODES)
        .when_up(1, "type", &["direct"]),
        attr("address", Ipv4, "The address of the other end or group.")
            .required()
            .when_up(1, "type", SOCKETS),
        attr("address", Ipv4, "The address that we listen at.").when_up(1, "type", &["server"]),
        attr("port", PORT_NUMBER, "The port.").required().when_up(1, "type", SOCKETS),
        attr("port", PORT_NUMBER, "The port.").required().when_up(1, "type", &["server"]),
        attr("missing", YesNo, "Whether the USB device was not there when the machine started.")
            .when_up(1, "type", &["hostdev"])
            .live(),
    ])
    .children(&[
        child(&RECONNECT).when_up(1, "type", &["vhostuser"]),
        child(&LOCAL).required().when_up(1, "type", &["udp"]),
        child(&VENDOR).when_up(1, "type", &["hostdev"]).only(UNTYPED),
        child(&PRODUCT).when_up(1, "type", &["hostdev"]).only(UNTYPED),
        child(&ADDRESS).when_up(1, "type", &["hostdev"]),
        IP_CHILD.when_up(1, "type", &["ethernet"]),
        ROUTE_CHILD.when_up(1, "type", &["ethernet"]),
    ])
    .rules(&[
        rule(Relation::AtLeastOne(&["address", "vendor"])).when_up(1, "type", &["hostdev"]),
        rule(Relation::Together(&["vendor", "product"])),
        rule(Relation::Needs("address", &["vendor"])).when_up(1, "type", &["hostdev"]).only(UNTYPED),
        rule(Relation::InOrder(&["vendor", "product", "address"])),
    ]);
