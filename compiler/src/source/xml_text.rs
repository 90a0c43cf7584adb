//! The source of XML as a whole: its size, encoding and characters.

use crate::diagnostics::Problem;
use crate::source::json::BYTE_ORDER_MARK;
use crate::source::limits::MAX_BYTES;
use crate::source::xml_declaration;
use crate::source::xml_tag::XmlFault;

/// Checks the source as a whole, before it is parsed: its size, encoding and characters.
///
/// # Errors
/// A source that is too large, in another encoding than UTF-8, or with characters that XML forbids.
pub(crate) fn text_of(source: &[u8]) -> Result<&str, XmlFault> {
    let syntax = |message: &str| Problem::Syntax { language: "XML", message: message.into() };
    if source.len() > MAX_BYTES {
        let what = format!("the source has {} bytes; at most {MAX_BYTES} are read", source.len());
        return Err((Problem::Limit { what }, 0));
    }
    let body = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
    let text = std::str::from_utf8(body).map_err(|error| match body {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, ..] | [_, 0, ..] => {
            (syntax("it is UTF-16 or UTF-32; expected UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`"), 0)
        }
        _ => (syntax(&xml_declaration::not_utf8(body)), error.valid_up_to()),
    })?;
    if text.starts_with('\u{feff}') {
        return Err((syntax("it begins with two byte order marks; there can be one"), 0));
    }
    let forbidden = |byte: u8| (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    // Without an early end, many bytes are looked at in one go; where it is comes after.
    if text.bytes().fold(false, |found, byte| found | forbidden(byte)) {
        let at = text.bytes().position(forbidden).unwrap_or(0);
        return Err((syntax("it holds a control character, which XML cannot carry"), at));
    }
    let noncharacter = if text.is_ascii() { None } else { text.find(['\u{fffe}', '\u{ffff}']) };
    match noncharacter {
        Some(at) => Err((syntax("it holds a noncharacter, which XML cannot carry"), at)),
        None => Ok(text),
    }
}
