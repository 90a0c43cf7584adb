//! Elements of the hypervisors' own namespaces: qemu, lxc, xen, bhyve, vmware.
//!
//! <https://libvirt.org/drvqemu.html>, `drvlxc.html`, `drvxen.html`, `drvbhyve.html`, `drvvmware.html`; `qemucmdline` and
//! its neighbours, `lxcsharens`, `bhyvecmdline`, `xencmdline`, `vmwaredatacenterpath` in domaincommon.rng;
//! `qemuDomainDefNamespaceFormatXML` in `src/qemu/qemu_domain.c` and its likes in the other drivers.
//!
//! The schema lets them stand in a domain of any type; each driver reads its own and drops the others.

use crate::Format::{Chars, Choice, Text};
use crate::{Attribute, Element, Namespace, attr, child, element, leaf};

/// The namespace of the QEMU driver.
pub static QEMU: Namespace = Namespace { prefix: "qemu", uri: "http://libvirt.org/schemas/domain/qemu/1.0" };
/// The namespace of the LXC driver.
pub static LXC: Namespace = Namespace { prefix: "lxc", uri: "http://libvirt.org/schemas/domain/lxc/1.0" };
/// The namespace of the Xen driver.
pub static XEN: Namespace = Namespace { prefix: "xen", uri: "http://libvirt.org/schemas/domain/xen/1.0" };
/// The namespace of the bhyve driver.
pub static BHYVE: Namespace =
    Namespace { prefix: "bhyve", uri: "http://libvirt.org/schemas/domain/bhyve/1.0" };
/// The namespace of the VMware drivers.
pub static VMWARE: Namespace =
    Namespace { prefix: "vmware", uri: "http://libvirt.org/schemas/domain/vmware/1.0" };

/// The attribute of one argument of a command line.
const ARGUMENT: &[Attribute] = &[attr("value", Text, "The argument.").required()];

/// One argument of a command line.
const fn arg(namespace: &'static Namespace) -> Element {
    element("arg", "An argument, passed on as it is.").namespace(namespace).attributes(ARGUMENT)
}

static QEMU_ARG: Element = arg(&QEMU);
/// libvirt refuses a name that begins with a digit (`qemuDomainDefNamespaceParseCommandlineEnv`), its schema does not.
static QEMU_ENV: Element =
    element("env", "An environment variable of the emulator.").namespace(&QEMU).attributes(&[
        attr(
            "name",
            Chars { what: "a name of letters, digits and `_`", set: "a-zA-Z0-9_", min: 1, max: usize::MAX },
            "The name of the variable.",
        )
        .required(),
        attr("value", Text, "The value of the variable."),
    ]);

/// `qemu:commandline`: arguments and variables that libvirt adds to QEMU's command line.
pub static QEMU_COMMANDLINE: Element =
    element("commandline", "What is added to QEMU's command line and environment.")
        .namespace(&QEMU)
        .page("drvqemu.html#pass-through-of-arbitrary-qemu-commands")
        .children(&[child(&QEMU_ARG).many(), child(&QEMU_ENV).many()]);

static QEMU_ADD: Element = element("add", "A capability that libvirt is to take for given.")
    .namespace(&QEMU)
    .attributes(&[attr("capability", Text, "The name of the capability, e.g. `blockdev`.").required()]);
static QEMU_DEL: Element = element("del", "A capability that libvirt is to do without.")
    .namespace(&QEMU)
    .attributes(&[attr("capability", Text, "The name of the capability, e.g. `blockdev`.").required()]);

/// `qemu:capabilities`: abilities of QEMU that libvirt adds to, or removes from, those that it has found.
pub static QEMU_CAPABILITIES: Element =
    element("capabilities", "What libvirt is to believe that QEMU can do, for testing.")
        .namespace(&QEMU)
        .page("drvqemu.html#qemu-feature-configuration-for-testing")
        .children(&[child(&QEMU_ADD).many(), child(&QEMU_DEL).many()]);

/// libvirt demands a `value` that fits the type, and none with `remove`.
static PROPERTY: Element =
    element("property", "A property of the device as QEMU has it.").namespace(&QEMU).attributes(&[
        attr("name", Text, "The name of the property.").required(),
        attr(
            "type",
            Choice(&["string", "signed", "unsigned", "bool", "remove"]),
            "The type of the value, or that libvirt's own value is removed.",
        )
        .words(&[
            ("string", "text"),
            ("signed", "an integer, which can be negative"),
            ("unsigned", "an integer that is not negative"),
            ("bool", "true or false"),
            ("remove", "libvirt's own value of the property is left out"),
        ])
        .required(),
        attr("value", Text, "The value; libvirt wants one unless the property is removed."),
    ]);
static FRONTEND: Element = element("frontend", "The part of the device that the guest sees.")
    .namespace(&QEMU)
    .children(&[child(&PROPERTY).many()]);
static DEVICE: Element = element("device", "A device whose properties are overridden.")
    .namespace(&QEMU)
    .attributes(&[attr("alias", Text, "The alias of the device.").required()])
    .children(&[child(&FRONTEND)]);

/// Properties of devices that are set behind libvirt's back.
pub static QEMU_OVERRIDE: Element = element("override", "Properties of devices, overriding libvirt's.")
    .namespace(&QEMU)
    .page("drvqemu.html#overriding-properties-of-qemu-devices")
    .children(&[child(&DEVICE).many()]);

/// How QEMU treats what is deprecated.
pub static QEMU_DEPRECATION: Element =
    element("deprecation", "What QEMU does about deprecated use, for testing.")
        .namespace(&QEMU)
        .page("drvqemu.html#control-of-qemu-deprecation-warnings")
        .attributes(&[attr("behavior", Choice(&["none", "omit", "reject", "crash"]), "What it does.")
            .words(&[
                ("none", "nothing: all is as ever"),
                ("omit", "what is deprecated is left out of what QEMU says"),
                ("reject", "QEMU refuses the command with an error"),
                ("crash", "QEMU stops by force"),
            ])
            .by_schema()]);

static SHARENET: Element =
    element("sharenet", "Whose network the container shares.").namespace(&LXC).attributes(&[
        attr("type", Choice(&["netns", "name", "pid"]), "How it is named.")
            .words(&[
                ("netns", "by its name, as `ip netns` has it"),
                ("name", "by the name of a container"),
                ("pid", "by the number of a process in it"),
            ])
            .required(),
        attr("value", Text, "The network namespace, container or process.").required(),
    ]);
static SHAREIPC: Element =
    element("shareipc", "Whose IPC the container shares.").namespace(&LXC).attributes(&[
        attr("type", Choice(&["name", "pid"]), "How it is named.")
            .words(&[("name", "by the name of a container"), ("pid", "by the number of a process in it")])
            .required(),
        attr("value", Text, "The container or process.").required(),
    ]);
static SHAREUTS: Element =
    element("shareuts", "Whose host name the container shares.").namespace(&LXC).attributes(&[
        attr("type", Choice(&["name", "pid"]), "How it is named.")
            .words(&[("name", "by the name of a container"), ("pid", "by the number of a process in it")])
            .required(),
        attr("value", Text, "The container or process.").required(),
    ]);

/// `lxc:namespace`: the namespaces that a container shares with another one or with a process.
pub static LXC_NAMESPACE: Element =
    element("namespace", "What the container shares with another, or with a process.")
        .namespace(&LXC)
        .page("drvlxc.html#inherit-namespaces")
        .children(&[child(&SHARENET), child(&SHAREIPC), child(&SHAREUTS)]);

static XEN_ARG: Element = arg(&XEN);
/// `xen:commandline`: arguments that libvirt adds to the command line of Xen's device model.
pub static XEN_COMMANDLINE: Element =
    element("commandline", "What is added to the command line of Xen's device model.")
        .namespace(&XEN)
        .page("drvxen.html#pass-through-of-arbitrary-command-line-arguments-to-the-qemu-device-model")
        .children(&[child(&XEN_ARG).many()]);

static BHYVE_ARG: Element = arg(&BHYVE);
/// `bhyve:commandline`: arguments that libvirt adds to bhyve's command line.
pub static BHYVE_COMMANDLINE: Element = element("commandline", "What is added to bhyve's command line.")
    .namespace(&BHYVE)
    .page("drvbhyve.html#pass-through-of-arbitrary-bhyve-commands")
    .children(&[child(&BHYVE_ARG).many()]);

/// Where VMware keeps the machine.
pub static VMWARE_DATACENTERPATH: Element =
    leaf("datacenterpath", Text, "The folder of the machine in VMware's inventory.")
        .namespace(&VMWARE)
        .page("drvesx.html");
