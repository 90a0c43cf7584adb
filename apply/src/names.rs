//! libvirt's names that the apply step speaks of, each checked against the tables: a misspelt one does not compile.
//!
//! A name stands once, by one way that leads to it, whatever else has it.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::network::NETWORK;
use nixvirt_schema::pool::POOL;
use nixvirt_schema::volume::VOLUME;
use nixvirt_schema::way;

/// The last name of each way from the root of a kind.
macro_rules! names {
    ($($constant:ident = $root:path, $($name:literal),+;)*) => {
        $(pub(crate) const $constant: &str = last(way!($root, $($name),+));)*
    };
}

const fn last(way: &[&'static str]) -> &'static str {
    way[way.len() - 1]
}

names! {
    ADDRESS = DOMAIN, "devices", "disk", "address";
    ALIAS = DOMAIN, "devices", "disk", "alias";
    ALLOCATION = VOLUME, "allocation";
    ARCH = DOMAIN, "os", "type", "arch";
    BACKING_STORE = DOMAIN, "devices", "disk", "backingStore";
    BANDWIDTH = DOMAIN, "devices", "interface", "bandwidth";
    BINARY = DOMAIN, "devices", "filesystem", "binary";
    BRIDGE = NETWORK, "bridge";
    BUS = DOMAIN, "devices", "disk", "target", "bus";
    CAPACITY = VOLUME, "capacity";
    CHANNEL = DOMAIN, "devices", "channel";
    CMDLINE = DOMAIN, "os", "cmdline";
    CONTROLLER = DOMAIN, "devices", "controller";
    CPUTUNE = DOMAIN, "cputune";
    CURRENT = DOMAIN, "vcpu", "current";
    CURRENT_MEMORY = DOMAIN, "currentMemory";
    DESCRIPTION = DOMAIN, "description";
    DEV = DOMAIN, "devices", "disk", "target", "dev";
    DEVICE = DOMAIN, "devices", "disk", "device";
    DEVICES = DOMAIN, "devices";
    DHCP = NETWORK, "ip", "dhcp";
    DIR = DOMAIN, "devices", "filesystem", "source", "dir";
    DISK = DOMAIN, "devices", "disk";
    DNS = NETWORK, "dns";
    DRIVER = DOMAIN, "devices", "disk", "driver";
    DTB = DOMAIN, "os", "dtb";
    EMULATOR = DOMAIN, "devices", "emulator";
    EMULATORPIN = DOMAIN, "cputune", "emulatorpin";
    ENTRY = DOMAIN, "sysinfo", "entry";
    FILE = DOMAIN, "sysinfo", "entry", "file";
    FILESYSTEM = DOMAIN, "devices", "filesystem";
    FILTERREF = DOMAIN, "devices", "interface", "filterref";
    FIRMWARE = DOMAIN, "os", "firmware";
    FORMAT = VOLUME, "target", "format";
    FORWARD = NETWORK, "forward";
    GRAPHICS = DOMAIN, "devices", "graphics";
    GROUP_NAME = DOMAIN, "devices", "disk", "iotune", "group_name";
    HOST = DOMAIN, "devices", "disk", "source", "host";
    HOSTDEV = DOMAIN, "devices", "hostdev";
    INDEX = DOMAIN, "devices", "controller", "index";
    INITRD = DOMAIN, "os", "initrd";
    INPUT = DOMAIN, "devices", "input";
    INTERFACE = DOMAIN, "devices", "interface";
    IOTHREAD = DOMAIN, "devices", "disk", "driver", "iothread";
    IOTHREADIDS = DOMAIN, "iothreadids";
    IOTHREADPIN = DOMAIN, "cputune", "iothreadpin";
    IOTHREADS = DOMAIN, "iothreads";
    IOTUNE = DOMAIN, "devices", "disk", "iotune";
    IP = NETWORK, "ip";
    KERNEL = DOMAIN, "os", "kernel";
    LINK = DOMAIN, "devices", "interface", "link";
    LOADER = DOMAIN, "os", "loader";
    MAC = DOMAIN, "devices", "interface", "mac";
    MACHINE = DOMAIN, "os", "type", "machine";
    MEMBALLOON = DOMAIN, "devices", "memballoon";
    MEMORY = DOMAIN, "memory";
    METADATA = DOMAIN, "metadata";
    MODE = NETWORK, "forward", "mode";
    MODEL = DOMAIN, "devices", "controller", "model";
    NAME = DOMAIN, "name";
    NVRAM = DOMAIN, "os", "nvram";
    ON_CRASH = DOMAIN, "on_crash";
    ON_POWEROFF = DOMAIN, "on_poweroff";
    ON_REBOOT = DOMAIN, "on_reboot";
    OS = DOMAIN, "os";
    PATH = POOL, "target", "path";
    PERIOD = DOMAIN, "devices", "memballoon", "stats", "period";
    POOL_OF_VOLUME = DOMAIN, "devices", "disk", "source", "pool";
    PORTGROUP = NETWORK, "portgroup";
    PRODUCT = DOMAIN, "devices", "hostdev", "source", "product";
    RANGE = NETWORK, "ip", "dhcp", "range";
    READONLY = DOMAIN, "devices", "disk", "readonly";
    REDIRDEV = DOMAIN, "devices", "redirdev";
    RNG = DOMAIN, "devices", "rng";
    SERIAL = DOMAIN, "devices", "disk", "serial";
    SHMEM = DOMAIN, "devices", "shmem";
    SOURCE = DOMAIN, "devices", "disk", "source";
    SRV = NETWORK, "dns", "srv";
    STATE = DOMAIN, "devices", "channel", "target", "state";
    STATS = DOMAIN, "devices", "memballoon", "stats";
    SYSINFO = DOMAIN, "sysinfo";
    TARGET = DOMAIN, "devices", "disk", "target";
    TITLE = DOMAIN, "title";
    TPM = DOMAIN, "devices", "tpm";
    TXT = NETWORK, "dns", "txt";
    TYPE = DOMAIN, "devices", "disk", "type";
    UNIT = DOMAIN, "devices", "disk", "address", "unit";
    VCPU = DOMAIN, "vcpu";
    VCPUPIN = DOMAIN, "cputune", "vcpupin";
    VENDOR = DOMAIN, "devices", "hostdev", "source", "vendor";
    VOLUME_OF_DISK = DOMAIN, "devices", "disk", "source", "volume";
    VSOCK = DOMAIN, "devices", "vsock";
}
