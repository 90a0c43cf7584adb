//! The keys of a `#cloud-config`, of cloud-init 22.4 to 26.2: its documentation and its own schema of user data say what each
//! holds.

use crate::seed::shapes::Shape::{
    Any, AnySet, Bool, BoolOrText, Commands, Names, NumberOrText, Packages, Rows, Set, Sets, Text, Texts,
    Users, Word,
};
use crate::seed::shapes::{Entries, ShapedKey, key};

/// The keys of the whole.
pub(crate) static CLOUD_CONFIG: &[ShapedKey] = &[
    key("allow_public_ssh_keys", Bool),
    key("ansible", AnySet),
    key("apk_repos", AnySet),
    key("apt", AnySet),
    key("apt_pipelining", Any),
    key("apt_reboot_if_required", Bool),
    key("apt_update", Bool),
    key("apt_upgrade", Bool),
    key("authkey_hash", Text),
    key("autoinstall", AnySet),
    key("bootcmd", Commands),
    key("byobu_by_default", Text),
    key("ca-certs", AnySet),
    key("ca_certs", Set(CA_CERTS)),
    key("chef", AnySet),
    key("chpasswd", Set(CHPASSWD)),
    key("cloud_config_modules", Any),
    key("cloud_final_modules", Any),
    key("cloud_init_modules", Any),
    key("create_hostname_file", Bool),
    key("datasource", AnySet),
    key("datasource_list", Texts),
    key("device_aliases", AnySet),
    key("disable_ec2_metadata", Bool),
    key("disable_root", Bool),
    key("disable_root_opts", Text),
    key("disk_setup", AnySet),
    key("drivers", AnySet),
    key("fan", AnySet),
    key("final_message", Text),
    key("fqdn", Text),
    key("fs_setup", Sets(Entries { keys: FS_SETUP, one_of: &["filesystem"] })),
    key("groups", Any),
    key("growpart", Set(GROWPART)),
    key("grub-dpkg", AnySet),
    key("grub_dpkg", AnySet),
    key("hostname", Text),
    key("keyboard", Set(KEYBOARD)),
    key("landscape", AnySet),
    key("launch-index", Any),
    key("locale", BoolOrText),
    key("locale_configfile", Text),
    key("lxd", AnySet),
    key("manage_etc_hosts", BoolOrText),
    key("manage_resolv_conf", Bool),
    key("mcollective", AnySet),
    key("merge_how", Any),
    key("merge_type", Any),
    key("migrate", Bool),
    key("mount_default_fields", Any),
    key("mounts", Rows),
    key("network", AnySet),
    key("no_ssh_fingerprints", Bool),
    key("ntp", Set(NTP)),
    key("output", AnySet),
    key("package_reboot_if_required", Bool),
    key("package_update", Bool),
    key("package_upgrade", Bool),
    key("packages", Packages),
    key("password", Text),
    key("phone_home", Set(PHONE_HOME)),
    key("power_state", Set(POWER_STATE)),
    key("prefer_fqdn_over_hostname", Bool),
    key("preserve_hostname", Bool),
    key("puppet", AnySet),
    key("random_seed", AnySet),
    key("reporting", AnySet),
    key("resize_rootfs", Any),
    key("resolv_conf", Set(RESOLV_CONF)),
    key("rh_subscription", AnySet),
    key("rpi", AnySet),
    key("rsyslog", AnySet),
    key("runcmd", Commands),
    key("salt_minion", AnySet),
    key("snap", AnySet),
    key("spacewalk", AnySet),
    key("ssh", AnySet),
    key("ssh_authorized_keys", Texts),
    key("ssh_deletekeys", Bool),
    key("ssh_fp_console_blacklist", Texts),
    key("ssh_genkeytypes", Texts),
    key("ssh_import_id", Texts),
    key("ssh_key_console_blacklist", Texts),
    key("ssh_keys", AnySet),
    key("ssh_publish_hostkeys", AnySet),
    key("ssh_pwauth", BoolOrText),
    key("ssh_quiet_keygen", Bool),
    key("swap", Set(SWAP)),
    key("system_info", AnySet),
    key("timezone", Text),
    key("ubuntu_advantage", AnySet),
    key("ubuntu_pro", AnySet),
    key("updates", AnySet),
    key("user", Any),
    key("users", Users(Entries { keys: USER, one_of: &["name", "snapuser"] })),
    key("vendor_data", AnySet),
    key("version", Any),
    key("wireguard", AnySet),
    key("write_files", Sets(Entries { keys: FILE, one_of: &["path"] })),
    key("yum_repo_dir", Text),
    key("yum_repos", AnySet),
    key("zypper", AnySet),
];

static CA_CERTS: &[ShapedKey] =
    &[key("remove-defaults", Bool), key("remove_defaults", Bool), key("trusted", Texts)];

static CHPASSWD: &[ShapedKey] = &[
    key("expire", Bool),
    key("list", Any),
    key("users", Sets(Entries { keys: PASSWORD, one_of: &["name"] })),
];

static PASSWORD: &[ShapedKey] =
    &[key("name", Text), key("password", Text), key("type", Word(&["RANDOM", "hash", "text"]))];

static FS_SETUP: &[ShapedKey] = &[
    key("cmd", Any),
    key("device", Text),
    key("extra_opts", Any),
    key("filesystem", Text),
    key("label", Text),
    key("overwrite", Bool),
    key("partition", Any),
    key("replace_fs", Text),
];

static GROWPART: &[ShapedKey] =
    &[key("devices", Texts), key("ignore_growroot_disabled", Bool), key("mode", BoolOrText)];

static KEYBOARD: &[ShapedKey] =
    &[key("layout", Text), key("model", Text), key("options", Text), key("variant", Text)];

static NTP: &[ShapedKey] = &[
    key("allow", Texts),
    key("config", AnySet),
    key("enabled", Bool),
    key("ntp_client", Text),
    key("peers", Texts),
    key("pools", Texts),
    key("servers", Texts),
];

static PHONE_HOME: &[ShapedKey] = &[key("post", Any), key("tries", Any), key("url", Text)];

static POWER_STATE: &[ShapedKey] = &[
    key("condition", Any),
    key("delay", NumberOrText),
    key("message", Text),
    key("mode", Word(&["halt", "poweroff", "reboot"])),
    key("timeout", Any),
];

static RESOLV_CONF: &[ShapedKey] = &[
    key("domain", Text),
    key("nameservers", Texts),
    key("options", AnySet),
    key("searchdomains", Texts),
    key("sortlist", Texts),
];

static SWAP: &[ShapedKey] = &[key("filename", Text), key("maxsize", NumberOrText), key("size", NumberOrText)];

/// The keys of a user. cloud-init takes each also with `-` in the place of `_`.
static USER: &[ShapedKey] = &[
    key("create_groups", Bool),
    key("doas", Texts),
    key("expiredate", Text),
    key("gecos", Text),
    key("groups", Names),
    key("hashed_passwd", Text),
    key("homedir", Text),
    key("inactive", Text),
    key("lock_passwd", Bool),
    key("name", Text),
    key("no_create_home", Bool),
    key("no_log_init", Bool),
    key("no_user_group", Bool),
    key("passwd", Text),
    key("plain_text_passwd", Text),
    key("primary_group", Text),
    key("selinux_user", Text),
    key("shell", Text),
    key("snapuser", Text),
    key("ssh_authorized_keys", Texts),
    key("ssh_import_id", Texts),
    key("ssh_redirect_user", Bool),
    key("sudo", Any),
    key("system", Bool),
    key("uid", NumberOrText),
];

/// The keys of a file that is written.
static FILE: &[ShapedKey] = &[
    key("append", Bool),
    key("content", Text),
    key("defer", Bool),
    key(
        "encoding",
        Word(&[
            "b64",
            "base64",
            "gz",
            "gz+b64",
            "gz+base64",
            "gzip",
            "gzip+b64",
            "gzip+base64",
            "text/plain",
        ]),
    ),
    key("owner", Text),
    key("path", Text),
    key("permissions", Text),
    key("source", Set(SOURCE)),
];

static SOURCE: &[ShapedKey] = &[key("headers", AnySet), key("uri", Text)];
