//! How much an evaluation may take: steps, memory, and depth by the caller's stack.

/// How much an evaluation may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Expressions evaluated; what takes long by itself counts for more than one.
    pub steps: u64,
    /// Bytes that live at a time.
    pub memory: u64,
    /// Expressions being evaluated at a time. What else goes deep, such as nesting in a source, is bounded by it as well.
    pub depth: u32,
}

impl Limits {
    /// The stack in bytes that a caller has who says nothing of it: natively that of [`with_stack`](crate::with_stack), in
    /// WebAssembly, which has no threads, what linkers and browsers give a program.
    pub const STACK: usize = if cfg!(target_family = "wasm") { 1 << 20 } else { 256 << 20 };
    /// The bytes of stack that one level of depth takes at most, as measured. Natively, in a build that is not
    /// optimised.
    const LEVEL: usize = if cfg!(target_family = "wasm") { 4 << 10 } else { 52_428 };
    /// The depth that is enough for everybody.
    const DEEPEST: usize = 5_000;

    /// The usual limits for a caller with a stack of this size, in bytes.
    pub fn for_stack(bytes: usize) -> Limits {
        let depth = (bytes / Limits::LEVEL).min(Limits::DEEPEST);
        Limits { steps: 20_000_000, memory: 512 << 20, depth: u32::try_from(depth).unwrap_or(u32::MAX) }
    }

    /// How deep expressions may be nested in a source.
    pub(crate) fn nesting(&self) -> usize {
        self.depth as usize * 2 / 5
    }

    /// How deep a search for a regular expression may go.
    pub(crate) fn search(&self) -> u32 {
        self.depth.saturating_mul(10)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::for_stack(Limits::STACK)
    }
}
