# virtualisation.libvirt for Home Manager: a user's own libvirt, applied by a user's service.
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
  systemd = import ./systemd.nix { inherit lib; };
  cfg = config.virtualisation.libvirt;
  host = hostFor {
    inherit (cfg) compiler package;
    inherit (options.virtualisation.libvirt) connections;
  };
  command = action: host.command {
    inherit action;
    inherit (cfg) verbose;
  };

  # Of NixOS, of a user's profile, of any other distribution.
  path = [
    (lib.makeBinPath tools)
    "/run/wrappers/bin"
    "%h/.nix-profile/bin"
    "/etc/profiles/per-user/%u/bin"
    "/run/current-system/sw/bin"
    "/usr/local/bin"
    "/usr/bin"
    "/bin"
    "/usr/sbin"
    "/sbin"
  ];
  tools = [ pkgs.qemu-utils ] ++ lib.optional cfg.swtpm.enable pkgs.swtpm;
in
{
  imports = [ (import ./first.nix "qemu:///session") ];

  options.virtualisation.libvirt = libvirtOptions pkgs "qemu:///session";

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
      warnings = shared host.machines;
      home.packages = tools;
    })
    (lib.mkIf (cfg.enable && host.bundles != { }) {
      systemd.user.services.nixvirt = {
        Unit = {
          Description = systemd.description;
          # The activation below starts it; Home Manager's own start would be waited for.
          X-SwitchMethod = "keep-old";
        };
        # At the next login, too.
        Install.WantedBy = [ "default.target" ];
        Service = systemd.service (command "apply") // {
          # libvirt's session daemon is started by whoever connects, and finds these by its path.
          Environment = [
            "PATH=${lib.concatStringsSep ":" path}"
          ];
        };
      };

      # A machine that does not start is no reason for an activation to fail halfway: it starts the
      # service and goes on. Without systemd (in a container, say) there is nobody to ask.
      # It has NixVirt's name, for what other modules have before or after it.
      home.activation.NixVirt = lib.hm.dag.entryAfter [ "reloadSystemd" ] ''
        if [[ -e "''${XDG_RUNTIME_DIR:-/run/user/$UID}/systemd/private" ]]; then
          run ${config.systemd.user.systemctlPath or "systemctl"} --user reload-or-restart --no-block nixvirt.service \
            || warnEcho "nixvirt: the service could not be started: systemctl --user status nixvirt"
        else
          warnEcho "nixvirt: there is no systemd here to apply the virtual machines"
        fi
      '';
      # The name that this module's own documentation once had.
      home.activation.nixvirt = lib.hm.dag.entryAfter [ "NixVirt" ] "";
    })
  ];
}
