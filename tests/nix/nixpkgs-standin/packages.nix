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
        make =
          given: function (builtins.intersectAttrs (builtins.functionArgs function) packages // given);
      in
      make overrides // { override = other: make (overrides // other); };

    rustPlatform = {
      buildRustPackage =
        {
          pname,
          version,
          src,
          cargoLock,
          cargoBuildFlags,
          postInstall ? "",
          ...
        }:
        build "${pname}-${version}" {
          inherit src cargoBuildFlags postInstall;
          inherit (cargoLock) lockFile;
          compiler = "${./.}/nixvirt-compile";
        } (builtins.readFile ./build-rust-package.sh);
    };
    runCommand =
      name: _: script:
      build name { } script;
    writeShellScript =
      name: text:
      build name {
        inherit text;
        passAsFile = [ "text" ];
      } "{ echo '#!/bin/bash'; cat $textPath; } > $out; chmod +x $out";
    writeShellScriptBin =
      name: text:
      build name {
        inherit text;
        passAsFile = [ "text" ];
      } "mkdir -p $out/bin; { echo '#!/bin/bash'; cat $textPath; } > $out/bin/${name}; chmod +x $out/bin/${name}";
    symlinkJoin =
      { name, paths }:
      build name { inherit paths; } "mkdir $out; for path in $paths; do cp -rs --no-preserve=mode $path/. $out; done";
    testers.runNixOSTest = { name, ... }: empty name;
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
    "pkg-config"
    "python3"
    "qemu"
    "qemu-utils"
    "rustc"
    "rustfmt"
    "swtpm"
    "virtio-win"
  ] empty;
in
packages
