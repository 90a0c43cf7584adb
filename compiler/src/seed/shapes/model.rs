//! The types that the tables of keys consist of.

/// A key of a set of the configuration.
#[derive(Debug)]
pub(crate) struct ShapedKey {
    /// The name, as cloud-init spells it.
    pub name: &'static str,
    /// The values that it takes.
    pub shape: Shape,
}

/// The values that a key takes.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Values that are not looked at.
    Any,
    /// A text, and no number: PyYAML takes `0644` for one.
    Text,
    /// True or false, in any of YAML's spellings.
    Bool,
    /// True, false or a text.
    BoolOrText,
    /// A whole number, such as a mode in decimal.
    Number,
    /// A whole number or a text.
    NumberOrText,
    /// A list of texts.
    Texts,
    /// A list of commands: each a text for the shell, or a list of a program and its arguments.
    Commands,
    /// A list of lists of texts.
    Rows,
    /// Texts, or lists of a name and a version.
    Packages,
    /// A text with commas, a list of texts, or a set by names.
    Names,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A set with these keys.
    Set(&'static [ShapedKey]),
    /// A set with any keys.
    AnySet,
    /// A list of sets with these keys.
    Sets(Entries),
    /// A list of users: each a set, or the name of one, such as `default`.
    Users(Entries),
}

/// The sets of a list.
#[derive(Debug)]
pub(crate) struct Entries {
    /// The keys of each.
    pub keys: &'static [ShapedKey],
    /// The keys of which each must have one.
    pub one_of: &'static [&'static str],
}

pub(crate) const fn key(name: &'static str, shape: Shape) -> ShapedKey {
    ShapedKey { name, shape }
}
