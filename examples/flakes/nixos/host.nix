# The host itself: put your configuration.nix and hardware-configuration.nix in place of this.
{
  networking.hostName = "lab";
  boot.loader.systemd-boot.enable = true;
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };
  system.stateVersion = "26.05";
}
