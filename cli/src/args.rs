//! The command line, from which help, man page and shell completions are all generated.

mod words;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueHint};
use nixvirt_compiler::{Target, parse_version};
use nixvirt_expand::template::HostPackages;
use nixvirt_schema::Version;
use nixvirt_shell::Shell;

pub use self::words::{Color, OutputFormat, To, UnknownPolicy};

/// Compiles Nix attribute sets to libvirt XML
///
/// Reads a Nix attribute set, or its JSON, that describes a libvirt object (a domain, network, storage pool, volume, ...),
/// holds it against libvirt's formats and prints the XML that libvirt's own formatter would print. What libvirt would
/// refuse is refused here, with the place in the spec, all of it in one run.
#[derive(Debug, Parser)]
#[command(
    name = "nixvirt-compile",
    version,
    after_help = "Exit status: 0 fine, 1 the input is wrong, 2 could not run.",
    after_long_help = "Exit status: 0 fine, 1 the input is wrong, 2 could not run.\n\n\
        Examples:\n  \
        nix-instantiate --eval --strict --json vm.nix | nixvirt-compile - > vm.xml\n  \
        nixvirt-compile --kind network -o net.xml net.json\n  \
        nixvirt-compile -o host/ bundle.json\n  \
        nixvirt-compile check flake.nix vm.json net.xml\n  \
        nixvirt-compile explain devices.disk.driver"
)]
pub struct Cli {
    /// The command; without one, the program compiles.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The source and the options of a compilation.
    #[command(flatten)]
    pub compile: Compile,
    /// The options of reports, which all commands share.
    #[command(flatten)]
    pub report: Reporting,
}

impl Cli {
    /// An option of reporting that was given to a command that reports nothing.
    pub fn meaningless_option(&self) -> Option<&'static str> {
        let Reporting { format, color, summary } = self.report;
        let (reports, colors) = match &self.command {
            Some(
                Command::Lsp { .. }
                | Command::Schema { .. }
                | Command::Reference { .. }
                | Command::Completions { .. }
                | Command::Man { .. }
                | Command::Extras { .. },
            ) => (false, false),
            Some(Command::Explain { .. }) => (format == OutputFormat::Json, true),
            _ => (true, true),
        };
        match () {
            () if format != OutputFormat::Human && !reports => Some("--format"),
            () if color != Color::Auto && !colors => Some("--color"),
            () if summary && !(reports && colors) => Some("--summary"),
            () => None,
        }
    }
}

/// The arguments of compiling, which needs no subcommand.
#[derive(Args, Debug, PartialEq, Eq)]
pub struct Compile {
    /// The spec or bundle, in JSON or Nix; `-` is standard input; several specs with `-o FOLDER`
    #[arg(value_name = "SPEC", value_hint = ValueHint::FilePath)]
    pub specs: Vec<PathBuf>,
    /// Write to this file, or to this folder for a bundle or several specs, instead of standard output (`-`)
    ///
    /// Of several specs, each becomes a file in the folder that is called as it is (`vms/web.nix` becomes `web.xml`); nothing is
    /// written unless all are good.
    ///
    /// Files appear whole or not at all. A bundle's folder gets a file for each object (`domains/NAME.xml`, ...) and
    /// `bundle.json`, the bundle with every `spec` replaced by the `definition` that it became. Only files that an earlier
    /// run wrote there are replaced or removed. Where one of them was edited since, or an input would be lost, nothing is
    /// written.
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub output: Option<PathBuf>,
    /// Add no derived uuid and no derived MAC addresses
    #[arg(long)]
    pub exact: bool,
    /// Take the input for the arguments of this template, e.g. `linux`
    #[arg(long, value_name = "NAME", value_parser = templates())]
    pub template: Option<String>,
    /// How to read the input.
    #[command(flatten)]
    pub reading: Reading,
    /// The paths of the host's programs and firmware that templates use.
    #[command(flatten)]
    pub host: HostParts,
}

/// The paths of the host's programs and firmware that templates use. In Nix, they come from its packages.
#[derive(Args, Debug, PartialEq, Eq)]
pub struct HostParts {
    /// For templates: the folder that holds `bin/qemu-system-x86_64`
    #[arg(long, value_name = "FOLDER", default_value = HostPackages::QEMU, hide_short_help = true)]
    pub qemu: String,
    /// For templates: the folder that holds `FV/OVMF_CODE.ms.fd`
    #[arg(long, value_name = "FOLDER", default_value = HostPackages::OVMF, hide_short_help = true)]
    pub ovmf: String,
    /// For templates: the disc with the Windows drivers
    #[arg(
        long,
        value_name = "ISO",
        default_value = HostPackages::VIRTIO_WIN,
        hide_short_help = true
    )]
    pub virtio_win: String,
}

impl HostParts {
    /// The same as templates take it.
    pub fn host(&self) -> HostPackages {
        let HostParts { qemu, ovmf, virtio_win } = self;
        HostPackages { qemu: qemu.clone(), ovmf: ovmf.clone(), virtio_win: virtio_win.clone() }
    }
}

impl Compile {
    /// Whether any of this was given, other than as it is by default.
    pub fn is_asked_for(&self) -> bool {
        Cli::try_parse_from(["nixvirt-compile"]).is_ok_and(|nothing| nothing.compile != *self)
    }
}

/// How to read what is given.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The kind of object; by default what the spec's `kind` or the XML's root says, else a domain
    #[arg(long, value_parser = kinds())]
    pub kind: Option<String>,
    /// How to treat attributes that libvirt's formats do not have
    ///
    /// `warn` is for moving over from NixVirt, which drops what it does not know and does not mind what is missing: both
    /// are warnings then.
    #[arg(long, value_enum, default_value_t = UnknownPolicy::Deny)]
    pub unknown: UnknownPolicy,
    /// Take warnings for errors: exit with 1, and write nothing
    #[arg(long)]
    pub deny_warnings: bool,
    /// Which rules are not asked, or warn.
    #[command(flatten)]
    pub rules: RuleLevels,
    /// A host that is to be able to run the machines: a file with what `virsh capabilities` and `virsh domcapabilities` print there
    ///
    /// The file holds the output of any number of these commands, and of `virsh pool-capabilities`. The host is called as the file
    /// is, up to its first dot, or as `NAME=FILE` says; several files of one name are one host. What a host cannot do is an error.
    #[arg(long = "host", value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub hosts: Vec<String>,
    /// Which libvirt the objects are for.
    #[command(flatten)]
    pub aim: Aim,
}

/// Which rules are not asked, or warn.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleLevels {
    /// Do not ask this rule, e.g. `boot-order-twice`; may be given several times
    ///
    /// A rule mirrors what libvirt refuses beyond its grammar, or warns of what is probably a mistake; `explain CODE` says what
    /// each is about. A spec says the same for itself by `nixvirt.allow = [ "CODE" ];`, a bundle by `allow`.
    #[arg(long, value_name = "CODE", value_parser = rule_code, hide_short_help = true)]
    pub allow: Vec<&'static str>,
    /// Take what breaks this rule for a warning; may be given several times
    ///
    /// A spec says the same for itself by `nixvirt.warn = [ "CODE" ];`.
    #[arg(long, value_name = "CODE", value_parser = rule_code, hide_short_help = true)]
    pub warn: Vec<&'static str>,
}

/// Which libvirt the objects are for.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Aim {
    /// The version of libvirt to check for, e.g. `11.3.0`; by default the newest known one
    ///
    /// A part that came later is an error, which says since when it exists. A bundle's `libvirt` and a spec's
    /// `nixvirt.libvirt` win over this option.
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    pub libvirt: Option<Version>,
}

impl Aim {
    /// The target that is asked for.
    pub fn target(&self) -> Target {
        self.libvirt.map_or(Target::NEWEST, |libvirt| Target::of(libvirt).0)
    }

    /// A note for people about a version that the tables do not know.
    pub fn note(&self) -> Option<String> {
        Target::of(self.libvirt?).1.note()
    }
}

/// The code of a rule.
fn rule_code(name: &str) -> Result<&'static str, String> {
    nixvirt_compiler::settings::rule(name).map_err(|problem| problem.with_help())
}

/// How to report problems.
#[derive(Args, Clone, Copy, Debug)]
pub struct Reporting {
    /// How problems are printed: for people, or for tools
    ///
    /// To standard error; `check` and `fmt --check`, which print nothing else, have JSON and SARIF on standard output. `explain` prints
    /// JSON, too.
    #[arg(long, global = true, value_enum, default_value_t = OutputFormat::Human)]
    pub format: OutputFormat,
    /// Whether to print in colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// End with one line for each problem, for logs of which only the end is shown
    ///
    /// A build by Nix says so: `nix build` shows the last 25 lines of a log, old versions the last 10.
    #[arg(long, global = true, hide_short_help = true)]
    pub summary: bool,
}

/// A command other than compiling, which needs none.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check Nix (.nix), specs, bundles (.json) and XML (.xml), and write nothing
    ///
    /// A folder stands for the Nix, JSON and XML files in it that have something of libvirt's; what git ignores is left out.
    /// Ends with a line on standard error that says what was checked.
    Check {
        /// The files and folders
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::AnyPath)]
        files: Vec<PathBuf>,
        /// Pass over what is not libvirt's: XML with another root, JSON and Nix that have nothing of a spec
        #[arg(long)]
        skip_foreign: bool,
        /// Take a file or folder without any libvirt object for an error, not for a warning
        #[arg(long)]
        require_specs: bool,
        /// Do not say what was checked
        #[arg(short, long)]
        quiet: bool,
        /// Where the attributes of the one spec or bundle stand in its Nix source
        ///
        /// The lib gives this to a build, in the format of `lib-nix/places.nix`: problems are then said to be there.
        #[arg(long, value_name = "JSON", value_hint = ValueHint::FilePath, hide_short_help = true)]
        places: Option<PathBuf>,
        /// How to read them.
        #[command(flatten)]
        reading: Reading,
        /// The paths of the host's programs and firmware that templates use.
        #[command(flatten)]
        host: HostParts,
    },
    /// Show which machine can run on which host
    ///
    /// The machines are those of specs, bundles (.json, .nix) and XML; each host is described by `--host`. A machine that can run on
    /// no host makes the exit status 1.
    Hosts {
        /// The files
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// How to read them.
        #[command(flatten)]
        reading: Reading,
        /// The paths of the host's programs and firmware that templates use.
        #[command(flatten)]
        host: HostParts,
    },
    /// Turn libvirt XML, a definition or the description of a running object, into a spec
    Import {
        /// The XML; `-` is standard input
        #[arg(value_name = "XML", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The language of the spec
        #[arg(long, value_enum, default_value_t = To::Nix)]
        to: To,
        /// Keep what only a running object has, e.g. its id and the aliases of its devices
        #[arg(long)]
        live: bool,
        /// Leave out what libvirt fills in by itself: addresses, controllers, default devices and values
        ///
        /// What libvirt makes of the spec is the same. UUIDs and MAC addresses stay, and so do addresses that libvirt would choose
        /// otherwise, which is said. Paths of the Nix store are said, too, with what to write instead.
        #[arg(long, conflicts_with = "live")]
        minimal: bool,
        /// Write to this file instead of standard output (`-`)
        #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
        /// Which libvirt the object is for.
        #[command(flatten)]
        aim: Aim,
    },
    /// Print XML the way libvirt's own formatter does
    Fmt {
        /// The XML; `-` is standard input; several with `--check` or `--write`
        #[arg(required = true, value_name = "XML", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// Pass over XML that is not libvirt's, with `--check` or `--write`
        #[arg(long)]
        skip_foreign: bool,
        /// Write nothing; exit with 1 where a file is not formatted already
        #[arg(long, conflicts_with = "write")]
        check: bool,
        /// Write the result back to the file
        #[arg(long)]
        write: bool,
        /// Which libvirt the objects are for.
        #[command(flatten)]
        aim: Aim,
    },
    /// Say what may stand at a place in libvirt's formats, what a template takes, or what a diagnostic code means
    Explain {
        /// The place, e.g. `devices.disk.driver`, a template, e.g. `linux` (`templates` lists them), or a code, e.g. `bad-value`;
        /// by default the whole object
        #[arg(value_name = "PLACE", default_value = "")]
        place: String,
        /// The kind of object
        #[arg(long, default_value = "domain", value_parser = kinds())]
        kind: String,
    },
    /// Print the JSON Schema of the specs of a kind, for editors of JSON and YAML
    ///
    /// It says which keys a spec may have, what each holds and which must be there. What depends on another value is left to
    /// `check`.
    Schema {
        /// The kind of object
        #[arg(long, default_value = "domain", value_parser = kinds())]
        kind: String,
    },
    /// Write the reference as a static site: all elements, templates, options, messages and commands, with a search
    ///
    /// The folder is new or empty, or holds such a site, which is replaced. Open `index.html` in a browser; no server is needed.
    Reference {
        /// The folder
        #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        output: PathBuf,
        /// A folder made by `playground/build FOLDER ..`: the playground becomes part of the site
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        playground: Option<PathBuf>,
    },
    /// Make the disc from which a new machine reads its configuration
    ///
    /// The seed is in JSON. With `userData`, `metaData`, `networkConfig` and `vendorData`, each a set or a text, it is for cloud-init
    /// (NoCloud), and says which machine it is for by `instanceId`. With `files`, a text or `{ "file": "PATH" }` for each path, and
    /// `label`, it is a disc of any files: an answer file for Windows, a script for Combustion. With `config`, it is a
    /// configuration for Ignition, and no disc but JSON. The same seed gives the same bytes.
    Seed {
        /// The seed; `-` is standard input
        #[arg(value_name = "SEED", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Write to this file, or to standard output (`-`)
        #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: PathBuf,
        /// Take warnings for errors: exit with 1, and write nothing
        #[arg(long)]
        deny_warnings: bool,
        /// Which rules are not asked, or warn.
        #[command(flatten)]
        rules: RuleLevels,
    },
    /// Serve editors: diagnostics, completion, hover and more over the Language Server Protocol
    ///
    /// The editor starts it and speaks with it on standard input and output. It serves Nix, specs in JSON and libvirt's
    /// XML; docs/editors.md says how to set editors up.
    Lsp {
        /// Speak on standard input and output, as it does anyway; some editors always say so
        #[arg(long, hide = true)]
        stdio: bool,
        /// Which rules are not asked, or warn.
        #[command(flatten)]
        rules: RuleLevels,
        /// Which libvirt the objects are for.
        #[command(flatten)]
        aim: Aim,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the man page, of the program or of one of its commands
    Man {
        /// The command, e.g. `check`
        #[arg(value_name = "COMMAND")]
        of: Option<String>,
    },
    /// Install the man pages and the completions of bash, zsh and fish below a prefix
    Extras {
        /// The prefix, e.g. `/usr/local` or `~/.local`
        #[arg(value_name = "PREFIX")]
        prefix: PathBuf,
    },
}

/// The names of the templates.
fn templates() -> PossibleValuesParser {
    PossibleValuesParser::new(nixvirt_templates::arguments::TEMPLATES.iter().map(|template| template.name))
}

/// The names of the kinds of object.
fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(nixvirt_schema::all_kinds().map(|kind| kind.name))
}
