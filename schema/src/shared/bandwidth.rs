//! Bandwidth limits of an interface or network.
