# How the lib compiles, as `lib.withSettings` takes it:
#
#   unknown         "deny", or "warn": what libvirt's formats do not have, and what is missing, is a warning
#   check           whether warnings are errors
#   libvirt         null, or the version of the host's libvirt: what it does not have is an error; null is the newest
#   salt            null, or a text that only the host has: it goes into derived uuids and MAC addresses
#
# What comes out is `flags` for the compiler, `salted`, which gives a spec or a bundle the salt, and `uuid`.
given:
let
  uuid = import ./uuid.nix;
  known = {
    unknown = "deny";
    check = false;
    libvirt = null;
    salt = null;
  };
  strange = builtins.attrNames (removeAttrs given (builtins.attrNames known));
  settings = known // given;
  inherit (settings)
    unknown
    check
    libvirt
    salt
    ;
  expected =
    {
      unknown = unknown == "deny" || unknown == "warn";
      check = builtins.isBool check;
      libvirt =
        libvirt == null
        || (builtins.isString libvirt && builtins.match "[0-9]{1,3}([.][0-9]{1,3}){1,2}" libvirt != null);
      salt = salt == null || (builtins.isString salt && salt != "");
    };
  words = {
    unknown = "\"deny\" or \"warn\"";
    check = "true or false";
    libvirt = "null or a version of libvirt such as \"11.3.0\"";
    salt = "null or a text that only this host has, such as its name";
  };
  wrong = builtins.filter (key: !expected.${key}) (builtins.attrNames known);
in
if strange != [ ] then
  throw "nixvirt: there is no setting ${builtins.toJSON (builtins.head strange)}; there is ${builtins.concatStringsSep ", " (builtins.attrNames known)}"
else if wrong != [ ] then
  throw "nixvirt: the setting `${builtins.head wrong}` is wrong; expected ${words.${builtins.head wrong}}"
else
  {
    flags =
      (
        if unknown == "warn" then
          [
            "--unknown"
            "warn"
          ]
        else
          [ ]
      )
      ++ (if check then [ "--deny-warnings" ] else [ ])
      ++ (
        if libvirt == null then
          [ ]
        else
          [
            "--libvirt"
            libvirt
          ]
      );
    # What a spec or a bundle says itself goes first.
    salted =
      given: if salt == null || !builtins.isAttrs given || given ? salt then given else given // { inherit salt; };
    uuid = if salt == null then uuid else name: uuid "salt:${salt}/${name}";
  }
