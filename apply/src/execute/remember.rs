//! Writes to the state while a run makes changes, so that an interrupted run can be continued.

use nixvirt_compiler::printable::cut;

use super::Run;
use crate::declared::Declared;
use crate::error::{Error, codes};
use crate::key::Key;
use crate::kind::ObjectKind;
use crate::plan::{Action, Step, made_hash};
use crate::source::{Filled, ImageStamp};
use crate::state::{Record, Texts, Wait};

impl Run<'_> {
    /// Remembers that a change of an object has begun.
    pub(super) fn begin(&mut self, key: Key, object: &Declared, texts: Texts) -> Result<(), Error> {
        let known = self.state.get(key).cloned();
        let new = known.is_none() && !self.observed.objects.contains_key(&key);
        let mut pending = known.unwrap_or_default();
        pending.new |= new;
        pending.name = object.name.clone();
        pending.owned |= self.owned;
        if self.owned {
            pending.owner.clone_from(&self.rules.owner);
            pending.protect = object.entry.protect;
        }
        pending.pending = true;
        self.state.put(key, &pending, &texts)?;
        if pending.new && key.0 == ObjectKind::Pool {
            // After a power cut that forgot this, the pool would count as one whose mount is late.
            self.state.sync();
        }
        Ok(())
    }

    /// Remembers that a pool is not new any more: it was active, or its folder was made. What is missing of it from now on
    /// is not there yet.
    pub(super) fn set_known(&mut self, key: Key) -> Result<(), Error> {
        let Some(record) = self.state.get(key).filter(|record| record.new) else { return Ok(()) };
        let record = Record { new: false, ..record.clone() };
        let texts = self.state.texts(key)?;
        self.state.put(key, &record, &texts)
    }

    /// Remembers that an object is to run again, or that it does.
    pub(super) fn set_resume(&mut self, key: Key, name: &str, resume: bool) -> Result<(), Error> {
        let mut record = match self.state.get(key) {
            Some(record) if record.resume == resume => return Ok(()),
            Some(record) => record.clone(),
            None if !resume => return Ok(()),
            None => Record { name: name.to_owned(), ..Record::default() },
        };
        record.resume = resume;
        // It was only ever remembered for this.
        if !resume && !record.owned && record.given == 0 {
            return self.state.forget(key);
        }
        let texts = self.state.texts(key)?;
        self.state.put(key, &record, &texts)
    }

    /// Remembers why a run has failed with an object, or that it has not.
    pub(super) fn set_failed(&mut self, step: &Step, why: Option<&Error>) -> Result<(), Error> {
        /// The length up to which a message is kept: as much as a person reads.
        const MOST: usize = 1000;
        let key = (step.kind, step.uuid);
        let failed = why.map(|why| cut(&why.to_string(), MOST).into_owned());
        let failed_codes: Vec<String> =
            why.map(Error::codes).unwrap_or_default().into_iter().map(str::to_owned).collect();
        let record = match self.state.get(key) {
            Some(record) if record.failed == failed => return Ok(()),
            Some(record) => Record { failed, failed_codes, ..record.clone() },
            // An entry that cannot be read is no object.
            None if failed.is_none() || step.uuid.is_nil() || step.action == Action::Remove => return Ok(()),
            None => {
                let new = !self.observed.objects.contains_key(&key);
                Record { name: step.name.clone(), failed, failed_codes, new, ..Record::default() }
            }
        };
        let texts = self.state.texts(key)?;
        self.state.put(key, &record, &texts)
    }

    /// Remembers what is in a volume of a pool, or forgets it.
    pub(super) fn set_content(
        &mut self,
        key: Key,
        volume: &str,
        content: Option<Filled>,
    ) -> Result<(), Error> {
        let Some(record) = self.state.get(key) else {
            return Err(Error::new(
                &codes::INTERNAL,
                "the state does not know the pool, so that it cannot remember what is in its volumes",
            ));
        };
        let mut record = record.clone();
        record.contents.retain(|known| known.volume != volume);
        record.contents.extend(content);
        let texts = self.state.texts(key)?;
        self.state.put(key, &record, &texts)
    }

    /// Remembers which volume beside another one has its newest image.
    pub(super) fn set_newest(
        &mut self,
        key: Key,
        volume: &str,
        newest: &str,
        other: Option<ImageStamp>,
    ) -> Result<(), Error> {
        let contents = self.state.get(key).map(|record| &*record.contents).unwrap_or_default();
        let Some(content) = contents.iter().find(|content| content.volume == volume) else { return Ok(()) };
        let content = Filled { newest: Some(newest.to_owned()), other, ..content.clone() };
        self.set_content(key, volume, Some(content))
    }

    /// Remembers what waits for the next start of a domain.
    pub(super) fn set_waits(&mut self, key: Key, waits: Vec<Wait>) -> Result<(), Error> {
        let Some(record) = self.state.get(key).filter(|record| record.waits != waits) else { return Ok(()) };
        let record = Record { waits, ..record.clone() };
        let texts = self.state.texts(key)?;
        self.state.put(key, &record, &texts)
    }

    /// Remembers an object that is as it should be.
    pub(super) fn remember(
        &mut self,
        key: Key,
        object: &Declared,
        made: &str,
        step: &Step,
    ) -> Result<(), Error> {
        let given = match &object.text {
            Some(text) => text.clone(),
            None => self.state.texts(key)?.given,
        };
        self.remember_made(key, object, (&given, made), (step.kept.clone(), step.waits.clone()))
    }

    /// The record of an object once it is defined.
    pub(super) fn record(&self, key: Key, object: &Declared, made: u128) -> Record {
        let old = self.state.get(key);
        let mut record = Record {
            name: object.name.clone(),
            owned: self.owned || old.is_some_and(|record| record.owned),
            given: object.hash,
            made,
            version: self.host.version,
            resume: old.is_some_and(|record| record.resume),
            new: key.0 == ObjectKind::Pool && old.is_some_and(|record| record.new),
            on_remove: object.entry.on_remove.clone(),
            owner: match self.owned {
                true => self.rules.owner.clone(),
                false => old.and_then(|record| record.owner.clone()),
            },
            protect: match self.owned {
                true => object.entry.protect,
                false => old.is_some_and(|record| record.protect),
            },
            created: old.is_some_and(|record| record.created || record.new),
            contents: old.map(|record| record.contents.clone()).unwrap_or_default(),
            seed: object.entry.seed.clone(),
            ..Record::default()
        };
        record.references.clone_from(&object.references);
        record
    }

    /// Remembers an object with its definition as given and as libvirt made it, what of it is the host's, and what waits.
    pub(super) fn remember_made(
        &mut self,
        key: Key,
        object: &Declared,
        (given, made): (&str, &str),
        (kept, waits): (Vec<String>, Vec<Wait>),
    ) -> Result<(), Error> {
        let record = Record { kept, waits, ..self.record(key, object, made_hash(made)) };
        let texts = Texts { given: given.to_owned(), made: made.to_owned(), ..Texts::default() };
        self.state.put(key, &record, &texts)
    }
}
