# The packages that the flake uses: all of them empty but ours, which holds a compiler built before.
#
# `tests/nix/run` lays that compiler beside this file; without it the package is a dead link.
system:
let
  lib = import ./lib.nix;

  build =
    name: environment: script:
    derivation (
      {
        inherit name system;
        builder = "/bin/bash";
        # Nix kills a builder that closes its output, and coreutils do so just before they exit: the
        # shell must outlive them, which without the colon it would not.
        args = [
          "-euc"
          "${script}\n:"
        ];
        PATH = "/usr/bin:/bin";
      }
      // environment
    );
  empty = name: build name { } "mkdir $out";

  platform = {
    inherit system;
    canExecute = other: other.system == system;
  };

  packages = {
    inherit lib;
    stdenv = {
      hostPlatform = platform;
      buildPlatform = platform;
    };
    callPackage =
      file: overrides:
      let
        function = import file;
      in
      function (builtins.intersectAttrs (builtins.functionArgs function) packages // overrides);

    rustPlatform = {
      buildRustPackage =
        {
          pname,
          version,
          src,
          cargoLock,
          postInstall,
          ...
        }:
        build "${pname}-${version}" {
          inherit src postInstall;
          inherit (cargoLock) lockFile;
          compiler = "${./.}/nixvirt-compile";
        } (builtins.readFile ./build-rust-package.sh);
    };
    runCommand =
      name: _: script:
      build name { } script;
    mkShell =
      { packages }:
      build "shell" { inherit packages; } "mkdir $out";

    OVMFFull = {
      fd = empty "OVMF-fd";
    };
  }
  // lib.genAttrs [
    "cargo"
    "clippy"
    "installShellFiles"
    "libisoburn"
    "libvirt"
    "libxml2"
    "nixfmt-tree"
    "python3"
    "qemu"
    "rustc"
    "rustfmt"
    "virtio-win"
  ] empty;
in
packages
