# What a switch would do to the VMs of a NixOS or Home Manager configuration, without doing it.
#
#   nixvirt-plan [FLAKE#]HOST [ARGUMENT...]               of nixosConfigurations.HOST
#   nixvirt-plan --user USER [FLAKE#]HOST [ARGUMENT...]   of Home Manager's USER in nixosConfigurations.HOST
#   nixvirt-plan --home [FLAKE#]NAME [ARGUMENT...]        of homeConfigurations.NAME
#
# The arguments are nixvirt-apply's.
set -euo pipefail

fail() {
  echo "nixvirt-plan: $1" >&2
  echo "usage: nix run github:nixvirt/nixvirt#plan -- [FLAKE#]HOST [ARGUMENT...]" >&2
  echo "       nix run github:nixvirt/nixvirt#plan -- --user USER [FLAKE#]HOST [ARGUMENT...]" >&2
  echo "       nix run github:nixvirt/nixvirt#plan -- --home [FLAKE#]NAME [ARGUMENT...]" >&2
  exit 2
}
# A name as part of a path of attributes.
quoted() {
  case $1 in
    '' | *[\"\\\$]*) fail "'$1' is no name of a configuration" ;;
  esac
  printf '"%s"' "$1"
}

output=nixosConfigurations what=host inner=
case ${1:-} in
  --home)
    output=homeConfigurations what=home
    shift
    ;;
  --user)
    [ $# -ge 2 ] || fail "which user?"
    inner=home-manager.users.$(quoted "$2").
    shift 2
    ;;
esac
if [ $# -eq 0 ] || [ "${1:0:1}" = - ]; then
  fail "which $what of the flake here?"
fi

case $1 in
  *#*) flake=${1%%#*} name=$(quoted "${1#*#}") ;;
  *) flake=. name=$(quoted "$1") ;;
esac
shift

nix=(nix --extra-experimental-features "nix-command flakes")
exec "${nix[@]}" run "$flake#$output.$name.config.${inner}virtualisation.libvirt.build.plan" -- "$@"
