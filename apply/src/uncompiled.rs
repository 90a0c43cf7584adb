//! Bundles that were not compiled: their specs and templates become XML here, as `nixvirt-compile` makes it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use nixvirt_compiler::bundle_format::{CLOUD_INIT_KEY, DISCS, RESERVATIONS};
use nixvirt_compiler::index::MARK;
use nixvirt_compiler::{Around, CompileOptions, Diagnostic, Json};
use nixvirt_expand::template::{HostPackages, expand_and_compile};
use nixvirt_schema::{KINDS, Kind};

use crate::files;
use crate::kind::ObjectKind;

/// The folder of what is compiled here. It is no folder of a file system, whose names hold no zero bytes: so no `definition`
/// of the bundle's own is taken for one of these.
const FOLDER: &str = "\0compiled";

/// A bundle whose specs have become definitions.
pub(crate) struct InMemory<'j> {
    /// The bundle, with a `definition` in the place of each `spec`.
    pub bundle: Json<'j>,
    /// The XML of these definitions, by the paths that the bundle names them by.
    pub definitions: BTreeMap<String, String>,
}

/// Whether an entry of a bundle gives its object as a spec or by a template, or says what the compiler puts into one.
pub(crate) fn is_uncompiled(bundle: &Json<'_>) -> bool {
    let listed = KINDS.iter().filter(|kind| kind.parent.is_none());
    listed.into_iter().any(|kind| has_specs(bundle, kind)) || has_unchecked_discs(bundle)
}

/// Whether a bundle that the compiler did not write has discs, whose content nobody has checked.
fn has_unchecked_discs(bundle: &Json<'_>) -> bool {
    let has = |entry: &Json<'_>| {
        [CLOUD_INIT_KEY, DISCS].iter().any(|key| entry.get(key).is_some_and(|value| *value != Json::Null))
    };
    let domains = bundle.get(ObjectKind::Domain.plural());
    bundle.get(MARK).is_none() && matches!(domains, Some(Json::List(entries)) if entries.iter().any(has))
}

fn has_specs(holder: &Json<'_>, kind: &Kind) -> bool {
    let Some(Json::List(entries)) = holder.get(kind.plural) else { return false };
    let given = |entry: &Json<'_>, key| entry.get(key).is_some_and(|value| *value != Json::Null);
    let held: Vec<&Kind> = KINDS.iter().filter(|held| held.parent == Some(kind.name)).collect();
    entries.iter().any(|entry| {
        ["spec", "template", RESERVATIONS].iter().any(|key| given(entry, key))
            || held.iter().any(|held| has_specs(entry, held))
    })
}

/// Compiles a bundle, whose relative paths begin at a folder.
///
/// # Errors
/// All that is wrong with it, in the words of `nixvirt-compile`; or the stack that it needs cannot be had.
pub(crate) fn compile(
    bundle: Json<'_>,
    folder: &Path,
) -> io::Result<Result<InMemory<'static>, Vec<Diagnostic>>> {
    let read = |path: &str| files::read(&folder.join(path)).ok();
    let around = Around { folder: FOLDER, read: &read, ..Around::NOTHING };
    let read_text = |path: &Path| files::read_text(path);
    nixvirt_evaluator::with_stack(|| {
        let host = HostPackages::default();
        let (compiled, _) = expand_and_compile(bundle, CompileOptions::DEFAULT, &host, &around, &read_text)?;
        let files = compiled.files.into_iter();
        let definitions = files.map(|file| (format!("{FOLDER}/{}", file.path), file.xml)).collect();
        Ok(InMemory { bundle: compiled.index, definitions })
    })
}
