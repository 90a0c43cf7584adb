//! Confidential guests: launch security and key wrapping.
