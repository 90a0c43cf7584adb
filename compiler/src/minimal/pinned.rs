//! Notes on a minimal definition: paths of the Nix store that it pins, and addresses that could not be left out.

use nixvirt_schema::child_name;
use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::os::OS;

use crate::diagnostics::codes::{ADDRESS_KEPT, Code, STORE_PATH};
use crate::diagnostics::{Diagnostic, Problem, Related, Severity};
use crate::document::keys::child_key;
use crate::document::path::{Path, PathStep, Trail};
use crate::document::{Document, Node};

/// Where Nix keeps what it builds.
const STORE: &str = "/nix/store/";

/// Says where a document pins a path of the Nix store.
pub(super) fn notes(document: &Document<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    below(&document.root, &Trail::ROOT, &mut found);
    found
}

fn below(node: &Node<'_>, trail: &Trail<'_>, found: &mut Vec<Diagnostic>) {
    let texts = node.text.iter().map(|text| (None, &*text.text));
    let attributes = node
        .attributes
        .iter()
        .map(|attribute| (Some(node.attribute_entry(attribute).name), &*attribute.value.text));
    for (name, value) in attributes.chain(texts) {
        if let Some(rest) = value.strip_prefix(STORE) {
            let key = name.or(node.element.text.filter(|_| !node.element.is_leaf()).map(|text| text.key));
            let path = key.map_or_else(|| trail.path(), |key| trail.step(key, None).path());
            found.push(store_path(node, path, rest));
        }
    }
    for child in &node.children {
        let key = child_key(node.element, child.element);
        let within = if node.child_entry(child).hoisted { *trail } else { trail.step(&key, child.index) };
        below(child, &within, found);
    }
}

/// A note on a path, of which `rest` stands below the store.
fn store_path(node: &Node<'_>, path: Path, rest: &str) -> Diagnostic {
    let file = rest.find('/').map_or("", |at| &rest[at..]);
    let package = |name: &str| format!("\"${{{name}}}{file}\"");
    let help = match node.element.name {
        name if name == child_name!(DEVICES, "emulator") => format!(
            "leave it out, and libvirt takes the host's QEMU; in Nix, {} follows the package",
            package("pkgs.qemu")
        ),
        name if name == child_name!(OS, "loader") || name == child_name!(OS, "nvram") => format!(
            "write `os.firmware = \"efi\";` and no `loader`, and libvirt takes the host's firmware; in Nix, {} follows the package",
            package("pkgs.OVMF.fd")
        ),
        _ => format!("in Nix, name the package that has it: {}", package("pkgs.NAME")),
    };
    let message = "the path is of one build in the Nix store; garbage collection may remove it".to_owned();
    note(&STORE_PATH, node, path, message, help)
}

/// Says of the addresses of some devices that libvirt would choose others.
pub(super) fn other_addresses(devices: &[&Node<'_>]) -> Option<Diagnostic> {
    let [first, others @ ..] = devices else { return None };
    let message = "libvirt would choose another address, so it is kept".to_owned();
    let help = "leave it out if the guest may see the device at another place".to_owned();
    let mut diagnostic = note(&ADDRESS_KEPT, first, place(first), message, help);
    diagnostic.related.extend(others.iter().map(|device| Related {
        path: place(device),
        offset: device.offset,
        file: None,
        message: "so is this one".to_owned(),
    }));
    Some(diagnostic)
}

/// Says that the addresses of a machine are kept: it is one whose addresses are not worked out.
pub(super) fn unknown_addresses(first: &Node<'_>) -> Diagnostic {
    let message =
        "the addresses are kept: it is not known which ones libvirt would choose for this machine".to_owned();
    let help = "leave them out if the guest may see its devices at other places".to_owned();
    note(&ADDRESS_KEPT, first, place(first), message, help)
}

fn note(code: &'static Code, node: &Node<'_>, path: Path, message: String, help: String) -> Diagnostic {
    let problem = Problem::Rule { code, message, help: Some(help), fix: None };
    Diagnostic { offset: node.offset, ..Diagnostic::new(problem, path, Severity::Warning) }
}

/// The path of a device.
fn place(device: &Node<'_>) -> Path {
    let step = |key: &str, index| PathStep { key: key.to_owned(), index };
    Path(vec![step(DEVICES.name, None), step(device.element.name, device.index)])
}
