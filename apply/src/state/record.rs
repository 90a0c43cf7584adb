//! The record of an object in the state, and its form in the log.

use std::io::{self, Read};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, codes};
use crate::key::{Key, hash};
use crate::kind::Left;
use crate::kind::ObjectKind;
use crate::source::{Filled, SeedStamp};

/// The record of an object that was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The name of the object.
    pub name: String,
    /// Whether it was declared, so that it is ours to remove.
    pub owned: bool,
    /// The hash of its definition as given.
    pub given: u128,
    /// The hash of what libvirt made of it.
    pub made: u128,
    /// The version of the libvirt that made it.
    pub version: u32,
    /// Whether a change of it has begun and not ended.
    pub pending: bool,
    /// Whether it was stopped by us, to be started again.
    pub resume: bool,
    /// Whether it is being made: it was not there when the change began. A pool is new until it was active or its folder
    /// was made.
    pub new: bool,
    /// The other objects that it needs.
    pub references: Vec<String>,
    /// The parts of its definition that are the host's and not the declaration's, one sentence each.
    pub kept: Vec<String>,
    /// The changes of its definition that what runs has not got yet.
    pub waits: Vec<Wait>,
    /// The files that are deleted with it once it is no longer declared.
    pub on_remove: Vec<Left>,
    /// The bundle that it belongs to, where that has a name.
    pub owner: Option<String>,
    /// Whether it is kept from being removed.
    pub protect: bool,
    /// Why the last run has failed with it.
    pub failed: Option<String>,
    /// The codes of that.
    pub failed_codes: Vec<String>,
    /// Whether a run has made it. Whatever an earlier release has written counts as taken over.
    pub created: bool,
    /// The records of a pool's volumes that were made of an image or of another volume.
    pub contents: Vec<Filled>,
    /// The seed for cloud-init that a domain has; nothing where it has none, or an earlier release has made it.
    pub seed: Option<SeedStamp>,
    /// The hash of its texts in the file; empty where an earlier release wrote them.
    pub(crate) sum: String,
    /// Where its texts are in the file.
    pub(crate) place: (u64, u32),
}

impl Record {
    /// The discs in a pool that were made for domains.
    pub fn discs(&self) -> impl Iterator<Item = &str> {
        self.contents.iter().filter(|content| content.disc).map(|content| &*content.volume)
    }
}

/// A change that a running domain has at its next start only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The place in the definition.
    pub path: String,
    /// The key of the device or part that it belongs to.
    pub unit: String,
    /// The value that runs, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// Since when, in seconds since 1970.
    pub since: u64,
    /// The event that brings the change.
    pub why: Why,
}

/// The event that a change waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A restart that a run may make, where it is allowed to.
    Restart,
    /// The next start, by a run, by the user or with the host.
    NextStart,
}

/// The texts of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// Its definition as given.
    pub given: String,
    /// The definition as libvirt made it of that.
    pub made: String,
    /// Where a change has begun: what libvirt had before it, and before each try that did not end. What runs may be
    /// any of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// Where a change has begun: the definitions, as declared, of tries that did not end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<String>,
}

/// Texts as they are in the file.
#[derive(Clone, Debug, Default)]
pub struct Packed(pub(super) Vec<u8>);

impl Texts {
    /// Packs them.
    ///
    /// # Errors
    /// Where there is no memory for it.
    pub fn pack(&self) -> Result<Packed, Error> {
        let pack = || -> io::Result<Vec<u8>> {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            serde_json::to_writer(&mut encoder, self)?;
            encoder.finish()
        };
        pack()
            .map(Packed)
            .map_err(|error| Error::new(&codes::STATE_UNWRITABLE, "cannot pack a definition").system(error))
    }

    /// The texts that were packed.
    ///
    /// # Errors
    /// Where these are none.
    pub(super) fn unpack(packed: &[u8]) -> io::Result<Texts> {
        let mut text = Vec::new();
        DeflateDecoder::new(packed).read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    }
}

/// The kind of the record that says which host the state is of.
pub(super) const HOST: &str = "host";

/// The hash of some bytes, as a record has it.
pub(super) fn digest(bytes: &[u8]) -> String {
    format!("{:x}", hash(&[bytes]))
}

/// The head of a record as a line of the file, with the hash of what is before it: `check` is its last part. What an earlier
/// release wrote has none, and what a later one writes may have parts that are not known here.
///
/// # Errors
/// Never, but by a fault of ours.
pub(super) fn seal(head: &Head) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(head)?;
    let check = digest(&line);
    line.pop();
    line.extend(format!("{CHECK}{check}\"}}\n").bytes());
    Ok(line)
}

/// Whether a line is what was written.
pub(super) fn is_whole(line: &[u8]) -> bool {
    let Some(at) = line.windows(CHECK.len()).rposition(|part| part == CHECK.as_bytes()) else { return true };
    let mut head = line[..at].to_vec();
    head.push(b'}');
    line[at + CHECK.len()..].strip_suffix(b"\"}\n").is_some_and(|check| check == digest(&head).as_bytes())
}

/// The text before the hash of a head.
const CHECK: &str = ",\"check\":\"";

/// The head of a record in the file.
#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) kind: String,
    pub(super) uuid: Uuid,
    /// Nothing where the object was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default)]
    owned: bool,
    #[serde(default)]
    given: String,
    #[serde(default)]
    made: String,
    #[serde(default)]
    version: u32,
    #[serde(default)]
    pending: bool,
    #[serde(default)]
    resume: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    new: bool,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kept: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waits: Vec<Wait>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    on_remove: Vec<Left>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed_codes: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    created: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contents: Vec<Filled>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<SeedStamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    protect: bool,
    /// The hash of the texts that follow, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) texts: String,
    /// The length of the texts that follow.
    pub(super) length: u32,
}

impl Head {
    /// The head of what is known of an object, before the length of its texts is.
    pub(super) fn of((kind, uuid): Key, record: &Record) -> Head {
        Head {
            kind: kind.name().to_owned(),
            uuid,
            name: Some(record.name.clone()),
            owned: record.owned,
            given: format!("{:x}", record.given),
            made: format!("{:x}", record.made),
            version: record.version,
            pending: record.pending,
            resume: record.resume,
            new: record.new,
            references: record.references.clone(),
            kept: record.kept.clone(),
            waits: record.waits.clone(),
            on_remove: record.on_remove.clone(),
            failed: record.failed.clone(),
            failed_codes: record.failed_codes.clone(),
            created: record.created,
            contents: record.contents.clone(),
            seed: record.seed.clone(),
            owner: record.owner.clone(),
            protect: record.protect,
            texts: String::new(),
            length: 0,
        }
    }

    /// The head that names the host of the state. Earlier releases pass over it, as over any kind that they do not
    /// know.
    pub(super) fn of_host(identity: &str) -> Head {
        let nobody = Head::forgotten((ObjectKind::Domain, Uuid::nil()));
        Head { kind: HOST.to_owned(), name: Some(identity.to_owned()), ..nobody }
    }

    /// The head that says that an object was forgotten.
    pub(super) fn forgotten(key: Key) -> Head {
        Head { name: None, ..Head::of(key, &Record::default()) }
    }

    /// The record of the object, whose texts are at that place; nothing where it was forgotten.
    pub(super) fn record(self, texts: u64) -> Option<Record> {
        let number = |text: &str| u128::from_str_radix(text, 16).unwrap_or_default();
        Some(Record {
            name: self.name?,
            owned: self.owned,
            given: number(&self.given),
            made: number(&self.made),
            version: self.version,
            pending: self.pending,
            resume: self.resume,
            new: self.new,
            references: self.references,
            kept: self.kept,
            waits: self.waits,
            on_remove: self.on_remove,
            failed: self.failed,
            failed_codes: self.failed_codes,
            created: self.created,
            contents: self.contents,
            seed: self.seed,
            owner: self.owner,
            protect: self.protect,
            sum: self.texts,
            place: (texts, self.length),
        })
    }
}
