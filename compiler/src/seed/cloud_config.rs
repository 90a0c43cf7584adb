//! Checks a `#cloud-config`: the keys that people mistype, and the shapes that make cloud-init fail.

mod keys;

use self::keys::CLOUD_CONFIG;
use super::codes;
use super::problems::SeedProblems;
use super::shapes::{Reader, ShapeChecker};
use crate::source::json::Json;

static CLOUD_INIT: Reader = Reader {
    name: "cloud-init",
    whole: "a cloud-config",
    key: &codes::CLOUD_CONFIG_KEY,
    value: &codes::CLOUD_CONFIG_VALUE,
    page: "cloud-init's page of modules lists the keys",
    example: "write a key and its value on each line, such as `packages: [curl]`",
};

/// The problems of a cloud-config.
pub(crate) fn check(value: &Json<'_>) -> SeedProblems {
    ShapeChecker::of(value, &CLOUD_INIT, CLOUD_CONFIG)
}
