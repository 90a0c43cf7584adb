//! The one table of foreign words: what QEMU, Proxmox, Terraform, virt-manager and others call things, and where users look for
//! them in vain, with libvirt's words. It gives advice only; it makes nothing valid.

/// Keys that do not exist in an element's set, each with what to write: the element, the key, the advice.
const KEYS: &[(&str, &str, &str)] = &[
    ("disk", "format", "write `driver.type = ...`, e.g. \"qcow2\""),
    ("disk", "vda", "a disk is named by its target: write `target.dev = \"vda\"`"),
    ("disk", "sda", "a disk is named by its target: write `target.dev = \"sda\"`"),
    ("disk", "hda", "a disk is named by its target: write `target.dev = \"hda\"`"),
    ("cpu", "passthrough", "write `mode = \"host-passthrough\"`"),
    ("devices", "nic", "write `interface`"),
    ("devices", "nics", "write `interface`; several stand in a list"),
    ("devices", "clock", "`clock` belongs to the domain, beside `devices`"),
    (
        "domain",
        "scsihw",
        "Proxmox's word: write `devices.controller = { type = \"scsi\"; model = \"virtio-scsi\"; }`",
    ),
    (
        "domain",
        "agent",
        "write a channel: `devices.channel = { type = \"unix\"; target = { type = \"virtio\"; name = \"org.qemu.guest_agent.0\"; }; }`",
    ),
];

/// Values that no format has, each with libvirt's words for it. The first that the format at hand has is meant.
const VALUES: &[(&str, &[&str])] = &[
    // QEMU's devices.
    ("virtio-vga", &["virtio"]),
    ("virtio-gpu-pci", &["virtio"]),
    ("qxl-vga", &["qxl"]),
    ("VGA", &["vga"]),
    ("cirrus-vga", &["cirrus"]),
    ("virtio-blk", &["virtio"]),
    ("virtio-blk-pci", &["virtio"]),
    ("virtio-net", &["virtio"]),
    ("virtio-net-pci", &["virtio"]),
    ("virtio-scsi-pci", &["virtio-scsi"]),
    ("intel-hda", &["ich6"]),
    ("ich9-intel-hda", &["ich9"]),
    // Proxmox's.
    ("virtio-scsi-single", &["virtio-scsi"]),
    ("lsi", &["lsilogic"]),
    ("l26", &["hvm"]),
    // virt-manager's labels.
    ("HDA (ICH6)", &["ich6"]),
    ("HDA (ICH9)", &["ich9"]),
    ("TIS", &["tpm-tis"]),
    ("CRB", &["tpm-crb"]),
    ("SPICE", &["spice", "spicevmc"]),
    // What users write.
    ("host", &["host-passthrough"]),
    ("passthrough", &["host-passthrough"]),
    ("spice", &["spicevmc"]),
];

/// What to write instead of a key in an element's set.
pub fn key(element: &str, key: &str) -> Option<&'static str> {
    KEYS.iter().find(|(holder, known, _)| *holder == element && *known == key).map(|(.., advice)| *advice)
}

/// Which of a format's words a foreign word stands for.
pub fn value<'w>(words: &[&'w str], given: &str) -> Option<&'w str> {
    let (_, ours) = VALUES.iter().find(|(known, _)| *known == given)?;
    ours.iter().find_map(|ours| words.iter().find(|word| *word == ours).copied())
}
