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
  inherit (common { inherit lib pkgs; }) hostFor;
  libvirtOptions = (common { inherit lib pkgs; }).options;
  cfg = config.virtualisation.libvirt;
  host = hostFor cfg;
  command = action: host.command {
    inherit action;
    inherit (cfg) connections verbose;
    # nixpkgs builds libvirt to look for its configuration there.
    arguments = [
      "--hooks-dir"
      "/var/lib/libvirt/hooks"
    ];
  };
  bundles = host.bundles cfg.connections;

  tools = [ pkgs.qemu-utils ] ++ lib.optional cfg.swtpm.enable pkgs.swtpm;

  # libvirt's one daemon, or one for each driver; nixpkgs starts the former.
  modular = [
    "virtqemud"
    "virtnetworkd"
    "virtstoraged"
  ];
  starts = units: name: units ? ${name} && units.${name}.enable && units.${name}.wantedBy != [ ];
  isModular =
    starts config.systemd.services "virtqemud" || starts config.systemd.sockets "virtqemud";
in
{
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
        `[ "virtqemud" "virtnetworkd" "virtstoraged" ]` where `virtqemud` is started by the host or has a socket that
        is, else `[ "libvirtd" ]`
      '';
      description = "The services of libvirt's that are to run before objects are applied.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = tools;

    virtualisation.libvirtd = {
      enable = lib.mkDefault true;
      package = lib.mkDefault cfg.package;
      qemu.swtpm = lib.mkIf cfg.swtpm.enable {
        enable = true;
        package = pkgs.swtpm;
      };
    }
    # libvirt asks for hooks while it runs only if there was one when it started.
    // lib.optionalAttrs (options.virtualisation.libvirtd ? hooks) {
      hooks.qemu = lib.mkIf (host.hasHooks cfg.connections) {
        nixvirt = pkgs.writeShellScript "nixvirt-hook" "exit 0";
      };
    };

    virtualisation.libvirt.build = {
      inherit bundles;
      plan = pkgs.writeShellScriptBin "nixvirt-plan" ''
        exec ${lib.escapeShellArgs (command "plan")} "$@"
      '';
    };

    systemd.services.nixvirt = lib.mkIf (bundles != { }) (
      let
        daemons = map (name: "${name}.service") cfg.daemons;
      in
      {
        description = "Configure libvirt objects";
        wantedBy = [ "multi-user.target" ];
        requires = daemons;
        after = daemons ++ [ "network.target" ];
        path = tools;
        # The command line names the bundles, so a changed bundle is a changed service.
        reloadIfChanged = true;
        restartTriggers = builtins.attrValues bundles;
        serviceConfig = import ./systemd.nix { inherit lib; } (command "apply");
      }
    );
  };
}
