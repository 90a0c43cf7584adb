# The compiler's package: `nixvirt-compile`, its shell completions and its man pages.
#
# CONTRIBUTING.md says which lines differ in nixpkgs.
{
  lib,
  stdenv,
  rustPlatform,
  installShellFiles,
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

  nativeBuildInputs = [ installShellFiles ];

  # A program for another platform cannot be asked for these here.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    installShellCompletion --cmd nixvirt-compile \
      --bash <($out/bin/nixvirt-compile completions bash) \
      --fish <($out/bin/nixvirt-compile completions fish) \
      --zsh <($out/bin/nixvirt-compile completions zsh)
    $out/bin/nixvirt-compile man > nixvirt-compile.1
    installManPage nixvirt-compile.1
    # The page names those of the commands.
    for command in $(sed -n 's/^nixvirt\\-compile\\-\([a-z]*\)(1)$/\1/p' nixvirt-compile.1); do
      $out/bin/nixvirt-compile man "$command" > "nixvirt-compile-$command.1"
      installManPage "nixvirt-compile-$command.1"
    done
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
