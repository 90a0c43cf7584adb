//! The picture in README.md: a session in a terminal, drawn from what the program prints. `NIXVIRT_BLESS=1 cargo test -p
//! nixvirt-tests --test picture` draws it anew.

use std::fmt::Write as _;
use std::fs;

use anstyle_svg::Term;
use nixvirt_tests::command::Dir;
use nixvirt_tests::place;

/// The file of the picture.
const PICTURE: &str = "docs/picture.svg";

/// The machine that the session is about, with a word misspelt.
const SPEC: &str = r#"{
  template = "linux";
  name = "web";
  memory = { count = 4; unit = "GiB"; };
  storage_vol = "/var/lib/images/web.qcow2";
  cpu.mod = "host-model";
}
"#;

/// The commands of the session: what is shown of each, what runs, and how many lines are shown.
const SESSION: [(&str, &str, usize); 4] = [
    ("cat web.nix", "cat web.nix", 7),
    ("nixvirt-compile check web.nix", "\"$0\" check --color always web.nix 2>&1 || true", 14),
    ("sed -i 's/cpu.mod /cpu.mode /' web.nix", "sed -i 's/cpu.mod /cpu.mode /' web.nix", 0),
    ("nixvirt-compile web.nix | head -n 12", "\"$0\" web.nix | head -n 12", 12),
];

/// Seconds between two lines of what a program prints, and before each command.
const PACE: (f64, f64) = (0.06, 1.2);

/// The terminal's text with its escape sequences, and the second at which each line appears.
fn session() -> (String, Vec<f64>) {
    let dir = Dir::new();
    dir.write("web.nix", SPEC);
    let (mut shown, mut times, mut time) = (String::new(), Vec::new(), 0.0);
    for (command, script, lines) in SESSION {
        let done = dir.shell(script).succeeds();
        let _ = writeln!(shown, "\u{1b}[1;32m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m");
        time += PACE.1;
        times.push(time);
        for line in done.stdout.lines().take(lines) {
            let _ = writeln!(shown, "{line}");
            time += PACE.0;
            times.push(time);
        }
        assert!(
            done.stdout.lines().count() <= lines,
            "{command} prints more than {lines} lines:\n{}",
            done.stdout
        );
    }
    (shown, times)
}

/// The session as a picture. Its lines appear one after the other, unless the reader's system asks for no motion.
fn draw() -> String {
    let (shown, times) = session();
    let picture = Term::new().render_svg(&shown);
    let motion = "@media (prefers-reduced-motion: no-preference) {\n      .row { animation: row 0.01s step-end both }\n    }\n    \
                  @keyframes row { from { visibility: hidden } to { visibility: visible } }\n  </style>";
    let picture = picture.replacen("  </style>", &format!("    {motion}"), 1);
    let mut drawn = String::new();
    let mut times = times.into_iter();
    for line in picture.lines() {
        match line.trim_start().strip_prefix("<tspan x=") {
            Some(rest) => {
                let time = times.next().unwrap_or_default();
                let _ = writeln!(
                    drawn,
                    "    <tspan class=\"row\" style=\"animation-delay: {time:.2}s\" x={rest}"
                );
            }
            None => {
                let _ = writeln!(drawn, "{line}");
            }
        }
    }
    drawn
}

#[test]
fn the_picture_is_what_the_program_prints() {
    let drawn = draw();
    let path = place::root().join(PICTURE);
    if std::env::var_os("NIXVIRT_BLESS").is_some() {
        fs::write(&path, &drawn).expect("the picture");
    }
    assert!(
        drawn.contains("did you mean") && drawn.contains("&lt;name&gt;web"),
        "the session shows no help or no XML"
    );
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "{PICTURE} is not what the program prints; NIXVIRT_BLESS=1 draws it anew");
}
