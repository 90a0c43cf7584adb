//! The registry of diagnostic codes: what each code means, with a wrong and a right example.
//!
//! Messages, `explain CODE`, the rules of a SARIF log, the links of the language server and the reference all read it. A
//! code is stable once it is released: tools and people filter by it.

use crate::diagnostics::severity::Severity;

/// A kind of problem, as tools know it.
#[derive(Debug, PartialEq)]
pub struct Code {
    /// The code itself, e.g. `bad-value`.
    pub name: &'static str,
    /// How bad it is in a spec, unless the problem itself says otherwise.
    pub severity: Severity,
    /// A summary of the problem, in one sentence.
    pub summary: &'static str,
    /// Why it is wrong and what to do, in a few sentences.
    pub explanation: &'static str,
    /// Input that has the problem.
    pub wrong: Example,
    /// The same input, mended.
    pub right: Example,
}

/// Input that shows a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// A Nix file that is a spec.
    Nix(&'static str),
    /// A spec in JSON.
    Json(&'static str),
    /// An object in XML.
    Xml(&'static str),
    /// A Nix file that is a bundle.
    Bundle(&'static str),
    /// A seed in JSON, as `nixvirt-compile seed` takes it.
    Seed(&'static str),
    /// A situation on a host, or what to do about it, in words.
    Words(&'static str),
    /// There is none: the problem is not one of the input's text.
    None,
}

impl Example {
    /// The text, and the ending of a file that holds it.
    pub fn text(self) -> Option<(&'static str, &'static str)> {
        match self {
            Example::Nix(text) | Example::Bundle(text) => Some((text, "nix")),
            Example::Json(text) | Example::Seed(text) => Some((text, "json")),
            Example::Xml(text) => Some((text, "xml")),
            Example::Words(text) => Some((text, "txt")),
            Example::None => None,
        }
    }
}

/// The codes of the grammar and the evaluation, in alphabetical order.
pub(crate) static CODES: &[&Code] = &[
    &ABORT,
    &ADDRESS_KEPT,
    &ASSERTION,
    &BAD_VALUE,
    &CONFLICT,
    &DECIMAL_NUMBER,
    &DUPLICATE_KEY,
    &EVALUATION,
    &FORBIDDEN_CHARACTER,
    &IDLE,
    &INCOMPLETE,
    &INFINITE_RECURSION,
    &LIBVIRT_VERSION,
    &LIMIT,
    &MISPLACED,
    &MISSING,
    &NO_OBJECT,
    &OUT_OF_ORDER,
    &OUTSIDE_SCHEMA,
    &PLAIN_SECRET,
    &REPEATED,
    &STORE_PATH,
    &SYNTAX,
    &TEMPLATE,
    &THROW,
    &UNDECLARED_PREFIX,
    &UNDEFINED_VARIABLE,
    &UNEXPECTED_TEXT,
    &UNFORMATTED,
    &UNKNOWN_ATTRIBUTE,
    &UNKNOWN_ELEMENT,
    &UNKNOWN_KIND,
    &UNKNOWN_VALUE,
    &UNREADABLE,
    &UNWRITABLE,
    &WRONG_SHAPE,
];

/// Begins an error without examples.
pub(crate) const fn error(name: &'static str, summary: &'static str, explanation: &'static str) -> Code {
    Code { name, severity: Severity::Error, summary, explanation, wrong: Example::None, right: Example::None }
}

impl Code {
    /// The same as a warning.
    pub(crate) const fn warning(self) -> Code {
        Code { severity: Severity::Warning, ..self }
    }

    /// With examples in Nix.
    pub(crate) const fn nix(self, wrong: &'static str, right: &'static str) -> Code {
        Code { wrong: Example::Nix(wrong), right: Example::Nix(right), ..self }
    }

    /// With examples that are bundles.
    pub(crate) const fn bundle(self, wrong: &'static str, right: &'static str) -> Code {
        Code { wrong: Example::Bundle(wrong), right: Example::Bundle(right), ..self }
    }

    /// With examples that are seeds.
    pub(crate) const fn seed(self, wrong: &'static str, right: &'static str) -> Code {
        Code { wrong: Example::Seed(wrong), right: Example::Seed(right), ..self }
    }

    /// The page of the code for people: its meaning and its examples. `bold` is what begins and ends a title.
    pub fn page(&self, bold: (&str, &str)) -> String {
        let (begin, end) = bold;
        let mut out = format!("{begin}{}{end} ({}): {}\n\n", self.name, self.severity.name(), self.summary);
        out.push_str(self.explanation);
        out.push('\n');
        for (title, of_words, example) in
            [("Wrong", "For example", self.wrong), ("Right", "What to do", self.right)]
        {
            let Some((text, language)) = example.text() else { continue };
            let title = match example {
                Example::Words(_) => format!("{begin}{of_words}{end}"),
                _ => format!("{begin}{title}{end} (.{language})"),
            };
            out.push_str(&format!("\n{title}\n"));
            text.lines().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
        out
    }

    const fn json(self, wrong: &'static str, right: &'static str) -> Code {
        Code { wrong: Example::Json(wrong), right: Example::Json(right), ..self }
    }

    const fn xml(self, wrong: &'static str, right: &'static str) -> Code {
        Code { wrong: Example::Xml(wrong), right: Example::Xml(right), ..self }
    }
}

/// The libvirt that the object is for does not have something.
pub static LIBVIRT_VERSION: Code = error(
    "libvirt-version",
    "The libvirt that the object is for does not have this.",
    "An element, attribute or value came with a later version of libvirt, or went away with one. The version that is \
     checked for is the newest known one unless something says otherwise: `--libvirt`, a bundle's `libvirt`, a spec's \
     `nixvirt.libvirt`, or the option of a module. A libvirt that does not know an element ignores it, or refuses the \
     object; so leave it out, or update libvirt.",
)
.nix(
    r#"{
  nixvirt.libvirt = "11.3.0";
  name = "vm";
  type = "kvm";
  os.type = "hvm";
  memory = { count = 1; unit = "GiB"; };
  hwuuid = "3d8b3ad6-16f0-49f5-a2ab-2ba3a1dbd6b3";
}
"#,
    r#"{
  nixvirt.libvirt = "12.8.0";
  name = "vm";
  type = "kvm";
  os.type = "hvm";
  memory = { count = 1; unit = "GiB"; };
  hwuuid = "3d8b3ad6-16f0-49f5-a2ab-2ba3a1dbd6b3";
}
"#,
);
/// A minimal import keeps addresses that libvirt would choose otherwise.
pub static ADDRESS_KEPT: Code = error(
    "address-kept",
    "A minimal import keeps addresses of devices that libvirt would not choose again.",
    "`import --minimal` leaves out the addresses that libvirt gives the devices again. Of these it would give others, and to a guest, a \
     device at another place is another device: a network card gets another name. Leave an address out where that does not matter.",
)
.warning();

/// The user's Nix code called `builtins.abort`.
pub static ABORT: Code = error(
    "abort",
    "The Nix expression calls `abort`.",
    "`builtins.abort` ends an evaluation. The message is that of the expression, or of a function that it calls.",
)
.nix(
    r#"{ type = abort "no hypervisor"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
);

/// The condition of an `assert` in the user's Nix code is false.
pub static ASSERTION: Code = error(
    "assertion",
    "An `assert` of the Nix expression fails.",
    "The condition of `assert` is false, so that the expression after it has no value.",
)
.nix(
    r#"assert 1 > 2; { type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
    r#"assert 2 > 1; { type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
);

/// A value is not of its format.
pub static BAD_VALUE: Code = error(
    "bad-value",
    "A value is not one that libvirt's format allows there.",
    "Each attribute and text has a format: a choice of words, a number within bounds, a path, an address and so on. \
     libvirt refuses any other value. `nixvirt-compile explain` with the place says what may stand there.",
)
.nix(
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; clock.offset = "UTC"; }"#,
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; clock.offset = "utc"; }"#,
);

/// Parts that exclude each other stand together.
pub static CONFLICT: Code = error(
    "conflict",
    "Parts of an element exclude each other.",
    "libvirt takes only one of these parts, or takes one only without the other. Leave out what is not meant.",
)
.nix(
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.graphics = { type = "vnc"; socket = "/run/vnc"; port = 5900; };
}"#,
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.graphics = { type = "vnc"; socket = "/run/vnc"; };
}"#,
);

/// Digits without `0x` where hexadecimal numbers are usual.
pub static DECIMAL_NUMBER: Code = error(
    "decimal-number",
    "A number without `0x` is decimal to libvirt, where people copy hexadecimal ones.",
    "`lsusb` and `lspci` print numbers in hexadecimal notation without `0x`. libvirt reads digits without it as decimal, so that \
     \"8087\" is another vendor. Write `0x`, or take the lib's functions: `lib.usb \"8087:0aaa\"`, `lib.pci \"0000:10:00.0\"`. An integer \
     in Nix or JSON is a decimal number to everybody.",
)
.warning()
.nix(
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.hostdev = { mode = "subsystem"; type = "usb"; source = { vendor.id = "8087"; product.id = "0x0aaa"; }; };
}"#,
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.hostdev = { mode = "subsystem"; type = "usb"; source = { vendor.id = "0x8087"; product.id = "0x0aaa"; }; };
}"#,
);

/// A key stands twice in a set.
pub static DUPLICATE_KEY: Code = error(
    "duplicate-key",
    "A key stands twice in one set.",
    "JSON allows it, and most programs keep only one of the values without a word. Leave one of them out.",
)
.json(
    r#"{ "type": "kvm", "name": "web", "name": "mail", "memory": 65536, "os": { "type": "hvm" } }"#,
    r#"{ "type": "kvm", "name": "web", "memory": 65536, "os": { "type": "hvm" } }"#,
);

/// The expression cannot be evaluated.
pub static EVALUATION: Code = error(
    "evaluation",
    "The Nix expression cannot be evaluated.",
    "A function was called with a wrong argument, a set lacks an attribute, or a value is of another type than the one \
     that is needed. Nix itself would fail at the same place.",
)
.nix(
    r#"{ type = "kvm"; name = "web" + 1; memory = 65536; os.type = "hvm"; }"#,
    r#"{ type = "kvm"; name = "web" + "1"; memory = 65536; os.type = "hvm"; }"#,
);

/// A character that XML cannot carry.
pub static FORBIDDEN_CHARACTER: Code = error(
    "forbidden-character",
    "A value has a character that XML cannot carry.",
    "XML 1.0 has no way to write most control characters, not even as a reference. Leave the character out.",
)
.json(
    r#"{ "type": "kvm", "name": "web", "title": "a\u0007b", "memory": 65536, "os": { "type": "hvm" } }"#,
    r#"{ "type": "kvm", "name": "web", "title": "ab", "memory": 65536, "os": { "type": "hvm" } }"#,
);

/// libvirt ignores the attribute.
pub static IDLE: Code = error(
    "idle",
    "libvirt takes the attribute and ignores it.",
    "libvirt's schema refuses the attribute there, while its parser reads past it. It has no effect, so that it is left \
     out of the XML.",
)
.warning()
.nix(
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.filesystem = { driver = { type = "path"; name = "qemu"; }; source.dir = "/srv"; target.dir = "srv"; };
}"#,
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.filesystem = { driver.type = "path"; source.dir = "/srv"; target.dir = "srv"; };
}"#,
);

/// A part needs another one.
pub static INCOMPLETE: Code = error(
    "incomplete",
    "A part of an element needs another part that is missing.",
    "Some parts mean something only together. Add what the message names, or leave out what needs it.",
)
.nix(
    r#"{
  kind = "volume"; name = "v"; capacity = 1;
  target.encryption = { format = "luks"; cipher = { name = "aes"; size = 256; }; ivgen.name = "plain64"; };
}"#,
    r#"{
  kind = "volume"; name = "v"; capacity = 1;
  target.encryption = {
    format = "luks"; cipher = { name = "aes"; size = 256; }; ivgen.name = "plain64";
    secret = { type = "passphrase"; uuid = "55806c7d-8e93-456f-829b-607d8c198367"; };
  };
}"#,
);

/// A value depends on itself.
pub static INFINITE_RECURSION: Code = error(
    "infinite-recursion",
    "A value of the Nix expression depends on itself.",
    "The value is needed to work out the value, so that there is none. In a `rec` set or a `let`, a name often hides the \
     one that was meant.",
)
.nix(
    r#"rec { type = "kvm"; name = title; title = name; memory = 65536; os.type = "hvm"; }"#,
    r#"rec { type = "kvm"; name = "web"; title = name; memory = 65536; os.type = "hvm"; }"#,
);

/// Too large or too deep.
pub static LIMIT: Code = error(
    "limit",
    "The input is larger or deeper than the compiler allows.",
    "Bounds on size, depth and work keep hostile input from using up a machine. The message says which bound it was.",
);

/// An entry goes with something that is not so.
pub static MISPLACED: Code = error(
    "misplaced",
    "A part does not go with the rest of its element.",
    "libvirt knows the part, but only where another part has certain values, which the message names. Mostly the `type` \
     of the element is another one than was meant.",
)
.nix(
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.disk = { type = "block"; source.file = "/srv/web.img"; target.dev = "vda"; };
}"#,
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.disk = { type = "file"; source.file = "/srv/web.img"; target.dev = "vda"; };
}"#,
);

/// Something that must be there is not.
pub static MISSING: Code = error(
    "missing",
    "Something that libvirt needs is not there.",
    "libvirt refuses the object without it. The message says what it is and what may stand in it.",
)
.nix(
    r#"{ type = "kvm"; memory = 65536; os.type = "hvm"; }"#,
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
);

/// Children stand in another order than libvirt's schema has.
pub static OUT_OF_ORDER: Code = error(
    "out-of-order",
    "Children stand in another order than libvirt's schema wants.",
    "libvirt's parser does not mind, but `virsh define --validate` refuses the XML. `nixvirt-compile fmt` brings it into \
     order.",
)
.warning()
.xml(
    "<domain type='kvm'><name>web</name><memory>65536</memory><resource><fibrechannel appid='a'/><partition>/p</partition></resource><os><type>hvm</type></os></domain>",
    "<domain type='kvm'><name>web</name><memory>65536</memory><resource><partition>/p</partition><fibrechannel appid='a'/></resource><os><type>hvm</type></os></domain>",
);

/// Only libvirt's schema refuses the value.
pub static OUTSIDE_SCHEMA: Code = error(
    "outside-schema",
    "libvirt's parser takes a value that its schema refuses.",
    "`virsh define` takes it, `virsh define --validate` does not. In a spec it is a warning: a relative path is one of \
     these.",
)
.warning()
.nix(
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.disk = { type = "file"; source.file = "web.img"; target.dev = "vda"; };
}"#,
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.disk = { type = "file"; source.file = "/srv/web.img"; target.dev = "vda"; };
}"#,
);

/// A secret stands where everybody can read it.
pub static PLAIN_SECRET: Code = error(
    "plain-secret",
    "A password stands in the spec, and so in the world-readable Nix store.",
    "Everything that a build reads lies in the store, where every user of the machine can read it. Name a file on the \
     host instead: it is read when the object is applied.",
)
.warning()
.nix(
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.graphics = { type = "vnc"; passwd = "sesame"; };
}"#,
    r#"{
  type = "kvm"; name = "web"; memory = 65536; os.type = "hvm";
  devices.graphics = { type = "vnc"; passwd.file = "/run/secrets/vnc"; };
}"#,
);

/// A child stands more often than it may.
pub static REPEATED: Code = error(
    "repeated",
    "An element stands more or less often than it may.",
    "libvirt would take only one of them, or refuses the object. Leave out what is not meant.",
)
.nix(
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; clock = [ { offset = "utc"; } { offset = "localtime"; } ]; }"#,
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; clock.offset = "utc"; }"#,
);

/// A minimal import has a path of the Nix store in it.
pub static STORE_PATH: Code = error(
    "store-path",
    "An imported definition names a path of the Nix store.",
    "Such a path is that of one build. The next version of the package has another one, and garbage collection removes a path that \
     nothing refers to. `import --minimal` says what to write instead.",
)
.warning();

/// The source is not of its language.
pub static SYNTAX: Code = error(
    "syntax",
    "The input is not Nix, JSON or XML.",
    "The parser could not read the file. The message says what it expected at that place.",
)
.json(
    r#"{ "type": "kvm", "name": "web" "memory": 65536, "os": { "type": "hvm" } }"#,
    r#"{ "type": "kvm", "name": "web", "memory": 65536, "os": { "type": "hvm" } }"#,
);

/// A template cannot be expanded.
pub static TEMPLATE: Code = error(
    "template",
    "A template cannot be expanded.",
    "Templates take certain arguments; what is no argument is merged into the object that the template makes. \
     `templates/domain/machine.nix` lists the arguments.",
);

/// The user's Nix code called `throw`.
pub static THROW: Code = error(
    "throw",
    "The Nix expression calls `throw`.",
    "The message is that of the expression, or of a function that it calls with an argument that the function refuses.",
)
.nix(
    r#"{ type = throw "no hypervisor"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
);

/// A prefix that nothing declares.
pub static UNDECLARED_PREFIX: Code = error(
    "undeclared-prefix",
    "A name in foreign XML has a prefix that nothing declares.",
    "A prefix stands for a namespace, which an `xmlns` attribute of the element or of one around it names. libvirt would \
     drop what has a prefix without one.",
)
.xml(
    "<domain type='kvm'><name>web</name><metadata><app:a/></metadata><memory>65536</memory><os><type>hvm</type></os></domain>",
    "<domain type='kvm'><name>web</name><metadata><app:a xmlns:app='http://example.org/app'/></metadata><memory>65536</memory><os><type>hvm</type></os></domain>",
);

/// There is no such variable.
pub static UNDEFINED_VARIABLE: Code = error(
    "undefined-variable",
    "The Nix expression uses a variable that does not exist.",
    "No `let`, argument, `rec` or `with` around the place has the name.",
)
.nix(
    r#"{ type = "kvm"; name = nmae; memory = 65536; os.type = "hvm"; }"#,
    r#"let name = "web"; in { type = "kvm"; inherit name; memory = 65536; os.type = "hvm"; }"#,
);

/// Text in an element that takes none.
pub static UNEXPECTED_TEXT: Code = error(
    "unexpected-text",
    "An element that takes no text has some.",
    "libvirt's schema refuses the text; its parser drops it. Mostly a tag or a quote is missing before it.",
)
.xml(
    "<domain type='kvm'>web<name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>",
    "<domain type='kvm'><name>web</name><memory>65536</memory><os><type>hvm</type></os></domain>",
);

/// XML that is not as libvirt prints it.
pub static UNFORMATTED: Code = error(
    "unformatted",
    "The XML is not as libvirt's formatter prints it.",
    "`nixvirt-compile fmt --check` says this. `nixvirt-compile fmt --write` formats the file.",
);

/// libvirt has no such attribute.
pub static UNKNOWN_ATTRIBUTE: Code = error(
    "unknown-attribute",
    "libvirt's format has no attribute or element of that name there.",
    "libvirt would drop it without a word, so that the machine is not what was meant. Mostly the name is misspelt or \
     belongs one level further up or down. `nixvirt-compile explain` with the place lists the names. \
     `--unknown=warn` makes it a warning.",
)
.nix(
    r#"{ type = "kvm"; name = "web"; memroy = 65536; memory = 65536; os.type = "hvm"; }"#,
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
);

/// libvirt has no such element.
pub static UNKNOWN_ELEMENT: Code = error(
    "unknown-element",
    "libvirt's format has no element of that name there.",
    "libvirt would drop it without a word. Mostly the name is misspelt or belongs to another element.",
)
.xml(
    "<domain type='kvm'><name>web</name><titel>Web</titel><memory>65536</memory><os><type>hvm</type></os></domain>",
    "<domain type='kvm'><name>web</name><title>Web</title><memory>65536</memory><os><type>hvm</type></os></domain>",
);

/// There is no such kind of object.
pub static UNKNOWN_KIND: Code = error(
    "unknown-kind",
    "There is no such kind of object, or a spec of another kind than a domain does not name it.",
    "`kind` says what a spec is of. Without it, a spec is of a domain. The option `--kind` says it, too, and so do the lib's \
     functions and the modules' options.",
)
.nix(
    r#"{ kind = "machine"; type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
    r#"{ kind = "domain"; type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
);

/// A file that was to be checked has no object.
pub static NO_OBJECT: Code = error(
    "no-object",
    "There is no libvirt object in the file.",
    "`check` was given a file or a folder in which it finds nothing to check: no call of nixvirt's lib, no option of a module, \
     no spec, bundle or XML. A green check would say nothing. `--skip-foreign` passes over such files; `--require-specs` makes \
     them errors. `--kind` says what a file is that its keys do not tell.",
)
.warning();

/// The value cannot be known without Nix.
pub static UNKNOWN_VALUE: Code = error(
    "unknown-value",
    "A value cannot be known without Nix.",
    "The compiler evaluates the pure part of Nix: it builds and fetches nothing. To compile such a file, let Nix evaluate \
     it: `nix-instantiate --eval --strict --json FILE | nixvirt-compile -`.",
);

/// The file cannot be read.
pub static UNREADABLE: Code =
    error("unreadable", "A file cannot be read.", "The message is that of the operating system.");

/// The file cannot be written.
pub static UNWRITABLE: Code =
    error("unwritable", "A file cannot be written.", "The message is that of the operating system.");

/// A list, set or scalar where another of these belongs.
pub static WRONG_SHAPE: Code = error(
    "wrong-shape",
    "A value is a list, a set or a plain value where another of these belongs.",
    "An element with attributes is a set, several of one name are a list of sets, and an element that is only text is a \
     plain value. The message says what to write.",
)
.nix(
    r#"{ type = "kvm"; name = "web"; memory = 65536; os = "hvm"; }"#,
    r#"{ type = "kvm"; name = "web"; memory = 65536; os.type = "hvm"; }"#,
);
