//! Help for one place of a spec or of XML, for editors and `explain`.

pub(crate) mod offer;
pub(crate) mod offer_xml;
pub(crate) mod part;
