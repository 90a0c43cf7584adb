//! Seeds: the discs from which a new machine reads its configuration when it boots for the first time.
//!
//! A seed for cloud-init (<https://docs.cloud-init.io/en/latest/reference/datasources/nocloud.html>) is a disc with the label
//! `cidata` and the files `user-data`, `meta-data` and, where they are given, `vendor-data` and `network-config`. Any other
//! disc is a label and files. A configuration for Ignition is no disc: the guest reads its bytes from QEMU's fw_cfg.

mod cloud_config;
pub mod codes;
mod content;
mod disc;
mod ignition;
mod image;
mod nocloud;
mod problems;
mod shapes;
mod yaml;

pub use self::content::{ReadHostFile, host_file};
pub use self::disc::disc;
pub use self::ignition::{CONFIG, fw_cfg_name, ignition};
pub use self::image::{CIDATA, SeedDisc, SeedForm};
pub use self::nocloud::SeedMachine;
pub use self::problems::{SeedFiles, SeedProblems, has_errors, seed_diagnostics};
