//! The words for a step of a plan, for people and for machines.

use serde_json::{Value, json};

use crate::error::Error;
use crate::live::{Effect, now};
use crate::plan::{Action, HookStep, Step};
use crate::volumes::VolumeAction;
use crate::volumes::fill::Fill;

/// The actions on an object in words, that on the definition first.
pub fn words(step: &Step) -> Vec<&'static str> {
    let mut words = Vec::new();
    if !step.blocked.is_empty() {
        return vec!["blocked"];
    }
    words.extend(match step.action {
        Action::Create => Some("create"),
        Action::Update => Some("update"),
        Action::Remove => Some("undefine"),
        Action::Record | Action::Unchanged | Action::Resume => None,
    });
    words.extend(step.discard.then_some("discard the saved state"));
    for (does, word) in [(step.restart, "restart"), (step.start, "start"), (step.stop, "stop")] {
        words.extend(does.then_some(word));
    }
    words.extend(step.switch.is_some().then_some("switch"));
    words.extend(step.autostart.map(|autostart| if autostart { "autostart on" } else { "autostart off" }));
    words.extend(step.hooks.map(|hooks| match hooks {
        HookStep::Install => "hooks",
        HookStep::Remove => "hooks off",
    }));
    if step.folder.is_some() && step.action != Action::Create {
        words.push("folder");
    }
    if step.view.is_some() && words.is_empty() {
        words.push("view");
    }
    if words.is_empty() && step.volumes.is_empty() && step.discs.is_empty() {
        words.push("unchanged");
    }
    words
}

/// The notes on an object, beside its changes.
pub fn said_of(step: &Step) -> Vec<String> {
    let waits = || step.waits.iter();
    let mut said = step.notes.clone();
    said.extend(step.unmet.iter().map(Error::coded));
    said.extend(step.obstacles.iter().map(|why| format!("it will not start: {why}")));
    said.extend(step.kept.iter().cloned());
    said.extend(step.drift.iter().cloned());
    said.extend(step.left.iter().cloned());
    if let Some(first) = waits().map(|wait| wait.since).min() {
        let places: Vec<String> = waits().map(|wait| wait.path.clone()).collect();
        let since = time_since(now().saturating_sub(first));
        said.push(format!("waits for a restart: {}, since {since}", places.join(", ")));
    }
    said
}

/// A span of time, in the unit that fits it.
pub fn time_since(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// One object of a plan, for machines.
pub fn step_json(step: &Step) -> Value {
    let changes: Vec<Value> = step
        .changes
        .iter()
        .map(|one| {
            json!({
                "path": one.change.path.to_string(),
                "old": one.change.old,
                "new": one.change.new,
                "restart": one.effect == Effect::Restart,
                "effect": match one.effect {
                    Effect::Live => "live",
                    Effect::NextStart => "next start",
                    Effect::Restart => "restart",
                },
            })
        })
        .collect();
    let volumes: Vec<Value> = step
        .volumes
        .iter()
        .map(|volume| match &volume.action {
            VolumeAction::Create { fill, .. } => {
                let image = fill.as_ref().and_then(Fill::image).map(|source| &source.image);
                let of = fill.as_ref().and_then(copied);
                json!({ "name": volume.name, "action": "create", "image": image, "of": of })
            }
            VolumeAction::Replace { fill, why, .. } => {
                let (image, of) = (fill.image().map(|source| &source.image), copied(fill));
                json!({ "name": volume.name, "action": "replace", "image": image, "of": of, "why": why })
            }
            VolumeAction::Grow { from, to } => {
                json!({ "name": volume.name, "action": "grow", "from": from, "to": to })
            }
            VolumeAction::Delete => json!({ "name": volume.name, "action": "delete" }),
        })
        .chain(step.discs.iter().map(|name| json!({ "name": name, "action": "delete" })))
        .collect();
    json!({
        "kind": step.kind.name(),
        "name": step.name,
        "uuid": step.uuid.to_string(),
        "actions": words(step),
        "changes": changes,
        "notes": said_of(step),
        "blocked": step.blocked.iter().map(Error::to_string).collect::<Vec<_>>(),
        "errors": step.blocked.iter().chain(&step.unmet).flat_map(Error::as_json).collect::<Vec<_>>(),
        "waits": step.waits.iter().map(|wait| wait.path.clone()).collect::<Vec<_>>(),
        "volumes": volumes,
    })
}

/// The volume of the host that another one is made of.
fn copied(fill: &Fill) -> Option<Value> {
    match fill {
        Fill::Copy(source) => {
            Some(json!({ "pool": source.pool, "volume": source.volume, "overlay": source.overlay }))
        }
        _ => None,
    }
}
