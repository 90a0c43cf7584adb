//! Memory and its backing.
//!
//! <https://libvirt.org/formatdomain.html#memory-allocation> and `#memory-backing`; `resources` in domaincommon.rng;
//! `virDomainDefFormatInternalSetRootName` and `virDomainMemorybackingFormat` in `src/conf/domain_conf.c`.

use crate::Format::{Choice, Cpuset, OnOff};
use crate::shared::amount::{MEMORY_TEXT, MEMORY_UNIT, memory_amount};
use crate::shared::values::{UNIT, UNSIGNED_INT, UNSIGNED_LONG};
use crate::{Element, attr, child, element, flag};

const PAGE: &str = "formatdomain.html#memory-allocation";

/// The schema does without; libvirt demands it, or NUMA cells that add up to it (`virDomainDefPostParseMemory`).
pub static MEMORY: Element = element("memory", "The memory that the machine has when it boots.")
    .page(PAGE)
    .attributes(&[attr("dumpCore", OnOff, "Whether the guest's memory is part of a core dump."), MEMORY_UNIT])
    .text(MEMORY_TEXT)
    .default_in_words(
        "the sum of the NUMA cells, where there are some",
        "virDomainDefPostParseMemory in src/conf/domain_postparse.c",
    )
    .required_text();

/// `maxMemory`: the size up to which memory devices can be plugged in, and the slots for them.
pub static MAX_MEMORY: Element = element("maxMemory", "The memory that the machine can grow to by hotplug.")
    .page(PAGE)
    .attributes(&[
        attr("slots", UNSIGNED_INT, "The number of slots for memory devices.").required().until("9.5.0"),
        attr("slots", UNSIGNED_INT, "The number of slots for memory devices.").since("9.5.0"),
        MEMORY_UNIT,
    ])
    .text(MEMORY_TEXT)
    .required_text();

/// libvirt lowers it to `memory` where it is more.
pub static CURRENT_MEMORY: Element =
    memory_amount("currentMemory", "The memory that the balloon leaves to the guest.")
        .default_in_words("all of `memory`", "virDomainDefPostParseMemory in src/conf/domain_postparse.c")
        .page(PAGE);

static HUGEPAGE: Element = element("page", "Huge pages of one size.").attributes(&[
    attr("size", UNSIGNED_LONG, "The size of the pages.").required(),
    attr("unit", UNIT, "The unit of the size.")
        .default("KiB", "virDomainHugepagesParseXML in src/conf/domain_conf.c"),
    attr("nodeset", Cpuset, "The guest's NUMA nodes that use them."),
]);
static HUGEPAGES: Element =
    element("hugepages", "Backs the memory by huge pages, of the default size or as listed.")
        .flag()
        .children(&[child(&HUGEPAGE).many()]);
static NOSHAREPAGES: Element = flag("nosharepages", "The host does not merge the guest's pages with others.");
static LOCKED: Element = flag("locked", "The host does not swap the guest's memory out.");
static SOURCE: Element = element("source", "What the memory is made of.").attributes(&[attr(
    "type",
    Choice(&["file", "anonymous", "memfd"]),
    "The kind of memory.",
)
.words(&[
    ("file", "files below the folder that the host's configuration names"),
    ("anonymous", "memory of the emulator's own"),
    ("memfd", "files that exist in memory only: what shared memory is best made of"),
])
.by_schema()]);
static ACCESS: Element =
    element("access", "Whether other processes can share the memory.").attributes(&[attr(
        "mode",
        Choice(&["shared", "private"]),
        "How the memory is mapped.",
    )
    .words(&[
        ("shared", "other processes can map it, which virtiofs and vhost-user need"),
        ("private", "nobody else sees what the guest writes"),
    ])
    .by_schema()]);
static ALLOCATION: Element = element("allocation", "When the memory is allocated.").attributes(&[
    attr("mode", Choice(&["immediate", "ondemand"]), "Whether all of it at once, or as it is used.").words(
        &[
            ("immediate", "all of it when the machine starts"),
            ("ondemand", "page by page, as the guest uses it"),
        ],
    ),
    attr("threads", UNSIGNED_INT, "How many threads allocate it."),
]);
static DISCARD: Element = flag("discard", "The content is thrown away when the guest stops.");

/// `memoryBacking`: the host's memory behind the guest's, such as huge pages or a shared file.
pub static MEMORY_BACKING: Element = element("memoryBacking", "What backs the memory on the host.")
    .page("formatdomain.html#memory-backing")
    .children(&[
        child(&HUGEPAGES),
        child(&NOSHAREPAGES),
        child(&LOCKED),
        child(&SOURCE),
        child(&ACCESS),
        child(&ALLOCATION),
        child(&DISCARD),
    ]);
