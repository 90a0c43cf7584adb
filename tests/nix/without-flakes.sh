# nixvirt for those who have no flakes: default.nix, shell.nix and flake-compat. A part of tests/nix/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

same_as_flake() {
  on_flake eval "packages.$native.default.drvPath" --raw > of-flake
  expect "$1" "$(cat of-flake)"
}

# As `nix-build` in a checkout and a channel do it.
by_channel() {
  same_as_flake "$(NIX_PATH=nixpkgs=$channel nix-instantiate "$flake" -A nixvirt)"
}
check "default.nix: takes the channel's packages" by_channel

# As npins and niv do it: a tarball with the packages of another one.
by_pin() {
  tar -C "$tmp" -czf nixvirt.tar.gz flake
  cat > pinned.nix <<NIX
let
  pkgs = import $channel { system = "$native"; };
in
import (builtins.fetchTarball "file://$PWD/nixvirt.tar.gz") { inherit pkgs; }
NIX
  same_as_flake "$(nix-instantiate pinned.nix -A nixvirt)"
  expect "$(nix-instantiate --eval --json -E '(import ./pinned.nix).lib.uuid "1"')" \
    "$(on_flake eval lib.uuid --json --apply 'uuid: uuid "1"')"
}
check "default.nix: takes the packages that it is given" by_pin

# A configuration imports the module, and needs no packages for that.
modules_ask_for_nothing() {
  expect "$(nix-instantiate --eval --strict --json -E "map (modules: modules.default._file) (let all = import $flake { }; in [ all.nixosModules all.homeModules all.flakeModules ])")" \
    '["nixvirt (nixosModules.default)","nixvirt (homeModules.default)","nixvirt (flakeModules.default)"]'
}
check "default.nix: the modules ask for no packages" modules_ask_for_nothing

shell_is_there() { nix-instantiate "$flake/shell.nix" -I "nixpkgs=$standin" > /dev/null; }
check "shell.nix: evaluates on a channel" shell_is_there

# flake-compat fetches what flake.lock says; the lock of this copy names the stand-in.
by_flake_compat() {
  cp -r "$flake" locked
  nix flake lock "path:$PWD/locked" --override-input nixpkgs "path:$standin"
  same_as_flake "$(nix-instantiate -E "(import $FLAKE_COMPAT { src = $PWD/locked; }).defaultNix.packages.$native.default")"
}
if [ -n "${FLAKE_COMPAT:-}" ]; then
  check "flake-compat: gives the flake's outputs" by_flake_compat
else
  echo "SKIPPED flake-compat: FLAKE_COMPAT does not name a checkout of it" >&2
fi
