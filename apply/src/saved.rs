//! The saved state of a domain, which its next start goes on with: what runs then is what was saved, not what is defined.
//!
//! libvirt changes paths of programs in it, and nothing that the guest would see.

use std::path::Path;

use nixvirt_libvirt_calls as calls;
use roxmltree::{Document, Node};
use virt::sys;

use crate::edits::{Edits, escape};
use crate::error::{self, Error, codes, libvirt, of_libvirt};
use crate::host::Host;
use crate::names;
use crate::object::Handle;

/// The saved state of one domain.
#[derive(Debug)]
pub struct Saved {
    /// The definition that it goes on with, secrets included: what is written back without them has none.
    pub xml: String,
}

impl Saved {
    /// Reads it; nothing where libvirt keeps none for domains of that driver.
    ///
    /// # Errors
    /// Where libvirt cannot read it, which it does only with the programs that are named in it.
    pub fn read(host: &Host, handle: &Handle) -> Result<Option<Saved>, Error> {
        let Handle::Domain(domain) = handle else { return Ok(None) };
        if host.driver != "QEMU" || !domain.has_managed_save(0).unwrap_or(true) {
            return Ok(None);
        }
        match calls::managed_save_xml(domain, sys::VIR_DOMAIN_SAVE_IMAGE_XML_SECURE) {
            Ok(xml) => Ok(Some(Saved { xml })),
            Err(error) => Err(of_libvirt(&codes::SAVED_STATE, &error)
                .within("its saved state cannot be read")
                .help("bring back what is missing, or give the saved state up with `saved = \"discard\"`")),
        }
    }

    /// Whether the programs and firmware that it names are there: with one of them gone, libvirt neither starts nor changes it.
    ///
    /// # Errors
    /// The missing program or firmware, with advice.
    pub fn is_usable(&self, host: &Host) -> Result<(), Error> {
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
        let missing = missing.join(" and ");
        let message = format!("its saved state goes on only with {missing}, which is gone");
        Err(Error::new(&codes::SAVED_STATE, message)
            .fact("missing", missing)
            .help("bring it back, or give the saved state up with `saved = \"discard\"`"))
    }

    /// It with the paths of programs and firmware that a definition has; nothing where they are the same.
    ///
    /// # Errors
    /// Where the definition is not XML.
    pub fn with_paths_of(&self, definition: &str) -> Result<Option<String>, Error> {
        let parse = |text| Document::parse(text).map_err(|error| error::unparsed(&error));
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
    /// An error of libvirt.
    pub fn define(host: &Host, handle: &Handle, xml: &str) -> Result<(), Error> {
        let Handle::Domain(domain) = handle else { return Ok(()) };
        let define = || calls::managed_save_define_xml(domain, xml, 0);
        host.write(define).map_err(libvirt(&codes::CANNOT_SET, "bring its saved state to the new paths"))
    }
}

/// The role of a path, the path, and its range in the text.
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
    let (os, devices) = (child(root, names::OS), child(root, names::DEVICES));
    let template =
        child(os, names::NVRAM).and_then(|node| node.attributes().find(|one| one.name() == "template"));
    [
        text("emulator", child(devices, names::EMULATOR)),
        text("firmware", child(os, names::LOADER)),
        (
            "template of its UEFI variables",
            template.map(|one| one.value().to_owned()),
            template.map(|one| one.range_value()),
        ),
    ]
}
