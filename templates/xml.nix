# XML that is not libvirt's, for `metadata`: elements as plain data, written out by the compiler.
#
#   elem "app:owner" [ (attr "xmlns:app" "http://example.org/app") ] [ (elem "app:name" [ ] "Ada") ]
#
# An element is `{ elem = NAME; attrs = [ { name; value; } ]; body = null, text or a list; }`.
let
  # What `none`, `opt` and `many` leave behind goes away: nulls, and lists within lists.
  flatten = builtins.concatMap (
    part:
    if part == null then
      [ ]
    else if builtins.isList part then
      flatten part
    else
      [ part ]
  );

  # An element without content has one form only, however its emptiness came about.
  contents =
    name: body:
    if body == null || body == "" || body == [ ] then
      null
    else if builtins.isString body || builtins.isPath body then
      body
    else if builtins.isList body then
      let
        parts = flatten body;
      in
      if parts == [ ] then null else parts
    else
      throw "nixvirt: the body of element ${name} is a ${builtins.typeOf body}, not null, text or a list";
in
{
  inherit flatten;
  none = null;
  opt = condition: part: if condition then part else null;
  many = parts: parts;
  attr = name: value: { inherit name value; };
  elem = name: attrs: body: {
    elem = name;
    attrs = flatten attrs;
    body = contents name body;
  };
}
