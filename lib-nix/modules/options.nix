# The options under `virtualisation.libvirt`, for NixOS, Home Manager and flake-parts alike.
{
  lib,
  # The compiler that is taken by default.
  compiler,
}:
let
  inherit (lib) mkOption types;
  objects = import ./objects.nix { inherit lib; };

  connection = {
    options = objects.collections // {
      prune = mkOption {
        type = types.enum [
          "owned"
          "all"
          "none"
        ];
        default = "owned";
        description = ''
          What is removed of a kind of object that is declared: `owned` is what was declared once and no longer is;
          `all` is every object that is not declared, whoever made it, as with NixVirt; `none` is nothing.
        '';
      };
      check = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the build fails on the compiler's warnings, too.";
      };
      inherit (objects) shutdown live;
    };
  };

  compilerOption = mkOption {
    type = types.package;
    default = compiler;
    defaultText = lib.literalMD "the compiler for the platform that builds (`pkgs.stdenv.buildPlatform`)";
    example = lib.literalExpression "inputs.nixvirt.packages.x86_64-linux.compile";
    description = ''
      The compiler of the specs, a package with `bin/nixvirt-compile`. It runs on the package's own platform: name that of
      another one where a machine builds the configuration that cannot run the host's programs.
    '';
  };
in
{
  inherit compilerOption connection;

  # Of `virtualisation.libvirt`, in NixOS and Home Manager.
  options = pkgs: uri: {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Enable management of libvirt objects";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.libvirt;
      defaultText = lib.literalExpression "pkgs.libvirt";
      description = "libvirt package to use";
    };
    compiler = compilerOption;
    verbose = mkOption {
      type = types.bool;
      default = false;
      description = "Verbose output during module activation (for debugging)";
    };
    swtpm.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Make software TPM emulator available to libvirt";
    };
    connections = mkOption {
      type = types.attrsOf (types.submodule connection);
      default = { };
      example = {
        ${uri}.domains.example = {
          template = "linux";
          args.memory = {
            count = 4;
            unit = "GiB";
          };
          active = true;
        };
      };
      description = "set of objects, keyed by hypervisor connection URI (e.g. \"${uri}\")";
    };
    build = mkOption {
      type = types.attrsOf types.raw;
      internal = true;
      readOnly = true;
      description = "What is built of the connections: `bundles` by URI, and the program `plan`.";
    };
  };
}
