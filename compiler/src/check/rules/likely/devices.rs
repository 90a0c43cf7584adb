//! Warnings of screens, boot devices and images.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::volume::VOLUME;
use nixvirt_schema::{Versions, attribute, below, child_name, way};

use crate::check::rules::code::{machine, warned};
use crate::check::{Check, Holds, Rule, at, child, lacks};
use crate::document::Node;
use crate::document::foreign::Foreign;
use crate::secrets::SECRETS;

pub(super) static SCREEN_OPEN: Rule = Rule {
    code: warned(
        "screen-open",
        "A screen is open to whoever reaches the host: it listens at every address, without a password.",
        "Whoever reaches the port has the machine's screen, keyboard and mouse. Let it listen at `127.0.0.1` and come by SSH, or give it a \
         password: `passwd.file = \"/run/secrets/...\"` is read when it is applied. SPICE is closed by \
         `defaultMode = \"secure\"`, too. If QEMU's own configuration asks for a password or TLS, allow this code.",
        machine!(
            "devices.graphics = { type = \"vnc\"; autoport = true; listen = { type = \"address\"; address = \"0.0.0.0\"; }; };"
        ),
        machine!(
            "devices.graphics = { type = \"vnc\"; autoport = true; listen = { type = \"address\"; address = \"127.0.0.1\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuBuildGraphicsVNCCommandLine in src/qemu/qemu_command.c",
    holds: Holds::Qemu,
    with: &[GRAPHICS.name],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        if has_secret_files(root) || check.qemu_gets_more() {
            return;
        }
        let open = |address: Option<&str>| matches!(address, Some("0.0.0.0" | "::" | "0::0"));
        let listen = below!(GRAPHICS, "listen", "address");
        let screens: Vec<_> = check.devices_of(&GRAPHICS).collect();
        for screen in screens {
            let kind = screen.get(attribute!(GRAPHICS, "type"));
            let secure = screen.get(attribute!(GRAPHICS, "defaultMode")) == Some("secure");
            let everywhere = screen.children_named(listen.0).any(|listen| open(listen.get("address")))
                || open(screen.get(attribute!(GRAPHICS, "listen")));
            let bare = lacks(screen, attribute!(GRAPHICS, "passwd"));
            if matches!(kind, Some("vnc" | "spice")) && everywhere && bare && !secure {
                let message =
                    "the screen listens at every address of the host, and asks for no password".to_owned();
                let help = "let it listen at \"127.0.0.1\", or write `passwd.file = \"/run/secrets/...\"`";
                check.rule_problem(screen, None, message).help(help).add();
            }
        }
    },
};

/// Whether secrets of the machine are in files, which its `metadata` says.
fn has_secret_files(root: &Node<'_>) -> bool {
    let Some(metadata) = child(root, child_name!(DOMAIN, "metadata")) else { return false };
    metadata.foreign.iter().any(|foreign| match foreign {
        Foreign::Element(element) => element.attributes.iter().any(|(_, value)| value == SECRETS),
        _ => false,
    }) || metadata.declared.iter().any(|(_, name)| name == SECRETS)
}

pub(super) static BOOT_WITHOUT_MEDIUM: Rule = Rule {
    code: warned(
        "boot-without-medium",
        "A machine boots from nothing but a drive without a medium.",
        "libvirt has QEMU try the devices that `os.boot` or `boot.order` name, and no others. Add the disk, such as \
         `os.boot = [ { dev = \"cdrom\"; } { dev = \"hd\"; } ]`, or put a medium in.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; boot = { dev = \"cdrom\"; }; };",
            "devices.disk = [
    { device = \"cdrom\"; target = { dev = \"sda\"; bus = \"sata\"; }; }
    { source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; }
  ];"
        ),
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"q35\"; boot = [ { dev = \"cdrom\"; } { dev = \"hd\"; } ]; };",
            "devices.disk = [
    { device = \"cdrom\"; target = { dev = \"sda\"; bus = \"sata\"; }; }
    { source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "qemuBuildBootCommandLine in src/qemu/qemu_command.c",
    holds: Holds::Qemu,
    with: &[below!(OS, "boot", "dev").0],
    versions: Versions::ALL,
    check: |check| {
        let place = boots_from_empty_drives(check).filter(|_| !check.qemu_gets_more());
        let Some(place) = place else { return };
        let message = "the machine boots from nothing but a drive without a medium".to_owned();
        let help = "name the disk to boot from as well, or put a medium into the drive";
        check.rule_problem(place, None, message).help(help).add();
    },
};

/// Where it is said what a machine boots from, if that is nothing but drives without a medium.
fn boots_from_empty_drives<'c, 'a>(check: &Check<'c, 'a>) -> Option<&'c Node<'a>> {
    let os = child(check.root(), child_name!(DOMAIN, "os"))?;
    let otherwise = [child_name!(OS, "kernel"), child_name!(OS, "bootmenu")];
    if !otherwise.iter().all(|name| lacks(os, name))
        || check.may_have_device(way!(DOMAIN, "devices", "disk")[1])
    {
        return None;
    }
    let device = attribute!(DISK, "device");
    let empty = |disk: &Node<'_>| lacks(disk, child_name!(DISK, "source"));
    let (boot, dev) = below!(OS, "boot", "dev");
    let named: Vec<&Node<'_>> = os.children_named(boot).collect();
    if let Some(first) = named.first() {
        let drive = |dev: &str| match dev {
            "cdrom" => Some("cdrom"),
            "fd" => Some("floppy"),
            _ => None,
        };
        let tried: Vec<&str> = named.iter().map(|boot| drive(boot.get(dev)?)).collect::<Option<_>>()?;
        let of_kind = |disk: &&Node<'_>| disk.get(device).is_some_and(|kind| tried.contains(&kind));
        let all_empty = check.devices_of(&DISK).filter(|disk| of_kind(&&**disk)).all(empty);
        return all_empty.then_some(*first);
    }
    if !lacks(os, boot) {
        return None;
    }
    let order = below!(DISK, "boot", "order");
    let mut ordered = check.devices().filter(|device| at(device, order).is_some()).peekable();
    let first = *ordered.peek()?;
    let drive = |disk: &Node<'_>| {
        let is_drive = matches!(disk.get(device), Some("cdrom" | "floppy"));
        std::ptr::eq(disk.element, &DISK) && is_drive && empty(disk)
    };
    ordered.all(drive).then_some(first)
}

pub(super) static RAW_OVERLAY: Rule = Rule {
    code: warned(
        "raw-overlay",
        "A raw volume has a `backingStore`.",
        "A raw image holds what the guest sees and nothing else, so that it cannot be based on another image: libvirt does not make such a \
         volume. Write `target.format.type = \"qcow2\"`.",
        r#"{ kind = "volume"; name = "web"; capacity = { count = 8; unit = "GiB"; }; target.format.type = "raw";
  backingStore = { path = "/srv/base.qcow2"; format.type = "qcow2"; }; }"#,
        r#"{ kind = "volume"; name = "web"; capacity = { count = 8; unit = "GiB"; }; target.format.type = "qcow2";
  backingStore = { path = "/srv/base.qcow2"; format.type = "qcow2"; }; }"#,
    ),
    kind: "volume",
    mirrors: "createRawFile in src/storage/storage_util.c",
    holds: Holds::Always,
    with: &[child_name!(VOLUME, "backingStore")],
    versions: Versions::ALL,
    check: |check| {
        let root = check.root();
        let way = way!(VOLUME, "target", "format", "type");
        let Some(store) = child(root, child_name!(VOLUME, "backingStore")) else { return };
        if lacks(store, way!(VOLUME, "backingStore", "path")[1]) {
            return;
        }
        let target = child(root, way[0]);
        let format = target.and_then(|target| child(target, way[1]));
        let raw = match (target, format) {
            (_, Some(format)) => format.get(way[2]) == Some("raw"),
            (Some(target), None) => lacks(target, way[1]),
            (None, None) => lacks(root, way[0]),
        };
        if raw {
            let message = "a raw volume cannot be based on another image".to_owned();
            check.rule_problem(store, None, message).help("write `target.format.type = \"qcow2\"`").add();
        }
    },
};
