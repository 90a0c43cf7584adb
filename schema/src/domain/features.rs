//! Hypervisor features.
