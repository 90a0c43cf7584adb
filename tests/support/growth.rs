//! Inputs that grow: for each construct that somebody may write much of, a source with so many of it.

mod builtins;

use std::fmt::Write;

pub use builtins::{BUILTINS, STEADY};

/// A construct, and sources that are full of it.
#[derive(Clone, Copy, Debug)]
pub struct Construct {
    /// The name of the construct, for messages.
    pub name: &'static str,
    /// How a file with it ends.
    pub ending: &'static str,
    /// How many of it there are in the smaller source; in the larger one, there are four times as many.
    pub count: usize,
    /// A source with so many.
    pub source: fn(usize) -> String,
}

const fn nix(name: &'static str, count: usize, source: fn(usize) -> String) -> Construct {
    Construct { name, ending: "nix", count, source }
}

const fn json(name: &'static str, count: usize, source: fn(usize) -> String) -> Construct {
    Construct { name, ending: "json", count, source }
}

const fn xml(name: &'static str, count: usize, source: fn(usize) -> String) -> Construct {
    Construct { name, ending: "xml", count, source }
}

/// One text for each number, in a row.
fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut all, at| {
        let _ = write!(all, "{} ", text(at));
        all
    })
}

/// The same with commas between.
fn listed(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().join(",")
}

/// A Nix file in which an expression is the name of a machine, so that it is evaluated.
fn named(expression: &str) -> String {
    machines(&format!("(machine {{ name = {expression}; }})"))
}

/// A Nix file with a list of machines.
fn machines(list: &str) -> String {
    format!(
        "{{ nixvirt }}: let machine = more: nixvirt.lib.domain.writeXML ({{ type = \"kvm\"; name = \"m\"; memory = 1024; \
         os.type = \"hvm\"; }} // more); in [ {list} ]"
    )
}

/// A spec in JSON with more in it.
fn spec(more: &str) -> String {
    format!("{{\"type\":\"kvm\",\"name\":\"m\",\"memory\":1024,\"os\":{{\"type\":\"hvm\"}}{more}}}")
}

/// A domain in XML with more in it.
fn domain(more: &str) -> String {
    format!("<domain type='kvm'><name>m</name><memory>1024</memory><os><type>hvm</type></os>{more}</domain>")
}

/// A list of so many numbers, in Nix.
fn numbers(count: usize) -> String {
    format!("(builtins.genList (i: i) {count})")
}

/// All constructs whose time is measured.
pub const CONSTRUCTS: &[Construct] = &[
    // Parsing.
    nix("keys of a set", 2000, |n| format!("{{ {} }}", each(n, |at| format!("key{at} = {at};")))),
    nix("keys with dots", 2000, |n| format!("{{ {} }}", each(n, |at| format!("a.key{at}.b = {at};")))),
    nix("names that are inherited", 2000, |n| {
        format!("{{ source }}: {{ inherit (source) {}; }}", each(n, |at| format!("key{at}")))
    }),
    nix("variables of a let", 1000, |n| {
        let bindings = each(n, |at| format!("key{at} = {at};"));
        format!("let {bindings} in [ {} ]", each(n, |at| format!("key{at}")))
    }),
    nix("lets within lets", 100, |n| {
        format!(
            "{} [ {} ]",
            each(n, |at| format!("let key{at} = {at}; in")),
            each(n, |at| format!("key{at}"))
        )
    }),
    nix("arguments of a function", 1000, |n| {
        let given = each(n, |at| format!("key{at} = {at};"));
        named(&format!("(({{ {} }}: \"m\") {{ {given} }})", listed(n, |at| format!("key{at}"))))
    }),
    nix("names that are computed", 1000, |n| {
        let keys = each(n, |at| format!("${{prefix + \"{at}\"}} = {at};"));
        named(&format!(
            "(let prefix = \"k\"; in toString (builtins.length (builtins.attrNames {{ {keys} }})))"
        ))
    }),
    nix("names that are not there", 500, |n| format!("[ {} ]", each(n, |at| format!("key{at}")))),
    nix("arguments of a call", 50, |n| {
        format!("function: function {}", each(n, |at| format!("{{ a = {at}; }}")))
    }),
    nix("arguments of a call that is longer than any", 450, |n| {
        format!("function: function {}", each(n, |at| format!("{{ a = {at}; }}")))
    }),
    nix("calls of more than a thousand arguments", 4, |n| {
        format!("f: {{ {} }}", each(n, |at| format!("k{at} = f {};", "f ".repeat(1800))))
    }),
    nix("indented strings applied to each other", 20, |n| format!("'' {} ''", "a '' ".repeat(2 * n))),
    nix("calls of many arguments", 50, |n| {
        format!("f: {{ {} }}", each(n, |at| format!("k{at} = f {};", "f ".repeat(450))))
    }),
    nix("calls of many arguments in a file that is broken", 50, |n| {
        format!("f: {{ a = ]; {} }}", each(n, |at| format!("k{at} = f {};", "f ".repeat(450))))
    }),
    nix("long expressions", 8, |n| {
        format!("{{ {} }}", each(n, |at| format!("k{at} = f {};", "++ x ".repeat(450))))
    }),
    nix("operators without spaces", 100, |n| {
        format!("{{ {} }}", each(n, |at| format!("k{at} = {};", "2*".repeat(100) + "2")))
    }),
    nix("names that stand twice", 1000, |n| format!("{{ {} }}", each(n, |at| format!("k{} = 1;", at / 2)))),
    nix("attributes that are not there", 300, |n| {
        let keys = each(n, |at| format!("key{at} = {at};"));
        let specs = each(n, |at| format!("(machine {{ title = set.kez{at}; }})"));
        format!(
            "{{ nixvirt }}: let set = {{ {keys} }}; in {}",
            machines(&specs).replacen("{ nixvirt }: ", "", 1)
        )
    }),
    nix("comments", 4000, |n| format!("{} 1", "# nothing\n".repeat(n))),
    nix("lines that end with a carriage return", 4000, |n| format!("{} 1", "# nothing\r".repeat(n))),
    nix("lines of an indented string", 4000, |n| named(&format!("''{}''", "  line\n".repeat(n)))),
    nix("interpolations", 1000, |n| named(&format!("\"{}\"", "${toString 1}".repeat(n)))),
    nix("elements of a list", 4000, |n| format!("[ {} ]", "1 ".repeat(n))),
    nix("operands of //", 250, |n| {
        named(&format!("({}).a0", listed(n, |at| format!("{{ a{at} = \"m\"; }}")).replace(',', " // ")))
    }),
    nix("operands of ++", 250, |n| {
        named(&format!("(toString ({}))", listed(n, |at| format!("[ {at} ]")).replace(',', " ++ ")))
    }),
    // Evaluating.
    nix("concatStringsSep", 2000, |n| {
        named(&format!(
            "(builtins.concatStringsSep \"\\n\" (map (i: \"a line ${{toString i}}\") {}))",
            numbers(n)
        ))
    }),
    nix("groupBy", 1000, |n| {
        named(&format!("(toString (builtins.attrNames (builtins.groupBy toString {})))", numbers(n)))
    }),
    nix("replaceStrings, the text", 4000, |n| {
        named(&format!(
            "(builtins.replaceStrings [ \"a\" \"bc\" \"d\" ] [ \"1\" \"2\" \"\" ] \"{}\")",
            "abcd".repeat(n)
        ))
    }),
    nix("replaceStrings, the strings", 1000, |n| {
        let words = each(n, |at| format!("\"a{at}b\""));
        named(&format!("(builtins.replaceStrings [ {words} ] [ {words} ] \"{}\")", "a1a".repeat(n)))
    }),
    nix("hashString", 20_000, |n| {
        named(&format!("(builtins.hashString \"sha256\" \"{}\")", "abcd".repeat(n)))
    }),
    nix("removeAttrs", 1000, |n| {
        let keys = each(n, |at| format!("key{at} = \"m\";"));
        let names = each(n / 2, |at| format!("\"key{at}\""));
        named(&format!(
            "(builtins.concatStringsSep \"\" (builtins.attrValues (removeAttrs {{ {keys} }} [ {names} ])))"
        ))
    }),
    nix("listToAttrs", 2000, |n| {
        named(&format!(
            "(toString (builtins.attrNames (builtins.listToAttrs (map (i: {{ name = \"k${{toString i}}\"; value = i; }}) {}))))",
            numbers(n)
        ))
    }),
    nix("zipAttrsWith", 500, |n| {
        named(&format!(
            "(toString (builtins.attrNames (builtins.zipAttrsWith (name: values: 1) (map (i: {{ \"k${{toString i}}\" = i; }}) {}))))",
            numbers(n)
        ))
    }),
    nix("sort", 1000, |n| named(&format!("(toString (builtins.sort (a: b: a > b) {}))", numbers(n)))),
    nix("fold of strings", 1000, |n| {
        named(&format!("(builtins.foldl' (all: i: all + \"x\") \"\" {})", numbers(n)))
    }),
    nix("toJSON and fromJSON", 2000, |n| {
        named(&format!("(toString (builtins.fromJSON (builtins.toJSON {})))", numbers(n)))
    }),
    nix("split", 500, |n| {
        named(&format!("(toString (builtins.length (builtins.split \"[ ]+\" \"{}\")))", "word ".repeat(n)))
    }),
    nix("deepSeq of what is shared", 100, |n| {
        let sets = each(n, |at| format!("s{} = {{ a = s{at}; b = s{at}; }};", at + 1));
        named(&format!("(let s0 = {{ }}; {sets} in builtins.deepSeq s{n} \"m\")"))
    }),
    nix("mkMerge", 250, |n| {
        let parts = each(n, |at| format!("{{ domains.vm{at}.spec.type = \"kvm\"; }}"));
        format!(
            "{{ lib, ... }}: {{ virtualisation.libvirt.connections.\"qemu:///system\" = lib.mkMerge [ {parts} ]; }}"
        )
    }),
    // Checking.
    nix("unknown keys", 150, |n| {
        machines(&format!("(machine {{ {} }})", each(n, |at| format!("kez{at} = 1;"))))
    }),
    nix("an unknown key that is long", 40_000, |n| {
        machines(&format!("(machine {{ {} = 1; }})", "k".repeat(n)))
    }),
    nix("machines", 100, |n| machines(&each(n, |at| format!("(machine {{ name = \"vm{at}\"; }})\n")))),
    nix("wrong machines", 100, |n| machines(&each(n, |at| format!("(machine {{ titel = \"vm{at}\"; }})\n")))),
    nix("machines that fail", 100, |n| {
        machines(&each(n, |at| format!("(machine {{ title = throw \"vm{at}\"; }})\n")))
    }),
    nix("values that fail", 100, |n| {
        machines(&format!(
            "(machine {{ devices.disk = [ {} ]; }})",
            each(n, |at| format!("(throw \"{at}\")\n"))
        ))
    }),
    nix("replaced attributes", 50, |n| {
        machines(&each(n, |at| {
            format!("(machine ({{ os.type = \"hvm\"; }} // {{ os.tipe = \"{at}\"; }}))\n")
        }))
    }),
    nix("objects of the module", 50, |n| {
        let objects =
            each(n, |at| format!("vm{at}.spec = {{ type = \"kvm\"; memory = 1024; os.type = \"hvm\"; }};\n"));
        format!("{{ virtualisation.libvirt.connections.\"qemu:///system\".domains = {{ {objects} }}; }}")
    }),
    nix("templates of the module", 20, |n| {
        let objects = each(n, |at| format!("vm{at} = {{ template = \"linux\"; args.memory.count = 1; }};\n"));
        format!("{{ virtualisation.libvirt.connections.\"qemu:///system\".domains = {{ {objects} }}; }}")
    }),
    json("unknown keys in JSON", 200, |n| spec(&each(n, |at| format!(",\"kez{at}\":1")))),
    json("keys that stand twice in JSON", 4000, |n| spec(&each(n, |at| format!(",\"k{}\":1", at / 2)))),
    json("a long string in JSON", 100_000, |n| spec(&format!(",\"title\":\"{}\"", "x".repeat(n)))),
    json("devices in JSON", 200, |n| {
        let disks = listed(n, |at| {
            format!(
                "{{\"type\":\"file\",\"source\":{{\"file\":\"/d{at}\"}},\"target\":{{\"dev\":\"vd{at}\"}}}}"
            )
        });
        let interfaces =
            listed(n, |_| "{\"type\":\"network\",\"source\":{\"network\":\"default\"}}".to_owned());
        spec(&format!(",\"devices\":{{\"disk\":[{disks}],\"interface\":[{interfaces}]}}"))
    }),
    json("wrong devices in JSON", 100, |n| {
        spec(&format!(",\"devices\":{{\"disk\":[{}]}}", listed(n, |at| format!("{{\"tipe\":\"{at}\"}}"))))
    }),
    json("domains of a bundle", 100, |n| {
        let domains =
            listed(n, |at| format!("{{\"spec\":{}}}", spec("").replace("\"m\"", &format!("\"m{at}\""))));
        format!("{{\"domains\":[{domains}]}}")
    }),
    json("wrong domains of a bundle", 100, |n| {
        format!(
            "{{\"domains\":[{}]}}",
            listed(n, |at| format!("{{\"spec\":{}}}", spec(&format!(",\"titel\":\"{at}\""))))
        )
    }),
    json("templates of a bundle", 20, |n| {
        let domains = listed(n, |at| {
            format!("{{\"template\":\"linux\",\"args\":{{\"name\":\"m{at}\",\"memory\":{{\"count\":1}}}}}}")
        });
        format!("{{\"domains\":[{domains}]}}")
    }),
    xml("devices in XML", 200, |n| {
        let disks =
            each(n, |at| format!("<disk type='file'><source file='/d{at}'/><target dev='vd{at}'/></disk>"));
        domain(&format!("<devices>{disks}</devices>"))
    }),
    xml("unknown elements", 200, |n| domain(&each(n, |at| format!("<kez{at}/>")))),
    xml("unknown attributes", 200, |n| {
        domain("").replace("<name>", &format!("<name {}>", each(n, |at| format!("kez{at}='1'"))))
    }),
    xml("metadata", 500, |n| {
        let foreign = each(n, |at| format!("<x:e xmlns:x='urn:x' a='{at}'>text</x:e>"));
        domain(&format!("<metadata>{foreign}</metadata>"))
    }),
    xml("comments in XML", 2000, |n| domain(&"<!-- nothing -->".repeat(n))),
    xml("a long text in XML", 100_000, |n| domain(&format!("<title>{}</title>", "x".repeat(n)))),
];
