//! Templates whose callers give devices of their own: what joins, what replaces, and that libvirt takes the result.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use nixvirt_schema::{Identity, KINDS, Occurs};
use nixvirt_tests::command::Dir;
use nixvirt_tests::daemon::Judge;
use nixvirt_tests::{nix, place};
use serde_json::{Value, json};

/// The facts that the templates have of devices, as `templates/domain/devices.nix` has it.
fn facts() -> String {
    let domain = KINDS.iter().find(|kind| kind.name == "domain").expect("domains").root;
    let devices =
        domain.children.iter().find(|child| child.element.name == "devices").expect("devices").element;
    let place = |steps: &str| {
        let steps: Vec<String> = steps.split('.').map(|step| format!("{step:?}")).collect();
        format!("[ {} ]", steps.join(" "))
    };
    let mut text = String::from(
        "# What the schema's tables say of devices: whether a machine has many of one, by which values one is known, and where the\n\
         # value stands that makes one a variant of its own. `NIXVIRT_BLESS=1 cargo test -p nixvirt-tests --test templates`\n\
         # writes this file.\n{\n",
    );
    let mut seen = Vec::new();
    for child in devices.children {
        let element = child.element;
        if seen.contains(&element.name) {
            continue;
        }
        seen.push(element.name);
        let mut fact = String::new();
        if child.occurs == Occurs::Many {
            fact.push_str("    many = true;\n");
        }
        let keys: Vec<Vec<String>> = match element.identity {
            Identity::Nothing => Vec::new(),
            Identity::First(names) => names.iter().map(|name| vec![place(name)]).collect(),
            Identity::All(names) => vec![names.iter().map(|name| place(name)).collect()],
            Identity::Child(child, name) => vec![vec![place(&format!("{child}.{name}"))]],
        };
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().map(|places| format!("[ {} ]", places.join(" "))).collect();
            let _ = writeln!(fact, "    identity = [ {} ];", keys.join(" "));
        }
        if !element.variant.is_empty() {
            let _ = writeln!(fact, "    variant = {};", place(element.variant));
        }
        if !fact.is_empty() {
            let _ = writeln!(text, "  {} = {{\n{fact}  }};", element.name);
        }
    }
    text + "}\n"
}

#[test]
fn the_templates_know_what_the_tables_say() {
    let file = place::root().join("templates/domain/devices.nix");
    if std::env::var_os("NIXVIRT_BLESS").is_some() {
        fs::write(&file, facts()).expect("the file can be written");
    }
    assert_eq!(fs::read_to_string(&file).expect("the file"), facts());
}

/// The XML of a template with arguments.
fn compiled(dir: &Dir, template: &str, args: &Value) -> String {
    let mut spec = json!({ "template": template, "name": "web", "memory": 65536 });
    let own = args.as_object().expect("arguments");
    spec.as_object_mut().expect("a spec").extend(own.clone());
    needed(template, &mut spec);
    dir.write("spec.json", spec.to_string());
    dir.run(["spec.json"]).succeeds().stdout
}

/// A system of NixOS, as far as its path tells.
const SYSTEM: &str = "/nix/store/8qq6ksnqxhzvkcrqahbnbxkzhjqrdrr5-nixos-system-web-26.05";

/// Adds the arguments that a template cannot do without.
fn needed(template: &str, arguments: &mut Value) {
    let missing = match template {
        "windows" => json!({ "nvram_path": "/var/lib/libvirt/qemu/nvram/web.fd" }),
        "nixos" => json!({ "nixos": SYSTEM, "kernel_params": "console=ttyS0", "share": "store" }),
        _ => json!({}),
    };
    for (name, value) in missing.as_object().expect("a set") {
        arguments.as_object_mut().expect("a set").entry(name).or_insert_with(|| value.clone());
    }
}

fn count(xml: &str, part: &str) -> usize {
    xml.matches(part).count()
}

const DISK: &str = "/var/lib/libvirt/images/web.qcow2";

#[test]
fn devices_join_those_of_the_template() {
    let dir = Dir::new();
    let own = json!({ "type": "file", "source": { "file": "/data.qcow2" }, "target": { "dev": "vdb", "bus": "virtio" } });
    let xml = compiled(&dir, "linux", &json!({ "storage_vol": DISK, "devices": { "disk": own } }));
    assert_eq!(count(&xml, "<disk "), 3, "{xml}");
    assert!(xml.find(DISK) < xml.find("/data.qcow2"), "the caller's come last\n{xml}");
    // The same target is the same disk.
    let own = json!({ "type": "file", "source": { "file": "/data.qcow2" }, "target": { "dev": "vda", "bus": "virtio" } });
    let xml = compiled(&dir, "linux", &json!({ "storage_vol": DISK, "devices": { "disk": own } }));
    assert_eq!((count(&xml, "<disk "), count(&xml, DISK)), (2, 0), "{xml}");
    // Nothing is nothing.
    let xml =
        compiled(&dir, "linux", &json!({ "storage_vol": DISK, "devices": { "disk": [], "sound": null } }));
    assert_eq!((count(&xml, "<disk "), count(&xml, "<sound ")), (2, 1), "{xml}");
    let channel = json!({ "type": "unix", "target": { "type": "virtio", "name": "org.example.0" } });
    let xml = compiled(&dir, "linux", &json!({ "devices": { "channel": channel } }));
    assert_eq!(count(&xml, "<channel "), 3, "{xml}");
}

#[test]
fn another_variant_replaces_the_templates() {
    let dir = Dir::new();
    let xml = compiled(
        &dir,
        "linux",
        &json!({ "devices": { "interface": { "type": "network", "source": { "network": "default" } } } }),
    );
    assert_eq!((count(&xml, "<source network='default'/>"), count(&xml, "bridge=")), (1, 0), "{xml}");
    // The same variant, or none, is laid over it.
    let xml = compiled(&dir, "linux", &json!({ "devices": { "interface": { "mtu": { "size": 1400 } } } }));
    assert_eq!(
        (count(&xml, "<source bridge='virbr0'/>"), count(&xml, "<mtu size='1400'/>")),
        (1, 1),
        "{xml}"
    );
    // Of several, the first meets it.
    let two = json!([{ "model": { "type": "e1000e" } }, { "type": "user" }]);
    let xml = compiled(&dir, "linux", &json!({ "devices": { "interface": two } }));
    assert_eq!((count(&xml, "<interface "), count(&xml, "<source bridge='virbr0'/>")), (2, 1), "{xml}");
    assert!(xml.contains("<model type='e1000e'/>"), "{xml}");
}

#[test]
fn what_needs_spice_goes_with_it() {
    let dir = Dir::new();
    let xml = compiled(&dir, "linux", &json!({ "devices": { "graphics": { "type": "vnc" } } }));
    for gone in ["spice", "redirdev", "<gl ", "accel3d"] {
        assert!(!xml.contains(gone), "{gone} should be gone\n{xml}");
    }
    assert_eq!(count(&xml, "org.qemu.guest_agent.0"), 1, "{xml}");
}

#[test]
fn an_order_of_devices_takes_the_place_of_that_of_their_kinds() {
    let dir = Dir::new();
    let disk = json!({ "type": "file", "source": { "file": "/a" }, "target": { "dev": "vdb" }, "boot": { "order": 1 } });
    let xml = compiled(&dir, "linux", &json!({ "devices": { "disk": disk } }));
    assert_eq!((count(&xml, "<boot dev="), count(&xml, "<boot order='1'/>")), (0, 1), "{xml}");
}

#[test]
fn parts_are_left_out_by_name() {
    let dir = Dir::new();
    let without = json!({ "storage_vol": DISK, "without": ["devices.disk.sdc", "devices.sound", "os.boot"] });
    let xml = compiled(&dir, "linux", &json!({ "without": "devices.redirdev" }));
    assert_eq!(count(&xml, "<redirdev "), 0, "{xml}");
    let whole = compiled(&dir, "linux", &json!({ "storage_vol": DISK }));
    let cdrom = whole
        .split("device='cdrom'")
        .nth(1)
        .and_then(|rest| rest.split("<target dev='").nth(1))
        .expect("a drive");
    let dev = cdrom.split('\'').next().expect("its target");
    let without = serde_json::to_string(&without).expect("JSON").replace("sdc", dev);
    let xml = compiled(&dir, "linux", &serde_json::from_str(&without).expect("JSON"));
    assert_eq!((count(&xml, "<disk "), count(&xml, "<sound "), count(&xml, "<boot ")), (1, 0, 0), "{xml}");
    // Without the screen, its channels go as well.
    for template in ["linux", "windows", "q35"] {
        let without = json!({ "storage_vol": DISK, "without": ["devices.graphics", "devices.video"] });
        let xml = compiled(&dir, template, &without);
        assert_eq!((count(&xml, "spice"), count(&xml, "<graphics")), (0, 0), "{template}: {xml}");
    }
    dir.write(
        "spec.json",
        json!({ "template": "linux", "name": "web", "without": ["devices.dsk"] }).to_string(),
    );
    dir.run(["spec.json"]).fails(1).says("`without` names `devices.dsk`, which the template does not make");
}

/// Nix itself makes the same of the arguments as the compiler does.
#[test]
fn nix_agrees() {
    if !nix::have() {
        return;
    }
    let dir = Dir::new();
    let disk = json!({ "type": "file", "source": { "file": "/b" }, "target": { "dev": "vdb" }, "boot": { "order": 1 } });
    for (template, args) in [
        (
            "nixos",
            json!({ "nixos": SYSTEM, "kernel_params": "quiet", "share": "store", "driver": "9p", "storage_vol": DISK }),
        ),
        (
            "nixos",
            json!({ "nixos": SYSTEM, "kernel_params": "", "share": "image", "store_image": "/store.img", "arch": "aarch64" }),
        ),
        (
            "linux",
            json!({ "storage_vol": DISK, "devices": { "disk": disk, "graphics": { "type": "vnc" }, "watchdog": { "model": "itco" } } }),
        ),
        (
            "linux",
            json!({ "devices": { "interface": [{ "mtu": { "size": 1400 } }, { "type": "user" }], "sound": null, "disk": [] } }),
        ),
        (
            "linux",
            json!({ "storage_vol": DISK, "without": ["devices.disk.vda", "os.boot", "devices.redirdev"] }),
        ),
        ("q35", json!({ "storage_vol": DISK, "without": ["devices.graphics", "devices.video"] })),
    ] {
        let ours = compiled(&dir, template, &args);
        let mut own = args.clone();
        own["name"] = json!("web");
        own["memory"] = json!(65536);
        dir.write("args.json", own.to_string());
        let templates = place::root().join("templates");
        let expression = format!(
            "(import {} {{ qemu = \"/usr\"; ovmf = \"/usr/share/OVMF\"; virtio-win = null; }}).domain.{template} \
             (builtins.fromJSON (builtins.readFile ./args.json))",
            templates.display()
        );
        dir.write("spec.nix", expression);
        dir.write("spec.json", nix::eval(&dir, "spec.nix"));
        dir.run(["spec.json"]).succeeds().prints(&ours);
    }
}

/// Each template with each variant of what it makes one of.
#[test]
fn the_daemon_takes_each_template_with_each_variant() {
    let Some(judge) = Judge::new() else { return };
    let dir = Dir::new();
    let variants = [
        ("interface", json!({ "type": "network", "source": { "network": "default" } })),
        ("interface", json!({ "type": "user" })),
        ("interface", json!({ "type": "direct", "source": { "dev": "eth0" } })),
        ("interface", json!({ "type": "ethernet" })),
        ("graphics", json!({ "type": "vnc" })),
        ("graphics", json!({ "type": "egl-headless" })),
        ("graphics", json!({ "type": "sdl" })),
        ("graphics", json!({ "type": "spice", "port": 5900 })),
        ("graphics", json!({ "type": "dbus" })),
        ("video", json!({ "model": { "type": "vga" } })),
        ("video", json!({ "model": { "type": "none" } })),
        ("video", json!({ "model": { "type": "bochs" } })),
        ("video", json!({ "model": { "type": "virtio" } })),
        ("sound", json!({ "model": "ac97" })),
        ("audio", json!({ "id": 1, "type": "none" })),
        ("audio", json!({ "id": 1, "type": "pulseaudio" })),
        ("rng", json!({ "model": "virtio", "backend": { "model": "builtin" } })),
        (
            "disk",
            json!({ "type": "file", "source": { "file": "/b" }, "target": { "dev": "vdz", "bus": "virtio" } }),
        ),
        ("tpm", json!({ "model": "tpm-crb", "backend": { "type": "emulator", "version": "2.0" } })),
    ];
    let mut definitions = Vec::new();
    for template in ["pc", "q35", "linux", "nixos", "windows"] {
        definitions.push((template.to_owned(), compiled(&dir, template, &json!({ "storage_vol": DISK }))));
        for (kind, device) in &variants {
            let args = json!({ "storage_vol": DISK, "devices": { *kind: device } });
            definitions.push((format!("{template} with {kind} {device}"), compiled(&dir, template, &args)));
        }
    }
    let refused: Vec<String> = judge
        .verdicts(&definitions)
        .into_iter()
        .filter_map(|(name, said)| said.map(|said| format!("{name}: {said}")))
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// The error of real Nix for an expression, or its value where there is none, with `templates` and `lib` in scope.
fn by_nix(dir: &Dir, expression: &str) -> String {
    let folder = place::root().join("templates");
    let text = format!(
        "let lib = import {0}/host-devices.nix; templates = import {0} {{ qemu = null; ovmf = null; virtio-win = null; }}; in {expression}",
        folder.display()
    );
    dir.write("by-nix.nix", text);
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "by-nix.nix", "--option", "sandbox", "false"])
        .args(["--option", "build-users-group", ""])
        .current_dir(dir.path())
        .env("HOME", dir.path())
        .output()
        .expect("nix-instantiate should run");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn a_wrong_argument_has_one_text_wherever_it_is_said() {
    if !nix::have() {
        return;
    }
    let dir = Dir::new();
    let cases = [
        (
            "domain",
            "linux",
            "virtio_drive",
            "\"yes\"",
            "virtio_drive (argument of `linux`): expected true or false, not \"yes\"",
        ),
        (
            "domain",
            "linux",
            "net_type",
            "\"nat\"",
            "net_type (argument of `linux`): expected \"bridge\", \"user\" or \"passt\", not \"nat\"",
        ),
        ("domain", "q35", "virtio_net", "1", "virtio_net (argument of `q35`): expected true or false, not 1"),
        (
            "domain",
            "windows",
            "storage_vol",
            "true",
            "storage_vol (argument of `windows`): expected a path, libvirt's element as a set, or null, not true",
        ),
        (
            "domain",
            "nixos",
            "share",
            "\"all\"",
            "share (argument of `nixos`): expected \"image\", \"view\", \"store\" or null, not \"all\"",
        ),
        (
            "domain",
            "nixos",
            "nixos",
            "[]",
            "nixos (argument of `nixos`): expected a NixOS configuration, its system, or the path of one, not a list",
        ),
        (
            "network",
            "bridge",
            "subnet_byte",
            "300",
            "subnet_byte (argument of `bridge`): expected a whole number from 0 to 255, not 300",
        ),
        (
            "network",
            "bridge",
            "dhcp_hosts",
            "\"a\"",
            "dhcp_hosts (argument of `bridge`): expected a set, a list of sets, or null, not \"a\"",
        ),
    ];
    for (kind, template, argument, value, text) in cases {
        // What the others are; the wrong one wins.
        let others = match template {
            "windows" => json!({ "name": "a", "nvram_path": "/a" }),
            "nixos" if argument != "nixos" => json!({ "name": "a", "nixos": SYSTEM, "kernel_params": "" }),
            "bridge" if argument != "subnet_byte" => json!({ "name": "a", "subnet_byte": 74 }),
            _ => json!({ "name": "a" }),
        };
        let mut arguments = others.clone();
        arguments[argument] = serde_json::from_str(value).expect("JSON");
        let set: String = arguments
            .as_object()
            .expect("a set")
            .iter()
            .map(|(name, value)| format!("{name} = {value}; "))
            .collect();
        let said = by_nix(&dir, &format!("templates.{kind}.{template} {{ {set}}}"));
        assert!(said.contains(text), "{said}");
        let spec = json!({ "kind": kind, "template": template });
        let mut with = spec;
        with.as_object_mut().expect("a set").extend(arguments.as_object().expect("a set").clone());
        dir.write("spec.json", with.to_string());
        dir.run(["--format", "short", "spec.json"]).fails(1).says(text);
        dir.run(["check", "--format", "short", "spec.json"]).fails(1).says(text);
        let call = format!("{{ nixvirt }}: nixvirt.lib.{kind}.templates.{template} {{ {set}}}");
        dir.write("call.nix", call);
        dir.run(["check", "--format", "short", "call.nix"]).fails(1).says(text);
    }
}

#[test]
fn devices_of_the_host_are_the_same_by_nix_and_by_us() {
    if !nix::have() {
        return;
    }
    let dir = Dir::new();
    let right = [
        (
            "lib.pci \"0000:3c:00.0\"",
            json!({ "domain": "0x0000", "bus": "0x3c", "slot": "0x00", "function": "0x0" }),
        ),
        (
            "lib.pci \"01:00.1\"",
            json!({ "domain": "0x0000", "bus": "0x01", "slot": "0x00", "function": "0x1" }),
        ),
        ("lib.usb \"046d:c52b\"", json!({ "vendor": { "id": "0x046d" }, "product": { "id": "0xc52b" } })),
    ];
    for (expression, expected) in right {
        let said = by_nix(&dir, expression);
        let line = said.lines().find(|line| line.starts_with('{')).unwrap_or("");
        assert_eq!(serde_json::from_str::<Value>(line).ok(), Some(expected), "{said}");
    }
    let machine = |hostdev: &str| {
        format!(
            "{{ nixvirt }}: let lib = nixvirt.lib; in {{ type = \"kvm\"; name = \"a\"; memory = 65536; os.type = \"hvm\"; \
             devices.hostdev = {{ mode = \"subsystem\"; managed = true; {hostdev} }}; }}"
        )
    };
    dir.write("pci.nix", machine("type = \"pci\"; source.address = lib.pci \"3c:00.0\";"));
    dir.run(["pci.nix"])
        .succeeds()
        .mentions("<address domain='0x0000' bus='0x3c' slot='0x00' function='0x0'/>");
    dir.write("usb.nix", machine("type = \"usb\"; source = lib.usb \"046d:c52b\";"));
    dir.run(["usb.nix"]).succeeds().mentions("<vendor id='0x046d'/>");
    for (expression, text) in [
        (
            "lib.pci \"3c\"",
            "lib.pci takes an address as lspci prints it, such as \"0000:3c:00.0\", not \"3c\"",
        ),
        (
            "lib.usb \"46d:c52b\"",
            "lib.usb takes an id as lsusb prints it, such as \"046d:c52b\", not \"46d:c52b\"",
        ),
    ] {
        let said = by_nix(&dir, expression);
        assert!(said.contains(text), "{said}");
        let what = if expression.starts_with("lib.pci") {
            "type = \"pci\"; source.address"
        } else {
            "type = \"usb\"; source"
        };
        dir.write("wrong.nix", machine(&format!("{what} = {expression};")));
        dir.run(["check", "--format", "short", "wrong.nix"]).fails(1).says(text);
        dir.run(["--format", "short", "wrong.nix"]).fails(1).says(text);
    }
}

/// A system of NixOS in a store of a test's own, with what its kernel is told.
fn system(dir: &Dir, params: &str) -> String {
    let name = "store/8qq6ksnqxhzvkcrqahbnbxkzhjqrdrr5-nixos-system-web-26.05";
    dir.write(&format!("{name}/kernel-params"), params);
    dir.path().join(name).display().to_string()
}

#[test]
fn a_system_says_what_its_kernel_is_told() {
    let dir = Dir::new();
    let path = system(&dir, "console=ttyS0 loglevel=4\n");
    let spec = json!({ "template": "nixos", "name": "web", "nixos": path, "share": "store" });
    dir.write("spec.json", spec.to_string());
    let told = format!("<cmdline>init={path}/init console=ttyS0 loglevel=4</cmdline>");
    let store = format!("<source dir='{}/store'/>", dir.path().display());
    dir.run(["spec.json"]).succeeds().mentions(&told).mentions(&store);
    // What the caller says comes first.
    let xml = compiled(&dir, "nixos", &json!({ "nixos": path, "kernel_params": "quiet" }));
    assert!(xml.contains(&format!("<cmdline>init={path}/init quiet</cmdline>")), "{xml}");
    // Without the file, nothing is made up; a check of the spec says nothing of it.
    let gone = json!({ "template": "nixos", "name": "web", "nixos": SYSTEM, "share": "store" });
    dir.write("spec.json", gone.to_string());
    dir.run(["spec.json"]).fails(1).says("cannot read").says("kernel-params");
    dir.run(["check", "spec.json"]).succeeds();
}

#[test]
fn a_system_is_told_by_its_path() {
    let dir = Dir::new();
    for wrong in ["/nix/store", "result", "/nix/store/8qq6ksnqxhzvkcrqahbnbxkzhjqrdrr5-system/kernel"] {
        let spec = json!({ "template": "nixos", "name": "web", "nixos": wrong, "kernel_params": "", "share": "store" });
        dir.write("spec.json", spec.to_string());
        let says = format!(
            "expected the path of a system in the Nix store, such as the target of /run/current-system, not {wrong:?}"
        );
        dir.run(["--format", "short", "spec.json"]).fails(1).says(&says);
    }
}

/// The guest gets the store to read, and nothing makes it another share.
#[test]
fn a_store_that_a_guest_may_write_to_is_refused() {
    let dir = Dir::new();
    let xml = compiled(&dir, "nixos", &json!({}));
    assert!(xml.contains("<target dir='nix-store'/>\n      <readonly/>"), "{xml}");
    let share = |dir: &str| json!({ "driver": { "type": "virtiofs" }, "source": { "dir": dir }, "target": { "dir": "nix-store" } });
    for folder in [
        "/nix/store",
        "/nix",
        "/nix/store/",
        "/nix/var/../store",
        "/nix/store/8qq6ksnqxhzvkcrqahbnbxkzhjqrdrr5-a",
        "/nix/var",
        "/nix/var/nixvirt/guests/web/store",
    ] {
        let mut spec =
            json!({ "template": "nixos", "name": "web", "devices": { "filesystem": share(folder) } });
        needed("nixos", &mut spec);
        dir.write("spec.json", spec.to_string());
        dir.run(["--format", "short", "spec.json"])
            .fails(1)
            .says("the guest may write to the Nix store of the host");
        dir.run(["--allow", "store-share-writable", "spec.json"]).succeeds();
    }
    for folder in ["/nix/var/log", "/srv", "/nix/store-of-another", "/"] {
        compiled(&dir, "nixos", &json!({ "devices": { "filesystem": share(folder) } }));
    }
}
