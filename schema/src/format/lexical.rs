//! The lexical side of the formats: small total functions over text.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An integer in decimal digits, with an optional minus sign. White space around it, which a few of the schema's types
/// allow, is refused: libvirt's parser does not take it behind a number (`virStrToLong_i` and its kin).
pub(super) fn decimal(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

/// An unsigned integer in C's notations.
pub fn number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    if digits.starts_with('+') { None } else { u64::from_str_radix(digits, radix).ok() }
}

/// The decimal digits of the value, reusing the text where it has them already.
pub(super) fn canonical_decimal(text: Cow<'_, str>, value: i128) -> Cow<'_, str> {
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = !digits.starts_with('0') || &*text == "0";
    if plain && shortest { text } else { Cow::Owned(value.to_string()) }
}

/// `0x` and at least `width` hexadecimal digits, reusing the text where it is that already.
pub(super) fn canonical_hex(text: Cow<'_, str>, value: u64, width: usize) -> Cow<'_, str> {
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    match text.strip_prefix("0x") {
        Some(digits) if digits.len() == width && digits.bytes().all(digit) => text,
        _ => Cow::Owned(format!("{value:#0full$x}", full = width + 2)),
    }
}

/// A file mode in octal digits, printed as C's `%04o` does.
pub(super) fn octal(text: Cow<'_, str>, max: u32) -> Option<Cow<'_, str>> {
    let value = u32::from_str_radix(&text, 8).ok().filter(|value| *value <= max && !text.starts_with('+'))?;
    let canonical = format!("{value:04o}");
    Some(if canonical == *text { text } else { Cow::Owned(canonical) })
}

/// Whether a path is absolute in the sense of libvirt's schema (`absFilePath` in basictypes.rng).
pub(super) fn is_absolute(text: &str) -> bool {
    let drive = |bytes: &[u8]| bytes.len() > 3 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == b":\\";
    (text.len() > 1 && text.starts_with('/') || drive(text.as_bytes())) && !text.contains('\n')
}

/// A UUID with or without hyphens, printed with them in lower case.
pub(super) fn uuid(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    let hyphenated = bytes.len() == 36;
    let fits = bytes.iter().enumerate().all(|(index, byte)| {
        let hyphen = hyphenated && matches!(index, 8 | 13 | 18 | 23);
        if hyphen { *byte == b'-' } else { byte.is_ascii_hexdigit() }
    });
    if !fits || !(hyphenated || bytes.len() == 32) {
        return None;
    }
    if hyphenated && !bytes.iter().any(u8::is_ascii_uppercase) {
        return Some(text);
    }
    let mut digits: String = text.chars().filter(|&digit| digit != '-').collect();
    digits.make_ascii_lowercase();
    for at in [20, 16, 12, 8] {
        digits.insert(at, '-');
    }
    Some(Cow::Owned(digits))
}

/// Six pairs of hexadecimal digits; a unicast address has the lowest bit of its first byte clear.
pub(super) fn is_mac(text: &str, unicast: bool) -> bool {
    let pairs = text.bytes().enumerate().all(|(index, byte)| match index % 3 {
        2 => byte == b':',
        _ => byte.is_ascii_hexdigit(),
    });
    let first = |text: &str| u8::from_str_radix(&text[..2], 16).unwrap_or(1);
    text.len() == 17 && pairs && (!unicast || first(text) & 1 == 0)
}

/// Whether a text is an IPv4 address in dotted decimal notation.
pub(super) fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// An IPv6 address without a zone.
pub(super) fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

/// Numbers, ranges and exclusions, separated by commas (`cpuset` in basictypes.rng).
pub(super) fn is_cpuset(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split(',').all(|part| match (part.strip_prefix('^'), part.split_once('-')) {
        (Some(excluded), _) => number(excluded),
        (None, Some((from, to))) => number(from) && number(to),
        (None, None) => number(part),
    })
}

/// Whether the text has from `min` to `max` characters, all in the set.
pub(super) fn made_of(text: &str, set: &str, min: usize, max: usize) -> bool {
    let mut count = 0;
    text.chars().all(|character| {
        count += 1;
        in_set(character, set)
    }) && (min..=max).contains(&count)
}

/// Whether a character is in a set such as `a-zA-Z0-9_.-` or `^/\\n`. A hyphen first or last stands for itself, a
/// backslash makes the next character one of the set (`\\n` is a line feed, `\\s` XML white space).
pub(super) fn in_set(character: char, set: &str) -> bool {
    let (negated, set) = match set.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, set),
    };
    // Nearly all sets are ASCII, of which a byte is a character.
    let found = match set.is_ascii() {
        true => is_one_of(character, set.bytes().map(char::from)),
        false => is_one_of(character, set.chars()),
    };
    found != negated
}

/// Whether a character is one of those that a set without its `^` has.
fn is_one_of(character: char, mut set: impl Iterator<Item = char> + Clone) -> bool {
    while let Some(first) = set.next() {
        if first == '\\' {
            let found = match set.next() {
                Some('n') => character == '\n',
                Some('s') => matches!(character, ' ' | '\t' | '\n' | '\r'),
                escaped => Some(character) == escaped,
            };
            if found {
                return true;
            }
            continue;
        }
        let mut ahead = set.clone();
        let last = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) => {
                set = ahead;
                last
            }
            _ => first,
        };
        if (first..=last).contains(&character) {
            return true;
        }
    }
    false
}
