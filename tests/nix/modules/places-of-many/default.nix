# A host of so many objects that only where each begins is said; comments as in ../../places.
{ lib, ... }:
{
  virtualisation.libvirt.enable = true;
  virtualisation.libvirt.connections."qemu:///system".domains = builtins.genList (number: {
    spec = {
      devices.emulator = "/bin/true"; # near devices: domains[99].spec.memory
      name = "vm${toString number}";
      type = "kvm";
      memory = if number == 99 then "much" else 1;
      os.type = "hvm";
    };
  }) 100 ++ [
    {
      spec = {
        description = lib.mkIf true "merged"; # near description: domains[100].spec.titel
        name = "merged";
        type = "kvm";
        memory = 1;
        os.type = "hvm";
        titel = "x";
      };
    }
  ];
}
