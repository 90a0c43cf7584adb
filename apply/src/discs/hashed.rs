//! The names of discs as volumes: each has the hash of its content, so that another content is another volume.

/// The ending of a disc that is a cdrom.
pub(super) const ISO: &str = ".iso";
/// The ending of a configuration for Ignition.
pub(super) const CONFIG: &str = ".ign";
/// How many digits of its hash the name of a disc has.
const DIGITS: usize = 12;

/// The name of the volume of a domain's disc.
pub(super) fn volume_name(domain: &str, disc: &str, hash: &str, ending: &str) -> String {
    format!("{domain}-{disc}-{}{ending}", &hash[..DIGITS])
}

/// The digits of the hash in the name of a volume, or in a path that ends with it, of a disc that was made here.
pub(super) fn hash_in<'n>(volume: &'n str, disc: &str, ending: &str) -> Option<&'n str> {
    let (_, hash) = volume.strip_suffix(ending)?.rsplit_once(&format!("-{disc}-"))?;
    let is_hash = hash.len() == DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(hash)
}
