//! The evaluator against real Nix: templates, and random expressions; equal results or equal refusal.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use nixvirt_cli::files::DiskFiles;
use nixvirt_evaluator::{ErrorKind, Evaluator, LIB, Limits, with_stack};
use nixvirt_ide::files::Nowhere;
use nixvirt_tests::command::Dir;
use nixvirt_tests::random::Random;
use nixvirt_tests::{amount, place, skip};
use serde_json::Value;

/// The value of a file by our evaluator.
fn ours(path: &Path, text: &str) -> Result<Value, String> {
    with_stack(|| {
        let mut evaluator = Evaluator::new(Box::new(DiskFiles), Limits::default(), false);
        let json = evaluator.json_of(path, text).map_err(|error| error.to_string())?;
        serde_json::from_str(&json).map_err(|error| error.to_string())
    })
    .expect("a stack")
}

/// The value of a file by real Nix.
fn nix(path: &Path) -> Result<Value, String> {
    let mut command = Command::new("nix-instantiate");
    command.args(["--eval", "--strict", "--json", "--option", "sandbox", "false"]).arg(path);
    let done = command.output().expect("nix-instantiate should run");
    match done.status.success() {
        true => serde_json::from_slice(&done.stdout).map_err(|error| error.to_string()),
        false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
    }
}

#[test]
fn the_templates_give_what_was_recorded() {
    let checks = place::checks();
    let text = std::fs::read_to_string(checks.join("templates.json")).expect("the rows");
    let rows: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(rows.len(), 84);
    let expression = format!(
        "let templates = import {}/templates {{ qemu = \"/QEMU\"; ovmf = \"/OVMF\"; virtio-win = \"/BUILD/virtio-win.iso\"; }};
           all = templates.domain // templates.network;
         in map (row: all.${{row.template}} row.args) (builtins.fromJSON (builtins.readFile {}))",
        place::root().display(),
        checks.join("templates.json").display()
    );
    let results = ours(Path::new("/rows.nix"), &expression).expect("our result");
    let results = results.as_array().expect("a list");
    for (row, result) in rows.iter().zip(results) {
        assert_eq!(&row["spec"], result, "template {} of {}", row["template"], row["args"]);
    }
}

#[test]
fn the_command_line_gives_the_xml_of_what_nix_gives() {
    let checks = place::checks();
    let text = std::fs::read_to_string(checks.join("templates.json")).expect("the rows");
    let rows: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let dir = Dir::new();
    let host = ["--qemu", "/QEMU", "--ovmf", "/OVMF", "--virtio-win", "/BUILD/virtio-win.iso"];
    let lenient = ["--unknown", "warn", "--format", "short"];
    for row in rows.iter().step_by(3) {
        let template = row["template"].as_str().expect("a name");
        let kind = if template == "bridge" { "network" } else { "domain" };
        dir.write("args.json", row["args"].to_string());
        dir.write("spec.json", row["spec"].to_string());
        let arguments = ["--template", template, "--kind", kind, "args.json"];
        let by_template = dir.run(arguments.into_iter().chain(host).chain(lenient)).done();
        let by_spec = dir.run(["--kind", kind, "spec.json"].into_iter().chain(lenient)).done();
        assert_eq!(by_template.status, by_spec.status, "{by_template}{by_spec}");
        assert_eq!(by_template.stdout, by_spec.stdout, "{}", row["args"]);
    }
}

/// A type of the expressions that are generated.
#[derive(Clone, Copy, PartialEq)]
enum Type {
    Int,
    Bool,
    Str,
    List,
    Set,
}

const TYPES: &[Type] = &[Type::Int, Type::Bool, Type::Str, Type::List, Type::Set];
const KEYS: &[&str] = &["a", "b", "c", "name", "value", "x-y"];

/// Generates expressions, mostly of the type that is wanted.
struct Generator {
    random: Random,
    scope: Vec<(String, Type)>,
    fresh: usize,
}

impl Generator {
    fn any(&mut self, depth: usize) -> String {
        let wanted = *self.random.pick(TYPES);
        self.expr(wanted, depth)
    }

    fn expr(&mut self, wanted: Type, depth: usize) -> String {
        // Now and then it is of another type, so that refusals are compared as well.
        let wanted = if self.random.below(60) == 0 { *self.random.pick(TYPES) } else { wanted };
        if depth == 0 || self.random.below(6) == 0 {
            return self.leaf(wanted);
        }
        let below = depth - 1;
        match self.random.below(11) {
            0 => {
                let (condition, yes, no) =
                    (self.expr(Type::Bool, below), self.expr(wanted, below), self.expr(wanted, below));
                format!("(if {condition} then {yes} else {no})")
            }
            1 => self.binding(wanted, below),
            2 => self.function(wanted, below),
            3 => {
                let key = *self.random.pick(KEYS);
                let (value, rest, default) =
                    (self.expr(wanted, below), self.expr(Type::Set, below), self.expr(wanted, below));
                match self.random.below(3) {
                    0 => format!("({rest} // {{ {key} = {value}; }}).{key}"),
                    1 => format!("(({rest}).{key} or {default})"),
                    _ => format!("(with {{ {key} = {value}; }}; {})", if key == "x-y" { "1" } else { key }),
                }
            }
            4 => {
                let items = self.expr(wanted, below);
                let at = self.random.below(2);
                format!("(builtins.elemAt [ {items} {items} ] {at})")
            }
            5 => {
                let (value, default) = (self.expr(wanted, below), self.expr(wanted, below));
                format!("(let t = builtins.tryEval {value}; in if t.success then t.value else {default})")
            }
            _ => self.operation(wanted, below),
        }
    }

    fn operation(&mut self, wanted: Type, below: usize) -> String {
        let choice = self.random.below(13);
        let mut of = |wanted| self.expr(wanted, below);
        match (wanted, choice) {
            (Type::Int, 0) => format!("({} + {})", of(Type::Int), of(Type::Int)),
            (Type::Int, 1) => format!("({} - {})", of(Type::Int), of(Type::Int)),
            (Type::Int, 2) => format!("(builtins.length {})", of(Type::List)),
            (Type::Int, 3) => format!("(builtins.stringLength {})", of(Type::Str)),
            (Type::Int, 4) => format!("(builtins.foldl' (x: y: x + 1) {} {})", of(Type::Int), of(Type::List)),
            (Type::Int, 5) => format!("({} / {})", of(Type::Int), of(Type::Int)),
            (Type::Int, 6) => format!("(builtins.bitAnd {} (-{}))", of(Type::Int), of(Type::Int)),
            (Type::Int, 7) => {
                format!("(builtins.length (map (x: {}) {}))", of(Type::Str), of(Type::List))
            }
            // A function that is never called may be wrong in old Nix only: 2.34 looks at it where the list has elements.
            (Type::Int, 8) => {
                format!("(builtins.length (builtins.genList (x: throw \"f\") {}))", of(Type::Int))
            }
            (Type::Int, 9) => {
                let (one, other) = (version(&mut self.random), version(&mut self.random));
                format!("(builtins.compareVersions \"{one}\" \"{other}\")")
            }
            (Type::Int, 10) => format!("({} # ends\r + {})", of(Type::Int), of(Type::Int)),
            (Type::Int, _) => format!("(-{})", of(Type::Int)),
            (Type::Bool, 0) => format!("({} == {})", of(Type::Set), of(Type::Set)),
            (Type::Bool, 1) => format!("({} < {})", of(Type::Int), of(Type::Int)),
            (Type::Bool, 2) => format!("({} && {})", of(Type::Bool), of(Type::Bool)),
            (Type::Bool, 3) => format!("({} || !{})", of(Type::Bool), of(Type::Bool)),
            (Type::Bool, 4) => format!("({} ? a.b)", of(Type::Set)),
            (Type::Bool, 5) => format!("(builtins.elem {} {})", of(Type::Int), of(Type::List)),
            (Type::Bool, 6) => format!("({} != {})", of(Type::List), of(Type::List)),
            (Type::Bool, _) => format!("({} <= {})", of(Type::Str), of(Type::Str)),
            (Type::Str, 0) => format!("({} + {})", of(Type::Str), of(Type::Str)),
            (Type::Str, 1) => format!("\"<${{{}}}>\"", of(Type::Str)),
            (Type::Str, 2) => format!("(toString {})", of(Type::Int)),
            (Type::Str, 3) => format!("(builtins.substring 1 {} {})", of(Type::Int), of(Type::Str)),
            (Type::Str, 4) => format!("(builtins.toJSON {})", of(Type::Set)),
            (Type::Str, 5) => {
                format!("(builtins.concatStringsSep {} (map toString {}))", of(Type::Str), of(Type::List))
            }
            // Old Nix asks each replacement for a string, new Nix only those that are used: what is none is not given to it.
            (Type::Str, 6) => format!(
                "(let to = {}; in if builtins.isString to then builtins.replaceStrings [ \"a\" \"\" ] [ to \"-\" ] {} else \"\")",
                of(Type::Str),
                of(Type::Str)
            ),
            (Type::Str, 7) => format!(
                "(builtins.replaceStrings [ {} \"b c\" \"\" \"c\" ] [ \"x\" \"\" \".\" \"never\" ] {})",
                of(Type::Str),
                of(Type::Str)
            ),
            (Type::Str, 8) => {
                format!(
                    "(builtins.foldl' (s: x: s + \"${{builtins.typeOf x}},\") {} {})",
                    of(Type::Str),
                    of(Type::List)
                )
            }
            (Type::Str, 9) => format!("(toString [ {} [ ] [ {} null ] true ])", of(Type::Str), of(Type::Int)),
            (Type::Str, 10) => format!("\"<\r${{{}}}\r\n\\r>\"", of(Type::Str)),
            (Type::Str, 11) => format!("''\r\n  {{\r  }} ${{{}}}\r\n  ''", of(Type::Str)),
            (Type::Str, _) => format!("(builtins.hashString \"sha256\" {})", of(Type::Str)),
            (Type::List, 0) => format!("({} ++ {})", of(Type::List), of(Type::List)),
            (Type::List, 1) => format!("(map (x: [ x ]) {})", of(Type::List)),
            (Type::List, 2) => {
                format!("(builtins.filter (x: builtins.isInt x || {}) {})", of(Type::Bool), of(Type::List))
            }
            (Type::List, 3) => format!("(builtins.attrNames {})", of(Type::Set)),
            (Type::List, 4) => format!("(builtins.genList (i: i + {}) 3)", of(Type::Int)),
            (Type::List, 5) => format!("(builtins.split \"[a-c]+\" {})", of(Type::Str)),
            (Type::List, 6) => {
                format!("(builtins.sort builtins.lessThan [ {} {} 2 ])", of(Type::Int), of(Type::Int))
            }
            (Type::List, 7) => {
                format!("(builtins.attrNames (builtins.mapAttrs (throw \"f\") {}))", of(Type::Set))
            }
            (Type::List, 8) => {
                format!("(builtins.concatMap (x: [ x {} ]) {})", of(Type::Int), of(Type::List))
            }
            (Type::List, 9) => format!("(builtins.splitVersion \"{}\")", version(&mut self.random)),
            (Type::List, 10) => format!("(builtins.deepSeq {} {})", of(Type::Set), of(Type::List)),
            (Type::List, _) => {
                format!("(lib.imap0 (i: x: [ i x ]) (lib.optionals {} {}))", of(Type::Bool), of(Type::List))
            }
            (Type::Set, 0) => format!("({} // {})", of(Type::Set), of(Type::Set)),
            (Type::Set, 1) => format!("(builtins.mapAttrs (n: v: [ n v ]) {})", of(Type::Set)),
            (Type::Set, 2) => format!("(removeAttrs {} [ \"a\" {} ])", of(Type::Set), of(Type::Str)),
            (Type::Set, 3) => {
                format!(
                    "(builtins.listToAttrs [ {{ name = {}; value = {}; }} ])",
                    of(Type::Str),
                    of(Type::Int)
                )
            }
            (Type::Set, 4) => format!("(builtins.intersectAttrs {} {})", of(Type::Set), of(Type::Set)),
            (Type::Set, 5) => format!("(lib.recursiveUpdate {} {})", of(Type::Set), of(Type::Set)),
            (Type::Set, 6) => format!("(builtins.fromJSON (builtins.toJSON {}))", of(Type::Set)),
            (Type::Set, 7) => format!("(builtins.groupBy (x: builtins.typeOf x) {})", of(Type::List)),
            (Type::Set, 8) => {
                format!("(builtins.zipAttrsWith (n: vs: [ n vs ]) [ {} {} ])", of(Type::Set), of(Type::Set))
            }
            (Type::Set, 9) => {
                format!("{{ ${{{}}} = {}; ${{null}} = 1; z = 2; }}", of(Type::Str), of(Type::Int))
            }
            (Type::Set, 10) => format!("(builtins.partition builtins.isInt {})", of(Type::List)),
            (Type::Set, _) => format!("(lib.filterAttrs (n: v: n != \"a\") {})", of(Type::Set)),
        }
    }

    fn binding(&mut self, wanted: Type, below: usize) -> String {
        let of = *self.random.pick(TYPES);
        let name = self.name();
        let value = self.expr(of, below);
        self.scope.push((name.clone(), of));
        let (body, other) = (self.expr(wanted, below), self.expr(Type::Int, below));
        self.scope.pop();
        match self.random.below(3) {
            0 => format!("(let {name} = {value}; in {body})"),
            1 => format!("(rec {{ {name} = {value}; r.{name} = {other}; r.s = {body}; }}).r.s"),
            _ => format!("(let inherit ({{ {name} = {value}; }}) {name}; in {body})"),
        }
    }

    fn function(&mut self, wanted: Type, below: usize) -> String {
        let of = *self.random.pick(TYPES);
        let name = self.name();
        let (given, default) = (self.expr(of, below), self.expr(of, below));
        self.scope.push((name.clone(), of));
        let body = self.expr(wanted, below);
        self.scope.pop();
        match self.random.below(5) {
            0 => format!("(({name}: {body}) {given})"),
            1 => format!("(({{ {name}, ... }}: {body}) {{ {name} = {given}; other = 1; }})"),
            2 => format!("(({{ {name} ? {default} }}: {body}) {{ }})"),
            3 => format!(
                "(({{ {name}, q ? {name} }}@all: let unused = all.{name}; in {body}) {{ {name} = {given}; }})"
            ),
            _ => format!("(({{ {name} }}: {body}) {{ {name} = {given}; b = 1; }})"),
        }
    }

    fn name(&mut self) -> String {
        self.fresh += 1;
        format!("v{}", self.fresh)
    }

    fn leaf(&mut self, wanted: Type) -> String {
        let known: Vec<String> =
            self.scope.iter().filter(|(_, of)| *of == wanted).map(|(name, _)| name.clone()).collect();
        if !known.is_empty() && self.random.below(3) > 0 {
            return self.random.pick(&known).clone();
        }
        match wanted {
            Type::Int => self.random.below(20).to_string(),
            Type::Bool => (*self.random.pick(&["true", "false"])).to_owned(),
            Type::Str => (*self.random.pick(&[
                "\"\"",
                "\"a\"",
                "\"b c\\n\\t\\${x}\"",
                "''\n    two\n      lines ''${x} '''\n  ''",
                "''one''",
                "(throw \"t\")",
                "''\n  a\n\n   b ${\"i\"}\n c''",
            ]))
            .to_owned(),
            Type::List => {
                (*self.random.pick(&["[ ]", "[ 1 2 ]", "[ \"a\" 3 null ]", "[ [ ] { } ]"])).to_owned()
            }
            Type::Set => {
                let mut set = String::from("{ ");
                let keys: Vec<&str> = KEYS.iter().copied().filter(|_| self.random.below(3) == 0).collect();
                for key in keys {
                    let value = self.random.below(5);
                    let _ = match self.random.below(4) {
                        0 => write!(set, "{key}.b = {value}; "),
                        1 => write!(set, "\"{key}\" = \"{value}\"; "),
                        2 => write!(set, "${{\"{key}\"}} = [ {value} ]; "),
                        _ => write!(set, "{key} = {{ c = {value}; }}; "),
                    };
                }
                set + "}"
            }
        }
    }
}

/// A version: words and numbers, some of them larger than Nix counts.
fn version(random: &mut Random) -> String {
    let parts = [
        "1",
        "2",
        "10",
        "007",
        "2147483647",
        "2147483648",
        "99999999999999999999999",
        "pre",
        "a",
        "rc1",
        "",
        "-",
    ];
    let parts: Vec<&str> = (0..1 + random.below(4)).map(|_| *random.pick(&parts)).collect();
    parts.join(".")
}

/// Our part of nixpkgs' `lib`, in files.
fn written(dir: &Dir) -> PathBuf {
    let files: Vec<PathBuf> = LIB.iter().map(|(name, text)| dir.write(name, text)).collect();
    files[0].clone()
}

#[test]
fn random_expressions_give_what_nix_gives() {
    if !skip::have("nix-instantiate", "--version") {
        return;
    }
    let count = amount::how_many(400, 20_000);
    let first = amount::seed();
    let dir = Dir::new();
    let lib = written(&dir);
    let mut good = Vec::new();
    let mut refused = 0;
    for seed in (0..count as u64).map(|number| first.wrapping_add(number)) {
        let mut generator = Generator { random: Random::new(seed), scope: Vec::new(), fresh: 0 };
        let expression = generator.any(4);
        let whole = format!("let lib = import {}; in {expression}", lib.display());
        match ours(&dir.path().join("expression.nix"), &whole) {
            Ok(value) => good.push((expression, value)),
            // Nix must refuse it, too; each costs a process.
            Err(message) if refused < count / 8 => {
                refused += 1;
                let path = dir.write("refused.nix", &whole);
                if let Ok(value) = nix(&path) {
                    panic!("seed {seed}: Nix gives {value}, ours: {message}\n{expression}");
                }
            }
            Err(_) => {}
        }
    }
    assert!(good.len() > count / 2, "most expressions should have a value; {} of {count} have", good.len());
    assert!(refused > count / 40, "some should have none; {refused} have");
    for batch in good.chunks(200) {
        let list: String = batch.iter().map(|(expression, _)| format!("({expression})\n")).collect();
        let path = dir.write("batch.nix", format!("let lib = import {}; in [\n{list}]", lib.display()));
        let values = match nix(&path) {
            Ok(Value::Array(values)) => values,
            other => {
                let alone = |expression: &str| {
                    let path = dir
                        .write("alone.nix", format!("let lib = import {}; in {expression}", lib.display()));
                    nix(&path)
                };
                let refused = batch.iter().find(|(expression, _)| alone(expression).is_err());
                panic!("Nix should take this, as ours does: {refused:?}: {other:?}")
            }
        };
        for ((expression, ours), nix) in batch.iter().zip(values) {
            assert_eq!(*ours, nix, "{expression}");
        }
    }
}

/// Where versions of Nix differ, the value of the newer one counts: what works there is no mistake.
#[test]
fn a_replacement_that_is_not_used_is_not_evaluated() {
    let dir = Dir::new();
    let path = dir.path().join("expression.nix");
    let value = |text: &str| {
        ours(&path, &format!("builtins.replaceStrings [ \"a\" ] [ (throw \"used\") ] \"{text}\""))
    };
    assert_eq!(value("bcd"), Ok(Value::from("bcd")));
    assert!(value("abc").is_err_and(|message| message.contains("used")));
}

/// A regular expression over a few letters.
fn regex(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return (*random.pick(&["a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "[[:alpha:]]", "ab", ""]))
            .to_owned();
    }
    let (one, other) = (regex(random, depth - 1), regex(random, depth - 1));
    match random.below(9) {
        0 | 1 => format!("({one}|{other})"),
        2 => format!("({one})*"),
        3 => format!("({one})+"),
        4 => format!("({one})?"),
        5 => format!("({one}){{{},{}}}", random.below(2), 2 + random.below(2)),
        6 => format!("({one}){{{},}}", random.below(3)),
        7 => format!("{one}|{other}"),
        _ => format!("{one}{other}"),
    }
}

#[test]
fn regular_expressions_match_as_in_nix() {
    if !skip::have("nix-instantiate", "--version") {
        return;
    }
    let mut random = Random::new(amount::seed());
    let fixed = [
        ("(a*)(ab)?", "aab"),
        ("(a|ab)(c|bcd)(d*)", "abcd"),
        ("((a)|b)*", "ab"),
        ("(|a)+", "aa"),
        ("x*", "axb"),
        ("(^|x)a", "aaxa"),
        ("a$", "aaa"),
        ("[]a]", "a]b"),
        ("[a\\\\]", "a"),
        ("[--/]", ".a-"),
        ("[a-]", "b-a"),
        ("a{2}{2}", "aaaaa"),
        ("(a)|b", "b"),
        ("}", "}"),
        (".", "\u{e4}b"),
        ("\u{e4}.", "\u{e4}b"),
    ];
    let fixed = fixed.map(|(pattern, text)| (pattern.to_owned(), text.to_owned())).into_iter();
    let made = (0..300).map(|_| {
        let depth = 1 + random.below(3);
        let text: String = (0..random.below(8)).map(|_| *random.pick(&["a", "b", "c"])).collect();
        (regex(&mut random, depth), text)
    });
    let expressions: Vec<String> = fixed
        .chain(made)
        .flat_map(|(pattern, text)| {
            ["match", "split"].map(|function| format!("(builtins.{function} \"{pattern}\" \"{text}\")"))
        })
        .collect();
    let dir = Dir::new();
    let path = dir.write("regex.nix", format!("[ {} ]", expressions.join("\n")));
    let theirs = nix(&path).expect("Nix should take all of these");
    let theirs = theirs.as_array().expect("a list");
    let mut known = 0;
    for (expression, theirs) in expressions.iter().zip(theirs) {
        match ours(&dir.path().join("one.nix"), expression) {
            Ok(value) => {
                known += 1;
                assert_eq!(value, *theirs, "{expression}");
            }
            Err(message) => assert!(message.contains("cannot be known"), "{expression}: {message}"),
        }
    }
    assert!(known > expressions.len() * 9 / 10, "nearly all should be known; {known} are");
}

#[test]
fn comparisons_evaluate_first_what_nix_does() {
    let dir = Dir::new();
    let path = dir.path().join("expression.nix");
    // Only the first of the two can be caught.
    let caught = |text: &str| ours(&path, &format!("(builtins.tryEval ({text})).success")).is_ok();
    for (operator, left_first) in [("<", true), (">=", true), (">", false), ("<=", false)] {
        assert_eq!(caught(&format!("throw \"t\" {operator} {{ }}.a")), left_first, "{operator}");
        assert_eq!(caught(&format!("{{ }}.a {operator} throw \"t\"")), !left_first, "{operator}");
    }
}

#[test]
fn a_call_may_have_many_arguments() {
    let value = |text: &str| {
        with_stack(|| {
            let mut evaluator = Evaluator::new(Box::new(Nowhere), Limits::default(), false);
            let said = evaluator.json_of(Path::new("/long.nix"), text);
            said.map_err(|error| error.spans.first().map(|span| span.start as usize))
        })
        .expect("a stack")
    };
    let arguments =
        [" 1", "(1)", " { a = \"b;c\"; }.a", " ''a''", " ./a", " \"${toString 1}\"", " [ 1 ]", " <a>"];
    for argument in arguments {
        for count in [10, 501, 502, 1501] {
            // The last argument is what comes of it.
            let call = |last: &str| {
                let others = argument.repeat(count - 1);
                format!("let f = n: x: if n == 1 then x else f (n - 1); in f {count} {others} {last}")
            };
            assert_eq!(value(&call("\"last\"")), Ok("\"last\"".into()), "{count} of `{argument}`");
            let wrong = call("(throw \"x\")");
            assert_eq!(value(&wrong), Err(wrong.find("throw")), "the place in {count} of `{argument}`");
        }
    }
}

#[test]
fn hostile_expressions_end_as_diagnostics() {
    let kind = |text: &str| {
        with_stack(|| {
            let mut evaluator = Evaluator::new(Box::new(Nowhere), Limits::default(), false);
            evaluator.json_of(Path::new("/hostile.nix"), text).map_err(|error| error.kind)
        })
        .expect("a stack")
    };
    assert_eq!(kind("let x = x; in x"), Err(ErrorKind::Recursion));
    assert_eq!(kind("let f = x: f x; in f 1"), Err(ErrorKind::Recursion));
    assert_eq!(kind("let a = { x = a; y = a; }; in a"), Err(ErrorKind::Recursion));
    assert_eq!(
        kind("let a = { x = a; }; in a == { x = a; } && a == { x = { x = { x = 1; }; }; }"),
        Ok("false".into())
    );
    assert_eq!(
        kind("builtins.foldl' (s: _: s + s) \"a\" (builtins.genList (i: i) 100)"),
        Err(ErrorKind::Limit)
    );
    assert_eq!(
        kind("builtins.length (builtins.foldl' (l: _: l ++ l) [ 1 ] (builtins.genList (i: i) 100))"),
        Err(ErrorKind::Limit)
    );
    assert_eq!(
        kind(
            "let go = n: if n == 0 then 1 else builtins.foldl' (a: b: a + go (n - 1)) 0 (builtins.genList (i: i) 100); in go 99"
        ),
        Err(ErrorKind::Limit)
    );
    // Such an expression is tried in more ways than anybody can wait for.
    let many = "a".repeat(60);
    assert_eq!(kind(&format!("builtins.match \"(a*)*(a|aa)*b\" \"{many}\"")), Err(ErrorKind::Evaluation));
    assert!(kind(&format!("builtins.length (builtins.split \"a\" \"{}\")", many.repeat(500))).is_ok());
    assert!(kind(&format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000))).is_err());
    assert!(kind(&format!("{}1", "[".repeat(100_000))).is_err());
    assert!(kind(&format!("1{}", " + 1".repeat(100_000))).is_err());
    assert!(kind(&"a.".repeat(10_000)).is_err());
    assert!(kind("\0").is_err());
    assert!(kind("").is_err());
    assert!(kind("\"${").is_err());
    assert!(kind("''${''${").is_err());
}

#[test]
fn valid_nix_raises_no_alarm() {
    let dir = Dir::new();
    std::fs::create_dir(dir.path().join("host.lan")).expect("a folder");
    dir.write("host.lan/default.nix", "{ name = \"lan\"; }");
    dir.write("image.qcow2", "x");
    let deep = 400;
    let json = format!("{}1{}", "[".repeat(deep), "]".repeat(deep));
    let heads = "builtins.head (".repeat(deep);
    let expressions = [
        "(import ./host.lan).name".to_owned(),
        "builtins.pathExists ./image.qcow2".to_owned(),
        format!("{heads}builtins.fromJSON \"{json}\"{}", ")".repeat(deep)),
        "1 # a comment\r+ 2".to_owned(),
        "\"a\rb\r\nc\"".to_owned(),
    ];
    for expression in expressions {
        let path = dir.write("valid.nix", &expression);
        let ours = ours(&path, &expression).unwrap_or_else(|error| panic!("{expression:.80}: {error}"));
        if skip::have("nix-instantiate", "--version") {
            assert_eq!(ours, nix(&path).expect("Nix takes it"), "{expression:.80}");
        }
    }
}

#[test]
fn bytes_that_live_are_bounded_and_no_others() {
    let told = |text: &str| {
        with_stack(|| {
            let mut evaluator = Evaluator::new(Box::new(Nowhere), Limits::default(), false);
            let told = evaluator.json_of(Path::new("/memory.nix"), text);
            told.map_err(|error| (error.kind, error.message.to_string(), error.spans.len()))
        })
        .expect("a stack")
    };
    // What each step of these leaves behind is a gigabyte in all; what lives at a time is little.
    let fold = "builtins.stringLength (builtins.foldl' (all: i: all + \"a line of text\") \"\" (builtins.genList (i: i) 12000))";
    assert_eq!(told(fold), Ok("168000".to_owned()));
    let lines = "builtins.stringLength (builtins.concatStringsSep \"\\n\" (builtins.genList (i: \"a line of text\") 20000))";
    assert_eq!(told(lines), Ok("299999".to_owned()));
    // These live.
    let sets =
        "builtins.foldl' (all: i: all // { \"x${toString i}\" = i; }) { } (builtins.genList (i: i) 12000)";
    let (kind, message, places) = told(sets).expect_err("too much");
    assert_eq!((kind, places > 0), (ErrorKind::Limit, true));
    assert_eq!(message, "the evaluation needs more than 512 MB of memory");
    // A value that needs itself as text has no end.
    assert!(told("let s = { outPath = s; }; in \"${s}\"").is_err());
}
