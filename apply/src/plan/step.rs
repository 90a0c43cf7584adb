//! A step of a plan: all that a run does about one object.

use std::fmt;

use nixvirt_compiler::Change;
use nixvirt_compiler::printable::cut;
use uuid::Uuid;

use crate::error::Error;
use crate::key::{Key, title};
use crate::kind::ObjectKind;
use crate::live::Effect;
use crate::source::Filled;
use crate::state::Wait;
use crate::views::StoreView;
use crate::volumes::VolumeStep;

/// The action on an object's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is defined for the first time.
    Create,
    /// It is defined anew.
    Update,
    /// It is as it should be; only what we remember of it is brought up to date.
    Record,
    /// It is as it should be.
    Unchanged,
    /// The object is removed, for it is no longer declared.
    Remove,
    /// It was stopped by a run that did not end, and is started again.
    Resume,
}

/// A change, and when it is in force.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The change of one value.
    pub change: Change,
    /// The key of the device or part that it belongs to.
    pub unit: String,
    /// When it is in force where the object runs.
    pub effect: Effect,
}

impl fmt::Display for Planned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { path, old, new, .. } = &self.change;
        // How many characters of a value a person is shown.
        const MOST: usize = 500;
        let shown = |value: &Option<String>| cut(value.as_deref().unwrap_or_default(), MOST).into_owned();
        match (old, new) {
            (None, new) => write!(out, "+ {path} = {}", shown(new)),
            (old, None) => write!(out, "- {path} = {}", shown(old)),
            (old, new) => write!(out, "~ {path}: {} -> {}", shown(old), shown(new)),
        }
    }
}

/// The action on the hooks of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookStep {
    /// The hooks are installed or replaced.
    Install,
    /// The hooks are removed.
    Remove,
}

/// The plan for one object.
#[derive(Clone, Debug)]
pub struct Step {
    /// The kind of the object.
    pub kind: ObjectKind,
    /// The UUID of the object.
    pub uuid: Uuid,
    /// The name of the object.
    pub name: String,
    /// The action on its definition.
    pub action: Action,
    /// The changes of its definition.
    pub changes: Vec<Planned>,
    /// Further notes, a sentence each.
    pub notes: Vec<String>,
    /// Whether it is started.
    pub start: bool,
    /// Whether it is stopped.
    pub stop: bool,
    /// Whether it is stopped and started.
    pub restart: bool,
    /// The system that the running guest is switched to.
    pub switch: Option<String>,
    /// The new value of its autostart; nothing where it stays.
    pub autostart: Option<bool>,
    /// The folder that is made where it is missing, before a new pool is started.
    pub folder: Option<String>,
    /// The known obstacles to its start, a sentence each.
    pub obstacles: Vec<String>,
    /// The changes by hand to what runs, which are kept.
    pub drift: Vec<String>,
    /// The steps for its volumes.
    pub volumes: Vec<VolumeStep>,
    /// The new records of volumes whose images have moved or changed.
    pub contents: Vec<Filled>,
    /// The discs in a pool that are removed once no domain names them.
    pub discs: Vec<String>,
    /// The discs in a pool that stay though no declaration has them, a sentence each.
    pub left: Vec<String>,
    /// The errors about parts that cannot be had, though the rest can.
    pub unmet: Vec<Error>,
    /// Whether what is kept for it from Nix's garbage collector needs a look.
    pub roots: bool,
    /// Its view of the Nix store, where that is made or brought up to date.
    pub view: Option<StoreView>,
    /// The action on its hooks.
    pub hooks: Option<HookStep>,
    /// Whether it has hooks for its start that libvirt does not call until it is reloaded.
    pub unseen: bool,
    /// The object that has the name that this one takes, and is to be out of the way first.
    pub vacates: Option<Key>,
    /// Its place among the declared objects.
    pub declared: Option<usize>,
    /// The parts of its definition that belong to the host and stay.
    pub kept: Vec<String>,
    /// The changes from earlier runs that wait for a start.
    pub waits: Vec<Wait>,
    /// Whether its new name waits until it is off.
    pub keeps_name: bool,
    /// Whether its saved state is given up.
    pub discard: bool,
    /// Whether its saved state is brought to the paths of its definition.
    pub rewrite_saved: bool,
    /// Why nothing is done about it.
    pub blocked: Vec<Error>,
}

impl Step {
    /// A step that does nothing.
    pub fn new(kind: ObjectKind, uuid: Uuid, name: &str, action: Action) -> Step {
        Step {
            kind,
            uuid,
            name: name.to_owned(),
            action,
            changes: Vec::new(),
            notes: Vec::new(),
            start: false,
            stop: false,
            restart: false,
            switch: None,
            autostart: None,
            folder: None,
            obstacles: Vec::new(),
            drift: Vec::new(),
            volumes: Vec::new(),
            contents: Vec::new(),
            discs: Vec::new(),
            left: Vec::new(),
            unmet: Vec::new(),
            roots: false,
            view: None,
            hooks: None,
            unseen: false,
            vacates: None,
            declared: None,
            kept: Vec::new(),
            waits: Vec::new(),
            keeps_name: false,
            discard: false,
            rewrite_saved: false,
            blocked: Vec::new(),
        }
    }

    /// The name of the object in messages, e.g. "domain `web`".
    pub fn title(&self) -> String {
        match self.uuid.is_nil() {
            // An entry that cannot be read is named by its place.
            true => self.name.clone(),
            false => title(self.kind, &self.name),
        }
    }

    /// Says that the guest is switched, where it runs on; with a restart, it boots its new system.
    pub(super) fn settle_switch(&mut self, runs: bool) {
        self.switch.take_if(|_| self.restart || !runs);
        self.notes.extend(self.switch.as_ref().map(|system| {
            format!("the guest is switched to {system} by its agent; what it was booted with stays until its next start")
        }));
    }

    /// Whether anything on the host changes.
    pub fn changes_something(&self) -> bool {
        self.blocked.is_empty() && self.would_change_something()
    }

    fn would_change_something(&self) -> bool {
        matches!(self.action, Action::Create | Action::Update | Action::Remove | Action::Resume)
            || self.start
            || self.stop
            || self.restart
            || self.autostart.is_some()
            || !self.volumes.is_empty()
            || !self.discs.is_empty()
            || self.hooks.is_some()
            || self.folder.is_some()
            || self.view.is_some()
            || self.discard
            || self.rewrite_saved
    }
}
