//! That the analyser finds what whole evaluations find, one for each branch, and the same whether it is new or has seen
//! other texts before.

use std::io;
use std::path::Path;

use nixvirt_evaluator::{Assumption, Files, UnknownCondition, with_stack};

use super::{Analyser, Checking, Pass, sorted};
use crate::located_problem::LocatedProblem;

const FILE: &str = "/configuration/main.nix";

struct Machine;

impl Files for Machine {
    fn read(&self, path: &Path) -> io::Result<String> {
        match path.to_str() {
            Some("/configuration/guest.nix") => Ok(GUEST.to_owned()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.read(path).is_ok()
    }
}

/// The module that the configurations import.
const GUEST: &str = r#"{ cfg, nixvirt, name, ... }@args:
nixvirt.lib.domain.writeXML ({
  inherit name;
  type = "kvm";
  memory.count = if cfg.big then 8 else "eihgt";
  os.type = "hvm";
} // args.extra or { })
"#;

/// The part of a finding that is compared.
fn told(found: &[LocatedProblem]) -> Vec<String> {
    let mut told: Vec<String> = found
        .iter()
        .map(|located| {
            let LocatedProblem { file, start, end, code, path, message, related, .. } = located;
            let related: Vec<_> = related.iter().map(|it| (&it.file, &it.range, &it.message)).collect();
            format!("{file} {start:?} {end:?} {} {path} {message} {related:?}", code.name)
        })
        .collect();
    told.sort();
    told.dedup();
    told
}

/// The findings of one evaluation from the beginning, with something assumed, and the conditions that it met.
fn whole(text: &str, assumptions: &[Assumption]) -> (Vec<LocatedProblem>, Vec<UnknownCondition>) {
    let mut analyser = Analyser::new(Machine, Checking::DEFAULT);
    analyser.restart();
    let mut pass = Pass::new(&mut analyser.evaluator, Checking::DEFAULT);
    if !assumptions.is_empty() {
        assert!(pass.evaluator.suppose(assumptions), "there should be work left");
        pass.certain = false;
    }
    pass.certain(Path::new(FILE), text);
    let conditions = pass.evaluator.conditions().to_vec();
    (pass.located_problems, conditions)
}

/// The findings of whole evaluations, one for each branch.
fn by_whole_evaluations(text: &str) -> Vec<LocatedProblem> {
    let (mut found, base) = whole(text, &[]);
    let mut waiting: Vec<Vec<Assumption>> = Vec::new();
    let both = |before: &[Assumption], condition: UnknownCondition| {
        [true, false].map(|value| [before, &[Assumption { condition, value }]].concat())
    };
    waiting.extend(base.iter().flat_map(|condition| both(&[], *condition)));
    while let Some(assumptions) = waiting.pop() {
        let (more, met) = whole(text, &assumptions);
        found.extend(more);
        let outer = assumptions.last().expect("an assumption").condition;
        for inner in met.into_iter().filter(|condition| !base.contains(condition)) {
            let known = assumptions.iter().any(|assumption| assumption.condition == inner);
            if !known && outer.span != inner.span && outer.span.contains(inner.span) {
                waiting.extend(both(&assumptions, inner));
            }
        }
    }
    sorted(found)
}

/// Numbers that look random, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len() as u64) as usize]
    }

    fn condition(&mut self) -> String {
        let flag = self.pick(&["a", "b", "c", "d"]);
        match self.below(6) {
            0 => format!("cfg.{flag} == 1"),
            1 => format!("!cfg.{flag}"),
            2 => format!("cfg.{flag} && {}", self.pick(&["true", "cfg.x", "false"])),
            3 => format!("known || cfg.{flag}"),
            _ => format!("cfg.{flag}"),
        }
    }

    /// An expression for a value, right or wrong, by way of what people write.
    fn value(&mut self, good: &str, bad: &str, depth: u64) -> String {
        if depth == 0 || self.below(3) == 0 {
            return match self.below(5) {
                0 => bad.to_owned(),
                1 => "cfg.unknown".to_owned(),
                _ => good.to_owned(),
            };
        }
        let (condition, one, other) =
            (self.condition(), self.value(good, bad, depth - 1), self.value(good, bad, depth - 1));
        match self.below(8) {
            0 | 1 => format!("(if {condition} then {one} else {other})"),
            2 => format!("(opt ({condition}) {one})"),
            3 => format!("(choose {{ c = {condition}; yes = {one}; no = {other}; }})"),
            4 => format!("(let v = {one}; in if {condition} then v else {other})"),
            5 => format!("(lib.head ([ {one} ] ++ lib.optional ({condition}) {other}))"),
            6 => format!("((lib.optionalAttrs ({condition}) {{ k = {one}; }}).k or {other})"),
            _ => format!("(builtins.elemAt (map (x: if {condition} then x else {other}) [ {one} ]) 0)"),
        }
    }

    fn spec(&mut self, name: &str) -> String {
        let memory = self.value("1024", "\"much\"", 2);
        let machine = self.value("\"q35\"", "[ 1 ]", 2);
        let cache = self.value("\"none\"", "\"non\"", 3);
        let model = self.value("\"virtio\"", "{ modle = 1; }", 1);
        let (one, other) = (self.condition(), self.condition());
        let wrong = self.pick(&["", "", "devics = { };", "cpu.mod = 1;"]);
        let disk = format!(
            "{{ type = \"file\"; driver.cache = {cache}; source.file = \"/{name}\"; target.dev = \"vda\"; }}"
        );
        let more = match self.below(3) {
            0 => format!("// lib.optionalAttrs ({other}) {{ titel = 1; }}"),
            1 => format!("// (if {other} then {{ clock.offset = \"uct\"; }} else {{ }})"),
            _ => String::new(),
        };
        format!(
            "({{ name = \"{name}\"; type = \"kvm\"; memory.count = {memory}; {wrong}
    os = {{ type = \"hvm\"; machine = {machine}; }};
    devices = {{ disk = [ {disk} ] ++ lib.optionals ({one}) [ ({disk} // {{ target.dve = \"vdb\"; }}) ];
      interface = {{ type = \"network\"; source.network = \"n\"; model.type = {model}; }}; }};
  }} {more})"
        )
    }

    fn configuration(&mut self) -> String {
        let mut objects = String::new();
        let mut outputs = String::new();
        for index in 0..1 + self.below(3) {
            let name = format!("vm{index}");
            let spec = self.spec(&name);
            let condition = self.condition();
            match self.below(9) {
                0 => outputs += &format!("  x{index} = domain.writeXML {spec};\n"),
                1 => {
                    outputs +=
                        &format!("  x{index} = if {condition} then domain.writeXML {spec} else null;\n")
                }
                2 => outputs += &format!("  x{index} = map (n: make n {spec}) [ \"p\" \"q\" ];\n"),
                3 => {
                    let big = self.value("{ }", "{ vcpus = 1; }", 1);
                    outputs += &format!(
                        "  x{index} = import ./guest.nix {{ inherit cfg nixvirt; name = \"{name}\"; extra = {big}; }};\n"
                    );
                }
                4 => objects += &format!("    domains.{name}.spec = lib.mkIf ({condition}) {spec};\n"),
                5 => {
                    let memory = self.value("{ count = 1; unit = \"GiB\"; }", "{ cuont = 1; }", 2);
                    objects += &format!(
                        "    domains.{name} = {{ template = \"linux\"; args = {{ memory = {memory}; virtio_video = {}; }}; }};\n",
                        self.value("true", "null", 2)
                    );
                }
                6 => {
                    objects += &format!(
                        "    domains.{name}.spec = lib.mkMerge [ {spec} (lib.mkIf ({condition}) {{ tilte = 1; }}) ];\n"
                    )
                }
                7 => {
                    let volume = self.value("null", "{ pool = \"p\"; volume = \"v\"; }", 2);
                    outputs += &format!(
                        "  x{index} = domain.writeXML (domain.templates.linux {{ name = \"{name}\"; storage_vol = {volume}; titel = 1; }});\n"
                    );
                }
                _ => objects += &format!("    domains.{name}.spec = {spec};\n"),
            }
        }
        format!(
            "{{ config, lib, nixvirt, ... }}:
let
  cfg = config.lab;
  known = false;
  inherit (nixvirt.lib) domain;
  opt = c: v: if c then v else null;
  choose = {{ c, yes, no }}: if c then yes else no;
  make = n: spec: if cfg.made then domain.writeXML (spec // {{ name = n; }}) else domain.writeXML (spec // {{ nmae = n; }});
in
{{
{outputs}  virtualisation.libvirt.connections.\"qemu:///system\" = {{
{objects}  }};
}}
"
        )
    }
}

/// Some configurations; `NIXVIRT_CONFIGURATIONS` says how many.
fn configurations() -> Vec<String> {
    let count = std::env::var("NIXVIRT_CONFIGURATIONS").ok().and_then(|count| count.parse().ok());
    (1..=count.unwrap_or(12u64))
        .map(|seed| Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).configuration())
        .collect()
}

#[test]
fn branches_find_what_whole_evaluations_find() {
    with_stack(|| {
        let mut problems = 0;
        for text in configurations() {
            let found = told(&Analyser::new(Machine, Checking::DEFAULT).check(Path::new(FILE), &text));
            let expected = told(&by_whole_evaluations(&text));
            problems += expected.len();
            assert_eq!(found, expected, "{text}");
        }
        assert!(problems > 20, "there should be much to find; there is {problems}");
    })
    .expect("a stack");
}

#[test]
fn what_it_saw_before_makes_no_difference() {
    with_stack(|| {
        let mut analyser = Analyser::new(Machine, Checking::DEFAULT);
        for (seed, text) in (1u64..).zip(configurations()) {
            let mut random = Random(seed);
            let mut edits = vec![text.clone()];
            for _ in 0..3 {
                // As it is while somebody types: something is missing in the middle.
                let at = random.below(text.len() as u64) as usize;
                edits.push([&text[..at], &text[at + 1..]].concat());
            }
            edits.push(text);
            for text in edits {
                let found = analyser.check(Path::new(FILE), &text);
                let fresh = Analyser::new(Machine, Checking::DEFAULT).check(Path::new(FILE), &text);
                assert_eq!(told(&found), told(&fresh), "{text}");
            }
        }
    })
    .expect("a stack");
}

/// A template asks whether the host has QEMU, firmware and drivers. Each such question would double the work of its calls.
#[test]
fn a_template_that_takes_parts_of_the_host_raises_no_alarm() {
    const WINDOWS: &str = r#"{ nixvirt, ... }: nixvirt.lib.domain.writeXML (nixvirt.lib.domain.templates.windows {
  name = "w"; uuid = "def734bb-e2ca-44ee-80f5-0ea0f2593aaa"; memory = { count = 8; unit = "GiB"; };
  nvram_path = "/w.nvram"; virtio_drive = true; virtio_net = true; install_virtio = true;
})"#;
    with_stack(|| {
        let (found, _) = whole(WINDOWS, &[]);
        assert_eq!(told(&found), Vec::<String>::new());
    })
    .expect("a stack");
}

#[test]
fn template_calls_of_branches_are_seen_within_them() {
    const BRANCHES: &str = r#"{ cfg, nixvirt, ... }: let t = nixvirt.lib.domain.templates; in {
  a = nixvirt.lib.domain.writeXML (if cfg.a then t.linux { name = "a"; } else t.windows { name = "b"; });
  b = nixvirt.lib.domain.writeXML (if cfg.b then (if cfg.c then t.pc { name = "c"; } else { }) else { });
}"#;
    with_stack(|| {
        let mut analyser = Analyser::new(Machine, Checking::DEFAULT);
        let seen = analyser.survey(Path::new(FILE), BRANCHES, true);
        let named = |seen: &super::Seen, wanted: &str| {
            seen.template.is_some()
                && matches!(seen.tree.get("name").map(|name| &name.content), Some(nixvirt_evaluator::Content::Str(name)) if &**name == wanted)
        };
        for wanted in ["a", "b", "c"] {
            assert!(seen.iter().any(|seen| named(seen, wanted)), "the arguments of {wanted} should be seen");
        }
        for text in configurations() {
            assert!(!analyser.survey(Path::new(FILE), &text, true).is_empty());
        }
    })
    .expect("a stack");
}

/// The settings of a configuration decide about its specs, as they do in the build.
#[test]
fn a_check_gives_the_verdict_of_the_build() {
    const WRONG: &str = r#"{ name = "m"; type = "kvm"; os.type = "hvm"; memory.count = 1024; titel = "x"; }"#;
    // Right but for a path that libvirt's schema wants to be absolute, which is a warning.
    const DOUBTFUL: &str = r#"{ name = "m"; type = "kvm"; os.type = "hvm"; memory.count = 1024;
  devices.disk = { type = "file"; source.file = "m.img"; target.dev = "vda"; }; }"#;
    const NEW: &str = r#"{ name = "m"; type = "kvm"; os.type = "hvm"; memory.count = 1024;
  hwuuid = "3d8b3ad6-16f0-49f5-a2ab-2ba3a1dbd6b3"; }"#;
    use nixvirt_compiler::Severity::{Error, Warning};
    let cases = [
        ("{ nixvirt, ... }: nixvirt.lib.domain.writeXML SPEC", WRONG, Error),
        (
            "{ nixvirt, ... }: (nixvirt.lib.withSettings { unknown = \"warn\"; }).domain.writeXML SPEC",
            WRONG,
            Warning,
        ),
        (
            "{ nixvirt, ... }: let lib = nixvirt.lib.withSettings { unknown = \"warn\"; }; inherit (lib) domain; in domain.getXML SPEC",
            WRONG,
            Warning,
        ),
        (
            "{ nixvirt, ... }: ((nixvirt.lib.withSettings { unknown = \"warn\"; }).withSettings { unknown = \"deny\"; }).domain.writeXML SPEC",
            WRONG,
            Error,
        ),
        (
            "{ nixvirt, lenient, ... }: (nixvirt.lib.withSettings { unknown = lenient; }).domain.writeXML SPEC",
            WRONG,
            Warning,
        ),
        ("{ nixvirt, ... }: nixvirt.lib.domain.writeXML SPEC", DOUBTFUL, Warning),
        (
            "{ nixvirt, ... }: (nixvirt.lib.withSettings { check = true; }).domain.writeXML SPEC",
            DOUBTFUL,
            Error,
        ),
        ("{ nixvirt, ... }: nixvirt.lib.writeAll { domains = [ { spec = SPEC; } ]; }", WRONG, Error),
        (
            "{ nixvirt, ... }: (nixvirt.lib.withSettings { unknown = \"warn\"; }).writeAll { domains = [ { spec = SPEC; } ]; }",
            WRONG,
            Warning,
        ),
        ("{ nixvirt, ... }: nixvirt.lib.writeAll { domains = [ SPEC ]; }", WRONG, Error),
        ("{ nixvirt, ... }: nixvirt.lib.writeDomainXML SPEC", WRONG, Error),
        ("{ virtualisation.libvirt.connections.u.domains.m.spec = SPEC; }", WRONG, Error),
        (
            "{ virtualisation.libvirt.connections.u = { unknown = \"warn\"; domains.m.spec = SPEC; }; }",
            WRONG,
            Warning,
        ),
        (
            "{ imports = [ { virtualisation.libvirt.connections.u.unknown = \"warn\"; } ]; virtualisation.libvirt.connections.u.domains.m.spec = SPEC; }",
            WRONG,
            Warning,
        ),
        (
            "{ virtualisation.libvirt.connections = { u.domains.m.spec = SPEC; other.unknown = \"warn\"; }; }",
            WRONG,
            Error,
        ),
        (
            "{ lib, ... }: { virtualisation.libvirt.connections.u = { check = lib.mkDefault true; domains.m.spec = SPEC; }; }",
            DOUBTFUL,
            Error,
        ),
        (
            "{ nixvirt, ... }: (nixvirt.lib.withSettings { libvirt = \"11.3.0\"; }).domain.writeXML SPEC",
            NEW,
            Error,
        ),
        ("{ nixvirt, ... }: nixvirt.lib.writeAll { libvirt = \"11.3.0\"; domains = [ SPEC ]; }", NEW, Error),
        (
            "{ virtualisation.libvirt.connections.u = { libvirt = \"11.3.0\"; domains.m.spec = SPEC; }; }",
            NEW,
            Error,
        ),
    ];
    with_stack(|| {
        for (text, spec, severity) in cases {
            let text = text.replace("SPEC", spec);
            let found = Analyser::new(Machine, Checking::DEFAULT).check(Path::new(FILE), &text);
            let found: Vec<_> = found.iter().map(|located| located.severity).collect();
            assert_eq!(found, [severity], "{text}");
        }
    })
    .expect("a stack");
}
