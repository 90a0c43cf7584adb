# The Windows drivers as a disc image: nixpkgs has them unpacked, and a guest wants a disc.
{
  runCommand,
  libisoburn,
  virtio-win,
}:
runCommand "virtio-win.iso" { nativeBuildInputs = [ libisoburn ]; } ''
  xorriso -as mkisofs -J -joliet-long -r -V VIRTIO-WIN -o $out ${virtio-win}
''
