//! The surroundings of a bundle: the folders that its files are in, and a reader of definitions.

/// The surroundings of a bundle, which its caller provides: the compiler does no I/O itself.
pub struct Around<'r> {
    /// The folder that its files will be in.
    pub folder: &'r str,
    /// The folder that the bundle is in, as an absolute path: what it names relatively is there. Nothing where nothing is
    /// written, so that nothing is named from elsewhere.
    pub from: Option<&'r str>,
    /// Reads the file of a `definition`; nothing where it is not there, or cannot be read: then it is the host's.
    pub read: &'r (dyn Fn(&str) -> Option<Vec<u8>> + Sync),
}

impl Around<'_> {
    /// Nothing: no folder, and no definitions to look at.
    pub const NOTHING: Around<'static> = Around { folder: "", from: None, read: &|_| None };

    /// A path of the bundle's as it is from anywhere.
    pub(crate) fn absolute(&self, path: String) -> String {
        match self.from {
            Some(from) if !path.starts_with('/') => format!("{}/{path}", from.trim_end_matches('/')),
            _ => path,
        }
    }
}
