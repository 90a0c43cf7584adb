# What a switch would do to the VMs of a NixOS configuration, without doing it.
#
#   nixvirt-plan [FLAKE#]HOST [ARGUMENT...]     (the arguments are nixvirt-apply's)
set -euo pipefail

usage="usage: nix run github:nixvirt/nixvirt#plan -- [FLAKE#]HOST [ARGUMENT...]"
if [ $# -eq 0 ] || [ "${1:0:1}" = - ]; then
  echo "nixvirt-plan: which host of the flake here? $usage" >&2
  exit 2
fi

case $1 in
  *#*) flake=${1%%#*} host=${1#*#} ;;
  *) flake=. host=$1 ;;
esac
shift

nix=(nix --extra-experimental-features "nix-command flakes")
exec "${nix[@]}" run "$flake#nixosConfigurations.\"$host\".config.virtualisation.libvirt.build.plan" -- "$@"
