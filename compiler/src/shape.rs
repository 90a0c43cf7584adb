//! What to say where a spec has a set, a list or a scalar in the place of another.

use nixvirt_schema::{Child, Element, Format, Need, Occurs};

use crate::diagnostic::Problem;
use crate::json::Json;

/// Whether a value says nothing: null, or lists of nothing.
pub fn is_empty(value: &Json<'_>) -> bool {
    match value {
        Json::Null | Json::Opaque => true,
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

/// What a scalar in the place of a set was probably meant to be: the value of its one obvious attribute.
fn instead(element: &Element, value: &Json<'_>) -> Option<String> {
    let is_bool = |format: Format| matches!(format, Format::YesNo | Format::OnOff);
    let meant = match value {
        Json::Bool(_) => element.attributes.iter().find(|attribute| is_bool(attribute.format))?,
        Json::Str(_) | Json::Int(_) => element
            .attributes
            .iter()
            .find(|attribute| attribute.need == Need::Required)
            .or_else(|| element.attributes.first().filter(|_| element.attributes.len() == 1))
            .or_else(|| element.attributes.iter().find(|attribute| attribute.name == "type"))?,
        _ => return None,
    };
    let value = match value {
        Json::Bool(value) => value.to_string(),
        Json::Int(value) => value.to_string(),
        Json::Str(text) => format!("{text:?}"),
        _ => return None,
    };
    Some(format!("`{}.{} = {value};`", element.name, meant.name))
}
