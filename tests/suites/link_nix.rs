//! Problems between the objects that one configuration declares together, in Nix, JSON and the editor: said once, with all
//! of its places. The finders are held by the suite `link`.

use nixvirt_tests::command::Dir;
use nixvirt_tests::editor::start;
use serde_json::Value;

/// The options of a connection.
fn connection(inner: &str) -> String {
    format!("{{\n  virtualisation.libvirt.connections.\"qemu:///system\" = {{\n{inner}\n  }};\n}}\n")
}

/// A bundle for the lib.
fn bundle(inner: &str) -> String {
    format!("{{ nixvirt }}:\nnixvirt.lib.writeAll {{\n{inner}\n}}\n")
}

const LAN: &str = "networks = [ { spec = { name = \"lan\"; bridge.name = \"br0\"; }; } \
                   { spec = { name = \"dmz\"; bridge.name = \"br0\"; }; } ];";

/// The problems that `check` finds in a text: for each its code, its severity, the text at its place, and the lines of related places.
fn checked(name: &str, text: &str) -> Vec<(String, String, u64, Vec<u64>)> {
    let dir = Dir::new();
    dir.write(name, text);
    let done = dir.run(["check", "--format", "json", name]).done();
    let found: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("JSON: {done:?}"));
    let number = |value: &Value| value.as_u64().expect("a number");
    let problem = |problem: &Value| {
        let related = problem["related"].as_array().expect("a list");
        (
            problem["code"].as_str().expect("a code").to_owned(),
            problem["severity"].as_str().expect("a severity").to_owned(),
            number(&problem["line"]),
            related.iter().map(|place| number(&place["line"])).collect(),
        )
    };
    found.as_array().expect("a list").iter().map(problem).collect()
}

#[track_caller]
fn says(text: &str, code: &str, severity: &str) {
    let found = checked("x.nix", text);
    assert!(
        found.iter().any(|(found, how, ..)| found == code && how == severity),
        "{code} ({severity}) in {text}: {found:?}"
    );
}

#[track_caller]
fn is_silent(text: &str) {
    let found = checked("x.nix", text);
    assert!(found.is_empty(), "{text}: {found:?}");
}

/// A domain on a network.
fn domain(name: &str, network: &str) -> String {
    format!(
        "{{ name = \"{name}\"; type = \"kvm\"; memory = {{ count = 1; unit = \"GiB\"; }}; os.type = \"hvm\"; \
         devices.interface = {{ type = \"network\"; source.network = \"{network}\"; }}; }}"
    )
}

#[test]
fn options_and_bundles_are_linked() {
    says(&connection(LAN), "network-bridge-twice", "error");
    says(&bundle(LAN), "network-bridge-twice", "error");
    let json = r#"{ "networks": [ { "spec": { "name": "lan", "bridge": { "name": "br0" } } },
        { "spec": { "name": "dmz", "bridge": { "name": "br0" } } } ] }"#;
    let found = checked("x.json", json);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&*found[0].0, &*found[0].3), ("network-bridge-twice", &[1][..]));
    // By names, and by calls of the lib.
    let named = "networks = { lan.spec.bridge.name = \"br0\"; dmz.spec.bridge.name = \"br0\"; };";
    says(&connection(named), "network-bridge-twice", "error");
    let calls = "networks = [ { definition = nixvirt.lib.network.writeXML { name = \"lan\"; bridge.name = \"br0\"; }; }\n\
                 { definition = nixvirt.lib.network.writeXML { name = \"dmz\"; bridge.name = \"br0\"; }; } ];";
    says(&format!("{{ nixvirt, ... }}: {}", connection(calls)), "network-bridge-twice", "error");
    // Templates.
    let templates = "networks = { lan = { template = \"bridge\"; args.subnet_byte = 5; args.bridge_name = \"br0\"; };\n\
                     dmz = { template = \"bridge\"; args.subnet_byte = 6; args.bridge_name = \"br0\"; }; };";
    says(&connection(templates), "network-bridge-twice", "error");
}

#[test]
fn both_places_are_shown() {
    let text = connection(
        "    networks.lan.spec = {\n      bridge.name = \"br0\";\n    };\n    networks.dmz.spec = {\n      bridge.name = \"br0\";\n    };",
    );
    let found = checked("x.nix", &text);
    let [(code, _, line, related)] = &found[..] else { panic!("one: {found:?}") };
    let mut lines = vec![*line];
    lines.extend(related);
    lines.sort_unstable();
    assert_eq!((&**code, lines), ("network-bridge-twice", vec![4, 7]));
    let (_dir, mut editor) = start();
    let uri = editor.open("x.nix", &text);
    let found = editor.diagnostics(&uri, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    let related = found[0].related_information.as_ref().expect("the other place");
    let lines = [found[0].range.start.line, related[0].location.range.start.line];
    assert!(lines.contains(&3) && lines.contains(&6), "{found:?}");
    let version = editor.replace(&uri, "br0", "br1");
    assert_eq!(editor.diagnostics(&uri, version), []);
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn references_are_followed() {
    let network = "networks.lan.spec.bridge.name = \"br0\";";
    let web = |network: &str| format!("domains = [ {{ spec = {}; }} ];", domain("web", network));
    is_silent(&connection(&format!("{network}\n{}", web("lan"))));
    says(&connection(&format!("{network}\n{}", web("lann"))), "misspelt-reference", "warning");
    // What is not near to a declared one may be the host's.
    is_silent(&connection(&format!("{network}\n{}", web("default"))));
    let external = "external.networks = [ \"default\" ];";
    is_silent(&connection(&format!("{external}\n{network}\n{}", web("default"))));
    says(&connection(&format!("{external}\n{network}\n{}", web("other"))), "unknown-reference", "error");
    let bundled = |external: &str| {
        bundle(&format!(
            "{external}\nnetworks = [ {{ spec.name = \"lan\"; spec.bridge.name = \"br0\"; }} ];\n{}",
            web("other")
        ))
    };
    is_silent(&bundled(""));
    says(&bundled("external.networks = [ ];"), "unknown-reference", "error");
}

#[test]
fn what_belongs_to_two_hosts_is_not_linked() {
    let lan = "networks.lan.spec.bridge.name = \"br0\";";
    let dmz = "networks.dmz.spec.bridge.name = \"br0\";";
    let option =
        |name: &str, inner: &str| format!("virtualisation.libvirt.connections.\"{name}\" = {{ {inner} }};");
    is_silent(&format!("{{ {} {} }}", option("qemu:///system", lan), option("qemu+ssh://lab/system", dmz)));
    // One name in two modules: the configurations of two hosts of one flake, perhaps.
    is_silent(&format!(
        "{{ a = {{ {} }}; b = {{ {} }}; }}",
        option("qemu:///system", lan),
        option("qemu:///system", dmz)
    ));
    is_silent(&format!(
        "{{ nixvirt }}: [ (nixvirt.lib.writeAll {{ {lan} }}) (nixvirt.lib.writeAll {{ {dmz} }}) ]",
        lan = "networks = [ { spec = { name = \"lan\"; bridge.name = \"br0\"; }; } ];",
        dmz = "networks = [ { spec = { name = \"dmz\"; bridge.name = \"br0\"; }; } ];"
    ));
    // Calls of the lib that nobody puts together.
    is_silent(
        "{ nixvirt }: [ (nixvirt.lib.network.writeXML { name = \"a\"; bridge.name = \"br0\"; }) (nixvirt.lib.network.writeXML { name = \"b\"; bridge.name = \"br0\"; }) ]",
    );
    let dir = Dir::new();
    dir.write("a.json", r#"{ "kind": "network", "name": "a", "bridge": { "name": "br0" } }"#);
    dir.write("b.json", r#"{ "kind": "network", "name": "b", "bridge": { "name": "br0" } }"#);
    dir.run(["check", "a.json", "b.json"]).succeeds();
}

#[test]
fn what_cannot_be_known_is_not_said() {
    let two = |second: &str| {
        format!(
            "{{ config, lib, ... }}: {}",
            connection(&format!("networks.lan.spec.bridge.name = \"br0\";\nnetworks.dmz = {second};"))
        )
    };
    says(&two("{ spec.bridge.name = \"br0\"; }"), "network-bridge-twice", "error");
    is_silent(&two("lib.mkIf config.x { spec.bridge.name = \"br0\"; }"));
    is_silent(&two("{ spec.bridge.name = config.bridge; }"));
    // There may be a network of that name.
    let web = domain("web", "lann");
    is_silent(&format!(
        "{{ config, ... }}: {}",
        connection(&format!(
            "networks = {{ lan.spec.bridge.name = \"br0\"; }} // config.more;\ndomains = [ {{ spec = {web}; }} ];"
        ))
    ));
}

#[test]
fn a_code_is_silenced_for_a_host_and_for_an_object() {
    let allow = "allow = [ \"network-bridge-twice\" ];";
    is_silent(&connection(&format!("{allow}\n{LAN}")));
    is_silent(&bundle(&format!("{allow}\n{LAN}")));
    let object = format!(
        "networks.lan = {{ {allow} spec.bridge.name = \"br0\"; }}; networks.dmz.spec.bridge.name = \"br0\";"
    );
    is_silent(&connection(&object));
    // The rules of a single object, too.
    let boot = |more: &str| {
        connection(&format!(
            "domains.web = {{ {more} spec = {{ type = \"kvm\"; memory = {{ count = 1; unit = \"GiB\"; }}; os = {{ type = \"hvm\"; boot.dev = \"hd\"; }}; \
             devices.disk = {{ type = \"file\"; source.file = \"/a\"; target.dev = \"vda\"; boot.order = 1; }}; }}; }};"
        ))
    };
    says(&boot(""), "boot-order-and-os-boot", "error");
    is_silent(&boot("allow = [ \"boot-order-and-os-boot\" ];"));
    says(&boot("warn = [ \"boot-order-and-os-boot\" ];"), "boot-order-and-os-boot", "warning");
}
