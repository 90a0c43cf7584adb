//! The documents that are open in the editor. Their text replaces that of the files on disk for every reader.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::files::Machine;
use crate::lsp::position::{Encoding, IndexedText};
use crate::source::Language;

/// An open document in one state.
#[derive(Debug)]
pub struct OpenDocument {
    /// The URI by which the client names it.
    pub uri: Uri,
    /// Its file; of a document that is none yet, a path that no file has.
    pub path: PathBuf,
    /// The client's number for the state of the text.
    pub version: i32,
    /// The language that the client named, or that the file's name tells.
    pub language: Language,
    /// The text, with an index of its lines.
    pub text: IndexedText,
}

impl OpenDocument {
    /// A Nix file that is not open, as if it were.
    pub fn unopened(path: &Path, documents: &Documents) -> Option<OpenDocument> {
        let text = IndexedText::new(documents.read(path).ok()?);
        Some(OpenDocument {
            uri: to_uri(path)?,
            path: path.to_owned(),
            version: 0,
            language: Language::Nix,
            text,
        })
    }
}

/// The open documents at one time. Cheap to copy.
#[derive(Clone)]
pub struct Documents {
    /// The files of the machine, below the open documents.
    machine: Arc<dyn Machine>,
    open: BTreeMap<String, Arc<OpenDocument>>,
}

impl Documents {
    /// No open documents over the files of a machine.
    pub fn new(machine: Arc<dyn Machine>) -> Documents {
        Documents { machine, open: BTreeMap::new() }
    }

    /// The same files with nothing open.
    pub fn none_open(&self) -> Documents {
        Documents::new(Arc::clone(&self.machine))
    }

    /// The files below the documents.
    pub fn machine(&self) -> &dyn Machine {
        &*self.machine
    }

    /// The document of that name.
    pub fn get(&self, uri: &Uri) -> Option<&Arc<OpenDocument>> {
        self.open.get(uri.as_str())
    }

    /// The same documents, one of them with another text.
    pub fn with(&self, document: &OpenDocument, text: String) -> (Arc<OpenDocument>, Documents) {
        let changed = Arc::new(OpenDocument {
            uri: document.uri.clone(),
            path: document.path.clone(),
            version: document.version,
            language: document.language,
            text: IndexedText::new(text),
        });
        let mut open = self.open.clone();
        open.insert(changed.uri.as_str().to_owned(), Arc::clone(&changed));
        (changed, Documents { machine: Arc::clone(&self.machine), open })
    }

    /// The document of a file.
    pub fn of_path(&self, path: &Path) -> Option<&Arc<OpenDocument>> {
        self.open.values().find(|document| document.path == path)
    }

    /// All open documents, in no order that matters.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<OpenDocument>> {
        self.open.values()
    }

    /// Opens a document, unless it is in a language that means nothing here.
    pub fn open(&mut self, item: TextDocumentItem) {
        let TextDocumentItem { uri, language_id, version, text } = item;
        // A document without a file has a folder of its own, in which nothing else is.
        let path = to_path(&uri).unwrap_or_else(|| Path::new("/nixvirt-unsaved").join(uri.as_str()));
        let Some(language) = language_of(&path, &language_id) else { return };
        let document = OpenDocument { path, version, language, text: IndexedText::new(text), uri };
        self.open.insert(document.uri.as_str().to_owned(), Arc::new(document));
    }

    /// Changes a document as the client did.
    pub fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let Some(document) = self.open.get_mut(uri.as_str()) else { return };
        let mut text = document.text.clone();
        for change in changes {
            text = match change.range {
                None => IndexedText::new(change.text),
                Some(range) => {
                    let range = text.offsets(range, encoding);
                    let (before, after) = (&text.text[..range.start], &text.text[range.end..]);
                    IndexedText::new([before, &change.text, after].concat())
                }
            };
        }
        let OpenDocument { uri, path, language, .. } = &**document;
        *document = Arc::new(OpenDocument {
            uri: uri.clone(),
            path: path.clone(),
            language: *language,
            version,
            text,
        });
    }

    /// Closes a document: its file on disk counts again.
    pub fn close(&mut self, uri: &Uri) {
        self.open.remove(uri.as_str());
    }

    /// The text of a file: what is in the editor where it is open there.
    pub fn read(&self, path: &Path) -> io::Result<String> {
        match self.of_path(path) {
            Some(document) => Ok(document.text.text.to_string()),
            None => self.machine.read(path),
        }
    }

    /// Whether there is anything at a path.
    pub fn exists(&self, path: &Path) -> bool {
        self.of_path(path).is_some() || self.machine.exists(path)
    }

    /// The URI by which the client names a file.
    pub fn uri(&self, path: &Path) -> Option<Uri> {
        match self.of_path(path) {
            Some(document) => Some(document.uri.clone()),
            None => to_uri(path),
        }
    }
}

/// The language of a document: what its name says, else what the editor takes it for.
fn language_of(path: &Path, said: &str) -> Option<Language> {
    let by_name = path.extension().and_then(|extension| match extension.to_str()? {
        "nix" => Some(Language::Nix),
        "json" => Some(Language::Json),
        "xml" => Some(Language::Xml),
        _ => None,
    });
    by_name.or(match said {
        "nix" => Some(Language::Nix),
        "json" | "jsonc" => Some(Language::Json),
        "xml" => Some(Language::Xml),
        _ => None,
    })
}

/// The characters that a URI's path holds without encoding.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URI of a file.
pub fn to_uri(path: &Path) -> Option<Uri> {
    let path = percent_encode(path.as_os_str().as_encoded_bytes(), PLAIN);
    Uri::from_str(&format!("file://{path}")).ok()
}

/// The file of a URI.
pub fn to_path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // Some clients name the host.
    let path = &rest[rest.find('/')?..];
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let bytes: Vec<u8> = percent_decode_str(path).collect();
    path_of(bytes)
}

/// Paths of Unix are bytes.
#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

/// Elsewhere, such as in WebAssembly, paths are text.
#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::str::FromStr;

    use lsp_types::Uri;

    use super::{to_path, to_uri};

    #[test]
    fn files_are_uris_and_back() {
        for path in ["/a/b.nix", "/a b/ö#?%.nix", "/"] {
            let uri = to_uri(Path::new(path)).expect("a URI");
            assert_eq!(to_path(&uri).as_deref(), Some(Path::new(path)), "{}", uri.as_str());
        }
        let uri = Uri::from_str("file://localhost/a%20b%3A.nix").expect("a URI");
        assert_eq!(to_path(&uri).as_deref(), Some(Path::new("/a b:.nix")));
        assert_eq!(to_path(&Uri::from_str("untitled:Untitled-1").expect("a URI")), None);
    }
}
