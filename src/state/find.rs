//! How well typed words fit a text: whole words first, then parts, then letters in order.

/// How well a query fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Higher is better.
    pub score: u32,
    /// Which characters of the text fit, by number.
    pub matched: Vec<usize>,
}

/// How every word of `query` fits `text`; `None` if one does not. An empty query fits nothing.
pub fn fit(query: &str, text: &str) -> Option<Fit> {
    let text: Vec<char> = text.chars().flat_map(|c| c.to_lowercase().next()).collect();
    let mut found = Fit {
        score: 0,
        matched: Vec::new(),
    };
    for word in query.split_whitespace() {
        let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
        let (score, matched) = fit_word(&word, &text)?;
        found.score += score;
        found.matched.extend(matched);
    }
    found.matched.sort_unstable();
    found.matched.dedup();
    (found.score > 0).then_some(found)
}

fn fit_word(word: &[char], text: &[char]) -> Option<(u32, Vec<usize>)> {
    let begins = |at: usize| at == 0 || text.get(at - 1).is_some_and(|c| !c.is_alphanumeric());
    let here: Vec<usize> = (0..text.len())
        .filter(|at| text.get(*at..).is_some_and(|t| t.starts_with(word)))
        .collect();
    let best = here.iter().find(|at| begins(**at)).or(here.first());
    if let Some(at) = best {
        let score = if begins(*at) { 300 } else { 200 };
        // A shorter text that holds the same fits better.
        let rest = u32::try_from(text.len().saturating_sub(word.len()).min(99)).unwrap_or(99);
        return Some((score - rest, (*at..at + word.len()).collect()));
    }
    let mut matched = Vec::new();
    let mut from = 0;
    for c in word {
        let at = from + text.iter().skip(from).position(|t| t == c)?;
        matched.push(at);
        from = at + 1;
    }
    Some((20, matched))
}

/// Whether the digits of `query` stand in a phone number; short ones fit too much.
pub fn fits_number(query: &str, number: &str) -> bool {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let query_digits = digits(query);
    let only_number = query
        .chars()
        .all(|c| c.is_ascii_digit() || " +-()/.".contains(c));
    only_number && query_digits.len() >= 3 && digits(number).contains(&query_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_word_fits_best() {
        let score = |text| fit("ann l", text).map(|f| f.score);
        assert!(score("Ann Lee") > score("Joann Lor"));
        assert!(score("Joann Lor") > score("Dan Nolan"));
        assert_eq!(score("Bob"), None);
        assert_eq!(fit("erp", "acme erp01").unwrap().matched, [5, 6, 7]);
        assert_eq!(fit("", "anything"), None);
    }

    #[test]
    fn numbers_fit_by_their_digits() {
        assert!(fits_number("555 0142", "+1 (555) 0142"));
        assert!(!fits_number("01", "+1 555 0142"));
        assert!(!fits_number("erp555", "+1 555 0142"));
    }
}
