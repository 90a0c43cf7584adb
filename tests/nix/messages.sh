# What a build says of mistakes, and how soon: a part of tests/nix/run, which sources it.
# shellcheck shell=bash disable=SC2154 # The variables are run's.

# The log has the messages of a run by hand and nothing else. Only what they are shown in differs: a build
# knows the places in the user's own file, and no other file may be named.
wrong_is_said() {
  local status=0
  fails build wrongDomain > build.log
  nix-store --read-log "$(check_of "$(instantiate wrongDomain)")" > log
  evaluate wrong > spec.json
  "$tmp/compiler/bin/nixvirt-compile" --kind domain --color never --format human -o out.xml spec.json \
    2> message || status=$?
  expect "$status" 1
  grep -e '^  ×' -e '^  help' message > expected
  grep -e '^  ×' -e '^  help' log | diff expected -
  says "unknown attribute \`interfaces\`" < expected
  # Whoever has a spec in JSON sees that.
  fails says "as Nix" < message
  fails says "as Nix" < log
  says "interfaces = [" < log
  says "$(tail -n 1 log)" < build.log
}
check "writeXML: a wrong spec fails the build with the compiler's own message" wrong_is_said

# nix_build_says LINES ATTRIBUTE: what `nix build` shows of the log where it shows so many lines.
nix_build_says() {
  local lines=$1 attribute=$2
  fails nix build --file "$here/derivations.nix" --argstr nixvirt "$tmp/compiler" --no-link \
    --log-lines "$lines" "$attribute"
}
ends_with_a_list() {
  local lines=$1 line file=$here/derivations.nix
  nix_build_says "$lines" mistakes > said
  cat said
  says "11 errors and 1 warning in spec" < said
  says "and 4 more" < said
  # Each has its place in the user's file, where the line itself has what the path ends with.
  grep -oE "$file:[0-9]+:[0-9]+: (mistake[0-9]: unknown|memory.count: ).*" said > list
  expect "$(wc -l < list)" 8
  while IFS=: read -r _ line _ path _; do
    sed -n "${line}p" "$file" | says "${path##*[ .]} ="
  done < list
  nix_build_says "$lines" fewMistakes > said
  for path in mistake1 mistake2 vcpu.count; do
    grep -E "$file:[0-9]+:[0-9]+: $path: .+" said
  done
}
check "writeXML: the last 10 lines of a log have each mistake on a line" ends_with_a_list 10
check "writeXML: the last 25 lines of a log have each mistake on a line" ends_with_a_list 25

# One build at a time, in the order that Nix gives them: none of the packages comes before the message. New Nix begins
# another build after one has failed, so that it is the order that counts.
mistake_comes_first() {
  fails build mistakeBeforePackages --max-jobs 1 --argstr trace "$PWD/trace" > said
  says "unknown attribute \`titel\`" < said
  sed '/unknown attribute `titel`/q' said > before
  fails grep -E "building '.*-(aaa|0-first|zzz)\.drv'" before
  [ "$(cat trace 2> /dev/null | wc -l)" -le 1 ] || { echo "packages were built in spite of the message:" && cat trace && return 1; }
  # They would have been built.
  fails build mistakeBeforePackages --max-jobs 1 --keep-going --argstr trace "$PWD/trace" > said
  expect "$(sort -u trace)" built
}
check "writeXML: a mistake is said before the spec's packages are built" mistake_comes_first

# File names are bytes. The message shows what it can of them.
names_are_bytes() {
  local said_as=$1 name=$2
  rm -rf named && mkdir named
  printf 'lib: lib.domain.writeXML { name = "a";\n titel = 1; }\n' > "named/$name.nix"
  fails nix-build --no-out-link --expr "(import $here/derivations.nix {
    nixvirt = \"$tmp/compiler\";
    file = ./named + (\"/\" + builtins.head (builtins.attrNames (builtins.readDir ./named)));
  }).ofFile" > said
  says "named/$said_as.nix:2:2: titel: unknown attribute" < said
}
check "places: the name of a file may have any characters" names_are_bytes $'größe € 𝒳' $'größe € 𝒳'
check "places: the name of a file need not be UTF-8" names_are_bytes $'wei\xef\xbf\xbd\xef\xbf\xbd?' $'wei\xdf\xf0\xff'

# --- The settings of the lib.

unknown_is_warned() {
  local xml
  xml=$(build unknownWarned)
  expect "$(object_in "$xml")" "domain guest"
  fails grep -F interfaces "$xml"
}
check "lib.withSettings: what is unknown may be a warning" unknown_is_warned

rules_are_allowed() {
  local xml attribute
  for attribute in ruleBroken bundleBroken otherRuleAllowed; do
    fails build "$attribute" > said
    says "disk-target-twice" < said
  done
  xml=$(build ruleAllowed)
  expect "$(grep -c "dev='vda'" "$xml")" 2
  expect "$(grep -c "dev='vda'" "$(build bundleAllowed)/domains/guest.xml")" 2
  xml=$(build ruleWarned)
  expect "$(grep -c "dev='vda'" "$xml")" 2
  nix-store --read-log "$(check_of "$(instantiate ruleWarned)")" | says "disk-target-twice"
  fails build noSuchRule > said
  says 'did you mean "disk-target-twice"?' < said
}
check "lib.withSettings: a rule may be allowed, or warn" rules_are_allowed

salt_is_derived() {
  build salted > made
  evaluate saltedUuids > uuids.json
  mapfile -t made < made
  python3 - "${made[@]}" <<'PYTHON'
import json, sys, xml.etree.ElementTree as tree
domains = [tree.parse(file).getroot() for file in sys.argv[1:]]
uuids = [domain.findtext("uuid") for domain in domains]
assert uuids == json.load(open("uuids.json")), uuids
macs = [domain.find("devices/interface/mac").get("address") for domain in domains]
assert len(set(uuids)) == len(set(macs)) == 3, (uuids, macs)
PYTHON
}
check "lib.withSettings: a salt goes into uuids and MAC addresses" salt_is_derived
older_libvirt_is_heeded() {
  fails build olderLibvirt > said
  says "\`hwuuid\` exists since libvirt 11.7.0; this is for libvirt 11.3.0" < said
}
check "lib.withSettings: what the host's libvirt does not have is an error" older_libvirt_is_heeded
check "lib.withSettings: a setting that is none is named" \
  refuses noSuchSetting 'there is no setting "unkown"; there is allow, check, libvirt, salt, unknown, warn'
check "lib.withSettings: a wrong setting is named" \
  refuses wrongSetting 'the setting `unknown` is wrong; expected "deny" or "warn"'

first_names() {
  evaluate firstNames --read-write-mode > first.json 2> said
  expect "$(cat first.json)" '{"file":true,"text":true}'
  says 'write `lib.domain.getXML`' < said
  says 'write `lib.domain.writeXML`' < said
}
check "lib: the first NixVirt's names work, with a note" first_names
