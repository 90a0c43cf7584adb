# The options of one object: what NixVirt's have, and what they may be given as instead of an XML.
{ lib }:
let
  inherit (lib) mkOption types;
  spec = (import ./freeform.nix { inherit lib; }).type;
  record = (import ./record.nix { inherit lib; }).type;
  collection = import ./collection.nix { inherit lib; };

  orNull =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  codes =
    what: kind:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "image-in-use-twice" ];
      description = "${what}, for this ${kind} alone: codes as messages show them.";
    };

  # What every object may be given as, of which it has exactly one.
  given = kind: {
    definition = orNull types.path "Path to the XML that defines the ${kind}.";
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
    allow = codes "What breaks one of these rules is not said" kind;
    warn = codes "What breaks one of these rules is a warning" kind;
  }
  // (
    if kind == "volume" then
      { }
    else
      {
        protect = orNull types.bool "Whether the ${kind} is kept from being removed once it is no longer declared: that is an error then (null: no).";
      }
  )
  // {
    # Only whoever takes a list and a set by name together needs it.
    name = orNull types.str "Name of the ${kind}, if its `spec` or its template's `args` have none.";
  };

  # What the templates of a kind take, a line for each argument.
  arguments =
    kind:
    let
      templates = (import ../../templates/arguments.nix).${kind};
      having = name: builtins.filter (template: templates.${template} ? ${name}) (builtins.attrNames templates);
      line =
        name: argument:
        let
          some = having name;
          only =
            if builtins.length some == builtins.length (builtins.attrNames templates) then
              ""
            else
              " (of ${lib.concatMapStringsSep ", " (template: "`${template}`") some})";
        in
        "* `${name}`${only}: ${argument.doc} Expected ${argument.expected}.";
    in
    lib.concatStringsSep "\n" (lib.mapAttrsToList line (lib.foldl' (all: more: all // more) { } (builtins.attrValues templates)));

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
        the template's own but a key of libvirt's format is merged into what it makes. `nixvirt-compile explain linux` (or another
        template) says what is taken where nothing is given.

        ${arguments kind}
      '';
    };
  };

  # NixVirt's, of all that can run.
  running = kind: {
    active = orNull types.bool "Whether the ${kind} is to be active (null: as it is).";
    restart =
      orNull
        (types.either types.bool (
          types.enum [
            "always"
            "never"
          ]
        ))
        "Whether to restart the ${kind} when it is applied: \"always\" (or true), \"never\" (or false); null: only for a change that takes it.";
    autostart = orNull types.bool "Whether libvirt starts the ${kind} by itself when the host boots (null: as it is).";
  };

  # How to stop a machine. `partial` is what one domain says of it: what that leaves out, its connection says.
  shutdownOptions = {
    method = {
      type = types.enum [
        "acpi"
        "agent"
        "destroy"
      ];
      default = "acpi";
      description = "How to stop a machine: by its power button, by its guest agent, or at once.";
    };
    timeout = {
      type = types.ints.unsigned;
      default = 60;
      description = "How many seconds the guest may take.";
    };
    "then" = {
      type = types.enum [
        "destroy"
        "fail"
      ];
      default = "fail";
      description = "What comes after that time: the machine is stopped at once, or goes on and that is an error. What changed is then in force at its next start.";
    };
  };
  shutdown = {
    whole = orNull (record {
      name = "shutdown";
      options = builtins.mapAttrs (_: mkOption) shutdownOptions;
    }) "How to stop the machines that are to be stopped or restarted (null: the power button; one that has not stopped after 60 seconds goes on, and that is an error).";
    partial = orNull (record {
      name = "shutdown";
      options = builtins.mapAttrs (
        _: option:
        orNull option.type "${option.description} Null is as the connection says, else `${builtins.toJSON option.default}`."
      ) shutdownOptions;
    }) "How to stop this machine where it is to be stopped or restarted (null: as the connection says).";
    defaults = builtins.mapAttrs (_: option: option.default) shutdownOptions;
  };

  live = orNull types.bool ''
    Whether to apply to a running machine what can be applied while it runs, without a restart (null: as the connection
    says; else true).
  '';

  # A path alone is a program, also as a string. What has more words is a command, or a whole script.
  isPath =
    value:
    types.path.check value && !(builtins.isString value && builtins.match ".*[[:space:]].*" value != null);
  hooksFor =
    kind: events:
    orNull (record {
      name = "set of hooks";
      options = builtins.mapAttrs (
        _: when:
        orNull (types.either (types.addCheck types.path isPath) types.lines) ''
          What the host runs ${when}: a command or script, or the path of a program (without white space). It gets
          libvirt's arguments, and the ${kind}'s XML on standard input.
        ''
      ) events;
    }) "What libvirt calls for this ${kind} alone.";

  volume = record {
    name = "volume";
    options = {
      present = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the volume is to exist.";
      };
    }
    // given "volume"
    // {
      name = orNull types.str "Name of the volume; one that is not to be `present` needs no more.";
      source = orNull (record {
        name = "source";
        options = {
          image = orNull types.path "The image whose content the volume gets when it is made, such as a package that fetches or builds one. One that is packed by xz, zstd or gzip is unpacked, and one of another format is converted.";
          backing = orNull types.path "The image that the volume lies on top of, instead of `image`: it is put into the pool once, for all volumes on top of it.";
          format = orNull (types.enum [
            "raw"
            "qcow2"
            "qed"
            "vdi"
            "vhdx"
            "vmdk"
            "vpc"
          ]) "The format of the image (null: as its first bytes say).";
          onChange = orNull (types.enum [
            "keep"
            "replace"
          ]) "What becomes of the volume when the image has changed since (null: `keep`): it stays as it is, or is made anew and loses what was written to it. A running machine with it is stopped for that and started again.";
        };
      }) "What the volume gets into it when it is made (null: nothing).";
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
          inherit live;
          shutdown = shutdown.partial;
          saved =
            orNull
              (types.enum [
                "resume"
                "discard"
              ])
              "What becomes of the machine's saved state, as a host that shuts down leaves one (null: `resume`): its next start goes on with it, or it is given up, and what was in the machine's memory with it.";
          onRemove = orNull (record {
            name = "remains";
            options = builtins.mapAttrs (
              _: what:
              orNull (types.enum [
                "keep"
                "delete"
              ]) "What becomes of ${what} once the machine is no longer declared (null: `keep`). A later machine of the same name inherits what is kept."
            ) {
              nvram = "its UEFI variables";
              tpm = "the state of its TPM";
            };
          }) "What becomes of what a machine leaves behind once it is no longer declared (null: it is kept).";
          hooks = hooksFor "domain" {
            prepare = "before it prepares the machine's resources";
            start = "before it starts the machine";
            started = "once the machine runs";
            stopped = "once the machine has stopped";
            release = "once the machine's resources are released";
          };
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
        // running "network"
        // {
          hooks = hooksFor "network" {
            start = "before it starts the network";
            started = "once the network is up";
            stopped = "once the network is down";
            port-created = "before a machine's port is on the network";
            port-deleted = "once a machine's port is off the network";
            updated = "once the network has been changed while it was up";
          };
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
    pools = record {
      name = "pool";
      options =
        given "pool"
        // running "pool"
        // {
          build = mkOption {
            type = types.bool;
            default = true;
            description = ''
              Whether the folder of a pool of type `dir` is made where it is missing, when the pool is defined for the
              first time. What was there before is never touched.
            '';
          };
          volumes = mkOption {
            type = collection volume;
            default = [ ];
            description = "Volumes to create where they are missing: a list, or a set by name.";
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
            description = ''
              The file on the host that holds the value. It is read when objects are applied, and never copied to the
              store.
            '';
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
      description = "The ${plural} of libvirt: a list, or a set by name (null: none of them is touched).";
    }
  ) kinds;
  inherit shutdown live;
}
