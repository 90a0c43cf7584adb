//! The file of a definition. One that `nixvirt-compile -o` wrote is taken only as its index says that it is: otherwise it is
//! being written at this moment, or somebody has edited it.

use std::path::{Path, PathBuf};

use nixvirt_compiler::index::{Hash, Mark};

use crate::error::{Error, codes};
use crate::files;

/// The file of a definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Where it is; what messages call it, where it is in no file.
    pub path: PathBuf,
    /// The hash that it is to have; nothing where it is not known.
    hash: Option<Hash>,
    /// Its XML, where it is in no file.
    text: Option<String>,
}

impl From<PathBuf> for Definition {
    fn from(path: PathBuf) -> Definition {
        Definition { path, hash: None, text: None }
    }
}

impl Definition {
    /// The file that a bundle in a folder names, with what its mark says of it.
    pub fn of(given: &str, folder: &Path, mark: Option<&Mark>) -> Definition {
        Definition { path: folder.join(given), hash: mark.and_then(|mark| mark.hash_of(given)), text: None }
    }

    /// A definition that came of a spec.
    pub fn in_memory(xml: &str) -> Definition {
        Definition { path: PathBuf::from("spec"), hash: None, text: Some(xml.to_owned()) }
    }

    /// The same with another text.
    pub fn with_text(&self, text: String) -> Definition {
        Definition { path: self.path.clone(), hash: None, text: Some(text) }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Where it cannot be read, or is not what its index says.
    pub fn read(&self) -> Result<String, Error> {
        if let Some(text) = &self.text {
            return Ok(text.clone());
        }
        let unread = |why: String| {
            Error::new(&codes::CANNOT_READ, "cannot read the definition")
                .fact("path", self.path.display())
                .system(why)
        };
        let bytes = files::read(&self.path).map_err(|error| unread(error.to_string()))?;
        if self.hash.is_some_and(|hash| hash != Hash::of(&bytes)) {
            let message = "it is not what `bundle.json` beside it says: it is being written, or was edited";
            return Err(Error::new(&codes::DEFINITION_EDITED, message).help("run `nixvirt-compile -o` again"));
        }
        String::from_utf8(bytes).map_err(|_| unread("it is not valid UTF-8".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_what_the_index_says_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.xml");
        let place = folder.path().display().to_string();
        let mark = Mark {
            folder: place.clone(),
            files: [("a.xml".to_owned(), Hash::of(b"<a/>"))].into(),
            writing: None,
        };
        let given = format!("{place}/a.xml");
        let read = |mark| Definition::of(&given, Path::new("/"), mark).read();
        fs::write(&file, "<a/>").unwrap();
        assert_eq!(read(Some(&mark)).unwrap(), "<a/>");
        fs::write(&file, "<b/>").unwrap();
        assert!(read(Some(&mark)).unwrap_err().to_string().contains("being written, or was edited"));
        assert_eq!(read(None).unwrap(), "<b/>");
    }
}
