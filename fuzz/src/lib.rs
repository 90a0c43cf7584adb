//! The parts that the fuzzers share: a thread with a stack that is deep enough, and changes of inputs that go by words.

use std::sync::OnceLock;
use std::sync::mpsc::{SyncSender, sync_channel};

use nixvirt_invariants::{input, words};

pub use libfuzzer_sys;

/// The fuzzer of a target, by its name.
#[macro_export]
macro_rules! fuzz {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
            $crate::hold($name, bytes);
        });

        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::mutate(data, size, max_size, seed)
        });
    };
}

/// The stack that the program has as well.
const STACK: usize = 256 << 20;

/// An input, and where to say that it has been held.
type Job = (Vec<u8>, SyncSender<()>);

/// Holds an input against its target, in a thread that lives on: a new one each time costs more than most inputs do. Where
/// something does not hold, the hook of libfuzzer-sys ends the process.
///
/// # Panics
/// Where there is no such target or no such thread.
pub fn hold(name: &'static str, bytes: &[u8]) {
    static WORKER: OnceLock<SyncSender<Job>> = OnceLock::new();
    let worker = WORKER.get_or_init(|| {
        let (sender, jobs) = sync_channel::<Job>(0);
        let target = input(name).expect("a kind of input");
        let work = move || {
            for (bytes, done) in jobs {
                (target.hold)(&bytes);
                let _ = done.send(());
            }
        };
        std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
        sender
    });
    let (done, held) = sync_channel(1);
    worker.send((bytes.to_vec(), done)).expect("the thread lives");
    held.recv().expect("the thread lives");
}

/// Changes an input, as libFuzzer asks for it: half of the time as libFuzzer does, else by putting a word that means
/// something in the place of another, or beside it. Gives its new length.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    static WORDS: OnceLock<Vec<&'static str>> = OnceLock::new();
    let words = WORDS.get_or_init(words::all);
    // A linear congruential generator: any will do.
    let mut state = u64::from(seed);
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % bound.max(1)
    };
    if size == 0 || below(2) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(byte);
    let at = below(size);
    let start = data[..at].iter().rposition(|byte| !is_word(byte)).map_or(0, |before| before + 1);
    let end = data[at..size].iter().position(|byte| !is_word(byte)).map_or(size, |after| at + after);
    let word = words[below(words.len())].as_bytes();
    let (from, to) = match below(4) {
        0 => (at, at),
        _ => (start.min(at), end.max(start.min(at))),
    };
    let length = size - (to - from) + word.len();
    if length > max_size {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    data.copy_within(to..size, from + word.len());
    data[from..from + word.len()].copy_from_slice(word);
    length
}
