//! Where settings and state stand, and `config.toml`: theme, keymap, signs.

use super::{
    hook::{self, Hook},
    ring::{self, Ringing},
    toml::{Document, Problem, Problems, Table},
};
use directories::ProjectDirs;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Folders of this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// `config.toml`, `keymap.toml`, `fleet.toml`, `themes`, `keymaps`.
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

/// A name that was chosen, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name.
    pub name: String,
    /// Line and column.
    pub place: (usize, usize),
}

/// What `config.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// A theme's name.
    pub theme: Option<Choice>,
    /// A keymap's name.
    pub keymap: Option<Choice>,
    /// Whether signs are drawn in ASCII; absent: as the locale says.
    pub ascii: Option<bool>,
    /// What `ocdeck desk keep` runs when something happens.
    pub hooks: Vec<Hook>,
    /// What rings, and how.
    pub ring: Ringing,
    /// The desk of several people: a folder or a URL; absent: one's own.
    pub desk: Option<String>,
}

/// Reads a file that need not be there.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<String>, Problem> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Problem::of_file(path, format!("cannot be read: {error}"))),
    }
}

/// Reads `config.toml`; without one everything is as shipped.
///
/// # Errors
/// When it cannot be read, or with every mistake in it.
pub fn load(folder: &Path) -> Result<Settings, Problems> {
    let path = folder.join("config.toml");
    match read_if_there(&path).map_err(|problem| Problems(vec![problem]))? {
        Some(text) => parse(&path, &text),
        None => Ok(Settings::default()),
    }
}

/// The desk that `config.toml` names, whatever else is wrong in it; `None`: one's own.
///
/// # Errors
/// When a desk is named there in a way that cannot be used.
pub fn desk(folder: &Path) -> Result<Option<String>, Problems> {
    let path = folder.join("config.toml");
    let text = read_if_there(&path).map_err(|problem| Problems(vec![problem]))?;
    let text = text.unwrap_or_default();
    let (document, root) = Document::parse(&path, &text);
    let desk = {
        let table = document.root(&root, "config.toml");
        desk_in(&document, &table)
    };
    match document.finish(desk) {
        // It cannot be read as TOML, and no desk is in it.
        Err(_) if !text.contains("desk") => Ok(None),
        done => done,
    }
}

/// `[desk]` with either of its keys.
fn desk_in(document: &Document<'_>, root: &Table<'_>) -> Option<String> {
    let table = root.table("desk", "[desk]")?;
    let (path, url) = (table.text("path"), table.text("url"));
    table.done();
    match (path, url) {
        (Some(path), None) if !path.value.starts_with('/') => {
            let text = "path is a folder from the root on, such as \"/srv/ocdeck/desk\"; a \
                        database has url = \"postgresql://…\"";
            document.problem(path.span, text);
            None
        }
        (None, Some(url)) if !url.value.starts_with("postgres") => {
            let text = "url is postgresql://ROLE@HOST/DATABASE; a folder has path = \"/…\"";
            document.problem(url.span, text);
            None
        }
        (Some(path), None) => Some(path.value),
        (None, Some(url)) => Some(url.value),
        (Some(_), Some(url)) => {
            document.problem(url.span, "a desk has a path or a url, not both");
            None
        }
        (None, None) => {
            table.problem("a desk has a path, or a url");
            None
        }
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
        let name = |key| {
            let found = table.text(key)?;
            if found.value.contains('/') || found.value.ends_with(".toml") {
                let text = format!(
                    "{key} is a name, such as \"NAME\" for {key}s/NAME.toml in this folder"
                );
                document.problem(found.span.clone(), text);
            }
            Some(Choice {
                place: document.place(&found.span),
                name: found.value,
            })
        };
        let settings = Settings {
            theme: name("theme"),
            keymap: name("keymap"),
            ascii: table.flag("ascii"),
            hooks: hook::read(&document, &table),
            ring: ring::read(&table),
            desk: desk_in(&document, &table),
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
    fn the_desk_is_found_beside_other_mistakes_and_never_by_guess() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text| fs::write(folder.path().join("config.toml"), text).unwrap();
        assert_eq!(desk(folder.path()).unwrap(), None);
        write("them = 7\n[desk]\nurl = \"postgresql://h/d\"\n");
        assert_eq!(
            desk(folder.path()).unwrap().as_deref(),
            Some("postgresql://h/d")
        );
        write("theme = \n");
        assert_eq!(desk(folder.path()).unwrap(), None);
        write("theme = \n[desk]\nurl = \"postgresql://h/d\"\n");
        desk(folder.path()).unwrap_err();
        write("[desk]\nurl = \"/srv/desk\"\n");
        desk(folder.path()).unwrap_err();
    }

    #[test]
    fn settings_are_read_and_mistakes_named() {
        let path = Path::new("config.toml");
        let good = parse(path, "theme = \"light\"\nascii = true\n").unwrap();
        let theme = good.theme.unwrap();
        assert_eq!((theme.name.as_str(), theme.place), ("light", (1, 9)));
        assert_eq!(good.ascii, Some(true));
        assert_eq!(good.keymap, None);
        let bad = parse(path, "them = \"light\"\nascii = 1\n").unwrap_err();
        assert_eq!(
            bad.to_string(),
            "config.toml:1:1: config.toml has no key \"them\"; did you mean \"theme\"?\n\
             config.toml:2:9: ascii must be true or false, but this is integer"
        );
        assert_eq!(good.ring, Ringing::default());
        let quiet = parse(path, "[ring]\nbell = false\nclocks = false\n").unwrap();
        let Ringing {
            bell,
            alerts,
            clocks,
            ..
        } = quiet.ring;
        assert_eq!((bell, alerts, clocks), (false, true, false));
        let bad = parse(path, "[ring]\nclock = false\n").unwrap_err();
        assert_eq!(
            bad.to_string(),
            "config.toml:2:1: [ring] has no key \"clock\"; did you mean \"clocks\"?"
        );
        let good = parse(path, "[desk]\npath = \"/srv/desk\"\n").unwrap();
        assert_eq!(good.desk.as_deref(), Some("/srv/desk"));
        let bad = parse(path, "[desk]\npath = \"desk\"\n").unwrap_err();
        assert!(
            bad.to_string()
                .starts_with("config.toml:2:8: path is a folder")
        );
        let bad = parse(path, "[desk]\npath = \"/a\"\nurl = \"postgresql://a\"\n").unwrap_err();
        assert!(bad.to_string().contains("not both"), "{bad}");
        let bad = parse(path, "keymap = \"keys/mine.toml\"\n").unwrap_err();
        assert_eq!(
            bad.to_string(),
            "config.toml:1:10: keymap is a name, such as \"NAME\" for keymaps/NAME.toml in this folder"
        );
    }
}
