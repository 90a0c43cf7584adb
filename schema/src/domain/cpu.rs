//! The CPU that the guest sees, its topology and NUMA cells.
