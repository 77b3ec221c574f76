//! Everything that a person configured, read at once and again whenever a file changes:
//! `config.toml`, and the theme and the keymap with all that they inherit. What has mistakes does
//! not replace what was in force before.

use super::{
    counted::Counted,
    keymap,
    ring::Ringing,
    settings::{self, Choice, Settings},
    shelf::{NoBase, Shelf},
    theme::{self, Colours, Look, Theme},
    toml::{Problem, Problems},
};
use crate::{
    input::Keymap,
    state::config::{Config, Remark},
};
use std::path::{Path, PathBuf};

/// What counts besides the files.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The folder of `config.toml`.
    pub folder: PathBuf,
    /// A theme that was asked for at the start; before what `config.toml` says.
    pub theme: Option<String>,
    /// A keymap, likewise.
    pub keymap: Option<String>,
    /// How many colours the terminal has.
    pub colours: Colours,
    /// Whether signs are drawn in ASCII where `config.toml` does not say.
    pub ascii: bool,
}

/// What is in force.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Which keys mean what.
    pub keymap: Keymap,
    /// How it looks.
    pub look: Look,
    /// What rings, and how.
    pub ring: Ringing,
    /// The same in words, with every mistake.
    pub config: Config,
    /// What changed since it was read before: "theme", "keymap".
    pub changed: Vec<&'static str>,
}

/// A name, and what it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Named<T> {
    name: String,
    value: T,
}

/// A name, and where it was asked for.
struct Asked {
    name: String,
    /// A problem without words.
    at: Problem,
}

impl Asked {
    fn problem(&self, text: String) -> Problem {
        Problem {
            text,
            ..self.at.clone()
        }
    }

    /// The same, told where the name stands.
    fn refused(&self, none: NoBase) -> NoBase {
        match none {
            NoBase::Refused(why) => NoBase::Mistakes(Problems(vec![self.problem(why)])),
            mistakes => mistakes,
        }
    }
}

/// Reads, and keeps what was good last.
#[derive(Debug)]
pub struct Loader {
    wanted: Wanted,
    settings: Settings,
    theme: Named<Theme>,
    keymap: Named<Keymap>,
    files: Counted,
}

impl Loader {
    /// A loader with what ships in force. Read with [`Loader::load`].
    pub fn new(wanted: Wanted) -> Self {
        let theme = theme::shipped(theme::DEFAULT);
        let keymap = keymap::shipped(keymap::DEFAULT);
        Self {
            wanted,
            settings: Settings::default(),
            theme: Named {
                name: theme::DEFAULT.to_owned(),
                value: theme.unwrap_or_default(),
            },
            keymap: Named {
                name: keymap::DEFAULT.to_owned(),
                value: keymap.unwrap_or_default(),
            },
            files: Counted::default(),
        }
    }

    /// The files that counted when it was read last, as they were just before.
    pub fn files(&self) -> &Counted {
        &self.files
    }

    /// Reads everything. What is good comes into force.
    pub fn load(&mut self) -> Configured {
        let counts = Counted::default();
        let mut said = Said::default();
        let mut changed = Vec::new();

        counts.note(&self.wanted.folder.join("config.toml"));
        let ascii = self.ascii();
        if let Some(settings) = said.take(settings::load(&self.wanted.folder)) {
            self.settings = settings;
        }
        let shelf = theme::shelf(&self.wanted.folder, &counts);
        let asked = self.asked(&self.wanted.theme, &self.settings.theme, theme::DEFAULT);
        if let Some(value) = said.find(&shelf, &asked) {
            let name = asked.name;
            let theme = Named { name, value };
            if self.theme != theme || ascii != self.ascii() {
                changed.push("theme");
            }
            self.theme = theme;
        }
        if let Some(keymap) = self.read_keymap(&counts, &mut said) {
            if self.keymap != keymap {
                changed.push("keymap");
            }
            self.keymap = keymap;
        }

        self.files = counts;
        let files = self.files.files().into_iter();
        let files = files.filter(|file| file.is_file());
        Configured {
            keymap: self.keymap.value.clone(),
            look: Look::new(&self.theme.value, self.wanted.colours, self.ascii()),
            ring: self.settings.ring,
            config: Config {
                folder: self.wanted.folder.display().to_string(),
                theme: self.theme.name.clone(),
                keymap: self.keymap.name.clone(),
                files: files.map(|file| self.short(&file)).collect(),
                mistakes: self.remarks(said.mistakes),
                notices: self.remarks(said.notices),
            },
            changed,
        }
    }

    fn ascii(&self) -> bool {
        self.settings.ascii.unwrap_or(self.wanted.ascii)
    }

    /// A name that was asked for: at the start, in `config.toml`, or nowhere.
    fn asked(&self, start: &Option<String>, chosen: &Option<Choice>, default: &str) -> Asked {
        let file = self.wanted.folder.join("config.toml");
        let (name, file, (line, column)) = match (start, chosen) {
            (Some(name), _) => (name.clone(), PathBuf::from("command line"), (0, 0)),
            (None, Some(Choice { name, place })) => (name.clone(), file, *place),
            (None, None) => (default.to_owned(), file, (0, 0)),
        };
        let at = Problem {
            file,
            line,
            column,
            text: String::new(),
        };
        Asked { name, at }
    }

    /// The named map, and `keymap.toml` laid over it, which may name another one.
    fn read_keymap(&self, counts: &Counted, said: &mut Said) -> Option<Named<Keymap>> {
        let asked = self.asked(&self.wanted.keymap, &self.settings.keymap, keymap::DEFAULT);
        let shelf = keymap::shelf(&self.wanted.folder, counts);
        let over = self.wanted.folder.join("keymap.toml");
        counts.note(&over);
        let text =
            said.take(settings::read_if_there(&over).map_err(|problem| Problems(vec![problem])))?;
        let Some(text) = text else {
            let value = said.find(&shelf, &asked)?;
            let name = asked.name;
            return Some(Named { name, value });
        };
        let mut base = asked.name.clone();
        let read = keymap::parse(&over, &text, &mut |inherits| match inherits {
            Some(inherits) => {
                base = inherits.to_owned();
                shelf.get(inherits)
            }
            None => shelf.get(&asked.name).map_err(|none| asked.refused(none)),
        });
        let value = said.take(read)?;
        said.notices.extend(keymap::shadowed(&over, &text, &value));
        Some(Named {
            name: format!("{base} with keymap.toml"),
            value,
        })
    }

    /// A file as people call it who know the folder.
    fn short(&self, file: &Path) -> String {
        let short = file.strip_prefix(&self.wanted.folder).unwrap_or(file);
        short.display().to_string()
    }

    fn remarks(&self, problems: Vec<Problem>) -> Vec<Remark> {
        let remarks = problems.into_iter().map(|problem| Remark {
            place: Problem {
                file: self.short(&problem.file).into(),
                ..problem.clone()
            }
            .place(),
            text: problem.text,
        });
        remarks.collect()
    }
}

/// Mistakes and notices of one reading.
#[derive(Debug, Default)]
struct Said {
    mistakes: Vec<Problem>,
    notices: Vec<Problem>,
}

impl Said {
    fn take<T>(&mut self, read: Result<T, Problems>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(Problems(problems)) => {
                self.mistakes.extend(problems);
                None
            }
        }
    }

    /// What was asked for by its name.
    fn find<T: Default>(&mut self, shelf: &Shelf<'_, T>, asked: &Asked) -> Option<T> {
        let found = shelf.get(&asked.name);
        self.take(found.map_err(|none| match asked.refused(none) {
            NoBase::Mistakes(problems) => problems,
            NoBase::Refused(why) => Problems(vec![asked.problem(why)]),
        }))
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
