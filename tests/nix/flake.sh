# The flake, on a nixpkgs that is none. A part of tests/nix/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's and package.sh's.

overridden=(--override-input nixpkgs "path:$standin" --no-write-lock-file)
on_flake() {
  local command=$1 attribute=$2
  shift 2
  nix "$command" "path:$flake#$attribute" "${overridden[@]}" "$@"
}

flake_shows() {
  nix flake show "path:$flake" "${overridden[@]}" --json > show.json
  python3 - <<'PYTHON'
import json
shown = json.load(open("show.json"))
linux = ["aarch64-linux", "x86_64-linux"]
systems = ["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"]
for output in "packages", "apps", "checks", "devShells", "formatter":
    assert sorted(shown[output]) == systems, (output, shown[output])
for system in systems:
    packages, apps = ({"default", "compile"}, {"default", "compile"})
    if system in linux:
        packages, apps = packages | {"virtdeclare"}, apps | {"apply", "plan", "virtdeclare"}
    assert shown["packages"][system].keys() == packages, shown
    assert shown["apps"][system].keys() == apps, shown
for output in "nixosModules", "homeModules", "flakeModules", "lib":
    assert output in shown, shown
assert "default" in shown["overlays"], shown
for name, template in shown["templates"].items():
    assert template["type"] == "template" and template["description"], (name, template)
PYTHON
}
check "flake: shows its outputs" flake_shows

# flake-parts and current Nix ask for a description of each app.
apps_are_described() {
  on_flake eval apps --json --apply 'builtins.mapAttrs (_: builtins.mapAttrs (_: app: app.meta.description))' > apps.json
  python3 -c '
import json
for apps in json.load(open("apps.json")).values():
    for name, description in apps.items():
        assert description[0].isupper(), (name, description)'
}
check "flake: every app has a description" apps_are_described

flake_lib() {
  on_flake eval lib.uuid --raw --apply 'uuid: uuid "1"' > uuid
  evaluate uuids > uuids.json
  says "\"$(cat uuid)\"" < uuids.json
  on_flake eval lib.domain.templates.linux --json --apply 'linux: linux { name = "a"; }' > linux.json
  says '"machine":"q35"' < linux.json
}
check "flake: lib is the lib" flake_lib

# Of the place that a flake is copied to, nobody wants to read; and `nix build` repeats only the end of a log.
flake_places() {
  mkdir -p vms/hosts
  cat > vms/flake.nix <<NIX
{
  inputs.nixpkgs.url = "path:$standin";
  inputs.nixvirt.url = "path:$flake";
  inputs.nixvirt.inputs.nixpkgs.follows = "nixpkgs";
  outputs = { nixpkgs, nixvirt, ... }: {
    vm = import ./hosts/vm.nix (nixvirt.lib.for nixpkgs.legacyPackages.$native);
  };
}
NIX
  cat > vms/hosts/vm.nix <<'NIX'
lib:
lib.domain.writeXML (lib.domain.templates.linux {
  name = "vm";
  titel = "x";
  devices.memballoon.modle = "none";
})
NIX
  fails nix build "path:$PWD/vms#vm" --no-write-lock-file --no-link > said
  says "2 errors in spec" < said
  says "hosts/vm.nix:4:3: titel: unknown attribute \`titel\` on \`domain\`; did you mean \`title\`?" < said
  says "hosts/vm.nix:5:3: devices.memballoon.modle: " < said
}
[ -z "$can_package" ] || check "flake: the build says where in the flake a mistake is" flake_places

# lib_of PACKAGES [ARGUMENTS] EXPRESSION: an expression of `lib`, the lib of packages of the stand-in; purely evaluated, for
# a user's flake is.
lib_of() {
  mkdir -p of
  cat > of/flake.nix <<NIX
{
  inputs.nixpkgs.url = "path:$standin";
  inputs.nixvirt.url = "path:$flake";
  inputs.nixvirt.inputs.nixpkgs.follows = "nixpkgs";
  outputs = { nixpkgs, nixvirt, ... }:
    let
      packages = nixpkgs.legacyPackages;
      lib = nixvirt.lib.for ($1);
    in
    { it = $2; };
}
NIX
  nix "${3:-eval}" "path:$PWD/of#it" --no-write-lock-file "${@:4}"
}
cross=packages.x86_64-linux.pkgsCross.aarch64-multiplatform
compiled='lib.pool.writeXML { name = "a"; }'

flake_other_systems() {
  expect "$(lib_of packages.aarch64-linux "($compiled).system" eval --raw)" aarch64-linux
  on_flake eval packages.aarch64-linux.default.drvPath --raw > /dev/null
  on_flake eval lib.pool.writeXML --raw --apply 'write: (write { name = "a"; }).system' > system
  expect "$(cat system)" x86_64-linux
}
check "flake: lib.for gives the lib of another system" flake_other_systems

# A host's XML takes a program that runs here, and that is the program of a host like this one.
cross_builds() {
  expect "$(lib_of "$cross" "($compiled).system" eval --raw)" x86_64-linux
  expect "$(lib_of "$cross" "($compiled).outPath" eval --raw)" \
    "$(lib_of packages.x86_64-linux "($compiled).outPath" eval --raw)"
  # What the machine is to run is of its own platform.
  lib_of "$cross" '(lib.domain.templates.linux { name = "a"; }).devices.emulator' eval --raw > emulator
  says qemu-for-aarch64-linux < emulator
}
check "flake: a host that is cross-built has its specs compiled on the platform that builds" cross_builds

compiler_is_named() {
  local with='{ pkgs = packages.aarch64-linux; compiler = nixvirt.packages.x86_64-linux.compile; }'
  expect "$(lib_of "$with" "($compiled).system" eval --raw)" x86_64-linux
  expect "$(lib_of "$with" "($compiled).outPath" eval --raw)" \
    "$(lib_of packages.x86_64-linux "($compiled).outPath" eval --raw)"
  fails lib_of '"aarch64-linux"' "($compiled).system" eval --raw > said
  says 'lib.for` takes a package set' < said
}
check "flake: lib.for takes the compiler to use" compiler_is_named

flake_package() {
  local package
  on_flake build "packages.$native.default" --out-link package
  package=$(realpath package)
  expect "$(on_flake eval "packages.$native.default" --raw --apply 'it: "${it.pname} ${it.version} ${it.meta.mainProgram}"')" \
    "nixvirt $("$package/bin/nixvirt-compile" --version | cut -d ' ' -f 2) nixvirt-compile"
  "$package/bin/nixvirt-compile" --version > /dev/null
  for file in bash-completion/completions/nixvirt-compile zsh/site-functions/_nixvirt-compile \
    fish/vendor_completions.d/nixvirt-compile.fish man/man1/nixvirt-compile{,-check,-lsp}.1; do
    [ -s "$package/share/$file" ] || { echo "there is no share/$file" && return 1; }
  done
}
[ -z "$can_package" ] || check "flake: the package has its completions and its man page" flake_package

flake_package_is_whole() {
  on_flake build "packages.$native.default" --out-link package
  expect "$(cd package/bin && echo *)" "nixvirt-apply nixvirt-compile virtdeclare"
}
[ -z "$can_package" ] || check "flake: the package has all programs" flake_package_is_whole

# `nix run FLAKE` and its apps.
flake_runs() {
  local compile
  compile=$(nix run "path:$flake" "${overridden[@]}" -- --version)
  expect "${compile%% *}" nixvirt-compile
  expect "$(on_flake run compile -- --version)" "$compile"
  expect "$(on_flake run apply -- --version)" "nixvirt-apply ${compile#* }"
  expect "$(on_flake run virtdeclare -- --version)" "virtdeclare ${compile#* }"
}
[ -z "$can_package" ] || check "flake: \`nix run\` runs the compiler, and the apps the other programs" flake_runs

# The app asks the flake at hand for the plan that the module makes.
flake_plan() {
  mkdir -p host
  cat > host/flake.nix <<NIX
{
  inputs.nixpkgs.url = "path:$standin";
  outputs = { self, nixpkgs }: let
    plan = name: nixpkgs.legacyPackages.$native.writeShellScriptBin "nixvirt-plan" "echo plan \${name} \"\$@\"";
  in {
    nixosConfigurations.lab.config = {
      virtualisation.libvirt.build.plan = plan "host";
      home-manager.users."a.b".virtualisation.libvirt.build.plan = plan "user";
    };
    homeConfigurations."alice@lab".config.virtualisation.libvirt.build.plan = plan "home";
  };
}
NIX
  expect "$(on_flake run plan -- "path:$PWD/host#lab" --format json)" "plan host --format json"
  expect "$(on_flake run plan -- --user a.b "path:$PWD/host#lab" -v)" "plan user -v"
  expect "$(on_flake run plan -- --home "path:$PWD/host#alice@lab")" "plan home"
  fails on_flake run plan -- > said
  says "which host" < said
  fails on_flake run plan -- --home -v > said
  says "which home" < said
  fails on_flake run plan -- "path:$PWD/host#a\"b" > said
  says "no name of a configuration" < said
}
check "flake: the app \`plan\` runs the plan of a host, of a user there, and of a home" flake_plan

flake_overlay() {
  on_flake eval overlays.default --raw --impure --apply "overlay:
    let pkgs = (builtins.getFlake \"path:$standin\").legacyPackages.$native; in
    (overlay pkgs pkgs).nixvirt.drvPath" > overlay
  expect "$(cat overlay)" "$(on_flake eval "packages.$native.default.drvPath" --raw)"
}
check "flake: the overlay has the same package" flake_overlay

flake_checks() { nix flake check "path:$flake" "${overridden[@]}"; }
[ -z "$can_package" ] || check "flake: its own checks pass" flake_checks

# --- By a git URL of one revision, as it is in the lock of whoever uses it.

git_of() { git -C "$1" -c user.name=a -c user.email=a -c commit.gpgsign=false "${@:2}"; }
repository=$tmp/repository
cp -r "$flake" "$repository"
git init -q "$repository" && git_of "$repository" add -A && git_of "$repository" commit -q -m "as it is"
pinned="git+file://$repository?rev=$(git_of "$repository" rev-parse HEAD)"

# Without a lock that says all, Nix would have to write one, and cannot.
revision_is_locked() {
  nix flake metadata "$pinned" --json > metadata.json
  python3 - "$flake/flake.lock" <<'PYTHON'
import json, sys
assert json.load(open("metadata.json"))["locks"] == json.load(open(sys.argv[1]))
PYTHON
  # Of these, nixpkgs is no part, so that nothing has to be fetched.
  expect "$(nix eval --raw --expr "(builtins.getFlake \"$pinned\").nixosModules.default._file")" "nixvirt (nixosModules.default)"
  nix flake init --template "$pinned#specs"
  [ -e bundle.nix ]
}
check "flake: evaluates from a git URL of a revision, by its own lock" revision_is_locked

revision_is_used() {
  mkdir -p user
  cat > user/flake.nix <<NIX
{
  inputs.nixpkgs.url = "path:$standin";
  inputs.nixvirt.url = "$pinned";
  inputs.nixvirt.inputs.nixpkgs.follows = "nixpkgs";
  outputs = { nixpkgs, nixvirt, ... }: {
    xml = (nixvirt.lib.for nixpkgs.legacyPackages.$native).pool.writeXML { name = "a"; };
  };
}
NIX
  nix eval "path:$PWD/user#xml.drvPath" --raw > drv
  nix eval "$pinned#packages.$native.default.drvPath" "${overridden[@]}" --raw > /dev/null
}
check "flake: a user's flake takes a revision, with nixpkgs of its own" revision_is_used

# --- The templates of `nix flake init`.

# initialised NAME [INPUT URL...]: a folder with the template, its inputs those of the tests.
initialised() {
  local name=$1
  shift
  mkdir "$name" && cd "$name"
  nix flake init --template "path:$flake#$name" > /dev/null
  inputs=(--override-input nixvirt "path:$flake" --override-input nixpkgs "path:$standin" "$@" --no-write-lock-file)
}
# has_bundle ATTRIBUTE OBJECT...: what a template's configuration comes to has these; evaluated where nothing can be built.
has_bundle() {
  local object
  if [ -z "$can_package" ]; then
    nix eval --raw "path:$PWD#$1.drvPath" "${inputs[@]}" > /dev/null
    return
  fi
  nix build "path:$PWD#$1" "${inputs[@]}" --out-link bundle
  for object in "${@:2}"; do
    [ -s "bundle/$object.xml" ] || { echo "there is no $object.xml" && return 1; }
  done
}

specs_template() {
  initialised specs
  has_bundle "packages.$native.default" domains/web networks/lan
}
nixos_template() {
  initialised nixos
  has_bundle 'nixosConfigurations.lab.config.virtualisation.libvirt.build.bundles."qemu:///system"' \
    domains/web networks/lan pools/images volumes/images/web.qcow2
  expect "$(nix eval --json "path:$PWD#nixosConfigurations.lab.config.systemd.services.nixvirt.wantedBy" "${inputs[@]}")" \
    '["multi-user.target"]'
}
home_manager_template() {
  initialised home-manager --override-input home-manager "path:$here/home-manager-standin" \
    --override-input home-manager/nixpkgs "path:$standin"
  has_bundle 'homeConfigurations.me.config.virtualisation.libvirt.build.bundles."qemu:///session"' domains/web
}
flake_parts_template() {
  local check app
  initialised flake-parts --override-input flake-parts "path:$FLAKE_PARTS" \
    --override-input flake-parts/nixpkgs-lib "path:$standin"
  check=$(nix eval --raw "path:$PWD#checks.x86_64-linux" "${inputs[@]}" --apply 'checks: toString (builtins.attrNames checks)')
  has_bundle "checks.x86_64-linux.$check" domains/web networks/lan
  for app in plan apply; do
    nix eval --raw "path:$PWD#apps.x86_64-linux.libvirt-lab-$app.meta.description" "${inputs[@]}" > description
    says "libvirt objects of lab" < description
  done
}
templates_are_checked() {
  local files
  mapfile -t files < <(find "$flake/examples/flakes" -name '*.nix')
  "$compiler" check --quiet --skip-foreign "${files[@]}" > said 2>&1 || { cat said && return 1; }
  expect "$(cat said)" ""
}
check "templates: the compiler's own check has nothing to say of them" templates_are_checked
check "templates: a folder of specs" specs_template
if [ -n "$nixpkgs_lib" ]; then
  check "templates: a NixOS host" nixos_template
  check "templates: Home Manager" home_manager_template
else
  echo "SKIPPED the templates of NixOS and Home Manager: NIXPKGS_LIB does not point at nixpkgs or its lib" >&2
fi
# flake-parts tells flakes from other inputs by a mark that Nix gives them since 2.14.
marks_flakes=$(nix eval --impure --expr "(builtins.getFlake \"path:$standin\") ? _type")
if [ -z "$nixpkgs_lib" ] || [ -z "${FLAKE_PARTS:-}" ]; then
  echo "SKIPPED the template of flake-parts: FLAKE_PARTS does not name a checkout of it, or NIXPKGS_LIB none of nixpkgs' lib" >&2
elif [ "$marks_flakes" != true ]; then
  echo "SKIPPED the template of flake-parts: flake-parts wants a newer Nix" >&2
else
  check "templates: flake-parts" flake_parts_template
fi
