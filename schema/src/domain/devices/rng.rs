//! The device `rng`.
