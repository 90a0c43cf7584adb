# README's machines from nothing, as printed, up to the bundle of their host. Two parts of others have stand-ins: the image that
# `pkgs.fetchurl` would fetch, and the system that `nixosSystem` would build, which is Debian's kernel and a small initrd.
{
  # nixpkgs' lib, whose module system takes the block; without it, the lib takes the connection that the block has.
  nixpkgsLib ? null,
  # Folders with bin/nixvirt-compile and bin/nixvirt-apply.
  nixvirt,
  apply ? "/APPLY",
  # The block of README, in braces.
  file,
  # The stand-ins: the cloud's image, and the kernel and the initrd of the NixOS.
  image,
  kernel,
  initrd,
}:
let
  packages = import ./nixpkgs-standin/packages.nix builtins.currentSystem;
  pkgs = packages // {
    fetchurl = { url, hash }: packages.runCommand (baseNameOf url) { } "cp ${image} $out";
    # The program of the system that runs when the store is mounted: it answers by HTTP what it is.
    system =
      kernelParams:
      packages.runCommand "nixos-system-web" { } ''
        mkdir -p $out/bin
        cp ${kernel} $out/kernel
        cp ${initrd} $out/initrd
        printf '%s' '${toString kernelParams} dhcp' > $out/kernel-params
        printf '%s\n' '#!/bin/busybox sh' \
          'ip link set eth0 up; for _ in 1 2 3 4 5; do udhcpc -i eth0 -s /etc/lease -q -n -t 20 -T 1 && break; done' \
          "mkdir -p /srv; echo $out > /srv/system; httpd -f -h /srv" > $out/init
        chmod +x $out/init
      '';
  };
  closure-image = import ../../lib-nix/closure-image.nix pkgs;
  # Where there is no hardware for it, or a kernel hangs on what is there, QEMU emulates the machines.
  emulated = {
    type = "qemu";
    cpu = null;
  };

  # The block, with the names that a configuration has around it.
  blockWith =
    nixosSystem:
    builtins.scopedImport {
      inherit pkgs;
      inputs = {
        nixvirt.nixosModules.guest = ../../lib-nix/modules/guest.nix;
        nixpkgs.lib = { inherit nixosSystem; };
      };
    } file;

  byModules =
    let
      lib = import nixpkgsLib;
      configuration = import ./configuration.nix {
        inherit
          lib
          nixvirt
          apply
          pkgs
          closure-image
          ;
        qemu = "/usr";
      };
      system = import ./nixpkgs-standin/system.nix { inherit lib pkgs; };
      evaluated = configuration.nixos [
        (blockWith ({ modules, ... }: system modules))
        {
          virtualisation.libvirt.enable = true;
          virtualisation.libvirt.connections."qemu:///system".domains = {
            debian.args = emulated;
            web.args = emulated;
          };
        }
      ];
    in
    evaluated.config.virtualisation.libvirt.build.bundles."qemu:///system";

  byLib =
    let
      lib = import ../../lib-nix {
        inherit nixvirt closure-image;
        qemu = "/usr";
        ovmf = null;
        virtio-win = null;
        system = builtins.currentSystem;
      };
      nixosSystem = _: {
        config = rec {
          boot.kernelParams = [ "console=ttyS0" ];
          system.build.toplevel = pkgs.system boot.kernelParams;
        };
      };
      # Objects by name, as entries of a bundle.
      named =
        more:
        builtins.mapAttrs (
          name: entry:
          let
            key = if entry ? template then "args" else "spec";
          in
          entry
          // {
            ${key} = {
              inherit name;
            }
            // entry.${key} or { }
            // more;
          }
        );
      entries = more: objects: builtins.attrValues (named more objects);
      host = (blockWith nixosSystem).virtualisation.libvirt.connections."qemu:///system";
    in
    lib.writeAll (
      host
      // {
        # The firewall is the module's.
        networks = map (network: removeAttrs network [ "openFirewall" ]) (entries { } host.networks);
        domains = entries emulated host.domains;
        pools = map (pool: pool // { volumes = entries { } pool.volumes; }) (entries { } host.pools);
      }
    );
in
if nixpkgsLib == null then byLib else byModules
