# The service that applies the bundles, as far as the host's and a user's are the same. packaging/unit.nix makes the unit
# of the Debian package of it.
{ lib }:
let
  # systemd reads a command line its own way: `%` and `$` stand for something even in quotes.
  quote =
    argument: builtins.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON (toString argument));
in
{
  description = "Configure libvirt objects";

  # The daemons of each of libvirt's drivers, where there is not the one for all.
  modular = [
    "virtqemud"
    "virtnetworkd"
    "virtstoraged"
    # An apply step asks every kind of object for what is there, filters and secrets included.
    "virtnwfilterd"
    "virtsecretd"
  ];

  # What the host's service is after, beside the daemons.
  after = [
    "network.target"
    # What pools and disks are on.
    "local-fs.target"
    "remote-fs.target"
  ];

  service =
    command:
    let
      line = lib.concatMapStringsSep " " quote command;
    in
    {
      Type = "oneshot";
      # The state that the bundle asks for lasts: a switch that changes nothing runs nothing.
      RemainAfterExit = true;
      ExecStart = line;
      # A changed bundle is applied by a reload: what depends on the service goes on running.
      ExecReload = line;
      # 1 is what nixvirt-apply ends with where something failed. It has tried all the rest then, and
      # `systemctl status` shows the status and the messages. A failed service would make the whole
      # switch fail, and a deployment be rolled back, for the sake of one machine.
      SuccessExitStatus = 1;
    };

  # What the host's service can do without. It speaks with daemons by sockets, reads definitions, images and secrets
  # wherever these are, and writes to its state, to libvirt's folder of hooks and to Nix's roots. A session's libvirt
  # would be started by it, and be shut in with its machines.
  hardened = {
    # Secrets may be anybody's to read. To see whether a daemon is in the same network takes the right to look at it.
    CapabilityBoundingSet = "CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_SYS_PTRACE";
    DevicePolicy = "closed";
    KeyringMode = "private";
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateTmp = true;
    ProtectClock = true;
    ProtectControlGroups = true;
    # A connection by ssh reads its keys there.
    ProtectHome = "read-only";
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    # Not "strict": the state may be a link to anywhere.
    ProtectSystem = "full";
    RemoveIPC = true;
    RestrictAddressFamilies = "AF_UNIX AF_INET AF_INET6 AF_NETLINK";
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    SystemCallFilter = "@system-service";
    UMask = "0077";
  };

  # What the service needs beside that where a guest has a view of the store. NixOS mounts the store onto itself, read-only, and the
  # kernel links nothing from there; a mount of our own, which nobody else sees, takes this right and this call. The view's folder
  # gets the group of the store.
  linking = {
    CapabilityBoundingSet = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_SYS_ADMIN CAP_SYS_PTRACE";
    SystemCallFilter = "@system-service open_tree";
  };

  # A folder as systemd's settings for mounts take it: several in one line, with specifiers.
  mount =
    folder:
    "\"${builtins.replaceStrings [ "%" "\"" "\\" ] [ "%%" "\\\"" "\\\\" ] folder}\"";
}
