//! Where the storage of a pool is, and what its volumes are.

use nixvirt_schema::pool::source::SOURCE;
use nixvirt_schema::pool::{OF_FILES, POOL};
use nixvirt_schema::volume::VOLUME;
use nixvirt_schema::{attribute, below, child_name, way};

use crate::document::KnownValue;
use crate::link::at::At;
use crate::link::facts::{Facts, ObjectPlace, OfKind, Resource};
use crate::link::parts::{Pool, Volume};

/// Gathers the facts of a pool.
pub(super) fn gather(root: &At<'_, '_, '_>, facts: &mut Facts) {
    let Some(kind) = root.value(&[attribute!(POOL, "type")]) else { return };
    let path = way!(POOL, "target", "path");
    let folder = root.value(path).map(plain_path);
    if let ("dir", Some(folder)) = (kind, &folder) {
        facts.claim(Resource::PoolPlace, format!("dir {folder}"), root.place(path));
    }
    for (source, place) in sources(root, kind) {
        facts.claim(Resource::PoolPlace, source, place);
    }
    facts.of_kind = OfKind::Pool(Pool { folder: folder.filter(|_| OF_FILES.contains(&kind)) });
}

/// The parts of its source that no other pool may have, as libvirt compares them
/// (`virStoragePoolObjSourceFindDuplicate` in `src/conf/virstorageobj.c`). Where it looks at the host, such as for
/// the number of a SCSI adapter, nothing is said.
fn sources(root: &At<'_, '_, '_>, kind: &str) -> Vec<(String, ObjectPlace)> {
    // A host has one such pool.
    if kind == "mpath" {
        return vec![(kind.to_owned(), root.place(&[attribute!(POOL, "type")]))];
    }
    let Some(source) = root.child(child_name!(POOL, "source")) else { return Vec::new() };
    let name = || source.value(&[child_name!(SOURCE, "name")]);
    let dir = || source.value(way!(SOURCE, "dir", "path"));
    let server = || server(&source);
    let whole = match kind {
        "netfs" => server().zip(dir()).map(|(host, dir)| format!("{host} {dir}")),
        "gluster" => {
            let dir = dir().unwrap_or_default();
            server().zip(name()).map(|(host, name)| format!("{host} {name} {dir}"))
        }
        "sheepdog" => server(),
        "vstorage" => name().map(str::to_owned),
        "scsi" => {
            let [node, port] = [way!(SOURCE, "adapter", "wwnn"), way!(SOURCE, "adapter", "wwpn")];
            source.value(node).zip(source.value(port)).map(|(node, port)| format!("{node} {port}"))
        }
        "iscsi" | "fs" | "logical" | "disk" | "zfs" => return devices(&source, kind),
        _ => None,
    };
    whole.map(|key| (format!("{kind} {key}"), source.place(&[]))).into_iter().collect()
}

/// The devices of a source. A pool of one type cannot have a device of another's.
fn devices(source: &At<'_, '_, '_>, kind: &str) -> Vec<(String, ObjectPlace)> {
    let whose = match kind {
        // A target may serve several that ask under names of their own.
        "iscsi" => source.value(way!(SOURCE, "initiator", "iqn", "name")).unwrap_or_default(),
        _ => "device",
    };
    let (device, path) = below!(SOURCE, "device", "path");
    let claims =
        |device: At<'_, '_, '_>| Some((format!("{whose} {}", device.value(&[path])?), device.place(&[path])));
    source.children(device).filter_map(claims).collect()
}

/// The server of a source that has one, with its port.
fn server(source: &At<'_, '_, '_>) -> Option<String> {
    let (host, name) = below!(SOURCE, "host", "name");
    let mut hosts = source.children(host);
    let host = hosts.next().filter(|_| hosts.next().is_none())?;
    let port = host.value(&[below!(SOURCE, "host", "port").1]).unwrap_or_default();
    Some(format!("{}:{port}", host.value(&[name])?))
}

/// A path as libvirt keeps it (`virFileSanitizePath`): without slashes at the end, and without two of them in a row, unless
/// two begin it.
fn plain_path(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let begin = if path.starts_with("//") && !path.starts_with("///") { "//" } else { "/" };
    format!("{begin}{}", parts.join("/"))
}

/// Gathers the facts of a volume.
pub(super) fn gather_volume(root: &At<'_, '_, '_>, facts: &mut Facts) {
    let way = way!(VOLUME, "target", "format", "type");
    let format = match root.known(way) {
        KnownValue::Is(format) => Some(format.to_owned()),
        KnownValue::Missing => Some("raw".to_owned()),
        KnownValue::Unclear => None,
    };
    facts.of_kind = OfKind::Volume(Volume { format, place: root.place(way) });
}
