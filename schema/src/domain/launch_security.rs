//! Confidential guests: launch security and key wrapping.
//!
//! <https://libvirt.org/formatdomain.html#launch-security>, <https://libvirt.org/formatdomain.html#key-wrap>;
//! `launchSecurity` and `keywrap` in domaincommon.rng; `virDomainSecDefFormat`, `virDomainKeyWrapDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::{self, AnyOf, Choice, OnOff, Path, Text, YesNo};
use crate::shared::values::{HEX_TEXT, UNSIGNED_INT};
use crate::{Element, Print, Relation, attr, child, element, leaf, number, rule, since};

// libvirt prints aes before dea, and refuses either twice.
static CIPHER: Element = element("cipher", "A cipher for keys.").attributes(&[
    attr("name", Choice(&["aes", "dea"]), "The cipher.")
        .words(&[("aes", "the Advanced Encryption Standard"), ("dea", "the Data Encryption Algorithm (DES)")])
        .required(),
    attr("state", OnOff, "Whether the guest may wrap keys with it.").required(),
]);

/// Which keys an s390 guest may wrap.
pub static KEYWRAP: Element = element("keywrap", "Which keys an s390 guest may wrap.")
    .page("formatdomain.html#key-wrap")
    .children(&[child(&CIPHER).many().by_schema()]);

static CBITPOS: Element = leaf("cbitpos", UNSIGNED_INT, "The bit of an address that says encrypted.");
static REDUCED_PHYS_BITS: Element =
    leaf("reducedPhysBits", UNSIGNED_INT, "How many bits of an address encryption takes away.");

/// A policy (`hexuint`), which libvirt prints with leading zeroes.
///
/// libvirt reads it as hexadecimal with and without `0x`. Here a number without it is decimal, as an integer of a spec
/// must be, unless it has a hexadecimal letter.
const fn policy(formats: &'static [Format]) -> Element {
    leaf("policy", AnyOf(formats), "What the owner of the guest allows, as the processor's bits.")
}

static SEV_POLICY: Element = policy(&[number(u32::MAX as u64, Print::Hex(4)), HEX_TEXT]);
static SNP_POLICY: Element = policy(&[number(u64::MAX, Print::Hex(8)), HEX_TEXT]);

// libvirt's parser does not look at it, and its formatter does not print it.
static HANDLE: Element = leaf("handle", UNSIGNED_INT, "The number of the guest in the processor's firmware.");
static DH_CERT: Element = leaf("dhCert", Text, "The owner's Diffie-Hellman key, in base64.");
static SESSION: Element = leaf("session", Text, "The owner's launch blob, in base64.");

// libvirt's parser refuses these four where they have not 16, 96, 4096 and 32 bytes.
static WORKAROUNDS: Element =
    leaf("guestVisibleWorkarounds", Text, "The hypervisor's workarounds that the guest sees, in base64.");
static ID_BLOCK: Element = leaf("idBlock", Text, "The guest's identity block, in base64.");
static ID_AUTH: Element = leaf("idAuth", Text, "What authenticates the identity block, in base64.");
static HOST_DATA: Element = leaf("hostData", Text, "Data that the guest's report holds, in base64.");

// libvirt's parser refuses the three digests where they have not 48 bytes.
static TDX_POLICY: Element = policy(&[number(u64::MAX, Print::Hex(0)), HEX_TEXT]);
static MR_CONFIG_ID: Element = leaf("mrConfigId", Text, "A digest of the guest's configuration, in base64.");
static MR_OWNER: Element = leaf("mrOwner", Text, "A digest that stands for the guest's owner, in base64.");
static MR_OWNER_CONFIG: Element =
    leaf("mrOwnerConfig", Text, "A digest of the owner's configuration, in base64.");
static QUOTE_GENERATION_SERVICE: Element =
    element("quoteGenerationService", "The service of the host that signs the guest's reports.")
        .attributes(&[attr("path", Path, "The socket of the service; without it, that of the host's own.")]);

/// The technique. TDX came after 11.3.0; libvirt's documentation does not date it, and its release notes first speak of it
/// with 11.10.0.
const TYPE: Format = AnyOf(&[
    Choice(&["sev", "s390-pv"]),
    since("10.5.0", &Choice(&["sev-snp"])),
    since("11.10.0", &Choice(&["tdx"])),
]);

/// The types of AMD's.
const AMD: &[&str] = &["sev", "sev-snp"];

/// How the guest is kept secret from its host.
pub static LAUNCH_SECURITY: Element =
    element("launchSecurity", "How the guest is kept secret from its host.")
        .page("formatdomain.html#launch-security")
        .attributes(&[
            attr("type", TYPE, "The technique.")
                .words(&[
                    ("sev", "AMD's encrypted memory"),
                    ("s390-pv", "IBM's protected virtualization"),
                    ("sev-snp", "AMD's encrypted memory that the host cannot change either"),
                    ("tdx", "Intel's trust domains"),
                ])
                .required(),
            attr("kernelHashes", YesNo, "Whether kernel, RAM disk and command line are measured, too.")
                .when("type", AMD),
            attr("authorKey", YesNo, "Whether the identity block has an author's key.")
                .when("type", &["sev-snp"]),
            attr("vcek", YesNo, "Whether the guest gets the processor's own key.").when("type", &["sev-snp"]),
        ])
        .children(&[
            child(&CBITPOS).when("type", AMD),
            child(&REDUCED_PHYS_BITS).when("type", AMD),
            child(&SEV_POLICY).required().when("type", &["sev"]),
            child(&SNP_POLICY).required().when("type", &["sev-snp"]),
            child(&TDX_POLICY).when("type", &["tdx"]),
            child(&MR_CONFIG_ID).when("type", &["tdx"]),
            child(&MR_OWNER).when("type", &["tdx"]),
            child(&MR_OWNER_CONFIG).when("type", &["tdx"]),
            child(&QUOTE_GENERATION_SERVICE).when("type", &["tdx"]),
            child(&HANDLE).when("type", &["sev"]),
            child(&DH_CERT).when("type", &["sev"]),
            child(&SESSION).when("type", &["sev"]),
            child(&WORKAROUNDS).when("type", &["sev-snp"]),
            child(&ID_BLOCK).when("type", &["sev-snp"]),
            child(&ID_AUTH).when("type", &["sev-snp"]),
            child(&HOST_DATA).when("type", &["sev-snp"]),
        ])
        .rules(&[rule(Relation::InOrder(&["cbitpos", "reducedPhysBits"]))]);
