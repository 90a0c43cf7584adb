# README's machines from nothing, applied to a real libvirtd: both are to answer by HTTP with what they are.
#
#   unshare --mount --net --pid --fork --kill-child --mount-proc bash first-live.sh APPLY BUNDLE
#
# APPLY is nixvirt-apply, BUNDLE what tests/nix/first.nix makes of README's lines.
set -euo pipefail
apply=$1
bundle=$2/bundle.json

# shellcheck source=tests/nix/daemon.sh
. "$(dirname "$(realpath "$0")")/daemon.sh"
start_daemon

"$apply" apply --connect qemu:///system "$bundle"
"$apply" addresses --connect qemu:///system --wait 300 debian web --format json | tee addresses.json
python3 - <<'PYTHON'
import json, time, urllib.request

(found,) = json.load(open("addresses.json"))
addresses = {one["domain"]: one["addresses"][0]["address"] for one in found["domains"]}


def answer(domain, path):
    """The answer of a machine; it has its address before it serves."""
    begun = time.monotonic()
    while True:
        try:
            return urllib.request.urlopen(f"http://{addresses[domain]}/{path}", timeout=5).read().decode()
        except OSError as error:
            if time.monotonic() - begun > 180:
                raise SystemExit(f"{domain} does not answer: {error}")
            time.sleep(1)


seed = answer("debian", "user-data")
assert seed.startswith("#cloud-config\n") and "nginx" in seed and "ssh-ed25519" in seed, seed
print(f"debian has read its seed:\n{seed}")
system = answer("web", "system")
assert "nixos-system-web" in system, system
print(f"web runs {system}")
PYTHON
# Nothing is left to do.
"$apply" plan --connect qemu:///system --detailed-exitcode "$bundle"
