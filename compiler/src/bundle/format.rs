//! What a bundle may say: the keys of the host and of each kind's entries, as data.
//!
//! Compiling, `check`, the apply step and the modules' options read these tables, so that a key means the same to all of
//! them and a misspelt one is found before anything reaches a host.

use std::borrow::Cow;

use nixvirt_schema::{KINDS, Kind};

use crate::diagnostics::printable::Name;
use crate::diagnostics::report::{Policy, Report};
use crate::diagnostics::{Diagnostic, Fix, Problem, codes, suggest};
use crate::document::path::{Path, Step};
use crate::index::MARK;
use crate::read::kind::SALT;
use crate::source::json::Json;
use crate::target::LIBVIRT;
use crate::write::nix;

/// A key of a set of a bundle.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it holds; `null` is as good as no key.
    pub shape: Shape,
    /// Which entries have it; of no meaning elsewhere.
    pub of: Of,
    /// What it is for: a sentence, in which `{kind}` stands for the kind of object.
    pub doc: &'static str,
}

/// What a key holds.
#[derive(Debug)]
pub enum Shape {
    /// True or false.
    Bool,
    /// A text that is not empty.
    Text,
    /// The path of a file, of the host's where it is not there when the bundle is compiled.
    File,
    /// The path of a program, or a command ([`is_program`] tells).
    Hook,
    /// A whole number of seconds.
    Seconds,
    /// One of some words.
    Word(&'static [&'static str]),
    /// True or false, or one of [`SWITCH`], which mean the same.
    Switch,
    /// A set with these keys.
    Set(&'static [Key]),
    /// A list of sets with these keys.
    Sets(&'static [Key]),
    /// A list of entries of a kind.
    Entries(&'static str),
    /// An object, or the arguments of a template: its own reader holds it against libvirt's formats.
    Object,
    /// What has a reader of its own, which says what is wrong with it.
    Own,
}

/// The words for true and for false of a [`Shape::Switch`].
pub const SWITCH: [&str; 2] = ["always", "never"];

/// Which kinds' entries have a key.
#[derive(Debug)]
pub enum Of {
    /// All.
    Every,
    /// Those of objects that can be started.
    Starting,
    /// Those of these kinds.
    Kinds(&'static [&'static str]),
}

const fn key(name: &'static str, shape: Shape, of: Of, doc: &'static str) -> Key {
    Key { name, shape, of, doc }
}

/// What a bundle says of the host as a whole, beside the lists of the kinds.
pub static HOST: &[Key] = &[
    key(
        "prune",
        Shape::Word(&["owned", "declared", "all", "none"]),
        Of::Every,
        "Which objects are removed that are no longer declared: those that nixvirt has made, also those that it has taken over, all, whoever made them, or none.",
    ),
    key(
        "unset",
        Shape::Own,
        Of::Every,
        "The keys of the kinds that nobody says anything of any more. What is ours of these is removed, as `prune` has it.",
    ),
    key(
        "shutdown",
        Shape::Set(SHUTDOWN),
        Of::Every,
        "How domains are stopped that are to be stopped or restarted (null: as its parts say by default).",
    ),
    key(
        SALT,
        Shape::Text,
        Of::Every,
        "What tells the host from others, such as its name, in the uuids and MAC addresses that are derived.",
    ),
    key(
        LIBVIRT,
        Shape::Own,
        Of::Every,
        "The version of libvirt that the host has, such as \"11.3.0\": what it does not have is refused.",
    ),
    key(WARNINGS, Shape::Sets(WARNING), Of::Every, "What the compiler warned of when it made the bundle."),
    key(MARK, Shape::Own, Of::Every, "Which files the compiler wrote with the bundle."),
];

/// The key of a compiled bundle's warnings. No file and no line is in it, so that a spec can move without its bundle
/// changing.
pub const WARNINGS: &str = "warnings";

/// How a domain is stopped.
pub static SHUTDOWN: &[Key] = &[
    key(
        "method",
        Shape::Word(&["acpi", "agent", "destroy"]),
        Of::Every,
        "How to stop a domain: by its power button, by its guest agent, or at once.",
    ),
    key("timeout", Shape::Seconds, Of::Every, "How many seconds the guest may take."),
    key(
        "then",
        Shape::Word(&["destroy", "fail"]),
        Of::Every,
        "What comes after that time: the domain is stopped at once, or goes on and that is an error; what changed is then in force at its next start.",
    ),
];

/// A warning of a compiled bundle.
static WARNING: &[Key] = &[
    key("object", Shape::Text, Of::Every, "The object, such as \"domain `web`\"."),
    key("path", Shape::Own, Of::Every, "The place in it; empty for the whole of it."),
    key("code", Shape::Text, Of::Every, "The code by which tools know the kind of problem."),
    key("text", Shape::Text, Of::Every, "What is wrong and what to do about it."),
];

/// The value of a secret.
static VALUE: &[Key] = &[key(
    "file",
    Shape::File,
    Of::Every,
    "The file on the host that holds the value. It is read when objects are applied, and never copied to the store.",
)];

/// What a domain leaves behind, and whether that is kept or deleted with it.
static REMAINS: &[Key] = &[
    key("nvram", Shape::Word(KEPT), Of::Every, "What becomes of its UEFI variables (null: \"keep\")."),
    key("tpm", Shape::Word(KEPT), Of::Every, "What becomes of the state of its TPM (null: \"keep\")."),
];

const KEPT: &[&str] = &["keep", "delete"];

/// What an entry may say beside what defines its object.
pub static ENTRY: &[Key] = &[
    key("definition", Shape::File, Of::Every, "Path to the XML that defines the {kind}."),
    key(
        "spec",
        Shape::Object,
        Of::Every,
        "The {kind} as libvirt's format has it, instead of a `definition`.",
    ),
    key(
        "template",
        Shape::Text,
        Of::Every,
        "The template that makes the {kind} of `args`, instead of a `definition` or `spec`.",
    ),
    key("args", Shape::Object, Of::Every, "The arguments of `template`."),
    key("active", Shape::Bool, Of::Starting, "Whether the {kind} is to be active (null: as it is)."),
    key(
        "restart",
        Shape::Switch,
        Of::Starting,
        "Whether to restart the {kind} when it is applied: \"always\" (or true), \"never\" (or false); null: only for a change that takes it.",
    ),
    key(
        "autostart",
        Shape::Bool,
        Of::Starting,
        "Whether libvirt starts the {kind} by itself when the host boots (null: as it is).",
    ),
    key(
        "shutdown",
        Shape::Set(SHUTDOWN),
        Of::Kinds(&["domain"]),
        "How to stop this {kind} where it is to be stopped or restarted (null: as the host says).",
    ),
    key(
        "live",
        Shape::Bool,
        Of::Kinds(&["domain"]),
        "Whether to apply to a running {kind} what can be applied while it runs, without a restart.",
    ),
    key(
        "saved",
        Shape::Word(&["resume", "discard"]),
        Of::Kinds(&["domain"]),
        "What becomes of the saved state of a {kind}, as a host that shuts down leaves one (null: \"resume\"): its next start goes on with it, or it is given up, and what was in its memory with it.",
    ),
    key(
        "onRemove",
        Shape::Set(REMAINS),
        Of::Kinds(&["domain"]),
        "What becomes of what a {kind} leaves behind once it is no longer declared (null: it is kept).",
    ),
    key(
        "hooks",
        Shape::Set(DOMAIN_HOOKS),
        Of::Kinds(&["domain"]),
        "What libvirt calls for this {kind} alone.",
    ),
    key(
        "hooks",
        Shape::Set(NETWORK_HOOKS),
        Of::Kinds(&["network"]),
        "What libvirt calls for this {kind} alone.",
    ),
    key(
        "build",
        Shape::Bool,
        Of::Kinds(&["pool"]),
        "Whether the folder of a {kind} of type `dir` is made where it is missing, when the {kind} is defined for the first time.",
    ),
    key(
        "volumes",
        Shape::Entries("volume"),
        Of::Kinds(&["pool"]),
        "Volumes to create in the {kind} where they are missing.",
    ),
    key("value", Shape::Set(VALUE), Of::Kinds(&["secret"]), "The value of the {kind}."),
    key("present", Shape::Bool, Of::Kinds(&["volume"]), "Whether the {kind} is to exist."),
    key(
        "name",
        Shape::Text,
        Of::Kinds(&["volume"]),
        "Name of the {kind}; one that is not to be `present` needs no more.",
    ),
];

/// When libvirt calls the hook of a domain: <https://libvirt.org/hooks.html>.
pub static DOMAIN_HOOKS: &[Key] = &[
    hook("prepare", "What the host runs before it prepares the machine's resources."),
    hook("start", "What the host runs before it starts the machine."),
    hook("started", "What the host runs once the machine runs."),
    hook("stopped", "What the host runs once the machine has stopped."),
    hook("release", "What the host runs once the machine's resources are released."),
];

/// When libvirt calls the hook of a network: <https://libvirt.org/hooks.html>.
pub static NETWORK_HOOKS: &[Key] = &[
    hook("start", "What the host runs before it starts the network."),
    hook("started", "What the host runs once the network is up."),
    hook("updated", "What the host runs once the network has been changed while it was up."),
    hook("port-created", "What the host runs before a machine's port is on the network."),
    hook("port-deleted", "What the host runs once a machine's port is off the network."),
    hook("stopped", "What the host runs once the network is down."),
];

const fn hook(name: &'static str, doc: &'static str) -> Key {
    key(name, Shape::Hook, Of::Every, doc)
}

/// The keys of an entry of a kind.
pub fn entry_keys(kind: &Kind) -> impl Iterator<Item = &'static Key> {
    let (name, starts) = (kind.name, kind.starts);
    ENTRY.iter().filter(move |key| match key.of {
        Of::Every => true,
        Of::Starting => starts,
        Of::Kinds(kinds) => kinds.contains(&name),
    })
}

/// The hooks that libvirt calls for an object of a kind, in the order of its life.
pub fn hooks(kind: &Kind) -> &'static [Key] {
    match entry_keys(kind).find(|key| key.name == "hooks").map(|key| &key.shape) {
        Some(Shape::Set(keys)) => keys,
        _ => &[],
    }
}

/// The kinds of which a host has a list.
pub fn listed() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| kind.parent.is_none())
}

/// Holds a whole bundle against the tables: every key of the host and of each entry. What the objects themselves hold is
/// not looked at.
pub fn check_bundle(entries: &[(Cow<'_, str>, Json<'_>)], report: &mut Report) {
    for (name, value) in entries {
        let here = vec![Step { key: name.clone().into_owned(), index: None }];
        if let Some(kind) = listed().find(|kind| kind.plural == name) {
            check_entries(kind, value, &here, report);
        } else if let Some(key) = HOST.iter().find(|key| key.name == name) {
            check(value, &key.shape, &here, report);
        } else {
            report.add(unknown_of_host(name), None, || Path(here));
        }
    }
}

/// Holds the entries of a list against the tables.
fn check_entries(kind: &'static Kind, value: &Json<'_>, here: &[Step], report: &mut Report) {
    let items = match value {
        Json::List(items) => items,
        Json::Null | Json::Opaque => return,
        other => return wrong(other, "a list", here, report),
    };
    for (index, item) in items.iter().enumerate() {
        let fields = match item {
            Json::Set(fields) | Json::Open(fields) => fields,
            Json::Opaque => continue,
            other => {
                let mut place = here.to_vec();
                if let Some(step) = place.last_mut() {
                    step.index = Some(index);
                }
                wrong(other, "a set with `spec` or `definition`", &place, report);
                continue;
            }
        };
        for (name, value) in fields {
            let mut place = here.to_vec();
            if let Some(step) = place.last_mut() {
                step.index = Some(index);
            }
            place.push(Step { key: name.clone().into_owned(), index: None });
            match entry_keys(kind).find(|key| key.name == name) {
                Some(key) => check(value, &key.shape, &place, report),
                None => report.add(unknown_of_entry(name, kind), None, || Path(place)),
            }
        }
    }
}

/// The keys that the set at a place of a bundle may have, where it is not of an object: what editors offer there.
pub fn keys_at(path: &[Step]) -> Option<Vec<(&'static str, &'static str)>> {
    let named = |keys: &[&'static Key]| keys.iter().map(|key| (key.name, key.doc)).collect();
    if path.is_empty() {
        let lists =
            listed().map(|kind| (kind.plural, "A list of objects, each with what it is to be on the host."));
        return Some(lists.chain(HOST.iter().map(|key| (key.name, key.doc))).collect());
    }
    match shape_at(path)? {
        At::Entry(kind) => Some(named(&entry_keys(kind).collect::<Vec<_>>())),
        At::Value(Shape::Set(keys)) => Some(named(&keys.iter().collect::<Vec<_>>())),
        At::Value(_) => None,
    }
}

/// The words that may be the value at a place of a bundle, as JSON and Nix write them.
pub fn words_at(path: &[Step]) -> Vec<String> {
    let quoted = |words: &[&str]| words.iter().map(|word| format!("{word:?}")).collect();
    let booleans = ["true".to_owned(), "false".to_owned()];
    match shape_at(path) {
        Some(At::Value(Shape::Word(words))) => quoted(words),
        Some(At::Value(Shape::Switch)) => [quoted(&SWITCH), booleans.to_vec()].concat(),
        Some(At::Value(Shape::Bool)) => booleans.to_vec(),
        _ => Vec::new(),
    }
}

/// What stands at a place of a bundle.
enum At {
    Entry(&'static Kind),
    Value(&'static Shape),
}

fn shape_at(path: &[Step]) -> Option<At> {
    let (first, rest) = path.split_first()?;
    let mut here = match listed().find(|kind| kind.plural == first.key) {
        Some(kind) => At::Entry(kind),
        None => At::Value(&HOST.iter().find(|key| key.name == first.key)?.shape),
    };
    for step in rest {
        let key = match here {
            At::Entry(kind) => entry_keys(kind).find(|key| key.name == step.key)?,
            At::Value(Shape::Set(keys)) => keys.iter().find(|key| key.name == step.key)?,
            At::Value(_) => return None,
        };
        here = match &key.shape {
            Shape::Entries(kind) if step.index.is_some() => At::Entry(nixvirt_schema::kind(kind)?),
            shape => At::Value(shape),
        };
    }
    Some(here)
}

/// Says that a key of the bundle itself is unknown.
fn unknown_of_host(name: &str) -> Problem {
    if let Some(kind) = KINDS.iter().find(|kind| kind.plural == name)
        && let Some(parent) = kind.parent.and_then(nixvirt_schema::kind)
    {
        let message = format!("`{name}` cannot stand here; a {} belongs to a {}", kind.name, parent.name);
        let help = format!("write them in the entry of their {}: `{}[0].{name}`", parent.name, parent.plural);
        return problem(message, Some(help), None);
    }
    let known: Vec<&str> = listed().map(|kind| kind.plural).chain(HOST.iter().map(|key| key.name)).collect();
    unknown(name, &known, "a bundle")
}

/// Says that a key of an entry is unknown.
fn unknown_of_entry(name: &str, kind: &'static Kind) -> Problem {
    if ENTRY.iter().any(|key| key.name == name) {
        let has = |kind: &&Kind| entry_keys(kind).any(|key| key.name == name);
        let kinds: Vec<&str> = KINDS.iter().filter(has).map(|kind| kind.plural).collect();
        let message = format!("`{name}` does not go with a {}", kind.name);
        return problem(message, Some(format!("only entries of {} have it", kinds.join(", "))), None);
    }
    let known: Vec<&str> = entry_keys(kind).map(|key| key.name).collect();
    unknown(name, &known, &format!("an entry of `{}`", kind.plural))
}

fn unknown(name: &str, known: &[&str], holder: &str) -> Problem {
    let message = format!("unknown key `{}` in {holder}", Name(name));
    match suggest::word(known, name) {
        Some(meant) => {
            let fix = Fix::Rename(meant.to_owned());
            problem(message, Some(format!("did you mean `{meant}`?")), Some(fix))
        }
        None => problem(message, Some(format!("expected one of {}", known.join(", "))), None),
    }
}

fn problem(message: String, help: Option<String>, fix: Option<Fix>) -> Problem {
    Problem::Rule { code: &codes::UNKNOWN_ATTRIBUTE, message, help, fix }
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
        Some(key) => settled(value, &key.shape, absolute),
        None => value,
    }
}

fn settled(value: Json<'static>, shape: &Shape, absolute: &dyn Fn(String) -> String) -> Json<'static> {
    match (shape, value) {
        (Shape::Switch, value) => switch(&value).map_or(value, Json::Bool),
        (Shape::File, Json::Str(path)) => Json::Str(Cow::Owned(absolute(path.into_owned()))),
        (Shape::Hook, Json::Str(hook)) if is_program(&hook) => {
            Json::Str(Cow::Owned(absolute(hook.into_owned())))
        }
        (Shape::Set(keys), Json::Set(fields)) => Json::Set(
            fields
                .into_iter()
                .map(|(name, value)| match keys.iter().find(|key| key.name == name) {
                    Some(key) => (name, settled(value, &key.shape, absolute)),
                    None => (name, value),
                })
                .collect(),
        ),
        (_, value) => value,
    }
}

/// Whether a [`Shape::Hook`] is the path of a program: a text with a slash and without white space. Any other is a command.
pub fn is_program(hook: &str) -> bool {
    hook.contains('/') && !hook.contains(char::is_whitespace)
}

/// What a [`Shape::Switch`] says.
pub fn switch(value: &Json<'_>) -> Option<bool> {
    match value {
        Json::Bool(value) => Some(*value),
        Json::Str(word) => SWITCH.iter().position(|known| known == word).map(|at| at == 0),
        _ => None,
    }
}

/// The problems of a bundle by the tables alone, as [`check_bundle`] has them.
pub fn problems(bundle: &Json<'_>) -> Vec<Diagnostic> {
    let mut report = Report::new(Policy::Libvirt);
    if let Json::Set(entries) = bundle {
        check_bundle(entries, &mut report);
    }
    report.finish()
}

fn wrong(found: &Json<'_>, expected: &str, here: &[Step], report: &mut Report) {
    let problem = Problem::WrongShape { found: found.shape(), expected: expected.to_owned(), hint: None };
    report.add(problem, None, || Path(here.to_vec()));
}

/// Holds a value against its shape.
fn check(value: &Json<'_>, shape: &Shape, here: &[Step], report: &mut Report) {
    if matches!(value, Json::Null | Json::Opaque) {
        return;
    }
    let at = || Path(here.to_vec());
    let mut wrong = |expected: &str| wrong(value, expected, here, report);
    match (shape, value) {
        (Shape::Bool, Json::Bool(_)) | (Shape::Switch, Json::Bool(_)) => {}
        (Shape::Bool, _) => wrong("true, false or null"),
        (Shape::Text | Shape::File | Shape::Hook, Json::Str(text))
            if !text.trim().is_empty() && !text.contains('\0') => {}
        (Shape::Text | Shape::File | Shape::Hook, Json::Str(text)) => {
            let expected = text_of(shape).to_owned();
            let problem = Problem::BadValue { value: nix::string(text), expected, hint: None };
            report.add(problem, None, at);
        }
        (Shape::Text | Shape::File | Shape::Hook, _) => wrong(text_of(shape)),
        (Shape::Seconds, Json::Int(seconds)) if u64::try_from(*seconds).is_ok() => {}
        (Shape::Seconds, _) => wrong("a whole number of seconds"),
        (Shape::Word(words), Json::Str(word)) => check_word(word, words, here, report),
        (Shape::Switch, Json::Str(word)) => check_word(word, &SWITCH, here, report),
        (Shape::Word(words), _) => wrong(&one_of(words)),
        (Shape::Switch, _) => wrong(&format!("true, false, {}", one_of(&SWITCH))),
        (Shape::Set(keys), Json::Set(entries) | Json::Open(entries)) => {
            for (name, value) in entries {
                let mut below = here.to_vec();
                below.push(Step { key: name.clone().into_owned(), index: None });
                match keys.iter().find(|key| key.name == name) {
                    Some(key) => check(value, &key.shape, &below, report),
                    None => {
                        let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
                        let holder = here.last().map_or(String::new(), |step| format!("`{}`", step.key));
                        report.add(unknown(name, &known, &holder), None, || Path(below));
                    }
                }
            }
        }
        (Shape::Set(keys), _) => {
            let names: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
            wrong(&format!("a set with {}", names.join(", ")));
        }
        (Shape::Sets(keys), Json::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                let mut below = here.to_vec();
                if let Some(step) = below.last_mut() {
                    step.index = Some(index);
                }
                check(item, &Shape::Set(keys), &below, report);
            }
        }
        (Shape::Sets(_), _) => wrong("a list"),
        (Shape::Entries(kind), value) => {
            if let Some(kind) = nixvirt_schema::kind(kind) {
                check_entries(kind, value, here, report);
            }
        }
        // These have readers of their own.
        (Shape::Object | Shape::Own, _) => {}
    }
}

fn text_of(shape: &Shape) -> &'static str {
    match shape {
        Shape::File => "the path of a file",
        Shape::Hook => "the path of a program, or a command",
        _ => "a text that is not empty",
    }
}

fn check_word(word: &str, words: &[&'static str], here: &[Step], report: &mut Report) {
    if words.contains(&word) {
        return;
    }
    let hint = suggest::word(words, word).map(|word| format!("{word:?}"));
    let problem = Problem::BadValue { value: nix::string(word), expected: one_of(words), hint };
    report.add(problem, None, || Path(here.to_vec()));
}

fn one_of(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("one of {}", words.join(", "))
}
