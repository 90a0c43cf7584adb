# The options under `virtualisation.libvirt`, for NixOS, Home Manager and flake-parts alike.
{
  lib,
  # The compiler that is taken by default.
  compiler,
}:
let
  inherit (lib) mkEnableOption mkOption mkPackageOption types;
  objects = import ./objects.nix { inherit lib; };

  package =
    what:
    mkOption {
      type = types.nullOr types.path;
      default = null;
      description = ''
        For templates: the ${what}, as a package or a path of the connection's host (null: nixpkgs' on the host that the
        configuration is for, and on any other what libvirt has there).
      '';
    };

  # What the compiler's tables say of a connection: those keys that a bundle has, too.
  inherit (import ../keys.nix) host;

  # The kinds that no module sets. A `null` that somebody has written is another matter: it leaves a kind alone.
  unset =
    { options, ... }:
    {
      options.unset = mkOption {
        type = types.listOf types.str;
        internal = true;
        readOnly = true;
        default = builtins.filter (kind: options.${kind}.highestPrio >= byDefault) (
          builtins.attrNames objects.collections
        );
      };
    };
  byDefault = (lib.mkOptionDefault null).priority;

  connection = (import ./own.nix).module "nixvirt#connection" (
    objects.collections
    // {
      prune = mkOption {
        type = types.enum host.prune.words;
        inherit (host.prune) default;
        description = ''
          ${host.prune.doc} A kind of object that no module sets is a kind of which nothing is declared, except that `all` is
          then `declared`; one that is set to `null` is left alone.
        '';
      };
      owner = mkOption {
        type = types.nullOr types.nonEmptyStr;
        default = null;
        example = "lab";
        description = host.owner.doc;
      };
      check = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the build fails on the compiler's warnings, too.";
      };
      unknown = mkOption {
        type = types.enum [
          "deny"
          "warn"
        ];
        default = "deny";
        description = ''
          What becomes of what libvirt's formats do not have, or miss: an error, or with `warn` a warning, for moving over
          from NixVirt. What is unknown is left out then.
        '';
      };
      libvirt = mkOption {
        type = types.nullOr (types.strMatching "[0-9]{1,3}([.][0-9]{1,3}){1,2}");
        default = null;
        example = "11.3.0";
        description = ''
          ${host.libvirt.doc} By default, it is that of the libvirt package on the host that the configuration is for, and on
          any other the newest known one.
        '';
      };
      salt = mkOption {
        type = types.nullOr types.nonEmptyStr;
        default = null;
        example = "lab";
        description = host.salt.doc;
      };
      allow = objects.codes host.allow.doc;
      warn = objects.codes host.warn.doc;
      external = mkOption {
        type = types.attrsOf (types.listOf types.str);
        default = { };
        example = {
          networks = [ "default" ];
        };
        description = host.external.doc;
      };
      qemu = package "QEMU, whose `bin` has the emulators";
      ovmf = package "OVMF, whose `FV` has the firmware for `windows`";
      virtio-win = package "disc image with the Windows drivers";
      inherit (objects) live;
      shutdown = objects.shutdown.whole;
    }
  );

  inherit (import ./record.nix { inherit lib; }) bare;

  # What an option of a collection shows.
  shown =
    given:
    if given == null then
      null
    else if builtins.isList given then
      map object given
    else
      builtins.mapAttrs (_: object) given;
  object =
    given: bare given // (if given ? volumes then { volumes = shown given.volumes; } else { });

  connections =
    uri:
    mkOption {
      type = types.attrsOf (types.submodule [
        connection
        unset
      ]);
      default = { };
      example = {
        ${uri}.domains.example = {
          template = "linux";
          args.memory = {
            count = 4;
            unit = "GiB";
          };
          active = true;
        };
      };
      description = "The objects, by the URI of libvirt's connection (such as `${uri}`).";
      # What objects were defined as is for nobody but us to see.
      apply = builtins.mapAttrs (
        _: found: found // builtins.mapAttrs (plural: _: shown found.${plural}) objects.collections
      );
    };

  compilerOption = mkOption {
    type = types.package;
    default = compiler;
    defaultText = lib.literalMD "nixvirt's, for the platform that builds (`pkgs.stdenv.buildPlatform`)";
    example = lib.literalExpression "inputs.nixvirt.packages.x86_64-linux.compile";
    description = ''
      The compiler of the specs, a package with `bin/nixvirt-compile`. It runs on the package's own platform. Name the package
      of another platform where the machine that builds the configuration cannot run the host's programs.
    '';
  };
in
{
  inherit connections;
  compiler = compilerOption;

  # The value of the option `connections` before `apply`: with what objects were defined as.
  read =
    option:
    (lib.mergeDefinitions option.loc option.type option.definitionsWithLocations).mergedValue;

  # Of `virtualisation.libvirt`, in NixOS and Home Manager.
  options = pkgs: uri: {
    enable = mkEnableOption "management of libvirt objects";
    package = mkPackageOption pkgs "libvirt" { };
    compiler = compilerOption;
    verbose = mkOption {
      type = types.bool;
      default = false;
      description = "Whether what is done is told in detail.";
    };
    swtpm.enable = mkEnableOption "software TPMs, by making the emulator available to libvirt";
    connections = connections uri;
    build = mkOption {
      type = types.attrsOf types.raw;
      internal = true;
      readOnly = true;
      description = "What is built of the connections: `bundles` by URI, and the program `plan`.";
    };
  };
}
