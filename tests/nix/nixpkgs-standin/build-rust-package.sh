# What buildRustPackage does, by the machine's own cargo: the source in an empty folder, without network, with the flags of the
# derivation.
# shellcheck shell=bash disable=SC1090,SC2154 # The variables are the derivation's.
. "$machine"
[ -n "$runs" ] || { echo "there is no cross compiler here" && exit 1; }

export TERM=dumb
mkdir -p "$TMPDIR/home" "$TMPDIR/cargo"
export HOME=$TMPDIR/home CARGO_HOME=$TMPDIR/cargo
cat > "$CARGO_HOME/config.toml" << TOML
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "$vendor"
TOML
offline() { if unshare --net true 2> /dev/null; then unshare --net "$@"; else "$@"; fi; }

# The packages share what cargo makes of the crates of others, and not their programs.
mkdir -p "$CARGO_TARGET_DIR"
exec {lock}> "$CARGO_TARGET_DIR/in-use"
flock "$lock"
programs() { find "$CARGO_TARGET_DIR/release" -maxdepth 1 -type f -executable "$@"; }
[ ! -e "$CARGO_TARGET_DIR/release" ] || programs -delete

# Tests have their folder compiled in, so that it is always the same one.
rm -rf "$CARGO_TARGET_DIR/source"
cp -r --no-preserve=mode,timestamps "$src" "$CARGO_TARGET_DIR/source"
cd "$CARGO_TARGET_DIR/source"
# nixpkgs refuses another lock file than the one that the crates were fetched by.
cmp "$lockFile" Cargo.lock

offline cargo build --frozen --release $cargoBuildFlags
if [ -n "${doCheck-1}" ]; then
  # Cargo calls its profile for debugging `dev`, and nobody else does.
  offline cargo test --frozen --profile "${checkType/#debug/dev}" $cargoTestFlags
fi

mkdir -p "$out/bin"
programs -exec cp {} "$out/bin" \;

eval "${postInstall-}"

# versionCheckHook
if [ -n "${doInstallCheck-}" ]; then
  said=$("$out/bin/$mainProgram" --version)
  case $said in
    *"$version"*) ;;
    *) echo "$mainProgram says it is '$said', and not $version" && exit 1 ;;
  esac
fi
