//! The one table of foreign words: what QEMU, Proxmox, Terraform, virt-manager, microvm and others call things, and where users
//! look for them in vain, with libvirt's words. It gives advice only; it makes nothing valid.

use std::borrow::Cow;

use nixvirt_schema::Element;

use crate::diagnostics::Hint;

/// The meaning of a key of another tool.
enum Meant {
    /// This key at the same place.
    Name(&'static str),
    /// This place, relative to the set that the key is in.
    Below(&'static str),
    /// No key: this advice is given.
    Words(&'static str),
}

use Meant::{Below, Name, Words};

/// Hyper-V's enlightenments have no switch for all.
const HYPERV: &str =
    "write `mode = \"passthrough\"` for all that the host has, or each one by itself: `vapic.state = true`";
/// The advice for virt-install's `--os-variant`, which libvirt does not have.
const OS_VARIANT: &str = "libvirt does not ask which system the guest runs: leave it out, or note it in `metadata`, as \
                          virt-manager does";

/// Keys that do not exist in an element's set, each with what is meant: the element, the key, the meaning. An `N` at the end of a
/// key stands for any number.
const KEYS: &[(&str, &str, Meant)] = &[
    // Disks.
    ("disk", "format", Below("driver.type")),
    ("disk", "size", Words("a disk has no size: that is the `capacity` of its volume")),
    ("disk", "path", Below("source.file")),
    ("disk", "image", Below("source.file")),
    ("disk", "subdriver", Below("driver.type")),
    ("disk", "targetbus", Below("target.bus")),
    ("disk", "if", Below("target.bus")),
    ("disk", "interface", Below("target.bus")),
    ("disk", "media", Name("device")),
    (
        "disk",
        "volume_id",
        Words("write `type = \"volume\"; source = { pool = \"default\"; volume = \"NAME\"; };`"),
    ),
    ("disk", "mountPoint", Words("write a `filesystem`: a disk is mounted by the guest itself")),
    ("source", "driver", Words("`driver` belongs beside `source`")),
    ("source", "format", Words("write `driver.type` beside `source`, e.g. \"qcow2\"")),
    // Interfaces.
    ("interface", "network_name", Below("source.network")),
    ("interface", "hwaddr", Below("mac.address")),
    ("interface", "macaddr", Below("mac.address")),
    ("interface", "macAddress", Below("mac.address")),
    ("interface", "ifname", Below("target.dev")),
    ("interface", "id", Words("write `target.dev` for the name of the host's device, or `mac.address`")),
    // The CPU.
    ("cpu", "passthrough", Words("write `mode = \"host-passthrough\"`")),
    ("cpu", "type", Words("write `mode = \"host-passthrough\"`, or `model` for a certain one")),
    ("cpu", "flags", Name("feature")),
    ("cpu", "features", Name("feature")),
    ("cpu", "count", Words("the number of CPUs is the domain's `vcpu`")),
    ("hyperv", "state", Words(HYPERV)),
    ("hyperv", "enabled", Words(HYPERV)),
    ("hyperv", "enable", Words(HYPERV)),
    // Booting.
    ("os", "kernelParams", Name("cmdline")),
    ("os", "append", Name("cmdline")),
    ("os", "uefi", Words("write `firmware = \"efi\"`")),
    (
        "os",
        "secureBoot",
        Words(
            "write `firmware = [ \"efi\" { feature = [ { name = \"secure-boot\"; enabled = true; } ]; } ]`",
        ),
    ),
    (
        "os",
        "secure_boot",
        Words(
            "write `firmware = [ \"efi\" { feature = [ { name = \"secure-boot\"; enabled = true; } ]; } ]`",
        ),
    ),
    ("os", "boot_order", Words("write `boot = [ { dev = \"cdrom\"; } { dev = \"hd\"; } ];`")),
    ("os", "bootOrder", Words("write `boot = [ { dev = \"cdrom\"; } { dev = \"hd\"; } ];`")),
    ("os", "bootdisk", Words("write `boot.dev = \"hd\";`, or `boot.order` in the disk")),
    ("os", "boot_devices", Words("write `boot = [ { dev = \"cdrom\"; } { dev = \"hd\"; } ];`")),
    // Screens.
    ("graphics", "listen_address", Name("listen")),
    ("graphics", "address", Name("listen")),
    ("graphics", "password", Name("passwd")),
    ("graphics", "enable", Words("a machine has a screen where `graphics` is there: leave `enable` out")),
    // Devices.
    ("devices", "nic", Name("interface")),
    ("devices", "nics", Words("write `interface`; several stand in a list")),
    ("devices", "net", Name("interface")),
    (
        "devices",
        "network",
        Words("write `interface = { type = \"network\"; source.network = \"default\"; };`"),
    ),
    ("devices", "networks", Words("write `interface`; several stand in a list")),
    ("devices", "network_interface", Name("interface")),
    ("devices", "drive", Name("disk")),
    ("devices", "drives", Words("write `disk`; several stand in a list")),
    ("devices", "hdd", Name("disk")),
    (
        "devices",
        "cdrom",
        Words(
            "write a disk: `disk = { type = \"file\"; device = \"cdrom\"; source.file = \"/a.iso\"; target = { dev = \"sda\"; bus = \"sata\"; }; };`",
        ),
    ),
    (
        "devices",
        "cd",
        Words(
            "write a disk: `disk = { type = \"file\"; device = \"cdrom\"; source.file = \"/a.iso\"; target = { dev = \"sda\"; bus = \"sata\"; }; };`",
        ),
    ),
    (
        "devices",
        "floppy",
        Words("write a disk with `device = \"floppy\"` and `target = { dev = \"fda\"; bus = \"fdc\"; }`"),
    ),
    ("devices", "vnc", Words("write `graphics.type = \"vnc\";`")),
    ("devices", "spice", Words("write `graphics.type = \"spice\";`")),
    ("devices", "display", Name("graphics")),
    ("devices", "screen", Name("graphics")),
    ("devices", "vga", Name("video")),
    ("devices", "gpu", Words("write `video` for a screen's card, or `hostdev` for a card of the host's")),
    ("devices", "hostpci", Name("hostdev")),
    ("devices", "pci", Name("hostdev")),
    ("devices", "passthrough", Name("hostdev")),
    (
        "devices",
        "usb",
        Words(
            "write `hostdev` for a device of the host's, `redirdev` for one of the viewer's, or `controller` for the bus",
        ),
    ),
    ("devices", "usbredir", Name("redirdev")),
    ("devices", "balloon", Name("memballoon")),
    ("devices", "entropy", Name("rng")),
    ("devices", "share", Name("filesystem")),
    ("devices", "shares", Words("write `filesystem`; several stand in a list")),
    (
        "devices",
        "virtiofs",
        Words(
            "write `filesystem = { type = \"mount\"; driver.type = \"virtiofs\"; source.dir = \"/a\"; target.dir = \"a\"; };`",
        ),
    ),
    ("devices", "mouse", Words("write `input = { type = \"mouse\"; bus = \"usb\"; };`")),
    ("devices", "keyboard", Words("write `input = { type = \"keyboard\"; bus = \"usb\"; };`")),
    ("devices", "tablet", Words("write `input = { type = \"tablet\"; bus = \"usb\"; };`")),
    ("devices", "scsi", Name("controller")),
    (
        "devices",
        "agent",
        Words(
            "write `channel = { type = \"unix\"; target = { type = \"virtio\"; name = \"org.qemu.guest_agent.0\"; }; };`",
        ),
    ),
    (
        "devices",
        "guest_agent",
        Words(
            "write `channel = { type = \"unix\"; target = { type = \"virtio\"; name = \"org.qemu.guest_agent.0\"; }; };`",
        ),
    ),
    (
        "devices",
        "qemu_agent",
        Words(
            "write `channel = { type = \"unix\"; target = { type = \"virtio\"; name = \"org.qemu.guest_agent.0\"; }; };`",
        ),
    ),
    // Machines.
    (
        "domain",
        "hostname",
        Words("it is the guest that knows its host name; what libvirt calls the machine is its `name`"),
    ),
    ("domain", "vmname", Name("name")),
    ("domain", "osinfo", Words(OS_VARIANT)),
    ("domain", "os_variant", Words(OS_VARIANT)),
    ("domain", "os-variant", Words(OS_VARIANT)),
    ("domain", "osVariant", Words(OS_VARIANT)),
    (
        "domain",
        "disk",
        Words("write `devices.disk` in a spec, or `storage_vol`, an argument of the templates"),
    ),
    ("domain", "cpus", Name("vcpu")),
    ("domain", "cores", Words("write `vcpu`, or `cpu.topology = { sockets = 1; cores = 4; threads = 1; };`")),
    ("domain", "vcpus", Name("vcpu")),
    ("domain", "smp", Name("vcpu")),
    ("domain", "ram", Name("memory")),
    ("domain", "mem", Name("memory")),
    ("domain", "hypervisor", Words("write `type`, e.g. \"kvm\"")),
    ("domain", "accel", Words("write `type = \"kvm\"`")),
    ("domain", "machine", Below("os.machine")),
    ("domain", "arch", Below("os.arch")),
    ("domain", "acpi", Below("features.acpi")),
    ("domain", "apic", Below("features.apic")),
    ("domain", "bios", Words("write `os.firmware = \"efi\"` for UEFI; without it, a machine has a BIOS")),
    ("domain", "uefi", Words("write `os.firmware = \"efi\"`")),
    (
        "domain",
        "ostype",
        Words("write `os.type = \"hvm\"`: which system the guest runs is not libvirt's to know"),
    ),
    ("domain", "kernelParams", Below("os.cmdline")),
    ("domain", "cmdline", Below("os.cmdline")),
    ("domain", "append", Below("os.cmdline")),
    ("domain", "initrdPath", Below("os.initrd")),
    ("domain", "nic", Below("devices.interface")),
    ("domain", "nics", Below("devices.interface")),
    ("domain", "interfaces", Below("devices.interface")),
    ("domain", "network_interface", Below("devices.interface")),
    ("domain", "netdev", Below("devices.interface")),
    ("domain", "netN", Below("devices.interface")),
    ("domain", "disks", Below("devices.disk")),
    ("domain", "drive", Below("devices.disk")),
    ("domain", "scsiN", Below("devices.disk")),
    ("domain", "ideN", Below("devices.disk")),
    ("domain", "sataN", Below("devices.disk")),
    ("domain", "virtioN", Below("devices.disk")),
    ("domain", "hostpciN", Below("devices.hostdev")),
    ("domain", "usbN", Below("devices.hostdev")),
    ("domain", "serialN", Below("devices.serial")),
    ("domain", "efidiskN", Words("write `os.firmware = \"efi\"`: libvirt makes the file of the variables")),
    ("domain", "tpmstateN", Below("devices.tpm")),
    ("domain", "shares", Below("devices.filesystem")),
    ("domain", "forwardPorts", Below("devices.interface.portForward")),
    ("domain", "balloon", Below("devices.memballoon")),
    ("domain", "vga", Below("devices.video")),
    ("domain", "display", Below("devices.graphics")),
    ("domain", "vnc", Words("write `devices.graphics.type = \"vnc\";`")),
    ("domain", "spice", Words("write `devices.graphics.type = \"spice\";`")),
    (
        "domain",
        "scsihw",
        Words("Proxmox's word: write `devices.controller = { type = \"scsi\"; model = \"virtio-scsi\"; }`"),
    ),
    (
        "domain",
        "agent",
        Words(
            "write a channel: `devices.channel = { type = \"unix\"; target = { type = \"virtio\"; name = \"org.qemu.guest_agent.0\"; }; }`",
        ),
    ),
    (
        "domain",
        "qemu_agent",
        Words(
            "write a channel: `devices.channel = { type = \"unix\"; target = { type = \"virtio\"; name = \"org.qemu.guest_agent.0\"; }; }`",
        ),
    ),
    (
        "domain",
        "cloudinit",
        Words("write a disk with `device = \"cdrom\"` for the image that cloud-init reads"),
    ),
    (
        "domain",
        "autostart",
        Words(
            "it is no part of the domain: write it beside `spec`, in the entry of the bundle or of the module",
        ),
    ),
    (
        "domain",
        "onboot",
        Words("write `autostart = true` beside `spec`, in the entry of the bundle or of the module"),
    ),
    (
        "domain",
        "active",
        Words(
            "it is no part of the domain: write it beside `spec`, in the entry of the bundle or of the module",
        ),
    ),
    (
        "domain",
        "running",
        Words("write `active = true` beside `spec`, in the entry of the bundle or of the module"),
    ),
    (
        "domain",
        "enable",
        Words("write `active = true` beside `spec`, in the entry of the bundle or of the module"),
    ),
    (
        "domain",
        "restart",
        Words(
            "it is no part of the domain: write it beside `spec`, in the entry of the bundle or of the module",
        ),
    ),
    ("domain", "definition", Words("it is no part of the domain: write it in place of `spec`")),
    ("domain", "storage_volume", Words("write `storage_vol`, an argument of the templates")),
    (
        "domain",
        "bridge",
        Words(
            "write `bridge_name`, an argument of the templates, or `devices.interface.source.bridge` in a spec",
        ),
    ),
    (
        "domain",
        "mac",
        Words(
            "write `net_iface_mac`, an argument of the templates, or `devices.interface.mac.address` in a spec",
        ),
    ),
    (
        "domain",
        "iso",
        Words(
            "write `install_vol`, an argument of the templates, or a disk with `device = \"cdrom\"` in a spec",
        ),
    ),
    (
        "domain",
        "cdrom",
        Words(
            "write `install_vol`, an argument of the templates, or a disk with `device = \"cdrom\"` in a spec",
        ),
    ),
    // Networks.
    ("network", "nat", Words("write `forward.mode = \"nat\"`")),
    ("network", "subnet", Words("write `ip = { address = \"10.0.0.1\"; prefix = 24; }`")),
    ("network", "cidr", Words("write `ip = { address = \"10.0.0.1\"; prefix = 24; }`")),
    ("network", "addresses", Words("write `ip = { address = \"10.0.0.1\"; prefix = 24; }`")),
    ("network", "gateway", Below("ip.address")),
    (
        "network",
        "autostart",
        Words(
            "it is no part of the network: write it beside `spec`, in the entry of the bundle or of the module",
        ),
    ),
    (
        "network",
        "active",
        Words(
            "it is no part of the network: write it beside `spec`, in the entry of the bundle or of the module",
        ),
    ),
    // Pools and volumes.
    ("pool", "dir", Below("target.path")),
    (
        "pool",
        "autostart",
        Words(
            "it is no part of the pool: write it beside `spec`, in the entry of the bundle or of the module",
        ),
    ),
    (
        "pool",
        "active",
        Words(
            "it is no part of the pool: write it beside `spec`, in the entry of the bundle or of the module",
        ),
    ),
    (
        "pool",
        "volumes",
        Words("write them beside `spec`, in the pool's entry of the bundle or of the module"),
    ),
    ("volume", "size", Name("capacity")),
    ("volume", "pool", Words("a volume stands among the `volumes` of its pool")),
    ("volume", "path", Below("target.path")),
    ("volume", "format", Below("target.format.type")),
    ("volume", "base_volume_id", Below("backingStore.path")),
    ("volume", "backing_vol", Below("backingStore.path")),
    ("volume", "base", Below("backingStore.path")),
];

/// Values that no format has, each with libvirt's words for it. The first that the format at hand has is meant.
const VALUES: &[(&str, &[&str])] = &[
    // QEMU's devices.
    ("virtio-vga", &["virtio"]),
    ("virtio-vga-gl", &["virtio"]),
    ("virtio-gpu", &["virtio"]),
    ("virtio-gpu-pci", &["virtio"]),
    ("virtio-gpu-gl-pci", &["virtio"]),
    ("qxl-vga", &["qxl"]),
    ("std", &["vga"]),
    ("stdvga", &["vga"]),
    ("cirrus-vga", &["cirrus"]),
    ("virtio-blk", &["virtio"]),
    ("virtio-blk-pci", &["virtio"]),
    ("virtio-net", &["virtio"]),
    ("virtio-net-pci", &["virtio"]),
    ("virtio-rng", &["virtio"]),
    ("virtio-rng-pci", &["virtio"]),
    ("virtio-balloon", &["virtio"]),
    ("virtio-balloon-pci", &["virtio"]),
    ("virtio-scsi-pci", &["virtio-scsi"]),
    ("virtio-scsi", &["scsi"]),
    ("virtio-fs", &["virtiofs"]),
    ("virtiofsd", &["virtiofs"]),
    ("intel-hda", &["ich6"]),
    ("ich9-intel-hda", &["ich9"]),
    ("hda", &["ich9", "ich6"]),
    ("qemu-xhci-pci", &["qemu-xhci"]),
    ("xhci", &["qemu-xhci"]),
    ("usb3", &["qemu-xhci"]),
    ("swtpm", &["emulator"]),
    ("tap", &["ethernet"]),
    ("macvtap", &["direct"]),
    ("iouring", &["io_uring"]),
    ("aio", &["native"]),
    // Proxmox's and Terraform's.
    ("virtio-scsi-single", &["virtio-scsi"]),
    ("lsi", &["lsilogic"]),
    ("l26", &["hvm"]),
    ("win11", &["hvm"]),
    ("ovmf", &["efi"]),
    ("seabios", &["bios"]),
    // virt-manager's labels.
    ("HDA (ICH6)", &["ich6"]),
    ("HDA (ICH9)", &["ich9"]),
    ("TIS", &["tpm-tis"]),
    ("CRB", &["tpm-crb"]),
    ("Emulated", &["emulator"]),
    ("SPICE", &["spice", "spicevmc"]),
    ("Spice server", &["spice"]),
    ("VNC server", &["vnc"]),
    ("USB tablet", &["tablet"]),
    ("EvTouch USB Graphics Tablet", &["tablet"]),
    ("Copy host CPU configuration", &["host-model"]),
    ("Bridge device", &["bridge"]),
    ("Macvtap device", &["direct"]),
    ("Virtual network", &["network"]),
    ("UEFI", &["efi"]),
    // Words that users write, without a tool as their source.
    ("host", &["host-passthrough"]),
    ("passthrough", &["host-passthrough", "passthrough"]),
    ("spice", &["spicevmc"]),
    ("nat", &["network"]),
    ("bridged", &["bridge"]),
    ("cd", &["cdrom"]),
    ("dvd", &["cdrom"]),
    ("iso", &["cdrom"]),
    ("qcow2", &["file"]),
    ("raw", &["file"]),
    ("lvm", &["logical", "block"]),
    ("nfs", &["netfs"]),
    ("ceph", &["rbd"]),
    ("directory", &["dir"]),
    ("folder", &["dir"]),
    ("local", &["localtime", "dir"]),
    ("trim", &["unmap"]),
    ("on", &["unmap"]),
    ("linux", &["hvm"]),
    ("windows", &["hvm"]),
    ("hvm", &["kvm"]),
    ("shutdown", &["destroy"]),
    ("stop", &["destroy"]),
    ("poweroff", &["destroy"]),
    ("reboot", &["restart"]),
    ("reset", &["restart"]),
    ("uefi", &["efi"]),
    ("legacy", &["bios"]),
    ("amd64", &["x86_64"]),
    ("x86-64", &["x86_64"]),
    ("arm64", &["aarch64"]),
    ("allow", &["accept"]),
    ("deny", &["drop"]),
    ("block", &["drop"]),
    ("inbound", &["in"]),
    ("outbound", &["out"]),
];

/// Values that say that there is nothing to say.
const NOTHING: &[&str] = &["Hypervisor default", "default", "auto", "none", "null", ""];

/// Plain values in the place of an element's set, each with what to write, in which `{}` stands for the value: the element, and
/// the values (none: any text).
const SCALARS: &[(&str, &[&str], &str)] = &[
    (
        "disk",
        &[],
        "`disk = { type = \"file\"; source.file = {}; target = { dev = \"vda\"; bus = \"virtio\"; }; };`",
    ),
    ("cpu", &["host"], "`cpu.mode = \"host-passthrough\";`"),
    ("os", &[], "`os.type = \"hvm\";`: which system the guest runs is not libvirt's to know"),
    ("rng", &[], "`rng = { model = \"virtio\"; backend = { model = \"random\"; source = {}; }; };`"),
    (
        "tpm",
        &["true"],
        "`tpm = { model = \"tpm-crb\"; backend = { type = \"emulator\"; version = \"2.0\"; }; };`",
    ),
    (
        "hyperv",
        &["true"],
        "`hyperv = { relaxed.state = true; vapic.state = true; spinlocks = { state = true; retries = 8191; }; };`",
    ),
    ("memballoon", &["false"], "`memballoon.model = \"none\";`"),
    ("graphics", &["true"], "`graphics.type = \"vnc\";`"),
    ("filesystem", &[], "`filesystem = { type = \"mount\"; source.dir = {}; target.dir = \"share\"; };`"),
];

/// The hint for a key of another tool in an element's set.
pub(crate) fn key(element: &str, key: &str) -> Option<Hint> {
    let digits = key.trim_end_matches(|last: char| last.is_ascii_digit());
    let numbered = (digits.len() < key.len()).then(|| format!("{digits}N"));
    let is = |known: &str| known == key || numbered.as_deref() == Some(known);
    if let Some((.., meant)) = KEYS.iter().find(|(holder, known, _)| *holder == element && is(known)) {
        return Some(match meant {
            Name(name) => Hint::Name((*name).to_owned()),
            Below(place) => Hint::Below((*place).to_owned()),
            Words(words) => Hint::Words(Cow::Borrowed(words)),
        });
    }
    // `disk.vda = { ... }`: the key is the name of the device.
    let device =
        |key: &str| key.len() == 3 && ["vd", "sd", "hd", "xvd"].iter().any(|start| key.starts_with(start));
    (element == "disk" && device(key)).then(|| {
        Hint::Words(Cow::Owned(format!("a disk is named by its target: write `target.dev = {key:?}`")))
    })
}

/// Which of a format's words a foreign word stands for.
pub(crate) fn value<'w>(words: &[&'w str], given: &str) -> Option<&'w str> {
    let known = VALUES.iter().filter(|(known, _)| known.eq_ignore_ascii_case(given));
    known.flat_map(|(_, ours)| *ours).find_map(|ours| words.iter().find(|word| *word == ours).copied())
}

/// Whether a value that is wrong says that there is nothing to say, so that it is best left out.
pub(crate) fn is_nothing(given: &str) -> bool {
    NOTHING.iter().any(|known| known.eq_ignore_ascii_case(given))
}

/// The advice for a plain value in the place of an element's set; `shown` is the value as it is written.
pub(crate) fn scalar(element: &Element, text: &str, shown: &str) -> Option<String> {
    if let Some(call) = device_of_host(element, text) {
        return Some(format!("`{} = {call};`", element.name));
    }
    if text.len() == 4 && has_attribute(element, "id") && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(format!("`{}.id = \"0x{text}\";`", element.name));
    }
    let fits =
        |values: &[&str]| values.contains(&text) || (values.is_empty() && !matches!(text, "true" | "false"));
    let (_, _, advice) = SCALARS.iter().find(|(name, values, _)| *name == element.name && fits(values))?;
    Some(advice.replace("{}", shown))
}

fn has_attribute(element: &Element, name: &str) -> bool {
    element.attributes.iter().any(|attribute| attribute.name == name)
}

/// The lib's call for a device of the host's as `lspci` or `lsusb` prints it, where an element takes what that makes.
fn device_of_host(element: &Element, text: &str) -> Option<String> {
    let children =
        |name: &'static str| element.children.iter().filter(move |child| child.element.name == name);
    if let Some(address) = pci(text) {
        let call = format!("lib.pci {address:?}");
        let is_address =
            |element: &Element| has_attribute(element, "slot") && has_attribute(element, "function");
        return match is_address(element) {
            true => Some(call),
            false => children("address")
                .any(|address| is_address(address.element))
                .then(|| format!("{{ address = {call}; }}")),
        };
    }
    let (vendor, product) = text.split_once(':')?;
    let is_id = |id: &str| id.len() == 4 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let takes = children("vendor").next().is_some() && children("product").next().is_some();
    (is_id(vendor) && is_id(product) && takes).then(|| format!("lib.usb {text:?}"))
}

/// A PCI address as `lspci` prints it, with its domain.
fn pci(text: &str) -> Option<String> {
    let is_hex =
        |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (rest, function) = text.rsplit_once('.')?;
    let mut parts: Vec<&str> = rest.split(':').collect();
    if parts.len() == 2 {
        parts.insert(0, "0000");
    }
    let [domain, bus, slot] = parts[..] else { return None };
    let fits = is_hex(domain, 4) && is_hex(bus, 2) && is_hex(slot, 2) && is_hex(function, 1);
    fits.then(|| format!("{domain}:{bus}:{slot}.{function}"))
}
