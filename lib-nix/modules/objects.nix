# The options of one object, and those of a connection that say how to treat its objects.
#
# keys.nix says which keys there are: it is generated from the compiler's tables. What is here is what Nix has beside them:
# the types, texts for what Nix does with a value, and the options that no bundle has.
{ lib }:
let
  inherit (builtins) attrNames mapAttrs toJSON;
  inherit (lib) mkOption types;
  spec = (import ./freeform.nix { inherit lib; }).type;
  record = (import ./record.nix { inherit lib; }).type;
  collection = import ./collection.nix { inherit lib; };
  keys = import ../keys.nix;
  templates = import ../../templates/arguments.nix;

  # A description, with what `null` means at its end.
  saying = doc: null: if null == "" then doc else "${lib.removeSuffix "." doc} (null: ${null}).";

  orNull =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  codes =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "image-in-use-twice" ];
      inherit description;
    };

  # A path alone is a program, also as a string. What has more words is a command, or a whole script.
  isPath =
    value:
    types.path.check value && !(builtins.isString value && builtins.match ".*[[:space:]].*" value != null);

  # Of a key's value.
  typeOf =
    name: key:
    {
      bool = types.bool;
      text = types.str;
      file = types.path;
      # A path of Nix would be copied to the store, a string is not.
      hostFile = types.str;
      addresses = types.attrsOf types.str;
      seconds = types.ints.unsigned;
      word = types.enum key.words;
      switch = types.either types.bool (types.enum key.words);
      hook = types.either (types.addCheck types.path isPath) types.lines;
      set = record {
        name = "value of `${name}`";
        options = mapAttrs (part name) key.keys;
      };
      entries = collection (objectOf key.kind);
      # A set, a text, a path or a package. What it holds is the compiler's to check.
      yaml = types.anything;
      files = types.attrsOf types.anything;
      named = types.attrsOf (record {
        name = "value of `${name}`";
        options = mapAttrs (part name) key.keys;
      });
    }
    .${key.type};

  # A part of a set of an object's. Where the connection has that set, too, it decides next.
  part =
    set: name: key:
    let
      otherwise = (if keys.host ? ${set} then "as the connection says, else " else "") + "`${toJSON key.default}`";
      hook = "It is a command or script, or the path of a program (without white space), and gets libvirt's arguments, and the object's XML on standard input.";
    in
    orNull (typeOf name key) (
      saying (if key.type == "hook" then "${key.doc} ${hook}" else key.doc) (if key ? default then otherwise else "")
    );

  # What an object may say, but for what only Nix has.
  option =
    name: key:
    if key.type == "own" then
      codes key.doc
    else if key.type == "entries" then
      mkOption {
        type = typeOf name key;
        default = [ ];
        description = "${lib.removeSuffix "." key.doc}: a list, or a set by name.";
      }
    else if live ? ${name} then
      orNull (typeOf name key) (saying key.doc "as the connection says; else ${toJSON key.default}")
    else if key ? default && key.type == "bool" then
      mkOption {
        type = typeOf name key;
        inherit (key) default;
        description = key.doc;
      }
    else
      orNull (typeOf name key) (
        saying key.doc (
          if keys.host ? ${name} then
            "as the connection says"
          else if key ? default then
            "`${toJSON key.default}`"
          else
            ""
        )
      );

  # What every object may be given as, of which it has exactly one.
  given = kind: {
    spec = mkOption {
      type = types.nullOr spec;
      default = null;
      example = {
        name = "example";
      };
      description = ''
        ${keys.entries.${kind}.spec.doc} Every leaf can be defined, merged and overridden like an option.
        `nixvirt-compile explain --kind ${kind}` says what may stand in it, and the build says what is wrong with it. In a
        set by name, `name` need not be given.
      '';
    };
    # Only whoever takes a list and a set by name together needs it.
    name =
      orNull types.str
        keys.entries.${kind}.name.doc or "Name of the ${kind}, if its `spec` or its template's `args` have none.";
  };

  # What the templates of a kind take, a line for each argument.
  arguments =
    kind:
    let
      ofKind = templates.${kind};
      having = name: builtins.filter (template: ofKind.${template} ? ${name}) (attrNames ofKind);
      line =
        name: argument:
        let
          some = having name;
          only =
            if builtins.length some == builtins.length (attrNames ofKind) then
              ""
            else
              " (of ${lib.concatMapStringsSep ", " (template: "`${template}`") some})";
        in
        "* `${name}`${only}: ${argument.doc} Expected ${argument.expected}.";
    in
    lib.concatStringsSep "\n" (
      lib.mapAttrsToList line (lib.foldl' (all: more: all // more) { } (builtins.attrValues ofKind))
    );

  template =
    kind:
    let
      names = attrNames templates.${kind};
      example = examples.${kind};
    in
    {
      template = mkOption {
        type = types.nullOr (types.enum names);
        default = null;
        example = builtins.head names;
        description = keys.entries.${kind}.template.doc;
      };
      args = mkOption {
        type = spec;
        default = { };
        inherit example;
        description = ''
          ${keys.entries.${kind}.args.doc} They are such as `${builtins.head (attrNames example)}`. What is no argument of the
          template's own but a key of libvirt's format is merged into what it makes.
          `nixvirt-compile explain ${builtins.head names}` (or another template) says what is taken where nothing is given.

          ${arguments kind}
        '';
      };
    };
  examples = {
    domain = {
      name = "example";
      memory = {
        count = 4;
        unit = "GiB";
      };
    };
    network = {
      name = "example";
      subnet_byte = 74;
    };
  };

  # What a NixOS host does for an object, which is in no bundle.
  ofHost = {
    network = {
      openFirewall = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = ''
          Whether to open the host's firewall on the bridge of the network for what its dnsmasq serves: DHCP, DNS and
          TFTP, as far as the network has them. For a NixOS host's own libvirt only.
        '';
      };
      firewallInterface = orNull types.str ''
        The bridge that `openFirewall` is about (null: the one that `spec` or the template's `args` name).
      '';
    };
  };

  # An object of a kind.
  objectOf =
    kind:
    record {
      name = kind;
      options =
        mapAttrs option (
          removeAttrs keys.entries.${kind} [
            "spec"
            "name"
            "template"
            "args"
          ]
        )
        // given kind
        // (if templates ? ${kind} then template kind else { })
        // ofHost.${kind} or { };
    };

  # Of a connection, for all its domains.
  live.live = orNull types.bool (
    saying "${lib.removeSuffix "." keys.entries.domain.live.doc}, for every domain that does not say it" (
      toJSON keys.entries.domain.live.default
    )
  );

  inherit (keys.host) shutdown;
in
{
  # The options of a connection.
  collections = mapAttrs (
    _: key:
    mkOption {
      type = types.nullOr (typeOf null key);
      default = null;
      description = "${lib.removeSuffix "." key.doc}: a list, or a set by name (null: none of them is touched).";
    }
  ) (lib.filterAttrs (_: key: key.type == "entries") keys.host);
  inherit (live) live;
  inherit codes;
  shutdown = {
    # Of a connection: what it leaves out is as the table says.
    whole = orNull (record {
      name = "shutdown";
      options = mapAttrs (
        name: key:
        mkOption {
          type = typeOf name key;
          inherit (key) default;
          description = key.doc;
        }
      ) shutdown.keys;
    }) (saying shutdown.doc "as its parts say by default");
    defaults = mapAttrs (_: key: key.default) shutdown.keys;
  };
}
