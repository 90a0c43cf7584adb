//! Memory devices: DIMMs, NVDIMMs, virtio memory and SGX enclave pages.
//!
//! <https://libvirt.org/formatdomain.html#memory-devices>; `memorydev` in domaincommon.rng;
//! `virDomainMemoryDefFormat` in `src/conf/domain_conf.c`.
//!
//! libvirt's schema takes any part with any model; its parser reads only the parts that the model has.

use crate::Format::{Choice, Cpuset, Path, Uuid, YesNo};
use crate::shared::address::{ACPI_CHILD, ADDRESS_CHILD, ALIAS_CHILD};
use crate::shared::amount::memory_amount;
use crate::shared::device::VIRTIO_DRIVER;
use crate::shared::values::{HEX_TEXT, UNSIGNED_INT};
use crate::{Element, Relation, attr, child, element, flag, leaf, rule};

static UUID: Element = leaf("uuid", Uuid, "The UUID of an NVDIMM on pSeries.");

static NODEMASK: Element = leaf("nodemask", Cpuset, "The host's NUMA nodes that the memory comes from.");
static PAGESIZE: Element =
    memory_amount("pagesize", "The size of the host's pages that the memory is made of.");
static PATH: Element = leaf("path", Path, "The host's file that backs it.").required_text();
static ALIGNSIZE: Element = memory_amount("alignsize", "The alignment at which the file is mapped.");
static PMEM: Element = flag("pmem", "The file lies on persistent memory.");

/// Where the memory comes from.
pub static SOURCE: Element = element("source", "Where the host takes the memory from.")
    .children(&[child(&NODEMASK), child(&PAGESIZE), child(&PATH), child(&ALIGNSIZE), child(&PMEM)])
    .rules(&[
        rule(Relation::Excludes("path", &["pagesize", "nodemask"])),
        rule(Relation::Needs("alignsize", &["path"])),
        rule(Relation::Needs("pmem", &["path"])),
    ]);

static SIZE: Element =
    memory_amount("size", "The size of the memory, with the label area of an NVDIMM.").required_text();
static NODE: Element =
    leaf("node", UNSIGNED_INT, "The guest's NUMA node that the memory belongs to.").required_text();
static LABEL_SIZE: Element = memory_amount("size", "The size of the label area.");
static LABEL: Element =
    element("label", "The label area of an NVDIMM.").children(&[child(&LABEL_SIZE).by_schema()]);
static READONLY: Element = flag("readonly", "The guest cannot write to the NVDIMM.");
static BLOCK: Element = memory_amount("block", "The size of virtio memory's blocks.").required_text();
static REQUESTED: Element = memory_amount("requested", "How much of virtio memory the guest is to have.")
    .default("0", "virDomainMemoryTargetDefParseXML in src/conf/domain_conf.c");
static CURRENT: Element = memory_amount("current", "How much of virtio memory the guest has.");
/// libvirt reads the address as hexadecimal with or without `0x`, and prints it with.
static BASE: Element = element("address", "Where the guest sees virtio memory.").attributes(&[attr(
    "base",
    HEX_TEXT,
    "The address at which the memory begins.",
)
.by_schema()]);

/// The guest's side of a memory device: its size, node and place.
pub static TARGET: Element = element("target", "What the guest sees of the memory.")
    .attributes(&[attr(
        "dynamicMemslots",
        YesNo,
        "Whether virtio memory uses as many memory slots as it needs.",
    )
    .since("10.1.0")])
    .children(&[
        child(&SIZE).required(),
        child(&NODE),
        child(&LABEL),
        child(&READONLY),
        child(&BLOCK),
        child(&REQUESTED),
        child(&CURRENT).live(),
        child(&BASE).since("9.4.0"),
    ]);

/// `memory` among the devices: such as a DIMM, an NVDIMM or virtio memory.
pub static MEMORY: Element = element("memory", "Memory that is a device of its own.")
    .page("formatdomain.html#memory-devices")
    .attributes(&[
        attr(
            "model",
            Choice(&["dimm", "nvdimm", "virtio-pmem", "virtio-mem", "sgx-epc"]),
            "The kind of memory.",
        )
        .words(&[
            ("dimm", "a module of plain memory"),
            ("nvdimm", "a module that keeps its content in a file of the host's"),
            ("virtio-pmem", "the same for virtio: a file as persistent memory"),
            ("virtio-mem", "memory that grows and shrinks in blocks, by virtio"),
            ("sgx-epc", "memory for enclaves of Intel's SGX"),
        ])
        .required(),
        attr("access", Choice(&["shared", "private"]), "Whether the host shares the mapping.")
            .default_in_words(
                "shared, for the model virtio-pmem",
                "virDomainMemoryDefPostParse in src/conf/domain_postparse.c",
            )
            .words(&[
                ("shared", "what the guest writes gets into the file, and others can map it"),
                ("private", "what the guest writes stays with the guest"),
            ]),
        attr("discard", YesNo, "Whether its content is dropped when the machine stops."),
    ])
    .children(&[
        child(&UUID),
        child(&VIRTIO_DRIVER).since("11.9.0"),
        child(&SOURCE),
        child(&TARGET).required(),
        ALIAS_CHILD,
        ACPI_CHILD,
        ADDRESS_CHILD,
    ]);
