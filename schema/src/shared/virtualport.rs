//! Virtual port profiles.
