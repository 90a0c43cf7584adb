//! Hooks: scripts that libvirt calls when a domain is prepared, started, stopped. One script of ours for each domain,
//! among any others in libvirt's folder, calls the domain's own and no other's.
//!
//! libvirt looks for hooks when it starts: the first one on a machine is seen by the next start of the daemon.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// What a hook is called for, as libvirt names it, in the order of a domain's life.
pub const OPERATIONS: [&str; 5] = ["prepare", "start", "started", "stopped", "release"];

/// A domain's hooks: for what, and which program.
pub type Hooks = Vec<(&'static str, PathBuf)>;

/// Where libvirt looks for hooks.
pub const FOLDER: &str = "/etc/libvirt/hooks";

fn path_of(folder: &Path, uuid: Uuid) -> PathBuf {
    folder.join("qemu.d").join(format!("nixvirt-{uuid}"))
}

/// The script of a domain.
fn script(name: &str, hooks: &Hooks) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut text = "#!/bin/sh\n# Written by nixvirt-apply, and removed with the domain.\n".to_owned();
    let _ = writeln!(text, "[ \"$1\" = {} ] || exit 0\ncase \"$2\" in", quoted(name));
    for (operation, program) in hooks {
        let _ = writeln!(text, "{operation}) exec {} \"$@\" ;;", quoted(&program.to_string_lossy()));
    }
    text + "esac\n"
}

/// Whether what is there differs from what is to be.
pub fn differ(folder: &Path, uuid: Uuid, name: &str, hooks: &Hooks) -> bool {
    match fs::read_to_string(path_of(folder, uuid)) {
        Ok(text) => hooks.is_empty() || text != script(name, hooks),
        Err(_) => !hooks.is_empty(),
    }
}

/// Installs a domain's hooks, or removes them where there are none.
///
/// # Errors
/// Where that cannot be done.
pub fn install(folder: &Path, uuid: Uuid, name: &str, hooks: &Hooks) -> Result<(), String> {
    let path = path_of(folder, uuid);
    let install = || -> io::Result<()> {
        if hooks.is_empty() {
            return match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        // In place in one step: libvirt may call it at any moment. It passes over names that begin with a dot.
        let mut file = tempfile::Builder::new().prefix(".nixvirt-").tempfile_in(folder)?;
        file.write_all(script(name, hooks).as_bytes())?;
        file.as_file().set_permissions(Permissions::from_mode(0o755))?;
        file.persist(&path)?;
        Ok(())
    };
    install().map_err(|error| format!("cannot install its hooks at {}: {error}", path.display()))
}

/// Whether a connection is to this machine's own system daemon, the only one whose hooks can be installed from here.
pub fn is_local(uri: &str) -> bool {
    let Some((_, rest)) = uri.split_once("://") else { return false };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    host.is_empty() && path.split('?').next() == Some("system")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for uri in ["qemu:///system", "qemu+unix:///system?socket=/x"] {
            assert!(is_local(uri), "{uri}");
        }
        for uri in ["qemu+ssh://root@host/system", "qemu:///session", "test:///default", "qemu"] {
            assert!(!is_local(uri), "{uri}");
        }
    }

    #[test]
    fn a_script_is_for_its_domain_and_operation_only() {
        let folder = tempfile::tempdir().unwrap();
        let (uuid, name) = (Uuid::from_u128(1), "it's");
        let program = folder.path().join("a hook");
        fs::write(&program, "#!/bin/sh\necho \"$2\"\n").unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        let hooks = vec![("started", program)];
        assert!(differ(folder.path(), uuid, name, &hooks));
        install(folder.path(), uuid, name, &hooks).unwrap();
        assert!(!differ(folder.path(), uuid, name, &hooks));
        let run = |name: &str, operation: &str| {
            let mut run = std::process::Command::new(path_of(folder.path(), uuid));
            let output = run.args([name, operation, "begin", "-"]).output().unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(run("it's", "started"), "started\n");
        assert_eq!(run("it's", "prepare") + &run("its", "started"), "");
        install(folder.path(), uuid, name, &Vec::new()).unwrap();
        assert!(!path_of(folder.path(), uuid).exists());
    }
}
