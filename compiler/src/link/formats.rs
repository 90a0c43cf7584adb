//! The format that a domain takes a volume for, against the volume's own format.

use std::collections::BTreeMap;

use crate::link::codes;
use crate::link::facts::OfKind;
use crate::link::parts::{Disk, ImageLocation};
use crate::link::problem::{HostObjects, LinkProblems, spot};

/// The formats of images that hold more than what the guest sees, so that one who reads them as another format sees them
/// as they are stored.
const STRUCTURED: &[&str] = &["qcow", "qcow2", "qed", "vdi", "vhdx", "vmdk", "vpc", "parallels", "cow"];

/// Says which disks are read as another format than their volumes have.
pub(super) fn check(host: &HostObjects, link_problems: &mut LinkProblems<'_>) {
    let (mut by_name, mut by_path) = (BTreeMap::new(), BTreeMap::new());
    for (at, object) in host.of_kind("volume") {
        let pool = object.holder.map(|pool| &host.objects[pool].facts);
        let (Some(pool), Some(name)) = (pool, object.facts.name.as_deref()) else { continue };
        let OfKind::Pool(in_pool) = &pool.of_kind else { continue };
        let (Some(folder), Some(pool)) = (&in_pool.folder, &pool.name) else { continue };
        by_path.insert(format!("{folder}/{name}"), at);
        by_name.insert((&**pool, name), at);
    }
    for (object, domain) in host.of_kind("domain") {
        let OfKind::Domain(machine) = &domain.facts.of_kind else { continue };
        for Disk { on, format, place } in &machine.disks {
            let volume = match on {
                ImageLocation::Path(path) => by_path.get(path),
                ImageLocation::Volume { pool, volume } => by_name.get(&(&**pool, &**volume)),
            };
            let (Some(&volume), Some(taken)) = (volume, format) else { continue };
            let facts = &host.objects[volume].facts;
            let OfKind::Volume(made) = &facts.of_kind else { continue };
            let Some(is) = &made.format else { continue };
            if plain(taken) == plain(is) {
                continue;
            }
            let title = facts.title();
            let message = format!("the disk is read as `{taken}`, and {title} is `{is}`");
            let help = match plain(is) {
                "raw" => "write `driver.type = \"raw\"`, or make the volume in the other format".to_owned(),
                _ => format!(
                    "write `driver.type = \"{is}\"`: otherwise the guest sees the image file as its disk"
                ),
            };
            let related = (spot(volume, &made.place), format!("{title} is declared here"));
            link_problems.add(
                &codes::DISK_FORMAT_OF_VOLUME,
                message,
                Some(help),
                spot(object, place),
                vec![related],
            );
        }
    }
}

/// A format, with those that are what they hold being one.
fn plain(format: &str) -> &str {
    if STRUCTURED.contains(&format) { format } else { "raw" }
}
