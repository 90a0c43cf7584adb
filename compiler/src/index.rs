//! The mark of a compiled bundle: the hashes of the files that were written with it. It tells the writer its own files from
//! those of others, and tells a reader whether the bundle is whole or still being written.
//!
//! The mark is the first key of `bundle.json`:
//!
//! ```json
//! "compiled": {
//!   "format": 1,
//!   "folder": "/etc/host",
//!   "files": { "domains/web.xml": "SHA-256 OF THE FILE" },
//!   "hash": "SHA-256 OF bundle.json WITHOUT THIS HASH"
//! }
//! ```
//!
//! While the files are being replaced there is, beside `files`, `writing`: what each of them may still hold (`before`), and
//! how the names of the temporary files begin (`temporary`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

use crate::source::json::Json;

/// The key of the mark in a compiled bundle.
pub const MARK: &str = "compiled";
/// The name of a compiled bundle's index in its folder.
pub const INDEX: &str = "bundle.json";
/// The only format of the mark so far.
const FORMAT: i128 = 1;

/// A SHA-256 of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(Sha256::digest(bytes).into())
    }

    fn parse(text: &str) -> Option<Hash> {
        let digits = text.as_bytes();
        let value = |digit: u8| char::from(digit).to_digit(16).filter(|_| !digit.is_ascii_uppercase());
        let mut hash = [0; 32];
        if digits.len() != 2 * hash.len() {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
            *byte = u8::try_from(value(pair[0])? << 4 | value(pair[1])?).ok()?;
        }
        Some(Hash(hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// Files with their hashes, by their paths from the folder.
pub type Hashes = BTreeMap<String, Hash>;

/// The mark of a compiled bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The folder that the bundle was written to; the `definition`s of its files begin with it.
    pub folder: String,
    /// Every file that belongs to the bundle.
    pub files: Hashes,
    /// The part that is known only while the files are being replaced.
    pub writing: Option<Writing>,
}

/// A run that is replacing files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writing {
    /// The hashes of the files before; a file that it names and `files` does not is to be removed.
    pub before: Hashes,
    /// How the names of the run's temporary files begin.
    pub temporary: String,
}

/// The state of a bundle, judged by its mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marked {
    /// It has no mark: it was written by hand.
    No,
    /// It is as it was written.
    Whole(Mark),
    /// It was changed after it was written; nothing where not even the mark can be read.
    Edited(Option<Mark>),
}

impl Mark {
    /// Reads the mark of a bundle.
    pub fn of(bundle: &Json<'_>) -> Marked {
        let Some(value) = bundle.get(MARK) else { return Marked::No };
        let Some((mark, hash)) = Mark::read(value) else { return Marked::Edited(None) };
        let rest = without_mark(bundle.clone().into_owned());
        match Hash::of(text(&rest, &mark, "").as_bytes()) == hash {
            true => Marked::Whole(mark),
            false => Marked::Edited(Some(mark)),
        }
    }

    fn read(value: &Json<'_>) -> Option<(Mark, Hash)> {
        let hashes = |value: &Json<'_>| -> Option<Hashes> {
            let Json::Set(entries) = value else { return None };
            let entry = |(path, hash): &(Cow<'_, str>, Json<'_>)| {
                is_inside(path).then(|| Some((path.to_string(), Hash::parse(hash.as_str()?)?)))?
            };
            entries.iter().map(entry).collect()
        };
        if value.get("format") != Some(&Json::Int(FORMAT)) {
            return None;
        }
        let writing = match value.get("writing") {
            None => None,
            Some(writing) => Some(Writing {
                before: hashes(writing.get("before")?)?,
                temporary: writing.get("temporary")?.as_str()?.to_owned(),
            }),
        };
        let folder = value.get("folder")?.as_str()?.to_owned();
        let mark = Mark { folder, files: hashes(value.get("files")?)?, writing };
        Some((mark, Hash::parse(value.get("hash")?.as_str()?)?))
    }

    /// The hash that the file of a `definition` is to have; nothing where it is not of the bundle's own files.
    pub fn hash_of(&self, definition: &str) -> Option<Hash> {
        let file = definition.strip_prefix(&*self.folder)?.strip_prefix('/')?;
        self.files.get(file).copied()
    }

    /// The text of `bundle.json`: a bundle, of which an older mark is dropped, with this mark.
    pub fn index(&self, bundle: Json<'static>) -> String {
        let bundle = without_mark(bundle);
        let hash = Hash::of(text(&bundle, self, "").as_bytes());
        text(&bundle, self, &hash.to_string())
    }

    fn to_json(&self, hash: &str) -> Json<'static> {
        let string = |text: &str| Json::Str(Cow::Owned(text.to_owned()));
        let hashes = |hashes: &Hashes| {
            let entry =
                |(path, hash): (&String, &Hash)| (Cow::Owned(path.clone()), string(&hash.to_string()));
            Json::Set(hashes.iter().map(entry).collect())
        };
        let mut entries = vec![
            ("format", Json::Int(FORMAT)),
            ("folder", string(&self.folder)),
            ("files", hashes(&self.files)),
        ];
        if let Some(Writing { before, temporary }) = &self.writing {
            let writing = [("before", hashes(before)), ("temporary", string(temporary))];
            entries.push(("writing", set(writing)));
        }
        entries.push(("hash", string(hash)));
        set(entries)
    }
}

fn set(entries: impl IntoIterator<Item = (&'static str, Json<'static>)>) -> Json<'static> {
    Json::Set(entries.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

fn without_mark(bundle: Json<'static>) -> Json<'static> {
    match bundle {
        Json::Set(mut entries) => {
            entries.retain(|(key, _)| key != MARK);
            Json::Set(entries)
        }
        other => other,
    }
}

fn text(bundle: &Json<'static>, mark: &Mark, hash: &str) -> String {
    let mut entries = vec![(Cow::Borrowed(MARK), mark.to_json(hash))];
    if let Json::Set(rest) = bundle {
        entries.extend(rest.iter().cloned());
    }
    // Everything here was read as JSON or compiled, and can be written as JSON. Only values that Nix left unknown cannot.
    serde_json::to_string_pretty(&Json::Set(entries)).unwrap_or_default() + "\n"
}

/// Whether a path is of a file that a bundle may have below its folder: a forged mark must not lead a run out of the folder.
fn is_inside(path: &str) -> bool {
    path.ends_with(".xml")
        && path.contains('/')
        && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_json;

    fn mark() -> Mark {
        let files = [("domains/a.xml".to_owned(), Hash::of(b"a"))].into();
        Mark { folder: "/x".to_owned(), files, writing: None }
    }

    fn bundle() -> Json<'static> {
        set([("domains", Json::List(vec![Json::Null, Json::Float(1.5)]))])
    }

    #[test]
    fn what_is_written_is_read_again() {
        let writing = Writing { before: mark().files, temporary: ".t".to_owned() };
        for mark in [mark(), Mark { writing: Some(writing), ..mark() }] {
            let text = mark.index(bundle());
            let read = parse_json(text.as_bytes()).unwrap().value;
            assert_eq!(Mark::of(&read), Marked::Whole(mark.clone()));
            assert_eq!(mark.index(read.into_owned()), text, "an older mark should be dropped");
        }
    }

    #[test]
    fn an_edit_shows() {
        let text = mark().index(bundle());
        let edited = text.replace("null", "true");
        assert_eq!(Mark::of(&parse_json(edited.as_bytes()).unwrap().value), Marked::Edited(Some(mark())));
        let broken = text.replace("\"format\": 1", "\"format\": 2");
        assert_eq!(Mark::of(&parse_json(broken.as_bytes()).unwrap().value), Marked::Edited(None));
        assert_eq!(Mark::of(&bundle()), Marked::No);
        // White space between keys is not part of the content.
        let dense: String = text.split_whitespace().collect();
        assert_eq!(Mark::of(&parse_json(dense.as_bytes()).unwrap().value), Marked::Whole(mark()));
    }

    #[test]
    fn no_mark_leads_out_of_its_folder() {
        for path in
            ["../a.xml", "/etc/a.xml", "a/../../b.xml", "domains/.a.xml", "a//b.xml", "domains/a", "a.xml"]
        {
            let mut mark = mark();
            mark.files.insert(path.to_owned(), Hash::of(b""));
            let text = mark.index(bundle());
            assert_eq!(Mark::of(&parse_json(text.as_bytes()).unwrap().value), Marked::Edited(None), "{path}");
        }
    }

    #[test]
    fn a_definition_is_found_by_its_folder() {
        assert_eq!(mark().hash_of("/x/domains/a.xml"), Some(Hash::of(b"a")));
        for other in ["/x/domains/b.xml", "/y/domains/a.xml", "/xdomains/a.xml", "domains/a.xml"] {
            assert_eq!(mark().hash_of(other), None, "{other}");
        }
    }
}
