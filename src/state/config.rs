//! What a person configured, as the screen shows it: which theme and keymap are in force, and
//! every mistake in the files until it is mended.

use super::model::KeyLabels;
use std::fmt;

/// What is in force, from where, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The folder with the files.
    pub folder: String,
    /// The name of the theme in force.
    pub theme: String,
    /// The name of the keymap in force.
    pub keymap: String,
    /// The files that count and are there.
    pub files: Vec<String>,
    /// Mistakes: for what they stand in, what was good last is in force.
    pub mistakes: Vec<Remark>,
    /// What is in force and probably not meant.
    pub notices: Vec<Remark>,
}

/// Something to say about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// `file:line:column`, or where else it comes from.
    pub place: String,
    /// What is wrong and what to do.
    pub text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// The files were read anew.
#[derive(Clone, Debug)]
pub struct ConfigNews {
    /// What is in force now.
    pub config: Config,
    /// Labels of the keys that are bound now.
    pub keys: KeyLabels,
    /// What changed: "theme", "keymap".
    pub changed: Vec<&'static str>,
}
