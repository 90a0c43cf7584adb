//! The memory balloon: memory that the guest gives back while it runs.
//!
//! <https://libvirt.org/formatdomain.html#memory-balloon-device>; `memballoon` in domaincommon.rng;
//! `virDomainMemballoonDefFormat` in `src/conf/domain_conf.c`.

use crate::Format::{Choice, OnOff};
use crate::shared::address::DEVICE_INFO;
use crate::shared::device::VIRTIO_DRIVER;
use crate::shared::values::POSITIVE_INTEGER;
use crate::shared::words::VIRTIO_MODELS;
use crate::{Element, attr, child, children, element, words};

static STATS: Element = element("stats", "The statistics that the guest's driver sends.")
    .attributes(&[attr("period", POSITIVE_INTEGER, "How many seconds pass between them.").by_schema()]);

/// `memballoon`: the device by which the guest returns memory to the host.
pub static MEMBALLOON: Element = element("memballoon", "The device by which the guest gives memory back.")
    .page("formatdomain.html#memory-balloon-device")
    .attributes(&[
        attr(
            "model",
            Choice(&["virtio", "virtio-transitional", "virtio-non-transitional", "xen", "none"]),
            "The model; `none` for a machine without one.",
        )
        .words(words![
            VIRTIO_MODELS,
            &[("xen", "Xen's balloon"), ("none", "no balloon, and libvirt adds none")]
        ])
        .required(),
        attr("autodeflate", OnOff, "Whether the guest gets memory back when it runs out of it."),
        attr("freePageReporting", OnOff, "Whether the guest says which pages it does not use."),
    ])
    .children(children![&[child(&STATS)], DEVICE_INFO, &[child(&VIRTIO_DRIVER)]]);
