//! The kinds of object: what is derived of their table, and the kinds that are described but not declared.

use std::fmt::Write as _;
use std::{env, fs};

use nixvirt_compiler::bundle_format::{BundleKey, HOST, SWITCH, ValueFormat, WARNINGS, entry_keys, listed};
use nixvirt_compiler::index::MARK;
use nixvirt_compiler::{NAMESPACE, nix, parse_json};
use nixvirt_schema::{KINDS, OTHER_KINDS};
use nixvirt_tests::command::Dir;
use nixvirt_tests::place;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Nix knows of the kinds what the tables say. `NIXVIRT_UPDATE=1` writes the file.
#[test]
fn nix_knows_the_kinds_of_the_tables() {
    let mut expected = String::from(
        "# The kinds of objects of a host: the lists of a bundle, and what one object of each is called.\n\
         # Generated from schema/src/kind.rs; `NIXVIRT_UPDATE=1 cargo test -p nixvirt-tests --test kinds` writes it.\n{\n",
    );
    for kind in KINDS {
        let _ = writeln!(expected, "  {} = \"{}\";", kind.plural, kind.name);
    }
    expected.push_str("}\n");
    holds("lib-nix/kinds.nix", &expected);
}

/// The modules' options are what the tables say of a bundle. `NIXVIRT_UPDATE=1` writes the file.
#[test]
fn nix_knows_the_keys_of_a_bundle() {
    let entries = KINDS.iter().map(|kind| {
        let keys: Vec<(&BundleKey, String)> =
            entry_keys(kind).map(|key| (key, key.doc.replace("{kind}", kind.name))).collect();
        (kind.name.to_owned(), keys_of(&keys, kind.name))
    });
    let host: Vec<(&BundleKey, String)> = HOST
        .iter()
        .filter(|key| key.name != WARNINGS && key.name != MARK && key.name != "unset")
        .map(|key| (key, key.doc.to_owned()))
        .collect();
    let mut host = keys_of(&host, "");
    for kind in listed() {
        let doc = format!("The {} of libvirt.", kind.plural);
        host[kind.plural] = json!({ "type": "entries", "kind": kind.name, "doc": doc });
    }
    let tables = json!({ "entries": entries.collect::<Map<_, _>>(), "host": host }).to_string();
    let tables = parse_json(tables.as_bytes()).expect("it is JSON");
    let expected = format!(
        "# The keys of a bundle: those of the host, and those of an entry of each kind.\n\
         # Generated from compiler/src/bundle/format/keys.rs; `NIXVIRT_UPDATE=1 cargo test -p nixvirt-tests --test kinds` \
         writes it.\n{}",
        nix::print(&tables.value).text
    );
    holds("lib-nix/keys.nix", &expected);
}

/// Keys as Nix has them.
fn keys_of(keys: &[(&BundleKey, String)], kind: &str) -> Value {
    keys.iter().map(|(key, doc)| (key.name.to_owned(), key_of(key, doc, kind))).collect::<Map<_, _>>().into()
}

fn key_of(key: &BundleKey, doc: &str, kind: &str) -> Value {
    let mut described = match &key.format {
        ValueFormat::Bool => json!({ "type": "bool" }),
        ValueFormat::Text | ValueFormat::Name(_) => json!({ "type": "text" }),
        ValueFormat::File => json!({ "type": "file" }),
        ValueFormat::HostFile => json!({ "type": "hostFile" }),
        ValueFormat::Hook => json!({ "type": "hook" }),
        ValueFormat::AddressOf(_) => json!({ "type": "addresses" }),
        ValueFormat::Seconds => json!({ "type": "seconds" }),
        ValueFormat::Word(words) => json!({ "type": "word", "words": words }),
        ValueFormat::Switch => json!({ "type": "switch", "words": SWITCH }),
        ValueFormat::Set(keys) => {
            let keys: Vec<(&BundleKey, String)> =
                keys.iter().map(|key| (key, key.doc.replace("{kind}", kind))).collect();
            json!({ "type": "set", "keys": keys_of(&keys, kind) })
        }
        ValueFormat::Entries(kind) => json!({ "type": "entries", "kind": kind }),
        ValueFormat::Yaml => json!({ "type": "yaml" }),
        ValueFormat::Files => json!({ "type": "files" }),
        ValueFormat::Named(keys) => {
            let keys: Vec<(&BundleKey, String)> =
                keys.iter().map(|key| (key, key.doc.replace("{kind}", kind))).collect();
            json!({ "type": "named", "keys": keys_of(&keys, kind) })
        }
        ValueFormat::Object => json!({ "type": "object" }),
        ValueFormat::Own => json!({ "type": "own" }),
        ValueFormat::Sets(_) => unreachable!("no option is a list of sets"),
    };
    described["doc"] = doc.into();
    if let Some(default) = key.default {
        described["default"] = serde_json::from_str(default).expect("a default is JSON");
    }
    described
}

/// Holds a generated file against what it should be.
fn holds(file: &str, expected: &str) {
    let file = place::root().join(file);
    if env::var_os("NIXVIRT_UPDATE").is_some() {
        fs::write(&file, expected).expect("the file should be writable");
    }
    assert_eq!(fs::read_to_string(&file).expect("the file should be readable"), expected);
}

const MDEV: &str = "<device>\n  <name>mdev_d2441d39_495e_4243_ad9f_beb3f14c23d9</name>\n  \
    <parent>pci_0000_00_02_0</parent>\n  <capability type='mdev'>\n    <type id='i915-GVTg_V5_8'/>\n    \
    <uuid>d2441d39-495e-4243-ad9f-beb3f14c23d9</uuid>\n  </capability>\n</device>\n";

/// A vGPU is written as a spec and comes back from XML; `explain` knows it, and what is wrong with it is said.
#[test]
fn a_mediated_device_can_be_written() {
    let dir = Dir::new();
    dir.write("mdev.xml", MDEV);
    dir.run(["check", "mdev.xml"]).succeeds().finds_nothing();
    dir.run(["fmt", "mdev.xml"]).succeeds().prints(MDEV);
    dir.run(["import", "--to", "json", "-o", "mdev.json", "mdev.xml"]).succeeds();
    dir.run(["mdev.json"]).succeeds().prints(MDEV);
    dir.run(["explain", "--kind", "nodedev", "capability"]).succeeds();
    dir.write("mdev.xml", MDEV.replace("<type id", "<typ id"));
    dir.run(["check", "mdev.xml"]).fails(1).says("did you mean `type`?").says("`capability` needs `type`");
}

/// A mediated device is declared like everything else: its UUID follows from its name, a machine names it by that, and one of
/// a bundle that is no mediated device is refused.
#[test]
fn a_mediated_device_can_be_declared() {
    let dir = Dir::new();
    let device = |name: &str, id: &str| {
        json!({ "spec": { "name": name, "parent": { "name": "pci_0000_00_02_0" },
            "capability": { "type": ["mdev", { "id": id }] } }, "active": true, "autostart": true })
    };
    let uuid = Uuid::new_v5(&NAMESPACE, b"nodedev/vgpu").to_string();
    let machine = |uuid: &str| {
        json!({ "active": true, "spec": { "name": "vm", "type": "kvm", "memory": 65536,
            "os": { "type": "hvm", "arch": "x86_64", "machine": "q35" },
            "devices": { "hostdev": { "mode": "subsystem", "type": "mdev", "model": "vfio-pci",
                "source": { "address": { "uuid": uuid } } } } } })
    };
    dir.write(
        "host.json",
        json!({ "nodedevs": [device("vgpu", "a")], "domains": [machine(&uuid)] }).to_string(),
    );
    dir.run(["-o", "out", "host.json"]).succeeds().finds_nothing();
    let xml =
        fs::read_dir(dir.path().join("out/nodedevs")).expect("a folder").flatten().next().expect("a device");
    let xml = fs::read_to_string(xml.path()).expect("XML");
    assert!(xml.contains(&format!("<uuid>{uuid}</uuid>")), "{xml}");

    let two = json!([device("vgpu", "a"), device("vgpu", "b")]);
    dir.write("host.json", json!({ "nodedevs": two }).to_string());
    dir.run(["check", "host.json"]).fails(1).says("stands twice");

    let unknown = json!({ "nodedevs": [device("vgpu", "a")], "external": { "nodedevs": [] },
        "domains": [machine("d2441d39-495e-4243-ad9f-beb3f14c23d9")] });
    dir.write("host.json", unknown.to_string());
    dir.run(["check", "host.json"]).fails(1).says("unknown-reference");

    let usb = json!({ "type": "usb", "number": 0, "class": 9, "subclass": 0, "protocol": 0 });
    let found = json!({ "spec": { "name": "hub", "parent": { "name": "usb_usb1" }, "capability": usb } });
    dir.write("host.json", json!({ "nodedevs": [found] }).to_string());
    dir.run(["check", "host.json"]).fails(1).says("node-device-not-mediated");
}

/// An object within another one has what it would have by itself: its UUID, its MAC addresses, and the warnings about secrets.
#[test]
fn the_domain_of_a_snapshot_is_a_domain() {
    let dir = Dir::new();
    let spec = json!({ "kind": "domainsnapshot", "name": "before", "domain": {
        "name": "vm", "type": "kvm", "memory": 65536, "os": { "type": "hvm", "arch": "x86_64", "machine": "q35" },
        "devices": { "interface": { "type": "network", "source": { "network": "lan" } },
            "graphics": { "type": "vnc", "passwd": "secret" } } } });
    dir.write("snapshot.json", spec.to_string());
    let uuid = Uuid::new_v5(&NAMESPACE, b"domain/vm").to_string();
    let done = dir.run(["snapshot.json"]).succeeds().says("plain-secret");
    done.mentions(&uuid).mentions("<mac address='52:54:00:");
}

/// Objects that libvirt makes by itself are checked, but nothing declares them.
#[test]
fn what_is_only_described_is_in_no_bundle() {
    let dir = Dir::new();
    for kind in OTHER_KINDS {
        let mut bundle = json!({ "domains": [] });
        bundle[kind.plural] = json!([]);
        dir.write("bundle.json", bundle.to_string());
        dir.run(["check", "bundle.json"]).fails(1).says(&format!("`{}`", kind.plural));
    }
}

/// Others use such roots, too: their XML is not libvirt's.
#[test]
fn a_root_that_others_use_does_not_make_xml_libvirts() {
    let dir = Dir::new();
    dir.write(
        "window.xml",
        "<interface><object class='GtkWindow'><child type='titlebar'/></object></interface>",
    );
    dir.write("sensor.xml", "<device><name>sensor</name><register offset='0'/></device>");
    dir.run(["check", "--skip-foreign", "window.xml", "sensor.xml"]).succeeds().finds_nothing();
    dir.write("mdev.xml", MDEV.replace("<type id", "<typ id"));
    dir.run(["check", "--skip-foreign", "mdev.xml"]).fails(1);
}
