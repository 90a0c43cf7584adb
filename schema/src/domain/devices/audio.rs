//! Audio backends: where the sound of the guest goes on the host.
//!
//! <https://libvirt.org/formatdomain.html#audio-backends>; `audio` in domaincommon.rng; `virDomainAudioDefFormat` in
//! `src/conf/domain_conf.c`.
//!
//! `input` and `output` serve every type; their entries are guarded by the `type` one level up.

use crate::Format::{AnyOf, Choice, Text, YesNo};
use crate::shared::values::{DEVICE_NAME, FILE_PATH, INT, UINT8, UINT32};
use crate::{Attribute, Child, Element, Identity, attr, child, element, since};

/// The audio backend of a sound device or of a remote screen.
pub static AUDIO_ID: Element = element("audio", "The audio backend that is used.").attributes(&[attr(
    "id",
    UINT8,
    "The number of the backend.",
)
.required()]);

static SETTINGS: Element = element("settings", "The fixed settings of the stream.").attributes(&[
    attr("frequency", UINT32, "The samples a second."),
    attr("channels", UINT32, "The number of channels."),
    attr("format", Choice(&["s8", "u8", "s16", "u16", "s32", "u32", "f32"]), "The format of a sample.")
        .words(&[
            ("s8", "8 bits, with sign"),
            ("u8", "8 bits, without sign"),
            ("s16", "16 bits, with sign"),
            ("u16", "16 bits, without sign"),
            ("s32", "32 bits, with sign"),
            ("u32", "32 bits, without sign"),
            ("f32", "a floating-point number of 32 bits"),
        ]),
]);

/// The attributes of a direction (`virDomainAudioCommonFormat` and its kin for each type).
const DIRECTION: &[Attribute] = &[
    attr("mixingEngine", YesNo, "Whether QEMU's own mixing engine is used."),
    attr("fixedSettings", YesNo, "Whether the settings are fixed, instead of the guest's."),
    attr("voices", UINT32, "The number of voices."),
    attr("bufferLength", UINT32, "The length of the buffer in microseconds."),
    attr("dev", FILE_PATH, "The ALSA device.").when_up(1, "type", &["alsa"]),
    attr("dev", DEVICE_NAME, "The OSS device.").when_up(1, "type", &["oss"]),
    attr("name", Text, "The sink or source to use.").when_up(1, "type", &["pipewire", "pulseaudio"]),
    attr("streamName", Text, "The name of the stream.").when_up(1, "type", &["pipewire", "pulseaudio"]),
    attr("latency", UINT32, "The desired latency in microseconds.").when_up(
        1,
        "type",
        &["pipewire", "pulseaudio"],
    ),
    attr("bufferCount", UINT32, "The number of buffers.").when_up(1, "type", &["coreaudio", "oss", "sdl"]),
    attr("tryPoll", YesNo, "Whether polling is tried.").when_up(1, "type", &["oss"]),
    attr("serverName", Text, "The JACK server.").when_up(1, "type", &["jack"]),
    attr("clientName", Text, "The name that JACK knows the client by.").when_up(1, "type", &["jack"]),
    attr("connectPorts", Text, "A pattern for the ports to connect to.").when_up(1, "type", &["jack"]),
    attr("exactName", YesNo, "Whether the client must get that very name.").when_up(1, "type", &["jack"]),
];

const SETTINGS_CHILD: &[Child] = &[child(&SETTINGS)];

static INPUT: Element = direction("input", "The sound that the guest records.");
static OUTPUT: Element = direction("output", "The sound that the guest plays.");

/// The element `input` or `output`: the settings of one direction of sound.
const fn direction(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).attributes(DIRECTION).children(SETTINGS_CHILD)
}

/// An audio backend. libvirt's parser refuses an `id` of 0 and a negative `dspPolicy`, its schema does not.
pub static AUDIO: Element = element("audio", "Where the guest's sound goes on the host.")
    .identity(Identity::First(&["id"]))
    .variant("type")
    .page("formatdomain.html#audio-backends")
    .attributes(&[
        attr("id", UINT8, "The number of the backend, from 1.").required(),
        attr(
            "type",
            AnyOf(&[
                Choice(&[
                    "none",
                    "alsa",
                    "coreaudio",
                    "dbus",
                    "file",
                    "jack",
                    "oss",
                    "pulseaudio",
                    "sdl",
                    "spice",
                ]),
                since("9.10.0", &Choice(&["pipewire"])),
            ]),
            "What plays and records on the host.",
        )
        .words(&[
            ("none", "nothing: the guest's sound is dropped"),
            ("alsa", "Linux's ALSA"),
            ("coreaudio", "macOS's sound"),
            ("dbus", "the client of the D-Bus display"),
            ("file", "a WAV file gets what is played"),
            ("jack", "the JACK server"),
            ("oss", "the Open Sound System"),
            ("pulseaudio", "the PulseAudio server"),
            ("sdl", "the library SDL"),
            ("spice", "the client of SPICE"),
            ("pipewire", "the PipeWire server"),
        ])
        .required(),
        attr("timerPeriod", UINT32, "The period of the timer in microseconds."),
        attr("tryMMap", YesNo, "Whether OSS memory mapping is tried.").when("type", &["oss"]),
        attr("exclusive", YesNo, "Whether the OSS device is kept from others.").when("type", &["oss"]),
        attr("dspPolicy", INT, "The timing policy of OSS.").when("type", &["oss"]),
        attr("serverName", Text, "The PulseAudio server.").when("type", &["pulseaudio"]),
        attr("runtimeDir", FILE_PATH, "The folder of PipeWire's socket.").when("type", &["pipewire"]),
        attr("driver", Choice(&["esd", "alsa", "arts", "pulseaudio"]), "The audio driver of SDL's.")
            .words(&[
                ("esd", "the Enlightened Sound Daemon"),
                ("alsa", "Linux's ALSA"),
                ("arts", "KDE's old sound server"),
                ("pulseaudio", "the PulseAudio server"),
            ])
            .when("type", &["sdl"]),
        attr("path", FILE_PATH, "The WAV file to write.").when("type", &["file"]),
    ])
    .children(&[child(&INPUT), child(&OUTPUT)]);
