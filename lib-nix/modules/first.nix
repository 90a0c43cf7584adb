# The option of the first NixVirt: one list of domains, each with its connection. It goes on working and says what
# to write now.
uri:
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.libvirt;
  states = {
    running = true;
    stopped = false;
    ignore = null;
  };
  domain = {
    options = {
      connection = mkOption {
        type = types.str;
        default = uri;
        description = "URI of the connection that the domain is on.";
      };
      definition = mkOption {
        type = types.path;
        description = "Path of the XML that defines the domain.";
      };
      active = mkOption {
        type = types.nullOr types.bool;
        default = null;
        description = "Whether the domain runs (null: as it is).";
      };
      state = mkOption {
        type = types.enum (builtins.attrNames states);
        default = "ignore";
        description = "The same in words, as it once was.";
      };
      auto = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the domain starts with the host if it is to run.";
      };
    };
  };
  now =
    { definition, active, state, auto, ... }:
    let
      runs = if active == null then states.${state} else active;
    in
    {
      inherit definition;
      active = runs;
      autostart = if auto && runs != null then runs else null;
    };
in
{
  options.virtualisation.libvirt.domains = mkOption {
    type = types.listOf (types.submodule domain);
    default = [ ];
    visible = false;
    description = "The first NixVirt's list of domains; now `connections.<uri>.domains`.";
  };

  config = lib.mkIf (cfg.domains != [ ]) {
    virtualisation.libvirt.connections = builtins.mapAttrs (_: domains: {
      domains = map now domains;
    }) (builtins.groupBy (domain: domain.connection) cfg.domains);
    warnings = [
      (
        "virtualisation.libvirt.domains is the first NixVirt's option: write "
        + "`virtualisation.libvirt.connections.${builtins.toJSON uri}.domains` with the same list, each domain without its `connection`."
      )
    ];
  };
}
