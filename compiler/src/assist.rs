//! Help for one place of a spec or of XML, for editors and `explain`.

pub mod offer;
pub mod offer_xml;
