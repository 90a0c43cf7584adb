# The templates: plain functions from a few arguments to the spec of a whole guest or network.
#
# They know nothing but their arguments: what the host brings (QEMU, the firmware, the driver
# disc) comes in here, so that Nix and our own evaluator can read the same files, and so that
# asking for a template builds nothing. Each of the three may be a path, a string or a package; or
# null where it is not known what the host has: then libvirt chooses QEMU and the firmware.
# `closure-image` makes the image of a system's closure: a function from the system to a path or
# package; null where nothing can be built.
{
  qemu,
  ovmf,
  virtio-win,
  closure-image ? null,
}@host:
{
  domain = {
    pc = import ./domain/pc.nix host;
    q35 = import ./domain/q35.nix host;
    linux = import ./domain/linux.nix host;
    nixos = import ./domain/nixos.nix host;
    windows = import ./domain/windows.nix host;
  };
  network = {
    bridge = import ./network/bridge.nix;
  };
}
