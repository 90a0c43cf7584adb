//! The keys of a bundle as data: those of the host and those of each kind's entries.
//!
//! Compiling, `check`, editors and the apply step read these tables, so that a key means the same to all of them and a
//! misspelt one is found before anything reaches a host. The modules make their options of
//! `lib-nix/keys.nix`, which is generated from these tables.

mod check;
mod names;
mod place;

use std::borrow::Cow;

use nixvirt_schema::{KINDS, Kind};

use crate::index::MARK;
use crate::read::kind::SALT;
use crate::read::settings::{ALLOW, WARN};
use crate::source::json::Json;
use crate::target::LIBVIRT;

pub use self::check::{check_bundle, problems};
pub use self::names::{NamedObject, named_objects, names_objects};
pub use self::place::{keys_at, words_at};

/// The key of the addresses that a network keeps for domains.
pub const RESERVATIONS: &str = "reservations";

/// The key of what is on the host beside what a bundle declares.
pub const EXTERNAL: &str = "external";

/// A key of a set of a bundle.
#[derive(Debug)]
pub struct BundleKey {
    /// The name, as a bundle spells it.
    pub name: &'static str,
    /// The format of its value; `null` counts as a missing key.
    pub format: ValueFormat,
    /// A description in one sentence, in which `{kind}` stands for the kind of object. A text in parentheses at the
    /// end describes `null`.
    pub doc: &'static str,
    /// The value that counts where the key is left out and nothing else decides, as JSON.
    pub default: Option<&'static str>,
}

impl BundleKey {
    const fn or(self, default: &'static str) -> BundleKey {
        BundleKey { default: Some(default), ..self }
    }
}

/// The format of a key's value.
#[derive(Debug)]
pub enum ValueFormat {
    /// `true` or `false`.
    Bool,
    /// A text that is not empty.
    Text,
    /// The name of an object of a kind.
    Name(&'static str),
    /// The path of a file, of the host's where it is not there when the bundle is compiled.
    File,
    /// The path of a file that stays on the host and is never copied to the Nix store.
    HostFile,
    /// The path of a program, or a command ([`is_program`] tells).
    Hook,
    /// A set with an IP address for each of some objects of a kind, by their names.
    AddressOf(&'static str),
    /// A whole number of seconds.
    Seconds,
    /// One of some words.
    Word(&'static [&'static str]),
    /// True or false, or one of [`SWITCH`], which mean the same.
    Switch,
    /// A set with these keys.
    Set(&'static [BundleKey]),
    /// A list of sets with these keys.
    Sets(&'static [BundleKey]),
    /// A list of entries of a kind.
    Entries(&'static str),
    /// An object, or the arguments of a template: its own reader holds it against libvirt's formats.
    Object,
    /// A value with a reader of its own, which reports its errors.
    Own,
}

/// The words for true and for false of a [`ValueFormat::Switch`].
pub const SWITCH: [&str; 2] = ["always", "never"];

/// Which kinds' entries have a key.
#[derive(Debug)]
pub enum Of {
    /// The entries of all kinds.
    Every,
    /// The entries of objects that a host holds by themselves, not within another object.
    Held,
    /// The entries of objects that can be started.
    Starting,
    /// The entries of these kinds.
    Kinds(&'static [&'static str]),
}

const fn key(name: &'static str, format: ValueFormat, doc: &'static str) -> BundleKey {
    BundleKey { name, format, doc, default: None }
}

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

/// When libvirt calls the hook of a domain: <https://libvirt.org/hooks.html>.
pub static DOMAIN_HOOKS: &[BundleKey] = &[
    hook("prepare", "What the host runs before it prepares the machine's resources."),
    hook("start", "What the host runs before it starts the machine."),
    hook("started", "What the host runs once the machine runs."),
    hook("stopped", "What the host runs once the machine has stopped."),
    hook("release", "What the host runs once the machine's resources are released."),
];

/// When libvirt calls the hook of a network: <https://libvirt.org/hooks.html>.
pub static NETWORK_HOOKS: &[BundleKey] = &[
    hook("start", "What the host runs before it starts the network."),
    hook("started", "What the host runs once the network is up."),
    hook("updated", "What the host runs once the network has been changed while it was up."),
    hook("port-created", "What the host runs before a machine's port is on the network."),
    hook("port-deleted", "What the host runs once a machine's port is off the network."),
    hook("stopped", "What the host runs once the network is down."),
];

const fn hook(name: &'static str, doc: &'static str) -> BundleKey {
    key(name, ValueFormat::Hook, doc)
}

/// The keys of an entry of a kind.
pub fn entry_keys(kind: &Kind) -> impl Iterator<Item = &'static BundleKey> {
    let (name, starts) = (kind.name, kind.starts);
    let has = move |of: &Of| match of {
        Of::Every => true,
        Of::Held => kind.parent.is_none(),
        Of::Starting => starts,
        Of::Kinds(kinds) => kinds.contains(&name),
    };
    ENTRY.iter().filter(move |(of, _)| has(of)).map(|(_, key)| key)
}

/// The hooks that libvirt calls for an object of a kind, in the order of its life.
pub fn hooks(kind: &Kind) -> &'static [BundleKey] {
    match entry_keys(kind).find(|key| key.name == "hooks").map(|key| &key.format) {
        Some(ValueFormat::Set(keys)) => keys,
        _ => &[],
    }
}

/// The kinds of which a host has a list.
pub fn listed() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| kind.parent.is_none())
}

/// The value of an entry's key as the compiled bundle has it: a word that means true or false is that, and a path is what
/// `absolute` makes of it, for the compiled bundle stands somewhere else.
pub fn kept(
    kind: &'static Kind,
    name: &str,
    value: Json<'static>,
    absolute: &dyn Fn(String) -> String,
) -> Json<'static> {
    match entry_keys(kind).find(|key| key.name == name) {
        Some(key) => converted(value, &key.format, absolute),
        None => value,
    }
}

fn converted(
    value: Json<'static>,
    format: &ValueFormat,
    absolute: &dyn Fn(String) -> String,
) -> Json<'static> {
    match (format, value) {
        (ValueFormat::Switch, value) => switch(&value).map_or(value, Json::Bool),
        (ValueFormat::File | ValueFormat::HostFile, Json::Str(path)) => {
            Json::Str(Cow::Owned(absolute(path.into_owned())))
        }
        (ValueFormat::Hook, Json::Str(hook)) if is_program(&hook) => {
            Json::Str(Cow::Owned(absolute(hook.into_owned())))
        }
        (ValueFormat::Set(keys), Json::Set(fields)) => Json::Set(
            fields
                .into_iter()
                .map(|(name, value)| match keys.iter().find(|key| key.name == name) {
                    Some(key) => (name, converted(value, &key.format, absolute)),
                    None => (name, value),
                })
                .collect(),
        ),
        (_, value) => value,
    }
}

/// Whether a [`ValueFormat::Hook`] is the path of a program: a text with a slash and without white space. Any other is a command.
pub fn is_program(hook: &str) -> bool {
    hook.contains('/') && !hook.contains(char::is_whitespace)
}

/// The value of a [`ValueFormat::Switch`]; nothing for `null` and for a value that is not of the format.
pub fn switch(value: &Json<'_>) -> Option<bool> {
    match value {
        Json::Bool(value) => Some(*value),
        Json::Str(word) => SWITCH.iter().position(|known| known == word).map(|at| at == 0),
        _ => None,
    }
}
