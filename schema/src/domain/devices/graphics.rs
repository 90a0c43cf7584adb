//! Graphics: windows and remote screens in which a person sees the guest.
//!
//! <https://libvirt.org/formatdomain.html#graphical-framebuffers>; `graphic`, `listenElements`, `clipboard` and
//! `mousemode` in domaincommon.rng; `virDomainGraphicsDefFormat` in `src/conf/domain_conf.c`.

use super::audio::AUDIO_ID;
use crate::Format::{self, Choice, Line, OnOff, Path, Pattern, Text, YesNo};
use crate::shared::values::{IP_OR_NAME, PORT_NUMBER};
use crate::{Element, Identity, Relation, Words, attr, child, element, rule};

/// The types that listen on the network.
const REMOTE: &[&str] = &["vnc", "spice", "rdp"];

/// A date and time (`xsd:dateTime`). libvirt's parser takes one in UTC without fraction or time zone only. The
/// pattern knows neither leap years nor that there was no year 0.
const DATE_TIME: Format = Pattern {
    what: "a date and time in UTC",
    pattern: concat!(
        r"-?([1-9][0-9]{4,}|[0-9]{4})",
        r"-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))",
        r"T(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)",
        r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?",
    ),
    example: "2030-12-31T23:59:59",
};

static LISTEN: Element = element("listen", "Where a remote screen listens.").attributes(&[
    attr("type", Choice(&["address", "network", "socket", "none"]), "What it listens on.")
        .words(&[
            ("address", "an address of the host"),
            ("network", "the host's address on a virtual network"),
            ("socket", "a socket in the file system"),
            ("none", "nothing: only who gets a file descriptor reaches it"),
        ])
        .required(),
    attr("address", IP_OR_NAME, "The address or name to listen on.")
        .default_in_words(
            "that of the attribute `listen` above",
            "virDomainGraphicsListenDefParseXML in src/conf/domain_conf.c",
        )
        .when("type", &["address"]),
    attr("address", IP_OR_NAME, "The address that the network gave.").when("type", &["network"]).live(),
    attr("network", Text, "The virtual network whose address to listen on.")
        .required()
        .when("type", &["network"])
        .names("network"),
    attr("socket", Path, "The socket to listen on.")
        .default_in_words(
            "that of the attribute `socket` above",
            "virDomainGraphicsListenDefParseXML in src/conf/domain_conf.c",
        )
        .when("type", &["socket"]),
]);

static GL: Element = element("gl", "How OpenGL is rendered.").attributes(&[
    attr("enable", YesNo, "Whether OpenGL is used.").required().unless_up(1, "type", &["egl-headless"]),
    attr("rendernode", Path, "The host's render node.").when_up(
        1,
        "type",
        &["spice", "dbus", "egl-headless"],
    ),
]);

const MODE: Format = Choice(&["any", "secure", "insecure"]);

/// By which port a channel of SPICE's goes.
const SECURE: Words = &[
    ("any", "by either port, as the client likes"),
    ("secure", "by the TLS port alone"),
    ("insecure", "by the plain port alone"),
];

static CHANNEL: Element = element("channel", "Whether a channel of SPICE's is encrypted.").attributes(&[
    attr(
        "name",
        Choice(&["main", "display", "inputs", "cursor", "playback", "record", "smartcard", "usbredir"]),
        "The channel.",
    )
    .words(&[
        ("main", "control: what SPICE says about all the others"),
        ("display", "the picture"),
        ("inputs", "mouse and keyboard"),
        ("cursor", "the shape of the pointer"),
        ("playback", "the guest's sound"),
        ("record", "the client's microphone"),
        ("smartcard", "the client's smart card"),
        ("usbredir", "the client's USB devices"),
    ])
    .required(),
    attr("mode", MODE, "Whether the TLS port or the plain one is used.").words(SECURE).required(),
]);

const WHEN: Format = Choice(&["auto", "never", "always"]);

/// When something is done to images.
const WHENEVER: Words = &[
    ("auto", "where the network is slow"),
    ("never", "not at all"),
    ("always", "whatever the network is like"),
];

static IMAGE: Element = element("image", "How images are compressed.").attributes(&[attr(
    "compression",
    Choice(&["auto_glz", "auto_lz", "quic", "glz", "lz", "off"]),
    "The compression.",
)
.words(&[
    ("auto_glz", "QUIC for photographs, GLZ for the rest"),
    ("auto_lz", "QUIC for photographs, LZ for the rest"),
    ("quic", "for photographs, without loss"),
    ("glz", "for drawings, with a dictionary of earlier pictures"),
    ("lz", "for drawings, by itself"),
    ("off", "pictures are sent as they are"),
])
.required()]);
static JPEG: Element = element("jpeg", "JPEG compression of images over slow connections.")
    .attributes(&[attr("compression", WHEN, "When images are compressed.").words(WHENEVER).required()]);
static ZLIB: Element = element("zlib", "zlib compression of images over slow connections.")
    .attributes(&[attr("compression", WHEN, "When images are compressed.").words(WHENEVER).required()]);
static PLAYBACK: Element = element("playback", "How sound is compressed.").attributes(&[attr(
    "compression",
    OnOff,
    "Whether it is compressed.",
)
.required()]);
static STREAMING: Element = element("streaming", "Which parts of the screen are sent as video.").attributes(
    &[attr("mode", Choice(&["filter", "all", "off"]), "Which parts.")
        .words(&[
            ("filter", "those that look like videos, by their size and place"),
            ("all", "all that change quickly"),
            ("off", "none"),
        ])
        .required()],
);
static FILE_TRANSFER: Element = element("filetransfer", "Files that are dragged onto the screen.")
    .attributes(&[attr("enable", YesNo, "Whether they reach the guest.").required()]);

/// `mouse`: whether the client or the server draws the pointer, of SPICE and of QEMU's own agent channel
/// (`mousemode`).
pub static MOUSE: Element = element("mouse", "Who draws the mouse pointer.").attributes(&[attr(
    "mode",
    Choice(&["server", "client"]),
    "Who draws it.",
)
.words(&[
    ("server", "the host: the mouse is captured, and moves relatively"),
    ("client", "the viewer: the mouse moves freely, at absolute places"),
])
.required()]);
/// The shared clipboard, of SPICE and of QEMU's own agent channel.
pub static CLIPBOARD: Element = element("clipboard", "The clipboard that host and guest share.")
    .attributes(&[attr("copypaste", YesNo, "Whether they share it.").required()]);

/// A screen. Of the attributes and children that belong to another type libvirt's parser takes no notice.
pub static GRAPHICS: Element = element("graphics", "A window or remote screen that shows the guest.")
    .identity(Identity::First(&["type"]))
    .variant("type")
    .page("formatdomain.html#graphical-framebuffers")
    .attributes(&[
        attr(
            "type",
            Choice(&["vnc", "spice", "sdl", "rdp", "dbus", "egl-headless", "desktop"]),
            "What kind of screen it is.",
        )
        .words(&[
            ("vnc", "a remote screen by VNC"),
            ("spice", "a remote screen by SPICE, with sound, USB and a clipboard"),
            ("sdl", "a window of the emulator's own on the host"),
            ("rdp", "a remote screen by RDP"),
            ("dbus", "a screen for programs of the host, by D-Bus"),
            ("egl-headless", "no screen: it draws with OpenGL for a VNC or SPICE one"),
            ("desktop", "a window of the hypervisor's own on the host"),
        ])
        .required(),
        attr("port", PORT_NUMBER, "The TCP port; -1 for one that libvirt picks.")
            .default_in_words(
                "-1, where libvirt picks the ports",
                "virDomainGraphicsDefParseXMLVNC in src/conf/domain_conf.c",
            )
            .when("type", REMOTE)
            .picked("autoport"),
        attr("tlsPort", PORT_NUMBER, "The TLS port; -1 for one that libvirt picks.")
            .when("type", &["spice"])
            .picked("autoport"),
        attr("autoport", YesNo, "Whether libvirt picks the ports.")
            .default_in_words(
                "yes, or no where there is a port",
                "virDomainGraphicsDefParseXMLVNC in src/conf/domain_conf.c",
            )
            .when("type", REMOTE),
        attr("websocket", PORT_NUMBER, "The port of the web socket; -1 for one that libvirt picks.")
            .when("type", &["vnc"]),
        attr("replaceUser", YesNo, "Whether a new user ends the session of the last.").when("type", &["rdp"]),
        attr("multiUser", YesNo, "Whether several users may connect.").when("type", &["rdp"]),
        attr("listen", IP_OR_NAME, "The address to listen on, in libvirt's old notation.")
            .default_in_words(
                "the address of the first `listen`",
                "virDomainGraphicsListenDefParseXML in src/conf/domain_conf.c",
            )
            .when("type", REMOTE),
        attr("socket", Path, "The socket to listen on, in libvirt's old notation.")
            .default_in_words(
                "that of the first `listen`",
                "virDomainGraphicsListenDefParseXML in src/conf/domain_conf.c",
            )
            .when("type", &["vnc"]),
        attr("username", Text, "The user who may connect.").when("type", &["rdp"]).since("11.1.0"),
        attr("wait", YesNo, "Whether the guest starts when a client has connected.")
            .when("type", &["vnc"])
            .since("11.10.0"),
        attr("keymap", Text, "The keyboard layout, e.g. `de`.").when("type", &["vnc", "spice"]),
        attr(
            "sharePolicy",
            Choice(&["allow-exclusive", "force-shared", "ignore"]),
            "Whether several clients share the screen.",
        )
        .words(&[
            ("allow-exclusive", "a client may ask to be alone; the others are dropped then"),
            ("force-shared", "no client can be alone"),
            ("ignore", "every client may connect, whatever it asks for"),
        ])
        .when("type", &["vnc"]),
        attr("powerControl", YesNo, "Whether a client may shut down or reset the guest.")
            .when("type", &["vnc"]),
        attr("defaultMode", MODE, "Whether channels are encrypted that are not listed.")
            .words(SECURE)
            .when("type", &["spice"]),
        attr("passwd", Text, "The password, in clear text.").when("type", &["vnc", "spice"]).secret(),
        attr("passwd", Text, "The password, in clear text.").when("type", &["rdp"]).secret().since("11.1.0"),
        attr("passwdValidTo", DATE_TIME, "Until when the password holds, in UTC.")
            .when("type", &["vnc", "spice"]),
        attr("connected", Choice(&["keep"]), "What happens to a client when the password changes.")
            .words(&[("keep", "it stays connected")])
            .when("type", &["vnc"]),
        attr(
            "connected",
            Choice(&["fail", "disconnect", "keep"]),
            "What happens to a client when the password changes.",
        )
        .words(&[
            ("fail", "the password cannot be changed while it is connected"),
            ("disconnect", "it must log in again"),
            ("keep", "it stays connected"),
        ])
        .when("type", &["spice"]),
        attr("display", Text, "The X display.").when("type", &["sdl", "desktop"]),
        attr("xauth", Text, "The file with the X display's authentication.").when("type", &["sdl"]),
        attr("fullscreen", YesNo, "Whether the window fills the screen.").when("type", &["sdl", "desktop"]),
        attr("p2p", YesNo, "Whether clients connect without a bus.").when("type", &["dbus"]),
        attr("address", Line, "The address of the bus.").when("type", &["dbus"]),
    ])
    .children(&[
        child(&LISTEN).many().when("type", REMOTE),
        child(&CHANNEL).many().when("type", &["spice"]),
        child(&IMAGE).when("type", &["spice"]),
        child(&JPEG).when("type", &["spice"]),
        child(&ZLIB).when("type", &["spice"]),
        child(&PLAYBACK).when("type", &["spice"]),
        child(&STREAMING).when("type", &["spice"]),
        child(&MOUSE).when("type", &["spice"]),
        child(&CLIPBOARD).when("type", &["spice"]),
        child(&FILE_TRANSFER).when("type", &["spice"]),
        child(&GL).when("type", &["sdl", "spice", "dbus", "egl-headless"]),
        child(&AUDIO_ID).when("type", &["vnc", "dbus"]),
    ])
    .rules(&[
        // libvirt's formatter prints `sharePolicy` and `powerControl` beside `socket`, which its schema refuses.
        rule(Relation::Excludes(
            "@socket",
            &["@port", "@autoport", "@websocket", "@listen", "@sharePolicy", "@powerControl"],
        )),
        rule(Relation::AtMostOne(&["@address", "@p2p"])),
    ]);
