//! The hashes in the names of discs: another content is another volume.

/// How many digits of its hash the name of a disc has.
pub(super) const HASH_IN_NAME: usize = 12;

/// The hash in the name of a disc that was made here, between what is before it and the ending of the name.
pub(super) fn hash_in<'n>(name: &'n str, before: &str, ending: &str) -> Option<&'n str> {
    let (_, hash) = name.strip_suffix(ending)?.rsplit_once(before)?;
    let is_hash = hash.len() == HASH_IN_NAME && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(hash)
}
