//! How an object that exists differs from its definition: by hash where that tells, else by the documents.

use nixvirt_compiler::{Change, Document, HIDDEN, Path, Policy, Report, Unit, View, units};
use virt::enumutil::Enum;
use virt::error::ErrorNumber;
use virt::secret::Secret;

use super::adding::{Adding, together};
use super::{Action, Planned, Rules, Step, made_hash};
use crate::carry::{KnownDefinitions, carry};
use crate::declared::Declared;
use crate::document::{read_document, resolve};
use crate::drift;
use crate::error::{Error, Problems};
use crate::host::Host;
use crate::images;
use crate::kind::ObjectKind;
use crate::live::{self, Effect};
use crate::object::Handle;
use crate::observed::Found;
use crate::state::{Record, State, Texts};

/// The sources for comparing an object with its declaration.
pub(super) struct Comparison<'c> {
    pub host: &'c Host,
    pub object: &'c Declared,
    pub found: &'c Found,
    pub record: Option<&'c Record>,
    pub state: &'c State,
    pub rules: &'c Rules,
    /// The definition that libvirt has of it.
    pub current: &'c str,
}

/// A definition with what of it is the host's.
///
/// # Errors
/// Where one of the definitions is not XML.
pub(crate) fn carried(
    host: &Host,
    given: &str,
    current: &str,
    texts: &Texts,
) -> Result<(String, Vec<String>), Error> {
    let known = KnownDefinitions {
        host: current,
        last: Some(&*texts.given).filter(|last| !last.is_empty()),
        tried: &texts.tried,
        chain: &|image| images::below(host, image),
    };
    carry(given, &known).map(|carried| (carried.text, carried.kept))
}

impl Comparison<'_> {
    /// Settles what the object needs.
    pub(super) fn settle(&self, step: &mut Step) -> Result<(), Problems> {
        let (object, found, record) = (self.object, self.found, self.record);
        let (kind, key) = (object.entry.kind, object.key());
        let made = made_hash(self.current);
        let same_given = record.is_some_and(|record| record.given == object.hash);
        self.rename(step);
        if let Some(record) = record.filter(|record| self.changes_hands(record)) {
            let name = |owner: &Option<String>| match owner {
                Some(owner) => format!("the bundle `{owner}`"),
                None => "a bundle without a name".to_owned(),
            };
            let (old, new) = (name(&record.owner), name(&self.rules.owner));
            step.notes.push(format!("so far it belongs to {old}; from now on it belongs to {new}"));
        }
        let name_is_due = found.name != object.name && !step.keeps_name;
        if let Some(record) = record
            && !record.pending
            && same_given
            && record.made == made
            && !found.transient
            && !name_is_due
        {
            step.action = Action::Unchanged;
            step.kept.clone_from(&record.kept);
            self.drift(None, step)?;
            self.secrets(None, step)?;
            return Ok(self.waits(record, step)?);
        }
        step.action = Action::Update;
        if found.transient {
            step.notes.push("it runs without a definition: it is given one beside what runs".to_owned());
        }
        let texts = self.state.texts(key)?;
        let declared = object.text.as_deref().unwrap_or(&texts.given);
        let known_here = record.is_some_and(|record| record.made != 0 || record.pending);
        let given;
        (given, step.kept) = match kind {
            ObjectKind::Domain => {
                let unknown = Texts::default();
                carried(self.host, declared, self.current, if known_here { &texts } else { &unknown })?
            }
            _ => (declared.to_owned(), Vec::new()),
        };
        let running_text = self.running().map(Handle::running_xml).transpose()?;
        self.drift(running_text.as_deref(), step)?;
        let running = running_text.as_deref().map(|text| self.read(text)).transpose()?;
        let mut adding = Adding { object, live: self.rules.live, running: running.as_ref(), step };
        let (current, given_now) = (self.read(self.current)?, self.read(&given)?);
        let Some(record) = record.filter(|_| known_here) else {
            adding.add(units(&current, &given_now, View::Given), &given_now);
            step.notes.push("it was not made here; it is taken over".to_owned());
            return Ok(());
        };
        if record.pending {
            for before in texts.before.iter().map(String::as_str).chain([self.current]) {
                let before = self.read(before)?;
                adding.add(units(&before, &given_now, View::Given), &given_now);
            }
            if !texts.given.is_empty() {
                // A part that was removed from the declaration shows only here.
                let last = self.read(&texts.given)?;
                let declared = self.read(declared)?;
                adding.add(units(&last, &declared, View::Exact), &declared);
            }
            step.notes.push("a run before this one did not end".to_owned());
            return Ok(());
        }
        let (old_text, old);
        let mut differences = Vec::new();
        if record.made != made {
            // Parts that belong to the host are no difference.
            (old_text, _) = match kind {
                ObjectKind::Domain => carried(
                    self.host,
                    &texts.made,
                    self.current,
                    &Texts { given: texts.made.clone(), ..Texts::default() },
                )?,
                _ => (texts.made.clone(), Vec::new()),
            };
            old = self.read(&old_text)?;
            differences = units(&current, &old, View::Exact);
            // Another libvirt may print more, as long as the definition is still met.
            let upgraded =
                record.version != self.host.version && units(&current, &given_now, View::Given).is_empty();
            if upgraded {
                differences.clear();
            }
            if !differences.is_empty() {
                adding.step.notes.push("it was changed by hand".to_owned());
            }
            if same_given {
                adding.put_back(std::mem::take(&mut differences), &old);
            }
        }
        if !same_given {
            let (old, new) = (self.read(&texts.given)?, self.read(declared)?);
            let changed = units(&old, &new, View::Exact);
            let (by_hand, changed) = together(differences, changed, &current, &given_now);
            adding.put_back(by_hand, &given_now);
            adding.add(changed, &new);
        }
        self.secrets(Some(declared), step)?;
        self.still_waiting(record, step)?;
        // A change that only comments, white space or units make, and a new libvirt's way to print.
        let value_changed = (object.value.is_some() || object.secrets) && !same_given;
        let as_it_was = step.changes.is_empty() && object.known && !value_changed;
        if as_it_was && !found.transient && !name_is_due {
            step.action = Action::Record;
        }
        Ok(())
    }

    fn read<'t>(&self, text: &'t str) -> Result<Document<'t>, Problems> {
        read_document(self.object.entry.kind, text, &mut Report::new(Policy::Lenient))
    }

    /// The object, where it runs with a definition of its own beside the one that is stored.
    fn running(&self) -> Option<&Handle> {
        let runs = matches!(self.found.handle, Handle::Domain(_) | Handle::Network(_)) && self.found.active;
        runs.then_some(&self.found.handle)
    }

    /// The notes on a new name. libvirt renames only a domain that is off and has no saved state.
    fn rename(&self, step: &mut Step) {
        let Found { name, active, saved, .. } = self.found;
        if *name == self.object.name {
            return;
        }
        let title = crate::key::title(self.object.entry.kind, name);
        let saved = *saved && !self.object.entry.discard;
        let why = match (self.object.entry.kind, active, saved) {
            (ObjectKind::Domain, true, _) => "it is off",
            (ObjectKind::Domain, false, true) => {
                "its saved state is gone, by a start or by `saved = \"discard\"`"
            }
            _ => {
                step.notes.push(format!("so far it is the {title}; it is renamed"));
                return;
            }
        };
        step.keeps_name = true;
        step.notes.push(format!("so far it is the {title}; its new name waits until {why}"));
    }

    /// Whether a run makes things its own: one over a single object does not.
    fn owns(&self) -> bool {
        !self.rules.takes_along
    }

    /// Whether it was another bundle's.
    fn changes_hands(&self, record: &Record) -> bool {
        self.owns() && record.owned && record.owner != self.rules.owner
    }

    /// Says what somebody has done to what runs. `running` is its description, where that was read already.
    fn drift(&self, running: Option<&str>, step: &mut Step) -> Result<(), Problems> {
        let (ObjectKind::Domain, Some(handle)) = (self.object.entry.kind, self.running()) else {
            return Ok(());
        };
        let read = running.is_none().then(|| handle.running_xml()).transpose()?;
        let running = running.or(read.as_deref()).unwrap_or_default();
        step.drift.extend(drift::of_running(self.found, running, self.current)?);
        Ok(())
    }

    /// Adds secrets whose values at libvirt are not those of their files. `declared` is the definition, where that was read
    /// already.
    fn secrets(&self, declared: Option<&str>, step: &mut Step) -> Result<(), Problems> {
        let (object, handle) = (self.object, &self.found.handle);
        if let (Handle::Secret(secret), Some(value)) = (handle, &object.value)
            // libvirt gives the value of a private one to nobody.
            && !has_value(secret, value)
        {
            let hidden = || Some(HIDDEN.to_owned());
            let path = Path(vec![nixvirt_compiler::PathStep { key: "value".to_owned(), index: None }]);
            self.add_secret(Change { path, old: hidden(), new: hidden() }, "value", Effect::Live, step);
        }
        if !object.secrets {
            return Ok(());
        }
        let stored;
        let declared = match declared {
            Some(declared) => declared,
            None => {
                stored = self.state.texts(object.key())?.given;
                &stored
            }
        };
        let Some(wanted) = resolve(object.entry.kind, declared)? else { return Ok(()) };
        let wanted = self.read(&wanted)?;
        let mut has = vec![(handle.whole_xml()?, false)];
        has.extend(self.running().map(Handle::whole_running_xml).transpose()?.map(|running| (running, true)));
        for (has, runs) in has {
            for unit in units(&self.read(&has)?, &wanted, View::Given) {
                let effect = live::effect(object.entry.kind, &unit);
                let Unit { key, changes, .. } = unit;
                // One that waits for a restart is known.
                let known = |change: &Change| {
                    runs && (effect != Effect::Live
                        || step.waits.iter().any(|wait| wait.path == change.path.to_string()))
                };
                let secret = changes.into_iter().filter(|change| change.new.as_deref() == Some(HIDDEN));
                for change in secret.filter(|change| !known(change)).collect::<Vec<_>>() {
                    self.add_secret(change, &key, effect, step);
                }
            }
        }
        Ok(())
    }

    fn add_secret(&self, change: Change, unit: &str, effect: Effect, step: &mut Step) {
        if step.action == Action::Unchanged {
            step.action = Action::Update;
            step.notes.push("the value of a secret is not the one that its file has".to_owned());
        }
        if !step.changes.iter().any(|known| known.change.path == change.path) {
            let live = self.rules.live && self.object.entry.live;
            let effect = if effect == Effect::Live && !live { Effect::Restart } else { effect };
            step.changes.push(Planned { change, unit: unit.to_owned(), effect });
        }
    }

    fn still_waiting(&self, record: &Record, step: &mut Step) -> Result<(), Error> {
        if let (Some(handle), false) = (self.running(), record.waits.is_empty()) {
            step.waits = live::still_waiting(handle, self.current, &record.waits)?;
        } else if self.found.saved && !self.object.entry.discard {
            step.waits.clone_from(&record.waits);
        }
        Ok(())
    }

    /// The changes that wait for a restart from earlier runs, where nothing else is to be done.
    fn waits(&self, record: &Record, step: &mut Step) -> Result<(), Error> {
        self.still_waiting(record, step)?;
        if step.waits.len() != record.waits.len()
            || record.on_remove != self.object.entry.on_remove
            || self.changes_hands(record)
            || (self.owns() && record.protect != self.object.entry.protect)
            || (self.owns() && record.seed != self.object.entry.seed)
        {
            step.action = Action::Record;
        }
        Ok(())
    }
}

/// Whether libvirt has that value for a secret, as far as it can be asked.
fn has_value(secret: &Secret, value: &[u8]) -> bool {
    match secret.value(0) {
        Ok(found) => found == value,
        Err(error) => error.code() != Enum::Known(ErrorNumber::NoSecret),
    }
}
