//! The templates: the object that each makes, and its arguments with name, type, default and description.
//!
//! The lib, compiling, `check`, editors, `explain` and the reference all read this table. `templates/arguments.nix` is written
//! from it, for Nix; a test compares both, and the table with the functions themselves.

/// A template: a Nix function that makes the spec of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// The kind of object that it makes.
    pub kind: &'static str,
    /// The name, as `templates` in the lib has it.
    pub name: &'static str,
    /// A description of the object that it makes, in a sentence or two.
    pub doc: &'static str,
    /// Arguments that show how it is called, in Nix.
    pub example: &'static str,
    /// Its arguments, in the order of its function.
    pub arguments: &'static [Argument],
}

/// An argument of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name, as a caller writes it.
    pub name: &'static str,
    /// The type of the value.
    pub value: Type,
    /// The default in Nix; none where the argument must be given.
    pub default: Option<&'static str>,
    /// A description in a sentence or two.
    pub doc: &'static str,
}

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// True, false or null.
    Switch,
    /// A text, which may be empty.
    Text,
    /// A text or null.
    OptionalText,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A whole number from the first to the second, or its text.
    Whole(u32, u32),
    /// A number, or libvirt's element as a set.
    Amount,
    /// A path, a text that is one, a package, libvirt's element as a set, or null.
    Volume,
    /// A path, or a text that is one.
    File,
    /// A set, a list of sets, or null.
    Sets,
}

/// A value that was given for an argument, reduced to what types of arguments distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenArgument<'a> {
    /// The value `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number without a fraction.
    Whole(i128),
    /// A number with a fraction.
    Fraction,
    /// A text, or a path.
    Text(&'a str),
    /// A list; whether it holds nothing but sets.
    List(bool),
    /// A set, whatever it holds.
    Set,
}

impl Type {
    /// A description of the type, for "expected ..." in messages.
    pub fn expected(self) -> String {
        match self {
            Type::Bool => "true or false".to_owned(),
            Type::Switch => "true, false or null".to_owned(),
            Type::Text => "a text".to_owned(),
            Type::OptionalText => "a text or null".to_owned(),
            Type::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                match words.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                    _ => words.concat(),
                }
            }
            Type::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Type::Amount => "a number, or a set with `count`".to_owned(),
            Type::Volume => "a path, libvirt's element as a set, or null".to_owned(),
            Type::File => "a path".to_owned(),
            Type::Sets => "a set, a list of sets, or null".to_owned(),
        }
    }

    /// Whether a value is of this type.
    pub fn takes(self, given: GivenArgument<'_>) -> bool {
        match (self, given) {
            (Type::Bool | Type::Switch, GivenArgument::Bool)
            | (Type::Switch | Type::OptionalText | Type::Volume | Type::Sets, GivenArgument::Null)
            | (Type::Text | Type::OptionalText | Type::Volume | Type::File, GivenArgument::Text(_))
            | (Type::Amount | Type::Volume | Type::Sets, GivenArgument::Set)
            | (Type::Sets, GivenArgument::List(true)) => true,
            (Type::Word(words), GivenArgument::Text(text)) => words.contains(&text),
            (Type::Whole(least, most), GivenArgument::Whole(value)) => {
                (i128::from(least)..=i128::from(most)).contains(&value)
            }
            (Type::Whole(..), GivenArgument::Text(text)) => {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                digits && text.parse().is_ok_and(|value| self.takes(GivenArgument::Whole(value)))
            }
            // Of these, the format says more than the type does: which units there are, say.
            (Type::Amount, GivenArgument::Whole(_) | GivenArgument::Text(_) | GivenArgument::Null) => true,
            _ => false,
        }
    }

    /// The same as `templates/arguments.nix` has it.
    fn nix(self) -> String {
        match self {
            Type::Bool => r#"{ type = "bool"; "#.to_owned(),
            Type::Switch => r#"{ type = "switch"; "#.to_owned(),
            Type::Text => r#"{ type = "text"; "#.to_owned(),
            Type::OptionalText => r#"{ type = "optional text"; "#.to_owned(),
            Type::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                format!("{{ type = \"word\"; words = [ {} ]; ", words.join(" "))
            }
            Type::Whole(least, most) => format!("{{ type = \"whole\"; least = {least}; most = {most}; "),
            Type::Amount => r#"{ type = "amount"; "#.to_owned(),
            Type::Volume => r#"{ type = "volume"; "#.to_owned(),
            Type::File => r#"{ type = "file"; "#.to_owned(),
            Type::Sets => r#"{ type = "sets"; "#.to_owned(),
        }
    }
}

/// The message for an argument of a wrong type. It follows the argument's name.
pub fn wrong(template: &str, expected: &str, found: &str) -> String {
    format!("(argument of `{template}`): expected {expected}, not {found}")
}

const fn argument(
    name: &'static str,
    value: Type,
    default: Option<&'static str>,
    doc: &'static str,
) -> Argument {
    Argument { name, value, default, doc }
}

const fn name() -> Argument {
    argument("name", Type::Text, None, "The name of the guest.")
}

const UUID: Argument = argument(
    "uuid",
    Type::OptionalText,
    Some("null"),
    "The UUID of the guest; null: one is derived from the name.",
);

const fn vcpu(default: &'static str) -> Argument {
    argument(
        "vcpu",
        Type::Amount,
        Some(default),
        "The virtual CPUs: a number, or libvirt's element as a set, such as `{ count = 2; }`.",
    )
}

const fn memory(default: &'static str) -> Argument {
    argument("memory", Type::Amount, Some(default), "The memory, as an amount and its unit.")
}

const STORAGE: Argument = argument(
    "storage_vol",
    Type::Volume,
    Some("null"),
    "The disk: a path, a text, a package, or libvirt's source element as a set, such as `{ pool = \"vms\"; volume = \"a.qcow2\"; }`.",
);
const BACKING: Argument = argument(
    "backing_vol",
    Type::Volume,
    Some("null"),
    "What the disk is laid over: a path, a package, or libvirt's backingStore element as a set.",
);
const INSTALL: Argument = argument(
    "install_vol",
    Type::Volume,
    Some("null"),
    "The disc in the CD drive, named like a disk; null: the drive is empty.",
);
const NET_TYPE: Argument = argument(
    "net_type",
    Type::Word(&["bridge", "user", "passt"]),
    Some("\"bridge\""),
    "What the network card is on: `bridge` is a bridge of the host; `user` and `passt` need no rights of the host and are for \
     `qemu:///session`: the guest reaches the network, and is not reached from it.",
);
const BRIDGE_NAME: Argument = argument(
    "bridge_name",
    Type::OptionalText,
    Some("null"),
    "The bridge of the host that the network card is on; null: `virbr0`. A session may use those that the host allows: on NixOS, \
     `virtualisation.libvirtd.allowedBridges`.",
);
const MAC: Argument = argument(
    "net_iface_mac",
    Type::OptionalText,
    Some("null"),
    "The MAC address of the network card; null: one is derived from the uuid.",
);

const fn virtio_drive(default: &'static str) -> Argument {
    argument(
        "virtio_drive",
        Type::Bool,
        Some(default),
        "Whether the disk is a VirtIO disk, for which the guest needs a driver.",
    )
}

const VIRTIO_NET: Argument = argument(
    "virtio_net",
    Type::Bool,
    Some("false"),
    "Whether the network card is a VirtIO card, for which the guest needs a driver.",
);
const VIRTIO_VIDEO: Argument = argument(
    "virtio_video",
    Type::Switch,
    Some("true"),
    "The display: true is VirtIO with 3D, null is VirtIO without, false is QXL, which every guest can drive.",
);
const ARCH: Argument = argument(
    "arch",
    Type::Text,
    Some("\"x86_64\""),
    "The architecture; one that is no x86 makes a `virt` machine with UEFI.",
);
const MACHINE: Argument = argument(
    "machine",
    Type::OptionalText,
    Some("null"),
    "The machine type, such as `pc-q35-9.2`; null: the chipset's newest.",
);

const PC: &[Argument] = &[
    name(),
    UUID,
    vcpu("{ count = 2; }"),
    memory("{ count = 2; unit = \"GiB\"; }"),
    STORAGE,
    BACKING,
    INSTALL,
    NET_TYPE,
    BRIDGE_NAME,
    MAC,
    virtio_drive("true"),
    VIRTIO_NET,
    VIRTIO_VIDEO,
    ARCH,
    MACHINE,
];

/// Every template.
pub const TEMPLATES: &[Template] = &[
    Template {
        kind: "domain",
        name: "linux",
        doc: "A machine for Linux, a Q35 or a `virt`: VirtIO for all devices, the guest agent's channel, and entropy.",
        example: "{\n  name = \"web\";\n  memory = { count = 4; unit = \"GiB\"; };\n  storage_vol = { pool = \"default\"; volume = \"web.qcow2\"; };\n}",
        arguments: &[
            name(),
            UUID,
            vcpu("{ count = 4; }"),
            memory("{ count = 4; unit = \"GiB\"; }"),
            STORAGE,
            BACKING,
            INSTALL,
            NET_TYPE,
            BRIDGE_NAME,
            MAC,
            virtio_drive("true"),
            VIRTIO_VIDEO,
            ARCH,
            MACHINE,
        ],
    },
    Template {
        kind: "domain",
        name: "windows",
        doc: "A Q35 machine that meets what Windows 11 asks for: UEFI with Secure Boot and a TPM.",
        example: "{\n  name = \"office\";\n  nvram_path = \"/var/lib/libvirt/qemu/nvram/office.fd\";\n  storage_vol = { pool = \"default\"; volume = \"office.qcow2\"; };\n  install_vol = \"/var/lib/libvirt/images/windows.iso\";\n  install_virtio = true;\n}",
        arguments: &[
            name(),
            UUID,
            vcpu("{ count = 2; }"),
            memory("{ count = 4; unit = \"GiB\"; }"),
            STORAGE,
            BACKING,
            INSTALL,
            NET_TYPE,
            BRIDGE_NAME,
            MAC,
            argument(
                "nvram_path",
                Type::File,
                None,
                "Where the firmware keeps its variables: a path on the host.",
            ),
            virtio_drive("false"),
            VIRTIO_NET,
            VIRTIO_VIDEO,
            argument(
                "install_virtio",
                Type::Bool,
                Some("false"),
                "Whether there is a second CD drive, with the Windows drivers for VirtIO.",
            ),
        ],
    },
    Template {
        kind: "domain",
        name: "pc",
        doc: "An Intel 440FX machine, for guests too old to boot from anything newer.",
        example: "{\n  name = \"old\";\n  storage_vol = \"/var/lib/libvirt/images/old.qcow2\";\n  virtio_drive = false;\n  virtio_video = false;\n}",
        arguments: PC,
    },
    Template {
        kind: "domain",
        name: "q35",
        doc: "An Intel Q35 machine: PCI Express, and SATA in place of IDE.",
        example: "{\n  name = \"bsd\";\n  storage_vol = \"/var/lib/libvirt/images/bsd.qcow2\";\n  virtio_net = true;\n}",
        arguments: PC,
    },
    Template {
        kind: "network",
        name: "bridge",
        doc: "A bridge with NAT to the outside and DHCP inside, on 192.168.`subnet_byte`.0/24.",
        example: "{\n  name = \"lan\";\n  bridge_name = \"virbr7\";\n  subnet_byte = 74;\n}",
        arguments: &[
            argument("name", Type::Text, Some("\"default\""), "The name of the network."),
            argument(
                "uuid",
                Type::OptionalText,
                Some("null"),
                "The UUID of the network; null: one is derived from the name.",
            ),
            argument(
                "bridge_name",
                Type::Text,
                Some("\"virbr0\""),
                "The name of the bridge that libvirt makes on the host.",
            ),
            argument(
                "subnet_byte",
                Type::Whole(0, 255),
                None,
                "The third byte of the addresses: 74 makes the network 192.168.74.0/24.",
            ),
            argument(
                "dhcp_hosts",
                Type::Sets,
                Some("null"),
                "The addresses that DHCP keeps for certain machines: libvirt's host element as a set, or a list of these.",
            ),
        ],
    },
];

/// The template of a kind with this name.
pub fn template(kind: &str, name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.kind == kind && template.name == name)
}

impl Template {
    /// The argument of this name.
    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }
}

/// The text of `templates/arguments.nix`.
pub fn nix() -> String {
    let mut out = String::from(
        "# The arguments of each template: what each may be, what it is where it is not given (null, too: it must be given), and a\n\
         # sentence on it. Written from `src/arguments.rs` by `NIXVIRT_BLESS=1 cargo test -p nixvirt-templates`.\n{\n",
    );
    let mut kinds: Vec<&str> = TEMPLATES.iter().map(|template| template.kind).collect();
    kinds.dedup();
    for kind in kinds {
        out.push_str(&format!("  {kind} = {{\n"));
        for template in TEMPLATES.iter().filter(|template| template.kind == kind) {
            out.push_str(&format!("    {} = {{\n", template.name));
            for Argument { name, value, default, doc } in template.arguments {
                let text = |text: &str| format!("{text:?}");
                out.push_str(&format!(
                    "      {name} = {}expected = {}; default = {}; doc = {}; }};\n",
                    value.nix(),
                    text(&value.expected()),
                    default.map_or_else(|| "null".to_owned(), text),
                    text(doc)
                ));
            }
            out.push_str("    };\n");
        }
        out.push_str("  };\n");
    }
    out + "}\n"
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{GivenArgument, TEMPLATES, Type, nix};

    #[test]
    fn the_table_for_nix_is_written_from_this_one() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("arguments.nix");
        if std::env::var_os("NIXVIRT_BLESS").is_some() {
            fs::write(&file, nix()).expect("the file can be written");
        }
        assert_eq!(fs::read_to_string(&file).expect("the table"), nix());
    }

    #[test]
    fn every_template_and_argument_says_what_it_is() {
        for template in TEMPLATES {
            assert!(template.doc.ends_with('.'), "{}", template.name);
            for argument in template.arguments {
                assert!(argument.doc.ends_with('.'), "{}: {}", template.name, argument.name);
            }
        }
    }

    #[test]
    fn types_take_what_they_say() {
        assert!(!Type::Bool.takes(GivenArgument::Text("yes")));
        assert!(Type::Whole(0, 255).takes(GivenArgument::Whole(74)));
        assert!(Type::Whole(0, 255).takes(GivenArgument::Text("74")));
        assert!(!Type::Whole(0, 255).takes(GivenArgument::Whole(300)));
        assert!(!Type::Whole(0, 255).takes(GivenArgument::Text("-1")));
        assert!(Type::Volume.takes(GivenArgument::Null) && !Type::File.takes(GivenArgument::Null));
        assert!(Type::Sets.takes(GivenArgument::List(true)) && !Type::Sets.takes(GivenArgument::List(false)));
        assert_eq!(Type::Word(&["a", "b", "c"]).expected(), "\"a\", \"b\" or \"c\"");
    }
}
