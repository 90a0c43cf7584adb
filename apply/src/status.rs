//! The status of the objects of a host, read from the state and from libvirt. Nothing is changed.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use nixvirt_compiler::printable::printable_line;
use serde::Serialize;

use crate::drift;
use crate::error::Problems;
use crate::host::Host;
use crate::key::title;
use crate::kind::ObjectKind;
use crate::live::{now, still_waiting};
use crate::observed::{Found, Observed};
use crate::plan::{made_hash, without_volatile};
use crate::plan_words::time_since;
use crate::state::{self, Record, State};

/// How one object is.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The name of the kind.
    pub kind: &'static str,
    /// The name of the object.
    pub name: String,
    /// The UUID of the object.
    pub uuid: String,
    /// Whether it was applied as declared and is ours to remove once it is no longer.
    pub owned: bool,
    /// Whether the host has it.
    pub present: bool,
    /// Whether it is active.
    pub active: bool,
    /// The changes that somebody made since it was applied.
    pub drift: Vec<String>,
    /// The places that wait for its next start.
    pub waits: Vec<String>,
    /// Since when, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_since: Option<u64>,
    /// The parts of its definition that belong to the host and stay.
    pub kept: Vec<String>,
    /// Why the last run has failed with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The codes of that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed_codes: Vec<String>,
}

/// Looks at every object of a connection that something is remembered of.
///
/// # Errors
/// Where the state cannot be read, or the host cannot be asked.
pub fn look(uri: &str, folder: &Path, answer: Duration) -> Result<Vec<Status>, Problems> {
    let host = Host::open(uri, answer)?;
    let path = state::find(folder, uri, host.identity().as_deref())?;
    let state = State::open(path, false)?;
    let observed = Observed::of(&host)?;
    let known = state.records().map(|(key, record)| {
        let mut status = Status {
            kind: key.0.name(),
            name: record.name.clone(),
            uuid: key.1.to_string(),
            owned: record.owned,
            present: false,
            active: false,
            drift: Vec::new(),
            waits: Vec::new(),
            waits_since: None,
            kept: record.kept.clone(),
            failed: record.failed.clone(),
            failed_codes: record.failed_codes.clone(),
        };
        match observed.objects.get(&key) {
            Some(found) => see(key.0, record, found, &mut status)?,
            None => status.drift.push("it is gone".to_owned()),
        }
        Ok(status)
    });
    known.collect()
}

fn see(kind: ObjectKind, record: &Record, found: &Found, status: &mut Status) -> Result<(), Problems> {
    (status.present, status.active) = (true, found.active);
    let drift = &mut status.drift;
    if found.transient {
        drift.push("it runs without a definition".to_owned());
    }
    let defined = without_volatile(kind, found.handle.inactive_xml()?);
    if record.made != 0 && record.made != made_hash(&defined) {
        drift.push("its definition was changed by hand".to_owned());
    }
    if !found.active {
        return Ok(());
    }
    if kind == ObjectKind::Domain {
        drift.extend(drift::of_running(found, &found.handle.running_xml()?, &defined)?);
    }
    if !record.waits.is_empty() && matches!(kind, ObjectKind::Domain | ObjectKind::Network) {
        let waits = still_waiting(&found.handle, &defined, &record.waits)?;
        status.waits_since = waits.iter().map(|wait| wait.since).min();
        status.waits = waits.into_iter().map(|wait| wait.path).collect();
    }
    Ok(())
}

/// For people, an object a line.
pub fn text(all: &[Status]) -> String {
    let mut out = String::new();
    for one in all {
        let kind = ObjectKind::named(one.kind).unwrap_or(ObjectKind::Domain);
        let how = match (one.present, one.active) {
            (false, _) => "missing",
            (true, true) => "active",
            (true, false) if kind.runs() => "inactive",
            (true, false) => "there",
        };
        let mut said = vec![how.to_owned()];
        said.extend(one.drift.iter().filter(|_| one.present).cloned());
        said.extend(one.kept.iter().cloned());
        if let Some(since) = one.waits_since {
            let since = time_since(now().saturating_sub(since));
            said.push(format!("waits for a restart: {}, since {since}", one.waits.join(", ")));
        }
        let codes = match &*one.failed_codes {
            [] => String::new(),
            codes => format!(" [{}]", codes.join("] [")),
        };
        said.extend(one.failed.iter().map(|why| format!("failed last time: {why}{codes}")));
        let line = format!("{}: {}", title(kind, &one.name), said.join("; "));
        let _ = writeln!(out, "{}", printable_line(&line));
    }
    out
}

/// For Prometheus, as its node_exporter takes it from a text file.
pub fn prometheus(hosts: &[(String, Vec<Status>)]) -> String {
    type Value = fn(&Status) -> u64;
    let metrics: [(&str, &str, Value); 5] = [
        ("nixvirt_object_present", "Whether the host has the object.", |one| one.present.into()),
        ("nixvirt_object_active", "Whether the object is active.", |one| one.active.into()),
        ("nixvirt_object_drift", "How much somebody has changed by hand.", |one| one.drift.len() as u64),
        ("nixvirt_object_waits", "How many changes wait for a restart.", |one| one.waits.len() as u64),
        ("nixvirt_object_failed", "Whether the last run has failed with the object.", |one| {
            one.failed.is_some().into()
        }),
    ];
    let mut out = String::new();
    for (name, help, value) in metrics {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (uri, all) in hosts {
            for one in all {
                let labels = [("connection", &**uri), ("kind", one.kind), ("name", &one.name)];
                let labels = labels.map(|(key, value)| format!("{key}=\"{}\"", label(value)));
                let _ = writeln!(out, "{name}{{{}}} {}", labels.join(","), value(one));
            }
        }
    }
    out
}

/// A value of a label.
fn label(value: &str) -> String {
    printable_line(value).replace('\\', "\\\\").replace('"', "\\\"")
}
