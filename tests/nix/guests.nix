# A NixOS guest whose system is a real derivation, with the real image of its closure.
{ nixvirt }:
let
  pkgs = import ./nixpkgs-standin/packages.nix builtins.currentSystem;
  dependency = derivation {
    name = "dependency";
    inherit (pkgs.stdenv.hostPlatform) system;
    builder = "/bin/sh";
    args = [
      "-c"
      "echo dependency > $out"
    ];
  };
  lib = import ../../lib-nix {
    inherit nixvirt;
    qemu = "/QEMU";
    ovmf = null;
    virtio-win = null;
    closure-image = import ../../lib-nix/closure-image.nix pkgs;
    system = builtins.currentSystem;
  };
  guest =
    system:
    lib.domain.writeXML (
      lib.domain.templates.nixos {
        name = "guest";
        nixos = system;
        storage_vol = "/v/guest.qcow2";
      }
    );
in
rec {
  # A system that needs another path, and one that needs none.
  system = pkgs.system [ "quiet=${dependency}" ];
  alone = pkgs.system [ ];
  image = import ../../lib-nix/closure-image.nix pkgs system;
  imageOfOne = import ../../lib-nix/closure-image.nix pkgs alone;
  xml = guest system;
  inherit dependency;
  # The system is built by now: a text with its path, and what its kernel is told is in a file.
  byPath = { path }: (guest path).input;
}
