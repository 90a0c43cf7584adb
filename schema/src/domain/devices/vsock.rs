//! The vsock: sockets between the host and the guest.
//!
//! <https://libvirt.org/formatdomain.html#vsock>; `vsock` in domaincommon.rng; `virDomainVsockDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::YesNo;
use crate::shared::address::DEVICE_INFO;
use crate::shared::device::VIRTIO_DRIVER;
use crate::shared::values::{UNSIGNED_INT, VIRTIO_MODEL};
use crate::shared::words::VIRTIO_MODELS;
use crate::{Element, attr, child, children, element};

static CID: Element = element("cid", "The number by which the host knows the guest.").attributes(&[
    attr("auto", YesNo, "Whether libvirt picks it.")
        .default("no", "virDomainDeviceDefPostParseCommon in src/conf/domain_postparse.c"),
    attr("address", UNSIGNED_INT, "The number; at least 3.").picked("auto"),
]);

/// `vsock`: sockets between the host and the guest.
pub static VSOCK: Element = element("vsock", "Sockets between the host and the guest.")
    .page("formatdomain.html#vsock")
    .attributes(&[attr("model", VIRTIO_MODEL, "The virtio model.")
        .default("virtio", "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c")
        .words(VIRTIO_MODELS)])
    .children(children![&[child(&CID)], DEVICE_INFO, &[child(&VIRTIO_DRIVER)]]);
