# An Intel 440FX machine, for guests too old to boot from anything newer.
host:
import ./machine.nix host {
  chipset = "pc";
  cdrom = {
    dev = "hdc";
    bus = "ide";
  };
}
