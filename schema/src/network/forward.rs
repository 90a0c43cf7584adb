//! How a network is connected to the host's own.
//!
//! <https://libvirt.org/formatnetwork.html#connectivity>; `forward` in network.rng; `virNetworkDefFormatBuf` in
//! `src/conf/network_conf.c`.

use crate::Format::{Choice, Integer, Ipv4, YesNo};
use crate::shared::address::PCI_ADDRESS;
use crate::shared::values::{DEVICE_NAME, GENERIC_NAME, UNSIGNED_INT};
use crate::shared::words::{HOST_DRIVERS, QEMU_HOST_DRIVERS};
use crate::{Attribute, Element, Format, Relation, attr, attributes, child, element, rule};

/// A port of a range (`port` in networkcommon.rng).
pub const PORT: Format = Integer { min: 1, max: 65535 };

const CONNECTIONS: Attribute =
    attr("connections", UNSIGNED_INT, "How many of the network's interfaces use it.").live();

/// How the host's devices are handed to guests (`hostdevDriver`).
static DRIVER: Element = element("driver", "How the devices are handed to guests.").attributes(&[
    attr("name", Choice(&["kvm", "vfio"]), "The kind of driver.")
        .words(QEMU_HOST_DRIVERS)
        .by_schema()
        .until("10.0.0"),
    attr("name", Choice(&["kvm", "vfio", "xen"]), "The kind of driver.").words(HOST_DRIVERS).since("10.0.0"),
    attr("model", GENERIC_NAME, "The kernel module of the driver.").since("10.0.0"),
    attr("iommufd", YesNo, "Whether the devices are reached by the host's IOMMUFD.").since("12.1.0"),
]);

static PF: Element = element("pf", "A device whose virtual functions the network uses.").attributes(&[attr(
    "dev",
    DEVICE_NAME,
    "The name of the device.",
)
.required()]);

static NAT_ADDRESS: Element = element("address", "The addresses that guests appear under.").attributes(&[
    attr("start", Ipv4, "The first address.").required(),
    attr("end", Ipv4, "The last address.").required(),
]);
static NAT_PORT: Element = element("port", "The ports that guests appear under.").attributes(&[
    attr("start", PORT, "The first port.").required(),
    attr("end", PORT, "The last port.").required(),
]);
static NAT: Element = element("nat", "How addresses are translated.")
    .attributes(&[attr("ipv6", YesNo, "Whether IPv6 addresses are translated, too.")])
    .children(&[child(&NAT_ADDRESS), child(&NAT_PORT)]);

/// A device of the host that a network may use.
pub static INTERFACE: Element = element("interface", "A device of the host that the network may use.")
    .attributes(&[attr("dev", DEVICE_NAME, "The name of the device.").required(), CONNECTIONS]);

static ADDRESS: Element = element("address", "A device of the host that the network may hand to guests.")
    .attributes(attributes![
        &[attr("type", Choice(&["pci"]), "How the device is found.")
            .words(&[("pci", "by its address on PCI or PCI Express")])
            .required()],
        PCI_ADDRESS,
        &[CONNECTIONS],
    ]);

/// How the network is connected. libvirt's parser ties the children to the modes: `nat` to the mode of that name, `pf`
/// and `address` to hostdev (`pf` to passthrough as well).
pub static FORWARD: Element = element(
    "forward",
    "How the network is connected to the host's; none isolates it.",
)
.page("formatnetwork.html#connectivity")
.attributes(&[
    attr("dev", DEVICE_NAME, "The device of the host that traffic goes through.").default_in_words(
        "that of the first `interface`",
        "virNetworkForwardDefParseXML in src/conf/network_conf.c",
    ),
    attr(
        "mode",
        Choice(&["nat", "route", "open", "bridge", "passthrough", "private", "vepa", "hostdev"]),
        "How traffic is forwarded.",
    )
    .words(&[
        ("nat", "to the host's networks, as if it came from the host"),
        ("route", "to the host's networks, with the guests' own addresses"),
        ("open", "as route, and libvirt writes no rules of a firewall"),
        ("bridge", "through a bridge of the host's, or a device of the host's (macvtap)"),
        ("private", "through a device of the host's; guests on one device do not reach each other"),
        ("vepa", "through a device of the host's; the switch outside sends back what guests send each other"),
        ("passthrough", "each guest gets a device of the host's for itself"),
        ("hostdev", "each guest gets a PCI device of the host's for itself"),
    ])
    .default("nat", "virNetworkForwardDefParseXML in src/conf/network_conf.c")
    .implied("nat"),
    attr("managed", YesNo, "Whether libvirt takes devices from the host and gives them back.")
        .default("no", "virNetworkForwardDefParseXML in src/conf/network_conf.c"),
])
.children(&[child(&DRIVER), child(&PF), child(&NAT), child(&INTERFACE).many(), child(&ADDRESS).many()])
.rules(&[rule(Relation::AtMostOne(&["interface", "address"]))]);
