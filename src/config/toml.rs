//! Reading a TOML file so that every mistake in it is named at once, each with
//! file:line:column and what would be right.
//!
//! This module owns positions and wording of such mistakes; what a key means belongs to
//! the module that reads the file. It does no I/O.

use super::shelf::{Base, NoBase};
use ocdeck_domain::near::nearest;
use std::{
    cell::RefCell,
    collections::HashSet,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Where something stands in a file, in bytes.
pub type Span = Range<usize>;

/// One mistake: where it is, what it is and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// From 1; 0: the file as a whole.
    pub line: usize,
    /// In characters, from 1; 0: the file as a whole.
    pub column: usize,
    /// What is wrong and what to do about it.
    pub text: String,
}

impl Problem {
    /// A mistake of a file as a whole: it cannot be read, or is not there.
    pub fn of_file(file: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: 0,
            column: 0,
            text: text.into(),
        }
    }

    /// `file:line:column`.
    pub fn place(&self) -> String {
        let file = self.file.display();
        match self.line {
            0 => file.to_string(),
            line => format!("{file}:{line}:{}", self.column),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.text)
    }
}

/// Mistakes of a file, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A file being read: collects its mistakes.
pub struct Document<'t> {
    file: PathBuf,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Document<'t> {
    /// Parses `text`. Mistakes of syntax are collected like all others, and what could
    /// be read is there.
    pub fn parse(file: impl Into<PathBuf>, text: &'t str) -> (Self, Spanned<DeTable<'t>>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let document = Self {
            file: file.into(),
            text,
            problems: RefCell::default(),
        };
        for error in errors {
            document.problem(error.span().unwrap_or(0..0), error.message());
        }
        (document, root)
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Line and column of a place.
    pub fn place(&self, span: &Span) -> (usize, usize) {
        place(self.text, span.start)
    }

    /// Notes a mistake.
    pub fn problem(&self, span: Span, text: impl Into<String>) {
        let (line, column) = self.place(&span);
        self.problems.borrow_mut().push(Problem {
            file: self.file.clone(),
            line,
            column,
            text: text.into(),
        });
    }

    /// What this file inherits, as its `inherits = "…"` says; nothing where that went wrong,
    /// which is noted.
    pub fn inherited<T: Default>(&self, root: &DeTable<'_>, base: Base<'_, T>) -> T {
        let written = root.iter().find(|(key, _)| key.get_ref() == "inherits");
        let span = written.map_or(0..0, |(_, value)| value.span());
        let name = written.map(|(_, value)| value.get_ref().as_str());
        if let Some(None) = name {
            self.problem(span, "inherits is a name in quotes");
            return T::default();
        }
        match base(name.flatten()) {
            Ok(base) => base,
            Err(NoBase::Refused(why)) => {
                self.problem(span, why);
                T::default()
            }
            Err(NoBase::Mistakes(Problems(mistakes))) => {
                self.problems.borrow_mut().extend(mistakes);
                T::default()
            }
        }
    }

    /// A view of the root table, which `kind` names in mistakes ("fleet.toml").
    pub fn root<'d>(&'d self, root: &'d Spanned<DeTable<'t>>, kind: &'d str) -> Table<'d> {
        Table {
            document: self,
            table: root.get_ref(),
            span: root.span(),
            kind,
            known: RefCell::default(),
        }
    }

    /// `value`, if there was no mistake; else all of them by place, each once.
    pub fn finish<T>(self, value: T) -> Result<T, Problems> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems.dedup();
        if problems.is_empty() {
            Ok(value)
        } else {
            Err(Problems(problems))
        }
    }
}

/// Line and column (in characters), from 1, of a byte of `text`.
pub(super) fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.char_indices().take_while(|(at, _)| *at < byte);
    before.fold((1, 1), |(line, column), (_, c)| match c {
        '\n' => (line + 1, 1),
        _ => (line, column + 1),
    })
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// A table of a [`Document`]. Reading a key makes it known; [`Table::done`] reports the others.
pub struct Table<'d> {
    document: &'d Document<'d>,
    table: &'d DeTable<'d>,
    span: Span,
    kind: &'d str,
    known: RefCell<HashSet<&'static str>>,
}

impl<'d> Table<'d> {
    /// Where the table stands.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// Notes a mistake of the table as a whole.
    pub fn problem(&self, text: impl Into<String>) {
        self.document.problem(self.span(), text);
    }

    /// All keys with their values: for tables whose keys are not fixed.
    pub fn entries(&self) -> impl Iterator<Item = (At<&'d str>, &'d Spanned<DeValue<'d>>)> {
        self.table.iter().map(|(key, value)| {
            let span = key.span();
            let value_of_key: &'d str = key.get_ref();
            (
                At {
                    value: value_of_key,
                    span,
                },
                value,
            )
        })
    }

    /// The value of a key.
    pub fn get(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.known.borrow_mut().insert(key);
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.document.problem(
            value.span(),
            format!("{key} must be {wanted}, but this is {found}"),
        );
    }

    /// A text.
    pub fn text(&self, key: &'static str) -> Option<At<String>> {
        let value = self.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(key, value, "a text in quotes");
            return None;
        };
        Some(At {
            value: text.to_owned(),
            span: value.span(),
        })
    }

    /// A text that must be there and may not be empty.
    pub fn required(&self, key: &'static str) -> Option<At<String>> {
        if self.get(key).is_none() {
            self.problem(format!("{} needs {key} = \"…\"", self.kind));
            return None;
        }
        let text = self.text(key)?;
        if text.value.trim().is_empty() {
            self.document
                .problem(text.span, format!("{key} may not be empty"));
            return None;
        }
        Some(text)
    }

    /// A yes or no.
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        if value.get_ref().as_bool().is_none() {
            self.wrong(key, value, "true or false");
        }
        value.get_ref().as_bool()
    }

    /// A whole number.
    pub fn number(&self, key: &'static str) -> Option<At<i64>> {
        let value = self.get(key)?;
        let number = value.get_ref().as_integer();
        let number = number.and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        if number.is_none() {
            self.wrong(key, value, "a whole number");
        }
        Some(At {
            value: number?,
            span: value.span(),
        })
    }

    /// A list of texts; absent: empty.
    pub fn texts(&self, key: &'static str) -> Vec<At<String>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, "a list such as [\"…\", \"…\"]");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in list.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(At {
                    value: text.to_owned(),
                    span: item.span(),
                }),
                None => self.wrong(key, item, "a list of texts in quotes"),
            }
        }
        texts
    }

    /// A sub-table `[key]`.
    pub fn table(&self, key: &'static str, kind: &'d str) -> Option<Table<'d>> {
        let value = self.get(key)?;
        let table = self.as_table(value, kind);
        if table.is_none() {
            self.wrong(key, value, &format!("a table {kind}"));
        }
        table
    }

    /// The tables `[[key]]`.
    pub fn tables(&self, key: &'static str, kind: &'d str) -> Vec<Table<'d>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, &format!("a list of tables {kind}"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in list.iter() {
            match self.as_table(item, kind) {
                Some(table) => tables.push(table),
                None => self.wrong(key, item, &format!("a table {kind}")),
            }
        }
        tables
    }

    fn as_table(&self, value: &'d Spanned<DeValue<'d>>, kind: &'d str) -> Option<Table<'d>> {
        Some(Table {
            document: self.document,
            table: value.get_ref().as_table()?,
            span: value.span(),
            kind,
            known: RefCell::default(),
        })
    }

    /// Reports keys that nobody read, with the nearest one that would have been.
    pub fn done(&self) {
        let known = self.known.borrow();
        for (key, _) in self.table.iter() {
            let name: &str = key.get_ref();
            if known.contains(name) {
                continue;
            }
            let hint = did_you_mean(name, known.iter().copied());
            self.document.problem(
                key.span(),
                format!("{} has no key {name:?}{hint}", self.kind),
            );
        }
    }
}

/// ", did you mean …?", or which names are valid; to be put behind a mistake.
pub fn did_you_mean<'a>(name: &str, valid: impl Iterator<Item = &'a str>) -> String {
    let mut valid: Vec<&str> = valid.collect();
    valid.sort_unstable();
    match nearest(name, valid.iter().copied()) {
        Some(best) => format!("; did you mean {best:?}?"),
        None if valid.is_empty() => String::new(),
        None if valid.len() <= 12 => format!("; valid: {}", valid.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_place_and_nearest_key() {
        let text = "[me]\ncrt = \"a\"\n\nother = 1\n";
        let (document, root) = Document::parse("x.toml", text);
        {
            let table = document.root(&root, "x.toml");
            let me = table.table("me", "[me]").unwrap();
            assert!(me.required("cert").is_none());
            me.text("key");
            me.done();
            table.done();
        }
        let problems = document.finish(()).unwrap_err();
        assert_eq!(
            problems.to_string(),
            "x.toml:1:1: [me] needs cert = \"…\"\n\
             x.toml:2:1: [me] has no key \"crt\"; did you mean \"cert\"?\n\
             x.toml:4:1: [me] has no key \"other\"; valid: cert, key"
        );
    }

    #[test]
    fn syntax_errors_do_not_hide_the_others() {
        let (document, root) = Document::parse("x.toml", "a = \nb = 3\n");
        {
            let table = document.root(&root, "x.toml");
            table.text("b");
        }
        let problems = document.finish(()).unwrap_err().0;
        assert!(problems.iter().any(|p| p.line == 1), "{problems:?}");
        assert!(
            problems
                .iter()
                .any(|p| (p.line, p.column) == (2, 5) && p.text.contains("b must be a text")),
            "{problems:?}"
        );
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(place("é = ñ", 5), (1, 5));
        assert_eq!(place("a\nb", 2), (2, 1));
        assert_eq!(place("", 10), (1, 1));
    }
}
