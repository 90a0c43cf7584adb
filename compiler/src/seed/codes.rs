//! The codes of what is wrong with the content of a seed.

pub(crate) use crate::diagnostics::codes::Code;
use crate::diagnostics::codes::error;

/// Every code, in alphabetical order.
pub static ALL: &[&Code] = &[
    &CLOUD_CONFIG_HEADER,
    &CLOUD_CONFIG_KEY,
    &CLOUD_CONFIG_SYNTAX,
    &CLOUD_CONFIG_VALUE,
    &IGNITION_BUTANE,
    &IGNITION_KEY,
    &IGNITION_SYNTAX,
    &IGNITION_VALUE,
    &IGNITION_VERSION,
];

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

/// A configuration in Butane, in the place of one for Ignition.
pub static IGNITION_BUTANE: Code = error(
    "ignition-butane",
    "A configuration for Ignition is still Butane.",
    "People write Butane, in YAML, with the keys `variant` and `version`. The program `butane` makes of it the JSON that Ignition reads.",
)
.seed(
    r#"{ "config": { "variant": "fcos", "version": "1.6.0" } }"#,
    r#"{ "config": { "ignition": { "version": "3.5.0" } } }"#,
);

/// A key that Ignition does not know.
pub static IGNITION_KEY: Code = error(
    "ignition-key",
    "A key of the configuration is none that Ignition knows.",
    "Ignition warns of keys that it does not know in the log of the guest, and ignores them. The keys are those of the versions 3.0 to \
     3.6 of its specification. `allow` (`--allow`) is for a key of another version.",
)
.warning()
.seed(
    r#"{ "config": { "ignition": { "version": "3.4.0" }, "system": { "units": [] } } }"#,
    r#"{ "config": { "ignition": { "version": "3.4.0" }, "systemd": { "units": [] } } }"#,
);

/// Text that is no JSON.
pub static IGNITION_SYNTAX: Code = error(
    "ignition-syntax",
    "A text for Ignition is not JSON.",
    "Ignition reads JSON, and a machine with another text does not boot. A set in the place of the text is written as JSON.",
)
.seed(
    r#"{ "config": "{ ignition: 3 }" }"#,
    r#"{ "config": "{ \"ignition\": { \"version\": \"3.4.0\" } }" }"#,
);

/// A value of a shape that Ignition cannot use.
pub static IGNITION_VALUE: Code = error(
    "ignition-value",
    "A value for Ignition is of another shape than it expects.",
    "Ignition refuses the whole configuration, and the machine does not boot. The shapes are those of its specification. The mode of a \
     file is a decimal number.",
)
.seed(
    r#"{ "config": { "ignition": { "version": "3.4.0" }, "storage": { "files": [{ "path": "/a", "mode": "0644" }] } } }"#,
    r#"{ "config": { "ignition": { "version": "3.4.0" }, "storage": { "files": [{ "path": "/a", "mode": 420 }] } } }"#,
);

/// A configuration without a version that Ignition reads.
pub static IGNITION_VERSION: Code = error(
    "ignition-version",
    "A configuration for Ignition does not say a version that Ignition reads.",
    "`ignition.version` says by which version of the specification the configuration is read. It is required, and of the form 3.x.0. \
     Flatcar reads the older versions 1 and 2, too.",
)
.seed(
    r#"{ "config": { "storage": { } } }"#,
    r#"{ "config": { "ignition": { "version": "3.4.0" }, "storage": { } } }"#,
);
