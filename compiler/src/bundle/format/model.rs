//! The types that the tables of a bundle's keys consist of.

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
    pub(super) const fn or(self, default: &'static str) -> BundleKey {
        BundleKey { default: Some(default), ..self }
    }
}

/// The format of a key's value.
#[derive(Debug)]
pub enum ValueFormat {
    /// A boolean: `true` or `false`.
    Bool,
    /// A text that is not empty.
    Text,
    /// The name of an object of a kind.
    Name(&'static str),
    /// The path of a file, of the host's where it is not there when the bundle is compiled.
    File,
    /// The path of a file that stays on the host and is never copied to the Nix store.
    HostFile,
    /// The path of a program, or a command ([`is_program`](super::is_program) tells).
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
    /// A set that is written as YAML or JSON, a text as it stands, or the text in a file of the host (`{ file = ...; }`).
    Yaml,
    /// A set with the content of each file of a disc, by its path: a text, or what is in a file of the host.
    Files,
    /// A set with a set with these keys for each name.
    Named(&'static [BundleKey]),
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

pub(super) const fn key(name: &'static str, format: ValueFormat, doc: &'static str) -> BundleKey {
    BundleKey { name, format, doc, default: None }
}
