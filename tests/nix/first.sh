# README's machines from nothing: its lines as printed, applied to a real libvirtd. A part of tests/nix/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

# The block of README that fetches the image of a cloud.
first_block() {
  local kind place file
  while IFS=$'\t' read -r kind place file; do
    if [[ $kind = line && $place = README.md:* ]] && grep -q fetchurl "$file"; then
      expect "$(grep -c . "$file")" 20
      printf '{\n%s\n}\n' "$(cat "$file")"
    fi
  done < "$tmp/documents.list"
}

first_machines() {
  local bundle
  first_block > block.nix
  says nixosSystem < block.nix
  bundle=$(nix-build --no-out-link "$here/first.nix" --argstr nixvirt "$tmp/compiler" --arg file "$PWD/block.nix" \
    --arg image "$cloud/disk.qcow2" --arg kernel "$guest/vmlinuz" --arg initrd "$guest/initrd" "$@")
  unshare --mount --net --pid --fork --kill-child --mount-proc bash "$here/first-live.sh" "$applier" "$bundle"
}

# What is built of Debian's packages is kept, as the apply step's own tests keep it.
have_first_parts() {
  local support=$root/apply/tests/support
  guest=$kept/guest-first-$(cat "$support/guest.sh" | sha256sum | cut -c 1-8)
  cloud=$kept/cloud-$(cat "$support/guest.sh" "$here/cloud-image.sh" | sha256sum | cut -c 1-8)
  can_run && bash "$support/guest.sh" "$guest" && bash "$here/cloud-image.sh" "$cloud" "$guest/vmlinuz" "$guest/initrd"
}

if have_first_parts; then
  if [ -n "$nixpkgs_lib" ]; then
    check "README: a cloud's machine and a NixOS from nothing" first_machines --arg nixpkgsLib "$nixpkgs_lib"
  else
    check "README: a cloud's machine and a NixOS from nothing, without the module" first_machines
  fi
else
  echo "SKIPPED README's machines from nothing: it takes root, libvirtd, QEMU, syslinux, mtools and a built nixvirt-apply" >&2
  # A root of another Debian has no daemon; where there is one, CI must have the rest.
  if [ "${CI:-}" = true ] && can_run; then failed=$((failed + 1)); fi
fi
