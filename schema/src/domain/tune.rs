//! Limits on memory, block I/O and NUMA placement: `memtune`, `blkiotune`, `numatune`, `resource`.
