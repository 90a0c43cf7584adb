# An Intel Q35 machine: PCI Express, and SATA in place of IDE.
host:
import ./machine.nix host {
  chipset = "q35";
  cdrom = {
    dev = "sdc";
    bus = "sata";
  };
}
