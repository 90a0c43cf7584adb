//! The network port format: what connects a machine to a network. libvirt makes and prints it; nobody declares it.
//!
//! <https://libvirt.org/formatnetworkport.html>; networkport.rng; `virNetworkPortDefFormatBuf` in
//! `src/conf/virnetworkportdef.c`.

use crate::Format::{Choice, Text, Uuid, YesNo};
use crate::domain::devices::hostdev::DRIVER;
use crate::shared::address::PCI_ADDRESS;
use crate::shared::bandwidth::BANDWIDTH;
use crate::shared::values::{DEVICE_NAME, MAC_TABLE_MANAGER, UNICAST_MAC};
use crate::shared::virtualport::{PORT, VIRTUALPORT};
use crate::shared::vlan::VLAN;
use crate::shared::words::MAC_TABLE;
use crate::shared::words::MACVTAP_MODES;
use crate::{Element, attr, child, element, leaf};

static UUID: Element = leaf("uuid", Uuid, "The UUID of the port.");
static OWNER_NAME: Element = leaf("name", Text, "The name of the machine.");
static OWNER_UUID: Element = leaf("uuid", Uuid, "The UUID of the machine.");
/// The machine that something belongs to.
pub(crate) static OWNER: Element = element("owner", "The machine that it belongs to.")
    .children(&[child(&OWNER_NAME).required(), child(&OWNER_UUID).required()]);
static GROUP: Element = leaf("group", DEVICE_NAME, "The port group of the network.");
/// The MAC address of a machine's interface.
pub(crate) static MAC: Element = element("mac", "The MAC address of the machine's interface.")
    .attributes(&[attr("address", UNICAST_MAC, "The address.").required()]);
static RX_FILTERS: Element = element("rxfilters", "What the guest's filters do.").attributes(&[attr(
    "trustGuest",
    YesNo,
    "Whether the host follows changes of the guest's MAC address and filters.",
)
.required()]);

static ADDRESS: Element =
    element("address", "The PCI address of the device on the host.").attributes(PCI_ADDRESS);

static PLUG: Element = element("plug", "What the port is on the host.")
    .attributes(&[
        attr("type", Choice(&["network", "bridge", "direct", "hostdev-pci"]), "The kind of connection.")
            .words(&[
                ("network", "by libvirt's own bridge"),
                ("bridge", "by a bridge of the host's"),
                ("direct", "by a device of the host's (macvtap)"),
                ("hostdev-pci", "a PCI device that the guest gets for itself"),
            ])
            .required(),
        attr("bridge", DEVICE_NAME, "The bridge.").required().when("type", &["network", "bridge"]),
        attr("macTableManager", MAC_TABLE_MANAGER, "Who keeps the bridge's table of MAC addresses.")
            .words(MAC_TABLE)
            .when("type", &["network", "bridge"]),
        attr("dev", DEVICE_NAME, "The host's device.").required().when("type", &["direct"]),
        attr(
            "mode",
            Choice(&["bridge", "passthrough", "private", "vepa"]),
            "How guests on the device reach one another.",
        )
        .words(MACVTAP_MODES)
        .required()
        .when("type", &["direct"]),
        attr("managed", YesNo, "Whether libvirt takes the device from the host and gives it back.")
            .when("type", &["hostdev-pci"]),
    ])
    .children(&[
        child(&DRIVER).when("type", &["hostdev-pci"]),
        child(&ADDRESS).required().when("type", &["hostdev-pci"]),
    ]);

/// A port of a network.
pub static NETWORK_PORT: Element = element("networkport", "What connects a machine to a network.")
    .page("formatnetworkport.html#example-configuration")
    .children(&[
        child(&UUID).required(),
        child(&OWNER).required(),
        child(&GROUP),
        child(&MAC).required(),
        child(&VIRTUALPORT),
        child(&BANDWIDTH),
        child(&VLAN),
        child(&PORT),
        child(&RX_FILTERS),
        child(&PLUG),
    ]);
