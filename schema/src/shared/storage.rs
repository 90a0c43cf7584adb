//! What pools and volumes share.
