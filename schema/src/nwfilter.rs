//! The network filter format.
