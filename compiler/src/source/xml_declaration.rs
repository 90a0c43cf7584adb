//! Checks the XML declaration and processing instructions, and the encoding of a source.

use crate::diagnostics::printable::{Name, cut};
use crate::source::xml_characters::is_plain_name;

/// Checks the XML declaration, given what stands between `<?` and `?>`, and gives the encoding that it names.
///
/// # Errors
/// A malformed declaration, in words.
pub(super) fn read(content: &str) -> Result<Option<&str>, String> {
    let wrong = || {
        "its XML declaration is wrong; expected `<?xml version=\"1.0\" encoding=\"UTF-8\"?>`, or none"
            .to_owned()
    };
    let mut parts = Parts { rest: content.strip_prefix("xml").ok_or_else(wrong)? };
    let version = parts.take("version").ok_or_else(wrong)?;
    let minor = version.strip_prefix("1.").ok_or_else(wrong)?;
    if minor.is_empty() || !minor.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let encoding = parts.take("encoding");
    let standalone = parts.take("standalone");
    let ends = parts.rest.trim_start_matches(SPACE).is_empty();
    match ends && standalone.is_none_or(|word| matches!(word, "yes" | "no")) {
        true => Ok(encoding),
        false => Err(wrong()),
    }
}

/// White space of XML.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The pseudo-attributes of a declaration, which have an order.
struct Parts<'c> {
    rest: &'c str,
}

impl<'c> Parts<'c> {
    /// Takes the next one, if it is this.
    fn take(&mut self, name: &str) -> Option<&'c str> {
        let rest = self.rest.trim_start_matches(SPACE);
        if rest.len() == self.rest.len() {
            return None;
        }
        let rest = rest.strip_prefix(name)?.trim_start_matches(SPACE);
        let rest = rest.strip_prefix('=')?.trim_start_matches(SPACE);
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, rest) = rest[1..].split_once(quote)?;
        self.rest = rest;
        Some(value)
    }
}

/// Checks a processing instruction, given what stands between `<?` and `?>`.
///
/// # Errors
/// A malformed instruction, in words.
pub(super) fn check_instruction(content: &str) -> Result<(), String> {
    let target = content.split(SPACE).next().unwrap_or("");
    match target {
        _ if target.eq_ignore_ascii_case("xml") => {
            Err("an XML declaration can only stand at the very beginning, once, as `<?xml ...?>`".to_owned())
        }
        _ if is_plain_name(target) => Ok(()),
        _ => Err(format!("`<?{}` is no processing instruction: its name is no name", Name(target))),
    }
}

/// Checks the encoding that XML declares: only UTF-8 is read.
///
/// # Errors
/// Another encoding, with advice on how to convert the source.
pub(super) fn check_encoding(encoding: &str, text: &str) -> Result<(), String> {
    let is = |names: &[&str]| names.iter().any(|name| encoding.eq_ignore_ascii_case(name));
    let shown = cut(encoding, 40);
    match text.is_ascii() {
        _ if is(&["utf-8", "utf8"]) => Ok(()),
        true if is(&["us-ascii", "ascii"]) => Ok(()),
        true => Err(format!(
            "it declares the encoding {shown:?}, and only UTF-8 is taken: write `encoding=\"UTF-8\"`, which is what \
             its bytes are"
        )),
        false => Err(format!("it declares the encoding {shown:?}: {}", advice(encoding))),
    }
}

/// The error for XML whose bytes are not UTF-8, with advice.
pub(super) fn not_utf8(bytes: &[u8]) -> String {
    // However it is encoded, a declaration in a superset of ASCII can be read.
    let head: String = bytes.iter().take(200).map(|byte| char::from(*byte)).collect();
    let declared = head.strip_prefix("<?").and_then(|head| head.split_once("?>"));
    match declared.and_then(|(content, _)| read(content).ok()).flatten() {
        Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") => {
            let shown = cut(encoding, 40);
            format!("it is not valid UTF-8, and declares the encoding {shown:?}: {}", advice(encoding))
        }
        _ => "it is not valid UTF-8".to_owned(),
    }
}

fn advice(encoding: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let from =
        if encoding.bytes().all(plain) && (1..40).contains(&encoding.len()) { encoding } else { "ENCODING" };
    format!(
        "only UTF-8 is taken; convert it with `iconv -f {from} -t UTF-8`, and write `encoding=\"UTF-8\"` or leave that out"
    )
}

#[cfg(test)]
mod tests {
    use super::{check_encoding, check_instruction, read};

    #[test]
    fn declarations() {
        assert_eq!(read("xml version='1.0'"), Ok(None));
        assert_eq!(read("xml version = \"1.0\"\n encoding='utf-8' standalone='no' "), Ok(Some("utf-8")));
        for wrong in [
            "xml",
            "xml ",
            "xml version='2.0'",
            "xml version='1.'",
            "xml version=1.0",
            "xmlversion='1.0'",
            "xml encoding='UTF-8'",
            "xml version='1.0'encoding='UTF-8'",
            "xml version='1.0' standalone='maybe'",
            "xml version='1.0' standalone='no' encoding='UTF-8'",
            "xml version='1.0' version='1.0'",
            "xml version='1.0' other='1'",
            "xml version='1.0\"",
            "XML version='1.0'",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn instructions() {
        assert!(check_instruction("target with ? and > in it").is_ok());
        for wrong in ["", " a", "XmL a", "1a", "a:b c", "<a"] {
            assert!(check_instruction(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn encodings() {
        assert!(check_encoding("UTF-8", "ö").is_ok());
        assert!(check_encoding("us-ascii", "o").is_ok());
        assert!(check_encoding("us-ascii", "ö").is_err());
        let other = check_encoding("ISO-8859-1", "ö").expect_err("not UTF-8");
        assert!(other.contains("iconv -f ISO-8859-1 -t UTF-8"), "{other}");
        let hostile = check_encoding("x`reboot`", "ö").expect_err("not UTF-8");
        assert!(hostile.contains("iconv -f ENCODING"), "{hostile}");
    }
}
