//! How well typed words fit a text: whole words first, then parts, then letters in order.
//!
//! One rule for the palette, the wizard and the find index: [`place`] says how a word stands in
//! a text, and only where it does not stand at all are its letters in order asked for, which
//! is what `fuzzy-matcher` is for and what costs.

use fuzzy_matcher::{FuzzyMatcher, skim::SkimMatcherV2};

/// A word at the beginning of a word.
pub(super) const BEGINS: u32 = 300;
/// A word inside a word.
pub(super) const INSIDE: u32 = 200;
/// The most that letters in order are worth: less than any word that stands there.
const LETTERS: u32 = 99;
/// The least.
const SOME_LETTERS: u32 = 20;

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
    let lower = lower(text);
    let mut found = Fit {
        score: 0,
        matched: Vec::new(),
    };
    for word in query.split_whitespace() {
        let word = self::lower(word);
        found.score += fit_word(&word, &lower, &mut found.matched)?;
    }
    found.matched.sort_unstable();
    found.matched.dedup();
    (found.score > 0).then_some(found)
}

/// Which characters of `text` words of `query` stand on; words that are not there at all do
/// not count: they were found in another name of the same thing.
pub fn marks(query: &str, text: &str) -> Vec<usize> {
    let lower = lower(text);
    let mut matched = Vec::new();
    for word in query.split_whitespace() {
        fit_word(&self::lower(word), &lower, &mut matched);
    }
    matched
}

fn fit_word(word: &str, text: &str, matched: &mut Vec<usize>) -> Option<u32> {
    if let Some((worth, at)) = place(word, text) {
        let first = text.get(..at).map_or(0, |before| before.chars().count());
        matched.extend(first..first + word.chars().count());
        return Some(worth.saturating_sub(rest(text, word)));
    }
    if !in_order(word, text) {
        return None;
    }
    let (score, letters) = skim().fuzzy_indices(text, word)?;
    let score = letters_score(word, score)?;
    matched.extend(letters);
    Some(score)
}

/// Lower case, one character for each character of `text`, so that numbers of characters hold.
pub(super) fn lower(text: &str) -> String {
    text.chars()
        .map(|c| c.to_lowercase().next().unwrap_or(c))
        .collect()
}

/// Where a word stands best in a text, both in lower case, and what that is worth.
pub(super) fn place(word: &str, text: &str) -> Option<(u32, usize)> {
    let mut inside = None;
    for (at, _) in text.match_indices(word) {
        if begins(text, at) {
            return Some((BEGINS, at));
        }
        inside = inside.or(Some((INSIDE, at)));
    }
    inside
}

/// Whether a word of `text` begins at this byte.
pub(super) fn begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    before.is_none_or(|c| !c.is_alphanumeric())
}

/// A shorter text that holds the same fits better.
pub(super) fn rest(text: &str, word: &str) -> u32 {
    u32::try_from(text.len().saturating_sub(word.len()).min(99)).unwrap_or(99)
}

/// Whether the letters of `word` stand in `text` in their order: the cheap half of the
/// question that [`letters`] answers.
pub(super) fn in_order(word: &str, text: &str) -> bool {
    // Bytes do for UTF-8 as well: whole characters in order are bytes in order, and the few
    // others that slip through are left to who scores them.
    let mut text = text.bytes();
    word.bytes().all(|wanted| text.any(|byte| byte == wanted))
}

/// What the letters of `word` in their order in `text` are worth; both in lower case.
pub(super) fn letters(word: &str, text: &str) -> Option<u32> {
    letters_score(word, skim().fuzzy_match(text, word)?)
}

/// A new one for each text: its score matrix is not cleared between two, and what a text is
/// worth would depend on the one before. (Its switch against that panics.)
fn skim() -> SkimMatcherV2 {
    SkimMatcherV2::default().ignore_case()
}

/// Letters that are strewn over a text say nothing: a letter is worth 16, those at the
/// beginnings of words more, and gaps take away.
fn letters_score(word: &str, score: i64) -> Option<u32> {
    let least = u32::try_from(word.chars().count()).ok()?.checked_mul(15)?;
    let score = u32::try_from(score).ok()?;
    (score >= least).then(|| score.clamp(SOME_LETTERS, LETTERS))
}

/// The digits of a text that is only a number as people write it; short ones fit too much.
pub(super) fn number(query: &str) -> Option<String> {
    let only_number = query
        .chars()
        .all(|c| c.is_ascii_digit() || " +-()/.".contains(c));
    let digits = digits(query);
    (only_number && digits.len() >= 3).then_some(digits)
}

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether the digits of `query` stand in a phone number.
pub fn fits_number(query: &str, number: &str) -> bool {
    self::number(query).is_some_and(|query| digits(number).contains(&query))
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
    fn letters_in_order_are_less_than_any_word() {
        let letters = fit("srg", "start again").unwrap();
        assert_eq!(letters.matched.len(), 3);
        assert!(
            letters.score
                < fit("art", "start again, and a long help text")
                    .unwrap()
                    .score
        );
        assert_eq!(fit("gs", "start again"), None);
        assert_eq!(
            fit("erp", "repository space"),
            None,
            "strewn over two words"
        );
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert_eq!(fit("brü", "Zoë Brüning").unwrap().matched, [4, 5, 6]);
        assert_eq!(marks("brü nobody", "Zoë Brüning"), [4, 5, 6]);
    }

    #[test]
    fn numbers_fit_by_their_digits() {
        assert!(fits_number("555 0142", "+1 (555) 0142"));
        assert!(!fits_number("01", "+1 555 0142"));
        assert!(!fits_number("erp555", "+1 555 0142"));
    }
}
