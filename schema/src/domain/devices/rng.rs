//! Random number generators.
//!
//! <https://libvirt.org/formatdomain.html#random-number-generator-device>; `rng` in domaincommon.rng;
//! `virDomainRNGDefFormat` in `src/conf/domain_conf.c`.

use super::chardev::{CHARDEV_SOURCE, CHARDEV_TYPE};
use crate::Format::{Choice, Path};
use crate::shared::address::DEVICE_INFO;
use crate::shared::device::VIRTIO_DRIVER;
use crate::shared::values::{POSITIVE_INTEGER, VIRTIO_MODEL};
use crate::shared::words::VIRTIO_MODELS;
use crate::{Child, Element, attr, child, children, element, text};

static RATE: Element = element("rate", "How much the guest may take.").attributes(&[
    attr("bytes", POSITIVE_INTEGER, "How many bytes in each period.").by_schema(),
    attr("period", POSITIVE_INTEGER, "The period in milliseconds; by default a second."),
]);

/// The connection to an entropy gathering daemon.
const DAEMON: &[Child] = &[
    CHARDEV_SOURCE[0].when("model", &["egd"]),
    CHARDEV_SOURCE[1].when("model", &["egd"]),
    CHARDEV_SOURCE[2].when("model", &["egd"]),
    CHARDEV_SOURCE[3].when("model", &["egd"]),
];

/// The text is the host's device. libvirt's parser takes any path for it, and a backend `egd` only with the types
/// `udp`, `tcp` and the like that lead to a daemon.
static BACKEND: Element = element("backend", "Where the host takes randomness from.")
    .attributes(&[
        attr("model", Choice(&["random", "egd", "builtin"]), "The kind of backend.")
            .words(&[
                ("random", "a device of the host's, e.g. /dev/urandom"),
                ("egd", "a program that gives random bytes by a socket"),
                ("builtin", "the hypervisor's own generator"),
            ])
            .required(),
        CHARDEV_TYPE.required().when("model", &["egd"]),
    ])
    .text(text(Path).key("source").optional().when("model", &["random"]))
    .default("/dev/random", "virDomainDeviceDefPostParseCommon in src/conf/domain_postparse.c")
    .children(DAEMON);

const BEFORE_INFO: &[Child] = &[child(&RATE), child(&BACKEND).required(), child(&VIRTIO_DRIVER)];

/// A random number generator.
pub static RNG: Element = element("rng", "A source of randomness for the guest.")
    .variant("backend.model")
    .page("formatdomain.html#random-number-generator-device")
    .attributes(&[attr("model", VIRTIO_MODEL, "The virtio model.").words(VIRTIO_MODELS).required()])
    .children(children![BEFORE_INFO, DEVICE_INFO]);
