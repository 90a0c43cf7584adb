# What flake.nix and default.nix have in common: packages, libs and modules, as functions of a package set.
let
  # The compiler, for the platform that a set's programs run on.
  compileFor = pkgs: pkgs.callPackage ./package.nix { };
  applyFor = pkgs: pkgs.callPackage ./apply-package.nix { };

  # A build compiles specs for whichever host: that takes no more than a program of the platform that builds.
  compilerFor = pkgs: compileFor pkgs.pkgsBuildBuild;

  # All programs that there are for a platform, for a profile.
  packageFor =
    pkgs:
    let
      inherit (pkgs) lib;
      compile = compileFor pkgs;
      apply = applyFor pkgs;
    in
    pkgs.symlinkJoin {
      name = "nixvirt-${compile.version}";
      pname = "nixvirt";
      inherit (compile) version;
      paths = [ compile ] ++ lib.optional (hasApply pkgs) apply;
      meta = {
        inherit (compile.meta)
          description
          homepage
          license
          mainProgram
          platforms
          ;
      };
    };
  # libvirt's daemons are for Linux.
  hasApply = pkgs: pkgs.stdenv.hostPlatform.isLinux;

  # What lib-nix/default.nix takes.
  partsFor =
    {
      pkgs,
      compiler ? compilerFor pkgs,
    }:
    {
      nixvirt = compiler;
      qemu = pkgs.qemu;
      ovmf = pkgs.OVMFFull.fd;
      virtio-win = pkgs.callPackage ./virtio-win.nix { };
      closure-image = import ./closure-image.nix pkgs;
      # A derivation's own `system` is where it was built, and a cross compiler's result runs elsewhere.
      system =
        compiler.stdenv.hostPlatform.system or compiler.system or pkgs.stdenv.buildPlatform.system;
      nixpkgs = pkgs.path or null;
    };
in
{
  inherit
    applyFor
    compileFor
    hasApply
    packageFor
    ;

  # The lib of a package set, or of `{ pkgs, compiler }`: a package set whose specs that compiler is to
  # compile, a package that may be of another platform.
  libFor =
    given:
    import ./. (
      partsFor (
        if given ? callPackage then
          { pkgs = given; }
        else if given ? pkgs.callPackage then
          given
        else
          throw "nixvirt: `lib.for` takes a package set, such as `nixpkgs.legacyPackages.aarch64-linux`, or `{ pkgs = ...; compiler = ...; }`"
      )
    );

  modules = import ./modules { inherit applyFor compilerFor partsFor; };

  overlay = final: _: {
    nixvirt = packageFor final;
  };

  # What `tests/run` and the daily work want, beside Nix itself.
  shellFor =
    pkgs:
    pkgs.mkShell {
      packages = [
        pkgs.cargo
        pkgs.clippy
        pkgs.libvirt
        pkgs.libxml2
        pkgs.nixfmt-tree
        pkgs.pkg-config
        pkgs.python3
        pkgs.rustc
        pkgs.rustfmt
      ];
    };
}
