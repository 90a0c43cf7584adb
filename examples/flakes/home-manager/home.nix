# The user, and a virtual machine of theirs.
{
  home.username = "me";
  home.homeDirectory = "/home/me";
  home.stateVersion = "26.05";

  virtualisation.libvirt.enable = true;
  virtualisation.libvirt.connections."qemu:///session".domains.web = {
    active = true;
    template = "linux";
    args = {
      memory = {
        count = 4;
        unit = "GiB";
      };
      storage_vol = "/home/me/web.qcow2";
      # A user has no bridge: QEMU itself lets the machine out.
      net_type = "user";
    };
  };
}
