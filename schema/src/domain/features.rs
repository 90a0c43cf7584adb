//! Hypervisor features.
//!
//! <https://libvirt.org/formatdomain.html#hypervisor-features>; `features` in domaincommon.rng;
//! `virDomainDefFormatFeatures` in `src/conf/domain_conf.c`, which prints them in the order of libvirt's enumerations.

use crate::Format::{AnyOf, Chars, Choice, Integer, OnOff, YesNo};
use crate::shared::amount::{amount_in_mebibytes, memory_amount};
use crate::shared::values::UNSIGNED_INT;
use crate::{Attribute, Element, attr, child, element, flag, since};

const PAGE: &str = "formatdomain.html#hypervisor-features";

/// The state of a feature that has to say it (`featurestate`).
const STATE: Attribute = attr("state", OnOff, "Whether it is on.").required();

/// The state of a feature that is on where it does not say it; libvirt prints it.
const OPTIONAL_STATE: Attribute = attr("state", OnOff, "Whether it is on.")
    .default("on", "virDomainFeaturesDefParse in src/conf/domain_conf.c");

/// The state of a feature that libvirt's schema lets go without it, and its parser does not.
const STATE_BY_PARSER: Attribute = attr("state", OnOff, "Whether it is on.").by_parser();

/// A feature that says whether it is on.
const fn switch(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).attributes(&[STATE])
}

/// A feature that is on by being there.
const fn optional_switch(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).attributes(&[OPTIONAL_STATE])
}

static ACPI: Element = flag("acpi", "Power management by ACPI.");
static APIC: Element = flag("apic", "A programmable interrupt controller.").attributes(&[attr(
    "eoi",
    OnOff,
    "Whether the guest may signal the end of an interrupt without an exit.",
)]);
static PAE: Element = flag("pae", "Physical addresses of more than 32 bits on a 32-bit guest.");
static HAP: Element = optional_switch("hap", "The processor's own paging for guests.");
static VIRIDIAN: Element = flag("viridian", "Xen's enlightenments for Windows.");
static PRIVNET: Element = flag("privnet", "A network namespace for the container.");

static SPINLOCKS: Element = element("spinlocks", "How long the guest spins on a lock.").attributes(&[
    STATE,
    // libvirt's parser demands it where the state is on, and does not print it where it is off.
    attr("retries", UNSIGNED_INT, "How often it tries before it lets the hypervisor know."),
]);
static STIMER: Element =
    element("stimer", "Synthetic timers.").attributes(&[STATE_BY_PARSER]).children(&[child(&STIMER_DIRECT)]);
static STIMER_DIRECT: Element = switch("direct", "Timers that interrupt the guest directly.");
static VENDOR_ID: Element = element("vendor_id", "The name of the hypervisor that the guest sees.")
    .attributes(&[
        STATE,
        // libvirt's parser demands it where the state is on.
        attr(
            "value",
            Chars { what: "up to 12 characters without comma", set: "^,", min: 0, max: 12 },
            "The name.",
        ),
    ]);
static TLBFLUSH: Element = element("tlbflush", "Flushing address translations by a call of the hypervisor.")
    .attributes(&[STATE_BY_PARSER])
    .children(&[child(&TLBFLUSH_DIRECT).since("11.0.0"), child(&TLBFLUSH_EXTENDED).since("11.0.0")]);
static TLBFLUSH_DIRECT: Element = switch("direct", "Flushing for nested guests without an exit.");
static TLBFLUSH_EXTENDED: Element = switch("extended", "Flushing parts only.");
static RELAXED: Element = switch("relaxed", "Whether the guest's timers may be late.");
static VAPIC: Element = switch("vapic", "A virtual interrupt controller.");
static VPINDEX: Element = switch("vpindex", "An index for each virtual processor.");
static RUNTIME: Element = switch("runtime", "The time that a virtual processor has run.");
static SYNIC: Element = switch("synic", "A synthetic interrupt controller.");
static RESET: Element = switch("reset", "Resetting the machine by Hyper-V's own way.");
static FREQUENCIES: Element = switch("frequencies", "The frequencies of the processor's clocks.");
static REENLIGHTENMENT: Element =
    switch("reenlightenment", "A notice after migration that the clock's frequency has changed.");
static IPI: Element = switch("ipi", "Interrupts between virtual processors by a call of the hypervisor.");
static EVMCS: Element = switch("evmcs", "A virtual machine control structure for nested guests.");
static AVIC: Element = switch("avic", "Hyper-V's interrupt controller together with the processor's own.");
static EMSR_BITMAP: Element =
    switch("emsr_bitmap", "Fewer exits of nested guests, by a bitmap of registers.");
static XMM_INPUT: Element = switch("xmm_input", "Arguments of calls in XMM registers.");

/// Where the enlightenments are listed one by one.
const PASSTHROUGH: &[&str] = &["passthrough"];

// libvirt prints this one, `kvm` and `xen` with a closing tag even where nothing stands in them.
static HYPERV: Element = element("hyperv", "Hyper-V's enlightenments, which make Windows run better.")
    .end_tag()
    .attributes(&[attr(
        "mode",
        AnyOf(&[Choice(&["custom", "passthrough"]), since("11.9.0", &Choice(&["host-model"]))]),
        "Whether they are listed, or all that the host can do are taken.",
    )
    .default("custom", "virDomainFeaturesHyperVDefParse in src/conf/domain_conf.c")
    .words(&[
        ("custom", "those that are listed"),
        ("passthrough", "all that the hypervisor can do, libvirt's knowledge or not"),
        ("host-model", "all that libvirt knows of and the hypervisor can do on this host"),
    ])
    .implied("custom")])
    .children(&[
        child(&RELAXED).unless("mode", PASSTHROUGH),
        child(&VAPIC).unless("mode", PASSTHROUGH),
        child(&SPINLOCKS).unless("mode", PASSTHROUGH),
        child(&VPINDEX).unless("mode", PASSTHROUGH),
        child(&RUNTIME).unless("mode", PASSTHROUGH),
        child(&SYNIC).unless("mode", PASSTHROUGH),
        child(&STIMER).unless("mode", PASSTHROUGH),
        child(&RESET).unless("mode", PASSTHROUGH),
        child(&VENDOR_ID).unless("mode", PASSTHROUGH),
        child(&FREQUENCIES).unless("mode", PASSTHROUGH),
        child(&REENLIGHTENMENT).unless("mode", PASSTHROUGH),
        child(&TLBFLUSH).unless("mode", PASSTHROUGH),
        child(&IPI).unless("mode", PASSTHROUGH),
        child(&EVMCS).unless("mode", PASSTHROUGH),
        child(&AVIC).unless("mode", PASSTHROUGH),
        child(&EMSR_BITMAP).unless("mode", PASSTHROUGH).since("10.7.0"),
        child(&XMM_INPUT).unless("mode", PASSTHROUGH).since("10.7.0"),
    ]);

static HIDDEN: Element = switch("hidden", "Whether the guest cannot see that it runs on KVM.");
static HINT_DEDICATED: Element =
    switch("hint-dedicated", "A hint that the vCPUs have processors of their own.");
static POLL_CONTROL: Element = switch("poll-control", "Polling by the guest in place of the host.");
static PV_IPI: Element = switch("pv-ipi", "Interrupts between vCPUs by a call of the hypervisor.");
// libvirt's parser demands the size where the state is on, and takes powers of two from 1024 to 65536 only.
static DIRTY_RING: Element = element("dirty-ring", "A ring buffer for the pages that the guest writes to.")
    .attributes(&[STATE, attr("size", UNSIGNED_INT, "The number of its entries.")]);
static KVM: Element = element("kvm", "Features of KVM's.").end_tag().children(&[
    child(&HIDDEN),
    child(&HINT_DEDICATED),
    child(&POLL_CONTROL),
    child(&PV_IPI),
    child(&DIRTY_RING),
]);

static PVSPINLOCK: Element = optional_switch("pvspinlock", "Locks on which the guest does not spin.");

static CAP_AUDIT_CONTROL: Element = capability("audit_control", "Switch the kernel's auditing.");
static CAP_AUDIT_WRITE: Element = capability("audit_write", "Write to the kernel's audit log.");
static CAP_BLOCK_SUSPEND: Element = capability("block_suspend", "Keep the host from sleeping.");
static CAP_CHOWN: Element = capability("chown", "Give files to others.");
static CAP_DAC_OVERRIDE: Element =
    capability("dac_override", "Read and write files whatever their permissions.");
static CAP_DAC_READ_SEARCH: Element =
    capability("dac_read_search", "Read files and search directories whatever their permissions.");
static CAP_FOWNER: Element = capability("fowner", "Do to any file what its owner may.");
static CAP_FSETID: Element = capability("fsetid", "Keep the set-user-ID bit of files that change.");
static CAP_IPC_LOCK: Element = capability("ipc_lock", "Lock memory.");
static CAP_IPC_OWNER: Element = capability("ipc_owner", "Use the shared memory of others.");
static CAP_KILL: Element = capability("kill", "Send signals to processes of others.");
static CAP_LEASE: Element = capability("lease", "Take leases on any file.");
static CAP_LINUX_IMMUTABLE: Element = capability("linux_immutable", "Make files immutable.");
static CAP_MAC_ADMIN: Element = capability("mac_admin", "Change mandatory access control.");
static CAP_MAC_OVERRIDE: Element = capability("mac_override", "Override mandatory access control.");
static CAP_MKNOD: Element = capability("mknod", "Make device nodes.");
static CAP_NET_ADMIN: Element = capability("net_admin", "Configure networks.");
static CAP_NET_BIND_SERVICE: Element = capability("net_bind_service", "Listen on ports below 1024.");
static CAP_NET_BROADCAST: Element = capability("net_broadcast", "Send broadcasts and listen to multicasts.");
static CAP_NET_RAW: Element = capability("net_raw", "Use raw sockets.");
static CAP_SETGID: Element = capability("setgid", "Change the group of processes.");
static CAP_SETFCAP: Element = capability("setfcap", "Give capabilities to files.");
static CAP_SETPCAP: Element = capability("setpcap", "Change the capabilities of processes.");
static CAP_SETUID: Element = capability("setuid", "Change the user of processes.");
static CAP_SYS_ADMIN: Element = capability("sys_admin", "Administer the system.");
static CAP_SYS_BOOT: Element = capability("sys_boot", "Restart the host.");
static CAP_SYS_CHROOT: Element = capability("sys_chroot", "Change the root directory.");
static CAP_SYS_MODULE: Element = capability("sys_module", "Load kernel modules.");
static CAP_SYS_NICE: Element = capability("sys_nice", "Raise priorities.");
static CAP_SYS_PACCT: Element = capability("sys_pacct", "Switch process accounting.");
static CAP_SYS_PTRACE: Element = capability("sys_ptrace", "Trace any process.");
static CAP_SYS_RAWIO: Element = capability("sys_rawio", "Use I/O ports.");
static CAP_SYS_RESOURCE: Element = capability("sys_resource", "Override resource limits.");
static CAP_SYS_TIME: Element = capability("sys_time", "Set the system's clock.");
static CAP_SYS_TTY_CONFIG: Element = capability("sys_tty_config", "Configure terminals.");
static CAP_SYSLOG: Element = capability("syslog", "Read the kernel's log.");
static CAP_WAKE_ALARM: Element = capability("wake_alarm", "Wake the host.");

/// A capability of the container's processes.
const fn capability(name: &'static str, doc: &'static str) -> Element {
    // libvirt's parser takes `on` for a state that is missing.
    const ATTRIBUTES: &[Attribute] = &[attr("state", OnOff, "Whether the processes have it.")
        .default("on", "virDomainFeaturesCapabilitiesDefParse in src/conf/domain_conf.c")
        .by_schema()];
    element(name, doc).attributes(ATTRIBUTES)
}

const NO_CAPABILITY: &str = "libvirt 11.3 knows no such capability: leave it out";

static CAPABILITIES: Element = element("capabilities", "What the processes of the container may do.")
    .attributes(&[
        // libvirt's parser takes `default` for one that is missing, and prints nothing where no capability follows.
        attr("policy", Choice(&["default", "allow", "deny"]), "What goes for those that are not listed.")
            .default("default", "virDomainFeaturesCapabilitiesDefParse in src/conf/domain_conf.c")
            .words(&[
                ("default", "a few that endanger the host are dropped, the others allowed"),
                ("allow", "all are allowed"),
                ("deny", "none is allowed"),
            ])
            .by_schema(),
    ])
    .children(&[
        child(&CAP_AUDIT_CONTROL),
        child(&CAP_AUDIT_WRITE),
        child(&CAP_BLOCK_SUSPEND),
        child(&CAP_CHOWN),
        child(&CAP_DAC_OVERRIDE),
        child(&CAP_DAC_READ_SEARCH),
        child(&CAP_FOWNER),
        child(&CAP_FSETID),
        child(&CAP_IPC_LOCK),
        child(&CAP_IPC_OWNER),
        child(&CAP_KILL),
        child(&CAP_LEASE),
        child(&CAP_LINUX_IMMUTABLE),
        child(&CAP_MAC_ADMIN),
        child(&CAP_MAC_OVERRIDE),
        child(&CAP_MKNOD),
        child(&CAP_NET_ADMIN),
        child(&CAP_NET_BIND_SERVICE),
        child(&CAP_NET_BROADCAST),
        child(&CAP_NET_RAW),
        child(&CAP_SETGID),
        child(&CAP_SETFCAP),
        child(&CAP_SETPCAP),
        child(&CAP_SETUID),
        child(&CAP_SYS_ADMIN),
        child(&CAP_SYS_BOOT),
        child(&CAP_SYS_CHROOT),
        child(&CAP_SYS_MODULE),
        child(&CAP_SYS_NICE),
        child(&CAP_SYS_PACCT),
        child(&CAP_SYS_PTRACE),
        child(&CAP_SYS_RAWIO),
        child(&CAP_SYS_RESOURCE),
        child(&CAP_SYS_TIME),
        child(&CAP_SYS_TTY_CONFIG),
        child(&CAP_SYSLOG),
        child(&CAP_WAKE_ALARM),
    ])
    .misplaced_names(&[
        ("audit_read", NO_CAPABILITY),
        ("bpf", NO_CAPABILITY),
        ("checkpoint_restore", NO_CAPABILITY),
        ("perfmon", NO_CAPABILITY),
    ]);

static PMU: Element = optional_switch("pmu", "A unit that monitors performance.");
static VMPORT: Element = optional_switch("vmport", "VMware's I/O port, by which a mouse is emulated.");
static GIC: Element = flag("gic", "An interrupt controller of ARM's.").attributes(&[attr(
    "version",
    AnyOf(&[Choice(&["host"]), Integer { min: 2, max: 3 }]),
    "Its version.",
)
.default_in_words(
    "what the host's KVM has, or 2",
    "qemuDomainDefEnableDefaultFeatures in src/qemu/qemu_postparse.c",
)
.words(&[("host", "the one that the host's hardware has")])]);
// libvirt prints the unit as it was given.
static TSEG: Element = amount_in_mebibytes("tseg", "The memory that is set aside for it.");
// libvirt's parser takes `on` where `tseg` stands without a state.
static SMM: Element =
    optional_switch("smm", "The processor's system management mode.").children(&[child(&TSEG).with("state")]);
// libvirt's parser takes one without driver, and drops it; the same goes for the value of the four that follow.
static IOAPIC: Element = element("ioapic", "The interrupt controller for devices.").attributes(&[attr(
    "driver",
    Choice(&["qemu", "kvm"]),
    "What emulates it.",
)
.default_in_words(
    "qemu, where there is an Intel IOMMU",
    "qemuDomainDefEnableDefaultFeatures in src/qemu/qemu_postparse.c",
)
.words(&[("qemu", "the hypervisor's process"), ("kvm", "the kernel")])
.by_schema()]);
static CFPC: Element = mitigation("cfpc", "Flushing the cache on a change of privilege, on POWER.");
static SBBC: Element = mitigation("sbbc", "A barrier against speculation past bounds, on POWER.");
static IBS: Element = element("ibs", "Serialising indirect branches, on POWER.").attributes(&[attr(
    "value",
    Choice(&["broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na"]),
    "How the guest is protected.",
)
.words(&[
    ("broken", "not at all"),
    ("workaround", "by software, which flushes a cache"),
    ("fixed-ibs", "indirect branches run one after the other"),
    ("fixed-ccd", "the cache of counts is switched off"),
    ("fixed-na", "by the hardware, which does not have the fault"),
])
.required()]);
static AIA: Element = element("aia", "The advanced interrupt architecture, on RISC-V.").attributes(&[attr(
    "value",
    Choice(&["none", "aplic", "aplic-imsic"]),
    "Its parts.",
)
.words(&[
    ("none", "the old interrupt controller"),
    ("aplic", "one controller for wired interrupts on each socket"),
    ("aplic-imsic", "beside it, one for message-signalled interrupts on each core"),
])
.required()]);

/// A protection against an attack on POWER.
const fn mitigation(name: &'static str, doc: &'static str) -> Element {
    const ATTRIBUTES: &[Attribute] =
        &[attr("value", Choice(&["broken", "workaround", "fixed"]), "How the guest is protected.")
            .words(&[
                ("broken", "not at all"),
                ("workaround", "by software in the guest"),
                ("fixed", "by the hardware"),
            ])
            .required()];
    element(name, doc).attributes(ATTRIBUTES)
}

static MAX_PAGE_SIZE: Element = memory_amount("maxpagesize", "The greatest page that the guest may use.");
static HPT: Element = element("hpt", "The page table of a POWER guest.")
    .attributes(&[attr(
        "resizing",
        Choice(&["enabled", "disabled", "required"]),
        "Whether the table may grow and shrink.",
    )
    .words(&[
        ("enabled", "it may, where host and guest can do it"),
        ("disabled", "it may not"),
        ("required", "it must; the machine does not start where that cannot be"),
    ])])
    .children(&[child(&MAX_PAGE_SIZE)]);
static VMCOREINFO: Element =
    optional_switch("vmcoreinfo", "A device by which the guest tells where its crash dump is.");
static HTM: Element = switch("htm", "Transactional memory, on POWER.");
static NESTED_HV: Element = switch("nested-hv", "Guests within the guest, on POWER.");
static MSRS: Element = element("msrs", "Model-specific registers.").attributes(&[attr(
    "unknown",
    Choice(&["ignore", "fault"]),
    "What happens when the guest uses one that is unknown.",
)
.words(&[("ignore", "a read gives zero, and a write does nothing"), ("fault", "the guest gets an exception")])
.required()]);
static CCF_ASSIST: Element = switch("ccf-assist", "Help with flushing the count cache, on POWER.");

static E820_HOST: Element = switch("e820_host", "The memory map of the host.");
static PASSTHROUGH_DEVICES: Element = element("passthrough", "Passing PCI devices through.").attributes(&[
    STATE,
    attr("mode", Choice(&["sync_pt", "share_pt"]), "How the IOMMU's page tables are made.").words(&[
        ("sync_pt", "apart from the CPU's, and kept in step with them"),
        ("share_pt", "they are the CPU's own"),
    ]),
]);
static XEN: Element = element("xen", "Features of Xen's.")
    .end_tag()
    .children(&[child(&E820_HOST), child(&PASSTHROUGH_DEVICES)]);

static TB_CACHE: Element = memory_amount("tb-cache", "The size of the cache of translated code.");
static TCG: Element = element("tcg", "Features of QEMU's own emulator.").children(&[child(&TB_CACHE)]);
static ASYNC_TEARDOWN: Element = element(
    "async-teardown",
    "Giving memory back after the machine has stopped.",
)
.attributes(&[attr("enabled", YesNo, "Whether it is on.")
    .default("yes", "virDomainFeaturesDefParse in src/conf/domain_conf.c")]);
static RAS: Element = switch("ras", "Memory errors of the host that the guest learns of.");
static PS2: Element = switch("ps2", "A controller for PS/2 keyboard and mouse.");

static VIRTUALIZATION: Element = flag("virtualization", "Guests within the guest, on ARM.");

/// `features`: what the hypervisor offers to the guest, such as ACPI or Hyper-V's interfaces.
pub static FEATURES: Element =
    element("features", "What the hypervisor offers the guest.").page(PAGE).children(&[
        child(&ACPI),
        child(&APIC),
        child(&PAE),
        child(&HAP),
        child(&VIRIDIAN),
        child(&PRIVNET),
        child(&HYPERV),
        child(&KVM),
        child(&PVSPINLOCK),
        child(&CAPABILITIES),
        child(&PMU),
        child(&VMPORT),
        child(&GIC),
        child(&SMM),
        child(&IOAPIC),
        child(&HPT),
        child(&VMCOREINFO),
        child(&HTM),
        child(&NESTED_HV),
        child(&MSRS),
        child(&CCF_ASSIST),
        child(&XEN),
        child(&CFPC),
        child(&SBBC),
        child(&IBS),
        child(&TCG),
        child(&ASYNC_TEARDOWN).since("9.6.0"),
        child(&RAS).since("10.4.0"),
        child(&PS2).since("10.7.0"),
        child(&AIA).since("11.1.0"),
        child(&VIRTUALIZATION).since("12.1.0"),
    ]);
