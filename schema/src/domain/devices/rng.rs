//! Random number generators.
//!
//! <https://libvirt.org/formatdomain.html#random-number-generator-device>; `rng` in domaincommon.rng;
//! `virDomainRNGDefFormat` in `src/conf/domain_conf.c`.

use crate::Format::{Choice, OnOff, Path, Text, YesNo};
use crate::shared::address::DEVICE_INFO;
use crate::shared::device::{RECONNECT, VIRTIO_DRIVER};
use crate::shared::seclabel::DEVICE_SECLABELS;
use crate::shared::values::{POSITIVE_INTEGER, VIRTIO_MODEL};
use crate::{Child, Element, Relation, attr, child, children, element, rule, text};

static RATE: Element = element("rate", "How much the guest may take.").attributes(&[
    attr("bytes", POSITIVE_INTEGER, "How many bytes in each period.").by_schema(),
    attr("period", POSITIVE_INTEGER, "The period in milliseconds; by default a second."),
]);

static CLIPBOARD: Element = element("clipboard", "Whether the clipboard is shared.").attributes(&[attr(
    "copypaste",
    YesNo,
    "Whether it is.",
)
.required()]);
static MOUSE: Element = element("mouse", "Who moves the mouse pointer.").attributes(&[attr(
    "mode",
    Choice(&["server", "client"]),
    "Who does.",
)
.required()]);

/// The connection to an entropy gathering daemon (`qemucdevSrcDef`, which takes the same for any character device).
static SOURCE: Element = element("source", "Where the daemon is.")
    .attributes(&[
        attr("mode", Text, "Whether to connect or to listen."),
        attr("path", Text, "The file, device or socket."),
        attr("host", Text, "The host."),
        attr("service", Text, "The port."),
        attr("channel", Text, "The name of the channel."),
        attr("master", Text, "The host's end of a null modem."),
        attr("slave", Text, "The guest's end of a null modem."),
        attr("append", OnOff, "Whether a file is appended to."),
        attr("tls", YesNo, "Whether the connection is encrypted."),
    ])
    .children(&[child(&RECONNECT), DEVICE_SECLABELS, child(&CLIPBOARD), child(&MOUSE)])
    .rules(&[
        rule(Relation::InOrder(&["reconnect", "seclabel"])),
        rule(Relation::InOrder(&["reconnect", "clipboard"])),
        rule(Relation::InOrder(&["reconnect", "mouse"])),
    ]);
static PROTOCOL: Element = element("protocol", "The protocol of the connection.").attributes(&[attr(
    "type",
    Choice(&["raw", "telnet", "telnets", "tls"]),
    "The protocol.",
)]);
static LOG: Element = element("log", "A copy of what goes over the connection.").attributes(&[
    attr("file", Path, "The file that gets it.").required(),
    attr("append", OnOff, "Whether the file is appended to."),
]);

static BACKEND: Element = element("backend", "Where the host takes randomness from.")
    .attributes(&[
        attr("model", Choice(&["random", "egd", "builtin"]), "The kind of backend.").required(),
        attr(
            "type",
            Choice(&[
                "null",
                "vc",
                "pty",
                "dev",
                "file",
                "pipe",
                "stdio",
                "udp",
                "tcp",
                "unix",
                "spicevmc",
                "spiceport",
                "nmdm",
                "qemu-vdagent",
                "dbus",
            ]),
            "How the daemon is reached.",
        )
        .required()
        .when("model", &["egd"]),
    ])
    .text(text(Path).key("source").optional().when("model", &["random"]))
    .children(&[
        child(&SOURCE).many().when("model", &["egd"]),
        child(&PROTOCOL).when("model", &["egd"]),
        child(&LOG).when("model", &["egd"]),
    ]);

const BEFORE_INFO: &[Child] = &[child(&RATE), child(&BACKEND).required(), child(&VIRTIO_DRIVER)];

/// A random number generator.
pub static RNG: Element = element("rng", "A source of randomness for the guest.")
    .page("formatdomain.html#random-number-generator-device")
    .attributes(&[attr("model", VIRTIO_MODEL, "The virtio model.").required()])
    .children(children![BEFORE_INFO, DEVICE_INFO]);
