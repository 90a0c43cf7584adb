//! The device `iommu`.
