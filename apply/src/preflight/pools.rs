//! The storage of a pool: libvirt keeps one pool for each folder, device or target (`virStoragePoolObjSourceFindDuplicate`).

use nixvirt_compiler::link::{Facts, Resource};
use nixvirt_compiler::{Document, Policy, Report};

use crate::document::read_document;
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::object::Handle;

/// The pools of the host that have the storage of a pool that is about to be defined, a sentence each.
pub(super) fn same_storage(host: &Host, document: &Document<'_>) -> Vec<String> {
    let Some(own) = storage(document) else { return Vec::new() };
    let (name, uuid) = (document.name(), document.uuid());
    let all = host.list(ObjectKind::Pool, 0).unwrap_or_default();
    let others = all.iter().filter(|pool| Some(pool.name().as_str()) != name);
    let has_it = |pool: &&Handle| {
        let Ok(xml) = pool.inactive_xml() else { return false };
        let Ok(other) = read_document(ObjectKind::Pool, &xml, &mut Report::new(Policy::Lenient)) else {
            return false;
        };
        // The same pool under another name.
        (uuid.is_none() || other.uuid() != uuid) && storage(&other).as_ref() == Some(&own)
    };
    let said = |pool: &Handle| {
        format!(
            "the pool `{}` of the host has the same storage; choose another one, or undefine that pool",
            pool.name()
        )
    };
    others.filter(has_it).map(said).collect()
}

/// The storage of a pool, as a key that two pools must not share; nothing where libvirt allows several to have it.
fn storage(document: &Document<'_>) -> Option<String> {
    let facts = Facts::of(document, &Report::new(Policy::Lenient));
    facts.claims.into_iter().find(|claim| claim.what == Resource::PoolPlace).map(|claim| claim.key)
}
