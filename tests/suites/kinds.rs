//! The kinds of object: what is derived of their table, and the kinds that are described but not declared.

use std::fmt::Write as _;
use std::{env, fs};

use nixvirt_schema::{KINDS, OTHER_KINDS};
use nixvirt_tests::command::Dir;
use nixvirt_tests::place;
use serde_json::json;

/// What Nix knows of the kinds is what the tables say. `NIXVIRT_UPDATE=1` writes the file.
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
    let file = place::root().join("lib-nix/kinds.nix");
    if env::var_os("NIXVIRT_UPDATE").is_some() {
        fs::write(&file, &expected).expect("the file should be writable");
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

/// What libvirt makes by itself is checked, but nothing declares it.
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
