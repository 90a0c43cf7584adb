//! Input devices.
//!
//! <https://libvirt.org/formatdomain.html#input-devices>; `input` in domaincommon.rng; `virDomainInputDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::{Choice, OnOff, Path};
use crate::shared::address::DEVICE_INFO;
use crate::shared::device::VIRTIO_DRIVER;
use crate::shared::values::VIRTIO_MODEL;
use crate::{Element, Identity, attr, child, children, element};

/// libvirt's parser takes an `evdev` or `passthrough` input without a source, but no source without its device.
static SOURCE: Element = element("source", "The host's input device.").attributes(&[
    attr("dev", Path, "The event device.").required().when_up(1, "type", &["evdev"]),
    attr("evdev", Path, "The event device.").required().when_up(1, "type", &["passthrough"]),
    attr("grab", Choice(&["all"]), "Whether a grab takes all event devices.").when_up(1, "type", &["evdev"]),
    attr(
        "grabToggle",
        Choice(&["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"]),
        "The keys that move the input between host and guest.",
    )
    .when_up(1, "type", &["evdev"]),
    attr("repeat", OnOff, "Whether keys that are held down repeat.").when_up(1, "type", &["evdev"]),
]);

/// `input`: a keyboard, mouse, tablet or event device.
pub static INPUT: Element = element("input", "An input device.")
    .identity(Identity::All(&["type", "bus"]))
    .page("formatdomain.html#input-devices")
    .attributes(&[
        attr("type", Choice(&["tablet", "mouse", "keyboard", "passthrough", "evdev"]), "What it is.")
            .required(),
        attr("bus", Choice(&["ps2", "usb", "xen", "virtio"]), "The bus that the guest sees.")
            .when("type", &["tablet", "mouse", "keyboard"]),
        attr("bus", Choice(&["virtio"]), "The bus that the guest sees.")
            .by_schema()
            .when("type", &["passthrough"]),
        attr("model", VIRTIO_MODEL, "The virtio model."),
    ])
    .children(children![
        &[
            child(&VIRTIO_DRIVER),
            child(&SOURCE).by_schema().when("type", &["passthrough"]),
            child(&SOURCE).required().when("type", &["evdev"]),
        ],
        DEVICE_INFO,
    ]);
