//! The binary as its users have it: in an empty directory of its own, with an empty environment. A failure shows the
//! command, the directory, and everything that was printed.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs, io, thread};

use serde_json::Value;
use tempfile::TempDir;

/// The `nixvirt-compile` of this build. `NIXVIRT_COMPILE` may name another one.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let binary = BINARY.get_or_init(|| match env::var_os("NIXVIRT_COMPILE") {
        Some(given) => fs::canonicalize(given).ok(),
        None => build(),
    });
    binary.as_ref().expect("nixvirt-compile should build, or NIXVIRT_COMPILE name a program")
}

/// Builds the binary the way this test was built: cargo only does it by itself for tests of the same package.
fn build() -> Option<PathBuf> {
    let own = env::current_exe().expect("a test should know where it is");
    let release = own.components().any(|part| part.as_os_str() == "release");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(crate::place::root()).args(["build", "--quiet", "--package", "nixvirt-compile"]);
    build.args(["--bin", "nixvirt-compile", "--message-format", "json"]);
    if release {
        build.arg("--release");
    }
    // The folder that holds `debug` or `release`, whatever it is called.
    if let Some(target) = own.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()) {
        build.arg("--target-dir").arg(target);
    }
    let done = build.stderr(Stdio::inherit()).output().ok().filter(|done| done.status.success())?;
    let messages = String::from_utf8_lossy(&done.stdout).into_owned();
    let mut executables = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    executables.next_back()
}

/// The spec of a small domain of that name, with devices.
pub fn domain(name: &str, devices: Value) -> Value {
    serde_json::json!({ "name": name, "type": "kvm", "memory": 1048576, "os": { "type": "hvm" }, "devices": devices })
}

/// An empty directory, gone when it is dropped.
#[derive(Debug)]
pub struct Dir(TempDir);

impl Dir {
    /// Makes an empty directory, which is removed when it is dropped.
    #[expect(clippy::new_without_default, reason = "making a directory is no default")]
    pub fn new() -> Dir {
        Dir(tempfile::Builder::new().prefix("nixvirt-test-").tempdir().expect("a directory for the test"))
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into it, with the folders that lead there.
    #[track_caller]
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(&path)).expect("the folder of a file");
        fs::write(&path, content).expect("a file for the test");
        path
    }

    /// Reads a file of the directory.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        match fs::read_to_string(self.path().join(name)) {
            Ok(text) => text,
            Err(error) => panic!("cannot read {name}: {error}; there is {:?}", self.files()),
        }
    }

    /// Every file and empty folder below it (a folder ends with a slash), sorted.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        list(self.path(), "", &mut found);
        found.sort();
        found
    }

    /// Begins a run of the binary here.
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run<'_> {
        Run {
            dir: self,
            program: binary().to_owned(),
            arguments: arguments.into_iter().map(str::to_owned).collect(),
            stdin: Vec::new(),
            environment: BTreeMap::new(),
        }
    }

    /// Begins a run of the binary by way of a shell, which finds it as `$0`.
    pub fn shell(&self, script: &str) -> Run<'_> {
        let binary = binary().to_string_lossy().into_owned();
        Run { program: "sh".into(), ..self.run(["-c", script, &binary]) }
    }
}

fn list(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let mut entries = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        entries += 1;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => list(&entry.path(), &format!("{name}/"), found),
            false => found.push(name),
        }
    }
    if entries == 0 && !prefix.is_empty() {
        found.push(prefix.to_owned());
    }
}

/// A run that has not begun.
#[derive(Debug)]
pub struct Run<'d> {
    dir: &'d Dir,
    program: PathBuf,
    arguments: Vec<String>,
    stdin: Vec<u8>,
    environment: BTreeMap<String, String>,
}

impl Run<'_> {
    /// Sets the standard input of the program.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_owned();
        self
    }

    /// A variable of its environment, which has only `PATH` otherwise.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The command, for who wants to start it himself.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(self.dir.path()).env_clear();
        command.envs(env::var_os("PATH").map(|path| ("PATH", path))).envs(&self.environment);
        command
    }

    /// Runs it to the end.
    #[track_caller]
    pub fn done(self) -> Done {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("nixvirt-compile should start");
        let feeder = feed(&mut child, self.stdin.clone());
        let output = child.wait_with_output().expect("nixvirt-compile should end");
        // A program that does not read its input to the end breaks the pipe, which is its right.
        let _ = feeder.join();
        let ended = match (output.status.code(), output.status.signal()) {
            (Some(code), _) => code,
            (None, signal) => -signal.unwrap_or(0),
        };
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .unwrap_or_else(|error| panic!("it printed something that is not UTF-8: {error}"))
        };
        Done {
            command: format!("{:?}", self.command()),
            files: self.dir.files(),
            status: ended,
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs it to the end, which must be a good one.
    #[track_caller]
    pub fn succeeds(self) -> Done {
        let done = self.done();
        assert!(done.status == 0, "it should have succeeded\n{done}");
        done
    }

    /// Runs it to the end, which must be with this exit status.
    #[track_caller]
    pub fn fails(self, status: i32) -> Done {
        let done = self.done();
        assert!(done.status == status, "its exit status should be {status}\n{done}");
        done
    }
}

fn feed(child: &mut Child, bytes: Vec<u8>) -> thread::JoinHandle<io::Result<()>> {
    let stdin = child.stdin.take();
    thread::spawn(move || stdin.map_or(Ok(()), |mut stdin| stdin.write_all(&bytes)))
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Done {
    command: String,
    /// The names of the files in the directory afterwards.
    pub files: Vec<String>,
    /// The exit status; a signal as a negative number.
    pub status: i32,
    /// The text on standard output.
    pub stdout: String,
    /// The text on standard error.
    pub stderr: String,
}

impl Done {
    /// Standard output must be exactly this.
    #[track_caller]
    pub fn prints(self, expected: &str) -> Self {
        assert!(self.stdout == expected, "standard output should be\n{expected}\n{self}");
        self
    }

    /// Standard output must hold this.
    #[track_caller]
    pub fn mentions(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "standard output should hold {part:?}\n{self}");
        self
    }

    /// Standard error must hold this.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "standard error should hold {part:?}\n{self}");
        self
    }

    /// Standard error must not hold this.
    #[track_caller]
    pub fn does_not_say(self, part: &str) -> Self {
        assert!(!self.stderr.contains(part), "standard error should not hold {part:?}\n{self}");
        self
    }

    /// The output for tools: `check` and `fmt --check` have it on standard output, all other commands on standard
    /// error.
    pub fn for_tools(&self) -> &str {
        if self.stdout.is_empty() { &self.stderr } else { &self.stdout }
    }

    /// `check` must have found nothing wrong: it says at most what it checked.
    #[track_caller]
    pub fn finds_nothing(self) -> Self {
        let counted = |line: &str| line.starts_with("nixvirt-compile: checked ");
        let fine = self.stderr.is_empty() || (self.stderr.lines().count() == 1 && counted(&self.stderr));
        assert!(fine, "nothing should be found\n{self}");
        self
    }

    /// Nothing may be on standard error.
    #[track_caller]
    pub fn silent(self) -> Self {
        assert!(self.stderr.is_empty(), "there should be nothing on standard error\n{self}");
        self
    }

    /// The directory must hold exactly these files.
    #[track_caller]
    pub fn leaves(self, files: &[&str]) -> Self {
        assert!(self.files == files, "there should be the files {files:?}\n{self}");
        self
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "command: {}", self.command)?;
        writeln!(out, "exit status: {}", self.status)?;
        writeln!(out, "files: {:?}", self.files)?;
        writeln!(out, "--- standard output\n{}", self.stdout)?;
        writeln!(out, "--- standard error\n{}", self.stderr)
    }
}
