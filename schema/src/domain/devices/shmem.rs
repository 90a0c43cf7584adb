//! The device `shmem`.
