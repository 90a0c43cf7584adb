# Every block of Nix in README.md, ARCHITECTURE.md, CONTRIBUTING.md and docs/, as printed. tests/suites/documents.rs sees to
# the blocks of other languages. A part of tests/nix/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

# A flake: every derivation among its packages, or of the hosts that it has.
document_flake() {
  mkdir -p "$2"
  cp "$1" "$2/flake.nix"
  : > derivations
  evaluate_output() {
    nix eval "path:$2#$3" --no-write-lock-file --raw --apply "outputs:
      builtins.concatStringsSep \"\n\" (map (made: made.drvPath) (
        builtins.concatMap ($1) (builtins.attrValues outputs)))" \
      --override-input nixvirt "path:$flake" --override-input nixpkgs "path:$standin" >> derivations
  }
  if grep -q 'packages\.' "$1"; then evaluate_output builtins.attrValues "$2" packages; fi
  if grep -q 'nixosConfigurations\.' "$1"; then
    evaluate_output 'host: builtins.attrValues (host.config.virtualisation.libvirt or { build.bundles = { }; }).build.bundles' "$2" nixosConfigurations
  fi
  cat derivations
  says /store/ < derivations
}

# Of the spec, documents.rs holds the XML against the one that is printed.
document_spec() {
  nix-instantiate --eval --strict --json "$1" > spec.json
  "$tmp/compiler/bin/nixvirt-compile" check spec.json
}

# What `import` makes of the machine that the block speaks of stands beside it.
document_module() {
  mkdir -p "$3"
  case $2 in
    line) printf '{\n%s\n}\n' "$(cat "$1")" > "$3/block.nix" ;;
    *) cp "$1" "$3/block.nix" ;;
  esac
  "$tmp/compiler/bin/nixvirt-compile" "$root/examples/linux.json" > web.xml
  "$tmp/compiler/bin/nixvirt-compile" import -o "$3/web.nix" web.xml
  NIX_PATH=nixpkgs=$standin nix-instantiate "$here/documents.nix" --eval --strict --json \
    --arg nixpkgsLib "$nixpkgs_lib" --argstr nixvirt "$tmp/compiler" --arg root "$root" \
    --arg file "$3/block.nix" --argstr kind "$2" > evaluated
  says /store/ < evaluated
}

document_unknown() {
  echo "this block of Nix is of no kind that documents.py knows:"
  cat "$1"
  return 1
}

python3 "$here/documents.py" "$root" "$tmp/documents" > "$tmp/documents.list"
documents=0
while IFS=$'\t' read -r kind place file; do
  documents=$((documents + 1))
  case $kind in
    flake)
      if grep -q nixosSystem "$file" && { [ -z "$nixpkgs_lib" ] || ! grep -q nixosSystem "$standin/flake.nix"; }; then
        echo "SKIPPED documents: $place needs NIXPKGS_LIB" >&2
        continue
      fi
      check "documents: the flake at $place" document_flake "$file" "$tmp/documents/flake-$documents"
      ;;
    spec) check "documents: the spec at $place" document_spec "$file" ;;
    unknown) check "documents: $place" document_unknown "$file" ;;
    sources)
      if [ ! -e "$root/default.nix" ]; then
        echo "SKIPPED documents: $place needs default.nix" >&2
        continue
      fi
      if [ -z "$nixpkgs_lib" ]; then
        echo "SKIPPED documents: $place needs NIXPKGS_LIB" >&2
        continue
      fi
      check "documents: the $kind at $place" document_module "$file" "$kind" "$tmp/documents/$documents"
      ;;
    *)
      if [ -z "$nixpkgs_lib" ]; then
        echo "SKIPPED documents: $place needs NIXPKGS_LIB" >&2
        continue
      fi
      check "documents: the $kind at $place" document_module "$file" "$kind" "$tmp/documents/$documents"
      ;;
  esac
done < "$tmp/documents.list"
some_documents() { [ "$documents" -gt 3 ]; }
check "documents: there are blocks of Nix" some_documents
