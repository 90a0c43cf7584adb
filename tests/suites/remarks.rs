//! Comments and processing instructions: `fmt` keeps each at its place, `import` makes comments of Nix of them.

use std::fmt::Write as _;

use nixvirt_compiler::{Target, format_xml, import_xml, nix};
use nixvirt_tests::command::Dir;
use nixvirt_tests::corpus;
use nixvirt_tests::nix as real_nix;
use nixvirt_tests::random::Random;
use nixvirt_tests::{amount, skip};

/// A document with remarks in every kind of place, its children in no order of libvirt's.
const SCATTERED: &str = "<?xml version=\"1.0\"?>
<!-- the
     machine -->
<?tool keep?>
<domain type='kvm'>
  <!-- of memory -->
  <memory>65536</memory> <!-- little -->
  <name><!-- of the name -->web<!-- too --></name>
  <!-- of vcpu -->
  <vcpu>2</vcpu>
  <os><!-- of the type --><type>hvm</type></os>
  <metadata><!-- of the app --><app:a xmlns:app='urn:app'><!-- in it --></app:a></metadata>
  <devices>
    <disk type='file'>
      <source file='/a'/><!-- of the driver --><driver name='qemu'/>
      <target dev='vda'/>
      <!-- end of the disk -->
    </disk>
    <!-- none
           at
         all -->
    <memballoon model='none'/>
    <!-- end of the devices -->
  </devices>
  <features><!-- of acpi --><acpi/></features>
</domain>
<!-- behind -->
";

const FORMATTED: &str = "<!-- the
     machine -->
<?tool keep?>
<domain type='kvm'>
  <name><!-- of the name -->web<!-- too --></name>
  <metadata>
    <!-- of the app -->
    <app:a xmlns:app=\"urn:app\">
      <!-- in it -->
    </app:a>
  </metadata>
  <!-- of memory -->
  <memory>65536</memory> <!-- little -->
  <!-- of vcpu -->
  <vcpu>2</vcpu>
  <os>
    <!-- of the type -->
    <type>hvm</type>
  </os>
  <features>
    <!-- of acpi -->
    <acpi/>
  </features>
  <devices>
    <disk type='file'>
      <!-- of the driver -->
      <driver name='qemu'/>
      <source file='/a'/>
      <target dev='vda'/>
      <!-- end of the disk -->
    </disk>
    <!-- none
           at
         all -->
    <memballoon model='none'/>
    <!-- end of the devices -->
  </devices>
</domain>
<!-- behind -->
";

const AS_NIX: &str = r#"# the
# machine
# <?tool keep?>
{
  type = "kvm";
  # of the name
  # too
  name = "web";
  metadata = ''
    <!-- of the app -->
    <app:a xmlns:app="urn:app">
      <!-- in it -->
    </app:a>
  '';
  # of memory
  memory.count = 65536; # little
  # of vcpu
  vcpu.count = 2;
  # of the type
  os.type = "hvm";
  # of acpi
  features.acpi = true;
  devices = {
    disk = {
      type = "file";
      # of the driver
      driver.name = "qemu";
      source.file = "/a";
      target.dev = "vda";
      # end of the disk
    };
    # none
    #   at
    # all
    memballoon.model = "none";
    # end of the devices
  };
}
# behind
"#;

#[test]
fn each_stays_with_its_element() {
    let formatted = format_xml(SCATTERED.as_bytes(), None, Target::NEWEST).xml.expect("it should be right");
    assert_eq!(formatted, FORMATTED);
    assert_eq!(format_xml(FORMATTED.as_bytes(), None, Target::NEWEST).xml.as_deref(), Some(FORMATTED));
}

#[test]
fn import_makes_comments_of_nix() {
    let dir = Dir::new();
    dir.write("a.xml", SCATTERED);
    dir.run(["import", "a.xml"]).succeeds().prints(AS_NIX);
}

#[test]
fn json_has_none_and_says_so() {
    let dir = Dir::new();
    dir.write("a.xml", SCATTERED);
    dir.run(["import", "--to", "json", "a.xml"])
        .succeeds()
        .says("14 comments of the XML are left out: JSON has none; `--to nix` keeps them");
    dir.write(
        "c.xml",
        "<domain type='kvm'><name>a</name><memory>1</memory><os><type>hvm</type></os></domain>",
    );
    dir.run(["import", "--to", "json", "c.xml"]).succeeds().silent();
}

/// A document with a remark between any two tags that a seed chooses, and how many that are.
fn remarked(xml: &str, random: &mut Random) -> (String, usize) {
    let body = xml.find("?>").map_or(0, |end| end + 2);
    let (mut out, mut count) = (xml[..body].to_owned(), 0);
    let mut rest = &xml[body..];
    while let Some(at) = rest.find('<') {
        // Not within a comment or a section.
        if rest[at..].starts_with("<!") || rest[at..].starts_with("<?") {
            let Some(end) = rest[at..].find('>') else { break };
            out.push_str(&rest[..at + end + 1]);
            rest = &rest[at + end + 1..];
            continue;
        }
        out.push_str(&rest[..at]);
        if random.below(4) == 0 {
            let _ = match random.below(3) {
                0 => write!(out, "<?remark-{count}- ?>"),
                1 => write!(out, "<!--remark-{count}- of\n two lines-->"),
                // Behind text, a line end would be text as well.
                _ if rest[at..].starts_with("</") => write!(out, "<!-- remark-{count}- -->"),
                _ => writeln!(out, "<!-- remark-{count}- -->"),
            };
            count += 1;
        }
        let Some(end) = rest[at..].find('>') else { break };
        out.push_str(&rest[at..at + end + 1]);
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    (out, count)
}

/// In any file of libvirt's with remarks anywhere, each comes through once, formatting once more changes nothing, and real
/// Nix reads the same spec out of what import prints as without them.
#[test]
fn none_is_lost_anywhere() {
    let mut random = Random::new(amount::seed());
    let mut problems = Vec::new();
    let (mut all, mut specs) = (0, Vec::new());
    for file in corpus::files().into_iter().filter(|file| file.valid) {
        let plain = String::from_utf8_lossy(&file.xml);
        if plain.contains("<!--") || plain.contains("<![") {
            continue;
        }
        let (xml, count) = remarked(&plain, &mut random);
        let once = |text: &str| (0..count).all(|at| text.matches(&format!("remark-{at}-")).count() == 1);
        let Some(formatted) = format_xml(xml.as_bytes(), None, Target::NEWEST).xml else {
            problems.push(format!("{}: refused with remarks\n{xml}", file.name));
            continue;
        };
        all += count;
        if !once(&formatted) {
            problems.push(format!("{}: fmt loses remarks\n{xml}\n{formatted}", file.name));
        }
        if format_xml(formatted.as_bytes(), None, Target::NEWEST).xml.as_ref() != Some(&formatted) {
            problems.push(format!("{}: fmt changes what it printed\n{formatted}", file.name));
        }
        let import = import_xml(xml.as_bytes(), None, random.below(2) == 0, Target::NEWEST);
        let Some(spec) = import.spec else { continue };
        let text = nix::text_with_comments(&spec, &import.comments);
        if !once(&text) {
            problems.push(format!("{}: import loses remarks\n{xml}\n{text}", file.name));
        }
        specs.push((file.name, text, nix::print(&spec).text));
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    skip::print(&format!("remarks: {all} in {} files", specs.len()));
    if !real_nix::have() {
        return;
    }
    let dir = Dir::new();
    let mut list = String::from("builtins.filter (name: name != null) [\n");
    for (name, with, without) in &specs {
        let _ = writeln!(list, "(if (\n{with}) == (\n{without}) then null else {name:?})");
    }
    list.push(']');
    dir.write("same.nix", list);
    let different = real_nix::eval(&dir, "same.nix");
    assert_eq!(String::from_utf8_lossy(&different).trim(), "[]", "these differ with their comments");
}
