//! Values whose texts are in files of the host: `{ file = "/run/secrets/key"; }` stands for the text in the file.

use std::borrow::Cow;

use crate::source::json::Json;

/// Reads a file that a seed names.
///
/// # Errors
/// Why it cannot be read, in words.
pub type ReadHostFile<'r> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'r;

/// The key of the set that stands for the text in a file.
const FILE: &str = "file";

/// The path of the file that a value stands for: that of a set whose only key is `file`.
pub fn host_file<'v>(value: &'v Json<'_>) -> Option<&'v str> {
    match value {
        Json::Set(entries) => match &entries[..] {
            [(key, Json::Str(path))] if key == FILE && !path.is_empty() => Some(path),
            _ => None,
        },
        _ => None,
    }
}

/// The value with the texts of files in the places that name them, each without the newline that ends a single line.
///
/// # Errors
/// The files that cannot be read, each with the reason.
pub(super) fn with_texts(
    value: &Json<'_>,
    read: &ReadHostFile<'_>,
    wrong: &mut Vec<String>,
) -> Json<'static> {
    if let Some(path) = host_file(value) {
        return match text_of(path, read) {
            Ok(text) => Json::Str(Cow::Owned(one_line(text))),
            Err(why) => {
                wrong.push(why);
                Json::Null
            }
        };
    }
    match value {
        Json::List(items) => Json::List(items.iter().map(|item| with_texts(item, read, wrong)).collect()),
        Json::Set(entries) | Json::Open(entries) => {
            let whole = entries
                .iter()
                .map(|(key, value)| (Cow::Owned(key.clone().into_owned()), with_texts(value, read, wrong)));
            Json::Set(whole.collect())
        }
        other => other.clone().into_owned(),
    }
}

/// The text in a file.
pub(super) fn text_of(path: &str, read: &ReadHostFile<'_>) -> Result<String, String> {
    let bytes = read(path).map_err(|why| format!("cannot read {path}: {why}"))?;
    String::from_utf8(bytes).map_err(|_| format!("cannot read {path}: it is not text in UTF-8"))
}

fn one_line(mut text: String) -> String {
    if text.ends_with('\n') && text.lines().count() == 1 {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    text
}
