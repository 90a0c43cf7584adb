//! Plain scalars: what PyYAML makes of a word without quotes.

use crate::source::json::Json;

/// The words for true and false, and those for null, each in the three spellings that YAML 1.1 knows.
const TRUE: [&str; 3] = ["yes", "true", "on"];
const FALSE: [&str; 3] = ["no", "false", "off"];

/// The value of a plain scalar. An integer with a leading zero stays a text: it is octal to PyYAML, and people write modes of files so.
pub(super) fn plain(text: &str) -> Json<'static> {
    let is = |words: &[&str]| {
        words.iter().any(|word| {
            let capital = word[..1].to_ascii_uppercase() + &word[1..];
            text == *word || text == word.to_ascii_uppercase() || text == capital
        })
    };
    if text.is_empty() || text == "~" || is(&["null"]) {
        return Json::Null;
    }
    if is(&TRUE) || is(&FALSE) {
        return Json::Bool(is(&TRUE));
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits == "0" || (!digits.starts_with('0') && is_digits(digits)) {
        let number = text.replace('_', "");
        return number.parse().map_or_else(|_| number.parse().map_or(Json::Opaque, Json::Float), Json::Int);
    }
    let is_float = digits.contains('.')
        && digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.chars().all(|one| one.is_ascii_digit() || "._eE+-".contains(one));
    match text.replace('_', "").parse() {
        Ok(number) if is_float => Json::Float(number),
        _ => Json::Str(text.to_owned().into()),
    }
}

fn is_digits(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(|one| one.is_ascii_digit() || one == '_')
}

/// Whether a text is itself without quotes, for PyYAML and for readers of YAML 1.2: a word that begins with a letter or `/` and
/// has nothing that means anything.
pub(super) fn is_plain_safe(text: &str) -> bool {
    let is_word = |one: char| one.is_ascii_alphanumeric() || " _./@%+=,-".contains(one);
    // `y` and `n` are booleans to other readers of YAML 1.1.
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(is_word)
        && !text.ends_with(' ')
        && !["y", "Y", "n", "N"].contains(&text)
        && matches!(plain(text), Json::Str(_))
}
