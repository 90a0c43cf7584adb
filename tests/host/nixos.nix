# What the NixOS module makes of the configurations, as a folder each: nixvirt.service, hooks/DRIVER/NAME, bundle.json.
#
# With nixpkgs' lib, its module system evaluates the whole module. Without, the module's own function is called with what
# little of the lib it uses for the unit and the hooks, and the bundle is made by the lib for flakes.
{
  # A folder with bin/nixvirt-compile, and one with bin/nixvirt-apply.
  nixvirt,
  apply,
  nixpkgsLib ? null,
}:
let
  uri = "qemu:///system";
  packages = import ../nix/nixpkgs-standin/packages.nix builtins.currentSystem;

  modules =
    given:
    (import ../nix/configuration.nix {
      lib = import nixpkgsLib;
      inherit nixvirt apply;
    }).nixos
      [
        {
          virtualisation.libvirt = {
            enable = true;
            connections.${uri} = given.connection;
            inherit (given) daemons;
          };
        }
      ];

  # As much of nixpkgs' lib as lib-nix/modules/nixos.nix uses below `config`.
  lib = rec {
    mkIf = condition: content: if condition then content else { };
    mkMerge = builtins.foldl' merged { };
    mkDefault = value: value;
    mkOption = _: { };
    merged =
      one: other:
      one
      // builtins.mapAttrs (
        name: value:
        if builtins.isAttrs value && builtins.isAttrs (one.${name} or null) then merged one.${name} value else value
      ) other;
    genAttrs =
      names: value:
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = value name;
        }) names
      );
    optional = condition: value: if condition then [ value ] else [ ];
    optionalAttrs = condition: set: if condition then set else { };
    optionalString = condition: text: if condition then text else "";
    removePrefix =
      prefix: text:
      let
        length = builtins.stringLength prefix;
      in
      if builtins.substring 0 length text == prefix then builtins.substring length (-1) text else text;
    concatMapStringsSep =
      separator: function: list:
      builtins.concatStringsSep separator (map function list);
    escapeShellArgs = concatMapStringsSep " " builtins.toJSON;
  };
  byHand =
    given:
    let
      ours = import ../../lib-nix {
        inherit nixvirt;
        qemu = "/QEMU";
        ovmf = "/OVMF";
        virtio-win = "/VIRTIO-WIN";
        system = builtins.currentSystem;
      };
      bundle = ours.writeAll ({ prune = "owned"; } // given.connection);
      config.virtualisation.libvirt = {
        enable = true;
        package = packages.libvirt;
        swtpm.enable = false;
        verbose = false;
        inherit (given) daemons;
      };
      common = _: {
        options = _: _: { };
        hostFor = _: {
          bundles.${uri} = bundle;
          problems = [ ];
          openings = { };
          folders = [ "/var/lib/images" ];
          hasStoreViews = false;
          command =
            { action, arguments, ... }:
            [ "${apply}/bin/nixvirt-apply" action ] ++ arguments ++ [ "--connect" uri "${bundle}/bundle.json" ];
        };
      };
    in
    import ../../lib-nix/modules/nixos.nix { inherit common; } {
      inherit config lib;
      options.virtualisation = {
        libvirt.connections = { };
        libvirtd.hooks = { };
      };
      pkgs = packages;
    };

  # A unit as NixOS writes it: of a list, a line for each.
  section =
    name: settings:
    let
      text = value: if builtins.isBool value then (if value then "true" else "false") else toString value;
      lines = key: map (value: "${key}=${text value}") (
        if builtins.isList settings.${key} then settings.${key} else [ settings.${key} ]
      );
    in
    "[${name}]\n${builtins.concatStringsSep "\n" (builtins.concatMap lines (builtins.attrNames settings))}\n";
  unit =
    service:
    section "Unit" (
      {
        Description = service.description;
        Requires = service.requires;
        After = service.after;
      }
      // service.unitConfig or { }
    )
    + section "Service" (
      {
        # The packages are stand-ins, so that the distribution's programs have to do.
        Environment = "PATH=${builtins.concatStringsSep ":" (map (package: "${package}/bin") service.path)}:/usr/sbin:/usr/bin";
      }
      // service.serviceConfig
    )
    + section "Install" { WantedBy = service.wantedBy; };

  folder =
    name: given:
    let
      config = (if nixpkgsLib == null then byHand else modules) given;
      inherit (config.config) systemd virtualisation;
      hooks = virtualisation.libvirtd.hooks;
      links = builtins.concatMap (
        driver:
        map (hook: "install -D -m 755 ${hooks.${driver}.${hook}} $out/hooks/${driver}/${hook}") (
          builtins.attrNames hooks.${driver}
        )
      ) (builtins.attrNames hooks);
    in
    packages.runCommand name { } ''
      mkdir $out
      cat > $out/nixvirt.service <<'UNIT'
      ${unit systemd.services.nixvirt}UNIT
      ln -s ${virtualisation.libvirt.build.bundles.${uri}}/bundle.json $out/bundle.json
      ${builtins.concatStringsSep "\n" links}
    '';
in
builtins.mapAttrs folder (import ./configurations.nix)
