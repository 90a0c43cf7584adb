# NixOS guests: the image of a closure, and what the XML of a guest keeps from the garbage collector. A part of tests/nix/run,
# which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

guest_part() { nix-build --no-out-link "$here/guests.nix" --argstr nixvirt "$tmp/compiler" -A "$1"; }

# The image holds the closure by the names that it has in the store, and nothing else.
image_is_the_closure() {
  local image system
  image=$(guest_part "$1")
  system=$(guest_part "$2")
  nix-store -q --requisites "$system" | sed 's|.*/||' | sort > closure
  unsquashfs -ls "$image" | sed -n 's|^squashfs-root/\([^/]*\)$|\1|p' | sort > inside
  diff closure inside
  unsquashfs -cat "$image" "$(basename "$system")/kernel-params" > params
  cmp params "$system/kernel-params"
  unsquashfs -lls "$image" | tail -n +2 | awk '{ print $2 }' | sort -u > owners
  expect "$(cat owners)" root/root
}
xml_needs_the_guest() {
  local xml
  xml=$(guest_part xml)
  nix-store -q --requisites "$xml" > requisites
  for part in system dependency image; do says "$(guest_part $part)" < requisites; done
  says "<kernel>$(guest_part system)/kernel</kernel>" < "$xml"
  says "init=$(guest_part system)/init quiet=$(guest_part dependency)</cmdline>" < "$xml"
  says "<source file='$(guest_part image)'/>" < "$xml"
}
path_is_the_same_guest() {
  local system
  system=$(guest_part system)
  nix-instantiate "$here/guests.nix" --eval --strict --argstr nixvirt "$tmp/compiler" -A byPath \
    --argstr path "$system" > by-path
  says "quiet=$(guest_part dependency)" < by-path
}

if command -v mksquashfs > /dev/null; then
  check "guests: the image of a closure" image_is_the_closure image system
  check "guests: the image of one path alone" image_is_the_closure imageOfOne alone
  check "guests: the XML keeps the system and its image" xml_needs_the_guest
  check "guests: a system by its path is the same" path_is_the_same_guest
else
  echo "SKIPPED the images of guests: there is no mksquashfs here (package squashfs-tools)" >&2
fi
