//! Files that a definition names.

use std::path::Path;

use nixvirt_compiler::{Document, Node};

use super::devices::place;
use crate::document::{child, child_text};
use crate::guest;
use crate::names;

/// The files that a definition names and that are neither there nor on their way.
pub(super) fn missing(document: &Document<'_>, coming: impl Fn(&str) -> bool) -> Vec<String> {
    let mut files: Vec<(String, &str, &str)> = Vec::new();
    let root = &document.root;
    if let Some(os) = child(root, names::OS) {
        for (name, what) in [
            (names::KERNEL, "kernel"),
            (names::INITRD, "initrd"),
            (names::DTB, "device tree"),
            (names::LOADER, "firmware"),
        ] {
            files.extend(child_text(os, name).map(|path| (format!("os.{name}"), what, path)));
        }
    }
    // The apply step makes it.
    let view = guest::view_in(document).map(|view| format!("{}/store", view.folder));
    let devices = child(root, names::DEVICES).map(|devices| &*devices.children).unwrap_or_default();
    for device in devices {
        match device.element.name {
            names::EMULATOR => {
                let path = device.text.as_ref().map(|text| &*text.text);
                files.extend(path.map(|path| ("devices.emulator".to_owned(), "emulator", path)));
            }
            names::DISK => {
                files.extend(image(device).map(|path| (place(device, names::SOURCE), "image", path)))
            }
            names::FILESYSTEM => {
                let folder = shared_folder(device).filter(|folder| view.as_deref() != Some(*folder));
                files.extend(folder.map(|path| (place(device, names::SOURCE), "shared folder", path)));
                let program = child(device, names::BINARY).and_then(|binary| binary.get(names::PATH));
                files.extend(program.map(|path| (place(device, "binary.path"), "virtiofsd", path)));
            }
            _ => {}
        }
    }
    let missing = files
        .into_iter()
        .filter(|(_, _, path)| path.starts_with('/') && !Path::new(path).exists() && !coming(path));
    missing
        .map(|(place, what, path)| {
            format!("its {what} {path} does not exist (`{place}`); make it, or name another one")
        })
        .collect()
}

/// The folder of the host that a device shares with the guest.
fn shared_folder<'n>(share: &'n Node<'_>) -> Option<&'n str> {
    let is_folder = matches!(share.get(names::TYPE), None | Some("mount"));
    child(share, names::SOURCE)?.get(names::DIR).filter(|_| is_folder)
}

/// That libvirt does not find the program that shares a folder, where it speaks of that.
pub(super) fn without_virtiofsd(document: &Document<'_>, said: &str) -> Option<String> {
    const DRIVER: &str = "virtiofs";
    let devices = child(&document.root, names::DEVICES)?;
    let share = devices.children_named(names::FILESYSTEM).find(|share| {
        child(share, names::DRIVER).and_then(|driver| driver.get(names::TYPE)) == Some(DRIVER)
    })?;
    said.contains(DRIVER).then(|| {
        let place = place(share, names::DRIVER);
        format!(
            "the host has no virtiofsd for its shared folder (`{place}`); install it, or write `driver.type = \"path\"`, which shares by 9p"
        )
    })
}

/// The image that a disk cannot do without.
fn image<'n>(disk: &'n Node<'_>) -> Option<&'n str> {
    let source = child(disk, names::SOURCE)?;
    // Any other policy lets it start without.
    let needed = matches!(source.get("startupPolicy"), None | Some("mandatory"));
    source.get("file").or(source.get("dev")).filter(|_| needed)
}
