//! The state of one connection: the definition of each object that was applied, as given and as libvirt made it.
//!
//! It is kept in a file of ours and not in libvirt's metadata: only domains and networks have metadata, libvirt prints
//! it back to the user, and a change of it rewrites the object. The file is a log: a record is added for whatever
//! changes, the last one of an object counts, and a record that a kill cut off is dropped. In memory are only names
//! and hashes; the texts are read when something differs. Where the file is lost, objects are taken over as found:
//! defined once more, restarted only for what differs.

mod identity;
mod place;
mod record;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nixvirt_compiler::Code;
use uuid::Uuid;

pub use self::identity::{find, keep_one, lock_of};
pub use self::place::{default_folder, folder_for, make_folder, path_of};
use self::record::Head;
pub use self::record::{Packed, Record, Texts, Wait, Why};
use crate::error::{Error, codes, file};
use crate::files;
use crate::key::Key;
use crate::kind::ObjectKind;

/// The first line of the file; another one is not ours to read.
const HEADER: &str = "nixvirt-state 1\n";

/// The state of one connection.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    /// Open for adding; nothing where it is only read.
    file: Option<File>,
    end: u64,
    records: BTreeMap<Key, Record>,
    by_hash: BTreeMap<(ObjectKind, u128), Uuid>,
    live_bytes: u64,
    /// The host that it is of, where that is known.
    identity: Option<String>,
}

impl State {
    /// Reads the state at a path. To change it, hold the lock.
    ///
    /// # Errors
    /// Where it is not a state, or cannot be read.
    pub fn open(path: PathBuf, write: bool) -> Result<State, Error> {
        let said = unreadable(&path);
        let mut state = State {
            path: path.clone(),
            file: None,
            end: 0,
            records: BTreeMap::new(),
            by_hash: BTreeMap::new(),
            live_bytes: 0,
            identity: None,
        };
        files::only_ours(&path).map_err(&said)?;
        match fs::metadata(&path) {
            // Opening a FIFO would wait for a writer.
            Ok(found) if !found.is_file() => return Err(said(io::Error::other("it is no file"))),
            Ok(_) => state.load(File::open(&path).map_err(&said)?)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(said(error)),
        }
        if write {
            let said = unwritable(&path);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).mode(0o600);
            let file = options.open(&path).map_err(&said)?;
            if state.end == 0 {
                file.write_all_at(HEADER.as_bytes(), 0).map_err(&said)?;
                state.end = HEADER.len() as u64;
            }
            // Removes a record that a kill cut off.
            file.set_len(state.end).map_err(&said)?;
            state.file = Some(file);
            if state.end > 2 * state.live_bytes + (256 << 10) {
                // Where there is no place for it, the old one is as good, only longer.
                let _ = state.compact();
            }
        }
        Ok(state)
    }

    fn load(&mut self, file: File) -> Result<(), Error> {
        let said = unreadable(&self.path);
        let length = file.metadata().map_err(&said)?.len();
        let mut reader = BufReader::with_capacity(64 << 10, file);
        let mut line = String::new();
        reader.read_line(&mut line).map_err(&said)?;
        if line.is_empty() || (line.len() < HEADER.len() && HEADER.starts_with(&line)) {
            return Ok(());
        }
        if line != HEADER {
            let why = "it is not a state that this release of nixvirt can read";
            return Err(coded(&codes::STATE_FORMAT, said(io::Error::other(why)))
                .help("use the release that wrote it, or give the folder of another one with --state-dir"));
        }
        self.end = line.len() as u64;
        loop {
            let mut line = Vec::new();
            reader.read_until(b'\n', &mut line).map_err(&said)?;
            let read = serde_json::from_slice::<Head>(&line).ok();
            let Some(head) = read.filter(|_| record::is_whole(&line)) else {
                // A kill leaves the beginning of a record. A whole line that is none was changed by something else, and
                // what follows it is not ours to drop.
                if line.ends_with(b"\n") {
                    let place = self.end;
                    let why = io::Error::other(format!("it is damaged at byte {place}"));
                    return Err(coded(&codes::STATE_DAMAGED, said(why)).fact("byte", place).help(format!(
                        "bring it back from a backup, or forget what was done since with `truncate --size {place}` on it"
                    )));
                }
                break;
            };
            let texts = self.end + line.len() as u64;
            let next = texts + u64::from(head.length) + 1;
            if next > length {
                break;
            }
            reader.seek_relative(i64::from(head.length) + 1).map_err(&said)?;
            self.take(head, texts);
            self.end = next;
        }
        Ok(())
    }

    /// Takes a record that was read or written.
    fn take(&mut self, head: Head, texts: u64) {
        if head.kind == record::HOST {
            self.identity = head.name;
            return;
        }
        let Some(kind) = ObjectKind::named(&head.kind) else { return };
        let key = (kind, head.uuid);
        if let Some(old) = self.records.remove(&key) {
            self.by_hash.remove(&(kind, old.given));
            self.live_bytes -= u64::from(old.place.1);
        }
        let uuid = head.uuid;
        let Some(record) = head.record(texts) else { return };
        self.live_bytes += u64::from(record.place.1);
        if record.owned && !record.pending {
            self.by_hash.insert((kind, record.given), uuid);
        }
        self.records.insert(key, record);
    }

    /// The record of an object.
    pub fn get(&self, key: Key) -> Option<&Record> {
        self.records.get(&key)
    }

    /// The object whose definition, as it was applied last, has that hash.
    pub fn by_hash(&self, kind: ObjectKind, hash: u128) -> Option<(Uuid, &Record)> {
        let uuid = *self.by_hash.get(&(kind, hash))?;
        Some((uuid, self.records.get(&(kind, uuid))?))
    }

    /// All objects that something is known of.
    pub fn records(&self) -> impl Iterator<Item = (Key, &Record)> {
        self.records.iter().map(|(key, record)| (*key, record))
    }

    /// The texts of an object; empty where there are none.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn texts(&self, key: Key) -> Result<Texts, Error> {
        let Some(record) = self.records.get(&key) else { return Ok(Texts::default()) };
        let said = unreadable(&self.path);
        let read = || -> Result<Texts, Error> {
            let mut bytes = vec![0; record.place.1 as usize];
            match &self.file {
                Some(file) => file.read_exact_at(&mut bytes, record.place.0),
                None => {
                    File::open(&self.path).and_then(|file| file.read_exact_at(&mut bytes, record.place.0))
                }
            }
            .map_err(&said)?;
            if !record.sum.is_empty() && record.sum != record::digest(&bytes) {
                let title = crate::key::title(key.0, &record.name);
                let why = io::Error::other(format!("what is remembered of the {title} is damaged"));
                return Err(coded(&codes::STATE_DAMAGED, said(why))
                    .fact("object", title)
                    .help("bring the file back from a backup"));
            }
            Texts::unpack(&bytes).map_err(&said)
        };
        read()
    }

    /// Adds what is now known of an object.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put(&mut self, key: Key, record: &Record, texts: &Texts) -> Result<(), Error> {
        self.put_packed(key, record, texts.pack()?)
    }

    /// Adds what is now known of an object whose texts are packed already.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn put_packed(&mut self, key: Key, record: &Record, packed: Packed) -> Result<(), Error> {
        self.append(Head::of(key, record), packed)
    }

    /// The host that it is of, where that is known.
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// Remembers which host it is of.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub fn set_identity(&mut self, identity: &str) -> Result<(), Error> {
        if self.identity() == Some(identity) {
            return Ok(());
        }
        self.append(Head::of_host(identity), Packed::default())
    }

    /// Takes over what another state of the same host remembers and this one does not.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    pub fn absorb(&mut self, other: &State) -> Result<(), Error> {
        for (key, record) in other.records() {
            if self.get(key).is_none() {
                self.put(key, record, &other.texts(key)?)?;
            }
        }
        Ok(())
    }

    /// Forgets an object.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub fn forget(&mut self, key: Key) -> Result<(), Error> {
        self.append(Head::forgotten(key), Packed::default())
    }

    fn append(&mut self, mut head: Head, Packed(packed): Packed) -> Result<(), Error> {
        let write = |state: &mut State| -> io::Result<()> {
            head.length = u32::try_from(packed.len()).map_err(io::Error::other)?;
            head.texts = if packed.is_empty() { String::new() } else { record::digest(&packed) };
            let mut record = record::seal(&head)?;
            let texts = state.end + record.len() as u64;
            record.extend(packed);
            record.push(b'\n');
            let file =
                state.file.as_ref().ok_or_else(|| io::Error::other("it was opened for reading only"))?;
            file.write_all_at(&record, state.end)?;
            state.end += record.len() as u64;
            state.take(head, texts);
            Ok(())
        };
        let said = unwritable(&self.path);
        write(self).map_err(said)
    }

    /// Makes what was written outlast a power failure.
    pub fn sync(&self) {
        if let Some(file) = &self.file {
            // Without it, a power failure costs one more definition of each object; nothing is to be done about it.
            let _ = file.sync_data();
        }
    }

    /// Writes the file anew with only what counts, and puts it in place of the old one in one step.
    fn compact(&mut self) -> io::Result<()> {
        let fresh = files::replace_with(&self.path, 0o600, |file| {
            file.write_all_at(HEADER.as_bytes(), 0)?;
            let mut fresh = State {
                path: self.path.clone(),
                file: Some(file.try_clone()?),
                end: HEADER.len() as u64,
                records: BTreeMap::new(),
                by_hash: BTreeMap::new(),
                live_bytes: 0,
                identity: None,
            };
            if let Some(identity) = &self.identity {
                fresh.set_identity(identity).map_err(io::Error::other)?;
            }
            for (key, record) in &self.records {
                let texts = self.texts(*key).map_err(io::Error::other)?;
                fresh.put(*key, record, &texts).map_err(io::Error::other)?;
            }
            Ok(fresh)
        })?;
        *self = fresh;
        Ok(())
    }
}

/// The error for a state that cannot be read.
fn unreadable(path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    file(&codes::STATE_UNREADABLE, "read the state in", path)
}

/// The error for a state that cannot be written.
fn unwritable(path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    file(&codes::STATE_UNWRITABLE, "write the state in", path)
}

/// The same error with a code that says more.
fn coded(code: &'static Code, mut error: Error) -> Error {
    error.code = code;
    error
}

#[cfg(test)]
mod tests;
