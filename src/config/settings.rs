//! Where settings and state stand, and `config.toml`: theme, keymap, signs.

use super::toml::{Document, Problems};
use directories::ProjectDirs;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Folders of this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// `config.toml`, `keymap.toml`, `fleet.toml`, `themes`.
    pub config: PathBuf,
    /// The desk and the log.
    pub state: PathBuf,
}

/// There is nowhere to keep anything.
#[derive(Debug, Error)]
#[error(
    "there must be a home folder for its desk and log: set HOME (or OCDECK_STATE_DIR and \
     OCDECK_CONFIG_DIR); `ocdeck status --fleet FILE` needs none"
)]
pub struct NoHome;

impl Folders {
    /// As the environment says.
    pub fn find() -> Result<Self, NoHome> {
        let own = |name| {
            env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        let project = || {
            own("HOME")?;
            ProjectDirs::from("", "", "ocdeck")
        };
        let config = own("OCDECK_CONFIG_DIR")
            .or_else(|| Some(project()?.config_dir().to_owned()))
            .ok_or(NoHome)?;
        let state = own("OCDECK_STATE_DIR")
            .or_else(|| {
                let project = project()?;
                // Where the system knows no folder for state, data that is not synchronised.
                let state = project.state_dir().unwrap_or(project.data_local_dir());
                Some(state.to_owned())
            })
            .ok_or(NoHome)?;
        Ok(Self { config, state })
    }
}

/// What `config.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// A theme's name.
    pub theme: Option<String>,
    /// A keymap's file, relative to the folder of `config.toml`.
    pub keymap: Option<PathBuf>,
    /// Whether signs are drawn in ASCII; absent: as the locale says.
    pub ascii: Option<bool>,
}

/// Why settings cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has mistakes.
    #[error(transparent)]
    Mistakes(#[from] Problems),
}

/// Reads a file that need not be there.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<String>, SettingsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SettingsError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Reads `config.toml`; without one everything is as shipped.
///
/// # Errors
/// When it cannot be read, or with every mistake in it.
pub fn load(folder: &Path) -> Result<Settings, SettingsError> {
    let path = folder.join("config.toml");
    match read_if_there(&path)? {
        Some(text) => Ok(parse(&path, &text)?),
        None => Ok(Settings::default()),
    }
}

/// Reads the text of a `config.toml` that stands at `path`.
///
/// # Errors
/// Every mistake in it, with its place.
pub fn parse(path: &Path, text: &str) -> Result<Settings, Problems> {
    let (document, root) = Document::parse(path, text);
    let settings = {
        let table = document.root(&root, "config.toml");
        let settings = Settings {
            theme: table.text("theme").map(|theme| theme.value),
            keymap: table
                .text("keymap")
                .map(|keymap| PathBuf::from(keymap.value)),
            ascii: table.flag("ascii"),
        };
        table.done();
        settings
    };
    document.finish(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_mistakes_named() {
        let path = Path::new("config.toml");
        let good = parse(path, "theme = \"light\"\nascii = true\n").unwrap();
        assert_eq!(good.theme.as_deref(), Some("light"));
        assert_eq!(good.ascii, Some(true));
        assert_eq!(good.keymap, None);
        let bad = parse(path, "them = \"light\"\nascii = 1\n").unwrap_err();
        assert_eq!(
            bad.to_string(),
            "config.toml:1:1: config.toml has no key \"them\"; did you mean \"theme\"?\n\
             config.toml:2:9: ascii must be true or false, but this is integer"
        );
    }
}
