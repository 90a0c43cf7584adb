//! Random numbers that a seed (see `amount.rs`) gives again: SplitMix64, which is all that a test needs.

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number, of all 64 bits.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut interleaved = self.0;
        interleaved = (interleaved ^ (interleaved >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        interleaved = (interleaved ^ (interleaved >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        interleaved ^ (interleaved >> 31)
    }

    /// A number below the bound, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.any() % bound as u64).unwrap_or(0)
    }

    /// One of these, of which there must be one.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// Brings a list into any order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.below(end + 1));
        }
    }
}
