# Another module has a word in one of the specs. What it overrides is never evaluated.
{ lib, ... }:
{
  virtualisation.libvirt.connections."qemu:///system".domains.merged.spec = {
    memory = 2;
    title = lib.mkIf false (throw "evaluated");
    cpu.check = "none";
    devices = {
      emulator = lib.mkForce "/bin/true";
      disk = lib.mkAfter [ { type = "file"; source.file = "/z"; target.dev = "vdz"; } ];
    };
  };
}
