# What `nix flake init --template github:nixvirt/nixvirt#NAME` copies.
rec {
  default = nixos;
  nixos = {
    path = ./nixos;
    description = "A NixOS host with a virtual machine, its network and its disk";
    welcomeText = ''
      # A NixOS host with a virtual machine

      `host.nix` stands for your configuration, `machines.nix` has the virtual machine. Then:

          nixos-rebuild switch --flake .#lab
    '';
  };
  home-manager = {
    path = ./home-manager;
    description = "A virtual machine of a user, by Home Manager";
    welcomeText = ''
      # A user's virtual machine

      `home.nix` has your name and the virtual machine. Then:

          home-manager switch --flake .#me
    '';
  };
  flake-parts = {
    path = ./flake-parts;
    description = "Virtual machines of a host that is no NixOS, by flake-parts";
    welcomeText = ''
      # Virtual machines of any host with libvirt

      Write the URI of your host in `flake.nix`. Then:

          nix run .#libvirt-lab-plan
          nix run .#libvirt-lab-apply
    '';
  };
  specs = {
    path = ./specs;
    description = "A folder of specs, compiled to XML";
    welcomeText = ''
      # A folder of specs

      `bundle.nix` lists what there is, each in a file of its own. Then:

          nix build
          nix run github:nixvirt/nixvirt#apply -- plan --connect qemu:///system result/bundle.json
          nix run github:nixvirt/nixvirt#apply -- apply --connect qemu:///system result/bundle.json
    '';
  };
}
