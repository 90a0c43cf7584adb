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
      inherit (common { inherit lib pkgs; }) compilerOption connection hostFor;
      inherit (lib) mkOption types;

      program =
        name: host: action:
        pkgs.writeShellScriptBin "libvirt-${name}-${action}" ''
          exec ${
            lib.escapeShellArgs (
              (hostFor host).command {
                inherit action;
                inherit (host) connections verbose;
              }
            )
          } "$@"
        ''
        // {
          meta = {
            description = "${
              if action == "plan" then "Says what `apply` would change of" else "Applies what is declared of"
            } the libvirt objects of ${name}";
            mainProgram = "libvirt-${name}-${action}";
          };
        };
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
    in
    {
      options.libvirt.hosts = mkOption {
        type = types.attrsOf (
          types.submodule {
            options = {
              package = mkOption {
                type = types.package;
                default = pkgs.libvirt;
                defaultText = lib.literalExpression "pkgs.libvirt";
                description = "libvirt package to use";
              };
              compiler = compilerOption;
              verbose = mkOption {
                type = types.bool;
                default = false;
                description = "Verbose output (for debugging)";
              };
              connections = mkOption {
                type = types.attrsOf (types.submodule connection);
                default = { };
                description = "set of objects, keyed by hypervisor connection URI";
              };
            };
          }
        );
        default = { };
        description = "Hosts whose libvirt is declared in this flake, by a name to call them.";
      };

      config = {
        packages = programs;
        apps = lib.mapAttrs (name: package: {
          type = "app";
          program = "${package}/bin/${name}";
          meta.description = package.meta.description;
        }) programs;
        checks = lib.concatMapAttrs (
          name: host:
          lib.mapAttrs' (
            uri: bundle: lib.nameValuePair "libvirt-${name}-${lib.strings.sanitizeDerivationName uri}" bundle
          ) ((hostFor host).bundles host.connections)
        ) config.libvirt.hosts;
      };
    }
  );
}
