# The unit nixvirt.service for hosts with systemd and without Nix: what the NixOS module's service is, for one bundle at
# a fixed path. packaging/nixvirt.service is its text; `NIXVIRT_UPDATE=1 cargo test -p nixvirt-tests --test packaging` writes it.
let
  systemd = import ../lib-nix/modules/systemd.nix {
    lib.concatMapStringsSep =
      separator: function: list:
      builtins.concatStringsSep separator (map function list);
  };
  bundle = "/etc/nixvirt/bundle.json";
  # A connection starts these by their sockets. One that the host does not have is nobody's to wait for.
  daemons = [ "libvirtd" ] ++ systemd.modular ++ [ "virtnodedevd" ];
  units = builtins.concatMap (daemon: [
    "${daemon}.socket"
    "${daemon}.service"
  ]) daemons;
  text = value: if builtins.isBool value then (if value then "yes" else "no") else toString value;
  section =
    name: settings:
    builtins.concatStringsSep "\n" (
      [ "[${name}]" ] ++ map (key: "${key}=${text settings.${key}}") (builtins.attrNames settings) ++ [ "" ]
    );
in
builtins.concatStringsSep "\n" [
  (section "Unit" {
    Description = systemd.description;
    Documentation = "man:nixvirt-apply(1)";
    After = units ++ systemd.after;
    ConditionPathExists = bundle;
  })
  (section "Service" (
    systemd.service [
      "/usr/bin/nixvirt-apply"
      "apply"
      "--connect"
      "qemu:///system"
      bundle
    ]
    // systemd.hardened
    // {
      # libvirt looks for hooks there.
      ReadWritePaths = "-/etc/libvirt";
    }
  ))
  (section "Install" { WantedBy = "multi-user.target"; })
]
