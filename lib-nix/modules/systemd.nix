# The service that applies the bundles, as far as the host's and a user's are the same.
{ lib }:
let
  # systemd reads a command line its own way: `%` and `$` stand for something even in quotes.
  quote =
    argument: builtins.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON (toString argument));
in
{
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

  # A folder as systemd's settings for mounts take it: several in one line, with specifiers.
  mount =
    folder:
    "\"${builtins.replaceStrings [ "%" "\"" "\\" ] [ "%%" "\\\"" "\\\\" ] folder}\"";
}
