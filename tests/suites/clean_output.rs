//! Printed text does nothing to a terminal and is no longer than anybody reads, whatever is in keys, values and file
//! names, in every format.

use nixvirt_compiler::printable::acts;
use nixvirt_tests::command::{Dir, Done};
use serde_json::Value;

/// One character of each kind that acts on a terminal, or on the direction of what is beside it.
const ACTING: &[char] = &[
    '\u{1b}', '\u{7}', '\u{8}', '\r', '\u{7f}', '\u{85}', '\u{9b}', '\u{9d}', '\u{61c}', '\u{200e}',
    '\u{200f}', '\u{2028}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
];

/// The formats in which problems are printed.
const FORMATS: &[&str] = &["human", "short", "json", "sarif"];

/// Nothing acts in what was printed, and it is not long.
#[track_caller]
fn clean(done: &Done) {
    assert_ne!(done.status, 0, "there should be something to say\n{done}");
    let found = done.stderr.chars().find(|character| acts(*character) && !"\n\t".contains(*character));
    assert_eq!(found, None, "{:?}", done.stderr);
    assert!(done.stderr.len() < 40_000, "{} bytes", done.stderr.len());
}

/// Checks a file in every format.
#[track_caller]
fn check(dir: &Dir, file: &str) {
    for format in FORMATS {
        let done = dir.run(["--format", format, "--color", "never", "check", file]).done();
        clean(&done);
        if matches!(*format, "json" | "sarif") {
            assert!(serde_json::from_str::<Value>(done.for_tools()).is_ok(), "{done}");
        }
    }
}

/// A machine in Nix, with something in it.
fn machine(with: &str) -> String {
    format!(
        "{{ nixvirt }}: nixvirt.lib.domain.writeXML {{ type = \"kvm\"; name = \"vm\"; os.type = \"hvm\"; {with} }}"
    )
}

/// Sources in each language with a text as a key, as a value and where nothing belongs.
fn sources(text: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::to_string(text).expect("JSON");
    let nix = text.replace('\\', "\\\\").replace('"', "\\\"");
    let spec = |key: &str, value: &str| {
        format!("{{ \"type\": \"kvm\", \"name\": \"vm\", {key}: {value}, \"vcpu\": {value} }}")
    };
    vec![
        ("key.json", spec(&json, "1")),
        ("value.json", spec("\"memory\"", &json)),
        ("twice.json", format!("{{ {json}: 1, {json}: 2 }}")),
        ("kind.json", format!("{{ \"kind\": {json} }}")),
        ("no.json", format!("{{ {text} }}")),
        ("template.json", format!("{{ \"template\": {json} }}")),
        ("bundle.json", format!("{{ \"domains\": [ ], {json}: [ ] }}")),
        ("key.nix", machine(&format!("memory = 1; \"{nix}\" = 1;"))),
        ("value.nix", machine(&format!("memory = \"{nix}\";"))),
        ("throw.nix", machine(&format!("memory = throw \"{nix}\";"))),
        ("no.nix", format!("{{ type = \"kvm\"; {text} }}")),
        ("name.xml", format!("<domain type='kvm'><{text}/></domain>")),
        ("value.xml", format!("<domain type='{text}'><name>vm</name></domain>")),
        ("text.xml", format!("<domain type='kvm'>{text}</domain>")),
        ("entity.xml", format!("<domain type='kvm'>&{text};</domain>")),
    ]
}

#[test]
fn nothing_acts_on_a_terminal() {
    let dir = Dir::new();
    let all: String = ACTING.iter().collect();
    for text in [all.as_str(), "\u{9b}31m\u{202e}", "\u{1b}]0;x\u{7}"] {
        for (file, source) in sources(text) {
            dir.write(file, source);
            check(&dir, file);
        }
    }
}

#[test]
fn nothing_is_longer_than_anybody_reads() {
    let dir = Dir::new();
    for (file, source) in sources(&"x".repeat(1 << 17)) {
        dir.write(file, source);
        check(&dir, file);
    }
}

#[test]
fn file_names_are_clean_too() {
    let dir = Dir::new();
    let name = |ending: &str| format!("a\u{1b}[31m\u{9b}\u{202e}{ending}");
    for (ending, source) in
        [(".json", "{ \"x\": 1 }"), (".xml", "<a/>"), (".nix", &machine("memory = 1; x = 1;"))]
    {
        dir.write(&name(ending), source);
        check(&dir, &name(ending));
        check(&dir, &name(&format!(".missing{ending}")));
    }
    for arguments in [
        vec![name(".json")],
        vec![name(".gone")],
        vec!["fmt".into(), name(".xml")],
        vec!["fmt".into(), "--check".into(), name(".xml")],
        vec!["import".into(), name(".nix")],
        vec!["explain".into(), name("")],
        vec!["man".into(), name("")],
        vec![format!("--{}", name(""))],
        vec!["check".into(), "--kind".into(), name("")],
    ] {
        clean(&dir.run(arguments.iter().map(String::as_str)).done());
    }
}

#[test]
fn a_byte_order_mark_is_fine_in_nix() {
    let dir = Dir::new();
    dir.write("vm.nix", format!("\u{feff}{}", machine("memory = 1;")));
    dir.run(["check", "vm.nix"]).succeeds();
    dir.write("vm.nix", format!("\u{feff}{}", machine("memory = 1; x = 1;")));
    let at = 1 + machine("memory = 1; ").find("memory").unwrap_or(0) + "memory = 1; ".len();
    let done = dir.run(["check", "--format", "short", "vm.nix"]).done();
    assert!(done.stderr.starts_with(&format!("vm.nix:1:{at}: unknown-attribute")), "{done}");
}

#[test]
fn a_lack_of_memory_is_called_that() {
    let dir = Dir::new();
    dir.write("vm.json", "{ }");
    let program = nixvirt_tests::command::binary();
    for kilobytes in [100_000, 200_000, 270_000] {
        let script = format!("ulimit -v {kilobytes}; exec '{}' check vm.json", program.display());
        let mut command = std::process::Command::new("sh");
        let output = command.args(["-c", &script]).current_dir(dir.path()).output().expect("sh should run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("memory"), "{kilobytes}: {said}");
    }
}

#[test]
fn numbers_that_are_no_integers() {
    let dir = Dir::new();
    for number in ["-0", "1.0", "1e3"] {
        let places = [
            format!("{{ \"type\": \"kvm\", \"name\": \"vm\", \"memory\": {number} }}"),
            format!("{{ \"type\": \"kvm\", \"name\": \"vm\", \"memory\": 1, \"vcpu\": {number} }}"),
            format!(
                "{{ \"type\": \"kvm\", \"name\": \"vm\", \"memory\": 1, \"vcpu\": {{ \"current\": {number} }} }}"
            ),
        ];
        for source in places {
            dir.write("vm.json", &source);
            let done = dir.run(["--format", "short", "check", "vm.json"]).done();
            assert!(done.stderr.contains("expected an integer"), "{source}\n{done}");
        }
    }
}
