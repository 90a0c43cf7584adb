//! What editors and `explain` tell about a place of a spec.

pub mod offer;
pub mod offer_xml;
