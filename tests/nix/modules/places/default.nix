# Mistakes in the options, with comments as in ../../places.
{ lib, config, ... }:
{
  imports = [ ./other.nix ];
  virtualisation.libvirt.enable = true;
  virtualisation.libvirt.connections."qemu:///system" = {
    domains.as-it-is.spec = {
      type = "kvm";
      memory = 1;
      os.type = "hvm";
      titel = "x"; # at titel: domains[0].spec.titel
      devices.disk = [
        { type = "file"; source.file = "/a"; target.dev = "vda"; }
        { type = "file"; source.file = "/b"; target.dve = "vdb"; target.dev = "vdb"; } # at target: domains[0].spec.devices.disk[1].target.dve
      ];
    };
    domains.by-template = {
      template = "linux";
      args = {
        memory = "4 GB"; # at memory: domains[1].spec.memory
        titel = "x"; # at titel: domains[1].spec.titel
      };
    };
    domains.merged.spec = {
      type = "kvm";
      memory = lib.mkDefault 1;
      os.type = "hvm";
      # Conditions, and paths, which are made strings, are no plain data.
      os.kernel = /kernel;
      vpcu = lib.mkIf true 1; # at vpcu: domains[2].spec.vpcu
      features = lib.mkIf true { apci = { }; }; # near features: domains[2].spec.features.apci
      cpu.mdoe = "custom"; # at cpu: domains[2].spec.cpu.mdoe
      clock = lib.mkMerge [ { offset = "utc"; } { timre = [ ]; } ]; # near clock: domains[2].spec.clock.timre
      devices.emulator.value = throw "evaluated"; # near devices: domains[2].spec.devices.disk[0].target.dve
      # Which elements of a list are whose, nobody knows beforehand.
      devices.disk = [ { type = "file"; source.file = "/c"; target.dve = "vda"; target.dev = "vda"; } ];
    };
    # A leaf that is made of another one of the same spec.
    domains.own.spec = {
      type = "kvm";
      memory = 1;
      os.type = "hvm";
      description = config.virtualisation.libvirt.connections."qemu:///system".domains.own.spec.type;
      os.arhc = "x86_64"; # at os: domains[3].spec.os.arhc
    };
    pools.p = {
      spec.type = "dir";
      spec.target.path = "/p";
      volumes.v.spec.target.format.type = "raw";
      volumes.v.spec.capacity = "a lot"; # at volumes: pools[0].volumes[0].spec.capacity
    };
  };
}
