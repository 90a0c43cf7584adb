//! The Nix files of nixvirt that both Nix and the compiler evaluate.
//!
//! They stand beside this crate's `src`, where `lib-nix/` imports them. The crate holds them, so that it can be packaged and
//! built without the rest of the repository.

pub mod arguments;

/// Names each file once, by its path from the folder of this crate.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../", $path)))),*]
    };
}

/// Every Nix file of this crate: its path from the folder of the crate, such as `domain/linux.nix`, and its text.
pub const FILES: &[(&str, &str)] = files![
    "arguments.nix",
    "check-arguments.nix",
    "default.nix",
    "domain/card.nix",
    "domain/devices.nix",
    "domain/disk.nix",
    "domain/join.nix",
    "domain/linux.nix",
    "domain/machine.nix",
    "domain/nixos.nix",
    "domain/pc.nix",
    "domain/q35.nix",
    "domain/windows.nix",
    "extend.nix",
    "host-devices.nix",
    "leave-out.nix",
    "merge.nix",
    "network/bridge.nix",
    "places.nix",
    "xml.nix",
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::FILES;

    fn walk(folder: &Path, below: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else if name.ends_with(".nix") {
                found.push(name);
            }
        }
    }

    #[test]
    fn every_nix_file_is_embedded() {
        let mut there = Vec::new();
        walk(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut there);
        there.sort();
        let embedded: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(embedded, there);
    }
}
