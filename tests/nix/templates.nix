# A host with one object of every template, as one derivation: what `nix flake check` builds.
lib:
lib.writeAll {
  domains = [
    {
      template = "pc";
      args = {
        name = "pc";
      };
    }
    {
      template = "q35";
      args = {
        name = "q35";
        storage_vol = "/pool/q35.qcow2";
      };
    }
    {
      template = "linux";
      args = {
        name = "linux";
        storage_vol = {
          pool = "default";
          volume = "linux.qcow2";
        };
        backing_vol = "/pool/base.qcow2";
      };
    }
    {
      template = "linux";
      args = {
        name = "aarch64";
        arch = "aarch64";
        storage_vol = "/pool/aarch64.qcow2";
      };
    }
    {
      template = "linux";
      args = {
        name = "user";
        net_type = "user";
      };
    }
    {
      template = "q35";
      args = {
        name = "passt";
        net_type = "passt";
      };
    }
    {
      template = "nixos";
      args = {
        name = "nixos";
        nixos = "/nix/store/8qq6ksnqxhzvkcrqahbnbxkzhjqrdrr5-nixos-system-web-26.05";
        kernel_params = "console=ttyS0";
        store_image = "/pool/nixos.img";
        storage_vol = "/pool/nixos.qcow2";
      };
    }
    {
      template = "windows";
      args = {
        name = "windows";
        storage_vol = "/pool/windows.qcow2";
        install_vol = "/iso/windows.iso";
        nvram_path = "/pool/windows.fd";
      };
    }
  ];
  networks = [
    {
      template = "bridge";
      args = {
        subnet_byte = 74;
      };
    }
  ];
}
