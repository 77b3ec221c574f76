//! Whether a name is the one that is looked for: without regard to upper and lower case, any
//! part of the name, or the whole of it when the query holds `*` or `?`.

/// A query as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    folded: Vec<u8>,
    glob: bool,
}

impl Pattern {
    /// Of a query. `*` stands for any characters, `?` for one; nothing else is special.
    /// An empty query is in every name.
    #[must_use]
    pub fn new(query: &[u8]) -> Self {
        Self {
            folded: fold(query),
            glob: query.iter().any(|byte| matches!(byte, b'*' | b'?')),
        }
    }

    /// Whether it fits a name.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        let name = fold(name);
        if self.glob {
            return whole(&self.folded, &name);
        }
        self.folded.is_empty()
            || name
                .windows(self.folded.len())
                .any(|part| part == self.folded)
    }
}

/// In lower case, letter by letter. What is not UTF-8 stays as it is.
fn fold(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        // By characters: lower case of a whole word depends on where a letter stands.
        for c in chunk.valid().chars().flat_map(char::to_lowercase) {
            folded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        folded.extend_from_slice(chunk.invalid());
    }
    folded
}

/// Bytes of the first character; of what is not UTF-8, one.
fn first(text: &[u8]) -> usize {
    let chunk = text.utf8_chunks().next();
    let c = chunk.and_then(|chunk| chunk.valid().chars().next());
    c.map_or(1, char::len_utf8)
}

/// Whether a pattern fits all of a text. Goes back to the last `*` only, so that no pattern
/// takes longer than its length times that of the text.
fn whole(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star = None;
    while let Some(byte) = text.get(read) {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, read));
            }
            Some(b'?') => {
                at += 1;
                read += first(text.get(read..).unwrap_or_default());
            }
            Some(wanted) if wanted == byte => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((after, from)) = star else {
                    return false;
                };
                let from = from + first(text.get(from..).unwrap_or_default());
                star = Some((after, from));
                (at, read) = (after, from);
            }
        }
    }
    pattern
        .get(at..)
        .unwrap_or_default()
        .iter()
        .all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(query: &str, name: &str) -> bool {
        Pattern::new(query.as_bytes()).matches(name.as_bytes())
    }

    #[test]
    fn case_and_place_do_not_matter_and_a_star_means_the_whole_name() {
        assert!(fits("INV", "old-invoice.pdf"));
        assert!(fits("ÄRGER", "der ärger.txt"));
        assert!(fits("οδος", "ΟΔΟς"));
        assert!(!fits("inv", "in voice"));
        assert!(fits("*.PDF", "invoice.pdf"));
        assert!(!fits("*.pdf", "invoice.pdf.bak"));
        assert!(fits("in?oice*", "invoice.pdf"));
        assert!(fits("?", "é"), "a character, not a byte");
        assert!(!fits("?", "éé"));
        assert!(fits("a*b*c", "a-b-b-c"));
        assert!(!fits("a*b*c", "a-c-b"));
        assert!(fits("[1].txt", "report [1].TXT"), "nothing else is special");
    }

    #[test]
    fn what_is_no_text_is_compared_as_bytes() {
        assert!(Pattern::new(b"caf\xe9").matches(b"CAF\xe9.txt"));
        assert!(Pattern::new(b"CAF?.txt").matches(b"caf\xe9.txt"));
        assert!(!Pattern::new(b"caf\xe8").matches(b"caf\xe9"));
    }

    /// The definition, without any cleverness.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => naive(rest, text),
            (Some(('*', rest)), Some((_, tail))) => naive(rest, text) || naive(pattern, tail),
            (Some(('?', rest)), Some((_, tail))) => naive(rest, tail),
            (Some((p, rest)), Some((t, tail))) => p == t && naive(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_glob_fits_what_its_definition_says(pattern in "[ab*?é]{0,8}", text in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                whole(pattern.as_bytes(), text.as_bytes()),
                naive(&chars(&pattern), &chars(&text))
            );
        }

        #[test]
        fn a_part_of_a_name_finds_it(before in any::<String>(), part in "[^*?]{1,9}", after in any::<String>()) {
            let name = [before, part.clone(), after].concat();
            prop_assert!(fits(&part, &name));
        }
    }
}
