# The reference of the options, in Markdown, out of the options themselves.
#
# `tests/nix/run` holds ../OPTIONS.md against it, or writes that where NIXVIRT_UPDATE is set.
{ lib, options }:
let
  documented = builtins.filter (option: option.visible && !option.internal) (
    lib.optionAttrSetToDocList options
  );
  # Those of the host come first, then those of a guest.
  parted = lib.partition (option: lib.hasPrefix "nixvirt.guest." option.name) documented;
  # A value or a text, in one line.
  shown =
    value:
    lib.concatStringsSep " " (
      builtins.filter (line: line != "") (
        map lib.trim (lib.splitString "\n" (value.text or (lib.generators.toPretty { } value)))
      )
    );
  code = value: if value._type or null == "literalMD" then shown value else "`${shown value}`";
  # A paragraph in one line; a list stays one.
  paragraph =
    text:
    let
      lines = map lib.trim (lib.splitString "\n" text);
    in
    if lib.hasPrefix "* " (builtins.head lines) then lib.concatStringsSep "\n" lines else lib.concatStringsSep " " lines;
  paragraphs =
    text: lib.concatMapStringsSep "\n\n" paragraph (lib.splitString "\n\n" (lib.trim text));

  render = option: ''
    ### `${option.name}`

    ${paragraphs option.description}

    * Type: ${option.type}
    ${lib.optionalString (option ? default) "* Default: ${code option.default}\n"}${
      lib.optionalString (option ? example) "* Example: ${code option.example}\n"
    }'';
in
''
  # Options

  Of the NixOS module and the Home Manager module; the latter has no `daemons`. With flake-parts, `connections`, `package`
  and `verbose` are those of a host: `perSystem.libvirt.hosts.<name>.connections`. An object is called by its name in a set,
  or by its position in a list, as in NixVirt. The options below `nixvirt.guest` are those of a guest, of `nixosModules.guest`. This page is made from
  the modules (`NIXVIRT_UPDATE=1 tests/nix/run`).

''
+ lib.concatStringsSep "\n" (map render (
    builtins.filter (option: !(lib.hasPrefix "_module" option.name)) (parted.wrong ++ parted.right)
  ))
