# Holds the arguments of a template against their types, for the messages of Nix itself: what is wrong with one is said in the
# words of the template, before anything in it fails over it.
#
# nixvirt's own evaluator does the same by the same table, at the argument's place, and reads a function to true in place of
# this one: what it cannot know of one argument is not to hide what it knows of the others.
let
  arguments = import ./arguments.nix;

  isText = value: builtins.isString value || builtins.isPath value || (builtins.isAttrs value && value ? outPath);
  isDigits = value: builtins.isString value && builtins.match "[0-9]+" value != null;
  within =
    { least, most, ... }:
    number: least <= number && number <= most;

  takes =
    { type, ... }@argument:
    value:
    {
      bool = builtins.isBool value;
      switch = value == null || builtins.isBool value;
      text = isText value;
      "optional text" = value == null || isText value;
      word = builtins.isString value && builtins.elem value argument.words;
      "optional word" = value == null || (builtins.isString value && builtins.elem value argument.words);
      whole =
        if builtins.isInt value then
          within argument value
        else
          isDigits value && builtins.stringLength value < 10 && within argument (builtins.fromJSON value);
      # Of these, the format says more than the type does: which units there are, say.
      amount = value == null || builtins.isInt value || builtins.isString value || builtins.isAttrs value;
      volume = value == null || isText value || builtins.isAttrs value;
      file = isText value;
      system = isText value || builtins.isAttrs value;
      sets = value == null || builtins.isAttrs value || (builtins.isList value && builtins.all builtins.isAttrs value);
    }
    .${type};

  shown =
    value:
    if builtins.isFunction value then
      "a function"
    else if builtins.isList value then
      "a list"
    else if builtins.isAttrs value then
      "a set"
    else if builtins.isPath value then
      toString value
    else
      builtins.toJSON value;

  at =
    name: args:
    let
      place = builtins.unsafeGetAttrPos name args;
    in
    if place == null then "" else " (at ${place.file}:${toString place.line}:${toString place.column})";
in
kind: template: args:
let
  known = arguments.${kind}.${template};
  check =
    name:
    let
      argument = known.${name};
      value = args.${name};
    in
    takes argument value
    || throw "nixvirt: ${name} (argument of `${template}`): expected ${argument.expected}, not ${shown value}${at name args}";
in
builtins.all check (builtins.attrNames (builtins.intersectAttrs args known))
