//! Files that a definition names.

use std::path::Path;

use nixvirt_compiler::{Document, Node};

use super::devices::place;
use crate::document::{child, child_text};
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

/// The image that a disk cannot do without.
fn image<'n>(disk: &'n Node<'_>) -> Option<&'n str> {
    let source = child(disk, names::SOURCE)?;
    // Any other policy lets it start without.
    let needed = matches!(source.get("startupPolicy"), None | Some("mandatory"));
    source.get("file").or(source.get("dev")).filter(|_| needed)
}
