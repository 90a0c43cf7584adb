//! How a machine boots: `os`, `bootloader`, and what its firmware tells it: `sysinfo`.
//!
//! <https://libvirt.org/formatdomain.html#operating-system-booting>; `os`, `bootloader` and `sysinfo` in
//! domaincommon.rng; `virDomainDefFormatInternalSetRootName`, `virDomainLoaderDefFormat` in `src/conf/domain_conf.c`,
//! `virSysinfoFormat` in `src/util/virsysinfo.c`.
//!
//! The parts of `os` depend on the text of its `type`: a fully virtualised machine (`hvm`), one that Xen boots itself
//! (`xen`, `linux`, `xenpvh`), or a container (`exe`).

use super::devices::disk_source::{DISK_TYPE, SOURCE, WITH_SOURCE};
use crate::Format::{self, AnyOf, Chars, Choice, Integer, Path, Pattern, Text, YesNo};
use crate::shared::values::{ARCH, GENERIC_NAME, UNSIGNED_SHORT, VMWARE_PATH};
use crate::{
    Condition, Element, Guard, Identity, Relation, Words, attr, child, child_text, element, leaf, own_text,
    rule, since, text,
};

const PAGE: &str = "formatdomain.html#operating-system-booting";
const CONTAINER_PAGE: &str = "formatdomain.html#container-boot";
const SYSINFO_PAGE: &str = "formatdomain.html#smbios-system-information";

/// Where the machine is fully virtualised.
const HVM: Condition = child_text("type", &["hvm"]);
/// Where the machine is a container.
const EXE: Condition = child_text("type", &["exe"]);
/// Where the machine has a kernel of its own.
const BOOTS: Condition = child_text("type", &["hvm", "xen", "linux", "xenpvh"]);

/// Where Xen boots the machine itself.
const XEN: Condition = own_text(&["xen", "linux", "xenpvh"]);

static TYPE: Element = element("type", "What kind of machine is booted.")
    .attributes(&[
        attr("arch", ARCH, "The architecture of the CPU.")
            .default_in_words(
                "the host's; i686 for the test driver",
                "virDomainDefPostParse in src/conf/domain_postparse.c",
            )
            .each("a CPU architecture, as libvirt names it; most are QEMU's names"),
        attr(
            "machine",
            Chars {
                what: "a machine type of letters, digits, `_`, `.` and `-`",
                set: "a-zA-Z0-9_.-",
                min: 1,
                max: usize::MAX,
            },
            "The machine type, e.g. `q35`.",
        )
        .default_in_words(
            "the emulator's own default: pc on x86, pseries, s390-ccw-virtio",
            "qemuDomainDefMachinePostParse in src/qemu/qemu_postparse.c",
        )
        .families(&[("pc", "pc-i440fx"), ("q35", "pc-q35")]),
    ])
    .text(text(Choice(&["hvm", "xen", "linux", "xenpvh", "exe"])).key("type"))
    .words(&[
        ("hvm", "a whole machine, for systems made for bare metal"),
        ("xen", "a guest that knows Xen and does without emulation"),
        ("linux", "the same, under its old name"),
        ("xenpvh", "a guest that knows Xen, with the help of the CPU"),
        ("exe", "a container"),
    ])
    .default_in_words("xen where there is a `bootloader`", "virDomainDefParseCaps in src/conf/domain_conf.c")
    .rules(&[
        rule(Relation::Within("@arch", &["i686", "x86_64", "ia64"])).only(XEN),
        rule(Relation::Within("@machine", &["xenpv", "xenfv", "xenpvh"])).only(XEN),
        rule(Relation::Within("@machine", &[])).only(own_text(&["exe"])),
    ])
    .required_text();

static FEATURE: Element = element("feature", "A feature that the firmware must have or lack.")
    .identity(Identity::First(&["name"]))
    .attributes(&[
        attr("enabled", YesNo, "Whether the firmware must have it or lack it.").required(),
        attr("name", Choice(&["enrolled-keys", "secure-boot"]), "The feature.")
            .words(&[
                ("enrolled-keys", "certificates are enrolled, so that what is not signed is refused"),
                ("secure-boot", "the firmware can refuse to boot what is not signed"),
            ])
            .required(),
    ]);
// libvirt's parser takes one without features and drops it.
static FIRMWARE: Element = element("firmware", "What the firmware that libvirt picks must be able to do.")
    .page("formatdomain.html#bios-bootloader")
    .children(&[child(&FEATURE).many().by_schema()]);

/// The formats of a flash image (`pflashFormatTypes`).
const PFLASH_FORMAT: Format = Choice(&["raw", "qcow2"]);

/// The formats of firmware images.
const FIRMWARE_FORMATS: Words =
    &[("raw", "the plain content"), ("qcow2", "QEMU's own, as snapshots within images need it")];

static LOADER: Element = element("loader", "The firmware.")
    .page("formatdomain.html#bios-bootloader")
    .attributes(&[
        attr("readonly", YesNo, "Whether the image cannot be written to.").default_in_words(
            "yes, where libvirt picks the firmware",
            "qemuFirmwareFillDomain in src/qemu/qemu_firmware.c",
        ),
        attr("secure", YesNo, "Whether the firmware supports secure boot."),
        attr("type", Choice(&["rom", "pflash"]), "How the image appears in the guest's memory.")
            .default_in_words(
                "rom, but for firmware that libvirt picks",
                "virDomainDefPostParseCommon in src/conf/domain_postparse.c",
            )
            .words(&[
                ("rom", "as read-only memory: one file, without variables that last"),
                ("pflash", "as flash memory: beside it, variables are kept in `nvram`"),
            ]),
        attr("stateless", YesNo, "Whether the firmware works without variables that it keeps."),
        attr("format", PFLASH_FORMAT, "The format of the image.")
            .default_in_words(
                "raw, where there is a path",
                "virDomainLoaderDefParseXMLLoader in src/conf/domain_conf.c",
            )
            .words(FIRMWARE_FORMATS)
            .since("9.2.0"),
    ])
    .text(text(Path).key("path").optional());

// A path, or a source as a disk has it. libvirt's parser reads a source only where `type` is given.
static NVRAM: Element = element("nvram", "Where the firmware keeps its variables.")
    .page("formatdomain.html#bios-bootloader")
    .attributes(&[
        attr("template", Path, "The file that a new one is copied from.").default_in_words(
            "that of the firmware, where libvirt picks it",
            "qemuFirmwareFillDomain in src/qemu/qemu_firmware.c",
        ),
        attr("templateFormat", PFLASH_FORMAT, "The format of that file.")
            .default_in_words(
                "raw, where there is a template",
                "virDomainLoaderDefParseXMLNvram in src/conf/domain_conf.c",
            )
            .words(FIRMWARE_FORMATS)
            .with("template")
            .since("10.10.0")
            .until("12.8.0"),
        attr("templateFormat", PFLASH_FORMAT, "The format of that file.")
            .default_in_words(
                "raw, where there is a template",
                "virDomainLoaderDefParseXMLNvram in src/conf/domain_conf.c",
            )
            .words(FIRMWARE_FORMATS)
            .since("12.8.0"),
        DISK_TYPE,
        attr("format", PFLASH_FORMAT, "The format of the variables' file.")
            .default_in_words(
                "raw, where there is a path or a template",
                "virDomainLoaderDefParseXMLNvram in src/conf/domain_conf.c",
            )
            .words(FIRMWARE_FORMATS)
            .since("9.2.0"),
    ])
    .children(&[
        child(&SOURCE).unless("type", WITH_SOURCE),
        child(&SOURCE).required().when("type", WITH_SOURCE),
    ])
    .text(text(AnyOf(&[Path, since("12.8.0", &VMWARE_PATH)])).key("path").optional())
    .default_in_words(
        "a file in libvirt's own folder, by the name of the machine",
        "qemuFirmwareFillDomain in src/qemu/qemu_firmware.c",
    )
    .rules(&[rule(Relation::Excludes("#", &["@type", "source"]))]);

static VARSTORE: Element = element("varstore", "Where firmware that is built for it keeps its variables.")
    .page("formatdomain.html#bios-bootloader")
    .attributes(&[
        attr("template", Path, "The file that a new one is copied from."),
        attr("path", Path, "The file with the variables."),
    ]);

static INIT: Element = leaf("init", Path, "The first program of the container, which it cannot do without.")
    .page(CONTAINER_PAGE);
static INITARG: Element = leaf("initarg", Text, "An argument of the first program.").page(CONTAINER_PAGE);
static INITENV: Element = element("initenv", "An environment variable of the first program.")
    .page(CONTAINER_PAGE)
    .attributes(&[attr(
        "name",
        Pattern {
            what: "the name of an environment variable",
            pattern: "[a-zA-Z_]+[a-zA-Z0-9_]*",
            example: "PATH",
        },
        "The variable.",
    )
    .required()])
    .text(text(Text));
static INITDIR: Element =
    leaf("initdir", Path, "The directory in which the first program runs.").page(CONTAINER_PAGE);
static INITUSER: Element =
    leaf("inituser", GENERIC_NAME, "The user as whom the first program runs.").page(CONTAINER_PAGE);
static INITGROUP: Element =
    leaf("initgroup", GENERIC_NAME, "The group as which the first program runs.").page(CONTAINER_PAGE);

const KERNEL_PAGE: &str = "formatdomain.html#direct-kernel-boot";

static KERNEL: Element =
    element("kernel", "The kernel that is booted directly.").page(KERNEL_PAGE).text(text(Path).key("path"));
static INITRD: Element =
    element("initrd", "The initial RAM disk of the kernel.").page(KERNEL_PAGE).text(text(Path).key("path"));
static CMDLINE: Element =
    element("cmdline", "The command line of the kernel.").page(KERNEL_PAGE).text(text(Text).key("options"));
static SHIM: Element =
    leaf("shim", Text, "The boot loader that checks the kernel for secure boot.").page(KERNEL_PAGE);
static DTB: Element = leaf("dtb", Path, "The device tree of the kernel.").page(KERNEL_PAGE);
static ROOT: Element = leaf("root", Path, "The root device of the kernel.").page(KERNEL_PAGE);

static ACPI_TABLE: Element = element("table", "An ACPI table that the guest is given.")
    .attributes(&[attr(
        "type",
        AnyOf(&[Choice(&["slic"]), since("11.2.0", &Choice(&["raw", "rawset", "msdm"]))]),
        "What the file holds: one table, several, or a licence.",
    )
    .words(&[
        ("slic", "a licence table of Windows, header and all"),
        ("raw", "a single table, header and all"),
        ("rawset", "several tables, one after the other, for Xen"),
        ("msdm", "a licence key table of Windows, header and all"),
    ])
    .required()])
    .text(text(Path));
static ACPI: Element = element("acpi", "ACPI tables that the guest is given.")
    .page(KERNEL_PAGE)
    .children(&[child(&ACPI_TABLE).many()]);

static BOOT: Element = element("boot", "What is booted from; the first comes first.").attributes(&[attr(
    "dev",
    Choice(&["hd", "fd", "cdrom", "network"]),
    "The kind of device.",
)
.words(&[
    ("hd", "the first bootable disk"),
    ("fd", "the first floppy"),
    ("cdrom", "the first CD-ROM"),
    ("network", "the first network card, by PXE"),
])
.filled_where("hd", Guard::ALWAYS)
.required()]);

// libvirt's parser takes one without `enable`, and drops it.
static BOOTMENU: Element = element("bootmenu", "The menu in which a user may pick a boot device.")
    .attributes(&[
        attr("enable", YesNo, "Whether there is one.").by_schema(),
        attr("timeout", UNSIGNED_SHORT, "How many milliseconds it waits for a choice."),
    ]);
// libvirt's parser takes time-outs of up to 65535.
static BIOS: Element = element("bios", "How the BIOS behaves.").attributes(&[
    attr("useserial", YesNo, "Whether it writes to a serial port."),
    attr(
        "rebootTimeout",
        Integer { min: -1, max: i16::MAX as i128 },
        "After how many milliseconds a failed boot is tried again; -1 for never.",
    ),
]);
// libvirt's parser takes one without `mode`, and drops it.
static SMBIOS: Element = element("smbios", "Where the SMBIOS tables come from.").attributes(&[attr(
    "mode",
    Choice(&["emulate", "host", "sysinfo"]),
    "Whether the hypervisor makes them up, the host's are copied, or `sysinfo` holds them.",
)
.words(&[
    ("emulate", "the hypervisor makes the values up"),
    ("host", "the host's own values, but for the UUID"),
    ("sysinfo", "the values in the element `sysinfo`"),
])
.by_schema()]);

/// How a machine boots.
pub static OS: Element = element("os", "How the machine boots.")
    .page(PAGE)
    .attributes(&[attr("firmware", Choice(&["bios", "efi"]), "The kind of firmware that libvirt picks.")
        .words(&[("bios", "the PC's old firmware"), ("efi", "UEFI firmware")])
        .only(HVM)])
    .children(&[
        child(&TYPE).hoisted().required(),
        child(&FIRMWARE).only(HVM),
        child(&INIT).only(EXE),
        child(&INITARG).many().only(EXE),
        child(&INITENV).many().only(EXE),
        child(&INITDIR).only(EXE),
        child(&INITUSER).only(EXE),
        child(&INITGROUP).only(EXE),
        child(&LOADER).only(HVM),
        child(&NVRAM).only(HVM),
        child(&VARSTORE).only(HVM).since("12.1.0"),
        child(&KERNEL).only(BOOTS),
        child(&INITRD).only(BOOTS),
        child(&CMDLINE).only(BOOTS),
        child(&SHIM).only(BOOTS).since("11.2.0"),
        child(&DTB).only(BOOTS),
        child(&ROOT).only(BOOTS),
        child(&ACPI).only(HVM),
        child(&BOOT).many().filled_by_libvirt().only(HVM),
        child(&BOOTMENU).only(HVM),
        child(&BIOS).only(HVM),
        child(&SMBIOS).only(HVM),
    ])
    .rules(&[
        rule(Relation::Together(&["inituser", "initgroup"])),
        rule(Relation::AtMostOne(&["nvram", "varstore"])),
    ]);

// The schema has neither beside an `os` whose type is `exe`, and libxml2 finds them beside another only where nothing
// stands between; a guard cannot look two levels down. libvirt's parser minds neither, and drops an empty one.

/// The program of the host that fetches the kernel.
pub static BOOTLOADER: Element =
    element("bootloader", "The program of the host that fetches the kernel, for Xen.")
        .page("formatdomain.html#host-bootloader")
        .text(text(Text).optional());

/// The arguments of the boot loader.
pub static BOOTLOADER_ARGS: Element = leaf("bootloader_args", Text, "The arguments of the boot loader.")
    .page("formatdomain.html#host-bootloader");

// libvirt prints a table's entries in the order of the names here, and the last one only where a name repeats; an entry
// without one of these names it drops. It refuses a malformed date, and a `uuid` that is not the machine's own.

static BIOS_ENTRY: Element = element("entry", "A value about the BIOS.")
    .identity(Identity::First(&["name"]))
    .attributes(&[attr(
        "name",
        Choice(&["vendor", "version", "date", "release"]),
        "What the value says; a date goes like 02/28/2020.",
    )
    .words(&[
        ("vendor", "who made the firmware"),
        ("version", "the firmware's own version"),
        ("date", "when the firmware was made"),
        ("release", "the number of the firmware's edition"),
    ])
    .by_schema()])
    .text(text(Text));
static SYSTEM_ENTRY: Element = element("entry", "A value about the computer.")
    .identity(Identity::First(&["name"]))
    .attributes(&[attr(
        "name",
        Choice(&["manufacturer", "product", "version", "serial", "uuid", "sku", "family"]),
        "What the value says; a UUID must be the machine's own.",
    )
    .words(&[
        ("manufacturer", "who made the machine"),
        ("product", "the name of the machine's model"),
        ("version", "which edition of the model it is"),
        ("serial", "the machine's number among its like"),
        ("uuid", "the identifier of the machine, which must be that of the domain"),
        ("sku", "the number under which the model is sold"),
        ("family", "the line of models that it belongs to"),
    ])
    .by_schema()])
    .text(text(Text));
static BASE_BOARD_ENTRY: Element = element("entry", "A value about the board.")
    .identity(Identity::First(&["name"]))
    .attributes(&[attr(
        "name",
        Choice(&["manufacturer", "product", "version", "serial", "asset", "location"]),
        "What the value says.",
    )
    .words(&[
        ("manufacturer", "who made the board"),
        ("product", "the name of the board's model"),
        ("version", "which edition of the board it is"),
        ("serial", "the board's number among its like"),
        ("asset", "the owner's inventory number"),
        ("location", "where in the case the board sits"),
    ])
    .by_schema()])
    .text(text(Text));
static CHASSIS_ENTRY: Element = element("entry", "A value about the chassis.")
    .identity(Identity::First(&["name"]))
    .attributes(&[attr(
        "name",
        Choice(&["manufacturer", "version", "serial", "asset", "sku"]),
        "What the value says.",
    )
    .words(&[
        ("manufacturer", "who made the case"),
        ("version", "which edition of the case it is"),
        ("serial", "the case's number among its like"),
        ("asset", "the owner's inventory number"),
        ("sku", "the number under which the case is sold"),
    ])
    .by_schema()])
    .text(text(Text));
static OEM_ENTRY: Element = leaf("entry", Text, "A string.");

static BIOS_TABLE: Element =
    element("bios", "The BIOS (SMBIOS table 0).").children(&[child(&BIOS_ENTRY).many().by_schema()]);
static SYSTEM_TABLE: Element =
    element("system", "The computer (SMBIOS table 1).").children(&[child(&SYSTEM_ENTRY).many().by_schema()]);
static BASE_BOARD_TABLE: Element =
    element("baseBoard", "A board (SMBIOS table 2).")
        .children(&[child(&BASE_BOARD_ENTRY).many().by_schema()]);
static CHASSIS_TABLE: Element =
    element("chassis", "The chassis (SMBIOS table 3).").children(&[child(&CHASSIS_ENTRY).many().by_schema()]);
static OEM_STRINGS: Element = element("oemStrings", "Strings of the maker's own (SMBIOS table 11).")
    .children(&[child(&OEM_ENTRY).many().by_schema()]);

// libvirt's parser refuses an entry with neither a file nor a value.
static FW_CFG_ENTRY: Element = element("entry", "A value for the guest's firmware (QEMU's fw_cfg).")
    .identity(Identity::First(&["name"]))
    .attributes(&[
        attr("name", Text, "The name of the value, e.g. `opt/com.example/name`.").required(),
        attr("file", Text, "A file that holds the value."),
    ])
    .text(text(Text).without("file"));

/// `sysinfo`: the SMBIOS strings or fw_cfg entries that the guest can read.
pub static SYSINFO: Element = element("sysinfo", "What the guest can learn of its machine.")
    .page(SYSINFO_PAGE)
    .attributes(&[attr("type", Choice(&["smbios", "fwcfg"]), "By what way the guest learns it.")
        .words(&[
            ("smbios", "by the SMBIOS tables, as on real hardware"),
            ("fwcfg", "by QEMU's firmware configuration device"),
        ])
        .required()])
    .children(&[
        child(&BIOS_TABLE).when("type", &["smbios"]),
        child(&SYSTEM_TABLE).when("type", &["smbios"]),
        child(&BASE_BOARD_TABLE).many().when("type", &["smbios"]),
        child(&CHASSIS_TABLE).when("type", &["smbios"]),
        child(&OEM_STRINGS).when("type", &["smbios"]),
        child(&FW_CFG_ENTRY).many().when("type", &["fwcfg"]),
    ]);
