//! Drives: what the name of a disk's target says, and the place on a controller that libvirt gives a disk by it.
//!
//! Source: `virDiskNameParse` in `src/util/virutil.c`, `virDomainDiskDefAssignAddress` in `src/conf/domain_conf.c`, libvirt 11.3.

/// The beginnings of a target's name.
const BEGINS: &[&str] = &["fd", "hd", "vd", "sd", "xvd", "ubd"];

/// A parsed name of a disk's target, such as `vda`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskTarget {
    /// The number of the disk, counted from 0: `sda` is 0, `sdaa` is 26.
    pub index: u64,
    /// Whether it names a partition, such as `sda1`.
    pub is_partition: bool,
}

/// Reads the name of a target; nothing where libvirt cannot read it. Xen's old `ioemu:` in front is passed over, as libvirt does.
pub fn target(name: &str) -> Option<DiskTarget> {
    let name = name.strip_prefix("ioemu:").unwrap_or(name);
    let rest = BEGINS.iter().find_map(|begin| name.strip_prefix(begin))?;
    let letters = rest.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(rest.len());
    let (letters, digits) = rest.split_at(letters);
    if letters.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let mut index = 0_i32;
    for (at, letter) in letters.bytes().enumerate() {
        let before = if at == 0 { 0 } else { index.checked_add(1)? };
        index = before.checked_mul(26)?.checked_add(i32::from(letter - b'a'))?;
    }
    let is_partition = digits.bytes().any(|digit| digit != b'0');
    Some(DiskTarget { index: u64::try_from(index).ok()?, is_partition })
}

/// A place on a controller: the controller's index, the bus, the target and the unit.
pub type DriveAddress = [u64; 4];

/// The place that a disk without an address gets on a bus. SCSI is that of QEMU's machines, with
/// seven units for each controller. Nothing for a bus without such places.
pub fn place(bus: &str, index: u64) -> Option<DriveAddress> {
    match bus {
        "scsi" => Some([index / 7, 0, 0, index % 7]),
        "ide" => Some([index / 4, index % 4 / 2, 0, index % 2]),
        "sata" => Some([index / 6, 0, 0, index % 6]),
        "fdc" => Some([index / 2, 0, 0, index % 2]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{DiskTarget, place, target};

    #[test]
    fn names_of_targets_are_read_as_libvirt_reads_them() {
        let disk = |index| Some(DiskTarget { index, is_partition: false });
        assert_eq!(target("sda"), disk(0));
        assert_eq!(target("vdz"), disk(25));
        assert_eq!(target("xvdaa"), disk(26));
        assert_eq!(target("ioemu:hdb"), disk(1));
        assert_eq!(target("vdb1"), Some(DiskTarget { index: 1, is_partition: true }));
        for wrong in ["sd", "hd1", "sdA", "sda-", "nvme0", "hdaxxxxxxxxxx"] {
            assert_eq!(target(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_disk_has_its_place_by_its_name() {
        assert_eq!(place("ide", 3), Some([0, 1, 0, 1]));
        assert_eq!(place("sata", 6), Some([1, 0, 0, 0]));
        assert_eq!(place("scsi", 8), Some([1, 0, 0, 1]));
        assert_eq!(place("virtio", 0), None);
    }
}
