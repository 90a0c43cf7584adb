//! The storage pool format.
