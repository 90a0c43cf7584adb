//! The storage volume format.
