# The image of a system's closure: a read-only file system whose root holds what the system needs of the Nix store, and nothing
# else. A guest mounts it at the store's own place.
#
# The arguments are a package set and the system: a package, or a text with its path.
pkgs: system:
let
  # A text alone is no dependency.
  root =
    if builtins.isString system && !(builtins.hasContext system) then builtins.storePath system else system;
  closure = pkgs.closureInfo { rootPaths = [ root ]; };
in
pkgs.runCommand "nixvirt-guest-store" { nativeBuildInputs = [ pkgs.squashfsTools ]; } ''
  # All belongs to root, as in the store. Of one folder alone, the image would hold the content.
  mksquashfs $(cat ${closure}/store-paths) "$out" \
    -keep-as-directory -all-root -comp zstd -Xcompression-level 3 -b 256K -no-xattrs -no-progress -quiet \
    -processors "$NIX_BUILD_CORES"
''
