//! The language server in libvirt's XML: completion and hovers.

use nixvirt_tests::command::Dir;
use nixvirt_tests::editor::{Editor, Marked, XML, labels, start};
use serde_json::json;

/// A domain with these devices.
fn domain(devices: &str) -> String {
    format!("<domain type='kvm'>\n  <name>vm</name>\n  <devices>\n    {devices}\n  </devices>\n</domain>\n")
}

#[test]
fn elements_attributes_and_words() {
    let (_dir, mut editor) = start();
    for (text, wanted, unwanted) in [
        (domain("<|"), &["disk", "interface", "controller"][..], &["vcpu", "type"][..]),
        (domain("<di|"), &["disk"], &["vcpu"]),
        (domain("|"), &["disk", "interface"], &["vcpu"]),
        (domain("<disk |/>"), &["type", "device"], &["source", "driver"]),
        (domain("<disk type='file' de|"), &["device"], &["type"]),
        (domain("<disk type='block'><source |/></disk>"), &["dev"], &["file", "pool"]),
        (domain("<disk type='file'>\n<source |\n<target dev='vda'/></disk>"), &["file"], &["dev"]),
        (
            domain("<disk type='file'><| <target dev='vda'/></disk>"),
            &["source", "driver"],
            &["target", "disk"],
        ),
        (domain("<disk type='|'/>"), &["file", "block", "volume"], &["disk"]),
        (domain("<disk><driver cache='wri|te'/></disk>"), &["writeback", "none"], &["qcow2"]),
        ("<domain><on_reboot>|</on_reboot></domain>".to_owned(), &["restart", "destroy"], &["name"]),
        ("<domain><on_reboot>res|tart</on_reboot></domain>".to_owned(), &["restart"], &["<name"]),
        ("<domain><features><acpi/><|</features></domain>".to_owned(), &["apic", "hyperv"], &["acpi"]),
        ("<network><name>lan</name><forward mode=\"|\"/></network>".to_owned(), &["nat", "route"], &["file"]),
        ("<pool type='dir'><|</pool>".to_owned(), &["target", "name"], &["devices"]),
        ("<domain type='kvm'><devices></|".to_owned(), &["devices"], &["disk"]),
        ("<|".to_owned(), &["domain", "network", "pool"], &["project"]),
        ("<project><|</project>".to_owned(), &[], &["domain", "name"]),
        ("<domain><!-- <| --></domain>".to_owned(), &[], &["name"]),
    ] {
        let items = editor.offered("x.xml", &text);
        let labels = labels(&items);
        wanted.iter().for_each(|label| assert!(labels.contains(label), "{label} in {text}: {labels:?}"));
        unwanted.iter().for_each(|label| assert!(!labels.contains(label), "{label} in {text}: {labels:?}"));
    }
    for (text, label, taken) in [
        ("<|", "emulator", "<emulator>$1</emulator>"),
        ("<|", "disk", "<disk>\n  $1\n</disk>"),
        ("<disk type='file' |/>", "device", "device='${1|floppy,disk,cdrom|}'"),
        ("<disk type='f|'/>", "file", "<disk type='file'/>"),
        ("<disk><driver ca|='none'/></disk>", "cache", "<driver cache='none'/>"),
        ("<disk></|", "disk", "<disk></disk"),
    ] {
        let result = editor.taken("x.xml", &domain(text), label);
        assert!(result.contains(taken), "{result}");
    }
    let dir = Dir::new();
    let mut plain = Editor::start(&dir, json!({}));
    assert!(plain.taken("x.xml", &domain("<|"), "disk").contains("<disk\n"), "no places to fill in");
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn what_stands_there_is_shown() {
    let (_dir, mut editor) = start();
    for (text, wanted) in [
        (
            domain("<di|sk type='file'/>"),
            &["domain/devices/disk", "hard drive", "Attributes: ", "Elements: "][..],
        ),
        (
            domain("<disk><driver ca|che='none'/></disk>"),
            &["disk/driver/@cache", "writeback", "libvirt's page"],
        ),
        (domain("<disk><driver cache='no|ne'/></disk>"), &["disk/driver/@cache"]),
        ("<domain><on_reboot>res|tart</on_reboot></domain>".to_owned(), &["domain/on_reboot", "restart"]),
        ("<dom|ain/>".to_owned(), &["domain", "https://libvirt.org/"]),
    ] {
        let Marked { text, offset } = Marked::new(&text);
        let uri = editor.open("x.xml", &text);
        let shown = editor.hover(&uri, offset).unwrap_or_else(|| panic!("{text}"));
        wanted.iter().for_each(|part| assert!(shown.contains(part), "{part}: {shown}"));
    }
    for text in ["<pro|ject/>", "<domain><no|ne/></domain>", "<domain>| </domain>"] {
        let Marked { text, offset } = Marked::new(text);
        let uri = editor.open("x.xml", &text);
        assert_eq!(editor.hover(&uri, offset), None, "{text}");
    }
    assert_eq!(editor.finish(), Some(0));
}

/// Wherever the cursor is in XML that is being typed, there is an answer.
#[test]
fn every_step_of_typing_is_answered() {
    let (_dir, mut editor) = start();
    let text = format!("<?xml version='1.0'?>\n<!-- 😀 --><x:y a=\"<\" b c='\n>{}<![CDATA[ ]]", XML);
    let uri = editor.open("x.xml", "");
    for (offset, character) in text.char_indices() {
        editor.edit(&uri, offset..offset, &character.to_string());
        let end = offset + character.len_utf8();
        let _ = editor.complete(&uri, end);
        let _ = editor.hover(&uri, end);
    }
    let Marked { text, offset } = Marked::new(&domain("<di|"));
    let uri = editor.open("y.xml", &text);
    assert!(labels(&editor.complete(&uri, offset)).contains(&"disk"), "the server still knows its job");
    assert_eq!(editor.finish(), Some(0));
}
