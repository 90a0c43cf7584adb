//! The arena: thunks and variables.
//!
//! Every thunk keeps which unknown conditions were met while it was evaluated, and a number that names it by who made it:
//! evaluated again under an assumption (`assumption.rs`), the same computation makes thunks and meets conditions of the same
//! numbers.

use std::rc::Rc;

use crate::error::Error;
use crate::ir::Expr;
use crate::met_conditions::MetConditions;
use crate::span::Span;
use crate::symbol::Symbol;
use crate::value::{Env, Thunk, Value};

/// The content of a thunk. The span of a pending one is the innermost call in the user's source that made it.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Pending(Rc<Expr>, Env, Span),
    Call(Value, Rc<[Thunk]>, Span),
    /// A call of a function that is evaluated only then.
    Apply(Thunk, Rc<[Thunk]>, Span),
    Select(Thunk, Symbol),
    Busy,
    Done(Value, Span, MetConditions),
    Failed(Box<Error>, MetConditions),
}

/// Variables: those of one scope, and where to go on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub parent: Env,
    pub scope: FrameScope,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum FrameScope {
    /// Variables from this cell on.
    Cells(u32),
    /// The set of a `with`.
    With(Thunk),
    /// Nothing: the outermost scope.
    Top,
}

/// How much there is in an arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    slots: usize,
    cells: usize,
    frames: usize,
}

impl Extent {
    /// Whether a thunk was there then.
    pub(crate) fn has(&self, thunk: Thunk) -> bool {
        (thunk.0 as usize) < self.slots
    }
}

/// How much there was before something was evaluated.
#[derive(Debug)]
pub(crate) struct Region {
    extent: Extent,
    /// The number of references to thunks from outside the arena.
    noted: usize,
    /// The oldest thunk whose value was more than a plain one before the region.
    oldest: usize,
}

/// The bytes that a thunk takes: its slot, its name, and the arguments of a call that is put off.
pub(crate) const THUNK: usize = size_of::<Slot>() + size_of::<u64>() + 32;

/// The outermost scope, which has no variables.
pub(crate) const TOP: Env = Env(0);

/// The thunks, names and variables that there is always room for.
const MOST_ROOM: usize = 1 << 16;

/// Thunks and variables, in the order in which they were made.
#[derive(Debug)]
pub(crate) struct Arena {
    slots: Vec<Slot>,
    /// The number that names each thunk.
    names: Vec<u64>,
    cells: Vec<Thunk>,
    frames: Vec<Frame>,
    /// The oldest thunk whose value is more than a plain one, in the innermost region.
    oldest: usize,
}

impl Arena {
    pub(crate) fn new() -> Arena {
        Arena {
            slots: Vec::new(),
            names: Vec::new(),
            cells: Vec::new(),
            frames: vec![Frame { parent: TOP, scope: FrameScope::Top }],
            oldest: usize::MAX,
        }
    }

    /// Forgets everything. What a large evaluation has grown to is not kept for the next one.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.slots.shrink_to(MOST_ROOM);
        self.names.clear();
        self.names.shrink_to(MOST_ROOM);
        self.cells.clear();
        self.cells.shrink_to(MOST_ROOM);
        self.frames.truncate(1);
        self.frames.shrink_to(MOST_ROOM);
        self.oldest = usize::MAX;
    }

    /// The bytes that thunks and variables take, without the values.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.len() * THUNK
            + self.cells.len() * size_of::<Thunk>()
            + self.frames.len() * size_of::<Frame>()
    }

    // Thunks.

    /// How many thunks there are.
    pub(crate) fn thunks(&self) -> usize {
        self.slots.len()
    }

    /// Adds a thunk, with the number of the name that it is bound to.
    pub(crate) fn push(&mut self, slot: Slot, name: u64) -> Thunk {
        let thunk = Thunk(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        self.slots.push(slot);
        self.names.push(name);
        thunk
    }

    /// Whether no thunk was made after this one.
    pub(crate) fn is_last(&self, thunk: Thunk) -> bool {
        self.slots.len() == thunk.0 as usize + 1
    }

    /// Gives a thunk another name and content.
    pub(crate) fn renew(&mut self, thunk: Thunk, slot: Slot, name: u64) {
        self.names[thunk.0 as usize] = name;
        self.slots[thunk.0 as usize] = slot;
    }

    /// The content of a thunk.
    pub(crate) fn slot(&self, thunk: Thunk) -> &Slot {
        &self.slots[thunk.0 as usize]
    }

    /// Puts something else into a thunk; gives what it held.
    pub(crate) fn replace(&mut self, thunk: Thunk, slot: Slot) -> Slot {
        std::mem::replace(&mut self.slots[thunk.0 as usize], slot)
    }

    /// The number that names a thunk.
    pub(crate) fn name_of(&self, thunk: Thunk) -> u64 {
        self.names[thunk.0 as usize]
    }

    /// The conditions that were met while a thunk was evaluated.
    pub(crate) fn met_by(&self, thunk: Thunk) -> MetConditions {
        match self.slot(thunk) {
            Slot::Done(_, _, met_conditions) | Slot::Failed(_, met_conditions) => *met_conditions,
            _ => MetConditions::NONE,
        }
    }

    // Regions.

    /// How much there is.
    pub(crate) fn extent(&self) -> Extent {
        Extent { slots: self.slots.len(), cells: self.cells.len(), frames: self.frames.len() }
    }

    /// Forgets what was made since.
    pub(crate) fn cut(&mut self, extent: Extent) {
        self.slots.truncate(extent.slots);
        self.names.truncate(extent.slots);
        self.cells.truncate(extent.cells);
        self.frames.truncate(extent.frames);
    }

    /// Begins a region: what is made in it may be forgotten at its end. `noted` counts what others keep of thunks.
    pub(crate) fn open_region(&mut self, noted: usize) -> Region {
        Region { extent: self.extent(), noted, oldest: std::mem::replace(&mut self.oldest, usize::MAX) }
    }

    /// Ends a region. Where it comes to a plain value, and nothing from before it has come to anything else meanwhile, nobody
    /// can get at what was made in it, and that is forgotten, unless it is no more than `least` thunks. So a loop over many
    /// elements does not keep what each has left.
    pub(crate) fn close_region(&mut self, region: &Region, noted: usize, plain: bool, least: usize) {
        let unreachable = plain && self.oldest >= region.extent.slots;
        if unreachable && noted == region.noted && self.slots.len() > region.extent.slots + least {
            self.cut(region.extent);
        }
        self.oldest = self.oldest.min(region.oldest);
    }

    /// Notes that the value of a thunk is more than a plain one, so that it refers to other thunks.
    pub(crate) fn outlives(&mut self, thunk: Thunk) {
        self.oldest = self.oldest.min(thunk.0 as usize);
    }

    /// Notes that something from before every region has.
    pub(crate) fn outlives_all(&mut self) {
        self.oldest = 0;
    }

    // Variables.

    /// Where the next variables go.
    pub(crate) fn next_cell(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    /// Adds a variable with this thunk as its value.
    pub(crate) fn push_cell(&mut self, thunk: Thunk) {
        self.cells.push(thunk);
    }

    /// Adds `count` variables next to each other, which are `thunk` for the time being.
    pub(crate) fn push_cells(&mut self, count: usize, thunk: Thunk) {
        self.cells.resize(self.cells.len() + count, thunk);
    }

    /// Adds variables with these thunks as their values.
    pub(crate) fn extend_cells(&mut self, thunks: &[Thunk]) {
        self.cells.extend(thunks);
    }

    /// Sets the value of a variable.
    pub(crate) fn set_cell(&mut self, at: u32, thunk: Thunk) {
        self.cells[at as usize] = thunk;
    }

    /// A scope within another one.
    pub(crate) fn push_frame(&mut self, parent: Env, scope: FrameScope) -> Env {
        self.frames.push(Frame { parent, scope });
        Env(u32::try_from(self.frames.len() - 1).unwrap_or(u32::MAX))
    }

    /// A scope and the one around it.
    pub(crate) fn frame(&self, env: Env) -> Frame {
        self.frames[env.0 as usize]
    }

    /// The variable of a scope so many scopes up.
    pub(crate) fn local(&self, mut env: Env, up: u32, at: u32) -> Thunk {
        for _ in 0..up {
            env = self.frames[env.0 as usize].parent;
        }
        match self.frames[env.0 as usize].scope {
            FrameScope::Cells(start) => self.cells[(start + at) as usize],
            FrameScope::With(thunk) => thunk,
            FrameScope::Top => Thunk(0),
        }
    }
}
