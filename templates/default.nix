# The templates: plain functions from a few arguments to the spec of a whole guest or network.
#
# They know nothing but their arguments: what the host brings (QEMU, the firmware, the driver
# disc) comes in here, so that Nix and our own evaluator can read the same files, and so that
# asking for a template builds nothing. Each of the three may be a path, a string or a package; or
# null where it is not known what the host has: then libvirt chooses QEMU and the firmware.
{
  qemu,
  ovmf,
  virtio-win,
}@host:
{
  domain = {
    pc = import ./domain/pc.nix host;
    q35 = import ./domain/q35.nix host;
    linux = import ./domain/linux.nix host;
    windows = import ./domain/windows.nix host;
  };
  network = {
    bridge = import ./network/bridge.nix;
  };
}
