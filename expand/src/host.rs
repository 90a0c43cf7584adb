//! The parts of a host that templates name.

/// The host's parts that templates take, which Nix would take from its packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPackages {
    /// The folder that holds `bin/qemu-system-x86_64`.
    pub qemu: String,
    /// The folder that holds `FV/OVMF_CODE.ms.fd`.
    pub ovmf: String,
    /// The disc with the Windows drivers.
    pub virtio_win: String,
}

impl HostPackages {
    /// Where distributions have QEMU's `bin`.
    pub const QEMU: &str = "/usr";
    /// Where Debian has OVMF.
    pub const OVMF: &str = "/usr/share/OVMF";
    /// Where Fedora has the Windows drivers.
    pub const VIRTIO_WIN: &str = "/usr/share/virtio-win/virtio-win.iso";
}

impl Default for HostPackages {
    fn default() -> HostPackages {
        let text = str::to_owned;
        HostPackages {
            qemu: text(HostPackages::QEMU),
            ovmf: text(HostPackages::OVMF),
            virtio_win: text(HostPackages::VIRTIO_WIN),
        }
    }
}
