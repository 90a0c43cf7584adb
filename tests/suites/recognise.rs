//! Recognising files: `check` says what it looked at, finds specs of any kind and bundles that stand alone, and gives the verdict
//! that compiling gives.

use nixvirt_tests::command::{Dir, Done, domain};
use serde_json::json;

/// A network in Nix, by its keys, with a mistake in it.
const NETWORK: &str =
    r#"{ name = "lan"; bridge.nam = "virbr5"; ip = { address = "10.0.0.1"; prefix = 24; }; }"#;

fn last_line(done: &Done) -> &str {
    done.stderr.lines().last().unwrap_or("")
}

#[test]
fn check_says_what_it_looked_at() {
    let dir = Dir::new();
    dir.write("a.json", domain("a", json!({})).to_string());
    dir.write("net.xml", "<network><name>lan</name></network>");
    dir.write(
        "flake.nix",
        r#"{ outputs = { nixvirt, ... }: {
          vms = map (name: nixvirt.lib.domain.writeXML (import ./vm.nix { inherit name; })) [ "b" "c" ];
        }; }"#,
    );
    dir.write(
        "vm.nix",
        r#"{ name }: { type = "kvm"; inherit name; memory = 65536; vcpu = 1; os.type = "hvm"; }"#,
    );
    let done = dir.run(["check", "a.json", "net.xml", "flake.nix"]).succeeds();
    assert_eq!(last_line(&done), "nixvirt-compile: checked 3 domains, 1 network in 3 files");
    // What is imported and given as well is there once.
    let done = dir.run(["check", "a.json", "flake.nix", "vm.nix"]).succeeds();
    assert_eq!(last_line(&done), "nixvirt-compile: checked 3 domains in 3 files");
    dir.run(["check", "-q", "a.json"]).succeeds().silent();
    dir.run(["check", "--format", "short", "a.json"]).succeeds().silent();
    let bundle =
        json!({ "domains": [{ "spec": domain("a", json!({})) }], "networks": [{ "spec": { "name": "n" } }] });
    dir.write("host.json", bundle.to_string());
    let done = dir.run(["check", "host.json"]).succeeds();
    assert_eq!(last_line(&done), "nixvirt-compile: checked 1 domain, 1 network in 1 file");
}

#[test]
fn a_file_without_an_object_is_said() {
    let dir = Dir::new();
    dir.write("a.nix", "{ pkgs, ... }: { environment.systemPackages = [ pkgs.hello ]; }");
    let said = "no libvirt object found in a.nix";
    dir.run(["check", "a.nix"]).succeeds().says(said).says("1 warning");
    dir.run(["check", "--require-specs", "a.nix"]).fails(1).says(said).says("1 error");
    dir.run(["check", "--deny-warnings", "a.nix"]).fails(1).says(said);
    dir.run(["check", "--skip-foreign", "a.nix"]).succeeds().silent();
    // What is wrong with a file says enough.
    dir.write("b.nix", "{ a = ; }");
    dir.run(["check", "b.nix"]).fails(1).does_not_say("no libvirt object");
}

#[test]
fn folders_are_walked_and_what_git_ignores_is_not() {
    let dir = Dir::new();
    dir.write("hosts/net.nix", NETWORK);
    dir.write("hosts/vm.json", domain("a", json!({})).to_string());
    dir.write("hosts/package.json", r#"{ "name": "a", "version": "1", "os": ["linux"], "cpu": ["x64"] }"#);
    dir.write("hosts/other.nix", "{ pkgs, ... }: { services.foo.enable = true; }");
    dir.write("hosts/other.xml", "<project/>");
    dir.write("result/vm.json", r#"{ "type": "kvm", "memroy": 1, "os": {}, "devices": {} }"#);
    dir.write(".gitignore", "result/\n");
    let done = dir.run(["check", "."]).fails(1).says("hosts/net.nix:1:24").does_not_say("result");
    assert_eq!(last_line(&done), "nixvirt-compile: checked 1 domain, 1 network in 2 files");
    dir.write("empty/other.nix", "{ }");
    dir.run(["check", "empty"]).succeeds().says("no libvirt object found in empty");
    dir.run(["check", "--require-specs", "empty"]).fails(1);
}

#[test]
fn specs_of_any_kind_alone_are_found_by_their_keys() {
    let cases = [
        ("network", NETWORK, "bridge.nam"),
        ("pool", r#"{ name = "p"; type = "dir"; target.pth = "/x"; }"#, "target.pth"),
        (
            "volume",
            r#"{ name = "v"; capacity = { count = 2; unit = "GiB"; }; target.format.typ = "qcow2"; }"#,
            "target.format.typ",
        ),
        (
            "domain",
            r#"{ pkgs, ... }: { type = "kvm"; name = "a"; memory = 65536; vcpu = 1; os.mchine = "q35"; }"#,
            "os.mchine",
        ),
        (
            "nwfilter",
            r#"{ name = "f"; chain = "root"; rule = { action = "drp"; direction = "in"; }; }"#,
            "rule.action",
        ),
        ("secret", r#"{ private = true; usage = { type = "volume"; volum = "/a"; }; }"#, "usage.volum"),
    ];
    for (kind, text, path) in cases {
        let dir = Dir::new();
        dir.write("a.nix", text);
        let done = dir.run(["check", "--format", "short", "a.nix"]).fails(1);
        assert!(done.stderr.contains(&format!("{path}: ")), "{kind}\n{done}");
        // The same where it is said; then what is missing is missing.
        dir.write(
            "b.nix",
            text.replacen("{ ", &format!("{{ kind = \"{kind}\"; "), if kind == "domain" { 2 } else { 1 })
                .replacen("{ kind = \"domain\"; pkgs", "{ pkgs", 1),
        );
        dir.run(["check", "--format", "short", "b.nix"]).fails(1).says(&format!("{path}: "));
        dir.run(["check", "--format", "short", "--kind", kind, "a.nix"]).fails(1).says(&format!("{path}: "));
        dir.run(["--format", "short", "--kind", kind, "a.nix"]).fails(1).says(&format!("{path}: "));
    }
}

#[test]
fn a_kind_that_is_not_said_is_said_once() {
    let dir = Dir::new();
    dir.write(
        "net.json",
        r#"{ "name": "lan", "bridge": { "name": "virbr5" }, "ip": { "address": "10.0.0.1", "prefix": 24 } }"#,
    );
    for arguments in [&["--format", "short", "net.json"][..], &["check", "--format", "short", "net.json"]] {
        let done = dir.run(arguments.iter().copied()).fails(1);
        assert_eq!(done.stderr.lines().count(), 1, "{done}");
        done.says("these are the keys of a spec of kind `network`").says("--kind network");
    }
    dir.run(["--kind", "network", "net.json"]).succeeds();
    // In Nix, whoever imports it says the kind.
    dir.write("net.nix", NETWORK.replace("nam ", "name "));
    dir.run(["check", "net.nix"]).succeeds().finds_nothing();
}

#[test]
fn bundles_in_nix_are_checked_as_compiling_does() {
    let dir = Dir::new();
    let spec = r#"{ type = "kvm"; name = "a"; memory = 65536; os.type = "hvm"; }"#;
    dir.write(
        "host.nix",
        format!(r#"{{ domains = [ {{ spec = {spec}; actve = true; }} ]; prune = "ownd"; }}"#),
    );
    for arguments in
        [&["check", "--format", "short", "host.nix"][..], &["--format", "short", "-o", "out", "host.nix"]]
    {
        let done = dir.run(arguments.iter().copied()).fails(1);
        done.says("unknown key `actve`").says("did you mean `active`?").says("\"ownd\"");
    }
    dir.write("host.nix", format!("{{ domains = [ {{ spec = {spec}; active = true; }} ]; }}"));
    dir.run(["check", "host.nix"]).succeeds().says("checked 1 domain in 1 file");
}

#[test]
fn others_files_are_nobodys_domains() {
    let foreign = [
        r#"{ "name": "a", "version": "1", "description": "b", "os": ["linux"], "cpu": ["x64"], "type": "module" }"#,
        r#"{ "name": "a", "image": "b", "features": { "ghcr.io/devcontainers/features/nix": {} } }"#,
        r#"{ "kind": "Deployment", "apiVersion": "v1", "metadata": { "name": "a" } }"#,
        r#"{ "services": {}, "networks": { "default": {} }, "volumes": { "data": {} } }"#,
        r#"{ "$schema": "x", "type": "object", "title": "a", "description": "b", "properties": {} }"#,
        r#"{ "name": "a", "devices": ["x"], "memory": "y" }"#,
    ];
    for text in foreign {
        let dir = Dir::new();
        dir.write("a.json", text);
        dir.run(["check", "--skip-foreign", "a.json"]).succeeds().silent();
        // The same in Nix.
        dir.write("a.nix", format!("builtins.fromJSON ''{text}''"));
        dir.run(["check", "a.nix"]).succeeds().says("no libvirt object found in a.nix");
    }
}
