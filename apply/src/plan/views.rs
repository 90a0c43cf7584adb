//! Decides whether the view of the store that a guest has is to be made or brought up to date.

use super::Step;
use crate::declared::Declared;
use crate::error::Error;
use crate::host::Host;
use crate::observed::Found;
use crate::state::State;
use crate::views::{Owner, StoreView};

/// Decides about the view of a domain's guest, where it has one. Where it cannot have it, nothing is done about the domain.
pub(super) fn decide_view(
    host: &Host,
    object: &Declared,
    found: Option<(&Found, &str)>,
    state: &State,
    step: &mut Step,
) -> Result<(), Error> {
    let given;
    let definition = match (&object.text, found) {
        (Some(text), _) => text,
        (None, Some((_, current))) => current,
        (None, None) => {
            given = state.texts(object.key())?.given;
            &given
        }
    };
    let Some(view) = StoreView::of_text(definition) else { return Ok(()) };
    let owner = Owner { uuid: object.uuid, name: &object.name };
    match view.is_due(host, owner, found.map(|(found, _)| &found.handle)) {
        Ok(true) => {
            step.notes.push(format!("its view of the store is brought to what {} needs", view.system));
            step.view = Some(view);
        }
        Ok(false) => {}
        Err(why) => step.blocked.push(why),
    }
    Ok(())
}
