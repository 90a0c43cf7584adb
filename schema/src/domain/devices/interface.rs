//! Interfaces: network cards.
//!
//! <https://libvirt.org/formatdomain.html#network-interfaces>; `interface` and `interface-options` in
//! domaincommon.rng; `virDomainNetDefFormat` in `src/conf/domain_conf.c`.

use super::interface_source::SOURCE;
use crate::Format::{AnyOf, Chars, Choice, Line, OnOff, Path, YesNo};
use crate::shared::address::{ACPI_CHILD, ADDRESS_CHILD, ALIAS_CHILD, BOOT_CHILD, ROM_CHILD};
use crate::shared::bandwidth::BANDWIDTH;
use crate::shared::device::VIRTIO_OPTIONS;
use crate::shared::filterref::{NC_NAME, PARAMETER};
use crate::shared::ip::{IP_CHILD, MTU, ROUTE_CHILD};
use crate::shared::values::{
    ALIAS_NAME, DEVICE_NAME, DNS_NAME, FILE_PATH, GENERIC_NAME, IP, PORT_NUMBER, POSITIVE_INTEGER,
    UNICAST_MAC, UNSIGNED_INT,
};
use crate::shared::virtualport::{PORT, VIRTUALPORT};
use crate::shared::vlan::VLAN;
use crate::{
    Attribute, Child, Derived, Element, Generated, Guard, Identity, Subject, Test, attr, attributes, child,
    element, leaf, since,
};

const PAGE: &str = "formatdomain.html#network-interfaces";

/// The types of source that a source must be given for; a `bridge` needs one for libvirt's parser only, and for
/// `ethernet`, `vhostuser` and `user` it may be left out.
const WITH_SOURCE: &[&str] =
    &["network", "direct", "internal", "mcast", "client", "udp", "server", "hostdev", "vdpa", "vds"];

static MAC: Element = element("mac", "The MAC address of the card.").attributes(&[
    attr("address", UNICAST_MAC, "The address.").by_schema(),
    attr("type", Choice(&["generated", "static"]), "Whether ESX made it up or keeps it.").words(&[
        ("generated", "VMware made the address up, and checks it"),
        ("static", "somebody chose the address, and VMware takes it as it is"),
    ]),
    attr("check", YesNo, "Whether ESX checks the address."),
    attr("currentAddress", UNICAST_MAC, "The address that the guest has set.").live().since("11.2.0"),
]);

static HOST_OFFLOAD: Element = element("host", "What the host may leave to the card.").attributes(&[
    attr("csum", OnOff, "Checksums."),
    attr("gso", OnOff, "Segmentation of any protocol."),
    attr("tso4", OnOff, "Segmentation of TCP over IPv4."),
    attr("tso6", OnOff, "Segmentation of TCP over IPv6."),
    attr("ecn", OnOff, "Segmentation of TCP with congestion notification."),
    attr("ufo", OnOff, "Fragmentation of UDP."),
    attr("mrg_rxbuf", OnOff, "Packets that span several receive buffers."),
]);
static GUEST_OFFLOAD: Element = element("guest", "What the guest may leave to the card.").attributes(&[
    attr("csum", OnOff, "Checksums."),
    attr("tso4", OnOff, "Segmentation of TCP over IPv4."),
    attr("tso6", OnOff, "Segmentation of TCP over IPv6."),
    attr("ecn", OnOff, "Segmentation of TCP with congestion notification."),
    attr("ufo", OnOff, "Fragmentation of UDP."),
]);

/// The names of the ways to hand over a host's device.
const HANDED_OVER: &[&str] = &["kvm", "vfio", "xen"];

/// Lets an attribute stand only in the driver of a virtio card.
const fn nic(attribute: Attribute) -> Attribute {
    attribute.unless("name", HANDED_OVER).without("model").without("iommufd")
}

/// The same for options that all virtio devices share.
const NIC_VIRTIO_OPTIONS: [Attribute; VIRTIO_OPTIONS.len()] = {
    let mut options = [VIRTIO_OPTIONS[0]; VIRTIO_OPTIONS.len()];
    let mut at = 0;
    while at < options.len() {
        options[at] = nic(VIRTIO_OPTIONS[at]);
        at += 1;
    }
    options
};

/// Either the driver of a virtio card or that of a host's device (`hostdevDriver`). libvirt's parser looks for the
/// second in an interface of type hostdev and for the first in all others; the schema leaves the choice open.
static DRIVER: Element = element("driver", "How the hypervisor runs the card.")
    .page("formatdomain.html#setting-nic-driver-specific-options")
    .attributes(attributes![
        &[
            attr(
                "name",
                Choice(&["qemu", "vhost", "kvm", "vfio", "xen"]),
                "The backend of a virtio card, or how a host's device is handed over.",
            )
            .words(&[
                ("qemu", "packets go through the hypervisor's process"),
                ("vhost", "packets go through the kernel, which is faster"),
                ("kvm", "KVM's old way of handing a device over"),
                ("vfio", "Linux's way of handing a device over"),
                ("xen", "Xen's way of handing a device over")
            ]),
            attr("model", GENERIC_NAME, "The kernel module that a host's device is handed over with.")
                .unless("name", &["qemu", "vhost"])
                .since("10.0.0"),
            attr("iommufd", YesNo, "Whether a host's device is reached by the host's IOMMUFD.")
                .unless("name", &["qemu", "vhost"])
                .since("12.1.0"),
            nic(attr(
                "txmode",
                Choice(&["iothread", "timer"]),
                "How sending is put off until there is time."
            )
            .words(&[
                ("iothread", "in a thread of its own: lower latency, more CPU time"),
                ("timer", "a timer is set, and the rest is sent when it ends")
            ])),
            nic(attr("ioeventfd", OnOff, "Whether I/O is handled outside the vCPU's thread.")),
            nic(attr("event_idx", OnOff, "Whether the device asks for fewer interrupts.")),
            nic(attr("queues", POSITIVE_INTEGER, "The number of queues.")),
            nic(attr(
                "rx_queue_size",
                POSITIVE_INTEGER,
                "The size of each queue for what the guest receives."
            )),
            nic(attr("tx_queue_size", POSITIVE_INTEGER, "The size of each queue for what the guest sends.")),
            nic(attr("rss", OnOff, "Whether the card spreads packets over the queues.")),
            nic(attr("rss_hash_report", OnOff, "Whether the guest is told how it spreads them.")),
        ],
        &NIC_VIRTIO_OPTIONS,
    ])
    .children(&[
        child(&HOST_OFFLOAD).unless("name", HANDED_OVER).without("model").without("iommufd"),
        child(&GUEST_OFFLOAD).unless("name", HANDED_OVER).without("model").without("iommufd"),
    ]);

static RANGE: Element = element("range", "Ports that are forwarded.").attributes(&[
    attr("start", PORT_NUMBER, "The first port on the host.").required(),
    attr("end", PORT_NUMBER, "The last port on the host."),
    attr("to", PORT_NUMBER, "The first port on the guest; otherwise the same."),
    attr("exclude", YesNo, "Whether they are left out of the forwarding."),
]);
/// libvirt's parser takes it with the passt backend only.
static PORT_FORWARD: Element = element("portForward", "What the host forwards to the guest.")
    .page("formatdomain.html#userspace-connection-using-passt")
    .attributes(&[
        attr("proto", Choice(&["tcp", "udp"]), "The protocol.")
            .words(&[("tcp", "connections"), ("udp", "packets without a connection")])
            .required(),
        attr("address", IP, "The host's address that is forwarded; otherwise all."),
        attr("dev", DEVICE_NAME, "The host's device that is forwarded; otherwise all."),
    ])
    .children(&[child(&RANGE).many()]);

static SCRIPT: Element = element("script", "The program that sets up the host's side.").attributes(&[attr(
    "path",
    FILE_PATH,
    "The program.",
)
.by_schema()]);
static DOWNSCRIPT: Element = element("downscript", "The program that takes down the host's side.")
    .attributes(&[attr("path", FILE_PATH, "The program.").by_schema()]);
static BACKEND_DOMAIN: Element = element("backenddomain", "The Xen domain that runs the backend.")
    .attributes(&[attr("name", Line, "The name of the domain.").by_schema()]);

static TARGET: Element = element("target", "The card's device on the host.")
    .page("formatdomain.html#overriding-the-target-element")
    .attributes(&[
        attr("dev", DEVICE_NAME, "The name of the device; libvirt's own begin with `vnet`.").by_schema(),
        attr("managed", YesNo, "Whether libvirt creates the device, for type ethernet."),
    ]);
static GUEST: Element = element("guest", "The card's device in a container.").attributes(&[
    attr("dev", DEVICE_NAME, "The name that it is to have."),
    attr("actual", DEVICE_NAME, "The name that it has.").live(),
]);

static MODEL: Element = element("model", "The card that the guest sees.")
    .page("formatdomain.html#setting-the-nic-model")
    .attributes(&[attr(
        "type",
        Chars {
            what: "a model of letters, digits, `_` and `-`",
            set: "a-zA-Z0-9_-",
            min: 1,
            max: usize::MAX,
        },
        "The model, e.g. `virtio` or `e1000e`.",
    )
    .default_in_words(
        "the card that suits the machine: rtl8139 on old PCs, e1000e on q35, virtio on most others",
        "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
    )
    .by_schema()]);

static BACKEND: Element = element("backend", "What the host runs the card with.")
    .page("formatdomain.html#setting-network-backend-specific-options")
    .attributes(&[
        attr(
            "type",
            AnyOf(&[Choice(&["passt"]), since("10.6.0", &Choice(&["default"]))]),
            "The program behind a card of type user or vhostuser.",
        )
        .words(&[
            ("passt", "passt, which passes packets on without rights or address translation"),
            ("default", "as the hypervisor has it: QEMU's own network, slirp"),
        ]),
        attr("tap", Path, "The host's device for tap interfaces."),
        attr("vhost", Path, "The host's device for vhost."),
        attr("logFile", Path, "The file that passt logs to."),
        attr("hostname", DNS_NAME, "The host name that passt tells the guest.").since("11.8.0"),
        attr("fqdn", DNS_NAME, "The fully qualified host name that passt tells the guest.").since("11.8.0"),
    ]);

/// The reference to a filter (`filterref-node-attributes` in nwfilter_params.rng; `virNWFilterFormatParamAttributes`
/// prints the parameters sorted by name).
pub static FILTERREF: Element = element("filterref", "The filter that the card's traffic goes through.")
    .page("formatdomain.html#traffic-filtering-with-nwfilter")
    .attributes(&[attr("filter", NC_NAME, "The name of the filter.").by_schema().names("nwfilter")])
    .children(&[child(&PARAMETER).many()]);

static SNDBUF: Element =
    leaf("sndbuf", UNSIGNED_INT, "The most that the host buffers of what the guest sends, in bytes.");
static TUNE: Element = element("tune", "The host's side of the card, tuned.").children(&[child(&SNDBUF)]);

/// How a virtio card and a host's device act as one (`teaming`).
pub static TEAMING: Element = element("teaming", "The card's part in a failover pair.")
    .page("formatdomain.html#teaming-a-virtio-hostdev-nic-pair")
    .attributes(&[
        attr("type", Choice(&["persistent", "transient"]), "Whether it stays during a migration.")
            .words(&[
                ("persistent", "it stays, and carries the traffic then"),
                ("transient", "it is unplugged before, and plugged in again behind"),
            ])
            .by_schema(),
        attr("persistent", ALIAS_NAME, "The alias of the card that stays.")
            .required()
            .when("type", &["transient"]),
    ]);

static LINK: Element = element("link", "The state of the link.")
    .page("formatdomain.html#modifying-virtual-link-state")
    .attributes(&[attr("state", Choice(&["up", "down"]), "Whether the cable is plugged in.")
        .words(&[("up", "the guest has a link"), ("down", "the guest sees no link")])
        .by_schema()]);

static FRAMES: Element = element("frames", "How frames are gathered.").attributes(&[attr(
    "max",
    UNSIGNED_INT,
    "The most frames that one interrupt stands for.",
)]);
static RX: Element = element("rx", "How what the guest receives is gathered.").children(&[child(&FRAMES)]);
static COALESCE: Element = element("coalesce", "How interrupts are put together.")
    .page("formatdomain.html#coalesce-settings")
    .children(&[child(&RX)]);

/// A name that libvirt makes up for the host's side of an interface (`virNetDevGenerateName` and its callers); a
/// definition with such a name gets another one at every start.
const GENERATED_DEVICE: Guard =
    Guard::of(Subject::Attribute(0, "dev"), Test::Begins(&["vnet", "macvtap", "macvlan", "vif"]));

const PARTS: &[Child] = &[
    child(&MAC).derived(Derived::Mac),
    // libvirt prints the driver here in an interface of type hostdev, and after the model in all others.
    child(&DRIVER).when("type", &["hostdev"]),
    child(&SOURCE).required().when("type", WITH_SOURCE),
    child(&SOURCE).when("type", &["bridge", "ethernet", "vhostuser", "user"]),
    child(&VLAN),
    child(&VIRTUALPORT).when("type", &["bridge", "network", "direct", "hostdev"]),
    child(&BANDWIDTH),
    child(&PORT),
    IP_CHILD,
    ROUTE_CHILD,
    child(&PORT_FORWARD).many(),
    child(&SCRIPT),
    child(&DOWNSCRIPT),
    child(&BACKEND_DOMAIN),
    child(&TARGET).generated(Generated::Where(&[GENERATED_DEVICE])),
    child(&GUEST),
    child(&MODEL),
    child(&DRIVER).unless("type", &["hostdev"]),
    child(&BACKEND),
    child(&FILTERREF),
    child(&TUNE),
    child(&TEAMING),
    child(&LINK),
    child(&MTU),
    child(&COALESCE),
    BOOT_CHILD,
    ALIAS_CHILD,
    ROM_CHILD,
    ACPI_CHILD,
    ADDRESS_CHILD,
];

/// `interface`: a network card of the guest and its connection on the host.
pub static INTERFACE: Element = element("interface", "A network card.")
    .identity(Identity::Child("mac", "address"))
    .variant("type")
    .page(PAGE)
    .attributes(&[
        attr(
            "type",
            Choice(&[
                "network",
                "bridge",
                "user",
                "ethernet",
                "direct",
                "hostdev",
                "vhostuser",
                "vdpa",
                "vds",
                "mcast",
                "server",
                "client",
                "udp",
                "internal",
                "null",
            ]),
            "What the card is connected to.",
        )
        .words(&[
            ("network", "a network of libvirt's, by its name"),
            ("bridge", "a bridge of the host's"),
            ("user", "the host's network, by a program that needs no rights (passt or slirp)"),
            ("ethernet", "a device that a script, or somebody else, connects"),
            ("direct", "a device of the host's (macvtap)"),
            ("hostdev", "a PCI device of the host's that the guest gets for itself"),
            ("vhostuser", "a program that switches packets, by a socket"),
            ("vdpa", "a vDPA device of the host's"),
            ("vds", "a distributed switch of VMware's"),
            ("mcast", "a group that shares an address for many"),
            ("internal", "a network within VirtualBox"),
            ("server", "other guests, as the end that they connect to"),
            ("client", "the guest that is the server"),
            ("udp", "another end, by datagrams"),
            ("null", "nothing"),
        ])
        .default("user", "virDomainNetDefParseXML in src/conf/domain_conf.c")
        .implied("user")
        .by_schema(),
        attr("managed", YesNo, "Whether libvirt takes the device from the host and gives it back.")
            .default("no", "virDomainNetDefParseXML in src/conf/domain_conf.c")
            .when("type", &["hostdev"]),
        attr(
            "trustGuestRxFilters",
            YesNo,
            "Whether the host follows changes of the guest's MAC address and filters.",
        ),
    ])
    .children(PARTS);
