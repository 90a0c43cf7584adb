# The modules' part of tests/nix/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

data_checks "modules" "$here/modules" --arg nixpkgsLib "$nixpkgs_lib" \
  --argstr nixvirt "$tmp/compiler" -A checks

# Each in an evaluation of its own: an error ends it.
is_refused() {
  fails modules nix-instantiate "wrong.$1.value" --eval --strict --json > said
  cat said
  says "$2" < said
}
modules nix-instantiate messages --eval --strict --json 2> /dev/null |
  python3 -c 'import json, sys
for name, says in json.load(sys.stdin).items(): print(name, says, sep="\t")' > "$tmp/messages"
[ -s "$tmp/messages" ] || { echo "FAIL modules: no message is tested" && failed=$((failed + 1)); }
while IFS=$'\t' read -r name message; do
  check "modules: $name is refused" is_refused "$name" "$message"
done < "$tmp/messages"

options_are_documented() {
  modules nix-instantiate reference --eval --strict --json |
    python3 -c 'import json, sys; sys.stdout.write(json.load(sys.stdin))' > OPTIONS.md
  [ -z "${NIXVIRT_UPDATE:-}" ] || cp OPTIONS.md "$root/lib-nix/OPTIONS.md"
  diff "$root/lib-nix/OPTIONS.md" OPTIONS.md || { echo "NIXVIRT_UPDATE=1 tests/nix/run writes it" && return 1; }
}
check "modules: OPTIONS.md is what the options say" options_are_documented

# --- A connection, compiled.

web='{"web": {"spec": {"type": "kvm", "memory": 64, "os": {"type": "hvm"}}, "active": true}}'
connection() { printf '{"qemu:///system": {"domains": %s%s}}' "$1" "${2:-}"; }

bundle_is_built() {
  local bundle
  bundle=$(modules nix-build built.bundle --no-out-link --argstr connections "$(connection "$web")")
  expect "$(object_in "$bundle/domains/web.xml")" "domain web"
  python3 - "$bundle" <<'PYTHON'
import json, sys
bundle = json.load(open(f"{sys.argv[1]}/bundle.json"))
assert list(bundle.pop("compiled")["files"]) == ["domains/web.xml"], bundle
expected = {"active": True, "definition": f"{sys.argv[1]}/domains/web.xml"}
assert bundle == {"domains": [expected], "prune": "owned", "unset": ["networks", "nodedevs", "nwfilters", "pools", "secrets"]}, bundle
PYTHON
}
check "modules: a connection's specs compile in its bundle" bundle_is_built

bundle_is_refused() {
  local both=${web%\}}', "db": {"spec": {"type": "kvm", "memry": 1}}, "ab": {"spec": {"nam": "x"}}}'
  fails modules nix-build built.bundle --no-out-link --argstr connections "$(connection "$both")" > said
  says memry < said
  says "unknown attribute \`nam\`" < said
}
check "modules: all that is wrong with a connection is said at once" bundle_is_refused

bundle_has_places() {
  fails modules nix-build built.bundle --no-out-link --arg module "$here/modules/places" > said
  cat said
  python3 "$here/places.py" "$here/modules/places" < said
  fails modules nix-build built.bundle --no-out-link --arg module "$here/modules/places-of-many" > said
  python3 "$here/places.py" "$here/modules/places-of-many" < said
}
check "modules: the build says where a mistake is" bundle_has_places

hosts_are_compared() {
  modules nix-instantiate twoHosts --eval --strict --json > said 2>&1
  cat said
  says "\`perSystem.libvirt.hosts.one.connections.\"qemu+ssh://one/system\".domains.dns\` and" < said
  says "derived of the name dns" < said
}
check "flake-parts: a MAC address on two hosts is warned of" hosts_are_compared

# A definition may be a file of any name, or come of another derivation; either way it is looked at.
definitions_are_checked() {
  local bundle
  mkdir -p "my machines"
  printf '<domain type="kvm"><name>a</name><memory>1</memory><os><type>hvm</type></os><tomorrow/></domain>' \
    > "my machines/größe 1.xml"
  cat > definitions.nix <<NIX
    { pkgs, ... }: {
      virtualisation.libvirt.connections."qemu:///system".domains = [
        { definition = ./. + "/my machines/größe 1.xml"; }
        { definition = derivation { name = "b"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo '<network/>' > \$out" ]; }; }
      ];
    }
NIX
  fails modules nix-build built.bundle --no-out-link --arg module "$PWD/definitions.nix" > said
  cat said
  says "-b:1:1: domains[1].definition: unknown element \`network\` in \`document\`" < said
  sed -i 's/<network/<domain/' definitions.nix
  sed -i 's/<domain/<pool/' "my machines/größe 1.xml"
  fails modules nix-build built.bundle --no-out-link --arg module "$PWD/definitions.nix" > said
  says "-gr----e-1.xml:1:1: domains[0].definition: " < said
  says "-check-" < said
  sed -i 's/<pool/<domain/' "my machines/größe 1.xml"
  bundle=$(modules nix-build built.bundle --no-out-link --arg module "$PWD/definitions.nix")
  python3 - "$bundle" <<'PYTHON'
import json, sys
warnings = json.load(open(f"{sys.argv[1]}/bundle.json"))["warnings"]
assert ("domain `a`", "tomorrow") in [(one["object"], one["path"]) for one in warnings], warnings
assert not any("store" in one["text"] or "größe" in one["text"] for one in warnings), warnings
PYTHON
}
check "modules: definitions that are there at build time are checked" definitions_are_checked

# A relative path is what only libvirt's schema refuses.
checks_warnings() {
  local bundle
  local relative='{"web": {"spec": {"type": "kvm", "memory": 64, "os": {"type": "hvm", "kernel": "vmlinuz"}}}}'
  bundle=$(modules nix-build built.bundle --no-out-link --argstr connections "$(connection "$relative")")
  # It is kept for whoever applies it, and so that a spec that moves changes nothing.
  python3 - "$bundle" <<'PYTHON'
import json, sys
(warning,) = json.load(open(f"{sys.argv[1]}/bundle.json"))["warnings"]
assert warning.keys() == {"object", "path", "code", "text"}, warning
assert (warning["object"], warning["path"]) == ("domain `web`", "os.kernel"), warning
PYTHON
  fails modules nix-build built.bundle --no-out-link \
    --argstr connections "$(connection "$relative" ', "check": true')" > said
  says vmlinuz < said
}
check "modules: \`check\` makes the build fail on a warning" checks_warnings

# systemd unquotes the command line and the folders of mounts, and expands `%`; it knows whether it can. What it reads a folder
# as, it says only of one that it does not take. Releases before 256 know mounts as requirements alone, in the same words.
unit_is_valid() {
  mkdir -p "$tmp/apply/bin"
  [ -e "$tmp/apply/bin/nixvirt-apply" ] || cp /bin/true "$tmp/apply/bin/nixvirt-apply"
  modules nix-instantiate built.unit --eval --json --argstr apply "$tmp/apply" \
    --argstr connections '{"qemu+ssh://a/system?x=%41$b \"c": {"domains": []},
      "qemu:///system": {"pools": {"images": {"spec": {"type": "dir", "target": {"path": "/s/it'\''s 5% \"a\\b\""}}}}}}' |
    python3 -c 'import json, sys; sys.stdout.write(json.load(sys.stdin))' > nixvirt.service
  if [ "$(systemd-analyze --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')" -lt 256 ]; then
    sed -i s/^WantsMountsFor/RequiresMountsFor/ nixvirt.service
  fi
  cat nixvirt.service
  systemd-analyze verify --man=no ./nixvirt.service > said 2>&1
  expect "$(grep -F nixvirt.service said || true)" ""
  grep 'MountsFor=' nixvirt.service
  sed -i 's#MountsFor="/s/#MountsFor="/s/../#' nixvirt.service
  systemd-analyze verify --man=no ./nixvirt.service > said 2>&1 || true
  says "path is not normalized, ignoring: /s/../it's 5% \"a\\b\"" < said
}
# systemd's own measure: 0 is a service that can do nothing, 10 one that can do all. A session's daemon would be shut in with it.
unit_is_hardened() {
  modules nix-instantiate built.unit --eval --json --argstr connections '{"qemu:///system": {"domains": []}}' |
    python3 -c 'import json, sys; sys.stdout.write(json.load(sys.stdin))' > nixvirt.service
  systemd-analyze security --offline=true --no-pager --threshold=40 ./nixvirt.service > said || { cat said && return 1; }
  tail -n 1 said
  modules nix-instantiate built.unit --eval --json --argstr connections '{"qemu:///session": {"domains": []}}' > session
  ! grep -F NoNewPrivileges session
}
if command -v systemd-analyze > /dev/null; then
  check "modules: systemd takes the service" unit_is_valid
  check "modules: the service is hardened" unit_is_hardened
else
  echo "SKIPPED systemd's word on the service: there is no systemd-analyze" >&2
fi

# --- From a configuration to a machine that runs.

runs_for_real() {
  mkdir -p "$tmp/apply/bin"
  cp "$applier" "$tmp/apply/bin/nixvirt-apply"
  cat > "$tmp/evaluate" <<SCRIPT
#!/usr/bin/env bash
set -euo pipefail
modules() {
  local command=\$1 attribute=\$2
  shift 2
  "\$command" "$here/modules" --arg nixpkgsLib "$nixpkgs_lib" --argstr nixvirt "$tmp/compiler" \\
    --argstr apply "$tmp/apply" --argstr connections "\$connections" -A "\$attribute" "\$@"
}
connections=\$2
case \$1 in
  start)
    modules nix-build built.bundle --no-out-link > /dev/null
    modules nix-instantiate built.start --eval --json
    ;;
  plan) modules nix-build built.plan --no-out-link ;;
esac
SCRIPT
  chmod +x "$tmp/evaluate"
  unshare --mount --net --pid --fork --kill-child --mount-proc bash "$here/live.sh" "$tmp/evaluate"
}
if can_run; then
  check "modules: a machine is declared, changed by one leaf, and no longer declared" runs_for_real
else
  echo "SKIPPED the modules end to end: it takes root, libvirtd, QEMU and a built nixvirt-apply" >&2
fi
