//! The tables of a bundle's keys: those of the host, and those of the entries.

use crate::bundle::format::hooks::{DOMAIN_HOOKS, NETWORK_HOOKS};
use crate::bundle::format::model::{BundleKey, Of, ValueFormat, key};
use crate::bundle::format::seeds::{OF_CLOUD_INIT, OF_DISCS, OF_IGNITION};
use crate::bundle::format::{EXTERNAL, RESERVATIONS};
use crate::index::MARK;
use crate::read::kind::SALT;
use crate::read::settings::{ALLOW, WARN};
use crate::target::LIBVIRT;

/// The keys for the host as a whole, beside the lists of the kinds.
pub static HOST: &[BundleKey] = &[
    key(
        "prune",
        ValueFormat::Word(&["owned", "declared", "all", "none"]),
        "What is removed of what is no longer declared: `owned` is what nixvirt has made; `declared` is also what it has taken over; `all` is every object that is not declared, whoever made it, as with NixVirt; `none` is nothing.",
    )
    .or("\"owned\""),
    key(
        "owner",
        ValueFormat::Text,
        "The name of what is declared here, where something else applies a bundle to the same libvirt, too: each removes only what is its own. A change of it leaves what is no longer declared at that moment.",
    ),
    key(
        "unset",
        ValueFormat::Own,
        "The keys of the kinds that nobody says anything of any more. What is ours of these is removed, as `prune` has it.",
    ),
    key(
        "shutdown",
        ValueFormat::Set(SHUTDOWN),
        "How to stop domains that are to be stopped or restarted.",
    ),
    key(
        SALT,
        ValueFormat::Text,
        "What tells the host from others, such as its name: it goes into the uuids and MAC addresses that are derived, so that objects of one name on two hosts differ. A change of it makes other objects.",
    ),
    key(
        LIBVIRT,
        ValueFormat::Own,
        "The version of the host's libvirt, such as `11.3.0`. What it does not have is an error, which says since when it exists.",
    ),
    key(
        ALLOW,
        ValueFormat::Own,
        "Codes of rules, as messages show them. What breaks one of these rules is not said.",
    ),
    key(WARN, ValueFormat::Own, "Codes of rules, as messages show them. What breaks one of these rules is a warning."),
    key(
        EXTERNAL,
        ValueFormat::Own,
        "The objects of a kind that are on the host beside those that are declared, by their names (secrets: by their uuids), such as `{ networks = [ \"default\" ]; }`. Of a kind that is in it, all is known: what is named and neither declared nor in it is an error then.",
    ),
    key(WARNINGS, ValueFormat::Sets(WARNING), "What the compiler warned of when it made the bundle."),
    key(MARK, ValueFormat::Own, "Which files the compiler wrote with the bundle."),
];

/// The key of a compiled bundle's warnings. No file and no line is in it, so that a spec can move without its bundle
/// changing.
pub const WARNINGS: &str = "warnings";

/// How a domain is stopped.
pub static SHUTDOWN: &[BundleKey] = &[
    key(
        "method",
        ValueFormat::Word(&["acpi", "agent", "destroy"]),
        "How to stop a domain: by its power button, by its guest agent, or at once.",
    )
    .or("\"acpi\""),
    key("timeout", ValueFormat::Seconds, "How many seconds the guest may take.").or("60"),
    key(
        "then",
        ValueFormat::Word(&["destroy", "fail"]),
        "What comes after that time: the domain is stopped at once, or goes on and that is an error; what changed is then in force at its next start.",
    )
    .or("\"fail\""),
];

/// A warning of a compiled bundle.
static WARNING: &[BundleKey] = &[
    key("object", ValueFormat::Text, "The object, such as \"domain `web`\"."),
    key("path", ValueFormat::Own, "The place in it; empty for the whole of it."),
    key("code", ValueFormat::Text, "The code by which tools know the kind of problem."),
    key("text", ValueFormat::Text, "What is wrong and what to do about it."),
];

/// The value of a secret.
static VALUE: &[BundleKey] = &[key(
    "file",
    ValueFormat::HostFile,
    "The file on the host that holds the value. It is read when objects are applied, and never copied to the store.",
)];

/// The keys of a volume's `source`: the content that it gets when it is made.
static SOURCE: &[BundleKey] = &[
    key(
        "image",
        ValueFormat::File,
        "The image whose content the {kind} gets when it is made. One that is packed by xz, zstd or gzip is unpacked, and one of another format is converted.",
    ),
    key(
        "backing",
        ValueFormat::File,
        "The image that the {kind} lies on top of, instead of `image`: it is put into the pool once, for all volumes on top of it.",
    ),
    key(
        "volume",
        ValueFormat::Name("volume"),
        "The volume of the host that the {kind} is a copy of, instead of `image`. It is copied once, when the {kind} is made.",
    ),
    key(
        "pool",
        ValueFormat::Name("pool"),
        "The pool that `volume` is in (null: that of the {kind}).",
    ),
    key(
        "overlay",
        ValueFormat::Bool,
        "Whether the {kind} lies on top of `volume` instead of being a copy of it.",
    )
    .or("false"),
    key(
        "format",
        ValueFormat::Word(IMAGE_FORMATS),
        "The format of the image (null: as its first bytes say).",
    ),
    key(
        "onChange",
        ValueFormat::Word(&["keep", "replace", "new"]),
        "What becomes of the {kind} when the image has changed since: it stays as it is (`keep`); it is made anew and loses what was written to it (`replace`), and a running domain with it is stopped for that and started again; or it stays as it is, and the new image is put into another volume beside it (`new`), which is what later copies and overlays of the {kind} are made of.",
    )
    .or("\"keep\""),
];

/// The formats that QEMU's `qemu-img convert` reads.
pub const IMAGE_FORMATS: &[&str] = &["raw", "qcow2", "qed", "vdi", "vhdx", "vmdk", "vpc"];

/// The keys for the files that a domain leaves behind: each is kept or deleted with the domain.
static REMAINS: &[BundleKey] = &[
    key(
        "nvram",
        ValueFormat::Word(KEPT),
        "What becomes of its UEFI variables. A later {kind} of the same name inherits what is kept.",
    )
    .or("\"keep\""),
    key(
        "tpm",
        ValueFormat::Word(KEPT),
        "What becomes of the state of its TPM. A later {kind} of the same name inherits what is kept.",
    )
    .or("\"keep\""),
];

const KEPT: &[&str] = &["keep", "delete"];

/// The keys of an entry, beside those that define its object.
pub static ENTRY: &[(Of, BundleKey)] = &[
    (Of::Every, key("definition", ValueFormat::File, "Path to the XML that defines the {kind}.")),
    (
        Of::Every,
        key("spec", ValueFormat::Object, "The {kind} as libvirt's format has it, instead of a `definition`."),
    ),
    (
        Of::Every,
        key(
            "template",
            ValueFormat::Text,
            "The template that makes the {kind} of `args`, instead of a `definition` or `spec`.",
        ),
    ),
    (Of::Every, key("args", ValueFormat::Object, "The arguments of `template`.")),
    (
        Of::Every,
        key(
            ALLOW,
            ValueFormat::Own,
            "Codes of rules, as messages show them. What breaks one of these rules is not said, for this {kind} alone.",
        ),
    ),
    (
        Of::Every,
        key(
            WARN,
            ValueFormat::Own,
            "Codes of rules, as messages show them. What breaks one of these rules is a warning, for this {kind} alone.",
        ),
    ),
    (
        Of::Held,
        key(
            "protect",
            ValueFormat::Bool,
            "Whether the {kind} is kept from being removed once it is no longer declared: that is an error then (null: no).",
        ),
    ),
    (Of::Starting, key("active", ValueFormat::Bool, "Whether the {kind} is to be active (null: as it is).")),
    (
        Of::Starting,
        key(
            "restart",
            ValueFormat::Switch,
            "Whether to restart the {kind} when it is applied: \"always\" (or true), \"never\" (or false); null: only for a change that takes it.",
        ),
    ),
    (
        Of::Starting,
        key(
            "autostart",
            ValueFormat::Bool,
            "Whether libvirt starts the {kind} by itself when the host boots (null: as it is).",
        ),
    ),
    (
        Of::Kinds(&["domain"]),
        key(
            "shutdown",
            ValueFormat::Set(SHUTDOWN),
            "How to stop this {kind} where it is to be stopped or restarted.",
        ),
    ),
    (
        Of::Kinds(&["domain"]),
        key(
            "live",
            ValueFormat::Bool,
            "Whether to apply to a running {kind} what can be applied while it runs, without a restart.",
        )
        .or("true"),
    ),
    (
        Of::Kinds(&["domain"]),
        key(
            "switch",
            ValueFormat::Bool,
            "Whether a running {kind} of the template `nixos` whose system has changed is switched to the new one by its guest agent, without a restart. It has to share the host's store. Where it cannot be switched, it boots the new system at its next start.",
        )
        .or("false"),
    ),
    (
        Of::Kinds(&["domain"]),
        key(
            "waitForAddress",
            ValueFormat::Seconds,
            "For how many seconds a run waits until the {kind}, where it runs, has an address that is known: by a lease of a network, by its guest agent, or by the host's table of neighbours. Without one, that is an error (null: it does not wait).",
        ),
    ),
    (
        Of::Kinds(&["domain"]),
        key(
            "saved",
            ValueFormat::Word(&["resume", "discard"]),
            "What becomes of the saved state of a {kind}, as a host that shuts down leaves one: its next start goes on with it, or it is given up, and what was in its memory with it.",
        )
        .or("\"resume\""),
    ),
    (
        Of::Kinds(&["domain"]),
        key(
            "onRemove",
            ValueFormat::Set(REMAINS),
            "What becomes of what a {kind} leaves behind once it is no longer declared (null: it is kept).",
        ),
    ),
    (Of::Kinds(&["domain"]), OF_CLOUD_INIT),
    (Of::Kinds(&["domain"]), OF_DISCS),
    (Of::Kinds(&["domain"]), OF_IGNITION),
    (
        Of::Kinds(&["domain"]),
        key("hooks", ValueFormat::Set(DOMAIN_HOOKS), "What libvirt calls for this {kind} alone."),
    ),
    (
        Of::Kinds(&["network"]),
        key("hooks", ValueFormat::Set(NETWORK_HOOKS), "What libvirt calls for this {kind} alone."),
    ),
    (
        Of::Kinds(&["network"]),
        key(
            RESERVATIONS,
            ValueFormat::AddressOf("domain"),
            "The addresses that the {kind} keeps for domains that are declared beside it, by their names, such as `{ web = \"192.168.74.10\"; }`. It gives them out by DHCP, to the MAC addresses that these domains have on it.",
        ),
    ),
    (
        Of::Kinds(&["pool"]),
        key(
            "build",
            ValueFormat::Bool,
            "Whether the folder of a {kind} of type `dir` is made where it is missing, when the {kind} is defined for the first time. What was there before is never touched.",
        )
        .or("true"),
    ),
    (
        Of::Kinds(&["pool"]),
        key(
            "volumes",
            ValueFormat::Entries("volume"),
            "Volumes to create in the {kind} where they are missing.",
        ),
    ),
    (Of::Kinds(&["secret"]), key("value", ValueFormat::Set(VALUE), "The value of the {kind}.")),
    (
        Of::Kinds(&["volume"]),
        key(
            "source",
            ValueFormat::Set(SOURCE),
            "What the {kind} gets into it when it is made (null: nothing).",
        ),
    ),
    (Of::Kinds(&["volume"]), key("present", ValueFormat::Bool, "Whether the {kind} is to exist.").or("true")),
    (
        Of::Kinds(&["volume"]),
        key("name", ValueFormat::Text, "Name of the {kind}; one that is not to be `present` needs no more."),
    ),
];
