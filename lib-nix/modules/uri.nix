# What the URI of a connection says, see https://libvirt.org/uri.html: DRIVER[+TRANSPORT]://[HOST]/PATH[?PARAMETERS].
let
  parts = uri: builtins.match "[a-z]+([+][a-z]+)?://([^/?]*)/([^?]*)([?].*)?" uri;
  part = n: uri: if parts uri == null then null else builtins.elemAt (parts uri) n;
in
rec {
  # Whether it is this machine's libvirt.
  isLocal = uri: part 1 uri == "";
  # Whether it is a daemon of the whole system.
  isSystem = uri: isLocal uri && part 2 uri == "system";
  # Whether it is the daemon of whichever user connects.
  isSession = uri: isLocal uri && part 2 uri == "session";
}
