# The compiler's package: `nixvirt-compile`, its shell completions and its man page.
{
  lib,
  stdenv,
  rustPlatform,
  installShellFiles,
}:
let
  workspace = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).workspace.package;
in
rustPlatform.buildRustPackage {
  pname = "nixvirt";
  inherit (workspace) version;

  src = import ./source.nix;
  cargoLock.lockFile = ../Cargo.lock;
  cargoBuildFlags = [
    "--bin"
    "nixvirt-compile"
  ];

  # The tests across crates want Nix, libvirt and its schemas: `tests/run` brings those.
  cargoTestFlags = [
    "--lib"
    "--bins"
  ];

  nativeBuildInputs = [ installShellFiles ];
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

  meta = {
    description = "Compiles Nix attribute sets to libvirt XML";
    homepage = workspace.repository;
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    platforms = lib.platforms.linux;
    mainProgram = "nixvirt-compile";
  };
}
