//! Whether an object can start, as far as that is known before anything is stopped for it.
//!
//! The libvirt of another machine is asked about what is there, as far as it tells; [`unseen`] says what was not looked at.

mod devices;
mod files;
mod networks;
mod pools;

use std::collections::BTreeSet;

pub use self::networks::share_a_network;
use nixvirt_compiler::{Policy, Report};

use crate::declared::Declared;
use crate::document::read_document;
use crate::error::{self, Error, codes};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::references;

/// The name that libvirt has for a command line of QEMU.
const COMMAND_LINE: &str = "qemu-argv";

/// The parts of a host that the run makes, beside those that exist.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coming<'c> {
    /// The objects of the same run.
    pub declared: &'c [Declared],
    /// The paths of the volumes of their pools.
    pub volumes: Option<&'c BTreeSet<String>>,
}

impl Coming<'_> {
    fn network(&self, name: &str) -> Option<&Declared> {
        self.declared.iter().find(|object| object.entry.kind == ObjectKind::Network && object.name == name)
    }
}

/// The obstacles to starting a definition, a sentence each, with the place and the way out. `old` is the definition
/// that runs.
///
/// # Errors
/// Where the definition is none.
pub fn obstacles(
    host: &Host,
    kind: ObjectKind,
    text: &str,
    old: Option<&str>,
    coming: Coming<'_>,
) -> Result<Vec<String>, Error> {
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(kind, text, &mut report)?;
    let mut found = Vec::new();
    match kind {
        ObjectKind::Domain => {
            if host.is_local() {
                let coming = |path: &str| coming.volumes.is_some_and(|volumes| volumes.contains(path));
                found.extend(files::missing(&document, coming));
            }
            found.extend(devices::obstacles(host, &document));
            for name in references::networks(&document) {
                let declared = coming.network(&name);
                match host.lookup_name(ObjectKind::Network, &name).map(|network| network.is_active()) {
                    Some(Ok(true) | Err(_)) => {}
                    _ if declared.is_some_and(|network| network.entry.active == Some(true)) => {}
                    Some(Ok(false)) => found.push(format!(
                        "its network `{name}` is not active; start it, or declare it with `active = true`"
                    )),
                    None if declared.is_some() => found.push(format!(
                        "its network `{name}` is declared, but not to be active; declare it with `active = true`"
                    )),
                    None => found.push(format!("its network `{name}` does not exist; declare it, or name another one")),
                }
            }
        }
        ObjectKind::Network => found.extend(networks::obstacles(host, &document)),
        ObjectKind::Secret | ObjectKind::Nwfilter | ObjectKind::Pool | ObjectKind::NodeDevice => {}
    }
    let is_clear = kind == ObjectKind::Domain && !devices::is_found_at_start(&document);
    if found.is_empty() && host.driver == "QEMU" && is_clear {
        let native = |text| host.connect.domain_xml_to_native(COMMAND_LINE, text, 0).err();
        // Where libvirt has no command line for the running definition, it has none for this one either.
        if let Some(error) = native(text)
            && old.is_none_or(|old| native(old).is_none())
        {
            let said = error::said(&error);
            found.push(match files::without_virtiofsd(&document, &said) {
                Some(why) => format!("{why}: libvirt says: {said}"),
                None => format!("libvirt says: {said}"),
            });
        }
    }
    Ok(found)
}

/// The obstacles to defining an object: what else on the host has what it claims. libvirt would refuse it.
///
/// # Errors
/// Where the definition is none.
pub fn conflicts(host: &Host, kind: ObjectKind, text: &str) -> Result<Vec<String>, Error> {
    match kind {
        ObjectKind::Pool => {
            let document = read_document(kind, text, &mut Report::new(Policy::Lenient))?;
            Ok(pools::same_storage(host, &document))
        }
        _ => Ok(Vec::new()),
    }
}

/// The obstacles that show without a question to libvirt. Files and networks may be made in the same run.
///
/// # Errors
/// Where the definition is none.
pub fn visible(host: &Host, kind: ObjectKind, text: &str) -> Result<Vec<String>, Error> {
    let mut report = Report::new(Policy::Lenient);
    let document = read_document(kind, text, &mut report)?;
    Ok(match kind {
        ObjectKind::Domain => devices::obstacles(host, &document),
        ObjectKind::Network => networks::obstacles(host, &document),
        ObjectKind::Secret | ObjectKind::Nwfilter | ObjectKind::Pool | ObjectKind::NodeDevice => Vec::new(),
    })
}

/// The same as [`obstacles`], for who is about to stop the object.
///
/// # Errors
/// All that was found.
pub fn check(host: &Host, kind: ObjectKind, text: &str, old: Option<&str>) -> Result<(), Error> {
    let found = obstacles(host, kind, text, old, Coming::default())?;
    if found.is_empty() {
        return Ok(());
    }
    Err(left(&found))
}

/// The error for an object that is left as it is for these reasons.
pub fn left(obstacles: &[String]) -> Error {
    let message =
        format!("it was left as it is, for it could not be started again: {}", obstacles.join("; "));
    obstacles
        .iter()
        .fold(Error::new(&codes::WOULD_NOT_START, message), |error, why| error.fact("obstacle", why))
}

/// The note on what was not looked at before an object is stopped.
pub fn unseen(host: &Host, kind: ObjectKind) -> Option<&'static str> {
    match (host.is_local(), kind) {
        (false, ObjectKind::Domain) => Some(
            "as the host is another machine, its images, firmware, USB devices and bridges were not looked at before \
             the stop",
        ),
        (false, ObjectKind::Network) => {
            Some("as the host is another machine, its cards and routes were not looked at before the stop")
        }
        _ => None,
    }
}
