//! Character devices: serial and parallel ports, consoles, channels; and what they share with smart cards, redirected
//! USB devices and random number generators, where their bytes come from and go to.
//!
//! <https://libvirt.org/formatdomain.html#consoles-serial-parallel-channel-devices>; `qemucdev`, `qemucdevSrcDef`,
//! `qemucdevTgtDef`, `console` and `channel` in domaincommon.rng; `virDomainChrDefFormat`,
//! `virDomainChrSourceDefFormat` and `virDomainChrTargetDefFormat` in `src/conf/domain_conf.c`.
//!
//! The schema lets every attribute of `source` and `target` stand with every type; libvirt's parser takes those of the
//! type and drops the others without a word. It is stricter about some values: a port is a number to it, a `mode` is
//! `bind` or `connect`, and a target's type is one of those of its own kind of device.

use super::graphics::{CLIPBOARD, MOUSE};
use crate::Format::{self, AnyOf, Choice, OnOff, Path, Text, YesNo};
use crate::shared::address::{ACPI_CHILD, ADDRESS_CHILD, ALIAS_CHILD, DEVICE_INFO};
use crate::shared::device::RECONNECT;
use crate::shared::seclabel::DEVICE_SECLABELS;
use crate::shared::values::UNSIGNED_INT;
use crate::{
    Attribute, Child, Element, Generated, Identity, Relation, Words, attr, child, children, element, rule,
};

const SERIAL_PAGE: &str = "formatdomain.html#serial-port";
const CONSOLE_PAGE: &str = "formatdomain.html#console";
const CHANNEL_PAGE: &str = "formatdomain.html#channel";

/// A number to libvirt's parser, any text to its schema.
const PORT: Format = AnyOf(&[UNSIGNED_INT, Text]);

/// The types of host side that a character device can have (`qemucdevSrcTypeChoice`).
pub const CHARDEV_TYPES: Format = Choice(&[
    "dev",
    "file",
    "pipe",
    "unix",
    "tcp",
    "udp",
    "null",
    "stdio",
    "vc",
    "pty",
    "spicevmc",
    "spiceport",
    "nmdm",
    "qemu-vdagent",
    "dbus",
]);

/// The host sides that a character device can have.
pub const CHARDEV_WORDS: Words = &[
    ("dev", "a character device of the host's, e.g. a real serial port"),
    ("file", "a file that the guest's output goes into"),
    ("pipe", "a named pipe of the host's"),
    ("unix", "a UNIX socket"),
    ("tcp", "a TCP connection"),
    ("udp", "packets of UDP, without a connection"),
    ("null", "nothing: output is dropped, and there is no input"),
    ("stdio", "the standard input and output of the hypervisor's process"),
    ("vc", "a text console in the hypervisor's own window"),
    ("pty", "a pseudo-terminal, which `virsh console` connects to"),
    ("spicevmc", "a channel that SPICE has a use for, e.g. its agent"),
    ("spiceport", "a named channel of SPICE's for any use"),
    ("nmdm", "one end of FreeBSD's null-modem device"),
    ("qemu-vdagent", "QEMU's own side of SPICE's agent, for the clipboard and the mouse"),
    ("dbus", "the D-Bus display"),
];

/// The attribute `type` of a character device: its host side, which decides what its `source` may hold.
pub const CHARDEV_TYPE: Attribute =
    attr("type", CHARDEV_TYPES, "What the device is on the host.").words(CHARDEV_WORDS);

/// The type as libvirt's parser reads it: a missing one means a pseudo-terminal.
const TYPE: Attribute = CHARDEV_TYPE
    .default("pty", "virDomainChrDefParseXML in src/conf/domain_conf.c")
    .implied("pty")
    .by_schema();

const TTY: Attribute = attr("tty", Path, "The host's pseudo-terminal, in libvirt's old notation.").live();

/// Where the bytes come from and go to.
///
/// libvirt's formatter prints the labels before `reconnect`, which its schema refuses: here they stand as the schema
/// has them.
pub static SOURCE: Element = element("source", "Where the device's bytes come from and go to.")
    .page("formatdomain.html#host-interface")
    .attributes(&[
        attr("mode", Text, "`bind` to listen, `connect` to call.").default_in_words(
            "connect, for a socket or a TCP connection",
            "virDomainChrSourceDefParseXML in src/conf/domain_conf.c",
        ),
        attr("host", Text, "The host to listen on or to call."),
        attr("service", Text, "The port, by number or name."),
        attr("channel", Text, "The name of the SPICE or D-Bus channel.").default_in_words(
            "QEMU's own name for the kind of device, for the type dbus",
            "virDomainChrDefPostParse in src/conf/domain_postparse.c",
        ),
        attr("path", Text, "The file, device, pipe or socket."),
        attr("master", Text, "The guest's end of a null modem."),
        attr("slave", Text, "The host's end of a null modem."),
        attr("append", OnOff, "Whether a file keeps what it holds already."),
        attr("tls", YesNo, "Whether a TCP connection is encrypted."),
    ])
    .children(&[child(&RECONNECT), DEVICE_SECLABELS, child(&CLIPBOARD), child(&MOUSE)])
    .rules(&[
        rule(Relation::InOrder(&["reconnect", "seclabel"])),
        rule(Relation::InOrder(&["reconnect", "clipboard"])),
        rule(Relation::InOrder(&["reconnect", "mouse"])),
    ]);

static PROTOCOL: Element = element("protocol", "The protocol on a TCP connection.")
    .page("formatdomain.html#tcp-client-server")
    .attributes(&[attr("type", Choice(&["raw", "telnet", "telnets", "tls"]), "The protocol.")
        .default("raw", "virDomainChrSourceDefParseXML in src/conf/domain_conf.c")
        .words(&[
            ("raw", "the bytes as they are"),
            ("telnet", "Telnet, with its negotiations"),
            ("telnets", "encrypted Telnet"),
            ("tls", "the bytes within TLS"),
        ])]);

/// libvirt's parser drops a log that names no file.
static LOG: Element = element("log", "A copy of what the guest writes.")
    .page("formatdomain.html#consoles-serial-parallel-channel-devices")
    .attributes(&[
        attr("file", Path, "The file that the copy goes to.").by_schema(),
        attr("append", OnOff, "Whether the file keeps what it holds already."),
    ]);

/// Where the bytes go, of a device whose `type` is beside them. A pseudo-terminal has a source only while it runs.
pub const CHARDEV_SOURCE: &[Child] = &[
    child(&SOURCE).many().unless("type", &["pty"]),
    child(&SOURCE).many().when("type", &["pty"]).live(),
    child(&PROTOCOL),
    child(&LOG),
];

/// Like [`CHARDEV_SOURCE`], for a channel.
const CHANNEL_SOURCE: &[Child] = &[
    child(&SOURCE).many().unless("type", &["pty"]).generated(Generated::ChannelSocket),
    child(&SOURCE).many().when("type", &["pty"]).live(),
    child(&PROTOCOL),
    child(&LOG),
];

static MODEL: Element = element("model", "The device that the guest sees.").attributes(&[attr(
    "name",
    Choice(&[
        "isa-serial",
        "usb-serial",
        "pci-serial",
        "spapr-vty",
        "pl011",
        "16550a",
        "sclpconsole",
        "sclplmconsole",
        "isa-debugcon",
    ]),
    "The model.",
)
.default_in_words(
    "the one that goes with the type of the target",
    "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
)
.words(&[
    ("isa-serial", "the PC's serial port"),
    ("usb-serial", "a serial port at USB"),
    ("pci-serial", "a serial port on a PCI card"),
    ("spapr-vty", "the terminal of pSeries machines"),
    ("pl011", "the serial port of ARM's boards"),
    ("16550a", "the PC's chip at an address in memory, as on RISC-V"),
    ("sclpconsole", "the full-screen console of s390 machines"),
    ("sclplmconsole", "the line-mode console of s390 machines"),
    ("isa-debugcon", "a port that firmware writes messages to"),
])
.by_schema()]);

/// The guest side of a port or console (`qemucdevTgtDef`).
pub static CHARDEV_TARGET: Element = element("target", "What the guest sees.")
    .attributes(&[
        attr(
            "type",
            Choice(&[
                "isa-serial",
                "usb-serial",
                "pci-serial",
                "spapr-vio-serial",
                "system-serial",
                "sclp-serial",
                "isa-debug",
                "xen",
                "serial",
                "uml",
                "virtio",
                "lxc",
                "openvz",
                "sclp",
                "sclplm",
            ]),
            "The kind of serial port or of console.",
        )
        .default_in_words(
            "what the machine has: isa-serial on x86, spapr-vio-serial on pSeries; serial for a console",
            "virDomainChrDefaultTargetType in src/conf/domain_conf.c",
        )
        .words(&[
            ("isa-serial", "the PC's serial port"),
            ("usb-serial", "a serial port at USB"),
            ("pci-serial", "a serial port on a PCI card"),
            ("spapr-vio-serial", "the console of pSeries machines"),
            ("system-serial", "the port that is built into the board, as on ARM and RISC-V"),
            ("sclp-serial", "the console of s390 machines"),
            ("isa-debug", "a port that firmware writes messages to"),
            ("xen", "Xen's paravirtual console"),
            ("serial", "the first serial port, said once more as a console"),
            ("uml", "User-mode Linux's console"),
            ("virtio", "the paravirtual console of virtio"),
            ("lxc", "a container's console"),
            ("openvz", "an OpenVZ container's console"),
            ("sclp", "the full-screen console of s390 machines"),
            ("sclplm", "the line-mode console of s390 machines"),
        ]),
        attr("port", PORT, "The number of the port, from 0.").default_in_words(
            "the next free number, from 0",
            "virDomainChrDefParseXML in src/conf/domain_conf.c",
        ),
    ])
    .children(&[child(&MODEL)]);

const PORT_CHILDREN: &[Child] = children![CHARDEV_SOURCE, &[child(&CHARDEV_TARGET)], DEVICE_INFO];

/// `serial`: a serial port of the guest.
pub static SERIAL: Element =
    element("serial", "A serial port.").page(SERIAL_PAGE).attributes(&[TYPE, TTY]).children(PORT_CHILDREN);

/// `parallel`: a parallel port of the guest.
pub static PARALLEL: Element = element("parallel", "A parallel port.")
    .page("formatdomain.html#parallel-port")
    .attributes(&[TYPE, TTY])
    .children(PORT_CHILDREN);

/// A console. The schema has nothing in one without a `type` but a `tty`; libvirt's parser takes it for a
/// pseudo-terminal, whatever else stands in it.
pub static CONSOLE: Element = element("console", "A console.")
    .page(CONSOLE_PAGE)
    .attributes(&[
        CHARDEV_TYPE.default_in_words(
            "pty, or what the first serial port has",
            "virDomainChrDefParseXML in src/conf/domain_conf.c",
        ),
        TTY,
    ])
    .children(&[
        child(&SOURCE).many().with("type").unless("type", &["pty"]),
        child(&SOURCE).many().when("type", &["pty"]).live(),
        child(&PROTOCOL).with("type"),
        child(&LOG).with("type"),
        child(&CHARDEV_TARGET).with("type"),
        ALIAS_CHILD.with("type"),
        ACPI_CHILD.with("type"),
        ADDRESS_CHILD.with("type"),
    ]);

static CHANNEL_TARGET: Element = element("target", "What the guest sees.").attributes(&[
    attr("type", Choice(&["guestfwd", "virtio", "xen"]), "How the guest reaches the channel.")
        .words(&[
            ("guestfwd", "by an address in its user-mode network"),
            ("virtio", "by a named port, as the guest agent does"),
            ("xen", "by Xen's own channel"),
        ])
        .required(),
    attr("address", Text, "The address that the guest connects to.").required().when("type", &["guestfwd"]),
    attr("port", PORT, "The port that the guest connects to.").required().when("type", &["guestfwd"]),
    attr("name", Text, "The name by which the guest knows the channel, e.g. `org.qemu.guest_agent.0`.")
        .when("type", &["virtio", "xen"]),
    attr("state", Choice(&["connected", "disconnected"]), "Whether the guest has opened the channel.")
        .words(&[
            ("connected", "a program in the guest has it open"),
            ("disconnected", "nothing in the guest has it open"),
        ])
        .when("type", &["virtio"])
        .live(),
]);

/// A private channel between host and guest.
pub static CHANNEL: Element = element("channel", "A private channel between the host and the guest.")
    .identity(Identity::Child("target", "name"))
    .page(CHANNEL_PAGE)
    .attributes(&[TYPE])
    .children(children![CHANNEL_SOURCE, &[child(&CHANNEL_TARGET).required(), ALIAS_CHILD, ADDRESS_CHILD],]);
