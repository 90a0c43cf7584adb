//! Options of video devices, and of devices that show their screens on one.

use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::{Versions, attribute, below, child_name};

use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, at, child};
use crate::document::Node;

pub(super) static VIDEO_OPTION: Rule = Rule {
    code: refused(
        "video-option",
        "A video device has an option of another model.",
        "Only `qxl` and `virtio` devices can be more than the first one, and have more than one screen. 3D acceleration and a driver \
         `vhostuser` are there for `virtio`; a render node goes with that driver.",
        machine!("devices.video = { model = { type = \"vga\"; heads = 2; }; };"),
        machine!("devices.video = { model = { type = \"virtio\"; heads = 2; }; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefVideo in src/qemu/qemu_validate.c; virDomainVideoDefValidate",
    holds: Holds::Qemu,
    with: &[VIDEO.name],
    versions: Versions::ALL,
    check: |check| {
        let found: Vec<_> = check.devices_of(&VIDEO).collect();
        // A primary one comes first, wherever it stands.
        let is_primary = |video: &Node<'_>| at(video, below!(VIDEO, "model", "primary")) == Some("yes");
        let first = found.iter().position(|video| is_primary(video)).unwrap_or(0);
        let is_alone = !found.iter().any(|video| at(video, below!(VIDEO, "model", "type")) == Some("none"));
        let several = found.iter().filter(|video| is_primary(video)).count() > 1;
        for (index, video) in found.iter().enumerate() {
            let Some(model) = child(video, child_name!(VIDEO, "model")) else { continue };
            let Some(kind) = model.get(below!(VIDEO, "model", "type").1).filter(|kind| *kind != "none")
            else {
                continue;
            };
            let heads = model.get(below!(VIDEO, "model", "heads").1);
            let is_vhost = at(video, below!(VIDEO, "driver", "name")) == Some("vhostuser");
            let acceleration = model.children.first().filter(|it| it.element.name == "acceleration");
            let on = |name| acceleration.and_then(|it| it.get(name)) == Some("yes");
            let message = match kind {
                "qxl" | "virtio" => None,
                _ if index != first && is_alone && !several => {
                    Some(format!("a `{kind}` device is the first one or none"))
                }
                _ if heads.is_some_and(|heads| heads != "1") => {
                    Some(format!("a `{kind}` device has one screen"))
                }
                _ => None,
            };
            let message = message.or_else(|| match kind {
                _ if is_vhost && kind != "virtio" => {
                    Some("the driver `vhostuser` is one of `virtio` devices".to_owned())
                }
                _ if !is_vhost && on("accel3d") && kind != "virtio" => {
                    Some("3D acceleration is there for `virtio` devices".to_owned())
                }
                _ if on("accel2d") => Some("QEMU has no 2D acceleration".to_owned()),
                _ => None,
            });
            if let Some(message) = message {
                check.say(video, Some("model"), message);
            }
        }
    },
};

pub(super) static MDEV_DISPLAY: Rule = Rule {
    code: refused(
        "mdev-display",
        "A mediated device is to show its screen, and there is nowhere to show it.",
        "`display = true` needs a `graphics` device.",
        machine!(
            "devices.hostdev = { mode = \"subsystem\"; type = \"mdev\"; model = \"vfio-pci\"; display = true; source.address.uuid = \"53764d0e-85a0-42b4-af5c-2046b460b1dc\"; };"
        ),
        machine!(
            "devices.graphics = { type = \"vnc\"; };
  devices.hostdev = { mode = \"subsystem\"; type = \"mdev\"; model = \"vfio-pci\"; display = true; source.address.uuid = \"53764d0e-85a0-42b4-af5c-2046b460b1dc\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainMdevDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[HOSTDEV.name],
    versions: Versions::ALL,
    check: |check| {
        let graphics = child_name!(DEVICES, "graphics");
        if check.devices().any(|device| device.element.name == graphics) || check.may_have_device(graphics) {
            return;
        }
        let shows = |device: &&Node<'_>| device.get(attribute!(HOSTDEV, "display")) == Some("on");
        let found: Vec<_> = check.devices_of(&HOSTDEV).filter(|device| shows(&&**device)).collect();
        for device in found {
            let message = "showing the device's screen needs a `graphics` device".to_owned();
            check.say(device, Some("display"), message);
        }
    },
};
