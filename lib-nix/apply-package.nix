# The apply step's package: `nixvirt-apply` and `virtdeclare`, on the libvirt that it is given.
#
# CONTRIBUTING.md says which lines differ in nixpkgs.
{
  lib,
  stdenv,
  rustPlatform,
  pkg-config,
  libvirt,
  versionCheckHook,
}:
rustPlatform.buildRustPackage (finalAttrs: {
  pname = "nixvirt-apply";
  version = (lib.importTOML ../Cargo.toml).workspace.package.version;

  src = import ./source.nix;
  cargoLock.lockFile = ../Cargo.lock;

  cargoBuildFlags = [
    "--package"
    "nixvirt-apply"
  ];

  # The other tests want a libvirt that runs: `tests/run` starts one.
  checkType = "debug";
  cargoTestFlags = [
    "--package"
    "nixvirt-apply"
    "--lib"
    "--bins"
  ];

  nativeBuildInputs = [ pkg-config ];
  buildInputs = [ libvirt ];

  # Man pages and completions. Programs for another platform cannot be asked for these here.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    $out/bin/nixvirt-apply extras "$out"
    $out/bin/virtdeclare extras "$out"
  '';

  doInstallCheck = true;
  nativeInstallCheckInputs = [ versionCheckHook ];

  meta = {
    description = "Program that puts libvirt objects on a host, idempotently";
    homepage = "https://github.com/nixvirt/nixvirt";
    changelog = "https://github.com/nixvirt/nixvirt/blob/v${finalAttrs.version}/CHANGELOG.md";
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    platforms = lib.platforms.linux;
    mainProgram = "nixvirt-apply";
  };
})
