//! Files that describe hosts, as `--host` names them.

use std::fs;
use std::io;
use std::path::Path;

use nixvirt_compiler::HostDescription;
use nixvirt_compiler::printable::printable;

/// Reads what files say of hosts, each given as `FILE` or `NAME=FILE`.
///
/// # Errors
/// A file that cannot be read, or that describes no host.
pub(crate) fn read_hosts(given: &[String]) -> io::Result<Vec<HostDescription>> {
    let mut hosts: Vec<HostDescription> = Vec::new();
    for argument in given {
        let (name, file) = match argument.split_once('=') {
            Some((name, file)) if !name.is_empty() && !name.contains('/') => (name, file),
            _ => {
                let file = Path::new(argument).file_name().and_then(|name| name.to_str()).unwrap_or(argument);
                (file.split_once('.').map_or(file, |(name, _)| name), &**argument)
            }
        };
        let fail = |kind, why: String| {
            io::Error::new(kind, format!("cannot read the host `{}`: {file}: {why}", printable(name)))
        };
        let bytes = fs::read(file).map_err(|error| fail(error.kind(), error.to_string()))?;
        let at = hosts.iter().position(|host| host.name == name).unwrap_or_else(|| {
            hosts.push(HostDescription::new(name));
            hosts.len() - 1
        });
        hosts[at].add(&bytes).map_err(|problem| fail(io::ErrorKind::InvalidData, problem.to_string()))?;
    }
    Ok(hosts)
}
