# libvirt for flake-parts: hosts that are no NixOS, or not this user's, declared in a flake.
#
#   perSystem.libvirt.hosts.lab.connections."qemu+ssh://root@lab/system".domains.web = { ... };
#
# gives, for each host, the packages `libvirt-lab-plan` and `libvirt-lab-apply`, which are apps as
# well (`nix run .#libvirt-lab-apply`), and the check `libvirt-lab`, which compiles the bundles.
{ common }:
{ lib, flake-parts-lib, ... }:
{
  options.perSystem = flake-parts-lib.mkPerSystemOption (
    { config, pkgs, ... }:
    let
      inherit (common { inherit lib pkgs; })
        compiler
        connections
        hostFor
        shared
        ;
      inherit (lib) mkOption mkPackageOption types;

      program =
        name: host: action:
        let
          script = scriptOf name host action;
        in
        script
        // {
          meta = script.meta or { } // {
            description = "${
              if action == "plan" then "Say what `apply` would change of" else "Apply what is declared of"
            } the libvirt objects of ${name}";
          };
        };
      scriptOf =
        name: host: action:
        pkgs.writeShellScriptBin "libvirt-${name}-${action}" ''
          exec ${
            lib.escapeShellArgs (
              host.build.command {
                inherit action;
                inherit (host) verbose;
              }
            )
          } "$@"
        '';
      # Every program of every host.
      programs = lib.concatMapAttrs (
        name: host:
        builtins.listToAttrs (
          map (action: lib.nameValuePair "libvirt-${name}-${action}" (program name host action)) [
            "plan"
            "apply"
          ]
        )
      ) config.libvirt.hosts;
      # They are applied to apart, so that nothing else could say it.
      machines = lib.concatLists (
        lib.mapAttrsToList (
          name: host:
          map (map (machine: machine // {
            at = "perSystem.libvirt.hosts.${lib.strings.escapeNixIdentifier name}.${lib.removePrefix "virtualisation.libvirt." machine.at}";
            uri = "${name} ${machine.uri}";
          })) host.build.machines
        ) config.libvirt.hosts
      );
      warned = lib.foldr lib.warn programs (map (message: "nixvirt: ${message}") (shared machines));
    in
    {
      options.libvirt.hosts = mkOption {
        type = types.attrsOf (
          types.submodule (
            { config, options, ... }:
            {
              options = {
                package = mkPackageOption pkgs "libvirt" { };
                inherit compiler;
                verbose = mkOption {
                  type = types.bool;
                  default = false;
                  description = "Whether what is done is told in detail.";
                };
                connections = connections "qemu+ssh://root@host/system";
                build = mkOption {
                  type = types.raw;
                  internal = true;
                  readOnly = true;
                  default = hostFor {
                    inherit (config) compiler package;
                    inherit (options) connections;
                    # Whose packages the host has not.
                    isHere = false;
                  };
                  description = "What is built of the connections: `bundles` by URI, and `command`.";
                };
              };
            }
          )
        );
        default = { };
        description = "Hosts whose libvirt is declared in this flake, by a name to call them.";
      };

      config = {
        packages = warned;
        apps = lib.mapAttrs (name: package: {
          type = "app";
          program = "${package}/bin/${name}";
          meta = { inherit (package.meta) description; };
        }) programs;
        checks = lib.concatMapAttrs (
          name: host:
          lib.mapAttrs' (
            uri: bundle: lib.nameValuePair "libvirt-${name}-${lib.strings.sanitizeDerivationName uri}" bundle
          ) host.build.bundles
        ) config.libvirt.hosts;
      };
    }
  );
}
