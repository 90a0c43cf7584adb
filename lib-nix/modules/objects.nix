# The options of one object: what NixVirt's have, and what they may be given as instead of an XML.
{ lib }:
let
  inherit (lib) mkOption types;
  spec = (import ./freeform.nix { inherit lib; }).type;
  record = import ./record.nix { inherit lib; };
  collection = import ./collection.nix { inherit lib; };

  orNull =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  # What every object may be given as, of which it has exactly one.
  given = kind: {
    definition = orNull types.path "path to ${kind} definition XML";
    spec = mkOption {
      type = types.nullOr spec;
      default = null;
      example = {
        name = "example";
      };
      description = ''
        The ${kind} as libvirt's format has it, instead of a `definition`. Every leaf can be defined,
        merged and overridden like an option. `nixvirt-compile explain --kind ${kind}` says what may
        stand in it, and the build says what is wrong with it. In a set by name, `name` need not be
        given.
      '';
    };
    # Only whoever takes a list and a set by name together needs it.
    name = orNull types.str "name of the ${kind}, if its `spec` or its template's `args` have none";
  };

  template = kind: names: example: {
    template = mkOption {
      type = types.nullOr (types.enum names);
      default = null;
      example = builtins.head names;
      description = "The template that makes the ${kind} of `args`, instead of a `definition` or `spec`.";
    };
    args = mkOption {
      type = spec;
      default = { };
      inherit example;
      description = ''
        The arguments of `template`, such as `${builtins.head (builtins.attrNames example)}`. What is no argument of
        the template's own but a key of libvirt's format is merged into what it makes.
      '';
    };
  };

  # NixVirt's, of all that can run.
  running = kind: {
    active = orNull types.bool "state to put the ${kind} in (or null for ignore)";
    restart = orNull types.bool "whether to restart on activation (or null to only restart when changed)";
    autostart = orNull types.bool "whether libvirt starts the ${kind} by itself when the host boots (or null for ignore)";
  };

  shutdown = orNull (record {
    name = "shutdown";
    options = {
      method = mkOption {
        type = types.enum [
          "acpi"
          "agent"
          "destroy"
        ];
        default = "acpi";
        description = "How to stop a machine: by its power button, by its guest agent, or at once.";
      };
      timeout = mkOption {
        type = types.ints.unsigned;
        default = 60;
        description = "How many seconds the guest may take.";
      };
      "then" = mkOption {
        type = types.enum [
          "destroy"
          "fail"
        ];
        default = "destroy";
        description = "What comes after that time: the machine is stopped at once, or goes on and that is an error.";
      };
    };
  }) "How to stop a machine that is to be stopped or restarted (null: as the connection says; else at once).";

  live = orNull types.bool ''
    Whether to apply to a running machine what can be applied while it runs, without a restart (null: as the connection
    says; else true).
  '';

  hook =
    when:
    orNull (types.either types.path types.lines) "Script, or path to one, that the host runs ${when}; libvirt gives it the machine's XML on standard input.";
  hooks = orNull (record {
    name = "set of hooks";
    options = {
      prepare = hook "before it prepares the machine's resources";
      start = hook "before it starts the machine";
      started = hook "once the machine runs";
      stopped = hook "once the machine has stopped";
      release = hook "once the machine's resources are released";
    };
  }) "Hooks of libvirt's for this machine alone.";

  volume = record {
    name = "volume";
    options = {
      present = mkOption {
        type = types.bool;
        default = true;
        description = "whether the volume should exist";
      };
    }
    // given "volume"
    // {
      name = orNull types.str "name of the volume (for present=false)";
    };
  };

  kinds = {
    domains = record {
      name = "domain";
      options =
        given "domain"
        // template "domain" [ "linux" "windows" "pc" "q35" ] {
          name = "example";
          memory = {
            count = 4;
            unit = "GiB";
          };
        }
        // running "domain"
        // {
          inherit shutdown live hooks;
        };
    };
    networks = record {
      name = "network";
      options =
        given "network"
        // template "network" [ "bridge" ] {
          name = "example";
          subnet_byte = 74;
        }
        // running "network";
    };
    pools = record {
      name = "pool";
      options =
        given "pool"
        // running "pool"
        // {
          volumes = mkOption {
            type = collection volume;
            default = [ ];
            description = "volumes to create if missing";
          };
        };
    };
    nwfilters = record {
      name = "network filter";
      options = given "nwfilter";
    };
    secrets = record {
      name = "secret";
      options = given "secret" // {
        value = orNull (record {
          name = "value";
          options.file = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "/run/secrets/example";
            description = "The file on the host that holds the value. It is read when objects are applied, and never copied to the store.";
          };
        }) "The value of the secret.";
      };
    };
  };
in
{
  # The options of a connection.
  collections = builtins.mapAttrs (
    plural: object:
    mkOption {
      type = types.nullOr (collection object);
      default = null;
      description = "libvirt ${plural}: a list, or a set by name (null: none of them is touched)";
    }
  ) kinds;
  inherit shutdown live;
}
