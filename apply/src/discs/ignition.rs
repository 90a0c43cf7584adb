//! Configurations for Ignition in the definitions of domains: entries of QEMU's fw_cfg, which the guest reads by their names.

use nixvirt_compiler::bundle_format::IGNITION_KEY;
use nixvirt_compiler::seed::fw_cfg_name;
use nixvirt_compiler::{Document, Node, Policy, Report};
use nixvirt_schema::machine::QEMU_TYPES;

use super::hashed::{CONFIG, hash_in};
use crate::bundle::DiscEntry;
use crate::document::{child, read_document};
use crate::edits::escape;
use crate::error::{Error, codes};
use crate::kind::ObjectKind;
use crate::names;

/// The machines of QEMU's that have no fw_cfg.
const WITHOUT: [&str; 4] = ["s390x", "ppc64", "ppc64le", "ppc"];

/// The part of a definition by which a domain has a configuration. `pool` is the name of its pool and the folder of that, and
/// `volume` its name there.
pub(super) fn entry(
    disc: &DiscEntry,
    domain: &Document<'_>,
    (pool, folder): (&str, Option<&str>),
    volume: &str,
) -> Result<String, Error> {
    let os = child(&domain.root, names::OS).and_then(|os| child(os, names::TYPE));
    let kind = domain.root.get(names::TYPE).unwrap_or_default();
    let arch = os.and_then(|os| os.get(names::ARCH)).unwrap_or_default();
    let is_qemu = QEMU_TYPES.contains(&kind);
    if !is_qemu || WITHOUT.contains(&arch) {
        let what = match is_qemu {
            true => format!("a machine of {arch}"),
            false => format!("a domain of type `{kind}`"),
        };
        let message = format!("{what} has no fw_cfg, by which the guest would read its config for Ignition");
        let help = "give it a volume with the config as its `source.image`, and a virtio disk on that volume with `serial = \"ignition\"`";
        return Err(Error::new(&codes::NO_FW_CFG, message).fact("arch", arch).help(help));
    }
    let Some(folder) = folder else {
        let message = format!(
            "QEMU reads the config for Ignition from a file, and the volumes of the pool `{pool}` are none"
        );
        let help = "name a declared pool of type `dir`, `fs` or `netfs` with `pool`";
        return Err(Error::new(&codes::NO_POOL_FOR_DISC, message).fact("pool", pool).help(help));
    };
    let name = fw_cfg_name(&disc.value);
    if entries(domain).any(|entry| entry.get(names::NAME) == Some(name)) {
        let message = format!("the definition has an entry `{name}` of fw_cfg already");
        return Err(Error::new(&codes::DECLARED_TWICE, message).help("leave one of them out"));
    }
    Ok(format!(
        "<sysinfo type='fwcfg'><entry name='{}' file='{}'/></sysinfo>",
        escape(name),
        escape(&format!("{folder}/{volume}"))
    ))
}

/// The entries of fw_cfg in a definition.
fn entries<'d>(domain: &'d Document<'d>) -> impl Iterator<Item = &'d Node<'d>> {
    domain.root.children_named(names::SYSINFO).flat_map(entries_of)
}

fn entries_of<'d>(sysinfo: &'d Node<'d>) -> impl Iterator<Item = &'d Node<'d>> {
    sysinfo.children_named(names::ENTRY)
}

/// The files of configurations that were made here, in a definition.
pub(super) fn files_of(definition: &str) -> Vec<String> {
    let mut report = Report::new(Policy::Lenient);
    let Ok(document) = read_document(ObjectKind::Domain, definition, &mut report) else { return Vec::new() };
    let files = entries(&document).filter_map(|entry| entry.get(names::FILE));
    files.filter(|file| is_made_here(file)).map(str::to_owned).collect()
}

/// Whether a `sysinfo` holds nothing but configurations that were made here.
pub fn is_ignition(sysinfo: &Node<'_>) -> bool {
    let files: Vec<_> = entries_of(sysinfo).map(|entry| entry.get(names::FILE)).collect();
    !files.is_empty() && files.iter().all(|file| file.is_some_and(is_made_here))
}

fn is_made_here(file: &str) -> bool {
    hash_in(file, IGNITION_KEY, CONFIG).is_some()
}
