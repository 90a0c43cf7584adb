//! Every word of a choice says what it means: what hover, completion and `explain` show beside it.

use nixvirt_schema::{Element, Format, Words, all_kinds};

/// Words whose meaning nobody has written down: the place, the word, and what is known of it.
const WITHOUT_MEANING: &[(&str, &str, &str)] =
    &[("domain/clock/timer/@track", "boot", "libvirt's page only names it, and its QEMU driver refuses it")];

/// The words of an attribute or a text with what the tables say of them.
struct Said {
    place: String,
    listed: Vec<&'static str>,
    words: Words,
    each: &'static str,
    doc: &'static str,
}

/// The descriptions of every attribute and text of every kind, once for each element.
fn said() -> Vec<Said> {
    fn walk(element: &'static Element, path: &str, seen: &mut Vec<&'static Element>, said: &mut Vec<Said>) {
        if seen.iter().any(|known| std::ptr::eq(*known, element)) {
            return;
        }
        seen.push(element);
        for attribute in element.attributes {
            said.push(Said {
                place: format!("{path}/@{}", attribute.name),
                listed: listed(&attribute.format),
                words: attribute.words,
                each: attribute.each,
                doc: attribute.doc,
            });
        }
        if let Some(text) = element.text {
            let (place, listed) = (path.to_owned(), listed(&text.format));
            said.push(Said { place, listed, words: text.words, each: "", doc: element.doc });
        }
        for child in element.children {
            walk(child.element, &format!("{path}/{}", child.element.name), seen, said);
        }
    }
    let (mut seen, mut said) = (Vec::new(), Vec::new());
    for kind in all_kinds() {
        walk(kind.root, kind.name, &mut seen, &mut said);
    }
    said
}

/// The words of the choices in a format. What only libvirt's parser takes is not shown, and a boolean is described as a whole.
fn listed(format: &Format) -> Vec<&'static str> {
    match *format {
        Format::Choice(words) => words.to_vec(),
        Format::AnyOf(formats) => formats.iter().flat_map(listed).collect(),
        Format::Dated { format, .. } | Format::Spelt { format, .. } => listed(format),
        _ => Vec::new(),
    }
}

#[test]
fn every_word_of_a_choice_says_what_it_means() {
    let (mut missing, mut excused, mut many) = (Vec::new(), Vec::new(), 0);
    for said in said() {
        for word in &said.listed {
            many += 1;
            let excuse = WITHOUT_MEANING.iter().find(|(place, name, _)| *place == said.place && name == word);
            let has_meaning = !said.each.is_empty() || said.words.iter().any(|(name, _)| name == word);
            match excuse {
                Some(excuse) if !has_meaning => excused.push(excuse),
                None if has_meaning => {}
                Some(_) => missing
                    .push(format!("{}: {word} has a meaning, and an excuse for having none", said.place)),
                None => missing.push(format!("{}: {word}", said.place)),
            }
        }
    }
    assert!(missing.is_empty(), "{} words without a meaning:\n{}", missing.len(), missing.join("\n"));
    assert_eq!(excused.len(), WITHOUT_MEANING.len(), "each word without a meaning exists: {excused:?}");
    assert!(many > 900, "there should be many words, not {many}");
}

/// One phrase for all words is for names alone; where a word has a meaning of its own, all have one.
#[test]
fn one_phrase_for_all_words_stands_alone() {
    let each: Vec<Said> = said().into_iter().filter(|said| !said.each.is_empty()).collect();
    assert!(!each.is_empty(), "architectures have names alone");
    for said in each {
        let sound = said.words.is_empty() && said.listed.len() > 8 && !said.each.ends_with('.');
        assert!(sound, "{}: {}", said.place, said.each);
    }
}

/// A meaning is short, so that it fits into the line of a list, and tells more than the word and the description do.
#[test]
fn meanings_are_short_and_say_something_new() {
    let mut problems = Vec::new();
    for said in said() {
        for (word, meaning) in said.words {
            let count = meaning.split_whitespace().count();
            if count > 18 || meaning.len() > 90 {
                problems.push(format!("{}: {word}: {count} words are too many: {meaning}", said.place));
            }
            let plain = |text: &str| text.trim_end_matches('.').to_lowercase();
            if plain(meaning) == plain(word) || plain(meaning) == plain(said.doc) {
                problems.push(format!("{}: {word}: {meaning}: it says nothing new", said.place));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
