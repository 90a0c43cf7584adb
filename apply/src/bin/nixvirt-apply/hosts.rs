//! Which hosts there are, and which bundle each gets.

use std::path::{Path, PathBuf};

use nixvirt_apply::error::{Error, Problems, codes, file};
use nixvirt_apply::files;
use nixvirt_compiler::codes::WRONG_SHAPE;
use nixvirt_compiler::{Json, parse_json};

use crate::args::Common;

/// The error for a value of a list of hosts that is of another type.
fn misshapen(value: &Json<'_>, expected: &str) -> Error {
    Error::new(&WRONG_SHAPE, format!("{} cannot stand here", value.type_name())).help(expected)
}

/// The hosts and their bundles, out of a file.
pub(crate) fn hosts_in(path: &Path) -> Result<Vec<(String, PathBuf)>, Problems> {
    let shown = path.display();
    let source = files::read(path).map_err(file(&codes::CANNOT_READ, "read", path))?;
    let parsed = parse_json(&source).map_err(|wrong| Error::of_problem(&wrong.problem).at(&shown))?;
    let Json::Set(entries) = parsed.value else {
        return Err(misshapen(&parsed.value, "expected a set of URIs and bundles").at(&shown).into());
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut problems = Problems::default();
    parsed.duplicates.iter().for_each(|twice| problems.add(Error::of_problem(&twice.problem).at(&shown)));
    let mut found = Vec::new();
    for (uri, bundle) in entries {
        match bundle.as_str() {
            Some(bundle) => found.push((uri.into_owned(), folder.join(bundle))),
            None => {
                let wrong = misshapen(&bundle, "expected the path of a bundle");
                problems.add(wrong.within(format!("`{uri}`")).at(&shown));
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// The hosts and their bundles.
pub(crate) fn hosts(common: &Common) -> Result<Vec<(String, PathBuf)>, Problems> {
    if let Some(path) = &common.hosts {
        return hosts_in(path);
    }
    let (uris, bundles) = (&common.connect, &common.bundles);
    if uris.is_empty() || uris.len() != bundles.len() {
        let message = format!("{} connections and {} bundles are given", uris.len(), bundles.len());
        return Err(Error::new(&codes::BAD_ARGUMENTS, message)
            .help("expected `--connect URI BUNDLE`, as often as there are hosts")
            .into());
    }
    let mut known = std::collections::BTreeSet::new();
    if let Some(twice) = uris.iter().find(|uri| !known.insert(*uri)) {
        let message = format!("the connection `{twice}` is given twice");
        return Err(Error::new(&codes::BAD_ARGUMENTS, message).help("put both bundles into one").into());
    }
    Ok(uris.iter().cloned().zip(bundles.iter().cloned()).collect())
}
