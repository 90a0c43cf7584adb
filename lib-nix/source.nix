# The sources that the packages are built of: what cargo reads of each crate to build its programs and to run its unit tests.
#
# Tests across crates, benchmarks, examples and pages stay out, so that editing one of them builds
# nothing anew. The crates are those of the workspace; of `tests/`, cargo wants the manifest, because
# the lock file speaks of that crate, too.
let
  root = toString ../.;
  crates = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).workspace.members;

  # Each of these with all that is in it.
  whole = map (name: "${root}/${name}") (
    [
      "Cargo.toml"
      "Cargo.lock"
      # These files are Nix, and a crate embeds them; see templates/src/lib.rs.
      "templates"
      # An editor shows the options; see ide/src/module_options.rs.
      "lib-nix/OPTIONS.md"
    ]
    ++ builtins.concatMap (crate: [
      "${crate}/Cargo.toml"
      "${crate}/src"
    ]) crates
  );
  folders = map (folder: "${root}/${folder}") (crates ++ [ "lib-nix" ]);

  below = folder: path: builtins.substring 0 (builtins.stringLength folder + 1) path == "${folder}/";
  isKept =
    path:
    builtins.elem path whole
    || builtins.elem path folders
    || builtins.any (folder: below folder path) whole;
in
builtins.path {
  name = "nixvirt-source";
  path = ../.;
  filter = path: _: isKept path;
}
