//! Time keeping, reactions to events, power management and performance events.
//!
//! <https://libvirt.org/formatdomain.html#time-keeping>; `clock`, `events`, `pm` and `perf` in domaincommon.rng;
//! `virDomainClockDefFormat`, `virDomainTimerDefFormat`, `virDomainPerfDefFormat` in `src/conf/domain_conf.c`.

use crate::Format::{self, AnyOf, Chars, Choice, Integer, Pattern, YesNo};
use crate::shared::values::{UNSIGNED_INT, UNSIGNED_LONG};
use crate::{Element, Identity, Words, attr, child, element, leaf, since, words};

const PAGE: &str = "formatdomain.html#time-keeping";
const EVENTS_PAGE: &str = "formatdomain.html#events-configuration";

/// A difference in seconds, with or without a sign (`timeDelta`); the schema sets no bounds, libvirt's parser has 64
/// bits.
const TIME_DELTA: Format = AnyOf(&[
    Integer { min: i64::MIN as i128, max: i64::MAX as i128 },
    Pattern { what: "a number of seconds", pattern: r"(-|\+)?[0-9]+", example: "+3600" },
]);
const ADJUSTMENT_DOC: &str = "How many seconds the clock is ahead.";

static CATCHUP: Element = element("catchup", "How missed ticks are made up for.").attributes(&[
    attr("threshold", UNSIGNED_INT, "From how far behind on."),
    attr("slew", UNSIGNED_INT, "How fast."),
    attr("limit", UNSIGNED_INT, "Up to how far behind."),
]);

/// Timers that track another clock.
const TRACKING: &[&str] = &["platform", "rtc"];
/// Timers that have a policy for ticks.
const TICKING: &[&str] = &["platform", "rtc", "tsc", "hpet", "pit", "armvtimer"];

static TIMER: Element = element("timer", "A time source of the guest.")
    .identity(Identity::First(&["name"]))
    .attributes(&[
        attr(
            "name",
            Choice(&["platform", "pit", "rtc", "hpet", "tsc", "kvmclock", "hypervclock", "armvtimer"]),
            "The time source.",
        )
        .words(&[
            ("platform", "the time source of Xen's own platform"),
            ("pit", "the PC's programmable interval timer"),
            ("rtc", "the battery-backed clock"),
            ("hpet", "the PC's high precision event timer"),
            ("tsc", "the time stamp counter of the CPU"),
            ("kvmclock", "KVM's paravirtual clock, for Linux"),
            ("hypervclock", "Hyper-V's paravirtual clock, for Windows"),
            ("armvtimer", "the virtual timer of ARM's CPUs"),
        ])
        .required(),
        attr("present", YesNo, "Whether the guest has it."),
        attr(
            "tickpolicy",
            Choice(&["delay", "catchup", "merge", "discard"]),
            "What happens to ticks that the guest misses.",
        )
        .words(&[
            ("delay", "they come later at the normal rate, so that the guest's time falls behind"),
            ("catchup", "they come faster than normal until the guest's time is right"),
            ("merge", "several become one, and the guest's time can fall behind"),
            ("discard", "they are lost, and the next ones come at their time"),
        ])
        .when("name", TICKING),
        attr("track", Choice(&["boot", "guest", "wall", "realtime"]), "The clock that it follows.")
            .words(&[
                ("guest", "a clock that stands while the machine is paused"),
                ("wall", "the host's clock, with its changes"),
                ("realtime", "the host's clock that is never set back"),
            ])
            .when("name", TRACKING),
        attr("frequency", UNSIGNED_LONG, "The frequency in Hz.").when("name", &["tsc"]),
        attr(
            "mode",
            Choice(&["auto", "native", "emulate", "paravirt", "smpsafe"]),
            "How the guest gets at it.",
        )
        .words(&[
            ("auto", "directly where that is safe, and else emulated"),
            ("native", "directly, from the hardware"),
            ("emulate", "each read is emulated"),
            ("smpsafe", "for Xen, the same as auto"),
            ("paravirt", "directly, with a paravirtual hint that tells when it jumps"),
        ])
        .when("name", &["tsc"]),
    ])
    .children(&[child(&CATCHUP).when("tickpolicy", &["catchup"])]);

/// The clock of the guest.
pub static CLOCK: Element = element("clock", "The clock of the guest.")
    .page(PAGE)
    .attributes(&[
        attr(
            "offset",
            Choice(&["utc", "localtime", "variable", "timezone", "absolute"]),
            "What the clock shows when the machine starts.",
        )
        .default_in_words(
            "utc, or variable where there is an adjustment",
            "virDomainDefClockParse in src/conf/domain_conf.c",
        )
        .words(&[
            ("utc", "the time in UTC"),
            ("localtime", "the time where the host is"),
            ("variable", "the time of `basis` and `adjustment`; what the guest sets is kept"),
            ("timezone", "the time in the time zone of `timezone`"),
            ("absolute", "always the same time, that of `start`"),
        ])
        .by_schema()
        .implied("utc"),
        // libvirt turns `utc` or `localtime` with a number into `variable` on that basis.
        attr(
            "adjustment",
            AnyOf(&[Choice(&["reset"]), TIME_DELTA]),
            "How many seconds the clock is ahead; `reset` drops what the guest has set.",
        )
        .words(&[("reset", "what the guest has set is forgotten at each start")])
        .when("offset", &["utc", "localtime"]),
        attr("adjustment", TIME_DELTA, ADJUSTMENT_DOC)
            .default("0", "virDomainDefClockParse in src/conf/domain_conf.c")
            .when("offset", &["variable"]),
        attr("basis", Choice(&["utc", "localtime"]), "What the adjustment is added to.")
            .default("utc", "virDomainDefClockParse in src/conf/domain_conf.c")
            .words(&[("utc", "the time in UTC"), ("localtime", "the time where the host is")])
            .when("offset", &["variable"]),
        // libvirt's parser demands it.
        attr(
            "timezone",
            Chars {
                what: "a time zone such as Europe/Berlin",
                set: "a-zA-Z0-9_.+/-",
                min: 1,
                max: usize::MAX,
            },
            "The time zone.",
        )
        .when("offset", &["timezone"]),
        attr("start", UNSIGNED_LONG, "The time in seconds since 1970.")
            .required()
            .when("offset", &["absolute"]),
    ])
    .children(&[child(&TIMER).many()]);

/// The actions that libvirt offers for a machine that stops or restarts (`offOptions`).
const OFF_OPTIONS: Format = Choice(&["destroy", "restart", "preserve", "rename-restart"]);

/// The meanings of the words of [`OFF_OPTIONS`].
const OFF_WORDS: Words = &[
    ("destroy", "the machine stops"),
    ("restart", "the machine starts again, with the same definition"),
    ("preserve", "the machine is kept as it is, to be looked at"),
    ("rename-restart", "the machine starts again under another name (Xen)"),
];

/// The action to take when the guest powers off.
pub static ON_POWEROFF: Element = leaf("on_poweroff", OFF_OPTIONS, "What happens when the guest powers off.")
    .page(EVENTS_PAGE)
    .words(OFF_WORDS)
    .default("destroy", "virDomainDefParseXML in src/conf/domain_conf.c");

/// The action to take when the guest restarts.
pub static ON_REBOOT: Element = leaf("on_reboot", OFF_OPTIONS, "What happens when the guest restarts.")
    .page(EVENTS_PAGE)
    .words(OFF_WORDS)
    .default("restart", "virDomainDefParseXML in src/conf/domain_conf.c");

/// The action to take when the guest crashes.
pub static ON_CRASH: Element = leaf(
    "on_crash",
    AnyOf(&[
        Choice(&["destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart"]),
        since("12.6.0", &Choice(&["preserve-running"])),
    ]),
    "What happens when the guest crashes.",
)
.default("destroy", "virDomainDefParseXML in src/conf/domain_conf.c")
.words(words![
    OFF_WORDS,
    &[
        ("coredump-destroy", "the memory is written to a file, and the machine stops"),
        ("coredump-restart", "the memory is written to a file, and the machine starts again"),
        ("preserve-running", "the machine runs on, and the guest deals with its crash"),
    ]
])
.page(EVENTS_PAGE);

/// The action to take when the lock manager loses its locks.
pub static ON_LOCKFAILURE: Element = leaf(
    "on_lockfailure",
    Choice(&["poweroff", "restart", "pause", "ignore"]),
    "What happens when the lock manager loses its locks.",
)
.words(&[
    ("poweroff", "the guest is cut off"),
    ("restart", "the guest is cut off, and started again"),
    ("pause", "the guest is stopped until somebody lets it go on"),
    ("ignore", "it runs on, as if it had the locks"),
])
.page(EVENTS_PAGE);

static SUSPEND_TO_MEM: Element = element("suspend-to-mem", "Sleeping with the memory kept (S3).")
    .attributes(&[attr("enabled", YesNo, "Whether the guest is offered it.")]);
static SUSPEND_TO_DISK: Element = element("suspend-to-disk", "Sleeping with the memory on disk (S4).")
    .attributes(&[attr("enabled", YesNo, "Whether the guest is offered it.")]);

/// The sleep states that the guest is offered.
pub static PM: Element = element("pm", "The sleep states that the guest is offered.")
    .page("formatdomain.html#power-management")
    .children(&[child(&SUSPEND_TO_MEM), child(&SUSPEND_TO_DISK)]);

// libvirt prints the events in the order of the names here.
static EVENT: Element = element("event", "An event of the host's.").attributes(&[
    attr(
        "name",
        Choice(&[
            "cmt",
            "mbmt",
            "mbml",
            "cpu_cycles",
            "instructions",
            "cache_references",
            "cache_misses",
            "branch_instructions",
            "branch_misses",
            "bus_cycles",
            "stalled_cycles_frontend",
            "stalled_cycles_backend",
            "ref_cpu_cycles",
            "cpu_clock",
            "task_clock",
            "page_faults",
            "context_switches",
            "cpu_migrations",
            "page_faults_min",
            "page_faults_maj",
            "alignment_faults",
            "emulation_faults",
        ]),
        "The event.",
    )
    .words(&[
        ("cmt", "bytes of the L3 cache in use"),
        ("mbmt", "memory bandwidth from one level of cache, all in all"),
        ("mbml", "memory bandwidth of one memory controller"),
        ("cpu_cycles", "cycles of the CPU"),
        ("instructions", "instructions run"),
        ("cache_references", "accesses of the last cache"),
        ("cache_misses", "accesses that the last cache could not serve"),
        ("branch_instructions", "branches run"),
        ("branch_misses", "branches foretold wrongly"),
        ("bus_cycles", "cycles of the bus"),
        ("stalled_cycles_frontend", "cycles without an instruction to begin"),
        ("stalled_cycles_backend", "cycles in which instructions waited for something"),
        ("ref_cpu_cycles", "cycles at the CPU's nominal frequency"),
        ("cpu_clock", "time of all the CPUs, by their timers"),
        ("task_clock", "time that the machine ran on CPUs"),
        ("page_faults", "accesses of memory that was not mapped"),
        ("context_switches", "how often a CPU went over to something else"),
        ("cpu_migrations", "how often a thread moved to another CPU"),
        ("page_faults_min", "faults that needed no storage"),
        ("page_faults_maj", "faults that read from storage"),
        ("alignment_faults", "accesses at unaligned addresses that the kernel had to mend"),
        ("emulation_faults", "instructions that the kernel emulated"),
    ])
    .required(),
    attr("enabled", YesNo, "Whether it is counted.").required(),
]);

/// The events that the host counts for the machine.
pub static PERF: Element = element("perf", "The events that the host counts for the machine.")
    .page("formatdomain.html#performance-monitoring-events")
    .children(&[child(&EVENT).many().by_schema()]);
