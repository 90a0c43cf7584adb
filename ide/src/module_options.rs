//! The names of the modules' options, as `lib-nix/OPTIONS.md` has them; a test compares both.

/// The options of the module itself.
pub const MODULE: &[&str] = &["compiler", "connections", "daemons", "enable", "package", "swtpm", "verbose"];

/// The options of a connection.
pub const CONNECTION: &[&str] = &[
    "allow",
    "check",
    "domains",
    "external",
    "libvirt",
    "live",
    "networks",
    "nwfilters",
    "ovmf",
    "owner",
    "pools",
    "prune",
    "qemu",
    "salt",
    "secrets",
    "shutdown",
    "unknown",
    "virtio-win",
    "warn",
];

/// The options of the objects of a kind.
pub fn of_kind(kind: &str) -> &'static [&'static str] {
    match kind {
        "domain" => &[
            "active",
            "allow",
            "args",
            "autostart",
            "definition",
            "hooks",
            "live",
            "name",
            "onRemove",
            "protect",
            "restart",
            "saved",
            "shutdown",
            "spec",
            "template",
            "warn",
        ],
        "network" => &[
            "active",
            "allow",
            "args",
            "autostart",
            "definition",
            "firewallInterface",
            "hooks",
            "name",
            "openFirewall",
            "protect",
            "restart",
            "spec",
            "template",
            "warn",
        ],
        "nwfilter" => &["allow", "definition", "name", "protect", "spec", "warn"],
        "pool" => &[
            "active",
            "allow",
            "autostart",
            "build",
            "definition",
            "name",
            "protect",
            "restart",
            "spec",
            "volumes",
            "warn",
        ],
        "volume" => &["allow", "definition", "name", "present", "source", "spec", "warn"],
        "secret" => &["allow", "definition", "name", "protect", "spec", "value", "warn"],
        _ => &[],
    }
}
