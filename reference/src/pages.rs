//! The pages of the site, by what they are about.

pub(crate) mod commands;
pub(crate) mod element;
pub(crate) mod kinds;
pub(crate) mod messages;
pub(crate) mod options;
mod overview;
pub(crate) mod start;
pub(crate) mod templates;
mod values;
