//! YAML as cloud-init reads it: by PyYAML, whose rules for plain scalars are those of YAML 1.1.

mod read;
mod scalar;
mod write;

pub(crate) use self::read::{LineOf, ReadYaml, read};
pub(crate) use self::write::write;
