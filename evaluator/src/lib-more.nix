# More of nixpkgs' `lib`: what fewer people use, read only where somebody does. `lib` is the set that this becomes a part of.
lib:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    hasAttr
    head
    isAttrs
    isFunction
    isList
    isString
    length
    listToAttrs
    map
    mapAttrs
    match
    removeAttrs
    replaceStrings
    sort
    split
    stringLength
    substring
    tail
    ;
  inherit (lib)
    concatMapStrings
    concatStrings
    drop
    filterAttrs
    genAttrs
    imap0
    imap1
    min
    nameValuePair
    range
    take
    toLower
    toUpper
    zipListsWith
    ;

  fix =
    f:
    let
      x = f x;
    in
    x;
  extends = overlay: f: final: let prev = f final; in prev // overlay final prev;
  composeExtensions =
    one: other: final: prev:
    let
      first = one final prev;
    in
    first // other final (prev // first);
  makeExtensibleWithCustomName =
    name: f:
    fix (
      self:
      f self // { ${name} = overlay: makeExtensibleWithCustomName name (extends overlay f); }
    );

  # -1, 0 or 1.
  compare = a: b: if a < b then -1 else if a > b then 1 else 0;
  compareLists =
    order: a: b:
    if a == [ ] then
      (if b == [ ] then 0 else -1)
    else if b == [ ] then
      1
    else
      let
        first = order (head a) (head b);
      in
      if first == 0 then compareLists order (tail a) (tail b) else first;

  mapAttrsRecursiveCond =
    goesOn: f: set:
    let
      go = path: mapAttrs (name: value: if isAttrs value && goesOn value then go (path ++ [ name ]) value else f (path ++ [ name ]) value);
    in
    go [ ] set;

  zipAttrsWithNames = names: f: sets: genAttrs names (name: f name (builtins.catAttrs name sets));

  digits = base: n: if n < base then [ n ] else digits base (n / base) ++ [ (n - base * (n / base)) ];

  hexadecimal = listToAttrs (imap0 (value: name: { inherit name value; }) (lib.stringToCharacters "0123456789abcdef"));

  escape = characters: replaceStrings characters (map (character: "\\${character}") characters);

  commonPrefixLength =
    a: b:
    let
      most = min (stringLength a) (stringLength b);
      go = i: if i < most && substring i 1 a == substring i 1 b then go (i + 1) else i;
    in
    go 0;

  findFirstIndex =
    test: default: list:
    let
      go = i: if i == length list then default else if test (elemAt list i) then i else go (i + 1);
    in
    go 0;

  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then "'${replaceStrings [ "'" ] [ "'\\''" ] text}'" else text;
in
{
  inherit
    commonPrefixLength
    compare
    compareLists
    composeExtensions
    escape
    escapeShellArg
    extends
    findFirstIndex
    fix
    makeExtensibleWithCustomName
    mapAttrsRecursiveCond
    zipAttrsWithNames
    ;
  inherit (builtins)
    baseNameOf
    ceil
    dirOf
    div
    floor
    genericClosure
    parseDrvName
    splitVersion
    toString
    unsafeDiscardStringContext
    zipAttrsWith
    ;

  # Functions, booleans, numbers.
  composeManyExtensions = foldl' composeExtensions (_: _: { });
  makeExtensible = makeExtensibleWithCustomName "extend";
  converge = f: x: let next = f x; in if next == x then x else lib.converge f next;
  toFunction = x: if isFunction x || (isAttrs x && x ? __functor) then x else _: x;
  "or" = a: b: a || b;
  bitNot = n: -1 - n;
  toBaseDigits = base: n: digits base n;
  fromHexString =
    text:
    let
      plain = toLower (lib.removePrefix "0x" (lib.removePrefix "0X" text));
    in
    foldl' (value: digit: value * 16 + hexadecimal.${digit}) 0 (lib.stringToCharacters plain);
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  warnIfNot = _: _: x: x;
  info = _: x: x;
  traceIf = _: _: x: x;
  traceSeq = _: x: x;
  traceValFn = _: x: x;
  traceValSeq = x: x;
  assertOneOf = name: value: values: if elem value values then true else throw "${name} must be one of ${toString values}";
  mkFixStrictness = x: x;
  mkImageMediaOverride = lib.mkOverride 60;

  # Lists.
  imap = imap1;
  ifilter0 = test: list: map (i: elemAt list i) (filter (i: test i (elemAt list i)) (range 0 (length list - 1)));
  intersperse =
    separator: list:
    if length list < 2 then list else [ (head list) ] ++ concatMap (x: [ separator x ]) (tail list);
  findSingle =
    test: none: many: list:
    let
      found = filter test list;
    in
    if found == [ ] then none else if length found > 1 then many else head found;
  sortOn = key: list: map (pair: pair.value) (sort (a: b: a.key < b.key) (map (value: { key = key value; inherit value; }) list));
  groupBy' = f: start: key: list: mapAttrs (_: foldl' f start) (builtins.groupBy key list);
  mutuallyExclusive = a: b: !(builtins.any (x: elem x a) b);
  crossLists = f: foldl' (functions: values: concatMap (function: map function values) functions) [ f ];
  replaceElemAt = list: at: x: imap0 (i: old: if i == at then x else old) list;
  commonPrefix =
    a: b:
    let
      most = min (length a) (length b);
      go = i: if i < most && elemAt a i == elemAt b i then go (i + 1) else i;
    in
    take (go 0) a;
  naturalSort =
    list:
    let
      parts = text: map (part: if isList part then lib.toIntBase10 (head part) else part) (split "(0|[1-9][0-9]*)" text);
      keyed = map (value: { key = parts value; inherit value; }) list;
    in
    map (pair: pair.value) (sort (a: b: compareLists compare a.key b.key < 0) keyed);

  # Sets.
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  filterAttrsRecursive =
    test: set:
    mapAttrs (_: value: if isAttrs value then lib.filterAttrsRecursive test value else value) (filterAttrs test set);
  collect =
    test: x: if test x then [ x ] else if isAttrs x then concatMap (lib.collect test) (builtins.attrValues x) else [ ];
  overrideExisting = old: new: mapAttrs (name: value: new.${name} or value) old;
  zipAttrs = builtins.zipAttrsWith (_: values: values);
  concatAttrValues = set: concatLists (builtins.attrValues set);
  matchAttrs =
    pattern: set:
    isAttrs pattern
    && isAttrs set
    && builtins.all (
      name:
      hasAttr name set
      && (if isAttrs pattern.${name} then lib.matchAttrs pattern.${name} set.${name} else pattern.${name} == set.${name})
    ) (attrNames pattern);
  isDerivation = x: x.type or null == "derivation";
  isType = type: x: (x._type or null) == type;
  setType = type: set: set // { _type = type; };
  unionOfDisjoint =
    a: b:
    let
      both = builtins.intersectAttrs a b;
    in
    a // b // mapAttrs (name: _: throw "both sets have the attribute `${name}`") both;

  # Strings.
  lowerChars = lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperChars = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  concatImapStrings = f: list: concatStrings (imap1 f list);
  join = concatStringsSep;
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    text:
    let
      blank = "[ \t\r\n]*";
      front = if start then blank else "";
      inner = if end then "(.*[^ \t\r\n])${blank}" else "(.*)";
      found = match "${front}${inner}" text;
      # Without what is in front, as much as the pattern takes of it.
      cut =
        text:
        let
          first = substring 0 1 text;
        in
        if first != "" && elem first [ " " "\t" "\r" "\n" ] then cut (substring 1 (-1) text) else text;
      rest = if found == null then "" else head found;
    in
    if start then cut rest else rest;
  trim = lib.trimWith { start = true; end = true; };
  toSentenceCase = text: toUpper (substring 0 1 text) + toLower (substring 1 (-1) text);
  escapeShellArgs = list: lib.concatMapStringsSep " " escapeShellArg list;
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];
  escapeNixString = text: escape [ "$" ] (builtins.toJSON text);
  versionOlder = a: b: builtins.compareVersions b a == 1;
  versionAtLeast = a: b: builtins.compareVersions b a != 1;
  toIntBase10 =
    text:
    let
      found = match "[ \t\r\n]*0*(-?[0-9]+)[ \t\r\n]*" text;
    in
    if found == null then throw "${builtins.toJSON text} is no integer" else builtins.fromJSON (head found);
  replaceString = from: to: replaceStrings [ from ] [ to ];
  fileContents = path: lib.removeSuffix "\n" (builtins.readFile path);
  commonSuffixLength =
    a: b:
    let
      most = min (stringLength a) (stringLength b);
      at = text: i: substring (stringLength text - i - 1) 1 text;
      go = i: if i < most && at a i == at b i then go (i + 1) else i;
    in
    go 0;
  makeSearchPath = folder: paths: concatStringsSep ":" (map (path: path + "/" + folder) (filter (path: path != null) paths));
  isStringLike = x: isString x || builtins.isPath x || x ? outPath || x ? __toString;
  showAttrPath = path: if path == [ ] then "<root attribute path>" else lib.concatMapStringsSep "." lib.escapeNixIdentifier path;
  escapeNixIdentifier = text: if match "[a-zA-Z_][a-zA-Z0-9_'-]*" text != null then text else lib.escapeNixString text;
}
