//! Every value format reads what libvirt reads, prints what libvirt prints, and gives back the scalar that a spec
//! would hold: reading that scalar gives the same text again.

use std::borrow::Cow;

use nixvirt_schema::Format::{
    AnyOf, AnyPath, Chars, Choice, Cpuset, Empty, Integer, Ipv4, Ipv6, Line, Mac, OnOff, Path, Pattern, Text,
    Uuid, YesNo,
};
use nixvirt_schema::shared::values::{
    IP_OR_NAME, MEDIUM, OBJECT_NAME, PATH_OR_DEVICE, PORT_NUMBER, UNIT, UNSIGNED_LONG, UUID_OR_EMPTY,
    VOLUME_NAME,
};
use nixvirt_schema::{Accepted, Format, Notation, Print, Refused, Scalar, Version, number, since};

const OCTAL: Format = Format::Octal { max: u32::MAX };
const NUMBERS: Format = Integer { min: -1, max: 65535 };

fn string(text: &str) -> Scalar<'_> {
    Scalar::Str(Cow::Borrowed(text))
}

#[track_caller]
fn accept<'a>(format: &Format, text: &'a str) -> Accepted<'a> {
    let accepted = format.accept(Cow::Borrowed(text));
    accepted.unwrap_or_else(|Refused| panic!("{text:?} should be {}", format.describe()))
}

/// The text is accepted and printed as `printed`; a spec holds `scalar` for it, which gives the same text again.
#[track_caller]
fn check(format: Format, text: &str, printed: &str, scalar: Scalar) {
    assert_eq!(accept(&format, text).text, printed, "printing {text:?}");
    assert_eq!(accept(&format, printed).text, printed, "printing what was printed");
    assert_eq!(accept_scalar(format, string(text)).as_deref(), Ok(printed), "from a string of a spec");
    assert_eq!(format.scalar(printed), scalar, "what a spec holds for {printed:?}");
    assert_eq!(accept_scalar(format, scalar).as_deref(), Ok(printed), "from what a spec holds");
}

/// The text is accepted, printed as it is, and a string in a spec.
#[track_caller]
fn check_kept(format: Format, texts: &[&str]) {
    for text in texts {
        check(format, text, text, string(text));
    }
}

#[track_caller]
fn check_refused(format: Format, texts: &[&str]) {
    for text in texts {
        assert_eq!(format.accept(Cow::Borrowed(text)), Err(Refused), "{text:?} for {}", format.describe());
        assert_eq!(format.accept_scalar(string(text)), Err(Refused), "the string {text:?} of a spec");
    }
}

/// Accepts a scalar of a spec and returns its canonical text.
fn accept_scalar(format: Format, scalar: Scalar<'_>) -> Result<String, Refused> {
    format.accept_scalar(scalar).map(|accepted| accepted.text.into_owned())
}

#[track_caller]
fn check_scalar(format: Format, scalar: Scalar, printed: &str) {
    assert_eq!(accept_scalar(format, scalar).as_deref(), Ok(printed));
}

#[track_caller]
fn check_scalars_refused(format: Format, scalars: &[Scalar]) {
    for scalar in scalars {
        assert_eq!(
            accept_scalar(format, scalar.clone()),
            Err(Refused),
            "{scalar:?} for {}",
            format.describe()
        );
    }
}

#[track_caller]
fn check_by_schema(format: Format, text: &str, by_schema: bool) {
    assert_eq!(accept(&format, text).by_schema, by_schema, "whether the schema accepts {text:?}");
}

#[test]
fn booleans() {
    check(YesNo, "yes", "yes", Scalar::Bool(true));
    check(YesNo, "no", "no", Scalar::Bool(false));
    check_refused(YesNo, &["", "on", "off", "true", "Yes", "1"]);
    check(OnOff, "on", "on", Scalar::Bool(true));
    check(OnOff, "off", "off", Scalar::Bool(false));
    check_refused(OnOff, &["", "yes", "no", "false", "ON", "0"]);
    check_scalars_refused(YesNo, &[Scalar::Int(1), Scalar::Int(0)]);
}

#[test]
fn choices() {
    let zeroes = Choice(&["off", "on", "unmap"]);
    check_kept(zeroes, &["off", "on", "unmap"]);
    check_refused(zeroes, &["", "Off", "offon", "yes"]);
    check_scalar(zeroes, Scalar::Bool(false), "off");
    check_scalar(zeroes, Scalar::Bool(true), "on");
    let snapshot = Choice(&["no", "internal"]);
    check_scalar(snapshot, Scalar::Bool(false), "no");
    check_scalars_refused(snapshot, &[Scalar::Bool(true), Scalar::Int(0)]);
    let versions = Choice(&["host", "2", "3"]);
    check_kept(versions, &["host", "3"]);
    check_scalar(versions, Scalar::Int(2), "2");
    check_scalars_refused(versions, &[Scalar::Int(4), Scalar::Bool(true)]);
}

#[test]
fn integers() {
    check(NUMBERS, "0", "0", Scalar::Int(0));
    check(NUMBERS, "-1", "-1", Scalar::Int(-1));
    check(NUMBERS, "65535", "65535", Scalar::Int(65535));
    check(NUMBERS, "007", "7", Scalar::Int(7));
    check(NUMBERS, "-0", "0", Scalar::Int(0));
    check_refused(NUMBERS, &["", " ", "-", "-2", "65536", "+7", "0x7", "7.0", "7 7", "seven", "--1", "٧"]);
    check_refused(NUMBERS, &["1000000000000000000000000000000000000000000"]);
    check_scalars_refused(NUMBERS, &[Scalar::Int(-2), Scalar::Int(65536), Scalar::Bool(true)]);
    assert_eq!(NUMBERS, PORT_NUMBER);
}

/// Nix has 64 bits with a sign, so that what is greater goes by a string.
#[test]
fn integers_beyond_nix() {
    check(UNSIGNED_LONG, "9223372036854775807", "9223372036854775807", Scalar::Int(i64::MAX.into()));
    check(UNSIGNED_LONG, "9223372036854775808", "9223372036854775808", string("9223372036854775808"));
    check(UNSIGNED_LONG, "18446744073709551615", "18446744073709551615", string("18446744073709551615"));
    check_refused(UNSIGNED_LONG, &["18446744073709551616", "-1"]);
}

#[test]
fn numbers_printed_in_hexadecimal() {
    let slot = number(0x1f, Print::Hex(2));
    for text in ["0x1f", "0x1F", "0X1f", "31", "037", "0x01f"] {
        check(slot, text, "0x1f", Scalar::Int(31));
    }
    check(slot, "0", "0x00", Scalar::Int(0));
    check(slot, "0x0", "0x00", Scalar::Int(0));
    check_scalar(slot, Scalar::Int(31), "0x1f");
    check_refused(slot, &["", "0x", "0x20", "32", "08", "-1", "+1", "1f", "0x-1", "0x+1", "0x1g", "1.0"]);
    check_scalars_refused(slot, &[Scalar::Int(32), Scalar::Int(-1), Scalar::Bool(false)]);
    let bare = number(u64::MAX, Print::Hex(0));
    check(bare, "0xffffffffffffffff", "0xffffffffffffffff", string("0xffffffffffffffff"));
    check(bare, "0x0010", "0x10", Scalar::Int(16));
    check_refused(bare, &["0x10000000000000000"]);
}

#[test]
fn numbers_printed_in_decimal() {
    let bus = number(0xfff, Print::Decimal);
    for text in ["0x1f", "31", "037"] {
        check(bus, text, "31", Scalar::Int(31));
    }
    check(bus, "0", "0", Scalar::Int(0));
    check_refused(bus, &["0x1000", "4096", "08", "-31", "thirty"]);
}

#[test]
fn numbers_printed_as_given() {
    let given = number(0xffff, Print::AsGiven);
    check_kept(given, &["0x1F", "31", "037"]);
    check_scalar(given, Scalar::Int(31), "31");
    check_refused(given, &["0x10000", "", "x"]);
}

/// Where the schema has hexadecimal only, the parser takes the rest all the same, and a spec cannot have it.
#[test]
fn numbers_that_the_schema_has_in_hexadecimal() {
    let iobase = Format::Number { max: 0xffff, print: Print::Hex(0), notation: Notation::Hex };
    check(iobase, "0x3f8", "0x3f8", Scalar::Int(0x3f8));
    check(iobase, "1016", "0x3f8", Scalar::Int(0x3f8));
    check_by_schema(iobase, "0x3f8", true);
    check_by_schema(iobase, "1016", false);
    let from_spec = iobase.accept_scalar(Scalar::Int(1016));
    assert_eq!(from_spec.map(|accepted| accepted.by_schema), Ok(true));
}

#[test]
fn file_modes() {
    check(OCTAL, "644", "0644", string("0644"));
    check(OCTAL, "0644", "0644", string("0644"));
    check(OCTAL, "00644", "0644", string("0644"));
    check(OCTAL, "0", "0000", string("0000"));
    check(OCTAL, "17777", "17777", string("17777"));
    check_scalar(OCTAL, Scalar::Int(700), "0700");
    check_refused(OCTAL, &["", "8", "0o644", "+644", "-644", "rw", "0x1ff"]);
    check_scalars_refused(OCTAL, &[Scalar::Int(800), Scalar::Int(-7), Scalar::Bool(true)]);
}

#[test]
fn texts() {
    check_kept(Text, &["", " ", "a\nb", "yes", "7"]);
    check_scalar(Text, Scalar::Int(7), "7");
    check_scalars_refused(Text, &[Scalar::Bool(true)]);
    check_kept(Line, &["a", " ", "a b", "a\tb"]);
    check_refused(Line, &["", "a\nb", "\n"]);
    check(Empty, "", "", string(""));
    check(Empty, " \n\t", "", string(""));
    check_refused(Empty, &["a", " a "]);
}

#[test]
fn paths() {
    check_kept(Path, &["/a", "/a b/c", "a", "./a", "/", r"C:\a"]);
    check_refused(Path, &[""]);
    for (path, absolute) in [("/a", true), (r"C:\a", true), ("a", false), ("/", false), (r"C:\", false)] {
        check_by_schema(Path, path, absolute);
    }
    check_kept(AnyPath, &["/a", "a", ".", "a b"]);
    check_refused(AnyPath, &["", "a\nb"]);
    check_scalars_refused(Path, &[Scalar::Int(1), Scalar::Bool(true)]);
    check_scalars_refused(AnyPath, &[Scalar::Int(1)]);
}

#[test]
fn uuids() {
    const CANONICAL: &str = "c7a5fdbd-cdaf-9455-926a-d65c16db1809";
    for text in [CANONICAL, "C7A5FDBD-CDAF-9455-926A-D65C16DB1809", "c7a5fdbdcdaf9455926ad65c16db1809"] {
        check(Uuid, text, CANONICAL, string(CANONICAL));
        check(UUID_OR_EMPTY, text, CANONICAL, string(CANONICAL));
    }
    let wrong = [
        "c7a5fdbd-cdaf-9455-926a-d65c16db180",
        "c7a5fdbd-cdaf-9455-926a-d65c16db1809a",
        "c7a5fdbdcdaf-9455-926a-d65c16db1809",
        "c7a5fdbd-cdaf-9455-926ad-65c16db1809",
        "g7a5fdbd-cdaf-9455-926a-d65c16db1809",
        "c7a5fdbdcdaf9455926ad65c16db18091111",
        "äc7a5fdbd-cdaf-9455-926a-d65c16db18",
    ];
    check_refused(Uuid, &wrong);
    check_refused(UUID_OR_EMPTY, &wrong);
    check_refused(Uuid, &[""]);
    check(UUID_OR_EMPTY, "", "", string(""));
    check_scalars_refused(
        Uuid,
        &[Scalar::Int(12_345_678_123_412_341_234_123_456_789_012), Scalar::Bool(true)],
    );
}

#[test]
fn mac_addresses() {
    for unicast in [false, true] {
        let mac = Mac { unicast };
        check_kept(mac, &["52:54:00:12:34:56", "00:00:00:00:00:00"]);
        check_refused(
            mac,
            &["", "52:54:00:12:34", "52:54:00:12:34:5", "52-54-00-12-34-56", "52:54:00:12:34:5g"],
        );
        check_refused(mac, &["52:54:00:12:34:56:", "52:54:00:12:34:567", "5:254:00:12:34:56"]);
        check_scalars_refused(mac, &[Scalar::Int(525_400_123_456)]);
    }
    check_kept(Mac { unicast: false }, &["53:54:00:12:34:56", "ff:ff:ff:ff:ff:ff"]);
    check_refused(Mac { unicast: true }, &["53:54:00:12:34:56", "ff:ff:ff:ff:ff:ff"]);
}

#[test]
fn ip_addresses() {
    check_kept(Ipv4, &["0.0.0.0", "192.168.122.1", "255.255.255.255"]);
    check_refused(Ipv4, &["", "1.2.3", "1.2.3.256", "1.2.3.4.5", "01.2.3.4", "::1", "host"]);
    check_kept(Ipv6, &["::", "::1", "fe80::1", "2001:db8:ca2:2::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"]);
    check_refused(
        Ipv6,
        &["", ":", "1.2.3.4", "fe80::1%eth0", "1::2::3", "1:2:3:4:5:6:7", "12345::", "[::1]"],
    );
    check_kept(IP_OR_NAME, &["1.2.3.4", "::1", "a.example.com", "1.2.3.256"]);
    check_refused(IP_OR_NAME, &["", "a_b", "fe80::1%eth0"]);
}

#[test]
fn sets_of_numbers() {
    check_kept(Cpuset, &["0", "0-3", "0-1,3,8", "^1", "10-2"]);
    check(Cpuset, "0-3,^2,8", "0-1,3,8", string("0-1,3,8"));
    check(Cpuset, "23,22", "22-23", string("22-23"));
    check_refused(Cpuset, &["", ",", "0,", "0-", "-3", "0-3-5", "^", "^1-2", "0 1", "a", "0,,1", "!2"]);
    check_scalar(Cpuset, Scalar::Int(3), "3");
    check_scalars_refused(Cpuset, &[Scalar::Int(-3), Scalar::Bool(true)]);
}

#[test]
fn characters() {
    let name = Chars { what: "a name", set: "a-z_.-", min: 2, max: 4 };
    check_kept(name, &["ab", "a-.b", "__"]);
    check_refused(name, &["", "a", "abcde", "aB", "a b", "a\u{308}"]);
    check_kept(OBJECT_NAME, &["a b", "ä", "-"]);
    check_refused(OBJECT_NAME, &["", "a/b", "a\nb"]);
    let digits = Chars { what: "digits", set: "0-9", min: 1, max: 3 };
    check_kept(digits, &["007"]);
    check_scalar(digits, Scalar::Int(7), "7");
}

#[test]
fn patterns() {
    check_kept(UNIT, &["b", "bytes", "KiB", "kB", "G", "B"]);
    check_refused(UNIT, &["", "KiBi", "iB", "kilo", "K B", "bits"]);
    check_kept(VOLUME_NAME, &["a", ".a", "..a", "...", "a.qcow2"]);
    check_refused(VOLUME_NAME, &["", ".", "..", "a/b", "./a"]);
    let hex = Pattern { what: "a number", pattern: "(0x)?[0-9a-f]+", example: "0x1f" };
    check_kept(hex, &["0x1f", "1f", "31"]);
    check_scalar(hex, Scalar::Int(31), "31");
    check_refused(hex, &["", "0x", "0xG", "x1f", "1f "]);
    let endless = "1".repeat(100_000);
    check_refused(hex, &[&endless]);
}

/// The first format that accepts a value the way the schema does decides how it is printed.
#[test]
fn several_formats() {
    let timeout = AnyOf(&[Integer { min: 0, max: 60 }, Choice(&["auto", "off"])]);
    check(timeout, "07", "7", Scalar::Int(7));
    check_kept(timeout, &["auto", "off"]);
    check_scalar(timeout, Scalar::Bool(false), "off");
    check_refused(timeout, &["", "61", "on"]);
    check_scalars_refused(timeout, &[Scalar::Bool(true), Scalar::Int(61)]);

    let state = AnyOf(&[OnOff, Choice(&["auto"])]);
    check(state, "on", "on", Scalar::Bool(true));
    check_kept(state, &["auto"]);

    check_kept(PATH_OR_DEVICE, &["/dev/vda", "vda", "a b"]);
    check_by_schema(PATH_OR_DEVICE, "vda", true);
    check_by_schema(PATH_OR_DEVICE, "a b", false);
    check_kept(MEDIUM, &["/a", "[store] a", "a"]);
    check_by_schema(MEDIUM, "[store] a", true);
    check_by_schema(MEDIUM, "a", false);
    check_by_schema(MEDIUM, "", false);
}

#[test]
fn descriptions() {
    let formats = [
        (YesNo, "true or false (yes or no)"),
        (OnOff, "true or false (on or off)"),
        (Choice(&["pci"]), "`pci`"),
        (Choice(&["rom", "pflash"]), "one of `rom`, `pflash`"),
        (NUMBERS, "an integer from -1 to 65535"),
        (UNSIGNED_LONG, "an integer of at least 0"),
        (number(31, Print::Hex(2)), "an integer from 0 to 31 (or a string like \"0x1f\")"),
        (OCTAL, "a file mode in octal digits, e.g. \"0644\""),
        (Path, "an absolute path"),
        (AnyPath, "a path"),
        (Cpuset, "a set of numbers, e.g. \"0-3,^2,8\""),
        (IP_OR_NAME, "an IPv4 address, or an IPv6 address, or a DNS name"),
        (UNIT, "a unit such as `b`, `KiB`, `MB` or `G`, e.g. \"MiB\""),
    ];
    for (format, description) in formats {
        assert_eq!(format.describe(), description);
    }
}

#[test]
fn words() {
    assert_eq!(YesNo.words(), ["yes", "no"]);
    assert_eq!(OnOff.words(), ["on", "off"]);
    assert_eq!(AnyOf(&[Choice(&["a", "b"]), NUMBERS, OnOff]).words(), ["a", "b", "on", "off"]);
    assert!(Text.words().is_empty());
}

/// Every word that a format lists is one that it accepts, as are the words that booleans stand for.
#[test]
fn words_are_accepted() {
    for format in [YesNo, OnOff, Choice(&["off", "on", "unmap"]), AnyOf(&[YesNo, Choice(&["auto"])])] {
        let booleans = [true, false].map(|value| format.word_for(value));
        for word in format.words().into_iter().chain(booleans.into_iter().flatten()) {
            assert_eq!(accept(&format, word).text, word);
        }
    }
}

#[test]
fn a_part_of_a_format_may_have_come_later() {
    const FORMAT: Format =
        AnyOf(&[Path, since("12.3.0", &Choice(&["*"])), since("11.5.0", &Choice(&["new", "newer"]))]);
    let introduced = |text: &str| {
        FORMAT
            .accept(text.into())
            .expect("it should fit")
            .versions
            .introduced()
            .map(|version| version.to_string())
    };
    assert_eq!(introduced("/a"), None);
    // A path to libvirt's parser, and to its schema nothing before 12.3.
    assert_eq!(introduced("*").as_deref(), Some("12.3.0"));
    assert_eq!(FORMAT.words(), ["*", "new", "newer"]);
    let version = |text| Version::parse(text).expect("a version");
    assert_eq!(FORMAT.describe_for(version("11.0.0")), "an absolute path");
    assert_eq!(FORMAT.describe_for(version("11.5.0")), "an absolute path, or one of `new`, `newer`");
    assert_eq!(
        FORMAT.describe(),
        "an absolute path, or one of `*` (since libvirt 12.3.0), `new` (since libvirt 11.5.0), `newer` (since libvirt 11.5.0)"
    );
}
