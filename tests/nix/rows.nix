# NixVirt's own results, row by row: what each template gives, and what it gave there.
{ checks }:
let
  lib = import ./lib.nix { };
  templates = lib.domain.templates // lib.network.templates;
  rows = builtins.fromJSON (builtins.readFile (checks + "/templates.json"));

  label = row: row.args.name or "default";
  results =
    of: template:
    builtins.listToAttrs (
      map (row: {
        name = label row;
        value = of row;
      }) (builtins.filter (row: row.template == template) rows)
    );
  perTemplate = template: {
    name = "template rows: ${template}";
    actual = results (row: templates.${template} row.args) template;
    expected = results (row: row.spec) template;
  };
in
[
  {
    name = "template rows: all of them are there";
    actual = builtins.length rows;
    expected = 84;
  }
]
++ map perTemplate (builtins.attrNames templates)
