//! The codes of what is wrong with the content of a seed.

pub(crate) use crate::diagnostics::codes::Code;
use crate::diagnostics::codes::error;

/// Every code, in alphabetical order.
pub static ALL: &[&Code] =
    &[&CLOUD_CONFIG_HEADER, &CLOUD_CONFIG_KEY, &CLOUD_CONFIG_SYNTAX, &CLOUD_CONFIG_VALUE];

/// User data that cloud-init takes for nothing that it knows.
pub static CLOUD_CONFIG_HEADER: Code = error(
    "cloud-config-header",
    "User data does not begin with a line that says what it is.",
    "The first line says what the text is: `#cloud-config` begins a configuration, `#!` a script. cloud-init logs a warning about any \
     other text and ignores it.",
)
.warning()
.seed(
    r#"{ "instanceId": "web", "userData": "packages: [curl]\n" }"#,
    r##"{ "instanceId": "web", "userData": "#cloud-config\npackages: [curl]\n" }"##,
);

/// A key that cloud-init does not know.
pub static CLOUD_CONFIG_KEY: Code = error(
    "cloud-config-key",
    "A key of the configuration is none that cloud-init knows.",
    "Keys that cloud-init does not know are ignored, so that a misspelt one shows only in the guest. The keys are those of \
     cloud-init 22.4 to 26.2. `allow` (`--allow`) is for a key of another version.",
)
.warning()
.seed(
    r#"{ "instanceId": "web", "userData": { "package": ["curl"] } }"#,
    r#"{ "instanceId": "web", "userData": { "packages": ["curl"] } }"#,
);

/// Text that is no YAML.
pub static CLOUD_CONFIG_SYNTAX: Code = error(
    "cloud-config-syntax",
    "A text for cloud-init is not YAML, or has a key twice.",
    "The configuration is read as YAML. cloud-init ignores all of a text that it cannot read; of a key that stands twice in a set, \
     it takes the last one. A set in the place of the text is written as YAML without such mistakes.",
)
.seed(
    r##"{ "instanceId": "web", "userData": "#cloud-config\npackages: [curl\n" }"##,
    r##"{ "instanceId": "web", "userData": "#cloud-config\npackages: [curl]\n" }"##,
);

/// A value of a shape that cloud-init cannot use.
pub static CLOUD_CONFIG_VALUE: Code = error(
    "cloud-config-value",
    "A value for cloud-init is of another shape than it expects.",
    "The part of cloud-init that reads the value fails in the guest, or does nothing. The shapes are those of cloud-init's own schema \
     of user data.",
)
.seed(
    r#"{ "instanceId": "web", "userData": { "runcmd": "touch /ready" } }"#,
    r#"{ "instanceId": "web", "userData": { "runcmd": ["touch /ready"] } }"#,
);
