# The service that applies the bundles, as far as the host's and a user's are the same.
{ lib }:
let
  # systemd reads a command line its own way: `%` and `$` stand for something even in quotes.
  quote =
    argument: builtins.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON (toString argument));
in
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
  # 1: all was tried, and what failed is named in the journal and in the status of the service. It
  # would make the whole switch fail, and a deployment be rolled back, for the sake of one machine.
  # That nothing could be tried, 2, is a failure.
  SuccessExitStatus = 1;
}
