//! The CPU that the guest sees, its topology and NUMA cells.
//!
//! <https://libvirt.org/formatdomain.html#cpu-model-and-topology>; `guestcpu` in cputypes.rng; `virCPUDefFormat` in
//! `src/conf/cpu_conf.c`, `virDomainNumaDefFormatXML` in `src/conf/numa_conf.c`.
//!
//! Beyond its schema, libvirt's parser refuses a vendor without a model, features without a model where the mode is
//! custom, a feature that stands twice, `migratable` unless the mode is host-passthrough or maximum, and a limit of
//! physical address bits that are not passed through; its QEMU driver, a topology for another number of vCPUs. Where a
//! cell has distances, it prints those of all cells.

use crate::Format::{self, Chars, Choice, Integer, OnOff, Text, YesNo};
use crate::shared::amount::MEMORY_UNIT;
use crate::shared::values::{POSITIVE_INTEGER, UNIT, UNSIGNED_INT, UNSIGNED_LONG};
use crate::{Attribute, Element, Identity, attr, child, element, leaf, text};

const PAGE: &str = "formatdomain.html#cpu-model-and-topology";

// libvirt prints none without text, and always prints `fallback` unless the host's CPU is passed through.
static MODEL: Element = element("model", "The model of the CPU.")
    .attributes(&[
        attr("fallback", Choice(&["allow", "forbid"]), "What happens where the hypervisor lacks the model.")
            .default("allow", "virCPUDefParseXML in src/conf/cpu_conf.c")
            .words(&[
                ("allow", "the nearest model that it has is taken"),
                ("forbid", "the machine does not start"),
            ]),
        attr(
            "vendor_id",
            Chars { what: "12 characters without comma", set: "^,", min: 12, max: 12 },
            "The vendor that the guest sees.",
        ),
    ])
    .text(text(Text).key("name").optional())
    .default_in_words(
        "what the emulator takes for the machine type, e.g. qemu64",
        "qemuDomainDefSetDefaultCPU in src/qemu/qemu_postparse.c",
    );

static VENDOR: Element = leaf("vendor", Text, "The vendor that the host's CPU must have.");

static TOPOLOGY: Element = element("topology", "How the vCPUs are arranged.").attributes(&[
    attr("sockets", POSITIVE_INTEGER, "The number of sockets.").required(),
    attr("dies", POSITIVE_INTEGER, "The number of dies a socket.")
        .default("1", "virCPUDefParseXML in src/conf/cpu_conf.c"),
    attr("clusters", POSITIVE_INTEGER, "The number of clusters a die.")
        .default("1", "virCPUDefParseXML in src/conf/cpu_conf.c")
        .since("10.1.0"),
    attr("cores", POSITIVE_INTEGER, "The number of cores a cluster.").required(),
    attr("threads", POSITIVE_INTEGER, "The number of threads a core.").required(),
]);

static CACHE: Element = element("cache", "The cache that the guest sees.").attributes(&[
    attr("level", Integer { min: 1, max: 3 }, "The level of the cache; without it, all of them."),
    attr("mode", Choice(&["emulate", "passthrough", "disable"]), "Where the cache comes from.")
        .words(&[
            ("emulate", "the hypervisor makes one up"),
            ("passthrough", "it is the host's"),
            ("disable", "the guest sees none"),
        ])
        .required(),
]);

static MAX_PHYS_ADDR: Element =
    element("maxphysaddr", "The number of physical address bits that the guest sees.").attributes(&[
        attr("mode", Choice(&["emulate", "passthrough"]), "Whether it is the host's own.")
            .words(&[
                ("emulate", "as many as `bits` says"),
                ("passthrough", "the host's own number, or `limit` where that is less"),
            ])
            .required(),
        attr("bits", UNSIGNED_INT, "The number of bits, where it is not the host's own."),
        attr("limit", UNSIGNED_INT, "The most bits that are taken over from the host.").since("9.3.0"),
    ]);

/// A feature of a CPU.
pub static FEATURE: Element = element("feature", "A feature that the CPU has or lacks, unlike its model.")
    .identity(Identity::First(&["name"]))
    .attributes(&[
        // libvirt's parser takes `require` for one that is missing, and prints it.
        attr(
            "policy",
            Choice(&["force", "require", "optional", "disable", "forbid"]),
            "Whether the guest sees it, and what happens where the host lacks it.",
        )
        .words(&[
            ("force", "the guest sees it, whether the host has it or not"),
            ("require", "the guest sees it, and does not start where the host lacks it"),
            ("optional", "the guest sees it where the host has it"),
            ("disable", "the guest does not see it"),
            ("forbid", "the guest does not start where the host has it"),
        ])
        .default("require", "virCPUDefParseXML in src/conf/cpu_conf.c")
        .by_schema(),
        attr(
            "name",
            Chars {
                what: "a feature's name of letters, digits, `-`, `_` and `.`",
                set: "a-zA-Z0-9_.-",
                min: 1,
                max: usize::MAX,
            },
            "The feature.",
        )
        .required(),
    ]);

/// The distance from one cell to another.
pub static SIBLING: Element = element("sibling", "The distance to one cell.").attributes(&[
    attr("id", UNSIGNED_INT, "The number of the other cell.").required(),
    attr("value", Integer { min: 10, max: 255 }, "The distance; 10 is local.").required(),
]);
/// The distances of a cell.
pub static DISTANCES: Element = element("distances", "How far the cell is from the others.")
    .children(&[child(&SIBLING).many().required()]);

/// The unit of a value in an attribute: libvirt's parser takes KiB for one that is missing, and prints it.
const UNIT_OF_VALUE: Attribute = attr("unit", UNIT, "The unit of the value.").by_schema();

static SIZE: Element = element("size", "The size of the cache.")
    .attributes(&[attr("value", UNSIGNED_INT, "The size.").required(), UNIT_OF_VALUE]);
static LINE: Element = element("line", "The size of one line of the cache.")
    .attributes(&[attr("value", UNSIGNED_INT, "The size.").required(), UNIT_OF_VALUE]);
static CELL_CACHE: Element = element("cache", "A cache of the cell's memory.")
    .attributes(&[
        attr("level", UNSIGNED_INT, "The level of the cache.").required(),
        attr("associativity", Choice(&["none", "direct", "full"]), "How lines are found.")
            .words(&[
                ("none", "nothing is said"),
                ("direct", "each address has one line"),
                ("full", "each address can be in every line"),
            ])
            .required(),
        attr("policy", Choice(&["none", "writeback", "writethrough"]), "When lines are written back.")
            .words(&[
                ("none", "nothing is said"),
                ("writeback", "when they leave the cache"),
                ("writethrough", "at once"),
            ])
            .required(),
    ])
    .children(&[child(&SIZE).required(), child(&LINE).required()]);

/// A NUMA cell of a guest.
pub static CELL: Element = element("cell", "A NUMA cell.")
    .identity(Identity::First(&["id"]))
    .attributes(&[
        attr("id", UNSIGNED_INT, "The number of the cell.").default_in_words(
            "the place among the cells, from 0",
            "virDomainNumaDefParseXML in src/conf/numa_conf.c",
        ),
        attr("cpus", Format::Cpuset, "The vCPUs of the cell.").default_in_words(
            "the vCPUs that no cell has, for the first cell",
            "virDomainNumaFillCPUsInNode in src/conf/numa_conf.c",
        ),
        attr("memory", UNSIGNED_LONG, "The memory of the cell.").required(),
        MEMORY_UNIT,
        attr("memAccess", Choice(&["shared", "private"]), "Whether the host may share the memory.").words(&[
            ("shared", "other processes of the host can map it, as vhost-user and virtiofs need"),
            ("private", "the machine's process alone has it"),
        ]),
        attr("discard", YesNo, "Whether the memory is dropped when the machine stops."),
    ])
    .children(&[child(&DISTANCES), child(&CELL_CACHE).many()]);

/// Whom a latency or bandwidth is between, and the value itself.
const INTERCONNECT: &[Attribute] = &[
    attr("initiator", UNSIGNED_INT, "The cell that asks.").required(),
    attr("target", UNSIGNED_INT, "The cell that has the memory.").required(),
    attr("cache", UNSIGNED_INT, "The level of the target's cache; without it, its memory."),
    attr("type", Choice(&["access", "read", "write"]), "The kind of access.")
        .words(&[("access", "reads and writes alike"), ("read", "only reads"), ("write", "only writes")])
        .required(),
    attr("value", UNSIGNED_INT, "The value.").required(),
];

static LATENCY: Element =
    element("latency", "How many nanoseconds an access takes.").attributes(INTERCONNECT);
static BANDWIDTH: Element = element("bandwidth", "How much can be moved a second.")
    .attributes(crate::attributes![INTERCONNECT, &[UNIT_OF_VALUE]]);
static INTERCONNECTS: Element = element("interconnects", "How fast the cells reach each other's memory.")
    .children(&[child(&LATENCY).many(), child(&BANDWIDTH).many().interleaved()]);

/// The NUMA cells of a guest.
pub static NUMA: Element = element("numa", "The NUMA cells of the guest.")
    .children(&[child(&CELL).many().required(), child(&INTERCONNECTS)]);

/// The CPU that the guest sees.
pub static CPU: Element = element("cpu", "The CPU that the guest sees.")
    .page(PAGE)
    .attributes(&[
        attr(
            "mode",
            Choice(&["custom", "host-model", "host-passthrough", "maximum"]),
            "Where the model comes from.",
        )
        .words(&[
            ("custom", "`model` names it"),
            (
                "host-model",
                "the known model that is nearest to the host's CPU, with the features that it lacks",
            ),
            ("host-passthrough", "the host's own CPU: a guest can move only to a host like it"),
            ("maximum", "everything that the hypervisor can do"),
        ])
        .default_in_words(
            "custom, or host-passthrough where the machine type has the host's CPU",
            "qemuDomainDefSetDefaultCPU in src/qemu/qemu_postparse.c",
        )
        .implied("custom"),
        attr("match", Choice(&["minimum", "exact", "strict"]), "How close the guest's CPU must be.")
            .words(&[
                ("minimum", "at least what is named; the guest gets what the host has beyond"),
                ("exact", "what is named, and nothing else of the host's"),
                ("strict", "the host's CPU is to be what is named, or the guest does not start"),
            ])
            .default("exact", "virCPUDefParseXML in src/conf/cpu_conf.c"),
        attr("check", Choice(&["none", "partial", "full"]), "How that is checked when the machine starts.")
            .default_in_words(
                "none where QEMU emulates the CPU, or the mode is host-passthrough or maximum; else partial",
                "qemuDomainDefCPUPostParse in src/qemu/qemu_postparse.c",
            )
            .words(&[
                ("none", "not at all: the hypervisor does what it can"),
                ("partial", "libvirt looks before it starts the machine"),
                ("full", "the CPU that was made is held against what is named"),
            ]),
        attr("migratable", OnOff, "Whether features that prevent migration are left out.").default_in_words(
            "on where the mode is host-passthrough or maximum, and QEMU can do it",
            "qemuDomainDefCPUPostParse in src/qemu/qemu_postparse.c",
        ),
        attr("deprecated_features", OnOff, "Whether features that the model is about to lose are kept.")
            .since("11.0.0"),
    ])
    .children(&[
        child(&MODEL),
        child(&VENDOR),
        child(&TOPOLOGY),
        child(&CACHE),
        child(&MAX_PHYS_ADDR),
        child(&FEATURE).many(),
        child(&NUMA),
    ]);
