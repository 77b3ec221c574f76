//! Where in a configuration file something is wrong, and what was probably meant.

use std::fmt;

/// A mistake in a configuration file, as a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as the person named it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong and what would be right.
    pub text: String,
}

impl Mistake {
    /// A mistake at a byte of the file's text.
    pub fn at(file: &str, source: &str, byte: usize, text: impl Into<String>) -> Self {
        let before = source.get(..byte).unwrap_or(source);
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count());
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: column + 1,
            text: text.into(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            text,
        } = self;
        write!(f, "{file}:{line}:{column}: {text}")
    }
}

/// The candidate with the fewest edits from `name`, if it is near enough to be a slip.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (edits(name, candidate), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "…"?`, or nothing.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, candidates).map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"))
}

/// Levenshtein distance in characters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (to, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            left = replaced.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("same", "same"), 0);
        assert_eq!(edits("ab", "ba"), 2);
    }

    #[test]
    fn a_slip_finds_its_word_and_nonsense_does_not() {
        let words = ["clock.hot", "clock.warn", "job.failed"];
        assert_eq!(nearest("clok.hot", words), Some("clock.hot"));
        assert_eq!(nearest("job.fialed", words), Some("job.failed"));
        assert_eq!(nearest("banana split", words), None);
    }

    #[test]
    fn a_place_counts_lines_and_characters() {
        let source = "a = 1\nö = 2\n";
        let mistake = Mistake::at("x.toml", source, source.find('2').unwrap(), "no");
        assert_eq!(mistake.to_string(), "x.toml:2:5: no");
    }
}
