# Where the build says that a mistake is: a part of tests/nix/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

places_are_said() {
  fails build places --keep-going > build.log
  python3 "$here/places.py" "$here/places" < build.log
}
check "places: the build says each mistake at the user's own line" places_are_said

text_has_places() {
  fails instantiate wrongText --eval --strict --read-write-mode > said
  grep -E "│ at $here/derivations\\.nix:[0-9]+:[0-9]+$" said
}
check "places: getXML says them, too" text_has_places

# What a build of a file would build, by the names that Nix gives it.
would_build() {
  build ofFile --arg file "$1" --dry-run 2>&1 | sed -nE 's#.*store/[a-z0-9]{32}-(.*)\.drv$#\1#p'
}
spec='lib: lib.domain.writeXML (lib.domain.templates.linux {
  name = "moved";
  title = "moved";
})'
correct_may_move() {
  local first second
  printf '%s\n' "$spec" > "first.nix"
  mkdir -p deeper
  printf '# A line more.\n\n  %s\n' "$spec" > "deeper/second.nix"
  first=$(build ofFile --arg file "$PWD/first.nix")
  expect "$(would_build "$PWD/deeper/second.nix")" ""
  second=$(build ofFile --arg file "$PWD/deeper/second.nix" 2> build.log)
  expect "$second" "$first"
  fails grep -F building build.log
  # The places are there all the same: the derivations differ, what they make does not.
  [ "$(instantiate ofFile --arg file "$PWD/first.nix")" != "$(instantiate ofFile --arg file "$PWD/deeper/second.nix")" ]
  # Where the XML is gone and has to be made again, what was checked once is not checked again.
  nix-store --delete "$first"
  expect "$(would_build "$PWD/deeper/second.nix")" NixVirt-domain-moved
}
check "places: a correct spec may move, and nothing is built or checked again" correct_may_move

same_without_places() {
  evaluate guest > guest.json
  echo 'lib: lib.domain.writeXML (builtins.fromJSON (builtins.readFile ./guest.json))' > json.nix
  expect "$(build ofFile --arg file "$PWD/json.nix")" "$(build domain)"
}
check "places: without any, the output has the same path" same_without_places

changed_is_checked() {
  printf '%s\n' "${spec/title/titel}" > first.nix
  fails build ofFile --arg file "$PWD/first.nix" > said
  says "at $PWD/first.nix:3:3" < said
}
check "places: a changed spec is checked" changed_is_checked

# A relative path is what only libvirt's schema refuses.
warnings_are_said_once() {
  printf 'lib: lib.domain.writeXML { type = "kvm"; name = "warned"; memory = 1;\n  os = { type = "hvm"; kernel = "linux"; }; }\n' > warned.nix
  build ofFile --arg file "$PWD/warned.nix" > out 2> said
  expect "$(grep -c '⚠ os.kernel' said)" 1
  says "│ at $PWD/warned.nix:2:24" < said
  [ -s "$(cat out)" ]
}
check "places: a warning is said once, and at its place" warnings_are_said_once

only_the_check_knows() {
  local drv
  drv=$(instantiate places.template)
  fails grep -F "$here/places" "$drv"
  says "$here/places" < "$(check_of "$drv")"
  # No string of the spec's makes anything an input of the check.
  expect "$(references "$(check_of "$(instantiate onPackage)")")" ""
}
check "places: only the check knows them, and it depends on nothing" only_the_check_knows
