//! TPM devices.
//!
//! <https://libvirt.org/formatdomain.html#tpm-device>; `tpm` in domaincommon.rng; `virDomainTPMDefFormat` in
//! `src/conf/domain_conf.c`.
//!
//! libvirt's schema takes a `version` with any backend; its parser ignores it but with an emulator. Its parser refuses
//! an external backend without a source, its schema does not; and it reads `debug` in decimal only.

use crate::Format::{Chars, Choice, Path, Uuid, YesNo};
use crate::shared::address::{ADDRESS_CHILD, ALIAS_CHILD};
use crate::shared::values::{DIR_PATH, FILE_PATH, UINT8};
use crate::{Element, Format, attr, child, element, flag};

/// The name of an emulator's profile (`profileName`).
const PROFILE_NAME: Format = Chars {
    what: "a profile's name of letters, digits, `.`, `-` and `:`",
    set: "A-Za-z0-9.:-",
    min: 1,
    max: usize::MAX,
};

static DEVICE: Element = element("device", "The host's TPM.").attributes(&[attr(
    "path",
    FILE_PATH,
    "The host's device; by default `/dev/tpm0`.",
)
.default("/dev/tpm0", "virDomainTPMDefParseXML in src/conf/domain_conf.c")]);

static ENCRYPTION: Element =
    element("encryption", "How the emulator's state is encrypted.").attributes(&[attr(
        "secret",
        Uuid,
        "The UUID of the secret that holds the passphrase.",
    )
    .by_schema()
    .names_by_uuid("secret")]);

static SHA1: Element = flag("sha1", "The bank for SHA-1 is active.");
static SHA256: Element = flag("sha256", "The bank for SHA-256 is active.");
static SHA384: Element = flag("sha384", "The bank for SHA-384 is active.");
static SHA512: Element = flag("sha512", "The bank for SHA-512 is active.");
static ACTIVE_PCR_BANKS: Element =
    element("active_pcr_banks", "The banks of platform configuration registers that are active.")
        .children(&[child(&SHA1), child(&SHA256), child(&SHA384), child(&SHA512)]);

static STATE_SOURCE: Element = element("source", "Where the emulator keeps its state.").attributes(&[
    attr("type", Choice(&["file", "dir"]), "Whether it is a file or a directory.")
        .words(&[("file", "the state is one file"), ("dir", "the state is files in a directory")])
        .by_schema(),
    attr("path", Path, "The file.").required().when("type", &["file"]),
    attr("path", DIR_PATH, "The directory.")
        .words(&[("/", "the root of the file system")])
        .required()
        .when("type", &["dir"]),
]);

static PROFILE: Element = element("profile", "What a new TPM 2.0 can do.").attributes(&[
    attr("source", PROFILE_NAME, "The name by which the emulator finds the profile."),
    attr(
        "removeDisabled",
        Choice(&["check", "fips-host"]),
        "How algorithms are left out that the host's crypto library has disabled.",
    )
    .words(&[
        ("check", "those that are disabled just now"),
        ("fips-host", "all that a host in FIPS mode can have disabled"),
    ]),
    attr("name", PROFILE_NAME, "The profile's own name, which libvirt fills in."),
]);

static EXTERNAL_SOURCE: Element = element("source", "The emulator that is run by hand.").attributes(&[
    attr("type", Choice(&["unix"]), "What kind of connection it is.")
        .words(&[("unix", "a local socket")])
        .required(),
    attr("mode", Choice(&["connect"]), "Who opens it.")
        .default("connect", "virDomainChrSourceDefParseXML in src/conf/domain_conf.c")
        .words(&[("connect", "the emulator has it open, and QEMU connects")])
        .by_schema(),
    attr("path", FILE_PATH, "The emulator's socket.").required(),
]);

static BACKEND: Element = element("backend", "What provides the TPM.")
    .attributes(&[
        attr("type", Choice(&["passthrough", "emulator", "external"]), "The kind of backend.")
            .words(&[
                ("passthrough", "the host's own TPM, for one guest"),
                ("emulator", "swtpm, which libvirt starts and which keeps its state on the host"),
                ("external", "an emulator that somebody else has started"),
            ])
            .required(),
        attr("version", Choice(&["1.2", "2.0"]), "The version of the TPM's specification.")
            .default_in_words(
                "2.0, or 1.2 for tpm-tis on x86",
                "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
            )
            .words(&[
                ("1.2", "the older one, for old systems"),
                ("2.0", "the one of today, which Windows 11 demands"),
            ]),
        attr("persistent_state", YesNo, "Whether the state stays when the machine is undefined.")
            .when("type", &["emulator"]),
        attr("debug", UINT8, "How much the emulator logs.").when("type", &["emulator"]).since("10.6.0"),
    ])
    .children(&[
        child(&DEVICE).when("type", &["passthrough"]),
        child(&ENCRYPTION).when("type", &["emulator"]),
        child(&ACTIVE_PCR_BANKS).when("type", &["emulator"]),
        child(&STATE_SOURCE).when("type", &["emulator"]).since("10.10.0"),
        child(&EXTERNAL_SOURCE).when("type", &["external"]),
        child(&PROFILE).when("type", &["emulator"]).since("10.10.0"),
    ]);

/// `tpm`: a TPM of the guest, emulated or the host's own.
pub static TPM: Element = element("tpm", "A TPM.")
    .page("formatdomain.html#tpm-device")
    .attributes(&[attr(
        "model",
        Choice(&["tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy"]),
        "What the guest sees.",
    )
    .default_in_words(
        "tpm-tis, or tpm-spapr on pSeries",
        "qemuDomainDeviceDefPostParse in src/qemu/qemu_postparse.c",
    )
    .words(&[
        ("tpm-tis", "the old interface, for TPM 1.2 and 2.0"),
        ("tpm-crb", "the interface of TPM 2.0 alone, as Windows 11 likes it"),
        ("tpm-spapr", "the TPM of pSeries machines"),
        ("spapr-tpm-proxy", "the host's TPM, for secure guests of pSeries"),
    ])])
    .children(&[child(&BACKEND).required(), ALIAS_CHILD, ADDRESS_CHILD]);
