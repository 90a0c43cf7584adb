# One run of `nixvirt-compile` as a derivation, without stdenv: a shell and the compiler do.
#
# The input goes in as a file, because a whole host does not fit in the environment, and by
# `passAsFile`, because `builtins.toFile` would refuse the string contexts that must be kept.
# The compiler's exit status and its stderr are the build's.
{
  nixvirt,
  system,
  nixpkgs ? null,
}:
let
  places = import ./places.nix nixpkgs;

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
  # What `input` was made of, holding the user's own sets, to look for the places of its attributes.
  source ? null,
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
        builtins.substring 0 32 (builtins.hashString "sha256" (builtins.toJSON ([ run.compiler text ] ++ flags)))
      }";
      input = builtins.unsafeDiscardStringContext text;
      places = builtins.seq text (places source);
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
      outputHash = builtins.hashString "sha256" "";
    }
  );
in
derivation (
  run
  // {
    name = legal name;
    input = text;
    passAsFile = [ "input" ];
    args =
      # What there is to say, the check has said.
      script ''
        said=$("$compiler" "$@" --color never --format human -o "$out" "$inputPath" 2>&1)
        status=$?
        [ -n "$check" ] && [ $status = 0 ] || [ -z "$said" ] || printf '%s\n' "$said" >&2
        exit $status
      ''
      ++ flags;
  }
  // (if source == null then { } else { inherit check; })
)
