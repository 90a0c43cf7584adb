//! vCPUs, I/O threads and how the host schedules them: `vcpu`, `vcpus`, `iothreads`, `iothreadids`,
//! `defaultiothread`, `cputune`.
//!
//! <https://libvirt.org/formatdomain.html#cpu-allocation>, `#iothreads-allocation` and `#cpu-tuning`; `resources`,
//! `cputune` and `schedparam` in domaincommon.rng; `virDomainCpuDefFormat`, `virDomainDefIothreadsFormat` and
//! `virDomainCputuneDefFormat` in `src/conf/domain_conf.c`.

use crate::Format::{self, Choice, Cpuset, Integer, Text, YesNo};
use crate::shared::values::{UNIT, UNSIGNED_INT, UNSIGNED_LONG, UNSIGNED_SHORT};
use crate::{Attribute, Element, Identity, Relation, attr, attributes, child, element, leaf, rule, text};

const IOTHREADS_PAGE: &str = "formatdomain.html#iothreads-allocation";
const CPU_PAGE: &str = "formatdomain.html#cpu-allocation";

/// A number of vCPUs (`countCPU`).
const COUNT: Format = Integer { min: 1, max: 65535 };

/// The vCPUs of the machine.
pub static VCPU: Element = element("vcpu", "The number of vCPUs that the machine can have.")
    .page(CPU_PAGE)
    .attributes(&[
        attr(
            "placement",
            Choice(&["static", "auto"]),
            "Whether the host's CPUs are given or found by `numad`.",
        )
        .default_in_words(
            "static, or auto where the memory's is and there is no `cpuset`",
            "virDomainVcpuParse in src/conf/domain_conf.c",
        )
        .words(&[
            ("static", "those of `cpuset`, or all"),
            ("auto", "those that `numad` recommends when the machine starts"),
        ]),
        attr("cpuset", Cpuset, "The host's CPUs that run the machine, where nothing is pinned."),
        attr("current", COUNT, "The number of vCPUs that are plugged in when it boots."),
    ])
    .text(text(COUNT).key("count"))
    .default("1", "virDomainVcpuParse in src/conf/domain_conf.c")
    .required_text();

/// One `vcpu` in `vcpus`: the state of one virtual CPU.
static EACH_VCPU: Element = element("vcpu", "The state of one vCPU.").attributes(&[
    attr("id", UNSIGNED_INT, "The number of the vCPU.").required(),
    attr("enabled", YesNo, "Whether it is plugged in when the machine boots.").required(),
    attr("hotpluggable", YesNo, "Whether it can be unplugged and plugged in again.").default_in_words(
        "no for those that are plugged in at boot, yes for the others",
        "virDomainVcpuDefPostParse in src/conf/domain_postparse.c",
    ),
    attr("order", UNSIGNED_INT, "The place in the order of plugging in."),
]);

/// The state of each vCPU; libvirt prints them only where they can be plugged one by one.
pub static VCPUS: Element =
    element("vcpus", "The state of each vCPU.").page(CPU_PAGE).children(&[child(&EACH_VCPU).many()]);

/// The number of I/O threads; NixVirt's key for it is `count`.
pub static IOTHREADS: Element = element("iothreads", "The number of I/O threads.")
    .page(IOTHREADS_PAGE)
    .text(text(UNSIGNED_INT).key("count"))
    .default_in_words("as many as `iothreadids` lists", "virDomainDefParseXML in src/conf/domain_conf.c");

/// The bounds of a pool of worker threads.
const THREAD_POOL: &[Attribute] = &[
    attr("thread_pool_min", UNSIGNED_INT, "The least number of worker threads."),
    attr("thread_pool_max", UNSIGNED_INT, "The greatest number of worker threads."),
];

static POLL: Element = element("poll", "How long the thread polls before it sleeps.").attributes(&[
    attr("max", UNSIGNED_LONG, "The longest time of polling, in nanoseconds; 0 for none."),
    attr("grow", UNSIGNED_LONG, "By which factor the time grows when it was too short."),
    attr("shrink", UNSIGNED_LONG, "By which divisor the time shrinks when it was too long."),
    attr("weight", UNSIGNED_INT, "How much the last event counts for the time of polling.").since("12.7.0"),
]);
static IOTHREAD: Element = element("iothread", "One I/O thread.")
    .identity(Identity::First(&["id"]))
    .attributes(attributes![
        &[attr("id", UNSIGNED_INT, "The number of the thread, from 1 on.").required()],
        THREAD_POOL,
    ])
    .children(&[child(&POLL).since("9.4.0")]);

/// libvirt refuses 0 as a thread's number and one that occurs twice, and adds threads up to the number in
/// `iothreads` (`virDomainIOThreadIDDefParseXML`, `virDomainIOThreadIDDefArrayInit`).
pub static IOTHREADIDS: Element = element("iothreadids", "The numbers and settings of the I/O threads.")
    .page(IOTHREADS_PAGE)
    .children(&[child(&IOTHREAD).many()]);

/// The main loop, which serves whatever has no I/O thread.
pub static DEFAULTIOTHREAD: Element =
    element("defaultiothread", "The worker threads of the emulator's main loop.")
        .page(IOTHREADS_PAGE)
        .attributes(THREAD_POOL);

/// A period of the scheduler (`cpuperiod`).
const PERIOD_RANGE: Format = Integer { min: 1000, max: 1_000_000 };
/// A quota within a period (`cpuquota`; libvirt refuses what lies between -1 and 1000).
const QUOTA_RANGE: Format = Integer { min: -1, max: 17_592_186_044_415 };

/// The length of a scheduling period.
const fn period(name: &'static str, doc: &'static str) -> Element {
    leaf(name, PERIOD_RANGE, doc)
}

/// The time that may be used in each period.
const fn quota(name: &'static str, doc: &'static str) -> Element {
    leaf(name, QUOTA_RANGE, doc)
}

static SHARES: Element = leaf("shares", UNSIGNED_INT, "The weight against other machines.");
static PERIOD: Element = period("period", "The period for each vCPU, in microseconds.");
static QUOTA: Element =
    quota("quota", "The time for each vCPU in a period, in microseconds; -1 for no limit.");
static GLOBAL_PERIOD: Element = period("global_period", "The period for the whole machine, in microseconds.");
static GLOBAL_QUOTA: Element =
    quota("global_quota", "The time for the whole machine in a period, in microseconds; -1 for no limit.");
static EMULATOR_PERIOD: Element =
    period("emulator_period", "The period for the emulator's own threads, in microseconds.");
static EMULATOR_QUOTA: Element = quota(
    "emulator_quota",
    "The time for the emulator's own threads in a period, in microseconds; -1 for no limit.",
);
static IOTHREAD_PERIOD: Element =
    period("iothread_period", "The period for each I/O thread, in microseconds.");
static IOTHREAD_QUOTA: Element =
    quota("iothread_quota", "The time for each I/O thread in a period, in microseconds; -1 for no limit.");

/// The host's CPUs that a thread is pinned to.
const CPUSET: Attribute = attr("cpuset", Cpuset, "The host's CPUs.").required();

static VCPUPIN: Element = element("vcpupin", "The host's CPUs that one vCPU is pinned to.")
    .identity(Identity::First(&["vcpu"]))
    .attributes(&[attr("vcpu", UNSIGNED_SHORT, "The number of the vCPU.").required(), CPUSET]);
static EMULATORPIN: Element =
    element("emulatorpin", "The host's CPUs that the emulator's own threads are pinned to.")
        .attributes(&[CPUSET]);
static IOTHREADPIN: Element = element("iothreadpin", "The host's CPUs that one I/O thread is pinned to.")
    .identity(Identity::First(&["iothread"]))
    .attributes(&[attr("iothread", UNSIGNED_INT, "The number of the I/O thread.").required(), CPUSET]);

/// The scheduler's policy (`schedparam`; libvirt's parser ignores a priority where the policy has none).
const POLICY: &[Attribute] = &[
    attr("scheduler", Choice(&["batch", "idle", "fifo", "rr"]), "The policy of the scheduler.")
        .words(&[
            ("batch", "for work that needs no quick answer"),
            ("idle", "when nothing else wants to run"),
            ("fifo", "real time: until it waits for something"),
            ("rr", "real time: those of the same priority take turns"),
        ])
        .required(),
    attr("priority", UNSIGNED_SHORT, "The priority, for a real-time policy.")
        .required()
        .when("scheduler", &["fifo", "rr"]),
];

static EMULATORSCHED: Element =
    element("emulatorsched", "How the emulator's own threads are scheduled.").attributes(POLICY);
/// The schema does without `vcpus`, libvirt does not (`virDomainThreadSchedParseHelper`).
static VCPUSCHED: Element = element("vcpusched", "How some of the vCPUs are scheduled.")
    .identity(Identity::First(&["vcpus"]))
    .attributes(attributes![&[attr("vcpus", Cpuset, "The numbers of the vCPUs.")], POLICY]);
/// The schema does without `iothreads`, libvirt does not (`virDomainThreadSchedParseHelper`).
static IOTHREADSCHED: Element = element("iothreadsched", "How some of the I/O threads are scheduled.")
    .attributes(attributes![&[attr("iothreads", Cpuset, "The numbers of the I/O threads.")], POLICY]);

/// The vCPUs that an allocation or a monitor is for.
const VCPUS_ATTRIBUTE: Attribute = attr("vcpus", Cpuset, "The numbers of the vCPUs.").since("12.8.0");
/// The same for a libvirt that demands them.
const OLD_VCPUS_ATTRIBUTE: Attribute =
    attr("vcpus", Cpuset, "The numbers of the vCPUs.").required().until("12.8.0");

static CACHE: Element = element("cache", "A part of one of the host's caches.").attributes(&[
    attr("id", UNSIGNED_INT, "The number of the cache.").required(),
    attr("level", UNSIGNED_INT, "The level of the cache.").required(),
    attr("type", Choice(&["both", "code", "data"]), "What the part is for.")
        .words(&[
            ("both", "code and data"),
            ("code", "only for instructions"),
            ("data", "only for what instructions read and write"),
        ])
        .required(),
    attr("size", UNSIGNED_LONG, "The size of the part.").required(),
    attr("unit", UNIT, "The unit of the size."),
]);
static CACHE_MONITOR: Element = element("monitor", "Watches how much of a cache some of the vCPUs use.")
    .attributes(&[
        attr("level", UNSIGNED_INT, "The level of the cache.").required(),
        OLD_VCPUS_ATTRIBUTE,
        VCPUS_ATTRIBUTE,
    ]);
/// libvirt prints the allocations before the monitors, and the `id` of a running machine only; its parser takes one
/// without either.
static CACHETUNE: Element =
    element("cachetune", "The parts of the host's caches that some of the vCPUs have.")
        .attributes(&[
            OLD_VCPUS_ATTRIBUTE,
            VCPUS_ATTRIBUTE,
            attr("id", Text, "The name of the allocation on the host.").live(),
        ])
        .children(&[child(&CACHE).many(), child(&CACHE_MONITOR).many()])
        .rules(&[rule(Relation::AtLeastOne(&["cache", "monitor"]))]);

static NODE: Element =
    element("node", "The memory bandwidth on one of the host's NUMA nodes.").attributes(&[
        attr("id", UNSIGNED_INT, "The number of the node.").required(),
        attr("bandwidth", UNSIGNED_INT, "The share of the bandwidth, in per cent.").required(),
    ]);
static NODE_MONITOR: Element = element("monitor", "Watches how much memory bandwidth some of the vCPUs use.")
    .attributes(&[OLD_VCPUS_ATTRIBUTE, VCPUS_ATTRIBUTE]);
/// libvirt's parser takes one without children. A running machine's has an `id`, which the schema refuses.
static MEMORYTUNE: Element = element("memorytune", "The memory bandwidth that some of the vCPUs have.")
    .attributes(&[OLD_VCPUS_ATTRIBUTE, VCPUS_ATTRIBUTE])
    .children(&[child(&NODE).many(), child(&NODE_MONITOR).many()])
    .rules(&[rule(Relation::AtLeastOne(&["node", "monitor"]))]);

static ENERGY_MONITOR: Element = element("monitor", "Watches how much energy some of the vCPUs use.")
    .attributes(&[attr("vcpus", Cpuset, "The numbers of the vCPUs.")]);
static ENERGYTUNE: Element = element("energytune", "How the energy that some of the vCPUs use is watched.")
    .attributes(&[
        attr("vcpus", Cpuset, "The numbers of the vCPUs."),
        attr("id", Text, "The name of the group on the host.").live(),
    ])
    .children(&[child(&ENERGY_MONITOR).many().required()]);

/// How the host schedules the machine's threads.
pub static CPUTUNE: Element = element("cputune", "How the host schedules the machine's threads.")
    .page("formatdomain.html#cpu-tuning")
    .children(&[
        child(&SHARES),
        child(&PERIOD),
        child(&QUOTA),
        child(&GLOBAL_PERIOD),
        child(&GLOBAL_QUOTA),
        child(&EMULATOR_PERIOD),
        child(&EMULATOR_QUOTA),
        child(&IOTHREAD_PERIOD),
        child(&IOTHREAD_QUOTA),
        child(&VCPUPIN).many(),
        child(&EMULATORPIN),
        child(&IOTHREADPIN).many(),
        child(&EMULATORSCHED),
        child(&VCPUSCHED).many(),
        child(&IOTHREADSCHED).many(),
        child(&CACHETUNE).many(),
        child(&MEMORYTUNE).many(),
        child(&ENERGYTUNE).many().since("12.4.0"),
    ]);
