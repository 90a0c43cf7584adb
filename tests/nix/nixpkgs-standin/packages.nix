# The packages that nixvirt uses, for one platform: all of them empty but ours, which cargo builds from its source.
#
# `tests/nix/run` lays machine.sh beside this file, which says where cargo and the crates of others are.
system:
let
  # Real or as small as the flake needs it.
  lib = if builtins.pathExists ./lib/default.nix then import ./lib else import ./lib.nix;

  # The packages that are built on one platform, to run on another one or on the same.
  setFor =
    { build, host }:
    let
      run =
        name: environment: script:
        derivation (
          {
            inherit name;
            system = build;
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
      # Packages for another platform are other ones.
      empty =
        name:
        package name { } (run (if build == host then name else "${name}-for-${host}") { } "mkdir $out");
      # What nixpkgs' derivations have beside what a build sees.
      package =
        name: meta: drv:
        drv
        // {
          inherit stdenv;
          meta = {
            inherit name;
          }
          // meta;
        };
      text = name: text: script: run name {
        inherit text;
        passAsFile = [ "text" ];
      } script;

      platform = system: {
        inherit system;
        isLinux = builtins.match ".*-linux" system != null;
        isx86 = builtins.match "(x86_64|i686)-.*" system != null;
        isAarch64 = builtins.match "aarch64-.*" system != null;
        qemuArch = builtins.head (builtins.match "([^-]*)-.*" system);
        canExecute = other: other.system == system;
      };
      stdenv = {
        hostPlatform = platform host;
        buildPlatform = platform build;
      };

      packages = {
        inherit lib stdenv;
        path = ./.;
        pkgsBuildBuild = setFor {
          inherit build;
          host = build;
        };
        pkgsCross.aarch64-multiplatform = setFor {
          inherit build;
          host = "aarch64-linux";
        };
        callPackage =
          file: overrides:
          let
            function = import file;
            make =
              given: function (builtins.intersectAttrs (builtins.functionArgs function) packages // given);
          in
          make overrides // { override = other: make (overrides // other); };

        # Of what a package says, the build sees what is a text, a list of texts or a choice.
        rustPlatform.buildRustPackage =
          given:
          let
            attributes = if builtins.isFunction given then given attributes else given;
            name = "${attributes.pname}-${attributes.version}";
          in
          package name attributes.meta (
            run name (
              removeAttrs attributes [
                "cargoLock"
                "meta"
                "nativeBuildInputs"
                "buildInputs"
                "nativeInstallCheckInputs"
              ]
              // {
                inherit (attributes.cargoLock) lockFile;
                inherit (attributes.meta) mainProgram;
                inputs =
                  attributes.nativeBuildInputs or [ ]
                  ++ attributes.buildInputs or [ ]
                  ++ attributes.nativeInstallCheckInputs or [ ];
                machine = "${./.}/machine.sh";
                runs = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
              }
            ) (builtins.readFile ./build-rust-package.sh)
          );
        runCommand =
          name: _: script:
          run name { } script;
        writeShellScript =
          name: script: text name script "{ echo '#!/bin/bash'; cat $textPath; } > $out; chmod +x $out";
        writeShellScriptBin =
          name: script:
          text name script "mkdir -p $out/bin; { echo '#!/bin/bash'; cat $textPath; } > $out/bin/${name}; chmod +x $out/bin/${name}";
        symlinkJoin =
          {
            name,
            paths,
            pname,
            version,
            meta,
          }:
          package name meta (
            run name {
              inherit paths pname version;
            } "mkdir $out; for path in $paths; do cp -rs --no-preserve=mode $path/. $out; done"
          );
        # The paths that some need, those included.
        closureInfo =
          { rootPaths }:
          run "closure-info" {
            exportReferencesGraph = builtins.concatLists (
              builtins.genList (at: [
                "closure-${toString at}"
                (builtins.elemAt rootPaths at)
              ]) (builtins.length rootPaths)
            );
          } "mkdir $out; cat closure-* | grep ^/ | sort -u > $out/store-paths";
        # The system of a NixOS.
        system =
          kernelParams:
          run "nixos-system-guest" { inherit kernelParams; } ''
            mkdir -p $out/bin
            echo kernel > $out/kernel
            echo initrd > $out/initrd
            printf '%s' "$kernelParams" > $out/kernel-params
          '';
        testers.runNixOSTest = { name, ... }: empty name;
        mkShell =
          { packages }:
          run "shell" { inherit packages; } "mkdir $out";

        OVMFFull.fd = empty "OVMF-fd";
      }
      // lib.genAttrs [
        "cargo"
        "clippy"
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
        "squashfsTools"
        "swtpm"
        "versionCheckHook"
        "virtio-win"
        "virtiofsd"
      ] empty;
    in
    packages;
in
setFor {
  build = system;
  host = system;
}
