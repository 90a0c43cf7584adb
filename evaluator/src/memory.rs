//! How many bytes the values of an evaluator hold, counted while they live.
//!
//! Lists, sets and strings carry a [`Held`], which gives its bytes back when the value is dropped. What stands in the arena
//! is counted by its length (`Evaluator::live`).

use std::cell::Cell;
use std::rc::Rc;

/// The bytes that the values of one evaluator hold at the moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Rc<Cell<u64>>);

impl Memory {
    /// Counts bytes for as long as what is returned lives.
    pub(crate) fn hold(&self, bytes: u64) -> Held {
        self.0.set(self.0.get() + bytes);
        Held { bytes, memory: Some(self.clone()) }
    }

    /// The bytes that are held.
    pub(crate) fn held(&self) -> u64 {
        self.0.get()
    }
}

/// Bytes that are counted for as long as this lives. The default counts nothing: it is for what belongs to a source.
#[derive(Debug, Default)]
pub(crate) struct Held {
    bytes: u64,
    memory: Option<Memory>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(Memory(held)) = &self.memory {
            held.set(held.get() - self.bytes);
        }
    }
}
