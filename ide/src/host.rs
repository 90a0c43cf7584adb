//! The parts of a host that templates name.

/// The host's parts that templates take, which Nix would take from its packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The folder that holds `bin/qemu-system-x86_64`.
    pub qemu: String,
    /// The folder that holds `FV/OVMF_CODE.ms.fd`.
    pub ovmf: String,
    /// The disc with the Windows drivers.
    pub virtio_win: String,
}

impl Host {
    /// Where distributions have QEMU's `bin`.
    pub const QEMU: &str = "/usr";
    /// Where Debian has OVMF.
    pub const OVMF: &str = "/usr/share/OVMF";
    /// Where Fedora has the Windows drivers.
    pub const VIRTIO_WIN: &str = "/usr/share/virtio-win/virtio-win.iso";
}

impl Default for Host {
    fn default() -> Host {
        let text = str::to_owned;
        Host { qemu: text(Host::QEMU), ovmf: text(Host::OVMF), virtio_win: text(Host::VIRTIO_WIN) }
    }
}
