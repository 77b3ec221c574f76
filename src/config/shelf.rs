//! Themes and keymaps by their names: a file of one's own, else what ships; and what inherits
//! what. Every file that counts is noted, so that a change of it can be noticed.

use super::{
    counted::Counted,
    settings::read_if_there,
    toml::{Problems, did_you_mean},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Why there is nothing of that name.
#[derive(Debug)]
pub enum NoBase {
    /// It is not there, or inherits itself: a sentence.
    Refused(String),
    /// There are mistakes in it.
    Mistakes(Problems),
}

/// Gives what a file inherits: what it names, or what its kind inherits without a word.
pub type Base<'b, T> = &'b mut dyn FnMut(Option<&str>) -> Result<T, NoBase>;

/// Reads one file of a kind.
pub type Parse<T> = fn(&Path, &str, Base<'_, T>) -> Result<T, Problems>;

/// Everything of one kind.
pub struct Shelf<'s, T> {
    /// What stands here: "theme".
    pub kind: &'static str,
    /// The folder with one's own.
    pub folder: PathBuf,
    /// What ships: name and text.
    pub shipped: &'static [(&'static str, &'static str)],
    /// What a file inherits that says nothing, itself left out.
    pub default: Option<&'static str>,
    /// Reads one of them.
    pub parse: Parse<T>,
    /// Takes down the files that count, also those that are not there yet.
    pub counts: &'s Counted,
}

impl<T: Default> Shelf<'_, T> {
    /// What has this name.
    ///
    /// # Errors
    /// When nothing has it, or all mistakes in it and in what it inherits.
    pub fn get(&self, name: &str) -> Result<T, NoBase> {
        self.find(name, &mut Vec::new())
    }

    /// `above`: what inherits this, the first one first; own files by name, shipped ones not.
    fn find(&self, name: &str, above: &mut Vec<String>) -> Result<T, NoBase> {
        let shipped = self.shipped.iter().find(|(known, _)| *known == name);
        let on_the_way = above.iter().position(|inherits| inherits == name);
        let own = match on_the_way {
            // A file of one's own with the name of a shipped one may inherit that.
            Some(_) if shipped.is_some() => None,
            Some(at) => return Err(NoBase::Refused(self.circle(name, above, at))),
            None => self.own(name)?,
        };
        match (own, shipped) {
            (Some((path, text)), _) => {
                above.push(name.to_owned());
                let read = (self.parse)(&path, &text, &mut |inherits| match inherits
                    .or(self.default)
                {
                    Some(base) => self.find(base, above),
                    None => Ok(T::default()),
                });
                above.pop();
                read.map_err(NoBase::Mistakes)
            }
            (None, Some(_)) => self.shipped(name),
            (None, None) => Err(NoBase::Refused(self.unknown(name))),
        }
    }

    /// What ships under this name, whatever one's own files say.
    ///
    /// # Errors
    /// When nothing ships under it. A test holds what ships to zero mistakes.
    pub fn shipped(&self, name: &str) -> Result<T, NoBase> {
        let found = self.shipped.iter().find(|(known, _)| *known == name);
        let (name, text) = found.ok_or_else(|| NoBase::Refused(self.unknown(name)))?;
        let file = PathBuf::from(format!("{}s/{name}.toml", self.kind));
        let base = self.default.filter(|default| default != name);
        let read = (self.parse)(&file, text, &mut |inherits| match inherits.or(base) {
            Some(base) => self.shipped(base),
            None => Ok(T::default()),
        });
        read.map_err(NoBase::Mistakes)
    }

    /// The text of a file of one's own.
    fn own(&self, name: &str) -> Result<Option<(PathBuf, String)>, NoBase> {
        if name.contains('/') || name.starts_with('.') || name.is_empty() {
            return Ok(None);
        }
        let path = self.folder.join(format!("{name}.toml"));
        self.counts.note(&path);
        let text =
            read_if_there(&path).map_err(|problem| NoBase::Mistakes(Problems(vec![problem])))?;
        Ok(text.map(|text| (path, text)))
    }

    fn circle(&self, name: &str, above: &[String], at: usize) -> String {
        let way: Vec<String> = above
            .iter()
            .skip(at)
            .map(String::as_str)
            .chain([name])
            .map(|name| format!("{name:?}"))
            .collect();
        let shipped: Vec<&str> = self.shipped.iter().map(|(name, _)| *name).collect();
        format!(
            "{} is a circle; let one of them inherit a {} that ships ({}), or nothing",
            way.join(" inherits "),
            self.kind,
            shipped.join(", ")
        )
    }

    fn unknown(&self, name: &str) -> String {
        let own = self.names();
        let names = self.shipped.iter().map(|(name, _)| *name);
        let hint = did_you_mean(name, names.chain(own.iter().map(String::as_str)));
        let and = if hint.ends_with('?') { " One" } else { "; one" };
        format!(
            "there is no {} {name:?}{hint}{and} of your own would be {}",
            self.kind,
            self.folder.join(format!("{name}.toml")).display()
        )
    }

    /// The names of one's own.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(".toml")?.to_owned())
        });
        names.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme;

    /// What is wrong with the theme `name` where these files stand.
    fn wrong(files: &[(&str, &str)], name: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("themes")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join("themes").join(name), text).unwrap();
        }
        let counts = Counted::default();
        let text = match theme::shelf(folder.path(), &counts).get(name) {
            Ok(_) => String::new(),
            Err(NoBase::Refused(why)) => why,
            Err(NoBase::Mistakes(problems)) => problems.to_string(),
        };
        text.replace(&folder.path().display().to_string(), "…")
    }

    #[test]
    fn own_files_inherit_shipped_ones_and_each_other() {
        let files = [
            (
                "mine.toml",
                "inherits = \"yours\"\n[palette]\nred = \"ff0000\"\n",
            ),
            (
                "yours.toml",
                "inherits = \"light\"\n[scopes]\nok = { fg = \"cyan\" }\n",
            ),
            (
                "dark.toml",
                "inherits = \"dark\"\n[scopes]\nok = { fg = \"cyan\" }\n",
            ),
        ];
        assert_eq!(wrong(&files, "mine"), "");
        assert_eq!(wrong(&files, "dark"), "");
    }

    #[test]
    fn a_circle_is_named() {
        let files = [
            ("a.toml", "inherits = \"b\"\n"),
            ("b.toml", "\ninherits = \"c\"\n"),
            ("c.toml", "inherits = \"a\"\n"),
        ];
        assert_eq!(
            wrong(&files, "a"),
            "…/themes/c.toml:1:12: \"a\" inherits \"b\" inherits \"c\" inherits \"a\" is a circle; \
             let one of them inherit a theme that ships \
             (dark, light, high-contrast, ansi16, colour-blind), or nothing"
        );
    }

    #[test]
    fn what_is_not_there_is_named_with_the_nearest() {
        assert_eq!(
            wrong(&[("evening.toml", "")], "evenign"),
            "there is no theme \"evenign\"; did you mean \"evening\"? \
             One of your own would be …/themes/evenign.toml"
        );
        assert_eq!(
            wrong(&[("a.toml", "inherits = \"drak\"")], "a"),
            "…/themes/a.toml:1:12: there is no theme \"drak\"; did you mean \"dark\"? \
             One of your own would be …/themes/drak.toml"
        );
        assert!(wrong(&[], "../../etc/passwd").starts_with("there is no theme"));
        let inner = [("a.toml", "inherits = \"b\""), ("b.toml", "[scope]")];
        assert!(wrong(&inner, "a").starts_with("…/themes/b.toml:1:2: "));
    }
}
