# virtualisation.libvirt for NixOS: NixVirt's module, with libvirt's daemon and our service.
{ common }:
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (common { inherit lib pkgs; }) hostFor shared;
  libvirtOptions = (common { inherit lib pkgs; }).options;
  uris = import ./uri.nix;
  systemd = import ./systemd.nix { inherit lib; };
  cfg = config.virtualisation.libvirt;
  host = hostFor {
    inherit (cfg) compiler package;
    inherit (options.virtualisation.libvirt) connections;
    hasFirewall = true;
    inherit version;
  };
  # The daemon's, as far as its package says.
  version =
    let
      found = config.virtualisation.libvirtd.package.version or null;
    in
    if found != null && builtins.match "[0-9]{1,3}([.][0-9]{1,3}){1,2}" found != null then found else null;
  command = action: host.command {
    inherit action;
    inherit (cfg) verbose;
    # nixpkgs builds libvirt to look for its configuration there.
    arguments = [
      "--hooks-dir"
      "/var/lib/libvirt/hooks"
    ];
  };
  sessions = builtins.filter uris.isSession (builtins.attrNames host.bundles);

  # Nested options, or those of a submodule.
  qemuOptions =
    let
      found = options.virtualisation.libvirtd.qemu or { };
    in
    if found ? type then found.type.getSubOptions [ ] else found;

  tools = [ pkgs.qemu-utils ] ++ lib.optional cfg.swtpm.enable pkgs.swtpm;

  # libvirt's one daemon, or one for each driver; nixpkgs starts the former.
  modular =
    systemd.modular
    # Few hosts have mediated devices.
    ++ lib.optional (lib.any (connection: (connection.nodedevs or null) != null) (
      lib.attrValues cfg.connections
    )) "virtnodedevd";
  starts = units: name: units ? ${name} && units.${name}.enable && units.${name}.wantedBy != [ ];
  isModular =
    starts config.systemd.services "virtqemud" || starts config.systemd.sockets "virtqemud";
in
{
  imports = [ (import ./first.nix "qemu:///system") ];

  options.virtualisation.libvirt = libvirtOptions pkgs "qemu:///system" // {
    daemons = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default =
        if isModular then
          modular
        else if config.virtualisation.libvirtd.enable then
          [ "libvirtd" ]
        else
          [ ];
      defaultText = lib.literalMD ''
        `[ "virtqemud" "virtnetworkd" "virtstoraged" "virtnwfilterd" "virtsecretd" ]` (and `"virtnodedevd"` where `nodedevs` are declared) where
        `virtqemud` is started by the host or has a socket that is, else `[ "libvirtd" ]`
      '';
      description = "The services of libvirt's that are to run before objects are applied.";
    };
  };

  config = lib.mkMerge [
    {
      virtualisation.libvirt.build = lib.optionalAttrs cfg.enable {
        inherit (host) bundles;
        plan = pkgs.writeShellScriptBin "nixvirt-plan" ''
          exec ${lib.escapeShellArgs (command "plan")} "$@"
        '';
      };
    }
    (lib.mkIf cfg.enable {
      assertions = map (message: {
        assertion = false;
        inherit message;
      }) host.problems;
      warnings = map (
        uri:
        "virtualisation.libvirt.connections.${builtins.toJSON uri}: NixOS applies this as root, so it is the session of root, "
        + "which no user sees. What users have is declared in their Home Manager, what all see in \"qemu:///system\"."
      ) sessions
      ++ shared host.machines;

      environment.systemPackages = tools;
      networking.firewall.interfaces = host.openings;

      virtualisation.libvirtd = {
        enable = lib.mkDefault true;
        package = lib.mkDefault cfg.package;
        qemu = {
          swtpm = lib.mkIf cfg.swtpm.enable {
            enable = true;
            package = pkgs.swtpm;
          };
        }
        # libvirt finds virtiofsd by its description, which is where nixpkgs puts those of these packages.
        // lib.optionalAttrs (qemuOptions ? vhostUserPackages) {
          vhostUserPackages = lib.mkIf host.hasVirtiofs [ pkgs.virtiofsd ];
        };
      }
      # nixpkgs empties libvirt's folders of hooks whenever a daemon starts, except for what is installed here: a script
      # that runs what nixvirt-apply keeps in /var/lib/nixvirt/hooks. libvirt calls a hook only if it was there when the
      # daemon started.
      // lib.optionalAttrs (options.virtualisation.libvirtd ? hooks) {
        hooks = lib.mkIf (host.bundles != { }) (
          lib.genAttrs [ "qemu" "lxc" "network" ] (_: {
            nixvirt = pkgs.writeShellScript "nixvirt-hook" (
              lib.removePrefix "#!/bin/sh\n" (builtins.readFile ../../apply/src/hooks/dispatch.sh)
            );
          })
        );
      };

      systemd.services.nixvirt = lib.mkIf (host.bundles != { }) (
        let
          daemons = map (name: "${name}.service") cfg.daemons;
        in
        {
          inherit (systemd) description;
          wantedBy = [ "multi-user.target" ];
          requires = daemons;
          after = daemons ++ systemd.after;
          # Of the mounts that pools are on, also those that boot does not wait for. One that fails is no reason to
          # leave out all that is not on it, which `RequiresMountsFor` would.
          unitConfig.WantsMountsFor = lib.mkIf (host.folders != [ ]) (map systemd.mount host.folders);
          path = tools;
          # The command line names the bundles, so a changed bundle is a changed service.
          reloadIfChanged = true;
          restartTriggers = builtins.attrValues host.bundles;
          serviceConfig =
            systemd.service (command "apply")
            // lib.optionalAttrs (sessions == [ ]) (
              systemd.hardened // lib.optionalAttrs host.hasStoreViews systemd.linking
            );
        }
      );
    })
  ];
}
