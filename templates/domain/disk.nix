# The disks of the templates, from the ways in which people name a volume.
#
# A volume is a path, a string, a package, or libvirt's own source element as a set, such as
# `{ pool = "vms"; volume = "a.qcow2"; }`. A path stays the path it is: made part of a string it
# would be copied to the Nix store, disk image and all.
let
  # A package is a set as well, but it stands for the file that it builds.
  isElement = volume: builtins.isAttrs volume && !(volume ? outPath);

  source = volume: if volume == null || isElement volume then volume else { file = volume; };

  # libvirt tells the kinds of source apart by the type of the disk, not by the source.
  typeOf =
    volume:
    if !isElement volume then
      "file"
    else if volume ? volume then
      "volume"
    else if volume ? dev then
      "block"
    else if volume ? dir then
      "dir"
    else if volume ? protocol then
      "network"
    else
      "file";

  # The empty innermost store says that the chain ends here, so that libvirt need not probe.
  backingStore =
    volume:
    if volume == null || isElement volume then
      volume
    else
      {
        type = "file";
        format = {
          type = "qcow2";
        };
        source = source volume;
        backingStore = { };
      };

  scsi = dev: {
    inherit dev;
    bus = "scsi";
  };

  # A disk that the guest only reads.
  readonly = target: volume: {
    type = typeOf volume;
    device = "disk";
    driver = {
      name = "qemu";
      type = "raw";
    };
    source = source volume;
    inherit target;
    readonly = true;
  };
in
{
  inherit source scsi readonly;

  # A list, as a guest without storage has no disk at all.
  storage =
    {
      storage_vol,
      backing_vol,
      virtio_drive,
      isPC,
    }:
    if storage_vol == null then
      [ ]
    else
      [
        {
          type = typeOf storage_vol;
          device = "disk";
          driver = {
            name = "qemu";
            type = "qcow2";
            cache = "none";
            discard = "unmap";
          };
          source = source storage_vol;
          backingStore = backingStore backing_vol;
          target =
            if virtio_drive then
              {
                dev = "vda";
                bus = "virtio";
              }
            else if isPC then
              {
                dev = "sda";
                bus = "sata";
              }
            else
              scsi "sda";
        }
      ];

  # A drive stays there without a disc: `install_vol = null` is an empty drive.
  cdrom = target: volume: readonly target volume // { device = "cdrom"; };
}
