//! Time keeping, power management, reactions to events and performance events.
