//! Finds objects that declared ones need and that will not exist.

use std::collections::BTreeSet;

use crate::declared::Declared;
use crate::error::{Error, codes};
use crate::kind::ObjectKind;
use crate::observed::Observed;

/// The errors for objects that a declared one needs and that will not exist, by the index of the declared one.
pub(super) fn missing(declared: &[Declared], observed: &Observed) -> Vec<(usize, Error)> {
    let mut found = Vec::new();
    let names: BTreeSet<String> =
        declared.iter().map(|object| format!("{} {}", object.entry.kind.name(), object.name)).collect();
    for (index, object) in declared.iter().enumerate() {
        for needed in &object.references {
            let Some((kind, name)) = needed.split_once(' ') else { continue };
            let Some(kind) = ObjectKind::named(kind) else { continue };
            // A mediated device may come with the start of the host: libvirt looks for it when the domain starts.
            if kind == ObjectKind::NodeDevice || names.contains(needed) || observed.has(kind, name) {
                continue;
            }
            let message =
                format!("it needs the {} `{name}`, which neither exists nor is declared", kind.name());
            let why = Error::new(&codes::NEEDS_MISSING, message)
                .fact("needs", needed)
                .help(format!("add it to `{}`", kind.plural()));
            found.push((index, why));
        }
    }
    found
}
