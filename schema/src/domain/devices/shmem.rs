//! Shared memory: memory that several machines see.
//!
//! <https://libvirt.org/formatdomain.html#shared-memory-device>; `shmem` in domaincommon.rng;
//! `virDomainShmemDefFormat` in `src/conf/domain_conf.c`, which prints the size in MiB.

use crate::Format::{Chars, Choice, OnOff, Path};
use crate::shared::address::DEVICE_INFO;
use crate::shared::amount::storage_amount;
use crate::shared::values::UNSIGNED_INT;
use crate::{Child, Element, attr, child, children, element};

static MODEL: Element = element("model", "The device that the guest sees.").attributes(&[attr(
    "type",
    Choice(&["ivshmem", "ivshmem-plain", "ivshmem-doorbell"]),
    "The device model.",
)
.words(&[
    ("ivshmem", "the old device, which QEMU no longer has"),
    ("ivshmem-plain", "memory alone"),
    ("ivshmem-doorbell", "memory and interrupts between the guests, by a server"),
])
.by_schema()]);
static SIZE: Element = storage_amount("size", "The size of the memory.")
    .default_in_words("4 MiB", "qemuDomainShmemDefPostParse in src/qemu/qemu_postparse.c");
static SERVER: Element = element("server", "The server by which the machines send one another interrupts.")
    .attributes(&[attr("path", Path, "The server's socket.")]);
static MSI: Element = element("msi", "The interrupts that the server passes on.").attributes(&[
    attr("vectors", UNSIGNED_INT, "How many interrupt vectors there are."),
    attr("ioeventfd", OnOff, "Whether they go by file descriptors."),
]);

const BEFORE_INFO: &[Child] = &[child(&MODEL), child(&SIZE), child(&SERVER), child(&MSI)];

/// `shmem`: memory that several machines share.
pub static SHMEM: Element = element("shmem", "Memory that the machine shares with others.")
    .page("formatdomain.html#shared-memory-device")
    .attributes(&[
        attr("name", Chars { what: "a name without slash", set: "^/", min: 0, max: usize::MAX }, "Its name.")
            .required(),
        attr("role", Choice(&["master", "peer"]), "Whether the machine can migrate with its content.").words(
            &[
                ("master", "it can, and takes the content along"),
                ("peer", "it cannot, unless the device is taken out first"),
            ],
        ),
    ])
    .children(children![BEFORE_INFO, DEVICE_INFO]);
