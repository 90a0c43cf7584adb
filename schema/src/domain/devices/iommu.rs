//! The IOMMU of the guest.
//!
//! <https://libvirt.org/formatdomain.html#iommu-devices>; `iommu` in domaincommon.rng; `virDomainIOMMUDefFormat` in
//! `src/conf/domain_conf.c`.
//!
//! libvirt's schema takes a hexadecimal `aw_bits`, its parser does not.

use crate::Format::{Choice, OnOff};
use crate::shared::address::DEVICE_INFO;
use crate::shared::values::UINT8;
use crate::{Element, attr, child, children, element};

static DRIVER: Element = element("driver", "How the IOMMU behaves.").attributes(&[
    attr("intremap", OnOff, "Whether interrupts are remapped."),
    attr("caching_mode", OnOff, "Whether mappings are reported, which devices of the host's need."),
    attr("eim", OnOff, "Whether interrupts reach more than 255 vCPUs."),
    attr("iotlb", OnOff, "Whether devices may cache address translations."),
    attr("aw_bits", UINT8, "The width of its addresses in bits."),
    attr("dma_translation", OnOff, "Whether devices' memory accesses are translated."),
]);

/// The IOMMU.
pub static IOMMU: Element = element("iommu", "The IOMMU that the guest sees.")
    .page("formatdomain.html#iommu-devices")
    .attributes(&[attr("model", Choice(&["intel", "smmuv3", "virtio"]), "The model.").required()])
    .children(children![&[child(&DRIVER)], DEVICE_INFO]);
