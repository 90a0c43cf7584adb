//! A plan that is kept, to be applied as it is or not at all.
//!
//! It names the connections, the bundles, and what was decided of each object that something is done about: its steps, the
//! hash of the definition as declared, and that of what libvirt had. When it is applied, the same decisions are made again
//! and held against it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::declared::Declared;
use crate::error::{Error, Problems, codes, file};
use crate::files;
use crate::observed::Observed;
use crate::plan::{Step, made_hash, without_volatile};
use crate::plan_words::{step_json, words};

/// The version of the format.
const FORMAT: u32 = 1;

/// A plan in a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Outline {
    /// The version of the format.
    nixvirt_plan: u32,
    /// Whether what can be changed in a running domain is.
    pub live: bool,
    /// The plans, one for each host.
    pub hosts: Vec<HostOutline>,
}

/// The plan for one host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostOutline {
    /// The URI of the connection.
    pub connection: String,
    /// The bundle that was planned.
    pub bundle: PathBuf,
    /// The steps, one for each object that changes.
    pub steps: Vec<Value>,
}

/// The plan for one host, without parts that only the time changes.
pub fn of_steps(steps: &[Step], declared: &[Declared], observed: &Observed) -> Vec<Value> {
    let to_do = steps.iter().filter(|step| step.changes_something() || !step.blocked.is_empty());
    let of_step = |step: &Step| {
        let has = observed.objects.get(&(step.kind, step.uuid)).and_then(|found| {
            let xml = found.handle.inactive_xml().ok()?;
            Some(format!("{:x} {}", made_hash(&without_volatile(step.kind, xml)), found.active))
        });
        let mut value = step_json(step);
        if let Some(set) = value.as_object_mut() {
            set.remove("notes");
            set.remove("waits");
            // It says what the rest says, for machines.
            set.remove("errors");
            set.insert(
                "declared".into(),
                json!(step.declared.map(|index| format!("{:x}", declared[index].hash))),
            );
            set.insert("has".into(), json!(has));
        }
        value
    };
    to_do.map(of_step).collect()
}

/// Compares the plan of now with the plan that was kept.
///
/// # Errors
/// The differences between the two plans.
pub fn compare(then: &[Value], now: &[Value], steps: &[Step]) -> Result<(), Problems> {
    if then == now {
        return Ok(());
    }
    let title = |value: &Value| {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        format!("{} `{}`", text("kind"), text("name"))
    };
    let mut changed: Vec<String> = Vec::new();
    let differing =
        then.iter().filter(|one| !now.contains(one)).chain(now.iter().filter(|one| !then.contains(one)));
    for one in differing {
        let title = title(one);
        if !changed.iter().any(|known| known.starts_with(&title)) {
            let step = steps.iter().find(|step| step.title() == title);
            let doing = step.map_or("nothing".to_owned(), |step| words(step).join(", "));
            changed.push(format!("{title} (now: {doing})"));
        }
    }
    let changed = if changed.is_empty() { "the order of the steps".to_owned() } else { changed.join(", ") };
    let message = format!(
        "the host or the bundle has changed since the plan was made, so that nothing was done: {changed}"
    );
    Err(Error::new(&codes::PLAN_OUTDATED, message).help("make the plan again").into())
}

/// Writes plans.
///
/// # Errors
/// Where that cannot be done.
pub fn write(path: &Path, live: bool, hosts: Vec<HostOutline>) -> Result<(), Error> {
    let outline = Outline { nixvirt_plan: FORMAT, live, hosts };
    let said = file(&codes::CANNOT_WRITE, "write the plan to", path);
    let text = serde_json::to_vec_pretty(&outline).map_err(|error| said(error.into()))?;
    // Definitions are as confidential as their owner takes them to be.
    files::replace(path, &text, 0o600).map_err(said)
}

/// Reads plans; nothing where the file is something else, such as a bundle.
///
/// # Errors
/// Where it cannot be read, or is of another format.
pub fn read(path: &Path) -> Result<Option<Outline>, Error> {
    let bytes = files::read(path).map_err(file(&codes::CANNOT_READ, "read", path))?;
    match serde_json::from_slice::<Outline>(&bytes) {
        Ok(outline) if outline.nixvirt_plan == FORMAT => Ok(Some(outline)),
        Ok(outline) => {
            let found = outline.nixvirt_plan;
            let message = format!("it is a plan of format {found}, and this release reads {FORMAT}");
            Err(Error::new(&codes::PLAN_FORMAT, message).at(path.display()).help("make it again"))
        }
        Err(_) => Ok(None),
    }
}
