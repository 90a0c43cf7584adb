//! Definitions as documents: reading them, the secrets that files hold for them, parts of them.

use std::path::Path;

use nixvirt_compiler::{Document, Node, Policy, Report, SECRETS, read_xml, secret_files};

use crate::edits::Edits;
use crate::error;
use crate::error::{Error, Problems, codes};
use crate::files;
use crate::kind::ObjectKind;
use crate::secrets;

/// Reads a text as a document of a kind. Only what makes it no document of the kind is an error: libvirt will say what
/// it refuses, and in words of its own.
///
/// # Errors
/// Why it is none.
pub fn read_document<'a>(
    kind: ObjectKind,
    text: &'a str,
    report: &mut Report,
) -> Result<Document<'a>, Problems> {
    let document = read_xml(text.as_bytes(), Some(kind.schema()), report);
    document.ok_or_else(|| {
        let report = std::mem::replace(report, Report::new(Policy::Lenient));
        Problems(report.finish().iter().map(|found| Error::of_problem(&found.problem)).collect())
    })
}

/// The text with the secrets that files hold in their places; nothing where there are none. It goes to libvirt, and
/// nowhere else.
///
/// # Errors
/// Where a file cannot be read, or a secret has no place.
pub fn resolve(kind: ObjectKind, text: &str) -> Result<Option<String>, Problems> {
    if !text.contains(SECRETS) {
        return Ok(None);
    }
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(kind, text, &mut report)?;
    let files = secret_files(&document).map_err(|why| Error::new(&codes::NO_SECRET_PLACE, why))?;
    let mut problems = Problems::default();
    let mut edits = Edits::default();
    for secret in files {
        match files::read_text(Path::new(&secret.file)) {
            Ok(value) => {
                // Editors and tools end a file with a line break that is no part of the secret.
                let value = value.strip_suffix('\n').unwrap_or(&value);
                secrets::remember(value);
                edits.add_attribute(text, secret.offset, secret.attribute, value);
            }
            Err(error) => {
                let tried = format!("read the secret for `{}` in", secret.path);
                problems.add(error::file(&codes::CANNOT_READ, &tried, Path::new(&secret.file))(error));
            }
        }
    }
    if problems.is_empty() { Ok(Some(edits.apply(text))) } else { Err(problems) }
}

/// The first child of a name.
pub fn child<'n, 'a>(node: &'n Node<'a>, name: &'n str) -> Option<&'n Node<'a>> {
    node.children_named(name).next()
}

/// The text of the first child of a name.
pub fn child_text<'n>(node: &'n Node<'_>, name: &'n str) -> Option<&'n str> {
    child(node, name)?.text.as_ref().map(|text| &*text.text)
}
