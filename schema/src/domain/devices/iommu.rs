//! The device `iommu`.

use crate::{Element, element};

/// To be written.
pub static IOMMU: Element = element("iommu", "To be written.");
