//! From a request to its answer, both in JSON.

use nixvirt_ide::source::Language;
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::{compile, editor};

/// Answers a request: `{"result": ...}`, or `{"error": MESSAGE}` of what is no request.
///
/// `compile` gives `files` (each with `name` and `xml`) and `problems`; `import` gives `text` and `problems`, in Nix, or in JSON
/// where `params.to` is `json`; `diagnostics` gives the protocol's diagnostics of the text, and any other method what the server
/// answers. Positions count as JavaScript does, in UTF-16.
pub fn answer(request: &[u8]) -> String {
    match serde_json::from_slice::<Asked>(request)
        .map_err(|error| error.to_string())
        .and_then(|it| given(&it))
    {
        Ok(result) => json!({ "result": result }).to_string(),
        Err(error) => json!({ "error": error }).to_string(),
    }
}

fn given(asked: &Asked) -> Result<Value, String> {
    let language = match asked.language.as_str() {
        "nix" => Language::Nix,
        "json" => Language::Json,
        "xml" => Language::Xml,
        other => return Err(format!("`{other}` is no language of the playground: it has nix, json and xml")),
    };
    match (asked.method.as_str(), language) {
        ("compile", Language::Nix | Language::Json) => Ok(compile::compile(language, &asked.text)),
        ("import", Language::Xml) => {
            Ok(compile::import(&asked.text, asked.params["to"] == json!("json"), &asked.params["keep"]))
        }
        ("compile" | "import", _) => Err("XML is imported; Nix and JSON are compiled".to_owned()),
        ("diagnostics", _) => Ok(editor::diagnostics(language, &asked.text)),
        (method, _) => editor::answer(method, language, asked),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::answer;

    #[track_caller]
    fn asked(request: &Value) -> Value {
        serde_json::from_str(&answer(request.to_string().as_bytes())).expect("JSON")
    }

    const SPEC: &str = "{ kind = \"network\"; name = \"lan\"; }";

    #[test]
    fn a_spec_becomes_xml_and_xml_a_spec() {
        let compiled = asked(&json!({ "method": "compile", "language": "nix", "text": SPEC }));
        let xml = compiled["result"]["files"][0]["xml"].as_str().expect("XML");
        assert!(xml.starts_with("<network>"), "{xml}");
        let imported = asked(&json!({ "method": "import", "language": "xml", "text": xml }));
        assert!(
            imported["result"]["text"].as_str().is_some_and(|text| text.contains("name = \"lan\";")),
            "{imported}"
        );
    }

    #[test]
    fn problems_are_at_their_places() {
        let text = SPEC.replace("name", "nmae");
        for method in ["compile", "diagnostics"] {
            let found = asked(&json!({ "method": method, "language": "nix", "text": text }));
            assert!(found.to_string().contains("unknown attribute `nmae`"), "{method}: {found}");
        }
    }

    #[test]
    fn an_editor_is_answered() {
        let text = "{ type = \"kvm\"; name = \"web\"; memory = 65536; os.type = \"hvm\"; }";
        let params = json!({ "position": { "line": 0, "character": 32 } });
        let request =
            json!({ "method": "textDocument/hover", "language": "nix", "text": text, "params": params });
        let hover =
            |request: &Value| asked(request)["result"]["contents"]["value"].as_str().map(str::to_owned);
        let alone = hover(&request).expect("a description");
        assert!(alone.contains("**memory**") && !alone.contains("In the reference"), "{alone}");
        let mut request = request;
        request["reference"] = json!("..");
        let beside = hover(&request).expect("a description");
        assert!(beside.contains("[domain/memory](../domain/memory.html)"), "{beside}");
    }

    #[test]
    fn what_is_no_request_is_an_error() {
        for wrong in ["", "[]", "{}", "{\"method\":\"compile\",\"language\":\"xml\",\"text\":\"\"}"] {
            assert!(answer(wrong.as_bytes()).starts_with("{\"error\":"), "{wrong}");
        }
    }
}
