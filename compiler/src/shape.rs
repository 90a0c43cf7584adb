//! What to say where a spec has a set, a list or a scalar in the place of another.

use std::borrow::Cow;

use nixvirt_schema::{Attribute, Child, Element, Format, Need, Occurs, Scalar};

use crate::diagnostic::Problem;
use crate::json::Json;
use crate::read::show;

/// Whether a value says nothing: null, or lists of nothing.
pub fn is_empty(value: &Json<'_>) -> bool {
    match value {
        Json::Null => true,
        Json::List(items) => items.iter().all(is_empty),
        _ => false,
    }
}

/// Something else than a scalar where a scalar belongs.
pub fn wrong_scalar(value: &Json<'_>) -> Problem {
    let expected = match value {
        Json::Float(_) => "an integer",
        _ => "one plain value",
    };
    Problem::WrongShape { found: value.shape(), expected: expected.into(), hint: None }
}

/// Something that cannot stand for a child.
pub fn wrong_child(child: &Child, value: &Json<'_>) -> Problem {
    let element = child.element;
    let expected = match (element.is_flag(), element.is_leaf(), element.text, child.occurs) {
        (true, ..) => "`true` or a set".to_owned(),
        (_, true, Some(text), _) => text.format.describe(),
        (.., Occurs::Many | Occurs::Exactly(_)) => "a set or a list of sets".to_owned(),
        (.., Occurs::Once) => "a set".to_owned(),
    };
    Problem::WrongShape { found: value.shape(), expected, hint: instead(element, value) }
}

/// What a scalar in the place of a set was probably meant to be: the value of the one obvious attribute that takes it,
/// or of one that has it among its words.
fn instead(element: &Element, value: &Json<'_>) -> Option<String> {
    let scalar = match value {
        Json::Bool(value) => Scalar::Bool(*value),
        Json::Int(value) => Scalar::Int(*value),
        Json::Str(text) => Scalar::Str(Cow::Borrowed(&**text)),
        _ => return None,
    };
    let attributes = element.attributes;
    let obvious = |attribute: &&Attribute| match &scalar {
        Scalar::Bool(_) => matches!(attribute.format, Format::YesNo | Format::OnOff),
        _ => attribute.need == Need::Required || attributes.len() == 1 || attribute.name == "type",
    };
    let has_word = |attribute: &&Attribute| match &scalar {
        Scalar::Str(text) => attribute.format.words().contains(&&**text),
        _ => false,
    };
    let takes = |attribute: &&Attribute| attribute.format.accept_scalar(scalar.clone()).is_ok();
    let mut obvious: Vec<&Attribute> = attributes.iter().filter(obvious).filter(takes).collect();
    obvious.dedup_by_key(|attribute| attribute.name);
    let meant = match *obvious {
        [only] => only,
        _ => attributes.iter().find(has_word)?,
    };
    Some(format!("`{}.{} = {};`", element.name, meant.name, show(&scalar)))
}
