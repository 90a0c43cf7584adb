# All objects of a host in one derivation, holding domains/NAME.xml and so on, and bundle.json.
#
#   writeAll {
#     domains = [
#       { spec = { name = "mail"; ... }; active = true; }
#       { template = "linux"; args = { name = "web"; }; }
#     ];
#     networks = [ { name = "lan"; ... } ];
#   }
#
# An entry is what the apply step takes (`active`, `restart`, ...) with one of `spec`, `template`
# and `args`, or the `definition` path of an XML that exists; a bare spec stands for an entry that
# has nothing else to say. Every other key of the bundle goes through to the compiler.
{
  spec,
  places,
  compile,
  # settings.nix
  settings,
}:
let
  kinds = import ./kinds.nix;
  keys = import ./keys.nix;
  inStore = import ./in-store.nix;
  texts = import ./texts.nix;

  # libvirt's formats know none of these keys, so a bare spec has none. `present` is there for the
  # volumes of a pool: one that is to be absent needs no more than its name.
  isEntry =
    entry:
    entry ? spec || entry ? definition || entry ? present || (entry ? template && entry ? args);

  fromTemplate =
    entry:
    if entry ? template && entry ? args then
      removeAttrs entry [
        "template"
        "args"
      ]
      // {
        spec = entry.args // {
          inherit (entry) template;
        };
      }
    else
      entry;

  # A definition given as a path is a file of the configuration, and goes to the store with it;
  # that is the opposite of a path within a spec, which is a file of the host.
  resolve =
    kind: entry:
    entry
    // (if entry ? spec then { spec = spec.resolve kind entry.spec; } else { })
    // (
      if entry ? definition then
        { definition = if builtins.isPath entry.definition then inStore entry.definition else absolute "definition" entry.definition; }
      else
        { }
    )
    // builtins.mapAttrs (name: whole name keys.entries.${kind}.${name}) (
      builtins.intersectAttrs (withFiles keys.entries.${kind}) entry
    )
    // (if entry ? volumes then { volumes = entries "volume" entry.volumes; } else { });

  # The keys whose values may have a file's path in them; a definition may be a file of the configuration.
  withFiles =
    known:
    removeAttrs known (
      [ "definition" ] ++ builtins.filter (name: !(hasFile known.${name})) (builtins.attrNames known)
    );
  hasFile =
    key:
    key.type == "file"
    || key.type == "hostFile"
    || key.type == "hook"
    || key.type == "yaml"
    || key.type == "files"
    || key.type == "named"
    || (key.type == "set" && builtins.any hasFile (builtins.attrValues key.keys));

  # A value whose paths are held to be absolute.
  whole =
    name: key: value:
    if key.type == "set" && builtins.isAttrs value then
      builtins.mapAttrs (
        part: below:
        if key.keys ? ${part} then whole "${name}.${part}" key.keys.${part} below else below
      ) value
    else if key.type == "named" && builtins.isAttrs value then
      builtins.mapAttrs (part: whole "${name}.${part}" { type = "set"; inherit (key) keys; }) value
    else if key.type == "yaml" || key.type == "files" then
      texts value
    else if key.type == "file" || key.type == "hostFile" || (key.type == "hook" && isProgram value) then
      absolute name value
    else
      value;

  # A text with a slash and without white space is a program, any other a command.
  isProgram = hook: builtins.isString hook && builtins.match "[^[:space:]]*/[^[:space:]]*" hook != null;

  # In a build, there is no folder that a relative path could be meant from.
  absolute =
    what: path:
    if builtins.isString path && path != "" && builtins.substring 0 1 path != "/" then
      throw "nixvirt: the `${what}` ${builtins.toJSON path} of an object is relative; write a path without quotes (./file) for a file of the configuration, or an absolute one for a file of the host"
    else
      path;

  entry =
    kind: given:
    if !builtins.isAttrs given then
      given
    else
      resolve kind (if isEntry given then fromTemplate given else { spec = given; });

  # `null` and `[ ]` differ here, and neither is a list of entries to look into: the apply step
  # leaves the former alone and removes what is not in the latter.
  entries = kind: given: if builtins.isList given then map (entry kind) given else given;
  resolveAll = builtins.mapAttrs (
    key: given: if kinds ? ${key} then entries kinds.${key} given else given
  );
in
bundle:
let
  known = builtins.attrNames kinds;
  resolved =
    if !builtins.isAttrs bundle then
      throw "nixvirt: a bundle is a ${builtins.typeOf bundle}; expected a set with lists of objects"
    else if !builtins.any (plural: bundle ? ${plural}) known then
      throw "nixvirt: a bundle has none of ${builtins.concatStringsSep ", " known}; give it a list of at least one of them"
    else
      resolveAll bundle;
in
compile {
  name = "NixVirt-bundle";
  inherit (settings) flags;
  input = settings.salted (spec.plain "" resolved);
  tree = places.of resolved;
}
