//! Versions of libvirt, and since and until which of them an entry of the tables exists.

use std::fmt;

/// A version of libvirt, as the number that libvirt itself gives: 11.3.0 is 11003000.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32);

impl Version {
    /// The oldest version that the tables know. What is older carries no mark.
    pub const OLDEST: Version = Version::new(9, 0, 0);
    /// The newest version that the tables know.
    pub const NEWEST: Version = Version::new(12, 8, 0);

    /// The version of these numbers, each below 1000.
    pub const fn new(major: u32, minor: u32, micro: u32) -> Version {
        Version(major * 1_000_000 + minor * 1_000 + micro)
    }

    /// The version of libvirt's own number (`virConnectGetLibVersion`).
    pub fn from_number(number: u64) -> Option<Version> {
        u32::try_from(number).ok().map(Version)
    }

    /// Reads `11.3.0` or `11.3`.
    pub const fn parse(text: &str) -> Option<Version> {
        let bytes = text.as_bytes();
        let (mut parts, mut part, mut digits, mut at) = ([0; 3], 0, 0, 0);
        while at < bytes.len() {
            match bytes[at] {
                digit @ b'0'..=b'9' if digits < 3 => {
                    parts[part] = parts[part] * 10 + (digit - b'0') as u32;
                    digits += 1;
                }
                b'.' if digits > 0 && part < 2 => {
                    part += 1;
                    digits = 0;
                }
                _ => return None,
            }
            at += 1;
        }
        match part > 0 && digits > 0 {
            true => Some(Version::new(parts[0], parts[1], parts[2])),
            false => None,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.0 / 1_000_000, self.0 / 1_000 % 1_000, self.0 % 1_000)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// The versions of libvirt that have an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    since: Version,
    until: Version,
}

impl Versions {
    /// All versions, past and future.
    pub const ALL: Versions = Versions { since: Version(0), until: Version(u32::MAX) };

    /// Only this version and later ones.
    ///
    /// # Panics
    /// In a table where the text is no version, while it is compiled.
    pub const fn since(mut self, version: &str) -> Versions {
        self.since = in_table(version);
        self
    }

    /// Only versions before this one.
    ///
    /// # Panics
    /// In a table where the text is no version, while it is compiled.
    pub const fn until(mut self, version: &str) -> Versions {
        self.until = in_table(version);
        self
    }

    /// Whether the version is one of them.
    pub fn contains(self, version: Version) -> bool {
        self.since <= version && version < self.until
    }

    /// The version that introduced the entry; nothing where the oldest known version has it.
    pub fn introduced(self) -> Option<Version> {
        (self != Versions::ALL && self.since > Version::OLDEST).then_some(self.since)
    }

    /// The first version without the entry; nothing where the newest known version has it.
    pub fn removed(self) -> Option<Version> {
        (self.until <= Version::NEWEST).then_some(self.until)
    }
}

const fn in_table(text: &str) -> Version {
    match Version::parse(text) {
        Some(version) => version,
        None => panic!("a version is written like 11.3.0"),
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.introduced(), self.removed()) {
            (Some(since), Some(until)) => write!(out, "since libvirt {since}, before {until}"),
            (Some(since), None) => write!(out, "since libvirt {since}"),
            (None, Some(until)) => write!(out, "before libvirt {until}"),
            (None, None) => out.write_str("in every libvirt"),
        }
    }
}
