# The packages: what they are built of, and that real cargo builds them. A part of tests/nix/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

# A copy of the checkout, as it is.
flake=$tmp/flake
mkdir "$flake"
tar -C "$root" --exclude=./target --exclude=./.git --exclude=node_modules --exclude='./result*' -c . | tar -C "$flake" -x
standin=$tmp/standin
cp -r "$here/nixpkgs-standin" "$standin"
[ -z "$nixpkgs_lib" ] || cp -r --no-preserve=mode "$nixpkgs_lib" "$standin/lib"
# The stand-in of buildRustPackage needs cargo and the crates of others.
can_package=
if [ -e "$tmp/machine.sh" ]; then
  cp "$tmp/machine.sh" "$standin/"
  can_package=1
else
  echo "SKIPPED what the packages are built for: there is no cargo here that has the crates of others" >&2
fi

native="$(uname -m)-linux"
# The stand-in where the flake has it, so that both build the same: its folder is a part of what is built.
channel=$(nix eval --impure --raw --expr "(builtins.getFlake \"path:$standin\").outPath")
# package_of NAME: the derivation of one of packages.nix.
package_of() {
  nix-instantiate "$flake/tests/nix/packages.nix" --arg pkgs "import $channel { system = \"$native\"; }" -A "$1"
}

source_of() { nix-instantiate --eval --read-write-mode --json -E "\"\${import $1/lib-nix/source.nix}\"" | tr -d '"'; }

# What cargo needs of each crate, by another way than source.nix: its manifest and what is under `src`.
source_is_narrow() {
  local source
  source=$(source_of "$flake")
  (cd "$source" && find . -type f | sort) > kept
  (
    cd "$flake"
    # What fuzzes is a workspace of its own.
    find . -name Cargo.toml -not -path './fuzz/*' -not -path './target/*'
    ls ./Cargo.lock
    # ide/src/options.md is a link to it.
    ls ./lib-nix/OPTIONS.md
    find . -mindepth 2 -path './*/src/*' -not -path './fuzz/*' -not -path './target/*' -type f
    find ./templates -name '*.nix'
  ) | sort -u > wanted
  diff wanted kept
}
check "package: the source is what cargo reads, and nothing else" source_is_narrow

# A build of the package is a build of this folder.
source_is_stable() {
  local before file
  before=$(source_of "$flake")
  cp -r "$flake" changed
  for file in README.md docs/editors.md examples/linux.nix tests/suites/examples.rs tests/nix/run lib-nix/default.nix \
    apply/tests/command.rs apply/benches/host.rs schema/tests/formats.rs evaluator/examples/evaluate.rs \
    snapshots/ok/"$(ls "$flake/snapshots/ok" | head -n 1)" flake.nix flake.lock .ci/run; do
    [ -f "changed/$file" ] || { echo "there is no $file" && return 1; }
    echo "# changed" >> "changed/$file"
    expect "$(source_of "$PWD/changed")" "$before" || { echo "it is of another $file" && return 1; }
  done
  for file in cli/src/main.rs templates/domain/linux.nix apply/Cargo.toml Cargo.lock; do
    [ -f "changed/$file" ] || { echo "there is no $file" && return 1; }
    echo "# changed" >> "changed/$file"
    [ "$(source_of "$PWD/changed")" != "$before" ] || { echo "it is the same with another $file" && return 1; }
    cp "$flake/$file" "changed/$file"
  done
}
check "package: tests, docs and examples are no part of the source" source_is_stable

# `nix-build` of a package runs cargo in an empty folder without network, on the source, with the flags of the derivation:
# see nixpkgs-standin/build-rust-package.sh. The flags are told here once more, as what nixpkgs would be given.
flags_are_cargo_s() {
  local package
  for package in compile apply; do
    # The command has another name, and the JSON another frame, on a current Nix.
    nix derivation show "$(package_of "$package")" > derivation.json ||
      nix show-derivation "$(package_of "$package")" > derivation.json
    python3 - "$package" <<'PYTHON'
import json, sys
shown = json.load(open("derivation.json"))
(derivation,) = shown.get("derivations", shown).values()
env = derivation["env"]
assert env["checkType"] == "debug" and "doCheck" not in env, env
assert {"--lib", "--bins"} <= set(env["cargoTestFlags"].split()), env
assert env["src"].endswith("-nixvirt-source"), env
assert "nixvirt-compile" not in env["inputs"], env
PYTHON
  done
}
check "package: both run their unit tests" flags_are_cargo_s

packages_build() {
  local compile apply
  compile=$(nix-build --no-out-link "$(package_of compile)")
  apply=$(nix-build --no-out-link "$(package_of apply)")
  expect "$(cd "$compile/bin" && echo *)" nixvirt-compile
  expect "$(cd "$apply/bin" && echo *)" "nixvirt-apply virtdeclare"
  # It is this source's.
  "$compile/bin/nixvirt-compile" "$root/examples/linux.json" > package.xml
  "$compiler" "$root/examples/linux.json" | cmp - package.xml
  nix-store --read-log "$(package_of compile)" > log
  says "test result: ok" < log
}
[ -z "$can_package" ] || check "package: cargo builds and tests both, offline, of the source alone" packages_build

# What nixpkgs' own lib makes of the platforms and the licences; nixpkgs asks that a name and a description be there.
meta_is_nixpkgs_s() {
  nix-instantiate --eval --strict --json "$flake/tests/nix/packages.nix" --arg pkgs "import $channel { system = \"$native\"; }" -A meta > meta.json
  python3 - <<'PYTHON'
import json
meta = json.load(open("meta.json"))
for package, program in ("compile", "nixvirt-compile"), ("apply", "nixvirt-apply"), ("default", "nixvirt-compile"):
    of = meta[package]
    assert of["mainProgram"] == program, of
    assert of["description"][0].isupper() and not of["description"].endswith("."), of
    assert {licence["spdxId"] for licence in of["license"]} == {"MIT", "Apache-2.0"}, of
linux = {"x86_64-linux", "aarch64-linux"}
darwin = {"x86_64-darwin", "aarch64-darwin"}
assert linux | darwin <= set(meta["compile"]["platforms"])
assert linux <= set(meta["apply"]["platforms"]) and not darwin & set(meta["apply"]["platforms"])
PYTHON
}
check "package: says its platforms, licences and main program" meta_is_nixpkgs_s
