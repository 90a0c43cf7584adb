# `cargo install` of what would be published. A part of tests/package/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

# The crates of others, where they are built, and how: as for the packages of Nix.
eval "$("$here/../nix/machine.sh")"
# A folder that stands for crates.io: it has the crates of others, and ours as they would be published. Cargo builds the
# former anew when the folder has another name.
registry=$cache/registry-${vendor##*-}
exec {lock}> "$registry.lock"
flock "$lock"
rm -rf "$registry"
mkdir "$registry"
ln -s "$vendor"/* "$registry/"

# The crates that are not to be published have no package.
mapfile -t unpublished < <(cd "$checkout" && cargo metadata --no-deps --offline --format-version 1 |
  python3 -c 'import json, sys; [print("--exclude", p["name"], sep="\n") for p in json.load(sys.stdin)["packages"] if p["publish"] == []]')
(cd "$checkout" && cargo package --quiet --workspace --offline --no-verify --allow-dirty --target-dir "$tmp/packaged" "${unpublished[@]}")
for crate in "$tmp"/packaged/package/*.crate; do
  # With the time of now: packages have one time of long ago, and cargo would take what it built of another for fresh.
  tar -xmzf "$crate" -C "$registry"
  printf '{"files":{},"package":"%s"}' "$(sha256sum "$crate" | cut -d ' ' -f 1)" > "$registry/$(basename "$crate" .crate)/.cargo-checksum.json"
done

export CARGO_HOME=$tmp/cargo
mkdir -p "$CARGO_HOME"
cat > "$CARGO_HOME/config.toml" << TOML
[source.crates-io]
replace-with = "published"
[source.published]
directory = "$registry"
TOML

installs_by_cargo() {
  local crate
  for crate in nixvirt-compile nixvirt-apply; do
    cargo install "$crate" --offline --locked --root "$tmp/installed"
  done
  expect=$(printf '%s\n' nixvirt-apply nixvirt-compile virtdeclare)
  [ "$(ls "$tmp/installed/bin")" = "$expect" ]
  "$tmp/installed/bin/nixvirt-compile" "$checkout/examples/linux.json" | grep "<domain type='kvm'>"
  "$tmp/installed/bin/nixvirt-apply" --version
  "$tmp/installed/bin/nixvirt-compile" extras "$tmp/installed"
  [ -s "$tmp/installed/share/man/man1/nixvirt-compile-check.1" ]
}
cd "$tmp"
check "cargo install: both programs, of what would be published" installs_by_cargo
exit $failed
