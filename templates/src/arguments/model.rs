//! The types that the table of templates consists of.

/// A template: a Nix function that makes the spec of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// The kind of object that it makes.
    pub kind: &'static str,
    /// The name, as `templates` in the lib has it.
    pub name: &'static str,
    /// A description of the object that it makes, in a sentence or two.
    pub doc: &'static str,
    /// Arguments that show how it is called, in Nix.
    pub example: &'static str,
    /// Its arguments, in the order of its function.
    pub arguments: &'static [Argument],
}

impl Template {
    /// The argument of this name.
    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }
}

/// An argument of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name, as a caller writes it.
    pub name: &'static str,
    /// The type of the value.
    pub value: Type,
    /// The default in Nix; none where the argument must be given.
    pub default: Option<&'static str>,
    /// A description in a sentence or two.
    pub doc: &'static str,
}

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A boolean: `true` or `false`.
    Bool,
    /// True, false or null.
    Switch,
    /// A text, which may be empty.
    Text,
    /// A text or null.
    OptionalText,
    /// One of some words.
    Word(&'static [&'static str]),
    /// One of some words, or null.
    OptionalWord(&'static [&'static str]),
    /// A whole number from the first to the second, or its text.
    Whole(u32, u32),
    /// A number, or libvirt's element as a set.
    Amount,
    /// A path, a text that is one, a package, libvirt's element as a set, or null.
    Volume,
    /// A path, or a text that is one.
    File,
    /// A set, a list of sets, or null.
    Sets,
    /// A NixOS configuration, the package of its system, or the path of one.
    System,
}

/// A value that was given for an argument, reduced to what types of arguments distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenArgument<'a> {
    /// Nix's `null`, given or by default.
    Null,
    /// A boolean: `true` or `false`.
    Bool,
    /// A number without a fraction.
    Whole(i128),
    /// A number with a fraction.
    Fraction,
    /// A text, or a path.
    Text(&'a str),
    /// A list; whether it holds nothing but sets.
    List(bool),
    /// A set, whatever it holds.
    Set,
}

impl Type {
    /// A description of the type, for "expected ..." in messages.
    pub fn expected(self) -> String {
        match self {
            Type::Bool => "true or false".to_owned(),
            Type::Switch => "true, false or null".to_owned(),
            Type::Text => "a text".to_owned(),
            Type::OptionalText => "a text or null".to_owned(),
            Type::Word(words) => either(words.iter().map(|word| format!("{word:?}"))),
            Type::OptionalWord(words) => {
                let null = std::iter::once("null".to_owned());
                either(words.iter().map(|word| format!("{word:?}")).chain(null))
            }
            Type::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Type::Amount => "a number, or a set with `count`".to_owned(),
            Type::Volume => "a path, libvirt's element as a set, or null".to_owned(),
            Type::File => "a path".to_owned(),
            Type::Sets => "a set, a list of sets, or null".to_owned(),
            Type::System => "a NixOS configuration, its system, or the path of one".to_owned(),
        }
    }

    /// Whether a value is of this type.
    pub fn takes(self, given: GivenArgument<'_>) -> bool {
        match (self, given) {
            (Type::Bool | Type::Switch, GivenArgument::Bool)
            | (
                Type::Switch | Type::OptionalText | Type::OptionalWord(_) | Type::Volume | Type::Sets,
                GivenArgument::Null,
            )
            | (
                Type::Text | Type::OptionalText | Type::Volume | Type::File | Type::System,
                GivenArgument::Text(_),
            )
            | (Type::Amount | Type::Volume | Type::Sets | Type::System, GivenArgument::Set)
            | (Type::Sets, GivenArgument::List(true)) => true,
            (Type::Word(words) | Type::OptionalWord(words), GivenArgument::Text(text)) => {
                words.contains(&text)
            }
            (Type::Whole(least, most), GivenArgument::Whole(value)) => {
                (i128::from(least)..=i128::from(most)).contains(&value)
            }
            (Type::Whole(..), GivenArgument::Text(text)) => {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                digits && text.parse().is_ok_and(|value| self.takes(GivenArgument::Whole(value)))
            }
            // Of these, the format says more than the type does: which units there are, say.
            (Type::Amount, GivenArgument::Whole(_) | GivenArgument::Text(_) | GivenArgument::Null) => true,
            _ => false,
        }
    }

    /// The same as `templates/arguments.nix` has it.
    pub(super) fn nix(self) -> String {
        match self {
            Type::Bool => r#"{ type = "bool"; "#.to_owned(),
            Type::Switch => r#"{ type = "switch"; "#.to_owned(),
            Type::Text => r#"{ type = "text"; "#.to_owned(),
            Type::OptionalText => r#"{ type = "optional text"; "#.to_owned(),
            Type::Word(words) => format!("{{ type = \"word\"; words = [ {} ]; ", quoted(words)),
            Type::OptionalWord(words) => {
                format!("{{ type = \"optional word\"; words = [ {} ]; ", quoted(words))
            }
            Type::Whole(least, most) => format!("{{ type = \"whole\"; least = {least}; most = {most}; "),
            Type::Amount => r#"{ type = "amount"; "#.to_owned(),
            Type::Volume => r#"{ type = "volume"; "#.to_owned(),
            Type::File => r#"{ type = "file"; "#.to_owned(),
            Type::Sets => r#"{ type = "sets"; "#.to_owned(),
            Type::System => r#"{ type = "system"; "#.to_owned(),
        }
    }
}

/// Alternatives, as a sentence has them: `a, b or c`.
fn either(alternatives: impl Iterator<Item = String>) -> String {
    let alternatives: Vec<String> = alternatives.collect();
    match alternatives.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => alternatives.concat(),
    }
}

/// Words as elements of a list of Nix.
fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    words.join(" ")
}

/// The message for an argument of a wrong type. It follows the argument's name.
pub fn wrong(template: &str, expected: &str, found: &str) -> String {
    format!("(argument of `{template}`): expected {expected}, not {found}")
}
