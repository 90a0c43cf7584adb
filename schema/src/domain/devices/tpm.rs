//! The device `tpm`.

use crate::{Element, element};

/// To be written.
pub static TPM: Element = element("tpm", "To be written.");
