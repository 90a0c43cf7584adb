//! Sound devices.
//!
//! <https://libvirt.org/formatdomain.html#sound-devices>; `sound` and `codec` in domaincommon.rng;
//! `virDomainSoundDefFormat` in `src/conf/domain_conf.c`.

use super::audio::AUDIO_ID;
use crate::Format::{AnyOf, Choice, YesNo};
use crate::shared::address::DEVICE_INFO;
use crate::shared::device::VIRTIO_DRIVER;
use crate::shared::values::UINT32;
use crate::{Element, attr, child, children, element, since};

static CODEC: Element = element("codec", "A codec of an Intel HD Audio device.").attributes(&[attr(
    "type",
    Choice(&["duplex", "micro", "output"]),
    "What the codec can do.",
)
.words(&[
    ("duplex", "play and record, by line-in and line-out"),
    ("micro", "play and record, by microphone and speaker"),
    ("output", "only play"),
])
.required()]);

/// `sound`: a sound card of the guest.
pub static SOUND: Element = element("sound", "A sound device.")
    .variant("model")
    .page("formatdomain.html#sound-devices")
    .attributes(&[
        attr(
            "model",
            AnyOf(&[
                Choice(&["sb16", "es1370", "pcspk", "ac97", "ich6", "ich7", "ich9", "usb"]),
                since("10.4.0", &Choice(&["virtio"])),
            ]),
            "The device that the guest sees.",
        )
        .words(&[
            ("sb16", "Creative's Sound Blaster 16, for DOS"),
            ("es1370", "Ensoniq's AudioPCI"),
            ("pcspk", "the PC's beeper"),
            ("ac97", "Intel's AC'97, for guests such as Windows XP"),
            ("ich6", "Intel's HD Audio of the chip ICH6"),
            ("ich7", "Intel's HD Audio of the chip ICH7"),
            ("ich9", "Intel's HD Audio of the chip ICH9, for machines with PCI Express"),
            ("usb", "a sound card at USB"),
            ("virtio", "the paravirtual sound card"),
        ])
        .required(),
        attr("multichannel", YesNo, "Whether a USB device has more than two channels.").since("9.4.0"),
        attr("streams", UINT32, "The number of streams of a virtio device.")
            .default("2", "virDomainSoundDefParseXML in src/conf/domain_conf.c")
            .since("10.4.0"),
    ])
    .children(children![
        &[child(&CODEC).many(), child(&AUDIO_ID)],
        DEVICE_INFO,
        &[child(&VIRTIO_DRIVER).since("10.4.0")],
    ]);
