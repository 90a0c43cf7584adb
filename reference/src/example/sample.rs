//! Values for examples: of each format, some that it accepts, the most telling first.

use std::borrow::Cow;

use nixvirt_schema::{Attribute, Format, Reference, Text};

/// Texts to try where a format describes its values and lists none.
const TEXTS: &[&str] = &[
    "example",
    "vda",
    "eth0",
    "web",
    "1",
    "0",
    "2",
    "10",
    "0x01",
    "0x1",
    "0x0001",
    "0x8086",
    "00",
    "01",
    "0000",
    "1.0",
    "1G",
    "192.168.122.10",
    "192.168.122.0/24",
    "fd00::10",
    "52:54:00:12:34:56",
    "/var/lib/example",
    "0-3",
    "0644",
    "100-200",
    "ff:ff",
    "host.example.org",
    "http://example.org/",
    "uuid",
    "A",
    "a",
    "n1",
    "0000:00:00.0",
    "00000000-0000-0000-0000-000000000000",
    "2024-01-31",
    "01/31/2024",
    "iqn.2024-01.org.example:disk",
    "5001405de8d45f1b",
    "eui.0025385b71b2a7e1",
];

/// Values of an attribute.
pub(super) fn of_attribute(attribute: &'static Attribute) -> Vec<String> {
    if let Some(Reference { kind, .. }) = attribute.refers_to
        && attribute.format.accept(Cow::Borrowed("default")).is_ok()
        && matches!(kind, "network" | "pool")
    {
        return vec!["default".to_owned()];
    }
    let mut values = of_format(&attribute.format);
    // What libvirt takes anyway shows nothing.
    values.sort_by_key(|value| attribute.default.is_some_and(|default| default.value == value));
    values
}

/// Values of a text.
pub(super) fn of_text(text: &Text) -> Vec<String> {
    of_format(&text.format)
}

/// Values that a format accepts and libvirt's schema does, too.
pub(super) fn of_format(format: &Format) -> Vec<String> {
    let mut values = Vec::new();
    gather(format, &mut values);
    let mut seen: Vec<String> = Vec::new();
    values.retain(|value| {
        let good = format.accept(Cow::Borrowed(value)).is_ok_and(|accepted| accepted.by_schema);
        let new = !seen.contains(value);
        seen.push(value.clone());
        good && new
    });
    // A word that asks for the usual says less than one that asks for something.
    values.sort_by_key(|value| matches!(value.as_str(), "default" | "no" | "off" | "none" | "optional"));
    values
}

fn gather(format: &Format, values: &mut Vec<String>) {
    let mut add = |some: &[&str]| values.extend(some.iter().map(|value| (*value).to_owned()));
    match *format {
        Format::YesNo => add(&["yes", "no"]),
        Format::OnOff => add(&["on", "off"]),
        Format::Choice(words) => add(words),
        Format::Integer { min, max } => {
            let numbers = [2, 1, 0, 4, 16, 64, 512, 1024, 4096, min, max];
            values.extend(numbers.iter().filter(|number| (min..=max).contains(*number)).map(i128::to_string));
        }
        Format::Path | Format::AnyPath => add(&["/var/lib/example", "/dev/example"]),
        Format::Uuid => add(&["c7a5fdbd-cdaf-4455-926a-d65c16db1809"]),
        Format::Mac { .. } => add(&["52:54:00:12:34:56"]),
        Format::Ipv4 => add(&["192.168.122.10"]),
        Format::Ipv6 => add(&["fd00::10"]),
        Format::Cpuset => add(&["0-3", "0"]),
        Format::Pattern { example, .. } => add(&[example]),
        Format::AnyOf(formats) => formats.iter().for_each(|format| gather(format, values)),
        Format::ByParser(format) | Format::Spelt { format, .. } | Format::Dated { format, .. } => {
            gather(format, values);
        }
        Format::Text | Format::Line => add(&["example"]),
        Format::Empty | Format::Number { .. } | Format::Octal { .. } | Format::Chars { .. } => add(TEXTS),
    }
    if matches!(format, Format::Pattern { .. }) {
        values.extend(TEXTS.iter().map(|value| (*value).to_owned()));
    }
}
