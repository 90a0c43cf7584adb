//! How libvirt spells values that it reads in several spellings and prints in one.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The one spelling of a value that libvirt prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// A MAC address: two digits for each byte, in lower case.
    Mac,
    /// A mask of an address: the number of its bits, where these come first.
    PrefixLength,
    /// A variable: without spaces, and without the first iterator, which is meant anyway.
    Variable,
    /// In lower case, of ASCII letters.
    Lower,
    /// In upper case, of ASCII letters.
    Upper,
    /// A path: without empty steps, and without a slash at its end.
    Path,
    /// Other words for some (first); they stand for those that libvirt prints (second).
    Words(&'static [(&'static str, &'static str)]),
}

impl Spelling {
    /// A text in this spelling; as it is where there is none.
    pub fn of(self, text: Cow<'_, str>) -> Cow<'_, str> {
        let spelt = match self {
            Spelling::Mac => mac(&text),
            Spelling::PrefixLength => prefix_length(&text).map(|bits| bits.to_string()),
            Spelling::Variable => {
                let plain: String = text.chars().filter(|part| *part != ' ').collect();
                Some(plain.strip_suffix("[@0]").map(str::to_owned).unwrap_or(plain))
            }
            Spelling::Lower => Some(text.to_ascii_lowercase()),
            Spelling::Upper => Some(text.to_ascii_uppercase()),
            // libvirt's schema has other paths, too, which it would refuse without their last slash: `C:/`, `/ /`.
            Spelling::Path => Some(path(&text)).filter(|path| {
                path.len() > 1 && path.starts_with('/') && !path.ends_with(char::is_whitespace)
            }),
            Spelling::Words(words) => {
                words.iter().find(|(word, _)| *word == text).map(|(_, printed)| (*printed).to_owned())
            }
        };
        match spelt {
            Some(spelt) if spelt != *text => Cow::Owned(spelt),
            _ => text,
        }
    }
}

/// Six bytes with two digits each, in lower case; nothing where a text is that already, or is none.
pub(super) fn mac(text: &str) -> Option<String> {
    let printed = |(at, byte): (usize, u8)| match at % 3 {
        2 => byte == b':',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    if text.len() == 17 && text.bytes().enumerate().all(printed) {
        return None;
    }
    let bytes: Option<Vec<String>> = text
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16).ok().map(|byte| format!("{byte:02x}")))
        .collect();
    bytes.filter(|bytes| bytes.len() == 6).map(|bytes| bytes.join(":"))
}

fn prefix_length(text: &str) -> Option<u32> {
    if let Ok(mask) = text.parse::<Ipv4Addr>() {
        let bits = u32::from(mask);
        return (bits.leading_ones() == bits.count_ones()).then_some(bits.leading_ones());
    }
    let bits = u128::from(text.parse::<Ipv6Addr>().ok()?);
    (bits.leading_ones() == bits.count_ones()).then_some(bits.leading_ones())
}

/// Two slashes at the beginning stay, as POSIX gives them a meaning of their own; three do not.
fn path(text: &str) -> String {
    let leading = text.len() - text.trim_start_matches('/').len();
    let steps: Vec<&str> = text.split('/').filter(|step| !step.is_empty()).collect();
    let root = match leading {
        0 => "",
        2 => "//",
        _ => "/",
    };
    format!("{root}{}", steps.join("/"))
}

/// The largest number of a set that is spelt anew; libvirt's own limits are lower.
const MOST: usize = 1 << 16;

/// A set of numbers as ranges in their order; as it is where that is not one.
pub(super) fn cpuset(text: Cow<'_, str>) -> Cow<'_, str> {
    match ranges(&text) {
        Some(spelt) if spelt != *text => Cow::Owned(spelt),
        _ => text,
    }
}

fn ranges(text: &str) -> Option<String> {
    let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number < MOST);
    let mut set = std::collections::BTreeSet::new();
    for part in text.split(',') {
        if let Some(excluded) = part.strip_prefix('^') {
            set.remove(&number(excluded)?);
        } else if let Some((from, to)) = part.split_once('-') {
            let (from, to) = (number(from)?, number(to)?);
            if from > to {
                return None;
            }
            set.extend(from..=to);
        } else {
            set.insert(number(part)?);
        }
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in set {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let spelt = |&(first, last): &(usize, usize)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    (!runs.is_empty()).then(|| runs.iter().map(spelt).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelt_as_libvirt_prints_them() {
        let cases: &[(Spelling, &str, &str)] = &[
            (Spelling::Mac, "1:2:3:A:bb:0C", "01:02:03:0a:bb:0c"),
            (Spelling::PrefixLength, "255.255.255.0", "24"),
            (Spelling::PrefixLength, "255.0.255.0", "255.0.255.0"),
            (Spelling::PrefixLength, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:8000", "113"),
            (Spelling::PrefixLength, "24", "24"),
            (Spelling::Variable, "$B[  @0 ] ", "$B"),
            (Spelling::Variable, "$A[1 ]", "$A[1]"),
            (Spelling::Lower, "SRC,dSt", "src,dst"),
            (Spelling::Path, "///var//lib/images//", "/var/lib/images"),
            (Spelling::Words(&[("0", "false")]), "0", "false"),
        ];
        for (spelling, given, printed) in cases {
            assert_eq!(spelling.of((*given).into()), *printed, "{given}");
        }
        for (given, printed) in [
            ("22,23", "22-23"),
            ("0-2,^1", "0,2"),
            ("3,1,2", "1-3"),
            ("07", "7"),
            ("^1", "^1"),
            ("1,10-2", "1,10-2"),
        ] {
            assert_eq!(cpuset(given.into()), printed, "{given}");
        }
    }
}
