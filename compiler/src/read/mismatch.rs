//! The message for a set, a list or a scalar in the place of another.

use std::borrow::Cow;

use nixvirt_schema::{Attribute, Child, Element, Format, Need, Occurs, Scalar};

use crate::diagnostics::{Problem, foreign_words};
use crate::document::scope::{GuardVerdict, Scope};
use crate::read::show;
use crate::source::json::Json;

/// Something else than a scalar where a scalar belongs.
pub(crate) fn wrong_scalar(format: &Format, value: &Json<'_>) -> Problem {
    let expected = match value {
        Json::Float(_) => format.describe(),
        _ => "one plain value".to_owned(),
    };
    value.instead_of(expected)
}

/// Something that cannot stand for a child. `below` is the scope of the child, as yet without content.
pub(crate) fn wrong_child(child: &Child, value: &Json<'_>, below: &Scope<'_, '_>) -> Problem {
    let element = child.element;
    let expected = match (element.is_flag(), element.is_leaf(), element.text, child.occurs) {
        // Where a plain value will do, a number of another kind is meant to be one.
        (.., Some(text), _) if matches!(value, Json::Float(_)) => text.format.describe(),
        (true, ..) => "`true` or a set".to_owned(),
        (_, true, Some(text), _) => text.format.describe(),
        (.., Occurs::Many | Occurs::Exactly(_)) => "a set or a list of sets".to_owned(),
        (.., Occurs::Once) => "a set".to_owned(),
    };
    let scalar = match value {
        Json::Bool(value) => Some(Scalar::Bool(*value)),
        Json::Int(value) => Some(Scalar::Int(*value)),
        Json::Str(text) => Some(Scalar::Str(text.clone())),
        _ => None,
    };
    let hint = scalar.and_then(|scalar| instead(element, &scalar, below));
    Problem::WrongType { found: value.type_name(), expected, hint }
}

/// The attribute that a scalar in the place of a set was probably meant for: one that may stand here and takes the
/// value, preferably one that must stand here.
fn instead(element: &Element, scalar: &Scalar<'_>, below: &Scope<'_, '_>) -> Option<String> {
    let text = match scalar {
        Scalar::Str(text) => text.clone(),
        Scalar::Int(value) => Cow::Owned(value.to_string()),
        Scalar::Bool(value) => Cow::Owned(value.to_string()),
    };
    if let Some(advice) = foreign_words::scalar(element, &text, &show(scalar)) {
        return Some(advice);
    }
    let fits = |attribute: &&Attribute| {
        below.decide(&attribute.guard) == GuardVerdict::Holds
            && attribute.format.accept_scalar(scalar.clone()).is_ok_and(|accepted| accepted.by_schema)
    };
    let mut fitting = element.attributes.iter().filter(fits);
    // A word of a choice says more than a text that takes anything.
    let worded = fitting.clone().find(|attribute| match scalar {
        Scalar::Str(text) => attribute.format.words().contains(&&**text),
        _ => false,
    });
    let required = fitting.clone().find(|attribute| attribute.need == Need::Required);
    // A word of a set further down says more than a text that takes anything.
    let deeper = || {
        let worded = |attribute: &&Attribute| attribute.format.words().contains(&&*text);
        element.children.iter().find_map(|child| {
            let found = child.element.attributes.iter().find(worded)?;
            Some(format!("`{}.{}.{} = {};`", element.name, child.element.name, found.name, show(scalar)))
        })
    };
    let Some(meant) = worded.or(required).or_else(|| fitting.next()) else { return deeper() };
    Some(format!("`{}.{} = {};`", element.name, meant.name, show(scalar)))
}

/// A list of words in the place of a set of what is there or not, such as `features = [ "acpi" "apic" ]`.
pub(crate) fn words(child: &Child, items: &[Json<'_>]) -> Option<Problem> {
    let flag = |word: &str| {
        child.element.children.iter().any(|below| below.element.name == word && below.element.is_flag())
    };
    let words: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
    let words = words.filter(|words| words.iter().any(|word| flag(word)) && child.occurs == Occurs::Once)?;
    let set: String = words.iter().map(|word| format!("{} = true; ", crate::write::nix::key(word))).collect();
    let hint = Some(format!("`{} = {{ {set}}};`", child.element.name));
    Some(Problem::WrongType { found: "a list of words", expected: "a set".to_owned(), hint })
}

/// The number and unit of an amount that was given as one string, such as `2GiB`.
pub(crate) fn amount<'t>(element: &Element, text: &'t str) -> Option<(&'t str, &'t str)> {
    let unit = element.attributes.iter().find(|attribute| attribute.name == "unit")?;
    let digits = text.find(|other: char| !other.is_ascii_digit()).filter(|&digits| digits > 0)?;
    let (number, rest) = (&text[..digits], text[digits..].trim());
    unit.format.accept(rest.into()).is_ok().then_some((number, rest))
}

/// An amount as one string, where a set with the two parts belongs.
pub(crate) fn wrong_amount(element: &Element, text: &str) -> Problem {
    let expected = element.text.map_or_else(String::new, |text| text.format.describe());
    let hint = amount(element, text)
        .zip(element.text)
        .map(|((number, unit), text)| format!("`{{ {} = {number}; unit = {unit:?}; }}`", text.key));
    Problem::WrongType { found: "a string", expected: format!("a set, or {expected}"), hint }
}
