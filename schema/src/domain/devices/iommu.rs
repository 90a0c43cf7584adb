//! The IOMMU of the guest.
//!
//! <https://libvirt.org/formatdomain.html#iommu-devices>; `iommu` in domaincommon.rng; `virDomainIOMMUDefFormat` in
//! `src/conf/domain_conf.c`.
//!
//! libvirt's schema takes a hexadecimal `aw_bits`, its parser does not.

use crate::Format::{AnyOf, Choice, OnOff};
use crate::shared::address::DEVICE_INFO;
use crate::shared::values::{INT, UINT8, UNIT, UNSIGNED_INT};
use crate::{Element, Relation, attr, child, children, element, rule, since};

static GRANULE: Element = element("granule", "The size of the pages that a virtio model translates.")
    .attributes(&[
        attr("mode", Choice(&["host"]), "Whether they are as large as the host's pages.")
            .words(&[("host", "they are")]),
        attr("size", UNSIGNED_INT, "The size of the pages.").without("mode"),
        attr("unit", UNIT, "The unit of the size.").with("size"),
    ])
    .rules(&[rule(Relation::ExactlyOne(&["@mode", "@size"]))]);

static DRIVER: Element = element("driver", "How the IOMMU behaves.")
    .attributes(&[
        attr("intremap", OnOff, "Whether interrupts are remapped.").default_in_words(
            "on, for an Intel IOMMU of more than 255 vCPUs",
            "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
        ),
        attr("caching_mode", OnOff, "Whether mappings are reported, which devices of the host's need."),
        attr("eim", OnOff, "Whether interrupts reach more than 255 vCPUs.").default_in_words(
            "on, for an Intel IOMMU of more than 255 vCPUs",
            "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
        ),
        attr("iotlb", OnOff, "Whether devices may cache address translations."),
        attr("aw_bits", UINT8, "The width of its addresses in bits."),
        attr("dma_translation", OnOff, "Whether devices' memory accesses are translated.").since("10.7.0"),
        attr("passthrough", OnOff, "Whether devices may reach the guest's memory untranslated.")
            .since("11.5.0"),
        attr("xtsup", OnOff, "Whether interrupts reach more than 255 vCPUs, with AMD's model.")
            .since("11.5.0"),
        attr("pciBus", UNSIGNED_INT, "The index of the controller of the PCI bus that it serves.")
            .since("11.10.0"),
        attr("accel", OnOff, "Whether the host's IOMMU does the nested translation.").since("12.7.0"),
        attr("cmdqv", OnOff, "Whether the guest gets command queues of its own.").since("12.7.0"),
        attr("ats", OnOff, "Whether devices may cache address translations.").since("12.7.0"),
        attr("ril", OnOff, "Whether ranges can be invalidated.").since("12.7.0"),
        attr("ssidsize", INT, "The number of bits of a substream's number.").since("12.7.0"),
        attr("oas", INT, "The width of output addresses in bits.").since("12.7.0"),
    ])
    .children(&[child(&GRANULE).since("12.1.0")]);

/// `iommu`: the IOMMU that the guest sees.
pub static IOMMU: Element = element("iommu", "The IOMMU that the guest sees.")
    .page("formatdomain.html#iommu-devices")
    .attributes(&[attr(
        "model",
        AnyOf(&[Choice(&["intel", "smmuv3", "virtio"]), since("11.5.0", &Choice(&["amd"]))]),
        "The model.",
    )
    .words(&[
        ("intel", "VT-d, for q35 machines"),
        ("smmuv3", "ARM's"),
        ("virtio", "the paravirtual one"),
        ("amd", "AMD-Vi, for q35 machines"),
    ])
    .required()])
    .children(children![&[child(&DRIVER)], DEVICE_INFO]);
