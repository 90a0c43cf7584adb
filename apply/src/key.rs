//! The key of an object, its name in messages, and the hash of texts.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::kind::ObjectKind;

/// The key of an object on a host.
pub type Key = (ObjectKind, Uuid);

/// The name of an object in messages, e.g. "domain `web`".
pub fn title(kind: ObjectKind, name: &str) -> String {
    format!("{} `{name}`", kind.name())
}

/// The hash of a definition.
pub fn hash(parts: &[&[u8]]) -> u128 {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    let digest = sha.finalize();
    digest.iter().take(16).fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}
