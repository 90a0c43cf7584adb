//! The requests that have not been answered. What is no longer among them needs no answer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lsp_server::RequestId;

/// The requests that have not been answered.
pub(super) type Pending = Arc<Mutex<BTreeSet<RequestId>>>;

/// The requests, for one thread at a time.
pub(super) fn lock(pending: &Pending) -> MutexGuard<'_, BTreeSet<RequestId>> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}
