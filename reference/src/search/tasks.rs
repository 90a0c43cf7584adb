//! The tasks that people come with, in their own words, and the page that says how. The start page lists these tasks, and the search finds
//! the page by their words. A test holds each address against the site.

/// A task that people come with.
pub(crate) struct Task {
    /// The task in words of people.
    pub question: &'static str,
    /// The page, from the root of the site and without its ending.
    page: &'static str,
    /// The part of the page; empty for the whole.
    anchor: &'static str,
    /// Further words that people use for it, for the search alone.
    pub words: &'static str,
}

impl Task {
    /// The address from the root of the site.
    pub(crate) fn address(&self) -> String {
        let hash = if self.anchor.is_empty() { "" } else { "#" };
        format!("{}.html{hash}{}", self.page, self.anchor)
    }
}

const fn task(question: &'static str, page: &'static str, anchor: &'static str, words: &'static str) -> Task {
    Task { question, page, anchor, words }
}

/// The tasks, in the order of the start page.
pub(crate) const TASKS: &[Task] = &[
    task("Give a machine memory", "domain/memory", "", "ram size unit gigabytes"),
    task("Set the number of vCPUs", "domain/vcpu", "", "processors cores count smp"),
    task("Pin vCPUs to CPUs of the host", "domain/cputune.vcpupin", "", "pinning affinity cores isolate"),
    task("Choose the CPU model", "domain/cpu", "", "processor host-passthrough features flags"),
    task("Use huge pages", "domain/memoryBacking.hugepages", "", "hugepages large 1g 2m"),
    task("Attach a disk", "domain/devices.disk", "", "drive hard image storage qcow2 cdrom cd dvd iso ssd"),
    task(
        "Choose how the host caches a disk",
        "domain/devices.disk.driver",
        "value-cache",
        "cache none writeback",
    ),
    task("Connect to a network", "domain/devices.interface", "", "nic network card adapter bridge lan"),
    task(
        "Forward ports to a machine",
        "domain/devices.interface.portForward",
        "",
        "port forwarding hostfwd nat",
    ),
    task(
        "Pass a device of the host through",
        "domain/devices.hostdev",
        "",
        "gpu graphics card passthrough pci usb vfio vga",
    ),
    task(
        "Share a folder with the guest",
        "domain/devices.filesystem",
        "",
        "directory shared virtiofs 9p mount host",
    ),
    task(
        "See the screen of a machine",
        "domain/devices.graphics",
        "",
        "display console spice vnc remote viewer",
    ),
    task("Boot with UEFI and Secure Boot", "domain/os.firmware", "", "efi ovmf bios secureboot loader nvram"),
    task("Choose what a machine boots from", "domain/os.boot", "", "order cdrom network pxe first"),
    task("Give a machine a TPM", "domain/devices.tpm", "", "windows 11 swtpm trusted"),
    task("Talk to the guest agent", "domain/devices.channel", "", "qemu-guest-agent qga agent"),
    task(
        "Start a machine when the host boots",
        "options/domain",
        "option-autostart",
        "autostart nixos option together automatically",
    ),
    task("Make a network with NAT and DHCP", "network/index", "", "virtual subnet private lan"),
    task(
        "Reserve a static address for a machine",
        "network/ip.dhcp.host",
        "",
        "fixed ip lease reservation dhcp static",
    ),
    task("Make a storage pool", "pool/index", "", "folder images lvm nfs zfs"),
    task("Make a volume", "volume/index", "", "disk image qcow2 create size capacity"),
];
