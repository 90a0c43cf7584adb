//! What identifies an object, what it is called, and the hash of texts.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::kind::ObjectKind;

/// What identifies an object.
pub type Key = (ObjectKind, Uuid);

/// What an object is called in messages.
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
