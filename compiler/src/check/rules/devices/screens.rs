//! Screens and sound: SPICE, video devices and audio backends.

use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::audio::AUDIO;
use nixvirt_schema::domain::devices::graphics::GRAPHICS;
use nixvirt_schema::domain::devices::sound::SOUND;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::{Versions, attribute, below, child_name};

use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, at, repeats};
use crate::document::Node;

pub(super) static SPICE_WITHOUT_GRAPHICS: Rule = Rule {
    code: refused(
        "spice-without-graphics",
        "A device speaks by SPICE, and the machine has no SPICE screen.",
        "A channel, USB redirection or sound of SPICE's goes over the connection of a `graphics` of the type `spice`. Add \
         one, or remove the device.",
        machine!(
            "devices.channel = { type = \"spicevmc\"; target = { type = \"virtio\"; name = \"com.redhat.spice.0\"; }; };"
        ),
        machine!(
            "devices.channel = { type = \"spicevmc\"; target = { type = \"virtio\"; name = \"com.redhat.spice.0\"; }; };
  devices.graphics = { type = \"spice\"; autoport = true; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainChrSourceDef, qemuValidateDomainDeviceDefAudio in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(DEVICES, "channel"), child_name!(DEVICES, "redirdev"), child_name!(DEVICES, "smartcard"), child_name!(DEVICES, "audio"), child_name!(DEVICES, "serial"), child_name!(DEVICES, "parallel"), child_name!(DEVICES, "console")],
    versions: Versions::ALL,
    check: |check| {
        let kind = attribute!(GRAPHICS, "type");
        let mut screens = check.devices_of(&GRAPHICS);
        let may_be_spice = |screen: &Node<'_>| screen.get(kind).is_none_or(|kind| kind == "spice");
        if screens.any(may_be_spice) || check.may_have_device(child_name!(DEVICES, "graphics")) {
            return;
        }
        let found: Vec<_> = check
            .devices()
            .filter(|device| match device.get(kind) {
                Some("spicevmc" | "spiceport") => true,
                Some("spice") => std::ptr::eq(device.element, &AUDIO),
                _ => false,
            })
            .collect();
        for device in found {
            let message = "this device speaks by SPICE, and the machine has no SPICE screen".to_owned();
            let help = "add `devices.graphics = { type = \"spice\"; autoport = true; }`, or leave it out";
            check.rule_problem(device, Some(kind), message).help(help).add_of_cause("so does this one");
        }
    },
};

pub(super) static VIDEO_PRIMARY_TWICE: Rule = Rule {
    code: refused(
        "video-primary-twice",
        "Two video devices are the primary one.",
        "The primary video device is the one that the firmware shows its screen on.",
        machine!(
            "devices.video = [
    { model = { type = \"qxl\"; primary = true; }; }
    { model = { type = \"qxl\"; primary = true; }; }
  ];"
        ),
        machine!(
            "devices.video = [
    { model = { type = \"qxl\"; primary = true; }; }
    { model.type = \"qxl\"; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefVideoValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[below!(VIDEO, "model", "primary").1],
    versions: Versions::ALL,
    check: |check| {
        let primary = |video: &&Node<'_>| at(video, below!(VIDEO, "model", "primary")) == Some("yes");
        let found: Vec<_> = check.devices_of(&VIDEO).filter(|video| primary(&&**video)).collect();
        if let [first, others @ ..] = &found[..] {
            for other in others {
                let related = check.related(first, "the first primary one is here");
                let message = "only one video device can be the primary one".to_owned();
                check.rule_problem(other, Some("model"), message).with(related).add();
            }
        }
    },
};

pub(super) static VIDEO_NONE_AND_OTHERS: Rule = Rule {
    code: refused(
        "video-none-and-others",
        "A machine that is to have no video device has others beside it.",
        "A video device of the type `none` keeps libvirt from adding one. It stands alone.",
        machine!("devices.video = [ { model.type = \"none\"; } { model.type = \"virtio\"; } ];"),
        machine!("devices.video = { model.type = \"none\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefVideoValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[VIDEO.name],
    versions: Versions::ALL,
    check: |check| {
        let found: Vec<_> = check.devices_of(&VIDEO).collect();
        let none = |video: &&&Node<'_>| at(video, below!(VIDEO, "model", "type")) == Some("none");
        let videos: Vec<&Node<'_>> = found.iter().map(|video| *video as &Node<'_>).collect();
        if let (Some(none), true) = (videos.iter().find(none), videos.len() > 1) {
            let message = "a video device of the type `none` must be the only one".to_owned();
            check.rule_problem(none, None, message).help("leave it out, or the others").add();
        }
    },
};

pub(super) static AUDIO_TWICE: Rule = Rule {
    code: refused(
        "audio-id-twice",
        "Two audio backends have the same number.",
        "`id` is the number by which sound devices and screens name a backend.",
        machine!("devices.audio = [ { id = 1; type = \"none\"; } { id = 1; type = \"none\"; } ];"),
        machine!("devices.audio = [ { id = 1; type = \"none\"; } { id = 2; type = \"none\"; } ];"),
    ),
    kind: "domain",
    mirrors: "virDomainDefParseXML in src/conf/domain_conf.c (audio ID is used multiple times)",
    holds: Holds::Always,
    with: &[AUDIO.name],
    versions: Versions::ALL,
    check: |check| {
        let numbered =
            check.devices_of(&AUDIO).filter_map(|audio| Some((audio.get(attribute!(AUDIO, "id"))?, audio)));
        for (id, audio, other) in repeats(numbered) {
            let related = check.related(other, "the other backend is here");
            let message = format!("the number {id} is used by two audio backends");
            check.rule_problem(audio, Some("id"), message).with(related).add();
        }
    },
};

pub(super) static AUDIO_UNKNOWN: Rule = Rule {
    code: refused(
        "audio-unknown",
        "A sound device or screen names an audio backend that does not exist.",
        "`audio.id` of a sound device or screen is the `id` of one of `devices.audio`.",
        machine!(
            "devices.audio = { id = 1; type = \"none\"; }; devices.sound = { model = \"ich9\"; audio.id = 2; };"
        ),
        machine!(
            "devices.audio = { id = 1; type = \"none\"; }; devices.sound = { model = \"ich9\"; audio.id = 1; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainEnsureAudioID in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[child_name!(SOUND, "audio")],
    versions: Versions::ALL,
    check: |check| {
        if check.may_have_device(child_name!(DEVICES, "audio")) {
            return;
        }
        let ids: Option<Vec<&str>> =
            check.devices_of(&AUDIO).map(|audio| audio.get(attribute!(AUDIO, "id"))).collect();
        let Some(ids) = ids else { return };
        let found: Vec<_> = check.devices_of(&SOUND).chain(check.devices_of(&GRAPHICS)).collect();
        for sound in found {
            if let Some(id) = at(sound, below!(SOUND, "audio", "id"))
                && id != "0"
                // Where there is none, libvirt adds one with the number 1.
                && !(ids.is_empty() && id == "1")
                && !ids.contains(&id)
            {
                check.say(sound, Some("audio"), format!("there is no audio backend with the number {id}"));
            }
        }
    },
};
