# The static program, run where there is nothing but itself. A part of tests/package/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

runs_alone() {
  local room=$tmp/room
  mkdir -p "$room"
  "$checkout/packaging/static/build" "$room"
  if readelf --program-headers "$room/nixvirt-compile" | grep INTERP; then echo "it asks for a loader" && return 1; fi
  cp "$checkout/examples/linux.json" "$room/"
  unshare --mount --pid --fork chroot "$room" /nixvirt-compile /linux.json > "$tmp/alone.xml"
  grep "<domain type='kvm'>" "$tmp/alone.xml"
  # What it says is what the usual program says.
  (cd "$checkout" && cargo run --quiet --locked --package nixvirt-compile -- examples/linux.json) > "$tmp/usual.xml"
  cmp "$tmp/alone.xml" "$tmp/usual.xml"
}
check "a static program: it compiles in an empty folder" runs_alone
