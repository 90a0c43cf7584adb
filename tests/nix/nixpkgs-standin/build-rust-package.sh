# What is left of buildRustPackage when the compiler has been built before: its `postInstall`.
# shellcheck shell=bash disable=SC2154 # The variables are the derivation's.

# The sources must be those of a workspace, and hold nothing that cargo never reads.
test -f "$src/Cargo.toml"
test -f "$lockFile"
test ! -e "$src/flake.nix"
test ! -e "$src/lib-nix"

mkdir -p "$out/bin"
case $cargoBuildFlags in
  *nixvirt-apply)
    # Nothing but a name is asked of these here.
    for program in nixvirt-apply virtdeclare; do
      printf '#!/bin/sh\necho %s "$@"\n' "$program" > "$out/bin/$program"
      chmod +x "$out/bin/$program"
    done
    ;;
  *) cp "$compiler" "$out/bin/nixvirt-compile" ;;
esac

installShellCompletion() {
  test "$1 $2" = "--cmd nixvirt-compile"
  shift 2
  mkdir -p "$out/share/completions"
  while [ $# -gt 0 ]; do
    cat "$2" > "$out/share/completions/nixvirt-compile.${1#--}"
    shift 2
  done
}

installManPage() {
  mkdir -p "$out/share/man/man1"
  cp "$1" "$out/share/man/man1/"
}

eval "$postInstall"
