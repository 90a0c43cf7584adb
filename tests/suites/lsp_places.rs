//! The language server at a place: hovers, definitions, links and actions, driven by a client that other
//! people wrote.

use std::fs;

use async_lsp::lsp_types::{CodeActionKind, NumberOrString, Url};
use async_lsp::{Error, ErrorCode};
use nixvirt_tests::command::Dir;
use nixvirt_tests::editor::{Editor, Marked, XML, domain, modern, start};
use nixvirt_tests::examples::wrong_examples;
use serde_json::json;

// --- What stands where, and where it comes from.

#[test]
fn hover_says_what_explain_says() {
    let (dir, mut editor) = start();
    let Marked { text, offset } = Marked::new(&domain("{ disk = [ { driver.ca|che = mode; } ]; }"));
    let text = text.replacen("{\n", "let\n  mode = \"none\"; in {\n", 1);
    let uri = editor.open("x.nix", &text);
    let offset = offset + text.find(" in {").expect("the let") - text.find("let\n").expect("the let") + 4;
    let shown = editor.hover(&uri, offset).expect("a hover");
    let explained = dir.run(["explain", "devices.disk.driver.cache"]).succeeds().stdout.clone();
    let doc = explained.split(": ").nth(1).and_then(|rest| rest.lines().next()).expect("a sentence");
    assert!(shown.contains(doc), "{shown}");
    for part in [
        "devices.disk[0].driver.cache",
        "`writeback`",
        "https://libvirt.org/",
        "(`\"none\"`) comes from",
        "line 3",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // On the value, wherever it is written.
    let at = text.find("none").expect("the value");
    assert!(editor.hover(&uri, at).is_some_and(|shown| shown.contains("devices.disk[0].driver.cache")));
    // On what is none of ours, nothing.
    assert_eq!(editor.hover(&uri, 3), None);
    let Marked { text, offset } =
        Marked::new("{ \"name\": \"x\", \"memory\": 1, \"devices\": { \"di|sk\": { } } }");
    let uri = editor.open("x.json", &text);
    assert!(editor.hover(&uri, offset).is_some_and(|shown| shown.contains("hard drive")));
}

#[test]
fn hover_on_templates() {
    let (_dir, mut editor) = start();
    let text = "{ x }: x.domain.writeXML (x.domain.templates.linux { name = \"a\"; storage_vol = ./a; })";
    let uri = editor.open("x.nix", text);
    let at = |what: &str| text.find(what).expect("the place") + 1;
    let template = editor.hover(&uri, at("linux")).expect("a template");
    assert!(template.contains("VirtIO") && template.contains("`storage_vol` ? `null`"), "{template}");
    let argument = editor.hover(&uri, at("storage_vol")).expect("an argument");
    assert!(argument.contains("By default `null`"), "{argument}");
    let option = "{ virtualisation.libvirt.connections.x.networks.a = { template = \"bridge\"; args.subnet_byte = 1; }; }";
    let uri = editor.open("y.nix", option);
    let place = |what: &str| option.find(what).expect("the place") + 1;
    assert!(editor.hover(&uri, place("bridge")).is_some_and(|shown| shown.contains("NAT")));
    assert!(editor.hover(&uri, place("subnet_byte")).is_some_and(|shown| shown.contains("third byte")));
}

/// The text at a place in a file, and the file.
fn held_by(dir: &Dir, location: &async_lsp::lsp_types::Location) -> (String, String) {
    let path = location.uri.to_file_path().expect("a file");
    let text = fs::read_to_string(&path).expect("the file");
    let line = text.lines().nth(location.range.start.line as usize).unwrap_or("");
    let from = line.get(location.range.start.character as usize..).unwrap_or("");
    let path = path.strip_prefix(dir.path()).unwrap_or(&path);
    (path.display().to_string(), from.to_owned())
}

#[test]
fn definitions_lead_to_the_templates() {
    let (dir, mut editor) = start();
    let text = "{ x }: let base = x.domain.templates.linux { name = \"a\"; arch = \"i686\"; }; in x.domain.writeXML (base // { \
                memory = { count = 1; }; devices = base.devices // { sound.model = \"ac97\"; }; })";
    let uri = editor.open("x.nix", text);
    let find = |editor: &Editor, what: &str| {
        let found = editor.definition(&uri, text.find(what).expect("the place") + 1);
        assert_eq!(found.len(), 1, "{what}: {found:?}");
        held_by(&dir, &found[0])
    };
    let (file, held) = find(&editor, "arch =");
    assert!(file.starts_with("cache/nixvirt/") && file.ends_with("templates/domain/linux.nix"), "{file}");
    assert_eq!(held, "arch ? \"x86_64\",");
    // What `//` lays over the template's: the default, and not where it is handed on.
    assert_eq!(find(&editor, "memory =").1, "memory ? {");
    let (file, held) = find(&editor, "sound.model");
    assert!(
        file.ends_with("templates/domain/machine.nix") && held.starts_with("sound = {"),
        "{file}: {held}"
    );
    let (file, _) = find(&editor, "linux");
    assert!(file.ends_with("templates/domain/linux.nix"), "{file}");
    // The files are the program's: they cannot be written, and there is nothing else.
    let made = dir.path().join(&file);
    assert!(fs::metadata(&made).expect("the file").permissions().readonly());
    let made = fs::read_dir(dir.path().join("cache/nixvirt")).expect("the folder").count();
    assert_eq!(made, 1);
}

#[test]
fn definitions_lead_to_imports() {
    let (dir, mut editor) = start();
    let file = dir.write("disk.nix", "# A disk.\n{ driver.cache = \"none\"; }");
    let text = "{ x }: let mode = \"file\"; in x.domain.writeXML { devices.disk = import ./disk.nix; devices.lease.key = mode; }";
    let uri = editor.open("x.nix", text);
    let at = |what: &str| text.find(what).expect("the place") + 1;
    let found = editor.definition(&uri, at("disk ="));
    assert_eq!((found.len(), &found[0].uri), (1, &Url::from_file_path(file).expect("a path")));
    assert!(held_by(&dir, &found[0]).1.starts_with("{ driver"), "{found:?}");
    let found = editor.definition(&uri, at("key ="));
    assert_eq!((found.len(), &found[0].uri), (1, &uri));
    assert_eq!(editor.held(&uri, found[0].range), "\"file\"");
    // Variables are for others.
    assert_eq!(editor.definition(&uri, at("mode =")), []);
}

// --- Actions.

/// The quick fixes of what is wrong in a document: whether each is preferred, and how many problems it leaves.
fn fixes(name: &str, text: &str) -> Vec<(Option<bool>, usize)> {
    let (_dir, mut editor) = start();
    let uri = editor.open(name, text);
    let mut version = 1;
    let mut found = Vec::new();
    for wrong in editor.diagnostics(&uri, version) {
        for action in editor.actions(&uri, 0..0, vec![wrong]) {
            let mended = editor.done(&uri, &action);
            let whole = editor.text(&uri).len();
            version = editor.edit(&uri, 0..whole, &mended);
            found.push((action.is_preferred, editor.diagnostics(&uri, version).len()));
            let whole = editor.text(&uri).len();
            version = editor.edit(&uri, 0..whole, text);
            editor.diagnostics(&uri, version);
        }
    }
    found
}

#[test]
fn a_fix_that_leaves_an_error_is_not_preferred() {
    let nix = |with: &str| {
        format!(
            "{{ x }}: x.domain.writeXML {{ type = \"kvm\"; name = \"vm\"; memory = 1; os.type = \"hvm\"; {with} }}"
        )
    };
    let json = |with: &str| {
        format!(r#"{{ "type": "kvm", "name": "vm", "memory": 1, "os": {{ "type": "hvm" }}, {with} }}"#)
    };
    let xml = |with: &str| {
        format!(
            "<domain type='kvm'><name>vm</name><memory {with}>1</memory><os><type>hvm</type></os></domain>"
        )
    };
    for (name, clashing, free) in [
        ("vm.nix", nix("title = \"a\"; titel = \"b\";"), nix("titel = \"b\";")),
        ("vm.json", json(r#""title": "a", "titel": "b""#), json(r#""titel": "b""#)),
        ("vm.xml", xml("unit='KiB' unitt='MiB'"), xml("unitt='MiB'")),
    ] {
        let fixes_of = fixes(name, &clashing);
        assert!(
            fixes_of.iter().all(|(preferred, left)| *preferred == Some(*left == 0)),
            "{name}: {fixes_of:?}"
        );
        assert!(fixes_of.iter().any(|(preferred, _)| *preferred == Some(false)), "{name}: {fixes_of:?}");
        let fixes_of = fixes(name, &free);
        assert_eq!(fixes_of, [(Some(true), 0)], "{name}");
    }
}

#[test]
fn what_was_meant_is_one_key_away() {
    let (dir, mut editor) = start();
    let text = domain(
        "{ dsik = { drvier.cache = \"none\"; device = \"dsik\"; source.file = \"/a\"; target.dev = \"vda\"; }; }",
    );
    let uri = editor.open("x.nix", &text);
    let mut found = editor.diagnostics(&uri, 1);
    while let Some(wrong) = found.first().cloned() {
        let actions = editor.actions(&uri, 0..0, vec![wrong.clone()]);
        let action =
            actions.iter().find(|it| it.kind == Some(CodeActionKind::QUICKFIX)).expect("a quick fix");
        // What is wrong within a set whose name is wrong comes to light with the name.
        let hides = editor.held(&uri, wrong.range) == "dsik";
        assert_eq!(
            (action.is_preferred, action.diagnostics.as_deref()),
            (Some(!hides), Some(&[wrong.clone()][..]))
        );
        let mended = editor.done(&uri, action);
        let whole = editor.text(&uri).len();
        let version = editor.edit(&uri, 0..whole, &mended);
        // What is not there any more cannot be mended.
        assert_eq!(editor.actions(&uri, 0..0, vec![wrong]), []);
        found = editor.diagnostics(&uri, version);
    }
    let mended = editor.text(&uri).to_owned();
    assert_eq!(
        mended,
        text.replace("dsik = ", "disk = ").replace("drvier", "driver").replace("\"dsik\"", "\"disk\"")
    );
    dir.write("x.nix", mended);
    dir.run(["check", "x.nix"]).succeeds();
    for (name, text, mended) in [
        (
            "x.json",
            r#"{ "name": "x", "memory": 1, "typ": "kvm", "os": { "type": "hvm" } }"#,
            r#""type": "kvm""#,
        ),
        ("x.xml", &*XML.replace("kvm", "kmv"), "<domain type='kvm'>"),
    ] {
        let uri = editor.open(name, text);
        let found = editor.diagnostics(&uri, 1);
        let actions = editor.actions(&uri, 0..0, found);
        assert!(editor.done(&uri, &actions[0]).contains(mended), "{actions:?}");
    }
}

/// The action that turns XML into a spec.
#[track_caller]
fn imported(editor: &mut Editor, name: &str, text: &str) -> (Url, String) {
    let Marked { text, offset } = Marked::new(text);
    let uri = editor.open(name, &text);
    let actions = editor.actions(&uri, offset..offset, Vec::new());
    let [action] = actions.as_slice() else { panic!("one action: {actions:?}") };
    assert_eq!(action.kind, Some(CodeActionKind::REFACTOR_REWRITE));
    let done = editor.done(&uri, action);
    (uri, done)
}

#[test]
fn xml_becomes_a_spec_where_it_stands() {
    let (dir, mut editor) = start();
    let call =
        |what: &str| format!("{{ nixvirt }}:\n{{\n  # 😀\n  a = nixvirt.domain.writeXML {what};\n}}\n");
    let spec =
        "{\n    type = \"kvm\";\n    name = \"vm\";\n    memory.count = 1024;\n    os.type = \"hvm\";\n  }";
    dir.write("vm.xml", XML);
    // In a string, pasted as it is, in a file.
    for what in [
        format!("''{}''", XML.replacen("<name>", "<na|me>", 1)),
        format!("\"{}\"", XML.replacen("<name>", "<na|me>", 1)),
        XML.trim_end().replacen("<name>", "<na|me>", 1),
        "./vm|.xml".to_owned(),
    ] {
        let (_, done) = imported(&mut editor, "x.nix", &call(&what));
        assert_eq!(done, call(spec), "{what}");
        dir.write("x.nix", &done);
        dir.run(["check", "x.nix"]).succeeds();
    }
    // In the options of the module, the name of the option changes as well.
    let option =
        "{ virtualisation.libvirt.connections.x.domains.vm = { definition = ./v|m.xml; active = true; }; }";
    let (_, done) = imported(&mut editor, "x.nix", option);
    assert!(done.contains("{ spec = {\n") && done.contains("}; active = true; }; }"), "{done}");
    // What compiles, compiles to that XML again.
    dir.write("spec.nix", spec);
    dir.run(["--exact", "spec.nix"]).succeeds().prints(XML);
    // A selection.
    let text = call(XML.trim_end());
    let uri = editor.open("y.nix", &text);
    let start = text.find("<domain").expect("the XML");
    let actions = editor.actions(&uri, start..start + XML.trim_end().len(), Vec::new());
    assert_eq!(editor.done(&uri, &actions[0]), call(spec));
    // XML that libvirt would refuse is said to be, and nothing is offered where there is none.
    let wrong = call(&XML.trim_end().replace("1024", "much"));
    let uri = editor.open("z.nix", &wrong);
    let at = wrong.find("much").expect("the place");
    let actions = editor.actions(&uri, at..at, Vec::new());
    assert!(actions[0].disabled.as_ref().is_some_and(|it| it.reason.contains("much")), "{actions:?}");
    for text in ["{ a = |1; }", "{ a = ./none|.xml; }", "{ a = \"<ht|ml/>\"; }", "{ a = <nix|pkgs>; }", "|"] {
        let Marked { text, offset } = Marked::new(text);
        let uri = editor.open("n.nix", &text);
        assert_eq!(editor.actions(&uri, offset..offset, Vec::new()), [], "{text}");
    }
}

#[test]
fn xml_is_formatted_as_libvirt_does() {
    let (_dir, mut editor) = start();
    let uri = editor.open("vm.xml", &XML.replace("\n  ", " ").replace('\'', "\""));
    assert_eq!(editor.formatted(&uri).as_deref(), Some(XML));
    let uri = editor.open("wrong.xml", "<domain><name>");
    assert_eq!(editor.formatted(&uri), None);
    let uri = editor.open("x.nix", "{ }");
    assert_eq!(editor.formatted(&uri), None);
    let unknown = editor.try_request::<async_lsp::lsp_types::request::Rename>(
        serde_json::from_value(json!({
            "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 }, "newName": "x"
        }))
        .expect("parameters"),
    );
    assert!(
        matches!(&unknown, Err(Error::Response(it)) if it.code == ErrorCode::METHOD_NOT_FOUND),
        "{unknown:?}"
    );
    assert_eq!(editor.leave(), Some(1), "without a `shutdown`");
}

// --- The other places of a problem.

/// The code of a problem and its other places: for each the message, the line and the column.
type WithPlaces = (String, Vec<(String, u64, u64)>);

/// The wrong examples of all codes that speak of several places, in each language: editors are told the same places as the
/// command line says.
#[test]
fn editors_are_told_all_other_places() {
    let dir = Dir::new();
    let mut seen = 0;
    for (name, text) in wrong_examples(&dir) {
        dir.write(&name, &text);
        let said = dir.run(["check", "--format", "json", &name]).done();
        let said: serde_json::Value = serde_json::from_str(said.for_tools()).expect("JSON");
        let mut expected: Vec<WithPlaces> = Vec::new();
        for found in said.as_array().expect("a list") {
            let places = found["related"].as_array().expect("a list").iter().map(|place| {
                seen += 1;
                let number = |key: &str| place[key].as_u64().expect("a number");
                (place["message"].as_str().expect("a message").to_owned(), number("line"), number("column"))
            });
            expected.push((found["code"].as_str().expect("a code").to_owned(), places.collect()));
        }
        let mut editor = Editor::start(&dir, modern());
        let uri = editor.open(&name, &text);
        let mut told: Vec<WithPlaces> = Vec::new();
        for found in editor.diagnostics(&uri, 1) {
            let places = found.related_information.iter().flatten().map(|place| {
                let start = place.location.range.start;
                (place.message.clone(), u64::from(start.line) + 1, u64::from(start.character) + 1)
            });
            let Some(NumberOrString::String(code)) = &found.code else { panic!("{name}: a code: {found:?}") };
            told.push((code.clone(), places.collect()));
        }
        expected.sort();
        told.sort();
        assert_eq!(told, expected, "{name}:\n{text}");
        assert_eq!(editor.finish(), Some(0));
    }
    assert!(seen > 100, "only {seen} other places were said");
}
