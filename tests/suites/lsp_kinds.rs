//! Completion and hover in a spec of which only its kind is known: each way in which a lone spec says its kind, in Nix and in JSON,
//! for each kind.

use async_lsp::lsp_types::CompletionItem;
use nixvirt_schema::{KINDS, Kind};
use nixvirt_tests::editor::{Editor, Marked, labels, start};

/// A key of the kind's root that no other kind has, and of which no other begins.
fn telling(kind: &Kind) -> &'static str {
    let keys = |kind: &Kind| -> Vec<&'static str> {
        let children = kind.root.children.iter().filter(|child| !child.hoisted && !child.live);
        children.map(|child| child.element.name).collect()
    };
    let others: Vec<&str> = KINDS.iter().filter(|other| other.name != kind.name).flat_map(keys).collect();
    let own = keys(kind).into_iter().find(|key| key.len() > 2 && !others.contains(key));
    own.unwrap_or_else(|| panic!("{} has no key of its own", kind.name))
}

fn offers(items: &[CompletionItem], key: &str, text: &str) {
    let labels = labels(items);
    assert!(labels.contains(&key), "{key} should be offered in {text}: {labels:?}");
}

/// Asks for the completion at the bar, and for the description of the key that stands there once it is written.
#[track_caller]
fn known(editor: &mut Editor, file: &str, text: &str, key: &str) {
    offers(&editor.offered(file, text), key, text);
    let begun = text.replace('|', &format!("{}|", &key[..2]));
    offers(&editor.offered(file, &begun), key, &begun);
    let written = match file.ends_with(".json") {
        true => text.replace('|', &format!("\"{key}|\": null")),
        false => text.replace('|', &format!("{key}| = null;")),
    };
    let Marked { text, offset } = Marked::new(&written);
    let uri = editor.open(file, &text);
    let shown = editor.hover(&uri, offset - 1);
    assert!(shown.as_ref().is_some_and(|shown| shown.contains(key)), "{text}: {shown:?}");
}

#[test]
fn a_word_says_the_kind() {
    let (_dir, mut editor) = start();
    for kind in KINDS {
        let (name, key) = (kind.name, telling(kind));
        known(&mut editor, "x.nix", &format!("{{ kind = \"{name}\"; | }}"), key);
        known(&mut editor, "x.json", &format!("{{ \"kind\": \"{name}\", | }}"), key);
    }
    for name in ["network", "secret"] {
        let key = telling(nixvirt_schema::kind(name).expect("a kind"));
        for text in [
            format!("{{ | kind = \"{name}\"; }}"),
            format!("{{ kind = \"{name}\"; other = [ 1 ]; more = {{ }}; further = 2; | }}"),
            format!("rec {{ kind = \"{name}\"; | }}"),
            format!("{{ \"kind\" = ''{name}''; | }}"),
            format!("{{ x, ... }}: {{ kind = \"{name}\"; | }}"),
            format!("let a = 1; in {{ kind = \"{name}\"; | }}"),
            format!("x // {{ kind = \"{name}\"; | }}"),
            format!("{{ kind = \"{name}\"; }} // {{ | }}"),
            format!("{{ lan = {{ kind = \"{name}\"; | }}; }}"),
            format!("[ {{ kind = \"{name}\"; | }} ]"),
            format!("{{ kind = \"{name}\"; |"),
        ] {
            known(&mut editor, "x.nix", &text, key);
        }
        known(&mut editor, "x.json", &format!("{{ |, \"kind\": \"{name}\" }}"), key);
    }
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn the_place_in_a_bundle_says_the_kind() {
    let (_dir, mut editor) = start();
    for kind in KINDS.iter().filter(|kind| kind.parent.is_none()) {
        let (plural, key) = (kind.plural, telling(kind));
        for text in [
            format!("{{ {plural} = [ {{ spec = {{ | }}; }} ]; }}"),
            format!("{{ {plural} = [ {{ active = true; spec = {{ | }}; }} ]; }}"),
            format!("{{ {plural}.one.spec = {{ | }}; }}"),
            format!("{{ pkgs }}: {{ {plural} = {{ one = {{ spec = {{ | }}; }}; }}; }}"),
        ] {
            known(&mut editor, "x.nix", &text, key);
        }
        known(&mut editor, "x.json", &format!("{{ \"{plural}\": [ {{ \"spec\": {{ | }} }} ] }}"), key);
    }
    let volume = telling(nixvirt_schema::kind("volume").expect("a kind"));
    let pool = "{ pools = [ { spec = { }; volumes = [ { spec = { | }; } ]; } ]; }";
    known(&mut editor, "x.nix", pool, volume);
    let pool = "{ \"pools\": [ { \"spec\": { }, \"volumes\": [ { \"spec\": { | } } ] } ] }";
    known(&mut editor, "x.json", pool, volume);
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn the_keys_say_the_kind() {
    let (_dir, mut editor) = start();
    for (text, key) in [
        ("{ type = \"kvm\"; | }", "devices"),
        ("{ type = \"dir\"; | }", "source"),
        // Most of these are keys of several kinds.
        ("{ name = \"lan\"; uuid = \"\"; bridge.name = \"virbr1\"; | }", "forward"),
        ("{ name = \"a\"; type = \"file\"; capacity = 1; | }", "target"),
    ] {
        known(&mut editor, "x.nix", text, key);
    }
    let network = "{ \"name\": \"lan\", \"bridge\": { \"name\": \"virbr1\" }, \"ip\": { \"address\": \"192.0.2.1\" }, | }";
    known(&mut editor, "x.json", network, "forward");
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn a_template_says_the_kind_and_has_arguments() {
    let (_dir, mut editor) = start();
    for template in nixvirt_templates::arguments::TEMPLATES {
        let name = template.name;
        let key = telling(nixvirt_schema::kind(template.kind).expect("a kind"));
        let argument = template.arguments[0].name;
        for text in [
            format!("{{ template = \"{name}\"; | }}"),
            format!("{{ kind = \"{}\"; template = \"{name}\"; | }}", template.kind),
        ] {
            known(&mut editor, "x.nix", &text, key);
            known(&mut editor, "x.nix", &text, argument);
        }
        let text = format!("{{ \"template\": \"{name}\", | }}");
        known(&mut editor, "x.json", &text, key);
        known(&mut editor, "x.json", &text, argument);
        let args = format!("{{ template = \"{name}\"; args = {{ | }}; }}");
        known(&mut editor, "x.nix", &args, argument);
        let entry = format!("{{ {}s = [ {{ template = \"{name}\"; args = {{ | }}; }} ]; }}", template.kind);
        known(&mut editor, "x.nix", &entry, argument);
    }
    assert_eq!(editor.finish(), Some(0));
}

#[test]
fn the_words_are_offered_and_described() {
    let (_dir, mut editor) = start();
    for (file, text) in
        [("x.nix", "{ kind = \"|\"; }"), ("x.nix", "{ x }: { kind = |; }"), ("x.json", "{ \"kind\": \"|\" }")]
    {
        for kind in KINDS {
            let items = editor.offered(file, text);
            let found = labels(&items).iter().any(|label| label.trim_matches('"') == kind.name);
            assert!(found, "{} in {text}: {:?}", kind.name, labels(&items));
        }
    }
    for (file, text) in [("x.nix", "{ template = \"|\"; }"), ("x.json", "{ \"template\": \"|\" }")] {
        offers(&editor.offered(file, text), "linux", text);
        offers(&editor.offered(file, text), "bridge", text);
    }
    let of_kind = "{ kind = \"network\"; template = \"|\"; }";
    let items = editor.offered("x.nix", of_kind);
    assert_eq!(labels(&items), ["bridge"], "{of_kind}");
    for (file, text) in [
        ("x.nix", "{ ki|nd = \"network\"; }"),
        ("x.nix", "{ kind = \"net|work\"; }"),
        ("x.json", "{ \"ki|nd\": \"network\" }"),
    ] {
        let Marked { text, offset } = Marked::new(text);
        let uri = editor.open(file, &text);
        let shown = editor.hover(&uri, offset);
        assert!(
            shown.as_ref().is_some_and(|shown| shown.contains("The kind of object")),
            "{text}: {shown:?}"
        );
    }
    // Somebody else's `kind` is none of ours.
    for (file, text) in [
        ("x.nix", "{ apiVersion = \"v1\"; kind = \"Service\"; metadata.name = \"a\"; | }"),
        ("x.json", "{ \"apiVersion\": \"v1\", \"kind\": \"Service\", | }"),
    ] {
        assert!(editor.offered(file, text).is_empty(), "{text}");
    }
    assert_eq!(editor.finish(), Some(0));
}
