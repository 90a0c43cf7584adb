//! The language server on a configuration as a whole: the modules' options, the objects beside each other, the
//! outline; and how a client asks it for what is wrong.

use std::fs;

use async_lsp::lsp_types::request::{DocumentDiagnosticRequest, DocumentSymbolRequest};
use async_lsp::lsp_types::{
    Diagnostic, DocumentDiagnosticReport, DocumentDiagnosticReportResult, DocumentSymbol,
    DocumentSymbolResponse, Documentation, NumberOrString, OneOf, Url,
};
use nixvirt_tests::command::Dir;
use nixvirt_tests::editor::{Editor, Marked, XML, domain, labels, modern, start};
use serde_json::json;

/// A definition of the modules' options, with what a connection has.
fn connection(inner: &str) -> String {
    format!(
        "{{ pkgs, lib, ... }}: {{ virtualisation.libvirt.connections.\"qemu:///system\" = {{ {inner} }}; }}"
    )
}

#[test]
fn options_of_the_modules() {
    let (_dir, mut editor) = start();
    for (text, wanted, unwanted) in [
        ("{ virtualisation.| }".to_owned(), &["libvirt"][..], &["connections"][..]),
        (
            "{ virtualisation.libvirt = { enable = true; | }; }".to_owned(),
            &["connections", "package"],
            &["enable"],
        ),
        ("{ virtualisation.libvirt.sw| }".to_owned(), &["swtpm"], &["domains"]),
        ("{ virtualisation.libvirt.swtpm.| }".to_owned(), &["enable"], &["swtpm"]),
        (connection("|"), &["domains", "external", "prune"], &["enable", "active"]),
        (
            connection("domains.web = { active = true; | };"),
            &["spec", "template", "restart"],
            &["active", "volumes"],
        ),
        (connection("domains = [ { | } ];"), &["spec", "hooks"], &["volumes"]),
        (connection("domains.web = lib.mkIf true { | };"), &["spec", "hooks"], &["devices"]),
        (connection("domains = lib.mkMerge [ { web = { | }; } ];"), &["spec", "hooks"], &["devices"]),
        (connection("domains.web.hooks.|"), &["started", "release"], &["spec"]),
        (connection("pools.p.volumes.v = { | };"), &["present", "spec"], &["build"]),
        (
            "{ perSystem.libvirt.hosts.lab.connections.x.networks.lan = { | }; }".to_owned(),
            &["active"],
            &["volumes"],
        ),
        (connection("domains.| = { };"), &[], &["spec", "active", "<name or position>"]),
        (connection("domains.web.spec = { | };"), &["devices"], &["active", "spec"]),
        ("{ services.openssh = { | }; }".to_owned(), &[], &["enable", "connections"]),
        ("{ nixvirt.guest.| }".to_owned(), &["share", "writableStore"], &["connections"]),
        ("{ nixvirt.guest = { share = |; }; }".to_owned(), &["view", "image"], &["virtiofs"]),
    ] {
        let items = editor.offered("x.nix", &text);
        let labels = labels(&items);
        wanted.iter().for_each(|label| assert!(labels.contains(label), "{label} in {text}: {labels:?}"));
        unwanted.iter().for_each(|label| assert!(!labels.contains(label), "{label} in {text}: {labels:?}"));
    }
    let items = editor.offered("x.nix", &connection("domains.web = { | };"));
    let restart = items.iter().find(|item| item.label == "restart").expect("the option");
    let Some(Documentation::MarkupContent(doc)) = &restart.documentation else { panic!("{restart:?}") };
    assert!(doc.value.contains("* Default: "), "{doc:?}");
    for (text, label, taken) in [
        ("domains.web = { | };", "active", "active = ${1|true,false|};"),
        ("domains.web = { | };", "hooks", "hooks = { $1 };"),
        ("|", "networks", "networks = { $1 };"),
        ("prune = \"|\";", "declared", "prune = \"declared\";"),
        ("domains.web.restart = |;", "always", "restart = \"always\";"),
        ("domains.web.restart = |;", "true", "restart = true;"),
    ] {
        let result = editor.taken("x.nix", &connection(text), label);
        assert!(result.contains(taken), "{result}");
    }
    let Marked { text, offset } = Marked::new(&connection("domains.web.rest|art = \"always\";"));
    let uri = editor.open("y.nix", &text);
    let shown = editor.hover(&uri, offset).expect("a hover");
    assert!(shown.contains("domains.<name or position>.restart") && shown.contains("* Type: "), "{shown}");
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn a_machine_that_has_only_just_been_begun() {
    let (_dir, mut editor) = start();
    for text in [
        "{ type = \"kvm\"; | }",
        "{ pkgs, ... }: { type = \"kvm\"; | }",
        "let vm = { type = \"qemu\"; | }; in vm",
    ] {
        let items = editor.offered("x.nix", text);
        let labels = labels(&items);
        assert!(labels.contains(&"devices") && labels.contains(&"memory"), "{text}: {labels:?}");
    }
    for text in ["{ type = \"app\"; | }", "{ type = \"network\"; | }", "{ type = \"dir\"; x = 1; | }"] {
        assert!(labels(&editor.offered("x.nix", text)).is_empty(), "{text}");
    }
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn names_of_the_other_objects() {
    let (_dir, mut editor) = start();
    let others = "networks.lan = { spec = { }; }; networks.dmz.template = \"bridge\"; \
                  pools.images = { spec.type = \"dir\"; volumes.base.spec = { }; }; \
                  pools.other = { spec.type = \"dir\"; volumes.log.spec = { }; };";
    let option = |device: &str| connection(&format!("{others} domains.web.spec = {{ devices.{device}; }};"));
    for (text, wanted, unwanted) in [
        (option("interface = { type = \"network\"; source.network = \"|\"; }"), &["lan", "dmz"][..], &["images"][..]),
        (option("interface = { type = \"network\"; source = { network = |; }; }"), &["lan", "dmz"], &["images"]),
        (option("disk = { type = \"volume\"; source.pool = \"|\"; }"), &["images", "other"], &["lan"]),
        (
            option("disk = { type = \"volume\"; source = { pool = \"images\"; volume = \"|\"; }; }"),
            &["base"],
            &["log", "lan"],
        ),
        (
            "{ nixvirt }: [ (nixvirt.network.writeXML { name = \"lan\"; }) (nixvirt.domain.writeXML { devices.interface = \
             { type = \"network\"; source.network = \"|\"; }; }) ]"
                .to_owned(),
            &["lan"],
            &[],
        ),
        (
            connection(&format!(
                "{others} domains.web = {{ template = \"linux\"; args = {{ memory = 1; storage_vol = {{ pool = \"|\"; volume = \"x\"; }}; }}; }};"
            )),
            &["images"],
            &["lan"],
        ),
    ] {
        let items = editor.offered("x.nix", &text);
        let labels = labels(&items);
        wanted.iter().for_each(|label| assert!(labels.contains(label), "{label} in {text}: {labels:?}"));
        unwanted.iter().for_each(|label| assert!(!labels.contains(label), "{label} in {text}: {labels:?}"));
    }
    let bundle = r#"{ "networks": [ { "spec": { "name": "lan" } } ], "domains": [ { "spec": { "name": "web", "devices":
        { "interface": [ { "type": "network", "source": { "network": "|" } } ] } } } ] }"#;
    assert_eq!(labels(&editor.offered("x.json", bundle)), ["lan"]);
    assert_eq!(editor.finish(), Some(0));
}

// --- The outline.

/// The names of symbols and of what is in them, by brackets.
fn outline(symbols: &[DocumentSymbol]) -> String {
    let names: Vec<String> = symbols
        .iter()
        .map(|symbol| match symbol.children.as_deref() {
            Some(children) => format!("{}({})", symbol.name, outline(children)),
            None => symbol.name.clone(),
        })
        .collect();
    names.join(" ")
}

fn symbols(editor: &Editor, uri: &Url) -> Option<DocumentSymbolResponse> {
    let params = json!({ "textDocument": { "uri": uri } });
    editor.request::<DocumentSymbolRequest>(serde_json::from_value(params).expect("parameters"))
}

#[test]
fn the_outline_has_the_objects_and_their_parts() {
    let dir = Dir::new();
    let mut capabilities = modern();
    capabilities["textDocument"]["documentSymbol"] = json!({ "hierarchicalDocumentSymbolSupport": true });
    let mut editor = Editor::start(&dir, capabilities);
    let nix = connection(
        "networks.lan.spec.bridge.name = \"br0\"; domains.web = { active = true; spec = { memory = 1; devices.disk = [ { device = \"cdrom\"; } ]; }; };",
    );
    let json =
        r#"{ "name": "web", "type": "kvm", "memory": 1, "devices": { "disk": [ { "device": "cdrom" } ] } }"#;
    for (name, text, wanted) in [
        ("x.nix", &*nix, "lan(bridge(name)) web(memory devices(disk(disk[0](device))))"),
        ("x.json", json, "name type memory devices(disk(disk[0](device)))"),
        ("x.xml", XML, "domain(name memory os(type))"),
        ("y.nix", "{ pkgs }: { environment.systemPackages = [ pkgs.git ]; }", ""),
        ("package.json", r#"{ "name": "a", "scripts": { } }"#, ""),
        ("pom.xml", "<project><x/></project>", ""),
    ] {
        let uri = editor.open(name, text);
        let found = match symbols(&editor, &uri) {
            Some(DocumentSymbolResponse::Nested(symbols)) => {
                for symbol in &symbols {
                    let (range, inner) = (symbol.range, symbol.selection_range);
                    assert!(range.start <= inner.start && inner.end <= range.end, "{symbol:?}");
                }
                outline(&symbols)
            }
            None => String::new(),
            Some(other) => panic!("nested: {other:?}"),
        };
        assert_eq!(found, wanted, "{name}");
    }
    assert_eq!(editor.finish(), Some(0));
    // Whoever cannot show parts of parts gets a list.
    let (_dir, mut plain) = start();
    let uri = plain.open("x.xml", XML);
    match symbols(&plain, &uri) {
        Some(DocumentSymbolResponse::Flat(symbols)) => {
            let os = symbols.iter().find(|symbol| symbol.name == "type").expect("an element");
            assert_eq!(os.container_name.as_deref(), Some("os"));
        }
        other => panic!("flat: {other:?}"),
    }
}

// --- What is wrong, when the client asks.

fn pulled(editor: &Editor, uri: &Url) -> Vec<Diagnostic> {
    let params = json!({ "textDocument": { "uri": uri } });
    let report =
        editor.request::<DocumentDiagnosticRequest>(serde_json::from_value(params).expect("parameters"));
    match report {
        DocumentDiagnosticReportResult::Report(DocumentDiagnosticReport::Full(report)) => {
            report.full_document_diagnostic_report.items
        }
        other => panic!("a full report: {other:?}"),
    }
}

#[test]
fn whoever_asks_for_diagnostics_gets_them_once() {
    let dir = Dir::new();
    let mut capabilities = modern();
    capabilities["textDocument"]["diagnostic"] = json!({ "relatedDocumentSupport": true });
    let mut editor = Editor::start(&dir, capabilities);
    assert!(editor.initialized.capabilities.diagnostic_provider.is_some());
    let good = "{ name = \"vm\"; type = \"kvm\"; memory = 1; os.type = \"hvm\"; }";
    dir.write("vm.nix", good.replace("kvm", "kmv"));
    let main = editor.open("flake.nix", "{ nixvirt }: nixvirt.domain.writeXML (import ./vm.nix)");
    assert_eq!(pulled(&editor, &main), []);
    // What is not open is told of all the same, until it is opened.
    let unopened = editor.url("vm.nix");
    let told = editor.published(&unopened, None).pop().expect("diagnostics");
    assert_eq!(told.diagnostics.len(), 1, "{told:?}");
    let import = editor.open("vm.nix", &good.replace("kvm", "kmv"));
    let found = pulled(&editor, &import);
    assert_eq!(found.iter().map(|it| editor.held(&import, it.range)).collect::<Vec<_>>(), ["\"kmv\""]);
    assert_eq!(editor.published(&import, None).pop().expect("an answer").diagnostics, []);
    editor.replace(&import, "kmv", "kvm");
    assert_eq!(pulled(&editor, &import), []);
    editor.close(&import);
    // The disk's text counts again, and of that nobody asks.
    let told = editor.published(&import, None).pop().expect("diagnostics");
    assert_eq!(told.diagnostics.len(), 1, "{told:?}");
    // Nobody asks for what is nobody's.
    let params = json!({ "textDocument": { "uri": "file:///nowhere.nix" } });
    let params = serde_json::from_value(params).expect("parameters");
    assert!(editor.try_request::<DocumentDiagnosticRequest>(params).is_ok());
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn each_diagnostic_leads_to_what_explains_it() {
    let (dir, mut editor) = start();
    for (name, text) in [
        ("x.nix", domain("{ disk = { driver.cache = \"wrteback\"; target.dev = \"vda\"; }; }")),
        ("x.json", r#"{ "name": "x", "memory": 1, "type": "kmv", "os": { "type": "hvm" } }"#.to_owned()),
        ("x.xml", XML.replace("kvm", "kmv")),
    ] {
        let uri = editor.open(name, &text);
        let found = editor.diagnostics(&uri, 1);
        let wrong = found.first().unwrap_or_else(|| panic!("{name} is wrong"));
        let Some(NumberOrString::String(code)) = &wrong.code else { panic!("{wrong:?}") };
        let page = wrong.code_description.as_ref().expect("a link").href.to_file_path().expect("a file");
        let page = fs::read_to_string(page).expect("the page");
        let explained = dir.run(["explain", code]).succeeds().stdout.clone();
        let explanation = explained.lines().nth(2).expect("an explanation");
        assert!(page.starts_with(&format!("# {code}\n")) && page.contains(explanation), "{page}");
    }
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn formatting_is_announced_for_xml_alone() {
    let (_dir, editor) = start();
    let announced = &editor.initialized.capabilities.document_formatting_provider;
    assert!(!matches!(announced, Some(OneOf::Left(true) | OneOf::Right(_))), "{announced:?}");
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn files_of_each_kind_are_checked() {
    let (_dir, mut editor) = start();
    for (kind, nix, json, xml, wrong) in [
        (
            "network",
            "{ name = \"lan\"; bridge.name = \"br0\"; forward.mode = \"natt\"; }",
            r#"{ "kind": "network", "name": "lan", "forward": { "mode": "natt" } }"#,
            "<network><name>lan</name><forward mode='natt'/></network>",
            "natt",
        ),
        (
            "pool",
            "{ kind = \"pool\"; type = \"dri\"; name = \"p\"; target.path = \"/p\"; }",
            r#"{ "kind": "pool", "type": "dri", "name": "p", "target": { "path": "/p" } }"#,
            "<pool type='dri'><name>p</name><target><path>/p</path></target></pool>",
            "dri",
        ),
        (
            "volume",
            "{ kind = \"volume\"; name = \"v\"; capacity = 1; target.format.type = \"qcwo2\"; }",
            r#"{ "kind": "volume", "name": "v", "capacity": 1, "target": { "format": { "type": "qcwo2" } } }"#,
            "<volume><name>v</name><capacity>1</capacity><target><format type='qcwo2'/></target></volume>",
            "qcwo2",
        ),
    ] {
        for (ending, text) in [("nix", nix), ("json", json), ("xml", xml)] {
            let uri = editor.open(&format!("{kind}.{ending}"), text);
            let found = editor.diagnostics(&uri, 1);
            assert!(found.iter().any(|it| it.message.contains(wrong)), "{kind}.{ending}: {found:?}");
        }
    }
    assert_eq!(editor.finish(), Some(0));
}
