# The modules end to end: what they produce for a configuration, run against a real libvirtd.
#
#   unshare --mount --net --pid --fork --kill-child --mount-proc bash live.sh EVALUATE
#
# In namespaces of its own, so that nothing of the machine's is seen or touched; with them, the
# daemon and its guests end. EVALUATE ATTRIBUTE CONNECTIONS prints what a configuration comes to.
set -euo pipefail
evaluate=$1

# shellcheck source=tests/nix/daemon.sh
. "$(dirname "$(realpath "$0")")/daemon.sh"
# As on NixOS: hooks are in /var/lib, and the module's is there from the start, as a link.
mkdir -p /etc/libvirt/hooks/qemu.d /var/lib/libvirt
ln -s /etc/libvirt/hooks /var/lib/libvirt/hooks
dispatch=$(dirname "$(realpath "$0")")/../../apply/src/hooks/dispatch.sh
install -m 755 "$dispatch" /var/lib/libvirt/nixvirt-hook
ln -s /var/lib/libvirt/nixvirt-hook /etc/libvirt/hooks/qemu.d/nixvirt
start_daemon

kind=qemu
[ -w /dev/kvm ] && kind=kvm

# The configuration of a step: a machine with that title, and what else is declared.
web() {
  printf '{"qemu:///system": {"domains": {"web": {"active": true, "shutdown": {"method": "destroy"}, "live": %s,
    "hooks": {"started": "echo $1 $2 >> %s"}, "spec": {"type": "%s", "title": "%s", "memory": {"count": 64, "unit": "MiB"}, "vcpu": 1,
    "os": {"type": "hvm", "arch": "x86_64", "machine": "q35"}, "devices": {"memballoon": {"model": "none"}}}}%s}}}' \
    "${live:-true}" "$PWD/hooked" "$kind" "$1" "${2:-}"
}
nothing='{"qemu:///system": {"domains": {}, "shutdown": {"method": "destroy"}}}'

# The service's command as systemd would run it.
start() {
  "$evaluate" start "$1" > start.json
  python3 -c '
import json, os
line = json.load(open("start.json"))
words = [json.loads(word).replace("%%", "%").replace("$$", "$") for word in line.split(" ")]
os.execv(words[0], words)'
}
plan() {
  local program
  program=$("$evaluate" plan "$1")
  shift
  "$program/bin/nixvirt-plan" --detailed-exitcode "$@"
}
expect() { [ "$1" = "$2" ] || { echo "it is: $1"; echo "instead of: $2"; return 1; }; }
planned() {
  local expected=$1 status=0
  shift
  plan "$@" > planned || status=$?
  cat planned
  expect "$status" "$expected"
}

virsh -q define /dev/stdin > /dev/null <<XML
<domain type='$kind'>
  <name>neighbour</name>
  <memory>65536</memory>
  <os><type>hvm</type></os>
</domain>
XML

echo "--- A machine is declared"
planned 2 "$(web one)"
start "$(web one)"
expect "$(virsh -q domstate web)" running
expect "$(virsh -q desc web --title)" one
expect "$(cat hooked)" "web started"
# What the state names is kept from Nix's garbage collector.
hook=$(grep -o "$NIX_STORE_DIR/[^']*" /var/lib/nixvirt/hooks/qemu/web/started)
expect "$(nix-store -q --roots "$hook" | cut -d ' ' -f 1)" "$NIX_STATE_DIR/gcroots/nixvirt/hooks/qemu/web/started"
id=$(virsh -q domid web)

echo "--- Nothing changed"
planned 0 "$(web one)"
start "$(web one)"
expect "$(virsh -q domid web)" "$id"

echo "--- One leaf changed"
planned 2 "$(web two)" --format json
python3 - <<'PYTHON'
import json
(connection,) = json.load(open("planned"))
(web,) = [object for object in connection["objects"] if object["actions"] != ["unchanged"]]
change = {"path": "title", "old": "one", "new": "two", "restart": False, "effect": "live"}
assert (web["name"], web["actions"], web["changes"]) == ("web", ["update"], [change]), web
PYTHON
start "$(web two)"
expect "$(virsh -q desc web --title)" two
expect "$(virsh -q desc web --title --config)" two
expect "$(virsh -q domid web)" "$id"

echo "--- One leaf changed, and nothing may be changed while the machine runs"
start "$(live=false web three)"
expect "$(virsh -q desc web --title)" three
[ "$(virsh -q domid web)" != "$id" ]

echo "--- One that cannot start beside it"
status=0
start "$(web two ', "broken": {"active": true, "spec": {"type": "'$kind'", "memory": 65536, "os": {"type": "hvm"},
  "devices": {"disk": {"type": "file", "source": {"file": "/no/such/disk"}, "target": {"dev": "vda"}}}}}')" \
  2> said || status=$?
cat said
# The service takes this one for a success, see systemd.nix.
expect "$status" 1
grep broken said > /dev/null
expect "$(virsh -q domstate web)" running

echo "--- The machine is no longer declared"
start "$nothing"
expect "$(virsh -q list --all --name | grep . | tr '\n' ' ')" "neighbour "
expect "$(ls /etc/libvirt/hooks/qemu.d)" nixvirt
[ ! -e /var/lib/nixvirt/hooks/qemu ] && [ ! -e "$NIX_STATE_DIR/gcroots/nixvirt/hooks/qemu/web" ]
planned 0 "$nothing"
