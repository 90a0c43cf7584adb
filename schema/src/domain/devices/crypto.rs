//! Crypto devices.
//!
//! <https://libvirt.org/formatdomain.html#crypto>; `crypto` in domaincommon.rng; `virDomainCryptoDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::Choice;
use crate::shared::address::{ADDRESS_CHILD, ALIAS_CHILD};
use crate::shared::device::VIRTIO_DRIVER;
use crate::shared::values::POSITIVE_INTEGER;
use crate::{Element, attr, child, element};

static BACKEND: Element = element("backend", "What does the work on the host.").attributes(&[
    attr("model", Choice(&["builtin", "lkcf"]), "The kind of backend.")
        .words(&[
            ("builtin", "QEMU's own library"),
            ("lkcf", "the framework of the host's kernel, for asymmetric keys"),
        ])
        .required(),
    attr("queues", POSITIVE_INTEGER, "The number of virtqueues."),
]);

/// `crypto`: a virtio device that encrypts and decrypts for the guest.
pub static CRYPTO: Element = element("crypto", "A device that encrypts and decrypts for the guest.")
    .page("formatdomain.html#crypto")
    .attributes(&[
        attr("model", Choice(&["virtio"]), "What the guest sees.")
            .words(&[("virtio", "the paravirtual crypto device")])
            .required(),
        attr("type", Choice(&["qemu"]), "Who provides it.").words(&[("qemu", "the hypervisor")]).required(),
    ])
    .children(&[child(&BACKEND).required(), child(&VIRTIO_DRIVER), ALIAS_CHILD, ADDRESS_CHILD]);
