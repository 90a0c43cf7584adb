# Two runs of `nixvirt-compile` as derivations, without stdenv: a shell and the compiler do. The first
# one checks, and says what is wrong and where; the second compiles.
#
# The input goes in as a file, because a whole host does not fit in the environment, and by
# `passAsFile`, because `builtins.toFile` would refuse the string contexts that must be kept.
# The compiler's exit status and its stderr are the build's.
{
  nixvirt,
  system,
  # places.nix
  places,
}:
let
  # Store names have few characters and at most 211 of them, and a derivation's may not end in
  # .drv. Whatever an object is called, it is the compiler that judges the name.
  legal =
    name:
    let
      parts = builtins.split "[^a-zA-Z0-9+._?=-]" (builtins.substring 0 150 name);
      text = builtins.concatStringsSep "-" (builtins.filter builtins.isString parts);
    in
    if builtins.match ".*\\.drv" text == null then text else text + "-";
in
{
  name,
  flags ? [ ],
  input,
  # Where the attributes of `input` stand: a tree of places.nix.
  tree ? null,
}:
let
  text = builtins.toJSON input;
  run = {
    inherit system;
    compiler = "${nixvirt}/bin/nixvirt-compile";
    builder = "/bin/sh";
    # It takes milliseconds: asking a builder or a cache for it takes longer.
    preferLocalBuild = true;
    allowSubstitutes = false;
  };
  hash = builtins.hashString "sha256";
  script = text: [
    "-c"
    text
    "nixvirt"
  ];

  # The check alone knows places. What it makes is known beforehand, an empty file under a name that
  # goes by what is checked: so its output, and with it whatever depends on it, is the same wherever
  # the spec stands, and what was found right once is not looked at again. It needs no packages of
  # the spec's, so that a mistake is said before any of them is fetched.
  check = derivation (
    run
    // {
      name = "${legal name}-check-${
        builtins.substring 0 32 (hash "${hash text} ${toString flags} ${run.compiler}")
      }";
      input = builtins.unsafeDiscardStringContext text;
      places = places.text tree;
      passAsFile = [
        "input"
        "places"
      ];
      args =
        script ''
          "$compiler" check "$@" --color never --format human --places "$placesPath" "$inputPath" &&
            : > "$out"
        ''
        ++ flags;
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = hash "";
    }
  );
in
derivation (
  run
  // {
    inherit check;
    name = legal name;
    input = text;
    passAsFile = [ "input" ];
    args =
      # Warnings are the check's to say.
      script ''
        said=$("$compiler" "$@" --color never --format human -o "$out" "$inputPath" 2>&1) && exit
        status=$?
        printf '%s\n' "$said" >&2
        exit $status
      ''
      ++ flags;
  }
)
