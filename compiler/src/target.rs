//! For which libvirt an object is meant.

use nixvirt_schema::Version;

/// The libvirt that an object is checked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The version of libvirt.
    pub libvirt: Version,
}

/// How the version that was asked for relates to those that the tables know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownVersion {
    /// The tables know it.
    Yes,
    /// It is newer than every version that the tables know, and is treated as the newest of these.
    Newer(Version),
    /// It is older than every version that the tables know, and is treated as the oldest of these.
    Older(Version),
}

impl Target {
    /// The newest libvirt that the tables know.
    pub const NEWEST: Target = Target { libvirt: Version::NEWEST };

    /// The target for a version of libvirt; a version that the tables do not know is treated as the nearest one that they do.
    pub fn of(libvirt: Version) -> (Target, KnownVersion) {
        let known = match libvirt {
            version if version > Version::NEWEST => KnownVersion::Newer(version),
            version if version < Version::OLDEST => KnownVersion::Older(version),
            _ => KnownVersion::Yes,
        };
        (Target { libvirt: libvirt.clamp(Version::OLDEST, Version::NEWEST) }, known)
    }
}

impl KnownVersion {
    /// A note for people about a version that the tables do not know.
    pub fn note(self) -> Option<String> {
        match self {
            KnownVersion::Yes => None,
            KnownVersion::Newer(version) => Some(format!(
                "note: libvirt {version} is newer than the newest version known here, {newest}; checking for {newest}",
                newest = Version::NEWEST
            )),
            KnownVersion::Older(version) => Some(format!(
                "warning: libvirt {version} is older than the oldest version known here, {oldest}; checking for {oldest}",
                oldest = Version::OLDEST
            )),
        }
    }
}

/// Reads a version of libvirt as people write it.
///
/// # Errors
/// A text that is not a version; the error describes one.
pub fn parse_version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| format!("expected {EXPECTED}"))
}

/// The key of a bundle, and of a spec's settings, that says for which libvirt it is.
pub(crate) const LIBVIRT: &str = "libvirt";

/// The description of a version, for "expected ..." in messages.
pub(crate) const EXPECTED: &str = "a version of libvirt, e.g. \"11.3.0\"";

#[cfg(test)]
mod tests {
    use super::{KnownVersion, Target, parse_version};
    use nixvirt_schema::Version;

    #[test]
    fn versions_beyond_the_tables_count_as_the_nearest() {
        let of = |text| Target::of(parse_version(text).expect("a version"));
        assert_eq!(of("11.3.0").1, KnownVersion::Yes);
        let (newer, known) = of("99.0.0");
        assert_eq!(newer, Target::NEWEST);
        assert!(known.note().is_some_and(|note| note.starts_with("note: libvirt 99.0.0")));
        let (older, known) = of("8.10.0");
        assert_eq!(older.libvirt, Version::OLDEST);
        assert!(known.note().is_some_and(|note| note.starts_with("warning: libvirt 8.10.0")));
        assert!(parse_version("new").is_err());
    }
}
