# The compiler's package: `nixvirt-compile`, its shell completions and its man pages.
#
# CONTRIBUTING.md says which lines differ in nixpkgs.
{
  lib,
  stdenv,
  rustPlatform,
  versionCheckHook,
}:
rustPlatform.buildRustPackage (finalAttrs: {
  pname = "nixvirt";
  version = (lib.importTOML ../Cargo.toml).workspace.package.version;

  src = import ./source.nix;
  cargoLock.lockFile = ../Cargo.lock;

  cargoBuildFlags = [
    "--bin"
    "nixvirt-compile"
  ];

  # The tests across crates want Nix, libvirt and its schemas: `tests/run` brings those. Without the
  # optimisation of a release, these tests build in a fifth of the time.
  checkType = "debug";
  cargoTestFlags = [
    "--lib"
    "--bins"
  ];

  # Man pages and completions. A program for another platform cannot be asked for these here.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    $out/bin/nixvirt-compile extras "$out"
  '';

  doInstallCheck = true;
  nativeInstallCheckInputs = [ versionCheckHook ];

  meta = {
    description = "Compiler of Nix attribute sets to libvirt XML, with a checker and a language server";
    homepage = "https://github.com/nixvirt/nixvirt";
    changelog = "https://github.com/nixvirt/nixvirt/blob/v${finalAttrs.version}/CHANGELOG.md";
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    # It asks nothing of a machine but files.
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
    mainProgram = "nixvirt-compile";
  };
})
