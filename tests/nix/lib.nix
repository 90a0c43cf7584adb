# The lib of the tests: stand-ins for what the host brings, and the compiler under test.
{
  nixvirt ? throw "a compiler was asked for",
  qemu ? "/QEMU",
  ovmf ? "/OVMF",
  virtio-win ? "/BUILD/virtio-win.iso",
}:
import ../../lib-nix {
  inherit
    nixvirt
    qemu
    ovmf
    virtio-win
    ;
  system = builtins.currentSystem;
}
