//! The saved state of a domain, which its next start goes on with: what runs then is what was saved, not what is defined.
//!
//! libvirt changes paths of programs in it, and nothing that the guest would see.

use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};

use crate::edits::{Edits, escape};
use crate::error::{libvirt, said};
use crate::host::Host;

/// The saved state of one domain.
#[derive(Debug)]
pub struct Saved {
    file: String,
    /// The definition that it goes on with.
    pub xml: String,
}

/// Where libvirt keeps the saved state of a domain of that name; nothing where that is not known from here.
fn file_of(host: &Host, name: &str) -> Option<String> {
    let (_, rest) = host.uri.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let folder = match path.split('?').next() {
        Some("system") => PathBuf::from("/var/lib/libvirt/qemu/save"),
        Some("session") if host.is_local() => {
            let own = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
            own.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?
                .join("libvirt/qemu/save")
        }
        _ => return None,
    };
    Some(folder.join(format!("{name}.save")).to_str()?.to_owned())
}

impl Saved {
    /// Reads it; nothing where it cannot be told where it is.
    ///
    /// # Errors
    /// Where libvirt cannot read it, which it does only with the programs that are named in it.
    pub fn read(host: &Host, name: &str) -> Result<Option<Saved>, String> {
        let Some(file) = file_of(host, name).filter(|_| host.driver == "QEMU") else { return Ok(None) };
        match host.connect.save_image_xml_desc(&file, 0) {
            Ok(xml) => Ok(Some(Saved { file, xml })),
            Err(error) => Err(format!(
                "its saved state cannot be read: {}; bring back what is missing, or give the saved state up with \
                 `saved = \"discard\"`",
                said(&error)
            )),
        }
    }

    /// Whether the programs and firmware that it names are there: with one of them gone, libvirt neither starts nor changes it.
    ///
    /// # Errors
    /// What is missing, and what is left to do.
    pub fn is_usable(&self, host: &Host) -> Result<(), String> {
        let Ok(document) = Document::parse(&self.xml) else { return Ok(()) };
        let paths = paths(&document).into_iter().filter_map(|(what, path, _)| Some((what, path?)));
        let is_missing = |path: &str| host.is_local() && path.starts_with('/') && !Path::new(path).exists();
        let missing: Vec<String> = paths
            .filter(|(_, path)| is_missing(path))
            .map(|(what, path)| format!("the {what} {path}"))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(format!(
            "its saved state goes on only with {}, which is gone; bring it back, or give the saved state up with \
             `saved = \"discard\"`",
            missing.join(" and ")
        ))
    }

    /// It with the paths of programs and firmware that a definition has; nothing where they are the same.
    ///
    /// # Errors
    /// Where the definition is not XML.
    pub fn with_paths_of(&self, definition: &str) -> Result<Option<String>, String> {
        let parse =
            |text| Document::parse(text).map_err(|error| format!("cannot read a definition: {error}"));
        let (own, new) = (parse(&self.xml)?, parse(definition)?);
        let mut edits = Edits::default();
        for ((_, old, place), (_, new, _)) in paths(&own).into_iter().zip(paths(&new)) {
            if let (Some(old), Some(new), Some(place)) = (old, new, place)
                && old != new
            {
                edits.replace(place, escape(&new));
            }
        }
        Ok((!edits.is_empty()).then(|| edits.apply(&self.xml)))
    }

    /// Writes it with another definition.
    ///
    /// # Errors
    /// What libvirt says.
    pub fn define(&self, host: &Host, xml: &str) -> Result<(), String> {
        let define = || host.connect.save_image_define_xml(&self.file, xml, 0);
        host.write(define).map_err(libvirt("bring its saved state to the new paths"))
    }
}

/// What a path is of, the path, and where it stands in the text.
type Named = (&'static str, Option<String>, Option<std::ops::Range<usize>>);

/// The paths of programs and firmware in a definition, always the same ones in the same order.
fn paths(document: &Document<'_>) -> [Named; 3] {
    fn child<'a, 'i>(node: Option<Node<'a, 'i>>, name: &str) -> Option<Node<'a, 'i>> {
        node?.children().find(|child| child.has_tag_name(name))
    }
    let text = |what, node: Option<Node<'_, '_>>| -> Named {
        let text = node.and_then(|node| node.first_child()).filter(|text| text.is_text());
        (what, text.and_then(|text| text.text()).map(str::to_owned), text.map(|text| text.range()))
    };
    let root = Some(document.root_element());
    let (os, devices) = (child(root, "os"), child(root, "devices"));
    let template = child(os, "nvram").and_then(|node| node.attributes().find(|one| one.name() == "template"));
    [
        text("emulator", child(devices, "emulator")),
        text("firmware", child(os, "loader")),
        (
            "template of its UEFI variables",
            template.map(|one| one.value().to_owned()),
            template.map(|one| one.range_value()),
        ),
    ]
}
