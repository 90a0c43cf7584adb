//! Video devices.
//!
//! <https://libvirt.org/formatdomain.html#video-devices>; `video` in domaincommon.rng; `virDomainVideoDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::{Choice, OnOff, Path, YesNo};
use crate::shared::address::DEVICE_INFO;
use crate::shared::device::VIRTIO_OPTIONS;
use crate::shared::values::UNSIGNED_INT;
use crate::{Element, Relation, attr, attributes, child, children, element, rule};

static DRIVER: Element = element("driver", "How the hypervisor runs the device.").attributes(attributes![
    VIRTIO_OPTIONS,
    &[
        attr("vgaconf", Choice(&["io", "on", "off"]), "How bhyve's device behaves as a VGA.").words(&[
            ("io", "the I/O ports of VGA work, without its memory"),
            ("on", "all of VGA works"),
            ("off", "nothing of VGA is there")
        ]),
        attr("name", Choice(&["qemu", "vhostuser"]), "What emulates the device.").words(&[
            ("qemu", "the hypervisor's process"),
            ("vhostuser", "a program of its own, which can use the host's GPU")
        ]),
    ],
]);

static ACCELERATION: Element = element("acceleration", "What the host's graphics card does.").attributes(&[
    attr("accel3d", YesNo, "Whether 3D is accelerated."),
    attr("accel2d", YesNo, "Whether 2D is accelerated."),
    attr("rendernode", Path, "The host's render node, for a `vhostuser` device."),
]);

static RESOLUTION: Element = element("resolution", "The least resolution of the device.").attributes(&[
    attr("x", UNSIGNED_INT, "The width in pixels.").required(),
    attr("y", UNSIGNED_INT, "The height in pixels.").required(),
]);

static MODEL: Element = element("model", "The device that the guest sees.")
    .attributes(&[
        attr(
            "type",
            Choice(&[
                "vga", "cirrus", "vmvga", "xen", "vbox", "virtio", "gop", "none", "bochs", "ramfb", "qxl",
            ]),
            "The model; `none` for no video device at all.",
        )
        .default_in_words(
            "what suits the machine: cirrus on old PCs, vga or virtio on others",
            "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
        )
        .words(&[
            ("vga", "the plain VGA device, which everything can drive"),
            ("cirrus", "an old card, for guests that know nothing else"),
            ("vmvga", "VMware's card"),
            ("xen", "Xen's paravirtual frame buffer"),
            ("vbox", "VirtualBox's card"),
            ("gop", "bhyve's frame buffer for UEFI"),
            ("virtio", "virtio's GPU: many screens, and 3D where the host can"),
            ("qxl", "SPICE's card"),
            ("bochs", "VGA without its old parts: for UEFI and Linux"),
            ("ramfb", "a picture in memory that the firmware shows; no device"),
            ("none", "no video device, and libvirt adds none"),
        ])
        .by_schema(),
        attr("ram", UNSIGNED_INT, "The size of the primary bar in KiB.")
            .default("65536", "virDomainVideoDefaultRAM in src/conf/domain_conf.c")
            .when("type", &["qxl"]),
        attr("vram", UNSIGNED_INT, "The size of the video memory in KiB; for `qxl`, of the secondary bar.")
            .default_in_words(
                "65536 for qxl, 16384 for vga and bochs and cirrus, and nothing for virtio",
                "virDomainVideoDefaultRAM in src/conf/domain_conf.c",
            ),
        attr("vram64", UNSIGNED_INT, "The size of the 64-bit secondary bar in KiB.").when("type", &["qxl"]),
        attr("vgamem", UNSIGNED_INT, "The size of the VGA framebuffer in KiB.")
            .default("16384", "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c")
            .when("type", &["qxl"]),
        attr("heads", UNSIGNED_INT, "The number of screens.")
            .default("1", "virDomainVideoModelDefParseXML in src/conf/domain_conf.c"),
        attr("primary", YesNo, "Whether it is the primary video device.").default_in_words(
            "yes for the first, no for the others",
            "virDomainDefPostParseCommon in src/conf/domain_postparse.c",
        ),
        attr("blob", OnOff, "Whether a virtio device can use blob resources.").since("9.2.0"),
        attr("edid", OnOff, "Whether the guest can read what the screen can do (EDID).").since("11.7.0"),
        attr(
            "device",
            Choice(&[
                "virtio-vga",
                "virtio-vga-gl",
                "virtio-gpu",
                "virtio-gpu-gl",
                "vhost-user-vga",
                "vhost-user-gpu",
            ]),
            "The device that implements a virtio model; libvirt fills it in.",
        )
        .words(&[
            ("virtio-vga", "virtio's GPU that is a VGA device, too"),
            ("virtio-vga-gl", "the same, with OpenGL by the host"),
            ("virtio-gpu", "virtio's GPU alone"),
            ("virtio-gpu-gl", "the same, with OpenGL by the host"),
            ("vhost-user-vga", "a VGA device, too, with another program behind it"),
            ("vhost-user-gpu", "the GPU alone, with another program behind it"),
        ])
        .when("type", &["virtio"])
        .since("12.5.0"),
    ])
    .children(&[child(&ACCELERATION), child(&RESOLUTION)])
    .rules(&[rule(Relation::InOrder(&["acceleration", "resolution"]))]);

/// `video`: a graphics card of the guest.
pub static VIDEO: Element = element("video", "A video device.")
    .variant("model.type")
    .page("formatdomain.html#video-devices")
    .children(children![&[child(&DRIVER), child(&MODEL)], DEVICE_INFO])
    .misplaced_names(&[
        ("type", "write `model.type`"),
        ("vram", "write `model.vram`"),
        ("heads", "write `model.heads`"),
    ]);
