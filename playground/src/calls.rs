//! The functions that JavaScript calls. It asks for room, writes a request there, has it answered and reads the answer.
//!
//! There is one request at a time: the module has one thread. A name that another language calls by is `unsafe` to Rust, for
//! two functions could have it; nothing else here is.
#![allow(unsafe_code, reason = "names that JavaScript knows")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::answer::answer;

/// The request, and then its answer.
static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn text() -> MutexGuard<'static, Vec<u8>> {
    TEXT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes room for a request of so many bytes, and gives its address.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    let mut text = text();
    *text = vec![0; length];
    text.as_mut_ptr()
}

/// Answers the request that stands in the room, and gives the address of the answer, which stays until the next request.
#[unsafe(no_mangle)]
pub extern "C" fn answered() -> *const u8 {
    let request = std::mem::take(&mut *text());
    let answer = answer(&request).into_bytes();
    let mut text = text();
    *text = answer;
    text.as_ptr()
}

/// The bytes of the answer.
#[unsafe(no_mangle)]
pub extern "C" fn answer_length() -> usize {
    text().len()
}
