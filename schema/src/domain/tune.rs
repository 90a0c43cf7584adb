//! Limits on memory, block I/O and NUMA placement: `memtune`, `blkiotune`, `numatune`, `resource`, `throttlegroups`.
//!
//! <https://libvirt.org/formatdomain.html#memory-tuning>, `#block-i-o-tuning`, `#numa-node-tuning`,
//! `#resource-partitioning`, `#fibre-channel-vmid` and `#disk-throttle-group-management`; definitions of the same names
//! (`respartition` for `resource`) in domaincommon.rng; `virDomainDefFormatBlkiotune`, `virDomainMemtuneFormat`,
//! `virDomainResourceDefFormat` and `virDomainDefThrottleGroupsFormat` in `src/conf/domain_conf.c`,
//! `virDomainNumatuneFormatXML` in `src/conf/numa_conf.c`.

use super::devices::disk::THROTTLE_GROUP;
use crate::Format::{self, AnyOf, Chars, Choice, Cpuset, Integer, Path, Text, YesNo};
use crate::shared::amount::memory_amount;
use crate::shared::values::{UNSIGNED_INT, UNSIGNED_LONG};
use crate::{Element, Relation, Words, attr, child, element, leaf, rule, since};

/// The weight of block I/O (`weight`; libvirt's parser has 32 bits, and the kernel decides).
const WEIGHT_RANGE: Format = Integer { min: 100, max: 1000 };

static WEIGHT: Element = leaf("weight", WEIGHT_RANGE, "The share of the host's block I/O.");
static PATH: Element = leaf(
    "path",
    AnyOf(&[Path, since("12.3.0", &Choice(&["*"]))]),
    "The host's device; bhyve takes `*` for all of them.",
)
.words(&[("*", "all of the host's devices, as bhyve takes them")]);
static READ_IOPS_SEC: Element = leaf("read_iops_sec", UNSIGNED_INT, "Read operations a second.");
static WRITE_IOPS_SEC: Element = leaf("write_iops_sec", UNSIGNED_INT, "Write operations a second.");
static READ_BYTES_SEC: Element = leaf("read_bytes_sec", UNSIGNED_LONG, "Bytes a second read.");
static WRITE_BYTES_SEC: Element = leaf("write_bytes_sec", UNSIGNED_LONG, "Bytes a second written.");
static DEVICE: Element = element("device", "Limits on one of the host's block devices.").children(&[
    child(&PATH).required(),
    child(&WEIGHT),
    child(&READ_IOPS_SEC),
    child(&WRITE_IOPS_SEC),
    child(&READ_BYTES_SEC),
    child(&WRITE_BYTES_SEC),
]);

/// How the machine shares the host's block I/O.
pub static BLKIOTUNE: Element = element("blkiotune", "How the machine shares the host's block I/O.")
    .page("formatdomain.html#block-i-o-tuning")
    .children(&[child(&WEIGHT), child(&DEVICE).many()]);

static HARD_LIMIT: Element =
    memory_amount("hard_limit", "The most memory that the machine's process may use.");
static SOFT_LIMIT: Element =
    memory_amount("soft_limit", "The memory that is enforced when the host runs short.");
static MIN_GUARANTEE: Element =
    memory_amount("min_guarantee", "The memory that the machine has for certain.");
static SWAP_HARD_LIMIT: Element =
    memory_amount("swap_hard_limit", "The most memory and swap that the machine's process may use.");

/// Limits on the host's memory.
pub static MEMTUNE: Element = element("memtune", "Limits on the host's memory that the machine may use.")
    .page("formatdomain.html#memory-tuning")
    .children(&[child(&HARD_LIMIT), child(&SOFT_LIMIT), child(&MIN_GUARANTEE), child(&SWAP_HARD_LIMIT)]);

const NUMA_MODE: Format = Choice(&["strict", "preferred", "interleave", "restrictive"]);

/// How memory is taken from NUMA nodes.
const NUMA_MODES: Words = &[
    ("strict", "from these nodes, or not at all"),
    ("preferred", "from this node, and from others where it has none left"),
    ("interleave", "from these nodes in turns"),
    ("restrictive", "as the kernel likes, on the nodes of the control group"),
];

/// The schema does without `nodeset`; libvirt demands it unless the placement is automatic
/// (`virDomainNumatuneSet`). Its parser takes a `nodeset` beside `placement='auto'` and drops it.
/// The host nodes of all of the memory.
pub static NUMA_MEMORY: Element = element("memory", "The host's NUMA nodes that the memory comes from.")
    .attributes(&[
        attr("mode", NUMA_MODE, "How the nodes are used.")
            .default("strict", "virDomainNumatuneParseXML in src/conf/numa_conf.c")
            .words(NUMA_MODES),
        attr("placement", Choice(&["static", "auto"]), "Whether the nodes are given or found by `numad`.")
            .default_in_words(
                "static, or auto where there is no `nodeset` and the vCPUs' is auto",
                "virDomainNumatuneSet in src/conf/numa_conf.c",
            )
            .words(&[
                ("static", "those of `nodeset`"),
                ("auto", "those that `numad` recommends when the machine starts"),
            ]),
        attr("nodeset", Cpuset, "The host's nodes.").unless("placement", &["auto"]),
    ]);
/// The host nodes of one cell.
pub static MEMNODE: Element = element("memnode", "The host's NUMA nodes that one cell's memory comes from.")
    .attributes(&[
        attr("cellid", UNSIGNED_INT, "The guest's NUMA cell.").required(),
        attr("mode", NUMA_MODE, "How the nodes are used.")
            .default("strict", "virDomainNumatuneParseXML in src/conf/numa_conf.c")
            .words(NUMA_MODES)
            .by_schema(),
        attr("nodeset", Cpuset, "The host's nodes.").required(),
    ]);

/// Where on the host the memory comes from.
pub static NUMATUNE: Element = element("numatune", "The host's NUMA nodes that the memory comes from.")
    .page("formatdomain.html#numa-node-tuning")
    .children(&[child(&NUMA_MEMORY), child(&MEMNODE).many()]);

static PARTITION: Element = leaf("partition", Path, "The control group that the machine is put into.");
static FIBRECHANNEL: Element = element("fibrechannel", "How the machine's Fibre Channel traffic is marked.")
    .page("formatdomain.html#fibre-channel-vmid")
    .attributes(&[attr(
        "appid",
        Chars { what: "1 to 128 printable characters", set: " -~", min: 1, max: 128 },
        "The identifier that the fabric sees.",
    )
    .required()]);

/// How all of the host's devices that the machine has are reached (`iommufd`).
pub static IOMMUFD: Element = element("iommufd", "Whether host devices are reached by the host's IOMMUFD.")
    .page("formatdomain.html#host-device-iommufd")
    .attributes(&[
        attr("enabled", YesNo, "Whether they are, unless a device says otherwise.").required(),
        attr("fdgroup", Text, "The name of a passed file descriptor of `/dev/iommu`."),
    ]);

/// libvirt refuses an empty one (`virDomainResourceDefParse`), its schema does not.
pub static RESOURCE: Element = element("resource", "How the host groups and marks the machine's resources.")
    .page("formatdomain.html#resource-partitioning")
    .children(&[child(&PARTITION), child(&FIBRECHANNEL)])
    .rules(&[rule(Relation::InOrder(&["partition", "fibrechannel"]))]);

/// libvirt demands a `group_name` in each and no two alike (`virDomainDefThrottleGroupsParse`), its schema does not.
pub static THROTTLEGROUPS: Element =
    element("throttlegroups", "Named groups of limits that disks can share.")
        .page("formatdomain.html#disk-throttle-group-management")
        .children(&[child(&THROTTLE_GROUP).many()]);
