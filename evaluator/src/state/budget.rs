//! The limits of an evaluation, and how much of them is left.

use crate::error::{Error, ErrorKind, Stop};
use crate::limits::Limits;
use crate::memory::{Held, Memory};

/// The names that are compared at most, in one evaluation, to say what was meant.
const MOST_COMPARED: u64 = 100_000;
/// So many values of all calls together are evaluated for their own sake: the functions of a library are as many again in
/// everything that it is made of.
const MOST_SPARE: u32 = 20_000;
/// The number of thunks that are made before memory is measured again.
const THUNKS_BETWEEN: usize = 1 << 16;
/// The bytes that are copied in the time of one step, about.
const BYTES_PER_STEP: u64 = 1024;
/// Conditions that cannot be known are looked into so deep: a function may call itself in either branch.
const DEEPEST_UNDECIDED: u32 = 2;

/// The limits of an evaluation, and how much of them is left.
#[derive(Debug)]
pub(crate) struct Budget {
    /// The bytes that values hold.
    memory: Memory,
    /// The limits as they were given.
    given: Limits,
    /// The remaining part of the limits.
    left: Limits,
    depth: u32,
    /// How many thunks there may be before memory is looked at again.
    look: usize,
    /// How many conditions that cannot be known are being looked into.
    undecided: u32,
    /// How many values may still be evaluated for their own sake.
    spare: u32,
    /// The names that may still be compared to say what was meant.
    comparisons: u64,
    /// The first limit that was exceeded.
    exceeded: Option<Box<Error>>,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Budget {
        Budget {
            memory: Memory::default(),
            given: limits,
            left: limits,
            depth: 0,
            look: 0,
            undecided: 0,
            spare: MOST_SPARE,
            comparisons: MOST_COMPARED,
            exceeded: None,
        }
    }

    /// The budget of another evaluation with the same limits. What values hold already is counted on.
    pub(crate) fn renewed(&self) -> Budget {
        Budget { memory: self.memory.clone(), ..Budget::new(self.given) }
    }

    /// Bounds evaluations from now on.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        (self.given, self.left) = (limits, limits);
    }

    /// The limits as they were given.
    pub(crate) fn given(&self) -> Limits {
        self.given
    }

    /// The remaining part of the limits.
    pub(crate) fn left(&self) -> Limits {
        self.left
    }

    /// Goes on with what was left at another time.
    pub(crate) fn set_left(&mut self, left: Limits) {
        self.left = left;
    }

    // Depth and steps.

    /// Whether something may go one deeper.
    pub(crate) fn allows_deeper(&self) -> Result<(), Stop> {
        if self.depth >= self.left.depth {
            let message =
                format!("infinite recursion: the evaluation is nested more than {} deep", self.depth);
            return Err(Stop::new(ErrorKind::Recursion, message));
        }
        if self.left.steps == 0 {
            return Err(Stop::new(ErrorKind::Limit, "the evaluation takes too many steps"));
        }
        Ok(())
    }

    /// Goes one deeper, which is a step.
    pub(crate) fn descend(&mut self) {
        self.left.steps -= 1;
        self.depth += 1;
    }

    /// Leaves one level of depth.
    pub(crate) fn ascend(&mut self) {
        self.depth -= 1;
    }

    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// Comes back up to where something began.
    pub(crate) fn ascend_to(&mut self, depth: u32) {
        self.depth = depth;
    }

    /// Takes steps from the budget; it stops at zero.
    pub(crate) fn spend(&mut self, steps: u64) {
        self.left.steps = self.left.steps.saturating_sub(steps);
    }

    /// Spends the steps that going through so many bytes takes.
    pub(crate) fn spend_on_bytes(&mut self, bytes: usize) {
        self.spend(bytes as u64 / BYTES_PER_STEP);
    }

    /// Adds steps to the budget.
    pub(crate) fn grant(&mut self, steps: u64) {
        self.left.steps = self.left.steps.saturating_add(steps);
    }

    // Memory.

    /// The bytes that values hold.
    pub(crate) fn held(&self) -> u64 {
        self.memory.held()
    }

    /// Counts bytes for as long as what is returned lives.
    pub(crate) fn hold(&self, bytes: u64) -> Held {
        self.memory.hold(bytes)
    }

    /// Whether so many have been made since memory was looked at that it is time again.
    pub(crate) fn is_look_due(&self, thunks: usize) -> bool {
        thunks >= self.look
    }

    /// Refuses what does not fit beside what lives.
    pub(crate) fn fits(&mut self, live: u64, bytes: u64, thunks: usize) -> Result<(), Stop> {
        self.look = thunks + THUNKS_BETWEEN;
        if live.saturating_add(bytes) <= self.left.memory {
            return Ok(());
        }
        let message = format!("the evaluation needs more than {} MB of memory", self.left.memory >> 20);
        Err(Stop::new(ErrorKind::Limit, message))
    }

    /// Notes that a limit was exceeded. The first counts.
    pub(crate) fn exceed(&mut self, error: &Error) {
        self.exceeded.get_or_insert_with(|| Box::new(error.clone()));
    }

    /// The first limit that was exceeded.
    pub(crate) fn exceeded(&self) -> Option<&Error> {
        self.exceeded.as_deref()
    }

    // For checkers only.

    /// Begins to look into a condition that cannot be known; false where that is too deep.
    pub(crate) fn look_into_condition(&mut self) -> bool {
        let allowed = self.undecided < DEEPEST_UNDECIDED;
        self.undecided += u32::from(allowed);
        allowed
    }

    /// Ends the look into a condition that [`Budget::look_into_condition`] began.
    pub(crate) fn leave_condition(&mut self) {
        self.undecided -= 1;
    }

    /// How many values may still be evaluated for their own sake.
    pub(crate) fn spare(&self) -> u32 {
        self.spare
    }

    /// Notes that some were.
    pub(crate) fn use_spare(&mut self, values: u32) {
        self.spare -= values;
    }

    /// The names that may still be compared to say what was meant.
    pub(crate) fn comparisons(&mut self) -> &mut u64 {
        &mut self.comparisons
    }
}
