//! Reading a TOML table key by key, gathering what is wrong with its place.

use super::{Problem, units};
use ocdeck_domain::near::nearest;
use std::{collections::BTreeSet, ops::Range, path::PathBuf, time::Duration};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A value and where it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

/// The text of a file and what was found wrong in it.
pub(super) struct Sheet<'t> {
    text: &'t str,
    found: Vec<(usize, String)>,
}

impl<'t> Sheet<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    /// Records a problem at a byte of the text.
    pub(super) fn wrong(&mut self, at: usize, text: impl Into<String>) {
        self.found.push((at, text.into()));
    }

    /// All problems, in the order of the file.
    pub(super) fn problems(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.dedup();
        let text = self.text;
        let place = |at: usize| {
            let before = text.get(..at.min(text.len())).unwrap_or_default();
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default();
            (line, column.chars().count() + 1)
        };
        let problem = |(at, text)| {
            let (line, column) = place(at);
            Problem { line, column, text }
        };
        self.found.into_iter().map(problem).collect()
    }
}

/// A table being read. Every key that is asked for is known; [`Section::end`] refuses
/// the others.
pub(super) struct Section<'s, 'i> {
    title: String,
    pub(super) at: usize,
    table: &'s DeTable<'i>,
    known: BTreeSet<&'static str>,
}

impl<'s, 'i> Section<'s, 'i> {
    pub(super) fn new(
        title: impl Into<String>,
        span: Range<usize>,
        table: &'s DeTable<'i>,
    ) -> Self {
        Self {
            title: title.into(),
            at: span.start,
            table,
            known: BTreeSet::new(),
        }
    }

    fn find(&mut self, key: &'static str) -> Option<&'s Spanned<DeValue<'i>>> {
        self.known.insert(key);
        self.table
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)
            .map(|(_, value)| value)
    }

    fn missing(&self, sheet: &mut Sheet<'_>, key: &str, example: &str) {
        let title = &self.title;
        sheet.wrong(
            self.at,
            format!("{title}: '{key}' is missing; write {key} = {example}"),
        );
    }

    fn mistyped(&self, sheet: &mut Sheet<'_>, key: &str, value: &Spanned<DeValue<'i>>, want: &str) {
        let found = value.get_ref().type_str();
        sheet.wrong(
            value.span().start,
            format!(
                "{}: '{key}' is of type {found}; it must be {want}",
                self.title
            ),
        );
    }

    /// A text, if there.
    pub(super) fn text(&mut self, sheet: &mut Sheet<'_>, key: &'static str) -> Option<At<String>> {
        let value = self.find(key)?;
        let at = value.span().start;
        match value.get_ref().as_str() {
            Some("") => {
                sheet.wrong(at, format!("{}: '{key}' is empty", self.title));
                None
            }
            Some(text) => Some(At {
                value: text.to_owned(),
                at,
            }),
            None => {
                self.mistyped(sheet, key, value, "a text in quotes");
                None
            }
        }
    }

    /// A text that must be there. A missing one is reported and stands in as empty, so
    /// that the rest of the file is read too.
    pub(super) fn need(
        &mut self,
        sheet: &mut Sheet<'_>,
        key: &'static str,
        example: &str,
    ) -> At<String> {
        let there = self.find(key).is_some();
        let text = self.text(sheet, key);
        if !there {
            self.missing(sheet, key, example);
        }
        text.unwrap_or(At {
            value: String::new(),
            at: self.at,
        })
    }

    /// One of a few words; the default when it is not there.
    pub(super) fn word<T: Copy>(
        &mut self,
        sheet: &mut Sheet<'_>,
        key: &'static str,
        words: &[(&'static str, T)],
        default: T,
    ) -> T {
        let Some(text) = self.text(sheet, key) else {
            return default;
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return *value;
        }
        let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let hint = nearest(&text.value, names.iter().copied())
            .map(|name| format!("; did you mean \"{name}\"?"))
            .unwrap_or_default();
        let (title, value) = (&self.title, &text.value);
        let list = names.join(", ");
        sheet.wrong(
            text.at,
            format!("{title}: '{key}' cannot be \"{value}\"{hint} (one of {list})"),
        );
        default
    }

    /// A yes or no.
    pub(super) fn flag(&mut self, sheet: &mut Sheet<'_>, key: &'static str, default: bool) -> bool {
        let Some(value) = self.find(key) else {
            return default;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.mistyped(sheet, key, value, "true or false");
            default
        })
    }

    /// Texts; none when it is not there.
    pub(super) fn texts(&mut self, sheet: &mut Sheet<'_>, key: &'static str) -> Vec<At<String>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.mistyped(sheet, key, value, "a list of texts: [\"a\", \"b\"]");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) if !text.is_empty() => texts.push(At {
                    value: text.to_owned(),
                    at: item.span().start,
                }),
                Some(_) => sheet.wrong(
                    item.span().start,
                    format!("{}: an empty text in '{key}'", self.title),
                ),
                None => self.mistyped(sheet, key, item, "a text in quotes"),
            }
        }
        texts
    }

    /// An amount of bytes: a number, or a text such as `"40 MB"`.
    pub(super) fn bytes(&mut self, sheet: &mut Sheet<'_>, key: &'static str) -> Option<u64> {
        self.amount(sheet, key, "an amount such as \"40 MB\"", units::bytes)
    }

    /// A time: seconds, or a text such as `"15m"`.
    pub(super) fn time(&mut self, sheet: &mut Sheet<'_>, key: &'static str) -> Option<Duration> {
        self.amount(sheet, key, "a time such as \"15m\"", units::duration)
    }

    /// A number of things, at least one.
    pub(super) fn count(&mut self, sheet: &mut Sheet<'_>, key: &'static str) -> Option<u64> {
        self.amount(sheet, key, "a number such as 10", units::count)
    }

    fn amount<T>(
        &mut self,
        sheet: &mut Sheet<'_>,
        key: &'static str,
        want: &str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.find(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            _ => {
                self.mistyped(sheet, key, value, want);
                return None;
            }
        };
        match parse(text) {
            Ok(amount) => Some(amount),
            Err(error) => {
                sheet.wrong(
                    value.span().start,
                    format!("{}: '{key}': {error}", self.title),
                );
                None
            }
        }
    }

    /// A table of its own below this one.
    pub(super) fn section(
        &mut self,
        sheet: &mut Sheet<'_>,
        key: &'static str,
    ) -> Option<Section<'s, 'i>> {
        let value = self.find(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Section::new(format!("[{key}]"), value.span(), table)),
            None => {
                self.mistyped(sheet, key, value, &format!("a table: [{key}]"));
                None
            }
        }
    }

    /// The tables of a list: `[[key]]`.
    pub(super) fn sections(
        &mut self,
        sheet: &mut Sheet<'_>,
        key: &'static str,
    ) -> Vec<Section<'s, 'i>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.mistyped(sheet, key, value, &format!("a list of tables: [[{key}]]"));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items.iter() {
            match item.get_ref().as_table() {
                Some(table) => {
                    sections.push(Section::new(format!("[[{key}]]"), item.span(), table))
                }
                None => self.mistyped(sheet, key, item, &format!("a table: [[{key}]]")),
            }
        }
        sections
    }

    /// Names the section in messages: `[[job]] erp01-nightly`.
    pub(super) fn named(&mut self, id: &str) {
        if !id.is_empty() {
            self.title = format!("{} {id}", self.title);
        }
    }

    /// The section's name in messages.
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// Whether the key stands there.
    pub(super) fn has(&mut self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// Refuses every key that was not asked for.
    pub(super) fn end(self, sheet: &mut Sheet<'_>) {
        for (name, _) in self.table.iter() {
            let key: &str = name.get_ref().as_ref();
            if self.known.contains(key) {
                continue;
            }
            let remedy = nearest(key, self.known.iter().copied()).map_or_else(
                || {
                    let names: Vec<_> = self.known.iter().copied().collect();
                    format!("known here: {}", names.join(", "))
                },
                |name| format!("did you mean '{name}'?"),
            );
            let title = &self.title;
            sheet.wrong(
                name.span().start,
                format!("{title}: unknown key '{key}'; {remedy}"),
            );
        }
    }
}

/// Resolves a path of the file against the file's folder.
pub(super) fn resolve(base: &std::path::Path, text: &str) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in base.join(text).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}
