# The UUID that a name stands for: a UUIDv5 (RFC 9562), the same on every host and every day.
#
# It lets two objects refer to each other without anyone making up a UUID. The compiler gives a
# domain without one `uuid "domain/NAME"`, in the same namespace.
let
  # A namespace is sixteen bytes; ours are these, so that they can be read.
  namespace = "nixvirt-objects:";

  # The two highest bits of one digit say which variant of UUID this is: 10, that of the RFC.
  variant =
    digit:
    let
      value = (builtins.fromTOML "value = 0x${digit}").value;
    in
    builtins.substring (builtins.bitAnd value 3) 1 "89ab";
in
name:
let
  hash = builtins.hashString "sha1" (namespace + name);
  digits = from: count: builtins.substring from count hash;
in
builtins.concatStringsSep "-" [
  (digits 0 8)
  (digits 8 4)
  ("5" + digits 13 3)
  (variant (digits 16 1) + digits 17 3)
  (digits 20 12)
]
