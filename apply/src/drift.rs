//! Changes that somebody made by hand to a running domain. They are reported and kept: whoever pauses a machine or
//! takes its link down may have a reason.

use nixvirt_compiler::{Policy, Report, View, units};

use crate::document::read_document;
use crate::error::Problems;
use crate::kind::ObjectKind;
use crate::names;
use crate::observed::Found;

/// How a running domain differs from what its definition says, a sentence each.
///
/// # Errors
/// Where one of the texts is no definition.
pub(crate) fn of_running(found: &Found, running: &str, defined: &str) -> Result<Vec<String>, Problems> {
    let mut drift = Vec::new();
    if found.paused {
        drift.push("it is paused; `virsh resume` lets it go on".to_owned());
    }
    drift.extend(links(running, defined)?);
    Ok(drift)
}

/// The network cards whose link somebody has set otherwise.
fn links(running: &str, defined: &str) -> Result<Vec<String>, Problems> {
    let read = |text| read_document(ObjectKind::Domain, text, &mut Report::new(Policy::Lenient));
    let (running, defined) = (read(running)?, read(defined)?);
    let changes = units(&running, &defined, View::Exact).into_iter().flat_map(|unit| unit.changes);
    let of_link = changes.filter(|change| {
        let mut steps = change.path.0.iter().map(|step| &*step.key);
        steps.by_ref().any(|key| key == names::INTERFACE) && steps.next() == Some(names::LINK)
    });
    Ok(of_link
        .map(|change| {
            let shown =
                |value: &Option<String>| value.clone().unwrap_or_else(|| "as it is by default".to_owned());
            format!(
                "{} is {} while it runs, and {} in its definition",
                change.path,
                shown(&change.old),
                shown(&change.new)
            )
        })
        .collect())
}
