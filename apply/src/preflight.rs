//! Whether a domain can start, as far as that is known before anything is stopped for it.

use std::path::Path;

use nixvirt_compiler::{Document, Node, Policy, Report};

use crate::declared::{child, child_text, read_document};
use crate::error::said;
use crate::host::Host;
use crate::object::Kind;
use crate::references;

/// The name that libvirt has for a command line of QEMU.
const COMMAND_LINE: &str = "qemu-argv";

/// Looks for what keeps a definition from being started. `old` is the definition that runs.
///
/// # Errors
/// All that was found.
pub fn check(host: &Host, text: &str, old: Option<&str>) -> Result<(), String> {
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(Kind::Domain, text, &mut report).map_err(|problems| problems.to_string())?;
    let mut found = Vec::new();
    if host.is_local() {
        found.extend(missing_files(&document));
    }
    for name in references::networks(&document) {
        match host.lookup_name(Kind::Network, &name).map(|network| network.is_active()) {
            Some(Ok(true) | Err(_)) => {}
            Some(Ok(false)) => found.push(format!("its network `{name}` is not active")),
            None => found.push(format!("its network `{name}` does not exist")),
        }
    }
    if found.is_empty() && host.driver == "QEMU" {
        let native = |text| host.connect.domain_xml_to_native(COMMAND_LINE, text, 0).err();
        // What libvirt cannot tell of the one that runs, it cannot tell of this one either.
        if let Some(error) = native(text)
            && old.is_none_or(|old| native(old).is_none())
        {
            found.push(format!("libvirt says: {}", said(&error)));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("it was left as it is, for it could not be started again: {}", found.join("; ")))
}

/// The files that a definition names and that are not there.
pub fn missing_files(document: &Document<'_>) -> Vec<String> {
    let mut files: Vec<(&str, &str)> = Vec::new();
    let root = &document.root;
    if let Some(os) = child(root, "os") {
        for (name, what) in
            [("kernel", "kernel"), ("initrd", "initrd"), ("dtb", "device tree"), ("loader", "firmware")]
        {
            files.extend(child_text(os, name).map(|path| (what, path)));
        }
    }
    let devices = child(root, "devices").map(|devices| &*devices.children).unwrap_or_default();
    for device in devices {
        match device.element.name {
            "emulator" => files.extend(device.text.as_ref().map(|text| ("emulator", &*text.text))),
            "disk" => files.extend(image(device).map(|path| ("image", path))),
            _ => {}
        }
    }
    let missing = files.into_iter().filter(|(_, path)| path.starts_with('/') && !Path::new(path).exists());
    missing.map(|(what, path)| format!("its {what} {path} does not exist")).collect()
}

/// The image that a disk cannot do without.
fn image<'n>(disk: &'n Node<'_>) -> Option<&'n str> {
    let source = child(disk, "source")?;
    // Any other policy lets it start without.
    let needed = matches!(source.get("startupPolicy"), None | Some("mandatory"));
    source.get("file").or(source.get("dev")).filter(|_| needed)
}
