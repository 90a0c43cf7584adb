//! XML that means harm, through `check` and `fmt`: whatever it is, there is an answer within bounded time and memory,
//! and never a panic. What must be refused is refused, with a word on why; what is only odd is handled.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nixvirt_compiler::{CompileOutcome, Severity, Target, format_xml};
use nixvirt_tests::command::Dir;

/// How long any of these may take. They take milliseconds; a machine that is busy elsewhere takes its time.
const BOUND: Duration = Duration::from_secs(30);

/// Runs it on a thread of its own, with the small stack that worker threads have, and gives up after a while.
#[track_caller]
fn within_bounds<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let work = thread::Builder::new().stack_size(2 << 20).spawn(move || sender.send(run()));
    let work = work.expect("a thread");
    match receiver.recv_timeout(BOUND) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it takes longer than {BOUND:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("it panicked: {:?}", work.join().map(|_| ())),
    }
}

#[track_caller]
fn format(xml: impl Into<Vec<u8>>) -> CompileOutcome {
    let xml = xml.into();
    let outcome = within_bounds(move || format_xml(&xml, None, Target::NEWEST));
    let errors = outcome.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert_eq!(outcome.xml.is_none(), errors, "XML comes out exactly where there is no error");
    outcome
}

/// It is refused, and a problem has this code and says this.
#[track_caller]
fn refused(xml: impl Into<Vec<u8>>, code: &str, said: &str) {
    let outcome = format(xml);
    let mut errors = outcome.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let found =
        errors.any(|error| error.problem.code().name == code && error.problem.to_string().contains(said));
    assert!(found, "it should be refused as {code:?} with {said:?}, not {:#?}", outcome.diagnostics);
}

/// It comes out as this.
#[track_caller]
fn becomes(xml: impl Into<Vec<u8>>, expected: &str) {
    let outcome = format(xml);
    assert_eq!(outcome.xml.as_deref(), Some(expected), "{:#?}", outcome.diagnostics);
}

/// A domain with something in it, before the name.
fn domain(with: &str) -> String {
    format!(
        "<domain type='kvm'>\n{with}  <name>vm</name>\n  <memory unit='GiB'>1</memory>\n  <os>\n    <type>hvm</type>\n  </os>\n</domain>\n"
    )
}

// --- Document types and entities.

#[test]
fn document_types_are_refused() {
    for subset in [
        "<!DOCTYPE domain>",
        "<!DOCTYPE domain SYSTEM 'http://example.org/x.dtd'>",
        "<!DOCTYPE domain PUBLIC '-//X//Y' 'file:///etc/passwd'>",
        "<!DOCTYPE domain [ <!ENTITY a 'b'> ]>",
        "<!DOCTYPE domain [ <!ENTITY a SYSTEM 'file:///etc/passwd'> ]>",
        "<!DOCTYPE domain [ <!ENTITY % a SYSTEM 'http://example.org/'> %a; ]>",
    ] {
        refused(format!("{subset}\n{}", domain("")), "syntax", "document type");
    }
    // In the middle of the document, too.
    refused(domain("<!DOCTYPE domain>"), "syntax", "");
}

#[test]
fn entities_do_not_expand() {
    let mut laughs = String::from("<!DOCTYPE domain [ <!ENTITY lol0 'lol'>\n");
    for level in 1..20 {
        let inner = format!("&lol{};", level - 1).repeat(10);
        laughs += &format!("<!ENTITY lol{level} '{inner}'>\n");
    }
    refused(
        format!("{laughs} ]>\n<domain type='kvm'><name>&lol19;</name></domain>"),
        "syntax",
        "document type",
    );
    refused("<domain type='kvm'><name>&lol;</name></domain>", "syntax", "`&lol;`");
    refused("<domain type='&lol;'/>", "syntax", "");
}

#[test]
fn characters_by_number() {
    becomes(domain("").replace("<name>vm", "<name>&#118;&#x6D;"), &domain(""));
    for number in [
        "&#0;",
        "&#x0;",
        "&#1;",
        "&#xB;",
        "&#xD800;",
        "&#xDFFF;",
        "&#xFFFE;",
        "&#xFFFF;",
        "&#x110000;",
        "&#99999999999;",
        "&#-1;",
        "&#;",
        "&#x;",
    ] {
        refused(domain("").replace("<name>vm", &format!("<name>{number}")), "syntax", "");
        refused(domain("").replace("kvm", number), "syntax", "");
    }
}

// --- Encodings and characters.

#[test]
fn utf_16_is_refused() {
    let declared = format!("<?xml version='1.0' encoding='UTF-16'?>{}", domain(""));
    let units: Vec<u16> = declared.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    refused([b"\xff\xfe", &*little].concat(), "syntax", "UTF-16");
    refused([b"\xfe\xff", &*big].concat(), "syntax", "UTF-16");
    refused(little, "syntax", "");
    refused(big, "syntax", "");
    refused(declared, "syntax", "UTF-16");
}

#[test]
fn other_encodings_are_refused() {
    for encoding in ["ISO-8859-1", "UTF-32", "EBCDIC", "nonsense", ""] {
        let xml = format!("<?xml version='1.0' encoding='{encoding}'?>\n{}", domain(""));
        refused(xml, "syntax", "");
    }
    for encoding in ["UTF-8", "utf-8", "US-ASCII"] {
        becomes(format!("<?xml version='1.0' encoding='{encoding}'?>\n{}", domain("")), &domain(""));
    }
    becomes(format!("\u{feff}{}", domain("")), &domain(""));
}

#[test]
fn broken_utf_8_is_refused() {
    for bytes in [&b"\xff"[..], b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x80"] {
        let mut xml = domain("").into_bytes();
        let at = 30;
        xml.splice(at..at, bytes.iter().copied());
        refused(xml, "syntax", "UTF-8");
    }
}

#[test]
fn control_characters_are_refused() {
    for character in (0..32u8).filter(|character| !b"\t\n\r".contains(character)) {
        let character = char::from(character);
        refused(domain("").replace("<name>vm", &format!("<name>v{character}m")), "syntax", "");
        refused(domain("").replace("kvm", &character.to_string()), "syntax", "");
        refused(domain(&format!("<!-- {character} -->")), "syntax", "");
    }
    for character in ['\u{fffe}', '\u{ffff}'] {
        refused(domain(&format!("<metadata><a xmlns='x:y'>{character}</a></metadata>")), "syntax", "");
    }
}

// --- Too much of it.

#[test]
fn a_million_attributes() {
    let attributes: String = (0..1_000_000).map(|index| format!(" a{index}='1'")).collect();
    refused(format!("<domain{attributes}/>"), "limit", "more than 1000 attributes");
    refused(
        format!("<domain type='kvm'><metadata><a{attributes}/></metadata></domain>"),
        "limit",
        "attributes",
    );
    let same = " a='1'".repeat(1_000_000);
    refused(format!("<domain{same}/>"), "limit", "more than 1000 attributes");
}

#[test]
fn depth_of_a_hundred_thousand() {
    let (open, close) = ("<a>".repeat(100_000), "</a>".repeat(100_000));
    let nested = format!("{open}{close}");
    format(nested.clone());
    refused(format!("<domain type='kvm'>{nested}</domain>"), "unknown-element", "`a`");
    refused(domain(&format!("<metadata>{nested}</metadata>")), "limit", "deep");
    // Without an end, too.
    format(format!("<domain type='kvm'>{open}"));
    refused(domain(&format!("<metadata>{open}")), "limit", "deep");
    // Elements that the schema lets nest.
    let (open, close) = ("<backingStore type='file'>".repeat(100_000), "</backingStore>".repeat(100_000));
    let disk = format!("<devices><disk type='file'><target dev='vda'/>{open}{close}</disk></devices>");
    refused(domain(&disk), "limit", "deep");
}

#[test]
fn a_million_elements() {
    let elements = "<nonsense/>".repeat(1_000_000);
    let outcome = format(domain(&elements));
    let last = outcome.diagnostics.last().expect("problems");
    assert!(
        outcome.diagnostics.len() < 2000,
        "problems should be bounded, not {}",
        outcome.diagnostics.len()
    );
    assert_eq!((last.problem.code().name, last.severity), ("limit", Severity::Error), "{last:?}");
    let disks = "<disk><target dev='vda'/></disk>".repeat(100_000);
    let outcome = format(domain(&format!("<devices>{disks}</devices>")));
    assert!(outcome.xml.is_some() || outcome.diagnostics.len() < 2000);
}

#[test]
fn a_long_name_or_value() {
    let long = "x".repeat(1_000_000);
    refused(format!("<{long}/>"), "unknown-kind", "");
    refused(format!("<domain type='{long}'/>"), "bad-value", "...");
    refused(format!("<domain type='kvm' {long}='1'/>"), "unknown-attribute", "");
    let named = domain("").replace("<name>vm", &format!("<name>{long}"));
    becomes(named.clone(), &named);
    let outcome = format(format!("<domain type='kvm'><{long}/></domain>"));
    assert!(outcome.xml.is_none());
}

#[test]
fn more_than_is_read() {
    refused(vec![b' '; (64 << 20) + 1], "limit", "bytes");
    // Endless input ends, too.
    let dir = Dir::new();
    dir.shell("timeout 600 \"$0\" check --format short - < /dev/zero").fails(1).says("limit");
}

// --- Not well-formed.

#[test]
fn attributes_that_are_none() {
    refused("<domain type='kvm' type='kvm'/>", "syntax", "`type` stands twice");
    for tag in [
        "<domain type=kvm/>",
        "<domain type/>",
        "<domain type='kvm/>",
        "<domain type=''kvm/>",
        "<domain ='kvm'/>",
        "<domain type='<'/>",
        "<domain type='&'/>",
        "<domain type='kvm'id='1'/>",
    ] {
        let outcome = format(tag);
        assert!(outcome.xml.is_none(), "{tag} should be refused");
        assert_eq!(outcome.diagnostics[0].problem.code().name, "syntax", "{tag}: {:?}", outcome.diagnostics);
    }
}

#[test]
fn elements_that_do_not_match() {
    for xml in [
        "",
        " ",
        "\n",
        "vm",
        "<",
        "<>",
        "</domain>",
        "<domain",
        "<domain>",
        "<domain></network>",
        "<domain/><domain/>",
        "<domain/>text",
        "text<domain/>",
        "<1/>",
        "<domain>]]></domain>",
        "<!-- -- --><domain/>",
        "<domain><!-- </domain>",
        "<?xml?><domain/>",
        "<domain><?xml version='1.0'?></domain>",
        "<![CDATA[x]]><domain/>",
        "<a:b:c/>",
        "<:a/>",
    ] {
        let outcome = format(xml);
        assert!(outcome.xml.is_none(), "{xml:?} should be refused");
    }
}

/// Every beginning of a document is no document.
#[test]
fn truncated_anywhere() {
    let sample = domain(
        "  <!-- c --><metadata><a:b xmlns:a='x:y' c=\"d\">e&amp;<![CDATA[f]]></a:b></metadata><?pi?>\n  <devices><disk type='file'><source file='/a'/><target dev='vda'/></disk></devices>",
    );
    assert!(format(sample.clone()).xml.is_some(), "the whole should be fine");
    within_bounds(move || {
        for end in 0..sample.trim_end().len() {
            let outcome = format_xml(&sample.as_bytes()[..end], None, Target::NEWEST);
            assert!(outcome.xml.is_none(), "{:?} should be refused", &sample[..end]);
        }
    });
}

// --- Odd, but XML.

#[test]
fn comments_and_instructions_stay_where_they_are() {
    let odd = "<?xml version='1.0' encoding='UTF-8'?><?pi before?><!-- before -->\n<domain type='kvm'><!-- in --><?pi in?><name>v<!-- in -->m</name><memory unit='GiB'>1</memory><os><type>hvm</type></os></domain><!-- after --><?pi after?>\n";
    let kept = "<?pi before?>\n<!-- before -->\n<domain type='kvm'>\n  <!-- in -->\n  <?pi in?>\n  <name>vm<!-- in --></name>\n  <memory unit='GiB'>1</memory>\n  <os>\n    <type>hvm</type>\n  </os>\n</domain>\n<!-- after -->\n<?pi after?>\n";
    becomes(odd, kept);
}

#[test]
fn cdata_is_text() {
    becomes(domain("").replace("<name>vm", "<name><![CDATA[v]]><![CDATA[m]]>"), &domain(""));
    let title = |text: &str| domain("").replace("</name>\n", &format!("</name>\n  <title>{text}</title>\n"));
    becomes(title("<![CDATA[<a> & ']]>"), &title("&lt;a&gt; &amp; &apos;"));
}

#[test]
fn namespaces() {
    let qemu = "http://libvirt.org/schemas/domain/qemu/1.0";
    let ours = domain("").replace(
        "</os>\n",
        "</os>\n  <qemu:commandline>\n    <qemu:arg value='-S'/>\n  </qemu:commandline>\n",
    );
    let ours = ours.replace("type='kvm'", &format!("type='kvm' xmlns:qemu='{qemu}'"));
    becomes(ours.clone(), &ours);
    // The prefix means nothing, and the namespace may be declared anywhere.
    let other = ours.replace("xmlns:qemu", "xmlns:q").replace("<qemu:", "<q:").replace("</qemu:", "</q:");
    becomes(other, &ours);
    let inner = domain("").replace(
        "</os>\n",
        &format!("</os>\n  <commandline xmlns='{qemu}'><arg value='-S'/></commandline>\n"),
    );
    becomes(inner, &ours);
    // One that is unknown, undeclared or taken back is none of libvirt's.
    refused(ours.replace(qemu, "http://example.org/"), "unknown-element", "commandline");
    refused(ours.replace(&format!(" xmlns:qemu='{qemu}'"), ""), "unknown-element", "commandline");
    refused(
        domain("").replace("<domain", "<domain xmlns='http://example.org/'"),
        "unknown-element",
        "domain",
    );
    refused(domain("").replace("<name>", "<name xmlns='http://example.org/'>"), "unknown-element", "name");
    becomes(domain("").replace("<name>", "<name xmlns=''>"), &domain(""));
}

#[test]
fn libvirts_own_noise() {
    // `virsh dumpxml` on a terminal: line ends of another system, white space at the ends.
    becomes(domain("").replace('\n', "\r\n"), &domain(""));
    becomes(format!("\n\n{}\n\n", domain("")), &domain(""));
}
