//! Elements, attributes and formats that several kinds, or several sections of a domain, share.

pub mod adapter;
pub mod address;
pub mod amount;
pub mod bandwidth;
pub mod device;
pub mod encryption;
pub mod filterref;
pub mod ip;
pub mod metadata;
pub mod seclabel;
pub mod storage;
pub mod values;
pub mod virtualport;
pub mod vlan;
pub mod words;
