//! The running domains that have a volume.

use nixvirt_compiler::{Node, Policy, Report};
use virt::domain::Domain;
use virt::storage_pool::StoragePool;
use virt::storage_vol::StorageVol;

use crate::document::{child, read_document};
use crate::error::{Error, codes, libvirt};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::names;
use crate::object::Handle;

/// The running domains with a volume, each with the disk that it is.
pub(super) fn users(
    host: &Host,
    pool: &StoragePool,
    volume: &StorageVol,
) -> Result<Vec<(Domain, String)>, Error> {
    disks(host, pool, volume, &holds)
}

/// A running domain that writes to a volume.
pub(super) fn writer(host: &Host, pool: &StoragePool, volume: &StorageVol) -> Result<Option<Domain>, Error> {
    let writes = |disk: &Node<'_>, uses: &Uses<'_>| {
        let of_name = |name| disk.children.iter().find(|child| child.element.name == name);
        of_name(names::READONLY).is_none() && of_name(names::SOURCE).is_some_and(uses)
    };
    Ok(disks(host, pool, volume, &writes)?.into_iter().next().map(|(domain, _)| domain))
}

/// Whether a source is the volume.
type Uses<'u> = dyn Fn(&Node<'_>) -> bool + 'u;

/// The disks of running domains that have to do with a volume.
fn disks(
    host: &Host,
    pool: &StoragePool,
    volume: &StorageVol,
    has: &dyn Fn(&Node<'_>, &Uses<'_>) -> bool,
) -> Result<Vec<(Domain, String)>, Error> {
    let path = volume.path().map_err(libvirt(&codes::CANNOT_ASK, "ask for a volume's path"))?;
    let (pool, name) = (pool.name().unwrap_or_default(), volume.name().unwrap_or_default());
    let mut found = Vec::new();
    for handle in
        host.list(ObjectKind::Domain, Host::list_flags(ObjectKind::Domain).active.unwrap_or_default())?
    {
        let Handle::Domain(domain) = handle else { continue };
        // One that has ended since has no disks.
        let Ok(xml) = domain.xml_desc(0) else { continue };
        let mut report = Report::new(Policy::Lenient);
        let Ok(document) = read_document(ObjectKind::Domain, &xml, &mut report) else { continue };
        let devices =
            child(&document.root, names::DEVICES).map(|devices| &*devices.children).unwrap_or_default();
        let uses = |source: &Node<'_>| {
            source.get("file") == Some(&path)
                || source.get("dev") == Some(&path)
                || (source.get("pool") == Some(&pool) && source.get("volume") == Some(&name))
        };
        for disk in devices.iter().filter(|device| device.element.name == names::DISK) {
            let target = child(disk, names::TARGET).and_then(|target| target.get("dev"));
            if let (true, Some(target)) = (has(disk, &uses), target) {
                found.push((domain.clone(), target.to_owned()));
            }
        }
    }
    Ok(found)
}

/// Whether a disk or an image below it is on such a source.
fn holds(node: &Node<'_>, uses: &Uses<'_>) -> bool {
    let is_such = |child: &Node<'_>| match child.element.name {
        names::SOURCE => uses(child),
        names::BACKING_STORE => holds(child, uses),
        _ => false,
    };
    node.children.iter().any(is_such)
}
