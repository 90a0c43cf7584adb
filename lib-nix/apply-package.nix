# The apply step's package: `nixvirt-apply` and `virtdeclare`, on the libvirt that it is given.
{
  lib,
  rustPlatform,
  pkg-config,
  libvirt,
}:
let
  workspace = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).workspace.package;
in
rustPlatform.buildRustPackage {
  pname = "nixvirt-apply";
  inherit (workspace) version;

  src = import ./source.nix;
  cargoLock.lockFile = ../Cargo.lock;
  cargoBuildFlags = [
    "--package"
    "nixvirt-apply"
  ];

  # Its tests want a libvirt that runs: `tests/run` starts one.
  doCheck = false;

  nativeBuildInputs = [ pkg-config ];
  buildInputs = [ libvirt ];

  meta = {
    description = "Puts libvirt objects on a host, idempotently";
    homepage = workspace.repository;
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    platforms = lib.platforms.linux;
    mainProgram = "nixvirt-apply";
  };
}
