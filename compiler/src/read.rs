//! Code that the readers of specs and XML share: finding the entry for a name, and checking values against its
//! format.

pub(crate) mod foreign;
pub(crate) mod kind;
pub(crate) mod mismatch;
pub mod settings;
pub(crate) mod spec;
pub(crate) mod xml;

use std::borrow::Cow;

use nixvirt_schema::{Element, Format, Guard, Scalar, Version, Versions};

use crate::diagnostics::printable::Name;
use crate::diagnostics::report::Report;
use crate::diagnostics::{Instead, Problem};
use crate::diagnostics::{foreign_words, suggest};
use crate::document::path::Path;
use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{AttributeNode, Node, NodeValue};
use crate::source::xml_characters::is_char;

/// Chooses among the entries that may be meant: the first whose guard holds or cannot be decided, of those that the
/// target's libvirt has; where there is none, one that another libvirt has, or the first, for validation to say why.
fn choose<'g>(
    scope: &Scope<'_, '_>,
    entries: impl Iterator<Item = (usize, &'g Guard, Versions)>,
    libvirt: Version,
) -> Option<(usize, bool)> {
    let mut unclear = None;
    let mut other_version = None;
    let mut first = None;
    for (entry, guard, versions) in entries {
        match scope.decide(guard) {
            GuardVerdict::Holds | GuardVerdict::Unclear if !versions.contains(libvirt) => {
                other_version = other_version.or(Some((entry, true)));
            }
            GuardVerdict::Holds => return Some((entry, true)),
            GuardVerdict::Unclear => unclear = unclear.or(Some((entry, true))),
            GuardVerdict::Fails(_) => first = first.or(Some((entry, false))),
        }
    }
    unclear.or(other_version).or(first)
}

/// The entry of a child that stands for the element at `first`, of those with the same name and namespace.
pub(crate) fn choose_child(
    scope: &Scope<'_, '_>,
    element: &'static Element,
    first: usize,
    libvirt: Version,
) -> usize {
    let entries = element.child_entries(first);
    let entries = entries.map(|(entry, child)| (entry, &child.guard, child.versions));
    choose(scope, entries, libvirt).map_or(first, |(entry, _)| entry)
}

/// Puts the attributes into the node: `raw` has the position of the first entry of each one's name and its value.
pub(crate) fn resolve_attributes<'a>(
    node: &mut Node<'a>,
    raw: &mut Vec<(usize, Scalar<'a>)>,
    parent: Option<&Scope<'_, 'a>>,
    report: &mut Report,
    path: &dyn Fn(&str) -> Path,
) {
    let entries = node.element.attributes;
    let offset = node.offset;
    node.attributes.reserve_exact(raw.len());
    let mut pending = Vec::new();
    for (first, scalar) in raw.drain(..) {
        let entry = &entries[first];
        // Entries of one name stand together.
        let alone = || entries.get(first + 1).is_none_or(|next| next.name != entry.name);
        let value = if entry.guard.is_always() && alone() {
            accept(&entry.format, scalar, report, offset, || path(entry.name))
        } else {
            let text = provisional(&entry.format, &scalar);
            pending.push((node.attributes.len(), scalar));
            NodeValue { text, valid: true }
        };
        node.attributes.push(AttributeNode { entry: first, value });
    }
    if pending.is_empty() {
        return;
    }
    let scope = Scope { node, parent, complete: false };
    let (unknowns, libvirt) = (report.unknowns, report.libvirt());
    let chosen: Vec<(usize, bool)> = pending
        .iter()
        .map(|&(at, _)| {
            let first = node.attributes[at].entry;
            let named = node.element.attribute_entries(first);
            // An unknown value may decide between formats; then no format is checked.
            let possible = |(_, entry): &(usize, &nixvirt_schema::Attribute)| {
                !matches!(scope.decide(&entry.guard), GuardVerdict::Fails(_))
            };
            if unknowns && named.clone().filter(possible).count() > 1 {
                return (first, false);
            }
            let entries = named.map(|(entry, attribute)| (entry, &attribute.guard, attribute.versions));
            choose(&scope, entries, libvirt).unwrap_or((first, false))
        })
        .collect();
    for ((at, scalar), (entry, fits)) in pending.into_iter().zip(chosen) {
        let attribute = &mut node.attributes[at];
        attribute.entry = entry;
        match fits {
            true => {
                attribute.value =
                    accept(&entries[entry].format, scalar, report, offset, || path(entries[entry].name));
            }
            false => attribute.value.valid = false,
        }
    }
}

/// The value that a guard sees before the entry of its attribute is chosen.
fn provisional<'a>(format: &Format, scalar: &Scalar<'a>) -> Cow<'a, str> {
    match scalar {
        Scalar::Str(text) => text.clone(),
        Scalar::Int(value) => Cow::Owned(value.to_string()),
        Scalar::Bool(value) => Cow::Borrowed(format.word_for(*value).unwrap_or("")),
    }
}

/// Holds a value against its format and says what is wrong with it.
pub(crate) fn accept<'a>(
    format: &Format,
    scalar: Scalar<'a>,
    report: &mut Report,
    offset: Option<usize>,
    path: impl FnOnce() -> Path,
) -> NodeValue<'a> {
    let unfit = if let Scalar::Str(text) = &scalar { forbidden(text) } else { None };
    if let Some(code) = unfit {
        report.add(Problem::ForbiddenCharacter { code }, offset, path);
        return NodeValue { text: Cow::Borrowed(""), valid: false };
    }
    let (value, problem) = match format.accept_scalar(scalar.clone()) {
        Ok(accepted) => {
            let value = NodeValue { text: accepted.text, valid: true };
            if !accepted.versions.contains(report.libvirt()) {
                report.add_unless_in(accepted.versions, || show(&scalar), offset, path);
                return value;
            }
            if value.text.as_bytes().first() == Some(&b'0')
                && let Some(problem) = decimal(format, &scalar, &value.text)
            {
                report.add(problem, offset, path);
                return value;
            }
            if accepted.by_schema {
                return value;
            }
            (
                value,
                Problem::OutsideSchema {
                    value: show(&scalar),
                    expected: format.describe_for(report.libvirt()),
                },
            )
        }
        Err(_) => {
            let text = provisional(format, &scalar);
            let hint = instead(format, &text, offset.is_none());
            let problem = Problem::BadValue {
                value: show(&scalar),
                expected: format.describe_for(report.libvirt()),
                hint,
            };
            (NodeValue { text, valid: false }, problem)
        }
    };
    report.add(problem, offset, path);
    value
}

/// That libvirt reads a text of digits as a decimal number, where it prints it as a hexadecimal one: `lsusb` and `lspci` print
/// such numbers without `0x`.
fn decimal(format: &Format, scalar: &Scalar<'_>, read: &str) -> Option<Problem> {
    let Scalar::Str(text) = scalar else { return None };
    // Most values are told from such a number without making a text of them.
    let digits =
        || text.len() > 1 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if !read.starts_with("0x") || !digits() {
        return None;
    }
    let meant = format!("0x{text}");
    let differs = format.accept(Cow::Borrowed(&meant)).is_ok_and(|hex| hex.text != read);
    differs.then(|| Problem::DecimalNumber { value: text.to_string(), read: read.to_owned(), meant })
}

/// The replacement of a wrong value, in a spec or in XML.
fn instead(format: &Format, text: &str, spec: bool) -> Option<Instead> {
    let fits = |text: &str| format.accept(text.into()).is_ok();
    if let (true, Some(truth), true) = (spec, truth(text), format.word_for(true).is_some()) {
        return Some(Instead::Value(truth.to_string()));
    }
    let hexadecimal = format!("0x{text}");
    // As `lspci` and `lsusb` print numbers.
    if !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && fits(&hexadecimal)
        && format.words().is_empty()
    {
        return Some(Instead::Value(format!("{hexadecimal:?}")));
    }
    if text == "auto" && fits("-1") {
        return Some(Instead::Value("-1".to_owned()));
    }
    // An address with the length of its network.
    if let Some((address, prefix)) = text.split_once('/')
        && address.parse::<std::net::IpAddr>().is_ok()
        && fits(address)
        && prefix.parse::<u8>().is_ok_and(|bits| bits <= 128)
    {
        let prefix = if spec { format!("prefix = {prefix}") } else { format!("prefix='{prefix}'") };
        let words = format!("write `{address}`, and `{prefix}` beside it where the network's size is said");
        return Some(Instead::Words(words));
    }
    let word = meant(format, text).map(|word| Instead::Value(format!("{word:?}")));
    word.or_else(|| foreign_words::is_nothing(text).then_some(Instead::Nothing))
}

/// The truth that a word stands for.
fn truth(text: &str) -> Option<bool> {
    match text {
        "yes" | "on" | "true" | "1" => Some(true),
        "no" | "off" | "false" | "0" => Some(false),
        _ => None,
    }
}

/// The word that a wrong value was probably meant to be: another spelling of the same truth, or one written alike.
fn meant(format: &Format, text: &str) -> Option<&'static str> {
    let words = format.words();
    truth(text)
        .and_then(|truth| format.word_for(truth))
        .or_else(|| foreign_words::value(&words, text))
        .or_else(|| suggest::word(&words, text))
}

/// The first character that XML 1.0 cannot carry.
pub(crate) fn forbidden(text: &str) -> Option<u32> {
    // U+FFFE and U+FFFF begin with the byte 0xEF in UTF-8; everything else that is forbidden is below the space.
    let suspicious = |byte: u8| byte < b' ' || byte == 0xef;
    if !text.bytes().any(suspicious) {
        return None;
    }
    text.chars().find(|character| !is_char(*character)).map(u32::from)
}

/// A value as it would be written in Nix, cut where it is long.
pub(crate) fn show(scalar: &Scalar<'_>) -> String {
    match scalar {
        Scalar::Bool(value) => value.to_string(),
        Scalar::Int(value) => value.to_string(),
        Scalar::Str(text) => format!("{:?}", Name(text).to_string()),
    }
}
