//! Input devices.
//!
//! <https://libvirt.org/formatdomain.html#input-devices>; `input` in domaincommon.rng; `virDomainInputDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::{Choice, OnOff, Path};
use crate::shared::address::DEVICE_INFO;
use crate::shared::device::VIRTIO_DRIVER;
use crate::shared::values::VIRTIO_MODEL;
use crate::shared::words::VIRTIO_MODELS;
use crate::{Element, Identity, attr, child, children, element};

/// libvirt's parser takes an `evdev` or `passthrough` input without a source, but no source without its device.
static SOURCE: Element = element("source", "The host's input device.").attributes(&[
    attr("dev", Path, "The event device.").required().when_up(1, "type", &["evdev"]),
    attr("evdev", Path, "The event device.").required().when_up(1, "type", &["passthrough"]),
    attr("grab", Choice(&["all"]), "Whether a grab takes all event devices.")
        .words(&[("all", "with this one, all event devices go to the guest or back")])
        .when_up(1, "type", &["evdev"]),
    attr(
        "grabToggle",
        Choice(&["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"]),
        "The keys that move the input between host and guest.",
    )
    .words(&[
        ("ctrl-ctrl", "both Ctrl keys"),
        ("alt-alt", "both Alt keys"),
        ("shift-shift", "both Shift keys"),
        ("meta-meta", "both Meta (Windows) keys"),
        ("scrolllock", "Scroll Lock alone"),
        ("ctrl-scrolllock", "Ctrl with Scroll Lock"),
    ])
    .when_up(1, "type", &["evdev"]),
    attr("repeat", OnOff, "Whether keys that are held down repeat.").when_up(1, "type", &["evdev"]),
]);

/// `input`: a keyboard, mouse, tablet or event device.
pub static INPUT: Element = element("input", "An input device.")
    .identity(Identity::All(&["type", "bus"]))
    .page("formatdomain.html#input-devices")
    .attributes(&[
        attr("type", Choice(&["tablet", "mouse", "keyboard", "passthrough", "evdev"]), "What it is.")
            .words(&[
                ("tablet", "a pointer with absolute places, so that a viewer need not capture the mouse"),
                ("mouse", "a pointer with relative moves"),
                ("keyboard", "a keyboard"),
                ("passthrough", "an event device of the host's, given to the guest by virtio"),
                ("evdev", "an event device of the host's, which drives the guest's own devices"),
            ])
            .required(),
        attr("bus", Choice(&["ps2", "usb", "xen", "virtio"]), "The bus that the guest sees.")
            .default_in_words(
                "ps2 for a mouse or keyboard of x86, xen for paravirtual guests, else usb",
                "virDomainInputDefParseXML in src/conf/domain_conf.c",
            )
            .words(&[
                ("ps2", "the PC's old bus; its mouse and keyboard are there in any case"),
                ("usb", "the Universal Serial Bus"),
                ("xen", "Xen's paravirtual input"),
                ("virtio", "virtio-input"),
            ])
            .when("type", &["tablet", "mouse", "keyboard"]),
        attr("bus", Choice(&["virtio"]), "The bus that the guest sees.")
            .words(&[("virtio", "virtio-input")])
            .by_schema()
            .when("type", &["passthrough"]),
        attr("model", VIRTIO_MODEL, "The virtio model.").words(VIRTIO_MODELS),
    ])
    .children(children![
        &[
            child(&VIRTIO_DRIVER),
            child(&SOURCE).by_schema().when("type", &["passthrough"]),
            child(&SOURCE).required().when("type", &["evdev"]),
        ],
        DEVICE_INFO,
    ]);
