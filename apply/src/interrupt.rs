//! SIGTERM and SIGINT: what is being done to an object is done to its end, and nothing else is begun. A second one ends the
//! program at once, and so does the first where nothing is being done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, codes};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether the program was asked to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    at_once: Arc<AtomicBool>,
    busy: Arc<Mutex<usize>>,
}

/// While it is there, something is being done to an object.
#[derive(Debug)]
pub struct Busy<'i>(&'i Interrupt);

impl Interrupt {
    /// Listens to the signals.
    ///
    /// # Errors
    /// The system's.
    pub fn listen() -> Result<Interrupt, Error> {
        let interrupt = Interrupt::default();
        interrupt.at_once.store(true, Ordering::SeqCst);
        for signal in [SIGTERM, SIGINT] {
            // In this order: the first one is not to end the program where the last of these is what it sets.
            flag::register_conditional_default(signal, interrupt.at_once.clone())
                .and_then(|_| flag::register(signal, interrupt.asked.clone()))
                .and_then(|_| flag::register(signal, interrupt.at_once.clone()))
                .map_err(|error| Error::new(&codes::INTERNAL, "cannot listen to signals").system(error))?;
        }
        Ok(interrupt)
    }

    /// Whether the program was asked to end.
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Begins to do something to an object; nothing where the program is to end.
    pub fn begin(&self) -> Option<Busy<'_>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if self.asked() {
            return None;
        }
        *busy += 1;
        self.at_once.store(false, Ordering::SeqCst);
        // A signal may have come in between.
        if self.asked() {
            self.at_once.store(true, Ordering::SeqCst);
        }
        Some(Busy(self))
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut busy = self.0.busy.lock().unwrap_or_else(PoisonError::into_inner);
        *busy -= 1;
        // Where it was asked to end, whoever holds it says what was left undone, and ends it.
        if *busy == 0 && !self.0.asked() {
            self.0.at_once.store(true, Ordering::SeqCst);
        }
    }
}
