# The apply step's package: `nixvirt-apply` and `virtdeclare`, on the libvirt that it is given.
#
# CONTRIBUTING.md says which lines differ in nixpkgs.
{
  lib,
  stdenv,
  rustPlatform,
  installShellFiles,
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

  nativeBuildInputs = [
    installShellFiles
    pkg-config
  ];
  buildInputs = [ libvirt ];

  # Programs for another platform cannot be asked for these here.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    for program in nixvirt-apply virtdeclare; do
      installShellCompletion --cmd "$program" \
        --bash <("$out/bin/$program" completions bash) \
        --fish <("$out/bin/$program" completions fish) \
        --zsh <("$out/bin/$program" completions zsh)
      "$out/bin/$program" man > "$program.1"
      installManPage "$program.1"
    done
    for command in $(sed -n 's/^nixvirt\\-apply\\-\([a-z\\-]*\)(1)$/\1/p' nixvirt-apply.1 | tr -d '\\'); do
      "$out/bin/nixvirt-apply" man "$command" > "nixvirt-apply-$command.1"
      installManPage "nixvirt-apply-$command.1"
    done
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
