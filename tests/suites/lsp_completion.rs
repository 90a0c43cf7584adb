//! Completion by the language server in each of the places where a spec may stand; an accepted item must make sense there.

use async_lsp::lsp_types::{CompletionItem, Documentation, InsertTextFormat};
use nixvirt_tests::command::Dir;
use nixvirt_tests::editor::{Editor, Marked, labels, start};
use serde_json::json;

/// A call of the lib.
fn written(spec: &str) -> String {
    format!("{{ inputs, lib, ... }}:\n{{ a = inputs.nixvirt.lib.domain.writeXML {spec}; }}\n")
}

#[track_caller]
fn has(items: &[CompletionItem], wanted: &[&str], unwanted: &[&str]) {
    let labels = labels(items);
    for label in wanted {
        assert!(labels.contains(label), "{label} should be offered: {labels:?}");
    }
    for label in unwanted {
        assert!(!labels.contains(label), "{label} should not be offered: {labels:?}");
    }
}

#[test]
fn keys_wherever_a_spec_stands() {
    let (_dir, mut editor) = start();
    let disk = ["driver", "source", "target"];
    let options = |rest: &str| {
        format!("{{ virtualisation.libvirt.connections.\"qemu:///system\".domains.web = {{ {rest} }}; }}")
    };
    for text in [
        written("{ devices.disk = { | }; }"),
        written("{ devices = { disk = [ { type = \"file\"; } { dr| } ]; }; }"),
        written("{ devices.disk.dri| }"),
        written("{ devices.disk.| }"),
        written("({ name = \"x\"; } // { devices.disk = { | }; })"),
        written("{ devices.disk = map (device: { inherit device; | }) [ \"disk\" ]; }"),
        written("(lib.recursiveUpdate { name = \"x\"; } { devices = { disk = { | }; }; })"),
        options("spec = { devices.disk = { | }; };"),
        options("spec.devices.disk = lib.mkIf true { | };"),
        // A binding that ends in a spec.
        "{ nixvirt }: let disk = { | }; in nixvirt.domain.writeXML { devices = { inherit disk; }; }".to_owned(),
        // The body of a function that nobody calls, and of one that is called.
        "{ nixvirt }: { make = name: nixvirt.domain.writeXML { inherit name; devices.disk = { | }; }; }".to_owned(),
        "{ nixvirt }: let make = name: { inherit name; devices.disk = { | }; }; in nixvirt.domain.getXML (make \"x\")"
            .to_owned(),
        // In one branch of a condition that cannot be known.
        "{ nixvirt, config }: nixvirt.domain.writeXML (if config.big then { devices.disk = { | }; } else { })"
            .to_owned(),
        // By the names alone.
        "{ x }: name: { type = \"kvm\"; inherit name; memory = 1; devices.disk = { | }; }".to_owned(),
        "let disk = { | }; in disk".to_owned(),
        // What does not parse.
        written("{ devices = { disk = { dr|"),
        "{ nixvirt }: { a = nixvirt.domain.writeXML { devices.disk = { dr|".to_owned(),
        written("{ devices.disk = { boot = ; so| }; }"),
        written("{ devices.disk = { device = \"disk\"\n so|\n boot.order = 1; }; }"),
        written("{ name = \n memory = { count = 1 }\n devices.disk = { so| }; }"),
    ] {
        let items = editor.offered("x.nix", &text);
        assert!(labels(&items).contains(&"source"), "a disk's keys in {text}");
        has(&items, &disk[1..], &["memory", "name"]);
    }
    for text in ["{ pkgs }: { environment.| }", "{ a = { | }; }", "{ pkgs }: pkgs.mkShell { | }", "{ | }"] {
        has(&editor.offered("x.nix", text), &[], &["driver", "devices", "type"]);
    }
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn keys_that_may_stand_there() {
    let (_dir, mut editor) = start();
    // Guards: what the rest of the spec rules out is not offered.
    let block = written("{ devices.disk = { type = \"block\"; source = { | }; }; }");
    has(&editor.offered("x.nix", &block), &["dev"], &["file", "volume"]);
    let file = written("{ devices.disk = { source = { | }; type = \"file\"; }; }");
    has(&editor.offered("x.nix", &file), &["file"], &["dev", "pool"]);
    // What is there already is not; what stands in another set of a `//` may be written over.
    let there = written("{ devices.disk = { type = \"file\"; driver.name = \"qemu\"; | }; }");
    has(&editor.offered("x.nix", &there), &["source", "device"], &["type", "driver"]);
    let dotted = written("{ devices.disk.driver.name = \"qemu\"; devices.disk.driver.| }");
    has(&editor.offered("x.nix", &dotted), &["type", "cache"], &["name"]);
    let over = "{ nixvirt }: let base = { name = \"x\"; type = \"kvm\"; }; in nixvirt.domain.writeXML (base // { | })";
    has(&editor.offered("x.nix", over), &["name", "type", "devices"], &[]);
    // What must be there comes first.
    let items = editor.offered("x.nix", &written("{ devices.interface = { | }; }"));
    let first = items.iter().min_by_key(|item| item.sort_text.clone()).expect("items");
    assert_eq!(first.label, "type");
    // Other kinds have other keys.
    let network = "{ nixvirt }: nixvirt.network.writeXML { name = \"lan\"; | }";
    has(&editor.offered("x.nix", network), &["bridge", "forward", "ip"], &["devices", "memory"]);
    let volume = "{ virtualisation.libvirt.connections.x.pools.p = { volumes.v.spec = { | }; }; }";
    has(&editor.offered("x.nix", volume), &["capacity", "target"], &["devices"]);
}

#[test]
fn snippets_only_for_those_who_take_them() {
    let (_dir, mut editor) = start();
    for (label, written) in [
        (
            "cache",
            "cache = ${1|\"default\",\"none\",\"writeback\",\"writethrough\",\"directsync\",\"unsafe\"|};",
        ),
        ("ats", "ats = ${1|true,false|};"),
        ("queues", "queues = $1;"),
        ("metadata_cache", "metadata_cache = { $1 };"),
    ] {
        let text = self::written("{ devices.disk.driver = { | }; }");
        let expected = text.replace('|', written);
        assert_eq!(editor.taken("x.nix", &text, label), expected);
    }
    let disk = written("{ devices = { | }; }");
    assert_eq!(editor.taken("x.nix", &disk, "disk"), disk.replace('|', "disk = [ { $1 } ];"));
    // Where a value is there, only the name is written.
    let there = written("{ devices = { disk = { dr|vier.name = \"qemu\"; }; }; }");
    assert_eq!(editor.taken("x.nix", &there, "driver"), there.replace("dr|vier", "driver"));
    // A name that is none in Nix is quoted, and one in quotes stays there.
    let quoted = "{ nixvirt }: nixvirt.network.writeXML { \"dns|\" }";
    assert!(editor.taken("x.nix", quoted, "dnsmasq-options").contains("{ \"dnsmasq-options\" }"));

    let dir = Dir::new();
    let mut plain = Editor::start(&dir, json!({}));
    let items = plain.offered("x.nix", &written("{ devices.disk.driver = { | }; }"));
    for item in &items {
        assert_eq!(item.insert_text_format, Some(InsertTextFormat::PLAIN_TEXT), "{item:?}");
        assert!(matches!(&item.documentation, Some(Documentation::String(_))), "{item:?}");
    }
    let text = written("{ devices.disk.driver = { ca| }; }");
    assert_eq!(plain.taken("x.nix", &text, "cache"), text.replace("ca|", "cache"));
}

#[test]
fn words_of_the_format() {
    let (_dir, mut editor) = start();
    for (text, word, result) in [
        (written("{ devices.disk.driver.cache = |; }"), "none", "cache = \"none\";"),
        (written("{ devices.disk.driver.cache = \"|\"; }"), "none", "cache = \"none\";"),
        (written("{ devices.disk.driver.cache = \"wri|te\"; }"), "unsafe", "cache = \"unsafe\";"),
        (written("{ devices.disk.driver.cache = wr|; }"), "writeback", "cache = \"writeback\";"),
        (written("{ devices.disk.readonly = |; }"), "true", "readonly = true;"),
        (written("{ on_reboot = \"|\"; }"), "restart", "on_reboot = \"restart\";"),
        (written("{ os.arch = \"|\"; }"), "x86_64", "arch = \"x86_64\";"),
        // The semicolon may be missing, and the quote.
        (written("{ devices.disk = { device = |\n type = \"file\"; }; }"), "cdrom", "device = \"cdrom\"\n"),
        (written("{ devices.disk = { device = \"|\n type = \"file\"; }; }"), "cdrom", "device = \"cdrom\n"),
        // A word that is somewhere else.
        (
            "{ nixvirt }: let mode = \"|\"; in nixvirt.domain.writeXML { devices.disk.driver.cache = mode; }"
                .to_owned(),
            "none",
            "let mode = \"none\";",
        ),
    ] {
        let taken = editor.taken("x.nix", &text, word);
        assert!(taken.contains(result), "{taken}");
    }
    // What the rest says decides what the words are.
    let model = written("{ devices.controller = { type = \"scsi\"; model = \"|\"; }; }");
    has(&editor.offered("x.nix", &model), &["virtio-scsi"], &["qemu-xhci"]);
}

#[test]
fn templates_and_their_arguments() {
    let (_dir, mut editor) = start();
    let call = |arguments: &str| {
        format!("{{ nixvirt }}: nixvirt.domain.writeXML (nixvirt.domain.templates.linux {{ {arguments} }})")
    };
    let items = editor.offered("x.nix", &call("name = \"x\"; |"));
    // Its own arguments, and whatever a spec may have.
    has(
        &items,
        &["memory", "storage_vol", "arch", "title", "devices"],
        &["name", "subnet_byte", "nvram_path"],
    );
    let memory = items.iter().find(|item| item.label == "memory").expect("an argument");
    assert!(memory.detail.as_deref().is_some_and(|it| it.contains("count = 4")), "{memory:?}");
    let Some(Documentation::MarkupContent(doc)) = &memory.documentation else { panic!("{memory:?}") };
    assert!(doc.value.contains("amount"), "{doc:?}");
    assert_eq!(items.iter().filter(|item| item.label == "memory").count(), 1);
    // Below an argument, the spec that becomes of it.
    has(
        &editor.offered("x.nix", &call("name = \"x\"; memory = { | };")),
        &["count", "unit"],
        &["storage_vol"],
    );
    // A call whose result is not written, and the options of the module.
    let alone = "{ nixvirt }: let base = nixvirt.domain.templates.windows { nv| }; in base.devices";
    has(&editor.offered("x.nix", alone), &["nvram_path", "install_virtio"], &[]);
    let option =
        |rest: &str| format!("{{ virtualisation.libvirt.connections.x.networks.lan = {{ {rest} }}; }}");
    has(
        &editor.offered("x.nix", &option("template = \"bridge\"; args = { | };")),
        &["subnet_byte", "dhcp_hosts", "ip"],
        &["storage_vol", "devices"],
    );
    // Names.
    has(&editor.offered("x.nix", &option("template = \"|\";")), &["bridge"], &["linux"]);
    has(
        &editor.offered("x.nix", "{ lib }: lib.domain.templates.|"),
        &["linux", "nixos", "windows", "pc", "q35"],
        &["bridge"],
    );
    let taken = editor.taken("x.nix", &option("template = |;"), "bridge");
    assert!(taken.contains("template = \"bridge\";"), "{taken}");
    let taken = editor.taken("x.nix", "{ lib }: lib.domain.templates.wi| { }", "windows");
    assert!(taken.ends_with("templates.windows { }"), "{taken}");
}

#[test]
fn specs_in_json() {
    let (_dir, mut editor) = start();
    let spec = |rest: &str| format!("{{ \"name\": \"x\", \"memory\": 1, \"devices\": {rest} }}");
    let keys =
        editor.offered("x.json", &spec("{ \"disk\": [ { \"type\": \"block\", \"source\": { | } } ] }"));
    has(&keys, &["dev"], &["file"]);
    let text = spec("{ \"disk\": [ { \"type\": \"block\", \"| } ] }");
    assert!(editor.taken("x.json", &text, "driver").contains("\"driver"), "a key in quotes");
    let text = spec("{ \"disk\": [ { \"type\": \"|\" } ] }");
    assert_eq!(editor.taken("x.json", &text, "volume"), text.replace('|', "volume"));
    let text = spec("{ \"disk\": { \"readonly\": | } }");
    assert_eq!(editor.taken("x.json", &text, "true"), text.replace('|', "true"));
    has(
        &editor.offered("x.json", "{ \"networks\": [ { \"spec\": { \"name\": \"lan\", | } } ] }"),
        &["bridge"],
        &["devices"],
    );
    has(
        &editor.offered("x.json", "{ \"domains\": [], | }"),
        &["prune", "shutdown", "networks"],
        &["domains", "os"],
    );
    let entry = |inner: &str| format!("{{ \"domains\": [ {{ \"definition\": \"/x.xml\", {inner} }} ] }}");
    has(
        &editor.offered("x.json", &entry("|")),
        &["active", "hooks", "restart"],
        &["definition", "build", "os"],
    );
    let offered = editor.offered("x.json", &entry("|"));
    let active = offered.iter().find(|item| item.label == "active").expect("a key of the entry");
    let doc = format!("{:?}", active.documentation);
    assert!(doc.contains("Whether the domain is to be active"), "{doc}");
    has(&editor.offered("x.json", &entry("\"restart\": \"|\"")), &["always", "never"], &["true"]);
    has(&editor.offered("x.json", &entry("\"hooks\": { | }")), &["started"], &["updated"]);
    let names = editor.offered("x.json", "{ \"template\": \"|\" }");
    has(&names, &["linux", "bridge"], &[]);
    let names = editor.offered("x.json", "{ \"networks\": [ { \"template\": \"|\" } ] }");
    has(&names, &["bridge"], &["linux"]);
    let other = "{ \"name\": \"x\", \"version\": \"1\", \"scripts\": { | }, \"main\": \"a.js\", \"license\": \"MIT\" }";
    has(&editor.offered("package.json", other), &[], &["devices"]);
    has(
        &editor.offered("package.json", &other.replace("| ", "").replace("\"main\"", "| \"main\"")),
        &[],
        &["devices"],
    );
}

#[test]
fn templates_in_branches() {
    let (_dir, mut editor) = start();
    let text = |rest: &str| {
        format!(
            "{{ x, config }}: let pick = c: y: if c then y {{ name = \"a\"; }} else {{ }}; \
             base = pick config.big x.domain.templates.linux; {rest}"
        )
    };
    has(&editor.offered("x.nix", &text("in x.domain.writeXML (base // { | })")), &["devices", "memory"], &[]);
    // Nothing is found, in no branch; the next question is answered all the same.
    has(&editor.offered("x.nix", &text("word = \"|\"; in x.domain.writeXML base")), &[], &["devices"]);
    has(&editor.offered("x.nix", &text("in x.domain.writeXML (base // { os.| })")), &["type"], &[]);
}

/// Wherever the cursor is in a text that is being typed, there is an answer.
#[test]
fn every_step_of_typing_is_answered() {
    let (_dir, mut editor) = start();
    let text = written(
        "{\n  name = \"vm\"; memory = { count = 2; unit = \"GiB\"; };\n  devices.disk = [ ({ target.dev = \"v${x}a\"; } // { type = ./a; }) ];\n  x = ''a ${\"b\"} '';\n  inherit (lib) y;\n}",
    );
    let uri = editor.open("x.nix", "");
    for (offset, character) in text.char_indices() {
        editor.edit(&uri, offset..offset, &character.to_string());
        let end = offset + character.len_utf8();
        let _ = editor.complete(&uri, end);
        let _ = editor.hover(&uri, end);
        let _ = editor.definition(&uri, end);
        let _ = editor.actions(&uri, end..end, Vec::new());
    }
    assert_eq!(editor.text(&uri), text);
    let Marked { text, offset } = Marked::new(&written("{ devices.disk.dri| }"));
    let uri = editor.open("y.nix", &text);
    assert!(labels(&editor.complete(&uri, offset)).contains(&"driver"), "the server still knows its job");
    assert_eq!(editor.finish(), Some(0));
}
