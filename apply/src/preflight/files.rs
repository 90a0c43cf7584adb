//! Files that a definition names.

use std::path::Path;

use nixvirt_compiler::{Document, Node};

use super::devices::place;
use crate::declared::{child, child_text};

/// The files that a definition names and that are neither there nor on their way.
pub(super) fn missing(document: &Document<'_>, coming: impl Fn(&str) -> bool) -> Vec<String> {
    let mut files: Vec<(String, &str, &str)> = Vec::new();
    let root = &document.root;
    if let Some(os) = child(root, "os") {
        for (name, what) in
            [("kernel", "kernel"), ("initrd", "initrd"), ("dtb", "device tree"), ("loader", "firmware")]
        {
            files.extend(child_text(os, name).map(|path| (format!("os.{name}"), what, path)));
        }
    }
    let devices = child(root, "devices").map(|devices| &*devices.children).unwrap_or_default();
    for device in devices {
        match device.element.name {
            "emulator" => {
                let path = device.text.as_ref().map(|text| &*text.text);
                files.extend(path.map(|path| ("devices.emulator".to_owned(), "emulator", path)));
            }
            "disk" => files.extend(image(device).map(|path| (place(device, "source"), "image", path))),
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
    let source = child(disk, "source")?;
    // Any other policy lets it start without.
    let needed = matches!(source.get("startupPolicy"), None | Some("mandatory"));
    source.get("file").or(source.get("dev")).filter(|_| needed)
}
